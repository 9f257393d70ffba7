"""Counts and costs against formulas and models that compute."""

import pytest
import torch
from torch import nn

from d2l.inspect import costs, layers, num_parameters
from d2l.models.lenet import LeNet
from d2l.models.resnet import resnet18


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


def test_parameters_are_counted_once():
    tied = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    tied.append(tied[0])
    assert num_parameters(tied) == 20
    assert num_parameters(resnet18()) == 11_689_512


def test_layers_add_up_and_come_in_order():
    rows = layers(resnet18(), (3, 64, 64))
    whole = costs(resnet18, (3, 64, 64))
    for name in ("parameters", "multiplications"):
        assert sum(getattr(row, name) for row in rows) == whole[name]
    assert (rows[0].kind, rows[0].shape) == ("Conv2d", (64, 32, 32))
    assert rows[0].multiplications == 32 * 32 * 64 * 3 * 49
    assert (rows[-1].kind, rows[-1].shape) == ("Linear", (1000,))
    assert rows[1].kind == "BatchNorm2d" and rows[1].multiplications == 0


def test_the_model_stays_as_it_is():
    model = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5))
    layers(model, (3,))
    assert model.training and model[0].weight.device.type == "cpu"
    assert not model[0]._forward_hooks and not model[0]._forward_pre_hooks
