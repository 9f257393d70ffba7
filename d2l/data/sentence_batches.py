"""Batches of sentence pairs of about the same length."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from d2l.data.batches import Batches, pad
from d2l.losses import IGNORED

#: What a vocabulary must reserve, in this order, before all other tokens.
RESERVED = ("<pad>", "<bos>", "<eos>")
PADDING, BEGIN, END = range(3)
POOL = 50  # batches whose examples are sorted together


class PairBatch(NamedTuple):
    """Some sentences, and what a decoder reads and writes of the others.

    Given to `d2l.losses.cross_entropy` it calls the model with all but the
    targets.

    Args:
        source: tokens, then `END`, then `PADDING` as far as the longest.
        source_lengths: number of tokens, with `END`.
        inputs: `BEGIN`, then the tokens of the translation, then `PADDING`.
        targets: these tokens, then `END`, then `d2l.losses.IGNORED`.

    Shape:
        source: (B, S); source_lengths: (B,); inputs, targets: (B, T).
    """

    source: Tensor
    source_lengths: Tensor
    inputs: Tensor
    targets: Tensor

    @property
    def target_lengths(self) -> Tensor:
        """Number of targets of each example that count, of shape (B,)."""
        return (self.targets != IGNORED).sum(1)


class SentenceBatches(Batches):
    r"""Sentence pairs in mini-batches, each of examples of about one length.

    When shuffled, every epoch draws an order, sorts each `POOL` batches of
    it by length, and draws the order of the batches: so chance stays, and
    little padding. Else all examples are sorted by length, the same in every
    epoch. Either way each is there once an epoch, and `Batches` tells the
    rest: resuming, seeds, processes.

    Args:
        sources: a vector of tokens for each example, without `RESERVED`.
        targets: the same of its translation.
        batch_size: pairs a batch and process, at least 1.
        shuffle: draw new batches in each epoch, or keep those by length.
        seed: of the order.

    Shape:
        sources: n times (S,), with S of each; targets: n times (T,); a
        batch: as `PairBatch`.

    Raises:
        ValueError: if there are no pairs, or not as many sources as targets,
            a sentence is no vector of integers, is empty, or holds a token
            that is reserved or negative, or `batch_size` is not positive.

    Source: sorting within pools as of Khomenko et al. (2016); a decoder
    that reads what it shall write as of Sutskever et al. (2014).
    Same as: padding by hand (tests/package/test_sentence_batches.py).

    >>> five, six = torch.tensor([5]), torch.tensor([6, 6])
    >>> batches = SentenceBatches([five, six], [six, five], batch_size=2)
    >>> for batch in batches:
    ...     print(*batch, sep="\n")
    tensor([[5, 2, 0],
            [6, 6, 2]])
    tensor([2, 3])
    tensor([[1, 6, 6],
            [1, 5, 0]])
    tensor([[   6,    6,    2],
            [   5,    2, -100]])
    """

    def __init__(
        self,
        sources: Sequence[Tensor],
        targets: Sequence[Tensor],
        *,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
    ) -> None:
        if not len(sources) == len(targets) > 0:
            raise ValueError(
                "pairs need as many sources as targets, and at least one: "
                f"got {len(sources)} and {len(targets)}"
            )
        for name, column in (("source", sources), ("target", targets)):
            _check(name, column)
        # Sorted by the source first, as both lengths grow together.
        self.lengths = torch.tensor(
            [
                [len(source), len(target)]
                for source, target in zip(sources, targets, strict=True)
            ]
        )
        super().__init__(
            list(sources),
            list(targets),
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            transform=_collate,
        )

    def _order(self) -> Tensor:
        order = super()._order()
        if not self.shuffle:
            return self._by_length(order)
        step = self._step
        whole = len(order) - len(order) % step
        pools = [
            self._by_length(order[first : min(first + POOL * step, whole)])
            for first in range(0, whole, POOL * step)
        ]
        batches = torch.cat([order[:0], *pools]).reshape(-1, step)
        generator = torch.Generator().manual_seed(
            self.seed * 1_000_003 + self.epoch
        )
        places = torch.randperm(len(batches), generator=generator)
        return torch.cat((batches[places].flatten(), order[whole:]))

    def _by_length(self, rows: Tensor) -> Tensor:
        """Sort examples by the lengths of source and target."""
        width = int(self.lengths.max()) + 1
        key = self.lengths[rows] @ torch.tensor([width, 1])
        return rows[key.argsort(stable=True)]


def _collate(sources: list[Tensor], targets: list[Tensor]) -> PairBatch:
    """Add where sentences begin and end, and pad them."""
    if not sources:  # the share of a process of a batch that is too small
        nothing = torch.empty(0, 1, dtype=torch.long)
        return PairBatch(nothing, nothing[:, 0], nothing, nothing)
    begin, end = torch.tensor([BEGIN]), torch.tensor([END])
    source, mask = pad([torch.cat((s, end)) for s in sources], PADDING)
    inputs, _ = pad([torch.cat((begin, t)) for t in targets], PADDING)
    wanted, _ = pad([torch.cat((t, end)) for t in targets], IGNORED)
    return PairBatch(source, mask.sum(1), inputs, wanted)


def _check(name: str, column: Sequence[Tensor]) -> None:
    """Refuse what is no sentence.

    Raises:
        ValueError: if there is one in the column.
    """
    for i, sentence in enumerate(column):
        shape, kind = tuple(sentence.shape), sentence.dtype
        if len(shape) != 1 or shape[0] < 1 or kind != torch.long:
            raise ValueError(
                "a sentence is a vector of at least one int64, and "
                f"{name} {i} is {shape} of {kind}"
            )
    if (least := int(torch.cat(list(column)).min())) < len(RESERVED):
        i = next(i for i, s in enumerate(column) if (s == least).any())
        raise ValueError(
            f"{name} {i} holds the token {least}; tokens below "
            f"{len(RESERVED)} are reserved, for {', '.join(RESERVED)}"
        )


def padding_share(batches: Iterable[PairBatch]) -> float:
    """Tell which share of the positions of an epoch is there to fill up.

    Args:
        batches: of the epoch.

    Returns:
        A share in [0, 1), of source and target together.

    Raises:
        ValueError: if there is no batch.

    >>> five, six = torch.tensor([5]), torch.tensor([6, 6])
    >>> batches = SentenceBatches([five, six], [six, five], batch_size=2)
    >>> round(padding_share(batches), 3)  # 2 of 12
    0.167
    """
    filled = positions = 0
    for batch in batches:
        filled += int(batch.source_lengths.sum() + batch.target_lengths.sum())
        positions += batch.source.numel() + batch.targets.numel()
    if not positions:
        raise ValueError("no batch, and so no share of padding")
    return 1 - filled / positions
