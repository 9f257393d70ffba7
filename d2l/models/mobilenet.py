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


def conv_norm(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    groups: int = 1,
) -> list[nn.Module]:
    """A normalized convolution, without the nonlinearity.

    Args:
        in_channels: maps that come in.
        out_channels: maps that go out.
        kernel_size: side of the kernel, odd.
        stride: in pixels.
        groups: groups of maps that are kept apart; as many as there are
            maps make the convolution depthwise.

    Shape:
        x: (B, in_channels, H, W); returns (B, out_channels, H', W').

    Source: Sandler et al. (2018), Section 3.1.
    Same as: a layer of torchvision's `mobilenet_v2`, less its ReLU6
    (tests/package/test_convnets.py).

    >>> import torch
    >>> depthwise = nn.Sequential(*conv_norm(4, 4, 3, groups=4))
    >>> depthwise(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 4, 6, 6])
    """
    return [
        nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding=kernel_size // 2,
            groups=groups,
            bias=False,
        ),
        nn.BatchNorm2d(out_channels),
    ]  # (B, out_channels, H', W')


class InvertedResidual(nn.Module):
    """A block that widens, filters each map by itself, and narrows.

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
                *conv_norm(in_channels, inner, 1),
                nn.ReLU6(inplace=True),
            ]  # (B, inner, H, W)
        self.residual = nn.Sequential(
            *layers,
            *conv_norm(inner, inner, 3, stride, groups=inner),
            nn.ReLU6(inplace=True),  # (B, inner, H', W')
            *conv_norm(inner, out_channels, 1),  # without a ReLU6
        )  # (B, out_channels, H', W')
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        """Map maps (B, in_channels, H, W) to (B, out_channels, H', W')."""
        h = self.residual(x)
        return x + h if self.adds else h


def multiple_of_8(channels: float) -> int:
    """The nearest multiple of 8 that is at least 90% of a number.

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
    """MobileNet v2, stages of inverted residuals (Sandler et al., 2018).

    Args:
        stages: expansion, maps, blocks, and first stride of each stage.
        last: maps of the last convolution.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        width_multiplier: of the number of maps of every layer; the last
            layer's grow with it but do not shrink.
        small_images: whether the first convolution keeps the images' size
            instead of halving it.
        dropout: probability with which an averaged map is set to zero while
            training, in [0, 1).

    Shape:
        x: (B, C, H, W); returns logits (B, num_classes).

    Source: Table 2.
    Cost: 3,504,872 parameters and 300 million multiply-adds for
    `mobilenet_v2()` and 224 x 224.
    Same as: torchvision's `mobilenet_v2` (tests/package/test_convnets.py).

    >>> import torch
    >>> small = MobileNetV2(STAGES[:3], 64, 10, 1)
    >>> small(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        stages: Sequence[tuple[int, int, int, int]],
        last: int,
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        width_multiplier: float = 1.0,
        small_images: bool = False,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        channels = multiple_of_8(32 * width_multiplier)
        first_stride = 1 if small_images else 2
        layers = [
            *conv_norm(in_channels, channels, 3, first_stride),
            nn.ReLU6(inplace=True),
        ]  # (B, channels, H', W')
        for expansion, maps, depth, stride in stages:
            out_channels = multiple_of_8(maps * width_multiplier)
            for i in range(depth):
                # (B, channels, H', W') to (B, out_channels, H'', W'')
                layers.append(
                    InvertedResidual(
                        channels,
                        out_channels,
                        stride if i == 0 else 1,
                        expansion,
                    )
                )
                channels = out_channels
        last = multiple_of_8(last * max(1.0, width_multiplier))
        self.features = nn.Sequential(
            *layers, *conv_norm(channels, last, 1), nn.ReLU6(inplace=True)
        )  # (B, last, H', W')
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(last, num_classes)
        )  # (B, num_classes)
        he_normal_(self.features)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        h = self.features(x)  # (B, last, H', W')
        return self.classifier(h.mean((2, 3)))  # (B, num_classes)


def mobilenet_v2(
    num_classes: int = 1000,
    in_channels: int = 3,
    *,
    width_multiplier: float = 1.0,
) -> MobileNetV2:
    """MobileNet v2 (Sandler et al., 2018, Table 2)."""
    return MobileNetV2(
        STAGES,
        1280,
        num_classes,
        in_channels,
        width_multiplier=width_multiplier,
    )
