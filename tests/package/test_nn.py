"""Parts of models against PyTorch, and by what they promise."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from d2l.nn.initialization import he_normal_
from d2l.nn.norm import LayerNorm2d
from d2l.nn.stochastic_depth import StochasticDepth
from tests.package.reference_models import ops


def test_layer_norm_2d_equals_layer_norm_of_each_pixel():
    norm = LayerNorm2d(5).double()
    with torch.no_grad():
        norm.weight.normal_()
        norm.bias.normal_()
    x = torch.randn(2, 5, 3, 4, dtype=torch.double)
    y = norm(x)
    for i, j in ((0, 0), (2, 3)):
        pixel = F.layer_norm(
            x[:, :, i, j], (5,), norm.weight, norm.bias, norm.eps
        )
        torch.testing.assert_close(y[:, :, i, j], pixel)


def test_he_normal_keeps_the_size_of_signals():
    layers = [nn.Conv2d(64, 64, 3, padding=1, bias=True) for _ in range(10)]
    for layer in layers:
        nn.init.ones_(layer.bias)
        he_normal_(layer)
        assert not layer.bias.any()
    x = torch.randn(2, 64, 16, 16).relu()
    y = x
    for layer in layers:
        # Round the edge, so that no zeros come in.
        padded = F.pad(y, (1, 1, 1, 1), mode="circular")
        y = F.conv2d(padded, layer.weight).relu()
    assert 0.5 < (y.square().mean() / x.square().mean()).item() < 2


def test_he_normal_spares_dense_layers():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Linear(3, 4))
    before = model[1].weight.clone()
    he_normal_(model)
    assert model[1].weight.equal(before)


def test_stochastic_depth_drops_whole_examples_and_keeps_the_mean():
    x = torch.randn(4000, 2, 3)
    y = StochasticDepth(0.25)(x)
    dropped = y.eq(0).flatten(1)
    assert dropped.all(1).equal(dropped.any(1))
    assert dropped.all(1).float().mean().item() == pytest.approx(
        0.25, abs=0.03
    )
    kept = ~dropped.all(1)
    torch.testing.assert_close(y[kept], x[kept] / 0.75)


def test_stochastic_depth_equals_that_of_torchvision():
    x = torch.randn(40, 2, 3)
    torch.manual_seed(1)
    y = StochasticDepth(0.25)(x)
    torch.manual_seed(1)
    torch.testing.assert_close(y, ops.stochastic_depth(x, 0.25, "row"))


def test_stochastic_depth_does_nothing_outside_training():
    x = torch.randn(4, 2)
    assert StochasticDepth(0.9).eval()(x).equal(x)
    assert StochasticDepth(0.0)(x).equal(x)


@pytest.mark.parametrize("probability", [-0.1, 1.0])
def test_stochastic_depth_names_a_wrong_probability(probability):
    with pytest.raises(ValueError, match=str(probability)):
        StochasticDepth(probability)
