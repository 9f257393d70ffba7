"""GoogLeNet, which looks at each place through several kernels at once."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from d2l.nn.norm import response_norm

#: Makes a convolution with its ReLU from the maps that come in, those that go
#: out, the kernel's side, and the stride.
Conv = Callable[..., nn.Module]

#: Maps of every Inception block (Table 1): 1 x 1; 3 x 3 and what reduces its
#: input; 5 x 5 and what reduces its input; after pooling.
STAGES = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)


def conv_relu(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    *,
    batch_norm: bool,
) -> nn.Sequential:
    """A convolution that keeps the maps' size, normalized, and ReLU.

    Args:
        in_channels: maps that come in.
        out_channels: maps that go out.
        kernel_size: side of the kernel, odd.
        stride: in pixels.
        batch_norm: whether to normalize, instead of adding a bias.

    Shape:
        x: (B, in_channels, H, W); returns (B, out_channels, H', W').

    Source: Szegedy et al. (2015), Section 5; normalized as in Ioffe and
    Szegedy (2015).
    Same as: torchvision's `BasicConv2d` (tests/package/test_convnets.py).

    >>> conv_relu(3, 8, 5, batch_norm=True)(torch.zeros(2, 3, 6, 6)).shape
    torch.Size([2, 8, 6, 6])
    """
    layers: list[nn.Module] = [
        nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding=kernel_size // 2,
            bias=not batch_norm,
        )
    ]  # (B, out_channels, H', W')
    if batch_norm:
        layers.append(nn.BatchNorm2d(out_channels, eps=1e-3))
    return nn.Sequential(*layers, nn.ReLU())


class Inception(nn.Module):
    """An Inception block, four branches side by side.

    Args:
        in_channels: maps that come in.
        widths: maps of the 1 x 1 convolution; of the one before the 3 x 3,
            and of the 3 x 3; of the one before the 5 x 5, and of the 5 x 5;
            of the one after pooling.
        conv: makes a convolution.

    Shape:
        x: (B, in_channels, H, W)
        returns: (B, out_channels, H, W), the maps of the four branches in turn

    Source: Szegedy et al. (2015), Figure 2b.
    Same as: torchvision's `Inception`, whose 5 x 5 is a 3 x 3
    (tests/package/test_convnets.py).

    >>> conv = partial(conv_relu, batch_norm=True)
    >>> block = Inception(8, (1, 2, 3, 4, 5, 6), conv)
    >>> block(torch.zeros(2, 8, 6, 6)).shape
    torch.Size([2, 15, 6, 6])
    """

    def __init__(
        self, in_channels: int, widths: Sequence[int], conv: Conv
    ) -> None:
        super().__init__()
        one, three_in, three, five_in, five, pooled = widths
        self.out_channels = one + three + five + pooled
        self.branches = nn.ModuleList(
            [
                conv(in_channels, one, 1),  # (B, one, H, W)
                nn.Sequential(
                    conv(in_channels, three_in, 1), conv(three_in, three, 3)
                ),  # (B, three, H, W)
                nn.Sequential(
                    conv(in_channels, five_in, 1), conv(five_in, five, 5)
                ),  # (B, five, H, W)
                nn.Sequential(
                    nn.MaxPool2d(3, stride=1, padding=1),
                    conv(in_channels, pooled, 1),
                ),  # (B, pooled, H, W)
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map maps (B, in_channels, H, W) to (B, out_channels, H, W)."""
        # (B, out_channels, H, W)
        return torch.cat([branch(x) for branch in self.branches], dim=1)


def auxiliary_head(
    in_channels: int, num_classes: int, conv: Conv
) -> nn.Sequential:
    """A classifier on the maps of a middle layer.

    Args:
        in_channels: maps that come in.
        num_classes: number of classes.
        conv: makes a convolution.

    Shape:
        x: (B, in_channels, H, W); returns logits (B, num_classes).

    Source: Szegedy et al. (2015), Section 5.
    Differs from the paper: its average pooling is adaptive, so that images
    of other sizes fit.
    Same as: torchvision's `InceptionAux` (tests/package/test_convnets.py).

    >>> conv = partial(conv_relu, batch_norm=True)
    >>> auxiliary_head(8, 10, conv)(torch.zeros(2, 8, 6, 6)).shape
    torch.Size([2, 10])
    """
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(4),  # (B, in_channels, 4, 4)
        conv(in_channels, 128, 1),  # (B, 128, 4, 4)
        nn.Flatten(),  # (B, 2048)
        nn.Linear(2048, 1024),
        nn.ReLU(),  # (B, 1024)
        nn.Dropout(0.7),
        nn.Linear(1024, num_classes),
    )  # (B, num_classes)


