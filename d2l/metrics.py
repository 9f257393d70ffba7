"""Metrics: like losses, functions that return a sum and a count."""

import torch
from torch import Tensor, nn

from d2l.losses import Batch


def accuracy(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Count the examples whose largest logit is that of the right class.

    Args:
        model: gives logits, one for each of C classes.
        batch: inputs and class indices in [0, C).

    Shape:
        batch: (n, ...) and (n,), logits (n, C); returns a scalar count and
        n, whose ratio lies in [0, 1]; larger is better.

    Raises:
        ValueError: if predictions and targets differ in shape, which would
            broadcast and compare everything with everything.

    Source: one minus the zero-one loss (Hastie et al., 2009, Section 2.4).
    Same as: counting by hand (tests/package/test_metrics.py).

    >>> logits = torch.tensor([[2.0, 1.0], [0.0, 3.0]])
    >>> accuracy(nn.Identity(), (logits, torch.tensor([0, 0])))
    (tensor(1), 2)
    """
    x, target = batch
    prediction = model(x).argmax(-1)
    if prediction.shape != target.shape:
        raise ValueError(
            f"predictions {tuple(prediction.shape)} and targets "
            f"{tuple(target.shape)} must have the same shape"
        )
    return (prediction == target).sum(), len(target)


def confusion_matrix(
    prediction: Tensor, target: Tensor, num_classes: int
) -> Tensor:
    """Count how often class i (row) was taken for class j (column).

    Args:
        prediction: class indices in [0, num_classes).
        target: the right class indices.
        num_classes: number C of classes.

    Shape:
        prediction, target: (n,); returns (C, C), integers that sum to n.

    Raises:
        ValueError: if the two differ in shape, or an index is out of range.

    Source: Hastie et al. (2009), Section 9.2.5.
    Same as: counting by hand (tests/package/test_metrics.py).

    >>> confusion_matrix(torch.tensor([1, 1]), torch.tensor([0, 1]), 2)
    tensor([[0, 1],
            [0, 1]])
    """
    if prediction.shape != target.shape or prediction.ndim != 1:
        raise ValueError(
            f"predictions {tuple(prediction.shape)} and targets "
            f"{tuple(target.shape)} must be vectors of one length"
        )
    pairs = torch.stack((target, prediction))
    if pairs.numel() and not 0 <= pairs.min() <= pairs.max() < num_classes:
        raise ValueError(
            f"class indices must lie in [0, {num_classes}), got "
            f"{int(pairs.min())} to {int(pairs.max())}"
        )
    counts = torch.bincount(
        target * num_classes + prediction, minlength=num_classes**2
    )
    return counts.reshape(num_classes, num_classes)
