"""Mini-batches cut from tensors that are held in memory, on the device."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from d2l.train import distributed

EVALUATION_BATCH = 1024  # examples; no gradients are kept, so it may be large


class Batches:
    """Iterates over tensors in mini-batches, shuffled anew in every epoch.

    The order depends only on `seed` and the epoch, so a resumed run sees the
    batches that an uninterrupted one would have seen. Under `torchrun` each
    process gets its share of every batch and no example is seen twice.

    Args:
        *tensors: of one length and on one device, one row an example.
        batch_size: examples a batch and process, at least 1.
        shuffle: draw a new order in each epoch, or keep the given one.
        seed: of the order.

    Shape:
        tensors: (n, ...); a batch: the same, with n at most `batch_size`.

    Raises:
        ValueError: if there is no tensor, lengths differ, a tensor has no
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
        *tensors: Tensor,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
    ) -> None:
        lengths = {tuple(t.shape[:1]) for t in tensors}
        if len(lengths) != 1 or () in lengths:
            raise ValueError(
                "Batches needs tensors of one length, got "
                f"{[tuple(t.shape) for t in tensors]}"
            )
        if batch_size < 1:
            raise ValueError(f"batch_size (={batch_size}) must be at least 1")
        self.tensors = tensors
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
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

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        world, rank = distributed.world_size(), distributed.rank()
        order = self._order()
        for start in range(0, self.num_examples, self._step):
            rows = order[start : start + self._step]
            mine = rows.tensor_split(world)[rank]
            yield tuple(t[mine] for t in self.tensors)

    def _order(self) -> Tensor:
        device = self.tensors[0].device
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


class Splits(NamedTuple):
    """The three parts of a data set.

    Args:
        train: what a model learns from, in a new order every epoch.
        validation: what choices are made by; split off the training set.
        test: touched once, at the end.
    """

    train: Batches
    validation: Batches
    test: Batches


def split(
    train: tuple[Tensor, ...],
    test: tuple[Tensor, ...],
    *,
    validation: int,
    batch_size: int,
    seed: int = 0,
) -> Splits:
    """Split validation examples off the training set, at random.

    Args:
        train: tensors with the same first dimension.
        test: the same kinds of tensors, of other examples.
        validation: number of training examples to set aside.
        batch_size: of the training batches; evaluation uses
            `EVALUATION_BATCH`.
        seed: of the split and of the order of the training batches.

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
    return Splits(
        Batches(
            *(t[kept] for t in train),
            batch_size=batch_size,
            shuffle=True,
            seed=seed,
        ),
        Batches(*(t[held_out] for t in train), batch_size=EVALUATION_BATCH),
        Batches(*test, batch_size=EVALUATION_BATCH),
    )
