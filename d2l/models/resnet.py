"""ResNet, and ResNeXt: layers that learn what to add to their input."""

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from d2l.nn.initialization import he_normal_

#: Makes a block from the maps that come in, those that go out, and a stride.
Block = Callable[[int, int, int], nn.Module]
#: Maps of each stage of basic blocks.
BASIC = (64, 128, 256, 512)
#: Maps of each stage of bottlenecks.
WIDE = (256, 512, 1024, 2048)


def projection(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """What brings a block's input to the shape of its output.

    Args:
        in_channels: maps that come in.
        out_channels: maps that go out.
        stride: of the block.

    Shape:
        x: (B, in_channels, H, W)
        returns: (B, out_channels, H', W'), x itself where nothing changes

    Source: He et al. (2016), Section 3.3, option B.
    Same as: `downsample` of torchvision's ResNets
    (tests/package/test_convnets.py).

    >>> import torch
    >>> projection(4, 8, 2)(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 8, 3, 3])
    """
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
        nn.BatchNorm2d(out_channels),
    )  # (B, out_channels, H', W')


class BasicBlock(nn.Module):
    """A block that adds two convolutions to their input.

    Args:
        in_channels: maps that come in.
        out_channels: maps that go out.
        stride: of the first convolution.
        shortcut: whether to add the input; without, the block is a plain
            stack of two layers.

    Shape:
        x: (B, in_channels, H, W); returns (B, out_channels, H', W').

    Source: He et al. (2016), Figure 2.
    Same as: torchvision's `BasicBlock` (tests/package/test_convnets.py).

    >>> import torch
    >>> BasicBlock(4, 8, stride=2)(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 8, 3, 3])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        shortcut: bool = True,
    ) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(
                in_channels, out_channels, 3, stride, padding=1, bias=False
            ),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),  # (B, out_channels, H', W')
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )  # (B, out_channels, H', W')
        self.shortcut = (
            projection(in_channels, out_channels, stride) if shortcut else None
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map maps (B, in_channels, H, W) to (B, out_channels, H', W')."""
        h = self.residual(x)
        return self.relu(h if self.shortcut is None else h + self.shortcut(x))


class Bottleneck(nn.Module):
    """A block that adds a narrow convolution, between two 1 x 1, to its input.

    Args:
        in_channels: maps that come in.
        out_channels: maps that go out.
        stride: of the 3 x 3 convolution.
        reduction: how many times fewer maps the 3 x 3 convolution has; 4 in
            ResNet.
        groups: groups of maps that it keeps apart; more than 1 in ResNeXt
            (Xie et al., 2017).

    Shape:
        x: (B, in_channels, H, W); returns (B, out_channels, H', W').

    Source: He et al. (2016), Figure 5.
    Differs from the paper: the stride is that of the 3 x 3 convolution, not
    of the first one, which would skip three of four pixels.
    Same as: torchvision's `Bottleneck` (tests/package/test_convnets.py).

    >>> import torch
    >>> Bottleneck(16, 16, groups=2)(torch.zeros(2, 16, 6, 6)).shape
    torch.Size([2, 16, 6, 6])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        reduction: int = 4,
        groups: int = 1,
    ) -> None:
        super().__init__()
        inner = out_channels // reduction
        self.residual = nn.Sequential(
            nn.Conv2d(in_channels, inner, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True),  # (B, inner, H, W)
            nn.Conv2d(
                inner, inner, 3, stride, padding=1, groups=groups, bias=False
            ),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True),  # (B, inner, H', W')
            nn.Conv2d(inner, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),  # (B, out_channels, H', W')
        )
        self.shortcut = projection(in_channels, out_channels, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map maps (B, in_channels, H, W) to (B, out_channels, H', W')."""
        return self.relu(self.residual(x) + self.shortcut(x))


class ResNet(nn.Module):
    """ResNet, stages of residual blocks (He et al., 2016, Table 1).

    Args:
        block: makes one, from the maps that come in, those that go out, and
            a stride.
        depths: blocks of each stage.
        widths: maps of each stage; from the second on, a stage halves the
            sides of the maps.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        stem: maps of the first convolution.
        small_images: whether the first convolution is 3 x 3 and keeps the
            images' size, as for CIFAR-10 (Section 4.2), instead of
            shrinking it four times.

    Shape:
        x: (B, C, H, W); returns logits (B, num_classes).

    Raises:
        ValueError: if there is not one depth for each width.

    Cost: 25,557,032 parameters for `resnet50()`.
    Same as: torchvision's `resnet18` to `resnet152`, and its ResNeXts
    (tests/package/test_convnets.py).

    >>> import torch
    >>> small = ResNet(
    ...     BasicBlock, (1, 1), (16, 32), 10, 1, stem=16, small_images=True
    ... )
    >>> small(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        block: Block,
        depths: Sequence[int],
        widths: Sequence[int],
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        stem: int = 64,
        small_images: bool = False,
    ) -> None:
        super().__init__()
        if len(depths) != len(widths):
            raise ValueError(
                f"depths (={depths}) and widths (={widths}) must have equal "
                "length"
            )
        # Where images are not small, H and W halve twice before the stages.
        kernel_size, stride, padding = (3, 1, 1) if small_images else (7, 2, 3)
        layers: list[nn.Module] = [
            nn.Conv2d(
                in_channels, stem, kernel_size, stride, padding, bias=False
            ),
            nn.BatchNorm2d(stem),
            nn.ReLU(inplace=True),  # (B, stem, H / 2, W / 2)
        ]
        if not small_images:
            # (B, stem, H / 4, W / 4)
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
        channels = stem
        for i, (depth, width) in enumerate(zip(depths, widths, strict=True)):
            stage = []
            for j in range(depth):
                halving = i > 0 and j == 0
                stage.append(block(channels, width, 2 if halving else 1))
                channels = width
            # (B, width, H', W'), from the second on half of the H' before
            layers.append(nn.Sequential(*stage))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, num_classes)  # (B, num_classes)
        he_normal_(self.features)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        h = self.features(x)  # (B, widths[-1], H', W')
        return self.classifier(h.mean((2, 3)))  # (B, num_classes)


def resnet18(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet of 18 layers (He et al., 2016, Table 1)."""
    return ResNet(BasicBlock, (2, 2, 2, 2), BASIC, num_classes, in_channels)


def resnet34(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet of 34 layers (He et al., 2016, Table 1)."""
    return ResNet(BasicBlock, (3, 4, 6, 3), BASIC, num_classes, in_channels)


def resnet50(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet of 50 layers (He et al., 2016, Table 1)."""
    return ResNet(Bottleneck, (3, 4, 6, 3), WIDE, num_classes, in_channels)


def resnet101(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet of 101 layers (He et al., 2016, Table 1)."""
    return ResNet(Bottleneck, (3, 4, 23, 3), WIDE, num_classes, in_channels)


def resnet152(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet of 152 layers (He et al., 2016, Table 1)."""
    return ResNet(Bottleneck, (3, 8, 36, 3), WIDE, num_classes, in_channels)


def resnext50_32x4d(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNeXt, 50 layers, 32 groups of 4 maps (Xie et al., 2017, Table 1)."""
    block = partial(Bottleneck, reduction=2, groups=32)
    return ResNet(block, (3, 4, 6, 3), WIDE, num_classes, in_channels)


def resnext101_64x4d(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNeXt, 101 layers, 64 groups of 4 maps (Xie et al., 2017)."""
    block = partial(Bottleneck, reduction=1, groups=64)
    return ResNet(block, (3, 4, 23, 3), WIDE, num_classes, in_channels)
