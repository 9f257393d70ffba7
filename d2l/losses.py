"""Losses: functions of a model and a batch that return a sum and a count.

A mean of means is not a mean. With sums and counts, an uneven last batch,
accumulated gradients and several processes all give exactly what one big
batch would give.
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

#: Inputs and targets, with the examples along the first axis of each.
Batch = tuple[Tensor, ...]
#: A loss or a metric: a sum over a batch, and the count to divide it by.
Measure = Callable[[nn.Module, Batch], tuple[Tensor, int | Tensor]]


def squared_error(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Sum of squared differences between predictions and targets.

    Args:
        model: gives predictions of the shape of the targets.
        batch: inputs and real-valued targets.

    Shape:
        batch: (n, ...) and (n,) or (n, d); returns a scalar and the number
        of target values.

    Raises:
        ValueError: if predictions and targets differ in shape, which would
            broadcast and compare everything with everything.

    Source: Legendre (1805), the method of least squares.
    Same as: `torch.nn.functional.mse_loss(..., reduction="sum")`; no factor
    1/2 (tests/package/test_losses.py).

    >>> import torch
    >>> squared_error(nn.Identity(), (torch.ones(3), torch.zeros(3)))
    (tensor(3.), 3)
    """
    x, target = batch
    prediction = model(x)
    if prediction.shape != target.shape:
        raise ValueError(
            f"predictions {tuple(prediction.shape)} and targets "
            f"{tuple(target.shape)} must have the same shape"
        )
    return (prediction - target).square().sum(), target.numel()


def cross_entropy(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Sum of negative log-probabilities of the right classes, in nats.

    Args:
        model: gives logits, one for each of C classes.
        batch: inputs and class indices in [0, C).

    Shape:
        batch: (n, ...) and (n,), logits (n, C); returns a scalar and n.

    Source: Good (1952), the logarithmic score.
    Same as: `torch.nn.functional.cross_entropy(..., reduction="sum")`
    (tests/package/test_losses.py).

    >>> import torch
    >>> logits, target = torch.zeros(1, 8), torch.tensor([3])
    >>> cross_entropy(nn.Identity(), (logits, target))  # ln 8
    (tensor(2.0794), 1)
    """
    x, target = batch
    return F.cross_entropy(model(x), target, reduction="sum"), len(target)
