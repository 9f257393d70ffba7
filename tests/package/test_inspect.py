"""Counts and costs against formulas and models that compute."""

import pytest
import torch
from torch import nn

from d2l.inspect import costs
from d2l.models.lenet import LeNet


def test_costs_are_those_of_the_formulas():
    found = costs(LeNet, (1, 28, 28))
    convolutions = 28**2 * 6 * 25 + 10**2 * 16 * 6 * 25
    dense = 400 * 120 + 120 * 84 + 84 * 10
    assert found["multiplications"] == convolutions + dense
    assert found["parameters"] == 61_706


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_product_is_a_weight_at_a_place(groups):
    """Every weight of a convolution is used once for each output pixel."""

    def build():
        return nn.Conv2d(4, 8, (3, 5), padding=(1, 2), groups=groups)

    weights = build().weight.numel()
    found = costs(build, (4, 6, 7))
    assert found["multiplications"] == weights * 6 * 7
    assert found["parameters"] == weights + 8


def test_what_is_counted_is_not_computed():
    class Huge(nn.Linear):
        def forward(self, x):
            assert x.is_meta and self.weight.is_meta and not self.training
            return super().forward(x)

    found = costs(lambda: Huge(2**20, 2**20), (2**20,))
    assert found["multiplications"] == 2**40
    assert torch.get_default_device() == torch.device("cpu")
