"""Batches of one long text, and windows of a series.

A text is a vector of tokens, and the target at each position is the token
that follows. Both ways to cut it give every target once an epoch; positions
that are there only to fill a batch have the target `IGNORED`.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from d2l.data.batches import Batches
from d2l.losses import IGNORED
from d2l.train import distributed


class Windows(Batches):
    """Windows of a text in mini-batches, each for itself.

    In a new order every epoch, the windows also begin at other places: up to
    a window's length later, drawn anew, and what comes before is left out.

    Args:
        tokens: the text.
        length: positions T of a window, at least 1.
        batch_size: windows a batch and process, at least 1.
        shuffle: draw a new order and new places in each epoch, or begin at
            the first token, and keep the order of the text.
        seed: of the order and the places.

    Shape:
        tokens: (n,); a batch: inputs (B, T) and targets (B, T).

    Raises:
        ValueError: if the text is shorter than a window and its last
            target, or `length` or `batch_size` is not positive.

    Source: Bengio et al. (2003), Section 2, on windows of a text.
    Same as: cutting by hand (tests/package/test_running_text.py).

    >>> for x, y in Windows(torch.arange(6), length=3, batch_size=2):
    ...     print(x, y)
    tensor([[0, 1, 2],
            [3, 4, 5]]) tensor([[   1,    2,    3],
            [   4,    5, -100]])
    """

    def __init__(
        self,
        tokens: Tensor,
        *,
        length: int,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
    ) -> None:
        _check(tokens, length, 1)
        self.tokens = tokens
        self.length = length
        super().__init__(
            torch.arange(0, len(tokens) - 1, length, device=tokens.device),
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            transform=self._cut,
        )

    def _cut(self, starts: Tensor) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(
            self.seed * 1_000_003 + self.epoch
        )
        later = torch.randint(self.length, (), generator=generator)
        first = starts + int(later) if self.shuffle else starts  # (B,)
        return _take(self.tokens, first, self.length)


class StreamBatch(NamedTuple):
    """A batch whose rows go on where those of the batch before ended.

    Args:
        inputs: tokens.
        targets: those that follow, or `IGNORED`.
        goes_on: whether there was a batch before in this epoch.

    Shape:
        inputs, targets: (B, T).
    """

    inputs: Tensor
    targets: Tensor
    goes_on: bool


class Streams:
    """Streams of a text: row i of a batch continues row i of the one before.

    The text is cut into as many streams as a batch has rows. So a model can
    carry its state from batch to batch, as `d2l.losses.CarriedCrossEntropy`
    does. Every epoch is the same. Under `torchrun` each process has streams
    of its own.

    Args:
        tokens: the text.
        length: positions T of a batch, at least 1; the last may have fewer.
        batch_size: streams of a process, at least 1.

    Shape:
        tokens: (n,); a batch: inputs (B, T) and targets (B, T).

    Raises:
        ValueError: if a stream would be shorter than a window, or `length`
            or `batch_size` is not positive.

    Source: Mikolov et al. (2010), on states that go on; truncated as in
    Williams and Peng (1990).
    Same as: cutting by hand (tests/package/test_running_text.py).

    >>> for batch in Streams(torch.arange(8), length=2, batch_size=2):
    ...     print(batch.inputs, batch.goes_on)
    tensor([[0, 1],
            [4, 5]]) False
    tensor([[2, 3],
            [6, 7]]) True
    """

    def __init__(
        self, tokens: Tensor, *, length: int, batch_size: int
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size (={batch_size}) must be at least 1")
        rows = batch_size * distributed.world_size()
        _check(tokens, length, rows)
        self.tokens = tokens
        self.length = length
        self.stream_length = -(-(len(tokens) - 1) // rows)
        starts = torch.arange(rows, device=tokens.device) * self.stream_length
        mine = starts.tensor_split(distributed.world_size())
        self.starts = mine[distributed.rank()]

    def __len__(self) -> int:
        return -(-self.stream_length // self.length)

    def __iter__(self) -> Iterator[StreamBatch]:
        return self.iter_from(0)

    def iter_from(self, start: int) -> Iterator[StreamBatch]:
        """Iterate over the batches of an epoch from one in the middle."""
        for i in range(start, len(self)):
            first = i * self.length
            length = min(self.length, self.stream_length - first)
            x, y = _take(self.tokens, self.starts + first, length)
            yield StreamBatch(x, y, goes_on=i > 0)


def _check(tokens: Tensor, length: int, rows: int) -> None:
    if tokens.ndim != 1 or length < 1:
        raise ValueError(
            "a text is a vector of tokens, and a window holds at least one: "
            f"got tokens {tuple(tokens.shape)} and length={length}"
        )
    if len(tokens) - 1 < rows * length:
        raise ValueError(
            f"the text has {len(tokens)} tokens; {rows} rows of length "
            f"{length} and the last target need {rows * length + 1}"
        )


def _take(tokens: Tensor, first: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Take inputs and targets (B, length) from some places (B,) on."""
    place = first[:, None] + torch.arange(length, device=tokens.device)
    last = len(tokens) - 1  # has no target
    inputs = tokens[place.clamp(max=last)]
    targets = tokens[(place + 1).clamp(max=last)]
    return inputs, targets.where(place < last, IGNORED)  # (B, length)


def windows(
    values: Tensor, *, length: int, horizon: int = 1
) -> tuple[Tensor, Tensor]:
    """Cut a series into windows and what follows each.

    A window begins at every value, so neighbours share all but one: split
    the series in time before it is cut, not the windows at random.

    Args:
        values: of equal distance in time.
        length: values T of a window, at least 1.
        horizon: how many values that follow are to be predicted, at least 1.

    Shape:
        values: (n,); returns windows (m, T) and what follows (m, horizon),
        with m = n - T - horizon + 1; both may be given to `Batches`.

    Raises:
        ValueError: if the series is no vector or too short for one window,
            or `length` or `horizon` is less than 1.

    Source: Yule (1927), who regressed sunspots on those of earlier years.
    Same as: cutting by hand (tests/package/test_running_text.py).

    >>> windows(torch.arange(5.0), length=3)
    (tensor([[0., 1., 2.],
            [1., 2., 3.]]), tensor([[3.],
            [4.]]))
    """
    if values.ndim != 1 or min(length, horizon) < 1:
        raise ValueError(
            "windows need a vector, length >= 1 and horizon >= 1, got "
            f"{tuple(values.shape)}, length={length}, horizon={horizon}"
        )
    if len(values) < length + horizon:
        raise ValueError(
            f"the series has {len(values)} values; a window of {length} and "
            f"{horizon} to predict need {length + horizon}"
        )
    both = values.unfold(0, length + horizon, 1)  # (m, T + horizon)
    return both[:, :length].clone(), both[:, length:].clone()
