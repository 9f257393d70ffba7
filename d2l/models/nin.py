"""Network in network: small dense networks slid over the image."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from d2l.nn.initialization import he_normal_


def nin_block(
    in_channels: int, widths: Sequence[int], kernel_size: int, stride: int
) -> list[nn.Module]:
    """A block of NiN: a convolution, and a dense network at every pixel.

    Args:
        in_channels: maps that come in.
        widths: maps of the convolution, then of each layer of the dense
            network, a 1 x 1 convolution.
        kernel_size: side of the convolution's kernel.
        stride: of the convolution; with stride 1 the maps keep their size.

    Shape:
        x: (B, in_channels, H, W); returns (B, widths[-1], H', W').

    Source: Lin et al. (2014), Section 3.1.
    Same as: a convolution and `torch.nn.functional.linear` at every pixel
    (tests/package/test_convnets.py).

    >>> import torch
    >>> block = nn.Sequential(*nin_block(3, (8, 6), 5, stride=1))
    >>> block(torch.zeros(2, 3, 28, 28)).shape
    torch.Size([2, 6, 28, 28])
    """
    padding = kernel_size // 2 if stride == 1 else 0
    layers: list[nn.Module] = [
        nn.Conv2d(in_channels, widths[0], kernel_size, stride, padding),
        nn.ReLU(),  # (B, widths[0], H', W')
    ]
    for before, after in pairwise(widths):
        layers += [
            nn.Conv2d(before, after, 1),
            nn.ReLU(),
        ]  # (B, after, H', W')
    return layers


class NiN(nn.Module):
    """NiN, network in network (Lin et al., 2014, Section 3).

    Args:
        blocks: maps of the layers of each block but the last one; then
            pooling halves them.
        last: maps of the last block, before one map for each class.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        kernel_sizes: side of each block's kernel, the last one's included.
        stride: of the first convolution.
        dropout: probability with which a value between blocks is set to
            zero while training, in [0, 1).

    Shape:
        x: (B, C, H, W); returns logits (B, num_classes).

    Raises:
        ValueError: if there is not one kernel size more than `blocks`.
        RuntimeError: if the images are too small, or have other channels.

    Cost: 966,986 parameters for `nin_cifar10()`, 7,595,176 for
    `nin_imagenet()`.
    Differs from the paper: He's initialization; the maps of the classes
    are averaged without a ReLU before.
    Same as: a literal computation with `torch.nn.functional`
    (tests/package/test_convnets.py).

    >>> import torch
    >>> small = NiN([(16, 16), (32, 32)], (32,), 10, 1, kernel_sizes=(5, 3, 3))
    >>> small(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        blocks: Sequence[Sequence[int]],
        last: Sequence[int],
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        kernel_sizes: Sequence[int],
        stride: int = 1,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if len(kernel_sizes) != len(blocks) + 1:
            raise ValueError(
                f"NiN needs {len(blocks) + 1} kernel sizes for "
                f"{len(blocks)} blocks and a last one, got {kernel_sizes}"
            )
        layers: list[nn.Module] = []
        for widths, kernel_size in zip(blocks, kernel_sizes, strict=False):
            layers += nin_block(in_channels, widths, kernel_size, stride)
            layers += [
                nn.MaxPool2d(
                    3, stride=2, ceil_mode=True
                ),  # (B, C', H' / 2, W' / 2)
                nn.Dropout(dropout),
            ]
            in_channels, stride = widths[-1], 1
        layers += nin_block(
            in_channels, (*last, num_classes), kernel_sizes[-1], stride
        )[:-1]  # (B, num_classes, H', W')
        self.features = nn.Sequential(*layers)
        he_normal_(self.features[:-1])  # the logits start small

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        h = self.features(x)  # (B, num_classes, H', W')
        return h.mean((2, 3))  # (B, num_classes)


def nin_cifar10(num_classes: int = 10, in_channels: int = 3) -> NiN:
    """NiN for images of 32 x 32 (Lin et al., 2014, Section 4.1).

    Its widths are those that the authors published.
    """
    blocks = [(192, 160, 96), (192, 192, 192)]
    last, kernel_sizes = (192, 192), (5, 5, 3)
    return NiN(
        blocks, last, num_classes, in_channels, kernel_sizes=kernel_sizes
    )


def nin_imagenet(num_classes: int = 1000, in_channels: int = 3) -> NiN:
    """NiN for images of 224 x 224 (Lin et al., 2014, in the authors' code)."""
    return NiN(
        [(96, 96, 96), (256, 256, 256), (384, 384, 384)],
        (1024, 1024),
        num_classes,
        in_channels,
        kernel_sizes=(11, 5, 3, 3),
        stride=4,
    )
