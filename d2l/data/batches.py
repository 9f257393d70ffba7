"""Mini-batches cut from what is held in memory, on the device."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from d2l.data.standardization import Standardization
from d2l.train import distributed

EVALUATION_BATCH = 1024  # examples; no gradients are kept, so it may be large

#: What holds one entry for each example: a tensor with the examples along
#: its first axis, or a sequence of things of different sizes.
Column = Tensor | Sequence[Any]


class Batches:
    """Iterates over tensors in mini-batches, shuffled anew in every epoch.

    The order depends only on `seed` and the epoch, so a resumed run sees the
    batches that an uninterrupted one would have seen. The end of an epoch
    leads to the next, unless `set_epoch` chooses another. Under `torchrun`
    each process gets its share of every batch, and no example is seen twice.

    Args:
        *columns: of one length, one entry an example. The entries of a
            sequence that is no tensor, such as the boxes of pictures, come
            as a list.
        batch_size: examples a batch and process, at least 1.
        shuffle: draw a new order in each epoch, or keep the given one.
        seed: of the order.
        transform: called with the parts of a batch; what it returns is the
            batch. A place for augmentation, and for `pad`.
        standardize: give the first column mean 0 and spread 1; or as
            another part was, whose `standardization` this is.

    Shape:
        columns: (n, ...); a batch: the same, with n at most `batch_size`.

    Raises:
        ValueError: if there is no column, lengths differ, a tensor has no
            dimension, or `batch_size` is not positive.

    Source: sampling without replacement, epoch by epoch (Bottou, 2009).
    Same as: a `torch.utils.data.DataLoader` over a `TensorDataset`
    (tests/package/test_batches.py), without its cost for each example.

    >>> for x, y in Batches(torch.arange(5.0), torch.arange(5), batch_size=3):
    ...     print(x, y)
    tensor([0., 1., 2.]) tensor([0, 1, 2])
    tensor([3., 4.]) tensor([3, 4])
    """

    def __init__(
        self,
        *columns: Column,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        transform: Callable[..., Any] | None = None,
        standardize: bool | Standardization = False,
    ) -> None:
        shapes = [_shape(column) for column in columns]
        if len({shape[:1] for shape in shapes}) != 1 or () in shapes:
            raise ValueError(
                f"Batches needs tensors of one length, got {shapes}"
            )
        if batch_size < 1:
            raise ValueError(f"batch_size (={batch_size}) must be at least 1")
        self.standardization: Standardization | None = None
        if standardize:
            inputs: Any = columns[0]
            if not isinstance(standardize, Standardization):
                standardize = Standardization.of(inputs)
            self.standardization = standardize
            columns = (standardize(inputs), *columns[1:])
        self.tensors: tuple[Any, ...] = columns
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.transform = transform
        self.epoch = 0

    @property
    def num_examples(self) -> int:
        """Number of examples in all batches of all processes together."""
        return len(self.tensors[0])

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch, counted from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.num_examples // self._step)

    def __iter__(self) -> Iterator[Any]:
        yield from self.iter_from(0)
        self.epoch += 1

    def iter_from(self, start: int) -> Iterator[Any]:
        """Iterate over the batches of the epoch from one in the middle."""
        world, rank = distributed.world_size(), distributed.rank()
        order = self._order()
        for first in range(start * self._step, self.num_examples, self._step):
            rows = order[first : first + self._step]
            mine = rows.tensor_split(world)[rank]
            batch = tuple(_take(column, mine) for column in self.tensors)
            yield self.transform(*batch) if self.transform else batch

    def _order(self) -> Tensor:
        device = getattr(self.tensors[0], "device", "cpu")
        if not self.shuffle:
            return torch.arange(self.num_examples, device=device)
        generator = torch.Generator().manual_seed(
            self.seed * 1_000_003 + self.epoch
        )
        # Drawn on the CPU, so that every device sees the same order.
        order = torch.randperm(self.num_examples, generator=generator)
        return order.to(device)

    @property
    def _step(self) -> int:
        return self.batch_size * distributed.world_size()


def pad(ragged: Sequence[Tensor], value: float = 0) -> tuple[Tensor, Tensor]:
    """Put tensors of different lengths into one.

    Args:
        ragged: one an example, as a batch has them.
        value: to fill up with.

    Shape:
        ragged: B times (L, ...), with L of each; returns (B, L, ...) with
        the largest L, and a mask (B, L), True where there is an entry.

    >>> pad([torch.tensor([1, 2]), torch.tensor([3])], value=-1)
    (tensor([[ 1,  2],
            [ 3, -1]]), tensor([[ True,  True],
            [ True, False]]))
    """
    padded = pad_sequence(list(ragged), True, value)
    lengths = torch.tensor([len(entry) for entry in ragged])
    mask = torch.arange(padded.shape[1]) < lengths[:, None]
    return padded, mask.to(padded.device)


def _shape(column: Column) -> tuple[int, ...]:
    if isinstance(column, Tensor):
        return tuple(column.shape)
    return (len(column),)


def _take(column: Column, rows: Tensor) -> Tensor | list[Any]:
    if isinstance(column, Tensor):
        return column[rows]
    return [column[row] for row in rows.tolist()]


T = TypeVar("T", bound=Iterable[Any])


class Splits(NamedTuple, Generic[T]):
    """The three parts of a data set.

    Each is iterated in batches, as of `Batches` or of running text.

    Args:
        train: what a model learns from, in a new order every epoch.
        validation: what choices are made by; split off the training set.
        test: touched once, at the end.
    """

    train: T
    validation: T
    test: T


def split(
    train: tuple[Tensor, ...],
    test: tuple[Tensor, ...],
    *,
    validation: int,
    batch_size: int,
    seed: int = 0,
    standardize: bool = False,
) -> Splits[Batches]:
    """Split validation examples off the training set, at random.

    Args:
        train: tensors with the same first dimension.
        test: the same kinds of tensors, of other examples.
        validation: number of training examples to set aside.
        batch_size: of the training batches; evaluation uses
            `EVALUATION_BATCH`.
        seed: of the split and of the order of the training batches.
        standardize: give the first tensor of the training part mean 0 and
            spread 1, and use the same numbers for the others.

    Shape:
        train: (n, ...); test: (m, ...), with the same further dimensions.

    Raises:
        ValueError: if `validation` leaves no example to train on or none to
            validate on.

    >>> x = torch.arange(10.0)
    >>> parts = split((x,), (x,), validation=3, batch_size=2)
    >>> [part.num_examples for part in parts]
    [7, 3, 10]
    """
    n = len(train[0])
    if not 0 < validation < n:
        raise ValueError(
            f"validation (={validation}) must lie between 1 and {n - 1}, "
            f"as the training set has {n} examples"
        )
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    order = order.to(train[0].device)
    held_out, kept = order[:validation], order[validation:]
    learned = Batches(
        *(t[kept] for t in train),
        batch_size=batch_size,
        shuffle=True,
        seed=seed,
        standardize=standardize,
    )
    measured = learned.standardization or False

    def part(tensors: Iterable[Tensor]) -> Batches:
        return Batches(
            *tensors, batch_size=EVALUATION_BATCH, standardize=measured
        )

    return Splits(learned, part(t[held_out] for t in train), part(test))
