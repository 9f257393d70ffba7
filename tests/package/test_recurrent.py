"""Recurrent cells and layers against torch.nn's, with the same weights."""

from functools import partial

import pytest
import torch
from torch import nn

from d2l.nn.recurrent import (
    Bidirectional,
    Cell,
    Deep,
    GRUCell,
    LSTMCell,
    Recurrent,
    RNNCell,
)

KINDS = {
    "RNN": (RNNCell, nn.RNN, nn.RNNCell),
    "GRU": (GRUCell, nn.GRU, nn.GRUCell),
    "LSTM": (LSTMCell, nn.LSTM, nn.LSTMCell),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)


def cells(module):
    """All cells of a layer, in the order of torch's parameters."""
    return [part for part in module.modules() if isinstance(part, Cell)]


def copied(ours, theirs):
    """Give torch's module the weights of ours; both in float64."""
    weights = [w for cell in cells(ours) for w in cell.weights()]
    theirs = theirs.double()
    with torch.no_grad():
        for mine, their in zip(weights, theirs.parameters(), strict=True):
            their.copy_(mine)
    return weights, theirs


def in_double(module):
    """Weights large enough to bend, and a sum that shows each of them."""
    module = module.double()
    with torch.no_grad():
        for p in module.parameters():
            p.normal_(std=0.6)
    return module


def states_of(cell, n):
    return tuple(
        torch.randn(n, cell.num_hidden, dtype=torch.double)
        for _ in range(cell.num_states)
    )


def flat(state):
    """All tensors of a tree of states."""
    if isinstance(state, torch.Tensor):
        return [state]
    return [tensor for part in state for tensor in flat(part)]


@every_kind
def test_a_cell_equals_that_of_torch(kind):
    make, _, theirs = KINDS[kind]
    ours = in_double(make(3, 5))
    weights, theirs = copied(ours, theirs(3, 5))
    x, state = torch.randn(4, 3, dtype=torch.double), states_of(ours, 4)
    found = ours(x, state)
    expected = theirs(x, state if len(state) > 1 else state[0])
    for one, other in zip(found, flat(expected), strict=True):
        close(one, other)
    grads = torch.autograd.grad(sum(s.square().sum() for s in found), weights)
    total = sum(s.square().sum() for s in flat(expected))
    their_grads = torch.autograd.grad(total, list(theirs.parameters()))
    for one, other in zip(grads, their_grads, strict=True):
        close(one, other)


@every_kind
def test_gradients_of_a_cell_are_those_of_differences(kind):
    cell = in_double(KINDS[kind][0](2, 3))
    x = torch.randn(2, 2, dtype=torch.double, requires_grad=True)
    state = [s.requires_grad_() for s in states_of(cell, 2)]
    assert torch.autograd.gradcheck(
        lambda x, *state: cell(x, state), (x, *state)
    )


@every_kind
def test_a_layer_equals_its_cell_step_by_step(kind):
    cell = in_double(KINDS[kind][0](3, 5))
    x, state = torch.randn(4, 6, 3, dtype=torch.double), states_of(cell, 4)
    outputs, last = Recurrent(cell)(x, state)
    steps = []
    for t in range(6):
        state = cell(x[:, t], state)
        steps.append(state[0])
    close(outputs, torch.stack(steps, 1))
    for one, other in zip(last, state, strict=True):
        close(one, other)
    close(Recurrent(cell)(x)[0], Recurrent(cell)(x, cell.start(x))[0])


def networks():
    """Ours, torch's, and the number of directions and layers."""
    for kind, (cell, theirs, _) in KINDS.items():
        yield kind, Recurrent(cell(3, 5)), theirs(3, 5, batch_first=True)
        deep = Deep([Recurrent(cell(3, 5)), Recurrent(cell(5, 5))])
        yield f"{kind}, deep", deep, theirs(3, 5, 2, batch_first=True)
        both = Bidirectional(cell(3, 5), cell(3, 5))
        other = theirs(3, 5, batch_first=True, bidirectional=True)
        yield f"{kind}, both ways", both, other
        deep = Deep(
            [
                Bidirectional(cell(3, 5), cell(3, 5)),
                Bidirectional(cell(10, 5), cell(10, 5)),
            ]
        )
        other = theirs(3, 5, 2, batch_first=True, bidirectional=True)
        yield f"{kind}, deep both ways", deep, other


NETWORKS = {name: pair for name, *pair in networks()}


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_equal_those_of_torch(name):
    """Outputs, states, gradients and one step of training."""
    ours, theirs = NETWORKS[name]
    weights, theirs = copied(in_double(ours), theirs)
    x = torch.randn(4, 6, 3, dtype=torch.double, requires_grad=True)
    outputs, state = ours(x)
    expected, last = theirs(x)
    close(outputs, expected)
    for one, other in zip(_like_torch(state), flat([last]), strict=True):
        close(one, other)
    total = outputs.square().sum()
    grads = torch.autograd.grad(total, [x, *weights])
    their_grads = torch.autograd.grad(
        expected.square().sum(), [x, *theirs.parameters()]
    )
    for one, other in zip(grads, their_grads, strict=True):
        close(one, other)
    for module in (ours, theirs):
        optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
        module(x.detach())[0].square().sum().backward()
        optimizer.step()
    for one, other in zip(weights, theirs.parameters(), strict=True):
        close(one, other)


