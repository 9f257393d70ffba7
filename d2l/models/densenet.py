"""DenseNet, in which every layer sees the maps of all layers before it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from d2l.nn.initialization import he_normal_


class DenseLayer(nn.Module):
    """A layer that appends some maps to its input.

    Args:
        in_channels: maps that come in.
        growth: maps that are added.

    Shape:
        x: (B, in_channels, H, W)
        returns: (B, in_channels + growth, H, W), x in front

    Source: Huang et al. (2017), Section 3.
    Same as: the layers of torchvision's DenseNets
    (tests/package/test_convnets.py).

    >>> DenseLayer(6, 4)(torch.zeros(2, 6, 5, 5)).shape
    torch.Size([2, 10, 5, 5])
    """

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.new = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            nn.ReLU(),
            nn.Conv2d(in_channels, 4 * growth, 1, bias=False),
            nn.BatchNorm2d(4 * growth),
            nn.ReLU(),  # (B, 4 * growth, H, W)
            nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
        )  # (B, growth, H, W)

    def forward(self, x: Tensor) -> Tensor:
        """Append maps to x (B, in_channels, H, W)."""
        # (B, in_channels + growth, H, W)
        return torch.cat((x, self.new(x)), dim=1)


def transition(in_channels: int) -> list[nn.Module]:
    """The layers between dense blocks, which halve maps and their sides.

    Args:
        in_channels: maps that come in.

    Shape:
        x: (B, in_channels, H, W)
        returns: (B, in_channels // 2, H // 2, W // 2)

    Source: Huang et al. (2017), Section 3, compression 0.5.
    Same as: the transitions of torchvision's DenseNets
    (tests/package/test_convnets.py).

    >>> nn.Sequential(*transition(6))(torch.zeros(2, 6, 8, 8)).shape
    torch.Size([2, 3, 4, 4])
    """
    return [
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, in_channels // 2, 1, bias=False),
        # (B, in_channels // 2, H, W) to (B, in_channels // 2, H // 2, W // 2)
        nn.AvgPool2d(2),
    ]


class DenseNet(nn.Module):
    """DenseNet-BC (Huang et al., 2017, Table 1).

    Args:
        depths: layers of each dense block.
        growth: maps that each layer adds.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        stem: maps of the first convolution.
        small_images: whether the first convolution is 3 x 3 and keeps the
            images' size, as for CIFAR-10, instead of shrinking it four
            times.

    Shape:
        x: (B, C, H, W); returns logits (B, num_classes).

    Raises:
        RuntimeError: if the images are too small, or have other channels.

    Cost: 7,978,856 parameters for `densenet121()`.
    Differs from the paper: no dropout.
    Same as: torchvision's `densenet121` to `densenet201`
    (tests/package/test_convnets.py).

    >>> small = DenseNet((2, 2), 8, 10, 1, stem=16, small_images=True)
    >>> small(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        depths: Sequence[int],
        growth: int,
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        stem: int = 64,
        small_images: bool = False,
    ) -> None:
        super().__init__()
        if small_images:
            layers: list[nn.Module] = [
                nn.Conv2d(in_channels, stem, 3, padding=1, bias=False)
            ]  # (B, stem, H, W)
        else:
            layers = [
                nn.Conv2d(in_channels, stem, 7, 2, padding=3, bias=False),
                nn.BatchNorm2d(stem),
                nn.ReLU(),  # (B, stem, H / 2, W / 2)
                nn.MaxPool2d(3, stride=2, padding=1),
            ]  # (B, stem, H / 4, W / 4)
        channels = stem
        for i, depth in enumerate(depths):
            if i > 0:
                layers += transition(channels)
                channels //= 2
            block = []
            for _ in range(depth):
                block.append(DenseLayer(channels, growth))
                channels += growth
            layers.append(nn.Sequential(*block))  # (B, channels, H', W')
        self.features = nn.Sequential(
            *layers, nn.BatchNorm2d(channels), nn.ReLU()
        )
        self.classifier = nn.Linear(channels, num_classes)  # (B, num_classes)
        he_normal_(self.features)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        h = self.features(x)  # (B, maps of all layers, H', W')
        return self.classifier(h.mean((2, 3)))  # (B, num_classes)


def densenet121(num_classes: int = 1000, in_channels: int = 3) -> DenseNet:
    """DenseNet of 121 layers (Huang et al., 2017, Table 1)."""
    return DenseNet((6, 12, 24, 16), 32, num_classes, in_channels)


def densenet161(num_classes: int = 1000, in_channels: int = 3) -> DenseNet:
    """DenseNet of 161 layers (Huang et al., 2017, in the authors' code)."""
    depths = 6, 12, 36, 24
    return DenseNet(depths, 48, num_classes, in_channels, stem=96)


def densenet169(num_classes: int = 1000, in_channels: int = 3) -> DenseNet:
    """DenseNet of 169 layers (Huang et al., 2017, Table 1)."""
    return DenseNet((6, 12, 32, 32), 32, num_classes, in_channels)


def densenet201(num_classes: int = 1000, in_channels: int = 3) -> DenseNet:
    """DenseNet of 201 layers (Huang et al., 2017, Table 1)."""
    return DenseNet((6, 12, 48, 32), 32, num_classes, in_channels)
