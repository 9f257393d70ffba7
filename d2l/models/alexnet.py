"""AlexNet, which won the ImageNet challenge of 2012."""

from collections.abc import Sequence

from torch import Tensor, nn

from d2l.nn.norm import response_norm


class AlexNet(nn.Module):
    """AlexNet, five convolutions and three dense layers.

    Args:
        widths: maps of the five convolutions.
        hidden: width of the two hidden dense layers.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        groups: groups of maps that the second, fourth and fifth convolution
            keep apart; in the paper each lived on a GPU of its own.
        normalize: whether to normalize across neighbouring maps after
            the first two convolutions.
        dropout: probability with which an input of a hidden dense layer is
            set to zero while training, in [0, 1).

    Shape:
        x: (B, C, H, W), made for 224 x 224, at least 63 x 63
        returns: logits (B, num_classes)

    Raises:
        RuntimeError: if the images are smaller, or have other channels.

    Source: Krizhevsky et al. (2012), Section 3.5.
    Cost: 60,965,224 parameters for `alexnet()`, 61,100,840 for
    `alexnet_one_tower()`.
    Differs from the paper: PyTorch's initialization; the average that fits
    images of other sizes to the dense layers does nothing at 224 x 224.
    Same as: a literal computation with `torch.nn.functional`, and
    torchvision's `alexnet` (tests/package/test_convnets.py).

    >>> import torch
    >>> small = AlexNet((16, 32, 48, 48, 32), 64, 10, 1)
    >>> small(torch.zeros(2, 1, 64, 64)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        widths: Sequence[int],
        hidden: int,
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        groups: int = 2,
        normalize: bool = True,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        c1, c2, c3, c4, c5 = widths
        norm = response_norm if normalize else nn.Identity
        # Shapes are those for images of 224 x 224. In place, a ReLU needs
        # no memory of its own.
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, c1, kernel_size=11, stride=4, padding=2),
            nn.ReLU(inplace=True),  # (B, 96, 55, 55)
            norm(),
            nn.MaxPool2d(3, stride=2),  # (B, 96, 27, 27)
            nn.Conv2d(c1, c2, kernel_size=5, padding=2, groups=groups),
            nn.ReLU(inplace=True),  # (B, 256, 27, 27)
            norm(),
            nn.MaxPool2d(3, stride=2),  # (B, 256, 13, 13)
            nn.Conv2d(c2, c3, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),  # (B, 384, 13, 13)
            nn.Conv2d(c3, c4, kernel_size=3, padding=1, groups=groups),
            nn.ReLU(inplace=True),  # (B, 384, 13, 13)
            nn.Conv2d(c4, c5, kernel_size=3, padding=1, groups=groups),
            nn.ReLU(inplace=True),  # (B, 256, 13, 13)
            nn.MaxPool2d(3, stride=2),  # (B, 256, 6, 6)
            nn.AdaptiveAvgPool2d(6),  # (B, 256, 6, 6) from any size
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (B, 9216)
            nn.Dropout(dropout),
            nn.Linear(c5 * 6 * 6, hidden),  # (B, hidden)
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),  # (B, hidden)
            nn.ReLU(inplace=True),
            nn.Linear(hidden, num_classes),  # (B, num_classes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        return self.classifier(self.features(x))


def alexnet(num_classes: int = 1000, in_channels: int = 3) -> AlexNet:
    """AlexNet in two towers (Krizhevsky et al., 2012, Section 3.5)."""
    return AlexNet((96, 256, 384, 384, 256), 4096, num_classes, in_channels)


def alexnet_one_tower(
    num_classes: int = 1000, in_channels: int = 3
) -> AlexNet:
    """AlexNet for one GPU (Krizhevsky, 2014), which libraries ship."""
    return AlexNet(
        (64, 192, 384, 256, 256),
        4096,
        num_classes,
        in_channels,
        groups=1,
        normalize=False,
    )
