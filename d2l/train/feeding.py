"""How batches come from the data to the device.

What the Trainer asks of data is little. They are iterated over once an
epoch. Where they have a length, it is the number of batches. Where they have
`set_epoch`, it is told the epoch, counted from 0. Where they have
`iter_from`, it starts in the middle of an epoch without a look at the
batches before.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from d2l.losses import Batch
from d2l.train.device import forked_random


def move(batch: Batch, device: torch.device | str) -> Any:
    """Bring every tensor of a batch to a device.

    Args:
        batch: a tensor; a tuple, named or not, a list or a dictionary of
            batches; or anything else, which stays as it is.
        device: where the tensors are wanted.

    Shape:
        any, in and out.

    >>> move({"words": (torch.zeros(2), ["the", "end"])}, "meta")["words"]
    (tensor(..., device='meta', size=(2,)), ['the', 'end'])
    """
    match batch:
        case Tensor():
            return batch.to(device, non_blocking=True)
        case PackedSequence():  # keeps its lengths on the host
            return batch.to(device)  # type: ignore[arg-type]
        case dict():
            return {name: move(part, device) for name, part in batch.items()}
        case tuple() if hasattr(batch, "_fields"):
            return type(batch)(*(move(part, device) for part in batch))
        case tuple() | list():
            return type(batch)(move(part, device) for part in batch)
    return batch


def batches_from(
    batches: Iterable[Batch],
    epoch: int,
    start: int,
    device: torch.device,
    epoch_start: dict[str, Any],
) -> Iterator[Batch]:
    """Iterate over the batches of an epoch from one in the middle.

    Args:
        batches: whatever a Trainer can be given. Without `iter_from` the
            batches before `start` are drawn once more, and thrown away.
        epoch: its number, counted from 0.
        start: number of batches to leave out.
        device: whose random generator the batches may draw from.
        epoch_start: state of the generators when the epoch began, which
            gives the order that it began in.
    """
    if hasattr(batches, "set_epoch"):
        batches.set_epoch(epoch)
    if not start:
        return iter(batches)
    if hasattr(batches, "iter_from"):
        return iter(batches.iter_from(start))
    with forked_random(device, epoch_start):
        rest = iter(batches)
        next(islice(rest, start, start), None)
    return rest


def check_length(
    epochs: int | None, steps: int | None, every: int | None
) -> None:
    """Refuse what says nothing, or two things, about the length of a run.

    Args:
        epochs: epochs in all, or None.
        steps: steps in all, or None.
        every: steps from one report to the next, or None.

    Raises:
        ValueError: if not exactly one of the first two is given, or the
            third is less than 1.
    """
    if (epochs is None) == (steps is None):
        raise ValueError(f"give either epochs (={epochs}) or steps (={steps})")
    if every is not None and every < 1:
        raise ValueError(f"every (={every}) must be at least 1")
