"""Losses against torch.nn.functional."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2l.losses import cross_entropy, squared_error

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
    total, count = loss(nn.Identity(), (prediction, target))
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
    whole, n = loss(nn.Identity(), (prediction, target))
    parts = [
        loss(nn.Identity(), (prediction[rows], target[rows]))
        for rows in (slice(cut), slice(cut, None))
    ]
    assert sum(count for _, count in parts) == n
    torch.testing.assert_close(sum(total for total, _ in parts), whole)


def test_by_hand():
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 5.0])
    assert squared_error(nn.Identity(), (x, y)) == (1 + 9, 2)
    logits = torch.tensor([[0.0, math.log(3)], [0.0, 0.0]])
    total, count = cross_entropy(nn.Identity(), (logits, torch.tensor([1, 0])))
    assert count == 2
    assert float(total) == pytest.approx(-math.log(0.75) - math.log(0.5))


def test_cross_entropy_survives_large_logits():
    logits = torch.tensor([[1e4, -1e4]])
    total, _ = cross_entropy(nn.Identity(), (logits, torch.tensor([1])))
    assert float(total) == 2e4


def test_squared_error_refuses_to_broadcast():
    column, row = torch.zeros(5, 1), torch.zeros(5)
    with pytest.raises(ValueError, match=r"\(5, 1\).*\(5,\)"):
        squared_error(nn.Identity(), (column, row))
