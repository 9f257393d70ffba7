"""Batches of running text, and windows of a series."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2l.data.batches import Batches
from d2l.data.running_text import Streams, Windows, windows
from d2l.losses import IGNORED
from tests.package import two_processes

lengths = st.integers(1, 7)
sizes = st.integers(1, 5)
texts = st.integers(40, 90)  # tokens; each is its own place


@given(n=texts, length=lengths, batch_size=sizes)
def test_windows_in_order_give_every_target_once(
    n: int, length: int, batch_size: int
) -> None:
    text = torch.arange(n)
    batches = Windows(text, length=length, batch_size=batch_size)
    rows = [row for x, y in batches for row in zip(x, y, strict=True)]
    assert len(batches) == len(list(batches))
    for i, (x, y) in enumerate(rows):
        real = y != IGNORED
        assert torch.equal(y[real], x[real] + 1)
        assert x[0] == i * length and len(x) == len(y) == length
        assert real[: n - 1 - i * length].all()
    targets = [t for _, y in rows for t in y.tolist() if t != IGNORED]
    assert targets == list(range(1, n))


@given(n=texts, length=lengths, batch_size=sizes, seed=st.integers(0, 99))
def test_shuffled_windows_begin_elsewhere_in_every_epoch(
    n: int, length: int, batch_size: int, seed: int
) -> None:
    batches = Windows(
        torch.arange(n),
        length=length,
        batch_size=batch_size,
        shuffle=True,
        seed=seed,
    )
    firsts = set()
    for epoch in range(12):
        batches.set_epoch(epoch)
        whole = list(batches)
        batches.set_epoch(epoch)
        for start in (0, 1, len(whole) - 1):
            rest = list(batches.iter_from(start))
            for one, other in zip(rest, whole[start:], strict=True):
                assert all(map(torch.equal, one, other))
        x = torch.cat([x for x, _ in whole])
        y = torch.cat([y for _, y in whole])
        real = y != IGNORED
        assert torch.equal(y[real], x[real] + 1)
        targets = sorted(y[real].tolist())
        first = int(x.min())
        assert targets == list(range(first + 1, n)) and first < length
        firsts.add(first)
    assert length == 1 or len(firsts) > 1
    starts = x[:, 0].tolist()
    assert len(starts) < 15 or starts != sorted(starts)


@given(n=texts, length=lengths, batch_size=sizes)
def test_streams_continue_and_give_every_target_once(
    n: int, length: int, batch_size: int
) -> None:
    batches = Streams(torch.arange(n), length=length, batch_size=batch_size)
    found = list(batches)
    assert len(found) == len(batches)
    assert [b.goes_on for b in found] == [False] + [True] * (len(found) - 1)
    assert all(b.inputs.shape == (batch_size, length) for b in found[:-1])
    x = torch.cat([b.inputs for b in found], 1)
    y = torch.cat([b.targets for b in found], 1)
    real = y != IGNORED
    assert torch.equal(y[real], x[real] + 1)
    for row in range(batch_size):
        seen = x[row][real[row]]
        assert torch.equal(seen, seen[0] + torch.arange(len(seen))), (
            "each row is one stretch of the text"
        )
    assert y[real].tolist() == list(range(1, n))
    for start in range(len(found) + 1):
        rest = list(batches.iter_from(start))
        for one, other in zip(rest, found[start:], strict=True):
            assert torch.equal(one.inputs, other.inputs)
            assert one.goes_on == other.goes_on


@pytest.mark.parametrize("make", [Windows, Streams])
@pytest.mark.parametrize(
    ("tokens", "length", "batch_size", "message"),
    [
        (torch.arange(0), 3, 1, "has 0 tokens.*need 4"),
        (torch.arange(3), 3, 1, "has 3 tokens.*need 4"),
        (torch.zeros(4, 4), 3, 1, r"\(4, 4\)"),
        (torch.arange(9), 0, 1, "length=0"),
        (torch.arange(9), 2, 0, r"batch_size \(=0\)"),
    ],
)
def test_wrong_texts_are_named(
    make: type,
    tokens: torch.Tensor,
    length: int,
    batch_size: int,
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        make(tokens, length=length, batch_size=batch_size)


def test_each_stream_holds_a_window() -> None:
    with pytest.raises(ValueError, match=r"9 tokens; 3 rows of length 3.*10"):
        Streams(torch.arange(9), length=3, batch_size=3)


WORKER = """
import sys, torch
from d2l.data.running_text import Streams, Windows
from d2l.train import distributed
distributed.start()
text = torch.arange(50)
parts = [list(Streams(text, length=4, batch_size=2)),
         list(Windows(text, length=4, batch_size=2, shuffle=True))]
torch.save([[tuple(b) for b in p] for p in parts],
           f"{sys.argv[1]}/{distributed.rank()}")
distributed.stop()
"""


def test_processes_share_every_batch(tmp_path: Path) -> None:
    two_processes.run(WORKER, tmp_path, str(tmp_path))
    shares = [torch.load(tmp_path / str(rank)) for rank in range(2)]
    text = torch.arange(50)
    alone = [
        Streams(text, length=4, batch_size=4),
        Windows(text, length=4, batch_size=4, shuffle=True),
    ]
    for first, second, expected in zip(*shares, alone, strict=True):
        for one, other, whole in zip(first, second, expected, strict=True):
            for i in (0, 1):
                assert torch.equal(torch.cat((one[i], other[i])), whole[i])


@given(n=texts, length=lengths, horizon=lengths)
def test_windows_of_a_series(n: int, length: int, horizon: int) -> None:
    series = torch.randn(n)
    x, y = windows(series, length=length, horizon=horizon)
    assert len(x) == len(y) == n - length - horizon + 1
    for i in range(len(x)):
        assert torch.equal(x[i], series[i : i + length])
        end = i + length
        assert torch.equal(y[i], series[end : end + horizon])
    x += 1  # own, writable memory
    (batch,) = Batches(x, y, batch_size=n)
    assert torch.equal(batch[1], y)


@pytest.mark.parametrize(
    ("n", "length", "horizon", "message"),
    [
        (5, 5, 1, "5 values; a window of 5 and 1.*need 6"),
        (5, 0, 1, "length=0"),
        (5, 2, 0, "horizon=0"),
    ],
)
def test_wrong_series_are_named(
    n: int, length: int, horizon: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        windows(torch.zeros(n), length=length, horizon=horizon)
    with pytest.raises(ValueError, match=r"\(3, 2\)"):
        windows(torch.zeros(3, 2), length=1)