def _stem(
    in_channels: int, width_multiplier: float, conv: Conv, normalize: bool
) -> list[nn.Module]:
    narrow, wide = (round(width_multiplier * w) for w in (64, 192))
    norm = response_norm if normalize else nn.Identity
    # The shapes are those for images of 224 x 224.
    return [
        conv(in_channels, narrow, 7, 2),  # (B, 64, 112, 112)
        nn.MaxPool2d(3, 2, ceil_mode=True),  # (B, 64, 56, 56)
        norm(),
        conv(narrow, narrow, 1),
        conv(narrow, wide, 3),  # (B, 192, 56, 56)
        norm(),
    ]


class GoogLeNet(nn.Module):
    """GoogLeNet, stages of Inception blocks (Szegedy et al., 2015, Table 1).

    Args:
        stages: widths of the blocks of each stage; the maps halve before
            each.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        width_multiplier: of the number of maps of every layer.
        batch_norm: whether to normalize before each ReLU; without, local
            response normalization stands twice in the stem, as in the paper.
        auxiliary: whether to have two further classifiers, on the first and
            the fourth block of the second stage.
        dropout: probability with which an averaged map is set to zero while
            training, in [0, 1).

    Shape:
        x: (B, C, H, W), made for 224 x 224
        returns: logits (B, num_classes); in training with `auxiliary` these
        and those of the two other classifiers, a tuple of three

    Raises:
        ValueError: if `auxiliary` is set without a second stage of at least
            four blocks.

    Cost: 7,005,832 parameters for `googlenet()`; 6,998,552 without batch
    normalization.
    Differs from the paper: He's initialization, by incoming connections.
    Same as: torchvision's `googlenet`, whose 5 x 5 are 3 x 3 and whose last
    pooling is 2 x 2 (tests/package/test_convnets.py).

    >>> small = GoogLeNet(STAGES[:1], 10, 1, width_multiplier=0.25)
    >>> small(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        stages: Sequence[Sequence[Sequence[int]]],
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        width_multiplier: float = 1.0,
        batch_norm: bool = True,
        auxiliary: bool = False,
        dropout: float = 0.4,
    ) -> None:
        super().__init__()
        if auxiliary and (len(stages) < 2 or len(stages[1]) < 4):
            raise ValueError(
                "auxiliary classifiers need a second stage of at least four "
                f"blocks, got stages={stages}"
            )
        conv = partial(conv_relu, batch_norm=batch_norm)
        layers = _stem(in_channels, width_multiplier, conv, not batch_norm)
        channels = round(192 * width_multiplier)
        taps: list[tuple[int, int]] = []  # positions of blocks, their maps
        for i, stage in enumerate(stages):
            # Of (B, 3, 224, 224): (B, 192, 28, 28), then (B, 480, 14, 14),
            # then (B, 832, 7, 7).
            layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
            for j, widths in enumerate(stage):
                scaled = [round(width_multiplier * w) for w in widths]
                block = Inception(channels, scaled, conv)
                channels = block.out_channels
                if auxiliary and i == 1 and j in (0, 3):
                    taps.append((len(layers), channels))
                layers.append(block)
        self.features = nn.Sequential(*layers)  # (B, 1024, 7, 7)
        self.taps = [position for position, _ in taps]
        self.heads = nn.ModuleList(
            auxiliary_head(maps, num_classes, conv) for _, maps in taps
        )
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(channels, num_classes)
        )  # (B, num_classes)
        for part in self.modules():
            if isinstance(part, nn.Conv2d):  # by incoming connections:
                # four branches add up what outgoing ones keep in size
                nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
                if part.bias is not None:
                    nn.init.zeros_(part.bias)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        heads = iter(self.heads)
        auxiliary = []
        for i, layer in enumerate(self.features):
            x = layer(x)  # (B, C', H', W')
            if self.training and i in self.taps:
                auxiliary.append(next(heads)(x))
        logits = self.classifier(x.mean((2, 3)))  # (B, num_classes)
        return (logits, *auxiliary) if auxiliary else logits


def googlenet(
    num_classes: int = 1000,
    in_channels: int = 3,
    *,
    batch_norm: bool = True,
    auxiliary: bool = False,
) -> GoogLeNet:
    """GoogLeNet of 22 layers (Szegedy et al., 2015, Table 1)."""
    return GoogLeNet(
        STAGES,
        num_classes,
        in_channels,
        batch_norm=batch_norm,
        auxiliary=auxiliary,
    )
