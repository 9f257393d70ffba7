"""LeNet-5, the first convolutional network in everyday use."""

from torch import Tensor, nn


class LeNet(nn.Module):
    """LeNet-5 in today's parts (LeCun et al., 1998, Section II.B).

    Two rounds of convolution and pooling turn an image into 16 small maps;
    three dense layers read the class off them.

    Args:
        num_classes: number of classes.
        in_channels: number C of channels of the images.

    Shape:
        x: (B, C, 28, 28), best near zero mean and unit variance
        returns: logits (B, num_classes)

    Raises:
        ValueError: if the images are not of shape (C, 28, 28).

    Cost: 61,706 parameters and 416,520 multiply-adds for 10 classes, C = 1.
    Differs from the paper: every map of the second convolution sees all six
    maps of the first; pooling takes the maximum and has no weights; ReLU
    replaces the scaled tanh; the last layer is dense, without distances to
    bitmaps. Images of 28 x 28 are padded to the paper's 32 x 32.
    Same as: a literal computation with `torch.nn.functional`
    (tests/package/test_models.py).

    >>> import torch
    >>> LeNet()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 6, kernel_size=5, padding=2),
            nn.ReLU(),  # (B, 6, 28, 28)
            nn.MaxPool2d(2),  # (B, 6, 14, 14)
            nn.Conv2d(6, 16, kernel_size=5),
            nn.ReLU(),  # (B, 16, 10, 10)
            nn.MaxPool2d(2),  # (B, 16, 5, 5)
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (B, 400)
            nn.Linear(400, 120),
            nn.ReLU(),  # (B, 120)
            nn.Linear(120, 84),
            nn.ReLU(),  # (B, 84)
            nn.Linear(84, num_classes),  # (B, num_classes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, 28, 28) to logits (B, num_classes)."""
        if x.shape[1:] != (self.in_channels, 28, 28):
            raise ValueError(
                f"LeNet needs images of shape ({self.in_channels}, 28, 28), "
                f"got {tuple(x.shape[1:])}"
            )
        return self.classifier(self.features(x))
