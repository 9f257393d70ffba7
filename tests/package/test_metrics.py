"""Metrics against counting by hand, however the examples are cut."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from d2l.losses import IGNORED
from d2l.metrics import (
    BitsPerCharacter,
    ConfusionMatrix,
    accuracy,
    bits,
    perplexity,
)

classes = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=50
)
METRICS = [
    accuracy,
    perplexity,
    bits,
    BitsPerCharacter(torch.tensor([1, 3, 2, 1, 5])),
    ConfusionMatrix(5),
]


def logits_of(prediction):
    logits = torch.rand(*prediction.shape, 5)
    return logits + 2 * F.one_hot(prediction, 5)


@given(classes)
def test_accuracy_equals_counting(pairs):
    prediction, target = torch.tensor(pairs).T
    expected = sum(p == t for p, t in pairs) / len(pairs)
    assert accuracy(logits_of(prediction), target) == expected
    assert accuracy(prediction, target) == expected


def test_accuracy_by_hand():
    logits = torch.tensor([[3.0, 1.0, 2.0], [0.0, 1.0, 2.0]])
    assert accuracy(logits, torch.tensor([0, 1])) == 0.5


@pytest.mark.parametrize("shape", [(6,), (2, 3), (2, 3, 4), (5, 5)])
def test_perfect_predictions_of_any_shape(shape):
    """Of pictures the classes are the second axis."""
    target = torch.arange(math.prod(shape)).reshape(shape) % 5
    logits = logits_of(target)
    if len(shape) == 3:
        logits = logits.movedim(-1, 1)
    assert accuracy(logits, target) == 1.0
    assert ConfusionMatrix(5)(logits, target).trace() == target.numel()
    wrong = torch.where(target == 0, 1, target)
    zeros = (target == 0).sum().item()
    assert accuracy(logits, wrong) == pytest.approx(1 - zeros / target.numel())


@pytest.mark.parametrize("metric", METRICS)
def test_ignored_labels_do_not_count(metric):
    logits, target = torch.randn(4, 7, 5), torch.randint(5, (4, 7))
    keep = torch.rand(4, 7) < 0.6
    found = metric(logits, target.where(keep, IGNORED))
    expected = metric(logits[keep], target[keep])
    torch.testing.assert_close(
        torch.as_tensor(found), torch.as_tensor(expected)
    )


@pytest.mark.parametrize("metric", METRICS)
@given(cuts=st.lists(st.integers(0, 30), max_size=3))
def test_statistics_add_up(metric, cuts):
    logits, target = torch.randn(30, 5), torch.randint(5, (30,))
    edges = [0, *sorted(cuts), 30]
    total = sum(
        metric.statistics(logits[a:b], target[a:b]).double()
        for a, b in itertools.pairwise(edges)
    )
    found, expected = metric.value(total), metric(logits, target)
    torch.testing.assert_close(
        torch.as_tensor(found), torch.as_tensor(expected)
    )


def test_perplexity_equals_torch():
    logits, target = torch.randn(6, 9, 5), torch.randint(5, (6, 9))
    nats = F.cross_entropy(logits.flatten(0, 1), target.flatten())
    assert perplexity(logits, target) == pytest.approx(nats.exp().item())
    assert bits(logits, target) == pytest.approx(nats.item() / math.log(2))
    sure = torch.tensor([[1e4, 0.0]])
    assert perplexity(sure, torch.tensor([1])) == math.inf


def test_bits_a_character_divide_by_what_tokens_spell():
    logits, target = torch.randn(6, 9, 5), torch.randint(5, (6, 9))
    lengths = torch.tensor([1, 3, 2, 1, 5])
    found = BitsPerCharacter(lengths)(logits, target)
    spelt = sum(lengths[t].item() for t in target.flatten())
    assert found == pytest.approx(bits(logits, target) * 54 / spelt)
    alone = BitsPerCharacter(torch.ones(5, dtype=torch.long))
    assert alone(logits, target) == pytest.approx(bits(logits, target))
    with pytest.raises(ValueError, match=r"\(4,\).*5 classes"):
        BitsPerCharacter(lengths[:4])(logits, target)


@pytest.mark.parametrize("metric", METRICS)
def test_refuses_to_broadcast(metric):
    logits = torch.zeros(5, 1, 3)  # (5, 1) against (5,)
    with pytest.raises(ValueError, match=r"\(5, 1, 3\).*\(5,\)"):
        metric(logits, torch.zeros(5, dtype=torch.long))


@pytest.mark.parametrize("metric", [accuracy, perplexity])
def test_the_mean_of_nothing(metric):
    with pytest.raises(ValueError, match="mean of nothing"):
        metric(torch.zeros(2, 3), torch.tensor([IGNORED, IGNORED]))


@given(classes)
def test_confusion_matrix_equals_counting(pairs):
    prediction, target = torch.tensor(pairs).T
    expected = torch.zeros(5, 5, dtype=torch.long)
    for p, t in pairs:
        expected[t, p] += 1  # row: true class
    assert torch.equal(ConfusionMatrix(5)(prediction, target), expected)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int32])
def test_confusion_matrix_of_small_integers(dtype):
    """Indices of 40 classes fit into a byte, and 40 * 40 does not."""
    target = torch.arange(40)
    chosen = target.roll(1)
    small = ConfusionMatrix(40)(chosen.to(dtype), target.to(dtype))
    assert torch.equal(small, ConfusionMatrix(40)(chosen, target))


def test_trace_of_confusion_matrix_is_accuracy():
    logits, target = torch.randn(100, 7), torch.randint(7, (100,))
    matrix = ConfusionMatrix(7)(logits, target)
    assert matrix.sum() == 100
    assert matrix.trace() / 100 == pytest.approx(accuracy(logits, target))


def test_confusion_matrix_of_nothing():
    nothing = torch.zeros(0, dtype=torch.long)
    assert ConfusionMatrix(3)(nothing, nothing).tolist() == [[0] * 3] * 3


@pytest.mark.parametrize(
    ("prediction", "target", "message"),
    [
        ([0, 1], [0], r"\(2,\).*\(1,\)"),
        ([[0]], [0], r"\(1, 1\).*\(1,\)"),
        ([0, 3], [0, 1], r"\[0, 3\), got 0 to 3"),
        ([0, -1], [0, 1], "got -1 to 1"),
        ([0, 1], [3, 1], "got 0 to 3"),
    ],
)
def test_confusion_matrix_errors(prediction, target, message):
    with pytest.raises(ValueError, match=message):
        ConfusionMatrix(3)(torch.tensor(prediction), torch.tensor(target))
