"""Linear and softmax regression: one layer, the baseline of every page."""

from torch import Tensor, nn


class LinearRegression(nn.Module):
    """Linear regression, a weighted sum of the inputs plus an offset.

    Args:
        num_inputs: number d of input features.

    Shape:
        x: (n, d); returns (n,), in the unit of the targets.

    Source: Legendre (1805) and Gauss (1809); Hastie et al. (2009), Section
    3.2.
    Same as: `torch.nn.Linear(d, 1)` (tests/package/test_models.py); trained
    to the end it meets `torch.linalg.lstsq` (tests/package/test_trainer.py).

    >>> import torch
    >>> LinearRegression(3)(torch.zeros(5, 3)).shape
    torch.Size([5])
    """

    def __init__(self, num_inputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(num_inputs, 1)  # (n, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (n, d) to predictions (n,)."""
        y: Tensor = self.linear(x)  # (n, 1)
        return y.squeeze(-1)  # (n,)


class SoftmaxRegression(nn.Module):
    """Softmax regression: for every class a logit, linear in the inputs.

    Also called multinomial logistic regression. The softmax itself belongs
    to the loss, where it is computed in a numerically safe way.

    Args:
        num_inputs: number d of input features, after flattening.
        num_classes: number C of classes.

    Shape:
        x: (n, ...) with d features in all; returns logits (n, C).

    Source: Cox (1966); Hastie et al. (2009), Section 4.4.
    Same as: `torch.nn.Linear(d, C)` on flattened inputs
    (tests/package/test_models.py).

    >>> import torch
    >>> SoftmaxRegression(784, 10)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(self, num_inputs: int, num_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(num_inputs, num_classes)  # (n, C)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (n, ...) to logits (n, C)."""
        return self.linear(x.flatten(1))  # (n, ...) to (n, d) to (n, C)
