"""Losses against torch.nn.functional."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2l.losses import IGNORED, cross_entropy, squared_error

LOSSES = [
    (squared_error, F.mse_loss, lambda n: torch.randn(n, 4)),
    (cross_entropy, F.cross_entropy, lambda n: torch.randint(4, (n,))),
]


@pytest.mark.parametrize(("loss", "reference", "draw"), LOSSES)
@given(n=st.integers(1, 40), seed=st.integers(0, 2**31))
def test_equals_torch(loss, reference, draw, n, seed):
    torch.manual_seed(seed)
    prediction = (5 * torch.randn(n, 4)).double().requires_grad_()
    target = draw(n)
    if target.is_floating_point():
        target = target.double()
    total, count, output, compared = loss(nn.Identity(), (prediction, target))
    assert output is prediction and compared is target
    expected = reference(prediction, target, reduction="sum")
    torch.testing.assert_close(total, expected, rtol=1e-12, atol=1e-12)
    mean = reference(prediction, target)
    torch.testing.assert_close(total / count, mean, rtol=1e-12, atol=1e-12)
    (grad,) = torch.autograd.grad(total, prediction)
    (expected_grad,) = torch.autograd.grad(expected, prediction)
    torch.testing.assert_close(grad, expected_grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("loss", "reference", "draw"), LOSSES)
@given(cut=st.integers(1, 19))
def test_sums_and_counts_add_up(loss, reference, draw, cut):
    prediction, target = torch.randn(20, 4), draw(20)
    whole, n, *_ = loss(nn.Identity(), (prediction, target))
    parts = [
        loss(nn.Identity(), (prediction[rows], target[rows]))
        for rows in (slice(cut), slice(cut, None))
    ]
    assert sum(part.count for part in parts) == n
    torch.testing.assert_close(sum(part.sum for part in parts), whole)


def test_by_hand():
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 5.0])
    assert squared_error(nn.Identity(), (x, y))[:2] == (1 + 9, 2)
    assert squared_error(nn.Identity(), (x, y)).mean == 5
    logits = torch.tensor([[0.0, math.log(3)], [0.0, 0.0]])
    loss = cross_entropy(nn.Identity(), (logits, torch.tensor([1, 0])))
    total, count = loss[:2]
    assert count == 2
    assert float(total) == pytest.approx(-math.log(0.75) - math.log(0.5))


def test_cross_entropy_survives_large_logits():
    logits = torch.tensor([[1e4, -1e4]])
    total = cross_entropy(nn.Identity(), (logits, torch.tensor([1]))).sum
    assert float(total) == 2e4


def test_squared_error_refuses_to_broadcast():
    column, row = torch.zeros(5, 1), torch.zeros(5)
    with pytest.raises(ValueError, match=r"\(5, 1\).*\(5,\)"):
        squared_error(nn.Identity(), (column, row))


@pytest.mark.parametrize("axes", [(0, 1), (0, 1, 2)])
def test_cross_entropy_of_sequences_and_pictures(axes):
    """The classes come last, and of pictures second."""
    shape = tuple(range(3, 3 + len(axes)))
    logits, target = torch.randn(*shape, 6), torch.randint(6, shape)
    keep = torch.rand(shape) < 0.7
    expected = F.cross_entropy(logits[keep], target[keep], reduction="sum")
    given_to = logits.movedim(-1, 1) if len(shape) == 3 else logits
    padded = target.where(keep, IGNORED)
    loss = cross_entropy(nn.Identity(), (given_to, padded))
    torch.testing.assert_close(loss.sum, expected)
    assert loss.count == keep.sum()
    if len(shape) == 3:
        torch.testing.assert_close(
            loss.sum,
            F.cross_entropy(given_to, padded, reduction="sum"),
        )


def test_cross_entropy_of_a_vocabulary_as_long_as_the_sequence():
    logits, target = torch.randn(2, 5, 5), torch.randint(5, (2, 5))
    expected = F.cross_entropy(logits.flatten(0, 1), target.flatten())
    loss = cross_entropy(nn.Identity(), (logits, target))
    torch.testing.assert_close(loss.mean, expected)


def test_cross_entropy_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"\(4, 3, 7\).*\(4, 7\)"):
        cross_entropy(
            nn.Identity(), (torch.zeros(4, 3, 7), torch.zeros(4, 7).long())
        )


@pytest.mark.parametrize("loss", [squared_error, cross_entropy])
def test_models_of_several_inputs(loss):
    def model(x, y):
        return x + y

    x, target = torch.randn(4, 3), torch.randint(3, (4,))
    if loss is squared_error:
        target = torch.randn(4, 3)
    both = loss(model, (x, 2 * x, target)).sum
    torch.testing.assert_close(both, loss(nn.Identity(), (3 * x, target)).sum)
