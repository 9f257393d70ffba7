"""Batches of sentence pairs: whole, in order of length, and little padded."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from d2l.data.batches import Batches
from d2l.data.sentence_batches import (
    BEGIN,
    END,
    PADDING,
    RESERVED,
    PairBatch,
    SentenceBatches,
    padding_share,
)
from d2l.losses import IGNORED, cross_entropy
from d2l.nn.masks import length_mask
from d2l.text.vocabulary import Vocabulary
from d2l.train.trainer import Trainer
from tests.package import two_processes

Sentences = tuple[list[Tensor], list[Tensor]]


def invented(n: int, seed: int = 0, longest: int = 12) -> Sentences:
    """Pairs of about one length; the first token of each tells which it is."""
    dice = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, longest, (n,), generator=dice)
    more = torch.randint(0, 3, (n,), generator=dice)

    def sentence(i: int, length: int) -> Tensor:
        rest = torch.randint(3, 20, (length - 1,), generator=dice)
        return torch.cat((torch.tensor([3 + i]), rest))

    sources = [sentence(i, int(lengths[i])) for i in range(n)]
    targets = [sentence(i, int(lengths[i] + more[i])) for i in range(n)]
    return sources, targets


def opened(batch: PairBatch) -> list[tuple[list[int], list[int]]]:
    """The sentences of a batch, by what its parts say of their lengths."""
    found = []
    for source, n, inputs, targets, m in zip(
        *batch, batch.target_lengths, strict=True
    ):
        assert source[n - 1] == END and (source[n:] == PADDING).all()
        assert targets[m - 1] == END and (targets[m:] == IGNORED).all()
        assert inputs[0] == BEGIN and (inputs[m:] == PADDING).all()
        assert torch.equal(inputs[1:m], targets[: m - 1])
        found.append((source[: n - 1].tolist(), targets[: m - 1].tolist()))
    return found


@given(
    n=st.integers(1, 60),
    batch_size=st.integers(1, 9),
    shuffle=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_pair_is_there_once_an_epoch(
    n: int, batch_size: int, shuffle: bool, seed: int
) -> None:
    sources, targets = invented(n, seed)
    batches = SentenceBatches(
        sources, targets, batch_size=batch_size, shuffle=shuffle, seed=seed
    )
    expected = sorted(
        (s.tolist(), t.tolist()) for s, t in zip(sources, targets, strict=True)
    )
    for _ in range(2):
        whole = list(batches)
        assert len(whole) == len(batches)
        assert sorted(p for b in whole for p in opened(b)) == expected
        assert all(len(b.source) == batch_size for b in whole[:-1])
        for batch in whole:
            assert batch.source.shape[1] == batch.source_lengths.max()
            assert batch.targets.shape[1] == batch.target_lengths.max()
            assert batch.inputs.shape == batch.targets.shape


@given(n=st.integers(30, 60), seed=st.integers(0, 99))
def test_epochs_differ_and_can_be_resumed(n: int, seed: int) -> None:
    def made() -> SentenceBatches:
        return SentenceBatches(
            *invented(n), batch_size=4, shuffle=True, seed=seed
        )

    def ids(batches: list[PairBatch]) -> list[list[int]]:
        return [batch.source[:, 0].tolist() for batch in batches]

    batches, others = made(), made()
    epochs = []
    for epoch in range(3):
        whole = list(batches)
        others.set_epoch(epoch)
        for start in (0, 1, len(whole) - 1, len(whole)):
            rest = list(others.iter_from(start))
            assert ids(rest) == ids(whole[start:])
            for one, other in zip(rest, whole[start:], strict=True):
                assert all(map(torch.equal, one, other))
        epochs.append(ids(whole))
    assert epochs[0] != epochs[1] != epochs[2]
    # Not only the order of the batches is new, but who is together.
    assert sorted(map(sorted, epochs[0])) != sorted(map(sorted, epochs[1]))
    other = SentenceBatches(
        *invented(n), batch_size=4, shuffle=True, seed=seed + 1
    )
    assert ids(list(other)) != epochs[0]


@settings(deadline=None, max_examples=30)
@given(
    n=st.integers(200, 400),
    batch_size=st.integers(8, 20),
    seed=st.integers(0, 99),
    longest=st.integers(6, 30),
)
def test_less_is_padded_than_by_chance(
    n: int, batch_size: int, seed: int, longest: int
) -> None:
    sources, targets = invented(n, seed, longest)
    ours = SentenceBatches(
        sources, targets, batch_size=batch_size, shuffle=True, seed=seed
    )
    by_chance = Batches(
        sources,
        targets,
        batch_size=batch_size,
        shuffle=True,
        seed=seed,
        transform=ours.transform,
    )
    in_order = SentenceBatches(sources, targets, batch_size=batch_size)
    least, most = padding_share(in_order), padding_share(by_chance)
    assert least <= padding_share(ours) + 0.02
    assert padding_share(ours) < 0.7 * most


def test_long_and_short_batches_are_mixed() -> None:
    """A model that read the short ones first would forget them."""
    batches = SentenceBatches(*invented(400), batch_size=8, shuffle=True)
    lengths = torch.tensor([len(b.source[0]) for b in batches]).float()
    places = torch.arange(len(lengths)).float()
    both = torch.stack((lengths[:-1], places[:-1]))
    assert abs(float(torch.corrcoef(both)[0, 1])) < 0.4
    again = [len(b.source[0]) for b in batches]
    assert again != lengths.tolist(), "in a new order every epoch"
    in_order = SentenceBatches(*invented(400), batch_size=8)
    lengths = [len(b.source[0]) for b in in_order]
    assert lengths == sorted(lengths)


def test_order_without_shuffling_is_the_same_in_every_epoch() -> None:
    batches = SentenceBatches(*invented(50), batch_size=8)
    first, second = list(batches), list(batches)
    for one, other in zip(first, second, strict=True):
        assert all(map(torch.equal, one, other))


def test_the_share_of_padding_is_counted() -> None:
    sources = [torch.tensor([5]), torch.tensor([5, 5, 5])]
    batches = SentenceBatches(sources, sources[::-1], batch_size=2)
    assert padding_share(batches) == pytest.approx(1 - 12 / 16)
    batches = SentenceBatches(sources, sources, batch_size=1)
    assert padding_share(batches) == 0
    with pytest.raises(ValueError, match="no batch"):
        padding_share([])


class Reader(nn.Module):
    """Adds the mean of the source to what the decoder reads."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(50, 8)
        self.head = nn.Linear(8, 50)

    def forward(self, source: Tensor, lengths: Tensor, x: Tensor) -> Tensor:
        mask = length_mask(lengths, source.shape[1])[..., None]
        mean = (self.table(source) * mask).sum(1) / lengths[:, None]
        return self.head(self.table(x) + mean[:, None])


