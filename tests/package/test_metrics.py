"""Metrics against counting by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2l.metrics import accuracy, confusion_matrix

classes = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=50
)


@given(classes)
def test_accuracy_equals_counting(pairs):
    prediction, target = torch.tensor(pairs).T
    logits = torch.rand(len(pairs), 5)
    logits[torch.arange(len(pairs)), prediction] += 2
    right, count = accuracy(nn.Identity(), (logits, target))
    assert int(right) == sum(p == t for p, t in pairs)
    assert count == len(pairs)


def test_accuracy_by_hand():
    logits = torch.tensor([[3.0, 1.0, 2.0], [0.0, 1.0, 2.0]])
    result = accuracy(nn.Identity(), (logits, torch.tensor([0, 1])))
    assert result == (1, 2)


def test_accuracy_refuses_to_broadcast():
    logits = torch.zeros(5, 1, 3)  # argmax: (5, 1) against (5,)
    with pytest.raises(ValueError, match=r"\(5, 1\).*\(5,\)"):
        accuracy(nn.Identity(), (logits, torch.zeros(5, dtype=torch.long)))


@given(classes)
def test_confusion_matrix_equals_counting(pairs):
    prediction, target = torch.tensor(pairs).T
    expected = torch.zeros(5, 5, dtype=torch.long)
    for p, t in pairs:
        expected[t, p] += 1  # row: true class
    assert torch.equal(confusion_matrix(prediction, target, 5), expected)


def test_trace_of_confusion_matrix_is_accuracy():
    logits, target = torch.randn(100, 7), torch.randint(7, (100,))
    matrix = confusion_matrix(logits.argmax(1), target, 7)
    right, count = accuracy(nn.Identity(), (logits, target))
    assert matrix.sum() == count
    assert matrix.trace() == right


def test_confusion_matrix_of_nothing():
    nothing = torch.zeros(0, dtype=torch.long)
    assert confusion_matrix(nothing, nothing, 3).tolist() == [[0] * 3] * 3


@pytest.mark.parametrize(
    ("prediction", "target", "message"),
    [
        ([0, 1], [0], r"\(2,\).*\(1,\)"),
        ([[0]], [[0]], "vectors"),
        ([0, 3], [0, 1], r"\[0, 3\), got 0 to 3"),
        ([0, -1], [0, 1], "got -1 to 1"),
        ([0, 1], [3, 1], "got 0 to 3"),
    ],
)
def test_confusion_matrix_errors(prediction, target, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(torch.tensor(prediction), torch.tensor(target), 3)
