"""VGG, deep stacks of small convolutions."""

from collections.abc import Sequence

from torch import Tensor, nn

from d2l.nn.initialization import he_normal_


def vgg_block(
    num_convs: int, in_channels: int, out_channels: int, batch_norm: bool
) -> list[nn.Module]:
    """A block of VGG: some 3 x 3 convolutions, and a halving of the maps.

    Args:
        num_convs: how many convolutions.
        in_channels: maps that come in.
        out_channels: maps of each convolution.
        batch_norm: whether to normalize before each ReLU.

    Shape:
        x: (B, in_channels, H, W)
        returns: (B, out_channels, H // 2, W // 2)

    Source: Simonyan and Zisserman (2015), Section 2.1.
    Same as: the blocks of torchvision's `vgg11` to `vgg19_bn`
    (tests/package/test_convnets.py).

    >>> import torch
    >>> block = nn.Sequential(*vgg_block(2, 3, 8, batch_norm=False))
    >>> block(torch.zeros(2, 3, 28, 28)).shape
    torch.Size([2, 8, 14, 14])
    """
    layers: list[nn.Module] = []
    for _ in range(num_convs):
        # (B, in_channels, H, W) to (B, out_channels, H, W)
        layers.append(nn.Conv2d(in_channels, out_channels, 3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(out_channels))
        layers.append(nn.ReLU(inplace=True))
        in_channels = out_channels
    return [*layers, nn.MaxPool2d(2)]  # (B, out_channels, H // 2, W // 2)


class VGG(nn.Module):
    """VGG (Simonyan and Zisserman, 2015, Table 1).

    Args:
        depths: number of convolutions of each block.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        width: maps of the first block; they double up to eightfold.
        hidden: width of the two hidden dense layers.
        pool_size: side of the maps that the dense layers see; maps of
            another size are averaged to it.
        batch_norm: whether to normalize before each ReLU.
        dropout: probability with which a hidden value of the dense layers
            is set to zero while training, in [0, 1).

    Shape:
        x: (B, C, H, W), each side at least `2 ** len(depths)`; 224 x 224 in
        the paper
        returns: logits (B, num_classes)

    Raises:
        RuntimeError: if the images are smaller, or have other channels.

    Cost: 138,357,544 parameters for `vgg16()`.
    Differs from the paper: He's initialization instead of training in
    stages; batch normalization, invented later, is an option.
    Same as: torchvision's `vgg11` to `vgg19_bn`
    (tests/package/test_convnets.py).

    >>> import torch
    >>> small = VGG((1, 1, 2), 10, 1, width=8, hidden=64, pool_size=1)
    >>> small(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        depths: Sequence[int],
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        width: int = 64,
        hidden: int = 4096,
        pool_size: int = 7,
        batch_norm: bool = False,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = in_channels
        for i, depth in enumerate(depths):
            out_channels = width * min(2**i, 8)
            blocks += vgg_block(depth, channels, out_channels, batch_norm)
            channels = out_channels
        # (B, C, H, W) to (B, channels, pool_size, pool_size)
        self.features = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(pool_size))
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (B, channels * pool_size ** 2)
            nn.Linear(channels * pool_size**2, hidden),  # (B, hidden)
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),  # (B, hidden)
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, num_classes),  # (B, num_classes)
        )
        he_normal_(self.features)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        return self.classifier(self.features(x))


def vgg11(
    num_classes: int = 1000, in_channels: int = 3, *, batch_norm: bool = False
) -> VGG:
    """VGG of 11 layers (Simonyan and Zisserman, 2015, column A)."""
    depths = 1, 1, 2, 2, 2
    return VGG(depths, num_classes, in_channels, batch_norm=batch_norm)


def vgg13(
    num_classes: int = 1000, in_channels: int = 3, *, batch_norm: bool = False
) -> VGG:
    """VGG of 13 layers (Simonyan and Zisserman, 2015, column B)."""
    depths = 2, 2, 2, 2, 2
    return VGG(depths, num_classes, in_channels, batch_norm=batch_norm)


def vgg16(
    num_classes: int = 1000, in_channels: int = 3, *, batch_norm: bool = False
) -> VGG:
    """VGG of 16 layers (Simonyan and Zisserman, 2015, column D)."""
    depths = 2, 2, 3, 3, 3
    return VGG(depths, num_classes, in_channels, batch_norm=batch_norm)


def vgg19(
    num_classes: int = 1000, in_channels: int = 3, *, batch_norm: bool = False
) -> VGG:
    """VGG of 19 layers (Simonyan and Zisserman, 2015, column E)."""
    depths = 2, 2, 4, 4, 4
    return VGG(depths, num_classes, in_channels, batch_norm=batch_norm)
