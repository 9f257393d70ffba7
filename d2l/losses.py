"""Losses: functions of a model and a batch that return a sum and a count.

A mean of means is not a mean. With sums and counts, an uneven last batch,
padding, accumulated gradients and several processes all give exactly what
one big batch would give. What was computed on the way comes along, so that
metrics need not run the model again.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

#: What a data set gives at a time: a tensor, or a tuple, list or dictionary
#: of batches. The losses here expect a tuple, with the target last.
Batch = Any
#: The label of a class that does not count, as in padding.
IGNORED = -100


class Loss(NamedTuple):
    """A loss of a batch: its sum, its count, and what was compared.

    Args:
        sum: of the losses of all items; a scalar.
        count: number of items, or the sum of their weights.
        output: of the model, for the metrics.
        target: what the output should be, for the metrics.

    Shape:
        sum: (); count: a number or (); output, target: as the metrics expect.

    Source: Goyal et al. (2017), on averages over batches of several workers.
    Same as: the loss of one big batch, when sums and counts are added up
    (tests/package/test_losses.py).

    >>> import torch
    >>> Loss(torch.tensor(6.0), 3).mean
    tensor(2.)
    """

    sum: Tensor
    count: int | float | Tensor  # type: ignore[assignment]
    output: Any = None
    target: Any = None

    @property
    def mean(self) -> Tensor:
        """The sum divided by the count."""
        return self.sum / self.count


#: Gives a `Loss`, or a plain tuple that begins like one.
LossFunction = Callable[[nn.Module, Batch], tuple[Any, ...]]


def squared_error(model: nn.Module, batch: Batch) -> Loss:
    """Squared differences between predictions and targets, summed.

    Args:
        model: gives predictions of the shape of the targets.
        batch: inputs, one or more, and real-valued targets.

    Shape:
        batch: (n, ...) and (n,) or (n, d); the sum is a scalar, the count
        the number of target values.

    Raises:
        ValueError: if predictions and targets differ in shape, which would
            broadcast and compare everything with everything.

    Source: Legendre (1805), the method of least squares.
    Same as: `torch.nn.functional.mse_loss(..., reduction="sum")`; no factor
    1/2 (tests/package/test_losses.py).

    >>> import torch
    >>> squared_error(nn.Identity(), (torch.ones(3), torch.zeros(3)))[:2]
    (tensor(3.), 3)
    """
    *inputs, target = batch
    prediction = model(*inputs)
    if prediction.shape != target.shape:
        raise ValueError(
            f"predictions {tuple(prediction.shape)} and targets "
            f"{tuple(target.shape)} must have the same shape"
        )
    total = (prediction - target).square().sum()
    return Loss(total, target.numel(), prediction, target)


def cross_entropy(model: nn.Module, batch: Batch) -> Loss:
    """Negative log-probabilities of the right classes, summed, in nats.

    Args:
        model: gives logits, one for each of C classes.
        batch: inputs, one or more, and class indices in [0, C); where the
            index is `IGNORED`, nothing is added or counted.

    Shape:
        batch: (n, ...) and (n,) with logits (n, C), (B, T) with logits
        (B, T, V), or (B, H, W) with logits (B, C, H, W); the sum is a
        scalar, the count the number of indices that are not ignored.

    Raises:
        ValueError: if logits and class indices don't fit in shape.

    Source: Good (1952), the logarithmic score.
    Same as: `torch.nn.functional.cross_entropy(..., reduction="sum")`
    (tests/package/test_losses.py).

    >>> import torch
    >>> logits, target = torch.zeros(2, 8), torch.tensor([3, IGNORED])
    >>> cross_entropy(nn.Identity(), (logits, target))[:2]  # ln 8
    (tensor(2.0794), tensor(1))
    """
    *inputs, target = batch
    logits = model(*inputs)
    rows = classes_last(logits, target).flatten(0, -2)  # (items, C)
    total = F.cross_entropy(
        rows, target.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return Loss(total, (target != IGNORED).sum(), logits, target)


class CarriedCrossEntropy(nn.Module):
    """The cross-entropy of text whose state goes on from batch to batch.

    Keeps the state that the model returned, without its gradient, and gives
    it back with the next batch. Training and evaluation have states of their
    own, so that one may interrupt the other. They belong to the state of
    this module, so a run can be resumed in the middle of an epoch.

    Shape:
        batch: inputs (B, T), indices (B, T), and whether it goes on where
        the one before ended, as of `d2l.data.running_text.Streams`; the
        model's `read(inputs, state)` gives logits (B, T, V) and the state.

    Source: Williams and Peng (1990), truncated backpropagation.
    Same as: `cross_entropy` of the whole text at once, where nothing is
    trained in between (tests/package/test_recurrent_lm.py).

    >>> class Counter(nn.Module):
    ...     def read(self, x, state):
    ...         state = (state or 0) + x.shape[1]
    ...         return F.one_hot(x, 2).float(), state
    >>> import torch
    >>> loss, x = CarriedCrossEntropy(), torch.zeros(1, 3, dtype=torch.long)
    >>> for goes_on in (False, True):
    ...     _ = loss(Counter(), (x, x, goes_on))
    >>> loss.states[True]
    6
    """

    def __init__(self) -> None:
        super().__init__()
        #: What the model carries, in training (True) and in evaluation.
        self.states: dict[bool, Any] = {True: None, False: None}

    def forward(self, model: Any, batch: Batch) -> Loss:
        """Compute the loss of a batch, and keep the state after it."""
        inputs, target, goes_on = batch
        state = self.states[self.training] if goes_on else None
        state = _detached(state, inputs.device)
        logits, state = model.read(inputs, state)
        self.states[self.training] = _detached(state)
        return cross_entropy(nn.Identity(), (logits, target))

    def get_extra_state(self) -> dict[bool, Any]:
        """Return the states, to be saved with a run."""
        return self.states

    def set_extra_state(self, state: dict[bool, Any]) -> None:
        """Take up the states of a run."""
        self.states = dict(state)


def _detached(state: Any, device: Any = None) -> Any:
    """Leave the gradient of a tree of tensors, and bring it to a device."""
    if isinstance(state, tuple):
        return tuple(_detached(part, device) for part in state)
    return state.detach().to(device) if isinstance(state, Tensor) else state


def classes_last(logits: Tensor, target: Tensor) -> Tensor:
    """Bring the axis of the classes to the end.

    Args:
        logits: for each target, one number for each class.
        target: class indices.

    Shape:
        logits: (B, C, H, W) of images, or (..., C); target: (B, H, W), or
        (...); returns the shape of the targets with C behind it.

    Raises:
        ValueError: if the shapes don't fit, and would broadcast.

    Source: PyTorch's convention for images.
    Same as: `torch.nn.functional.cross_entropy`, in what fits
    (tests/package/test_losses.py).

    >>> import torch
    >>> labels = torch.zeros(2, 5, 6, dtype=torch.long)
    >>> classes_last(torch.zeros(2, 3, 5, 6), labels).shape
    torch.Size([2, 5, 6, 3])
    """
    last = logits.movedim(1, -1) if logits.ndim == 4 else logits
    if last.shape[:-1] != target.shape or not last.ndim:
        raise ValueError(
            f"logits {tuple(logits.shape)} and class indices "
            f"{tuple(target.shape)} don't fit: logits need one axis more, "
            "the last, or of images (B, C, H, W) the second"
        )
    return last