def test_the_trainer_takes_them_and_padding_counts_for_nothing() -> None:
    sources, targets = invented(30)
    torch.manual_seed(0)
    model = Reader()
    batches = SentenceBatches(sources, targets, batch_size=7, shuffle=True)
    alone = SentenceBatches(sources, targets, batch_size=1)
    losses = [
        [cross_entropy(model, batch) for batch in source]
        for source in (batches, alone)
    ]
    wanted = sum(len(target) + 1 for target in targets)
    for found in losses:
        assert sum(int(loss.count) for loss in found) == wanted
    torch.testing.assert_close(
        *(sum(loss.sum for loss in found) for found in losses)
    )
    trainer = Trainer(
        model,
        cross_entropy,
        torch.optim.Adam(model.parameters(), 1e-2),
        device="cpu",
    )
    history = trainer.fit(batches, epochs=3, validation=alone)
    assert history[-1]["val_loss"] < history[0]["val_loss"]


FIVE = torch.tensor([5])


@pytest.mark.parametrize(
    ("sources", "targets", "batch_size", "message"),
    [
        ([], [], 1, "got 0 and 0"),
        ([FIVE], [FIVE, FIVE], 1, "got 1 and 2"),
        ([FIVE], [FIVE], 0, r"batch_size \(=0\)"),
        ([FIVE, FIVE[:0]], [FIVE, FIVE], 1, r"source 1 is \(0,\)"),
        ([FIVE], [FIVE[None]], 1, r"target 0 is \(1, 1\)"),
        ([FIVE[0]], [FIVE], 1, r"source 0 is \(\)"),
        ([FIVE.float()], [FIVE], 1, "source 0.*float32"),
        ([FIVE, FIVE - 3], [FIVE, FIVE], 1, "source 1 holds the token 2"),
        ([FIVE], [FIVE - 6], 1, "target 0 holds the token -1"),
    ],
)
def test_what_is_no_pair_of_sentences_is_named(
    sources: list[Tensor],
    targets: list[Tensor],
    batch_size: int,
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        SentenceBatches(sources, targets, batch_size=batch_size)


def test_a_vocabulary_reserves_what_batches_need() -> None:
    vocabulary = Vocabulary(["go"], reserved=RESERVED)
    assert [vocabulary[t] for t in RESERVED] == [PADDING, BEGIN, END]
    go = vocabulary.encode(["go"])
    (batch,) = SentenceBatches([go], [go], batch_size=1)
    assert vocabulary.decode(batch.inputs[0]) == ["<bos>", "go"]
    assert vocabulary.decode(batch.targets[0]) == ["go", "<eos>"]


WORKER = """
import sys, torch
from tests.package.test_sentence_batches import SentenceBatches, invented
from d2l.train import distributed
distributed.start()
parts = [
    list(SentenceBatches(*invented(n), batch_size=4, shuffle=True))
    for n in (50, 9, 1)
]
torch.save([[tuple(b) for b in p] for p in parts],
           f"{sys.argv[1]}/{distributed.rank()}")
distributed.stop()
"""


def test_processes_share_every_batch(tmp_path: Path) -> None:
    two_processes.run(WORKER, tmp_path, str(tmp_path))
    shares = [torch.load(tmp_path / str(rank)) for rank in range(2)]
    for first, second, n in zip(*shares, (50, 9, 1), strict=True):
        alone = SentenceBatches(*invented(n), batch_size=8, shuffle=True)
        for one, other, whole in zip(first, second, alone, strict=True):
            found = opened(PairBatch(*one)) + opened(PairBatch(*other))
            assert found == opened(whole)
