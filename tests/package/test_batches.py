"""Batches against torch's DataLoader, and the properties they promise."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

from d2l.data.batches import EVALUATION_BATCH, Batches, pad, split
from d2l.data.standardization import Standardization
from tests.package import two_processes

lengths = st.integers(1, 60)
sizes = st.integers(1, 70)
seeds = st.integers(0, 10**6)


def order(batches: Batches) -> list[int]:
    return [i for (rows,) in batches for i in rows.tolist()]


@given(n=lengths, batch_size=sizes)
def test_equals_a_data_loader_in_order(n: int, batch_size: int) -> None:
    tensors = torch.randn(n, 2, 3), torch.randint(9, (n,))
    ours = Batches(*tensors, batch_size=batch_size)
    theirs = DataLoader(TensorDataset(*tensors), batch_size=batch_size)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert isinstance(one, tuple)
        for a, b in zip(one, other, strict=True):
            assert torch.equal(a, b) and a.dtype == b.dtype


@given(n=lengths, batch_size=sizes, seed=seeds)
def test_equals_a_data_loader_over_the_same_order(
    n: int, batch_size: int, seed: int
) -> None:
    tensors = torch.randn(n, 2), torch.arange(n)
    ours = Batches(*tensors, batch_size=batch_size, shuffle=True, seed=seed)
    rows = [i for _, y in ours for i in y.tolist()]
    theirs = DataLoader(
        TensorDataset(*tensors), batch_size=batch_size, sampler=rows
    )
    ours.set_epoch(0)
    for one, other in zip(ours, theirs, strict=True):
        assert all(map(torch.equal, one, other)), "x and y stay together"


@given(n=lengths, batch_size=sizes, seed=seeds, epoch=st.integers(0, 99))
def test_every_example_comes_once_an_epoch(
    n: int, batch_size: int, seed: int, epoch: int
) -> None:
    batches = Batches(
        torch.arange(n), batch_size=batch_size, shuffle=True, seed=seed
    )
    batches.set_epoch(epoch)
    counts = [len(rows) for (rows,) in batches]
    assert sorted(order(batches)) == list(range(n))
    assert len(batches) == len(counts) and batches.num_examples == n
    assert all(count == batch_size for count in counts[:-1])
    assert 1 <= counts[-1] <= batch_size


@given(seed=seeds, epoch=st.integers(0, 99), batch_size=sizes)
def test_order_depends_on_seed_and_epoch_only(
    seed: int, epoch: int, batch_size: int
) -> None:
    def made(seed: int, epoch: int, batch_size: int) -> list[int]:
        batches = Batches(
            torch.arange(60), batch_size=batch_size, shuffle=True, seed=seed
        )
        batches.set_epoch(epoch)
        return order(batches)

    state = torch.get_rng_state()
    expected = made(seed, epoch, batch_size)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    assert made(seed, epoch, batch_size=7) == expected
    assert made(seed, epoch + 1, batch_size) != expected
    assert made(seed + 1, epoch, batch_size) != expected
    assert expected != list(range(60))


def test_each_pass_has_an_order_of_its_own_that_can_be_chosen() -> None:
    batches = Batches(torch.arange(50), batch_size=8, shuffle=True)
    passes = [order(batches) for _ in range(3)]
    assert len(set(map(tuple, passes))) == 3
    for epoch in (2, 0, 1):
        batches.set_epoch(epoch)
        next(iter(batches))  # a look does not end an epoch
        assert order(batches) == passes[epoch]


def test_orders_are_even() -> None:
    """Each example comes first about equally often."""
    batches = Batches(torch.arange(5), batch_size=1, shuffle=True)
    firsts = []
    for epoch in range(1000):
        batches.set_epoch(epoch)
        firsts.append(int(next(iter(batches))[0]))
    counts = torch.tensor(firsts).bincount(minlength=5)
    assert counts.min() > 150 and counts.max() < 250


def test_no_examples_give_no_batch() -> None:
    batches = Batches(torch.empty(0, 3), batch_size=4, shuffle=True)
    assert len(batches) == 0 and list(batches) == []


def test_batches_stay_on_the_device_of_the_tensors() -> None:
    x = torch.empty(5, 2, device="meta")
    batches = Batches(x, batch_size=2)
    assert [b.device.type for (b,) in batches] == ["meta"] * 3


@pytest.mark.parametrize(
    ("tensors", "batch_size", "message"),
    [
        ((), 1, r"\[\]"),
        ((torch.zeros(2), torch.zeros(3, 1)), 1, r"\(2,\), \(3, 1\)"),
        ((torch.tensor(1.0),), 1, r"\(\)"),
        ((torch.zeros(2),), 0, "0"),
        ((torch.zeros(2),), -4, "-4"),
    ],
)
def test_wrong_arguments_are_named(
    tensors: tuple[torch.Tensor, ...], batch_size: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Batches(*tensors, batch_size=batch_size)


@given(n=st.integers(2, 60), data=st.data(), seed=seeds)
def test_split_is_a_partition(n: int, data: st.DataObject, seed: int) -> None:
    held_out = data.draw(st.integers(1, n - 1))
    x, x_test = torch.arange(n), torch.arange(100, 105)
    parts = split(
        (x, 2 * x),
        (x_test, 2 * x_test),
        validation=held_out,
        batch_size=4,
        seed=seed,
    )
    train, validation, test = (
        [i for a, b in part for i in a.tolist() if torch.equal(b, 2 * a)]
        for part in parts
    )
    assert len(validation) == held_out == parts.validation.num_examples
    assert sorted(train + validation) == list(range(n))
    assert test == list(range(100, 105)), "the test set keeps its order"


def test_split_shuffles_training_examples_only_and_obeys_its_seed() -> None:
    def parts(seed: int) -> list[list[list[int]]]:
        made = split(
            (torch.arange(50),),
            (torch.arange(9),),
            validation=20,
            batch_size=4,
            seed=seed,
        )
        result = []
        for part in made:
            epochs = []
            for epoch in (0, 1):
                part.set_epoch(epoch)
                epochs.append(order(part))
            result.append(epochs)
        return result

    train, validation, test = parts(seed=3)
    assert train[0] != train[1] and sorted(train[0]) == sorted(train[1])
    assert validation[0] == validation[1] and test[0] == test[1]
    assert parts(seed=3) == [train, validation, test]
    assert sorted(parts(seed=4)[1][0]) != sorted(validation[0])
    assert sorted(validation[0]) != list(range(20)), "drawn at random"


def test_evaluation_uses_large_batches() -> None:
    x = torch.arange(EVALUATION_BATCH + 2)
    parts = split((x,), (x,), validation=EVALUATION_BATCH + 1, batch_size=1)
    for part, rest in ((parts.validation, 1), (parts.test, 2)):
        assert [len(b) for (b,) in part] == [EVALUATION_BATCH, rest]


@pytest.mark.parametrize("validation", [0, 10, 11, -1])
def test_split_leaves_something_on_both_sides(validation: int) -> None:
    x = torch.arange(10)
    with pytest.raises(ValueError, match=rf"{validation}.*1 and 9.*10"):
        split((x,), (x,), validation=validation, batch_size=2)


@given(n=lengths, batch_size=sizes, seed=seeds)
def test_iterates_from_the_middle(n: int, batch_size: int, seed: int) -> None:
    batches = Batches(
        torch.arange(n), batch_size=batch_size, shuffle=True, seed=seed
    )
    whole = [rows.tolist() for (rows,) in batches]
    batches.set_epoch(0)
    for start in range(len(whole) + 2):
        rest = [rows.tolist() for (rows,) in batches.iter_from(start)]
        assert rest == whole[start:]


def test_transform_makes_the_batch_of_ragged_parts() -> None:
    boxes = [torch.rand(n, 4) for n in (2, 0, 1, 3, 1)]
    x = torch.arange(5.0)
    ragged = Batches(x, boxes, batch_size=2)
    assert [len(b[1]) for b in ragged] == [2, 2, 1]
    assert next(iter(ragged))[1][0] is boxes[0]
    padded = Batches(
        x,
        boxes,
        batch_size=2,
        shuffle=True,
        transform=lambda x, b: {"x": -x, "boxes": pad(b, value=-1.0)},
    )
    seen = 0
    for batch in padded:
        full, mask = batch["boxes"]
        for i, row in enumerate((-batch["x"]).int().tolist()):
            assert torch.equal(full[i][mask[i]], boxes[row])
            assert (full[i][~mask[i]] == -1).all()
            seen += 1
    assert seen == 5


@pytest.mark.parametrize("shape", [(40,), (40, 3), (40, 3, 5, 4)])
def test_standardized_by_the_training_part_alone(
    shape: tuple[int, ...],
) -> None:
    x, new = 3 * torch.randn(shape) + 7, torch.randn(shape)
    y = torch.arange(40)
    parts = split(
        (x, y), (new, y), validation=10, batch_size=4, standardize=True
    )
    z = parts.train.tensors[0]
    axes = [a for a in range(len(shape)) if a != 1]
    assert torch.allclose(z.mean(axes), torch.zeros(()), atol=1e-5)
    assert torch.allclose(z.std(axes), torch.ones(()), atol=1e-5)
    by = parts.train.standardization
    assert by is not None and parts.test.standardization is by
    raw = x[parts.train.tensors[1]]
    assert torch.allclose(by.undo(z), raw, atol=1e-4)
    assert torch.equal(parts.test.tensors[0], by(new))
    assert torch.equal(
        parts.validation.tensors[0], by(x[parts.validation.tensors[1]])
    )
    assert by(x[0]).shape == x[0].shape, "one example at a time"
    assert parts.train.tensors[1].dtype == torch.long, "targets stay"


def test_standardization_equals_scikit_learn() -> None:
    table = torch.randn(50, 4) * torch.tensor([1.0, 100.0, 0.0, 0.01]) + 5
    theirs = StandardScaler().fit(table.numpy())
    ours = Standardization.of(table)
    expected = torch.from_numpy(theirs.transform(table.numpy()))
    torch.testing.assert_close(
        ours(table) * (50 / 49) ** 0.5, expected, atol=1e-3, rtol=1e-3
    )


@pytest.mark.parametrize(
    "examples", [torch.zeros(5, 2, dtype=torch.uint8), torch.zeros(1, 2)]
)
def test_what_cannot_be_standardized(examples: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="two examples of real numbers"):
        Batches(examples, batch_size=1, standardize=True)


WORKER = """
import json, sys, torch
from pathlib import Path
from d2l.data.batches import Batches
from d2l.train import distributed
distributed.start()
result = []
for n, size in json.loads(sys.argv[1]):
    batches = Batches(
        torch.arange(n), batch_size=size, shuffle=True, seed=n
    )
    batches.set_epoch(2)
    result.append([rows.tolist() for (rows,) in batches])
    assert len(batches) == len(result[-1])
    assert batches.num_examples == n
Path(sys.argv[2], str(distributed.rank())).write_text(json.dumps(result))
distributed.stop()
"""


def test_processes_share_every_batch_and_see_no_example_twice(
    tmp_path: Path,
) -> None:
    cases = [(20, 5), (21, 5), (23, 4), (1, 3), (7, 1)]
    two_processes.run(WORKER, tmp_path, json.dumps(cases), str(tmp_path))
    written = [(tmp_path / str(rank)).read_text() for rank in range(2)]
    for (n, size), *shares in zip(
        cases, *map(json.loads, written), strict=True
    ):
        alone = Batches(
            torch.arange(n), batch_size=2 * size, shuffle=True, seed=n
        )
        alone.set_epoch(2)
        both = [a + b for a, b in zip(*shares, strict=True)]
        assert both == [rows.tolist() for (rows,) in alone], (
            "two processes see the batches that one with twice the size sees"
        )
        for a, b in zip(*shares, strict=True):
            assert abs(len(a) - len(b)) <= 1 and len(a) <= size