def _like_torch(state):
    """Stack the states of all cells: first every h, and then every c."""
    tensors = flat(state)
    kinds = 2 if isinstance(state, tuple) and _pairs(state) else 1
    return [torch.stack(tensors[k::kinds]) for k in range(kinds)]


def _pairs(state):
    while not isinstance(state[0], torch.Tensor):
        state = state[0]
    return len(state) == 2


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_of_different_length_equal_packed_ones_and_each_alone(name):
    ours, theirs = NETWORKS[name]
    _, theirs = copied(in_double(ours), theirs)
    x = torch.randn(4, 6, 3, dtype=torch.double)
    lengths = torch.tensor([3, 6, 1, 4])
    outputs, state = ours(x, None, lengths)
    packed = nn.utils.rnn.pack_padded_sequence(
        x, lengths, batch_first=True, enforce_sorted=False
    )
    expected, last = theirs(packed)
    expected, _ = nn.utils.rnn.pad_packed_sequence(expected, True)
    close(outputs, expected)
    for one, other in zip(_like_torch(state), flat([last]), strict=True):
        close(one, other)
    for row, length in enumerate(lengths.tolist()):
        alone, _ = ours(x[row : row + 1, :length])
        close(outputs[row, :length], alone[0])
        assert not outputs[row, length:].any()
    noise = x.clone()
    noise[0, 3:] = 100.0
    assert torch.equal(ours(noise, None, lengths)[0], outputs)


@pytest.mark.parametrize("name", [n for n in NETWORKS if "ways" not in n])
def test_a_state_goes_on_where_it_was_left(name):
    ours = in_double(NETWORKS[name][0])
    x = torch.randn(4, 7, 3, dtype=torch.double)
    whole, end = ours(x)
    first, state = ours(x[:, :3])
    second, last = ours(x[:, 3:], state)
    close(torch.cat((first, second), 1), whole)
    for one, other in zip(flat(last), flat(end), strict=True):
        close(one, other)
    changed = x.clone()
    changed[:, 4] += 1
    assert torch.equal(ours(changed)[0][:, :4], whole[:, :4]), "causal"


@every_kind
def test_weights_start_as_those_of_torch(kind):
    make, _, theirs = KINDS[kind]
    torch.manual_seed(1)
    ours = make(30, 50)
    for mine, their in zip(
        ours.weights(), theirs(30, 50).parameters(), strict=True
    ):
        assert mine.shape == their.shape
        for weights in (mine, their):
            assert 0.12 < weights.abs().max() <= 50**-0.5


def test_the_forget_gate_starts_where_it_is_told():
    """With weights of zero a share sigmoid(3) of the memory stays."""
    cell = LSTMCell(3, 5, forget_bias=3.0)
    other = LSTMCell(3, 5)
    assert torch.equal(cell.input.bias[5:10], torch.full((5,), 3.0))
    assert not cell.state.bias[5:10].any()
    assert (other.input.bias.abs() <= 5**-0.5).all()
    rest = [*range(5), *range(10, 20)]
    assert cell.input.bias[rest].abs().max() <= 5**-0.5
    with torch.no_grad():
        cell.input.weight.zero_()
        cell.state.weight.zero_()
        c = torch.full((1, 5), 1000.0)
        _, after = cell(torch.zeros(1, 3), (torch.zeros(1, 5), c))
    stays = torch.sigmoid(torch.tensor(3.0))
    torch.testing.assert_close(
        after / c, stays.expand(1, 5), atol=2e-3, rtol=0
    )


def test_dropout_lies_between_layers():
    layers = [Recurrent(RNNCell(3, 40)), Recurrent(RNNCell(40, 40))]
    deep, plain = Deep(layers, dropout=0.5), Deep(layers)
    x = torch.randn(2, 4, 3)
    assert torch.equal(deep.eval()(x)[0], plain(x)[0])
    torch.manual_seed(3)
    found = deep.train()(x)[0]
    torch.manual_seed(3)
    h = nn.functional.dropout(layers[0](x)[0], 0.5)
    assert torch.equal(found, layers[1](h)[0])


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match=r"num_hidden \(=0\)"):
        GRUCell(3, 0)
    with pytest.raises(ValueError, match="0 layers"):
        Deep([])
    with pytest.raises(ValueError, match=r"dropout=1"):
        Deep([Recurrent(RNNCell(1, 1))], dropout=1)
    layer = Recurrent(LSTMCell(3, 4))
    for shape in ((2, 6, 5), (6, 3)):
        with pytest.raises(ValueError, match=r"\(B, T, 3\)"):
            layer(torch.zeros(shape))
    h = torch.zeros(2, 4)
    for state in ((h, h[:1]), (h,), (h, h[:, :3])):
        with pytest.raises(ValueError, match=r"a state of \[\(2, 4\), "):
            layer(torch.zeros(2, 6, 3), state)
