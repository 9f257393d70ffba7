"""MobileNet v2, which does most of its work one map at a time."""

from collections.abc import Sequence

from torch import Tensor, nn

from d2l.nn.initialization import he_normal_

#: Expansion, maps, blocks, and first stride of every stage (Table 2).
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def convolution(
    in_channels: int,
    out_channels: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
) -> list[nn.Module]:
    """Return a normalized convolution, without the nonlinearity.

    Args:
        in_channels: maps that come in.
        out_channels: maps that go out.
        kernel: side of the kernel, odd.
        stride: in pixels.
        groups: groups of maps that are kept apart; as many as there are
            maps make the convolution depthwise.

    Shape:
        x: (B, in_channels, H, W); returns (B, out_channels, H', W').

    Source: Sandler et al. (2018), Section 3.1.
    Same as: a layer of torchvision's `mobilenet_v2`, less its ReLU6
    (tests/package/test_convnets.py).

    >>> import torch
    >>> depthwise = nn.Sequential(*convolution(4, 4, 3, groups=4))
    >>> depthwise(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 4, 6, 6])
    """
    return [
        nn.Conv2d(
            in_channels,
            out_channels,
            kernel,
            stride,
            padding=kernel // 2,
            groups=groups,
            bias=False,
        ),
        nn.BatchNorm2d(out_channels),
    ]


class InvertedResidual(nn.Module):
    """Widens, filters each map by itself, and narrows without ReLU.

    Args:
        in_channels: maps that come in.
        out_channels: maps that go out.
        stride: of the depthwise convolution; with stride 1 and equally many
            maps the input is added.
        expansion: how many times more maps there are inside.

    Shape:
        x: (B, in_channels, H, W); returns (B, out_channels, H', W').

    Source: Sandler et al. (2018), Table 1 and Figure 3b.
    Same as: torchvision's `InvertedResidual` (tests/package/test_convnets.py).

    >>> import torch
    >>> InvertedResidual(4, 8, 2, expansion=6)(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 8, 3, 3])
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        inner = in_channels * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [
                *convolution(in_channels, inner, 1),
                nn.ReLU6(inplace=True),
            ]
        self.residual = nn.Sequential(
            *layers,
            *convolution(inner, inner, 3, stride, groups=inner),
            nn.ReLU6(inplace=True),
            *convolution(inner, out_channels, 1),
        )
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        """Map maps (B, in_channels, H, W) to (B, out_channels, H', W')."""
        h = self.residual(x)
        return x + h if self.adds else h


def multiple_of_8(channels: float) -> int:
    """Return the nearest multiple of 8 that is at least 90% of a number.

    Args:
        channels: a number of maps.

    Source: Sandler et al. (2018), by their code.
    Same as: the widths of torchvision's `mobilenet_v2`
    (tests/package/test_convnets.py).

    >>> [multiple_of_8(c) for c in (3, 11, 12, 33.6)]
    [8, 16, 16, 32]
    """
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * channels else nearest + 8


class MobileNetV2(nn.Module):
    """MobileNet v2 (Sandler et al., 2018, Table 2).

    Args:
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        width: factor of the number of maps of every layer; the last layer's
            grow with it but do not shrink.
        stages: expansion, maps, blocks, and first stride of each stage.
        last: maps of the last convolution.
        small_images: whether the first convolution keeps the images' size
            instead of halving it.
        dropout: probability with which an averaged map is set to zero while
            training, in [0, 1).

    Shape:
        x: (B, C, H, W); returns logits (B, num_classes).

    Cost: 3,504,872 parameters and 300 million multiply-adds for 224 x 224
    and 1000 classes.
    Same as: torchvision's `mobilenet_v2` (tests/package/test_convnets.py).

    >>> import torch
    >>> small = MobileNetV2(10, 1, stages=STAGES[:3], last=64)
    >>> small(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        width: float = 1.0,
        stages: Sequence[tuple[int, int, int, int]] = STAGES,
        last: int = 1280,
        small_images: bool = False,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        channels = multiple_of_8(32 * width)
        first_stride = 1 if small_images else 2
        layers = [
            *convolution(in_channels, channels, 3, first_stride),
            nn.ReLU6(inplace=True),
        ]
        for expansion, maps, depth, stride in stages:
            out_channels = multiple_of_8(maps * width)
            for i in range(depth):
                layers.append(
                    InvertedResidual(
                        channels,
                        out_channels,
                        stride if i == 0 else 1,
                        expansion,
                    )
                )
                channels = out_channels
        last = multiple_of_8(last * max(1.0, width))
        self.features = nn.Sequential(
            *layers, *convolution(channels, last, 1), nn.ReLU6(inplace=True)
        )
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(last, num_classes)
        )
        he_normal_(self.features)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        return self.classifier(self.features(x).mean((2, 3)))
