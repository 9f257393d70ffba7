"""Recurrent cells, and layers that apply them to every position in turn.

A cell maps an input and its *state* to the next state. A state is a tuple of
tensors (B, D), the first of which is what others see of it: (h,), and of an
LSTM (h, c). What it starts with, if nothing is given, is zero.

Each cell multiplies its input by one matrix and its state by another, and
both products have a bias of their own, as in PyTorch and cuDNN. In the RNN
and the LSTM the two biases only add up. In the GRU one of the second ones
stands behind the reset gate, where it differs from the first.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pad_packed_sequence,
)

#: The tensors that a cell carries from one position to the next.
State = tuple[Tensor, ...]


class Cell(nn.Module):
    """A recurrent cell, the parameters that all kinds have in common.

    Weights and biases start uniformly in +-1 / sqrt(D).

    Args:
        num_inputs: features d of an input.
        num_hidden: width D of the state.
        num_gates: how many times D the products are wide.

    Shape:
        x: (B, d); state: (B, D) each; returns the next state.

    Raises:
        ValueError: if a width is less than 1.

    Source: Elman (1990).
    Same as: `torch.nn.RNNCellBase` in its parameters and how they start
    (tests/package/test_recurrent.py).

    >>> cell = Cell(3, 4, num_gates=2)
    >>> cell.input.weight.shape, cell.state.weight.shape
    (torch.Size([8, 3]), torch.Size([8, 4]))
    """

    #: How many tensors the state has.
    num_states = 1
    #: PyTorch's kernel for many positions.
    kernel: Callable[..., tuple[Tensor, ...]]

    def __init__(
        self, num_inputs: int, num_hidden: int, *, num_gates: int
    ) -> None:
        super().__init__()
        if num_inputs < 1 or num_hidden < 1:
            raise ValueError(
                f"num_inputs (={num_inputs}) and num_hidden (={num_hidden}) "
                "must be at least 1"
            )
        self.num_hidden = num_hidden
        num_products = num_gates * num_hidden
        self.input = nn.Linear(num_inputs, num_products)  # (B, num_products)
        self.state = nn.Linear(num_hidden, num_products)  # (B, num_products)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(num_hidden**-0.5), num_hidden**-0.5)

    def start(self, x: Tensor) -> State:
        """Return the state before the first of some inputs (B, ..., d)."""
        zero = x.new_zeros(len(x), self.num_hidden)  # (B, D)
        return (zero,) * self.num_states

    def weights(self) -> list[Tensor]:
        """Return the parameters in PyTorch's order."""
        return [
            self.input.weight,
            self.state.weight,
            self.input.bias,
            self.state.bias,
        ]


class RNNCell(Cell):
    """An RNN's cell: h' = tanh(W x + U h + b + c).

    Args:
        num_inputs: features d of an input.
        num_hidden: width D of the state.

    Shape:
        x: (B, d); state: (h,), (B, D); returns the same.

    Source: Elman (1990).
    Same as: `torch.nn.RNNCell` (tests/package/test_recurrent.py).

    >>> cell = RNNCell(3, 4)
    >>> x = torch.zeros(2, 3)
    >>> cell(x, cell.start(x))[0].shape
    torch.Size([2, 4])
    """

    kernel = staticmethod(torch.rnn_tanh)

    def __init__(self, num_inputs: int, num_hidden: int) -> None:
        super().__init__(num_inputs, num_hidden, num_gates=1)

    def forward(self, x: Tensor, state: State) -> State:
        """Map inputs (B, d) and a state to the next state."""
        (h,) = state
        return (torch.tanh(self.input(x) + self.state(h)),)


class GRUCell(Cell):
    """A GRU's cell, which mixes its state with a new candidate.

    The update gate z keeps what it lets through: h' = z h + (1 - z) n. The
    candidate n sees as much of the state as the reset gate r lets through:
    n = tanh(W x + b + r (U h + c)).

    Args:
        num_inputs: features d of an input.
        num_hidden: width D of the state.

    Shape:
        x: (B, d); state: (h,), (B, D); returns the same.

    Source: Cho et al. (2014), Section 2.3.
    Differs from the paper: the reset gate works after the product with the
    state's matrix, not before it, as in PyTorch and cuDNN.
    Same as: `torch.nn.GRUCell` (tests/package/test_recurrent.py).

    >>> cell = GRUCell(3, 4)
    >>> x = torch.zeros(2, 3)
    >>> cell(x, cell.start(x))[0].shape
    torch.Size([2, 4])
    """

    kernel = staticmethod(torch.gru)

    def __init__(self, num_inputs: int, num_hidden: int) -> None:
        super().__init__(num_inputs, num_hidden, num_gates=3)

    def forward(self, x: Tensor, state: State) -> State:
        """Map inputs (B, d) and a state to the next state."""
        (h,) = state
        x_r, x_z, x_n = self.input(x).chunk(3, -1)  # (B, D) each
        h_r, h_z, h_n = self.state(h).chunk(3, -1)  # (B, D) each
        r = torch.sigmoid(x_r + h_r)
        z = torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + r * h_n)
        return (z * h + (1 - z) * n,)


class LSTMCell(Cell):
    """An LSTM's cell, whose memory c changes by what gates let through.

    The forget gate f says what stays, the input gate i what is added, and
    the output gate o what of the memory is seen: c' = f c + i g,
    h' = o tanh(c').

    Args:
        num_inputs: features d of an input.
        num_hidden: width D of the state.
        forget_bias: the sum of the forget gate's two biases at the start;
            the larger, the longer things are remembered. Drawn like the
            other biases if not given.

    Shape:
        x: (B, d); state: (h, c), (B, D) each; returns the same.

    Source: Hochreiter and Schmidhuber (1997); the forget gate is that of
    Gers et al. (2000).
    Same as: `torch.nn.LSTMCell` (tests/package/test_recurrent.py).

    >>> cell = LSTMCell(3, 4, forget_bias=1.0)
    >>> x = torch.zeros(2, 3)
    >>> h, c = cell(x, cell.start(x))
    >>> h.shape, c.shape
    (torch.Size([2, 4]), torch.Size([2, 4]))
    """

    num_states = 2
    kernel = staticmethod(torch.lstm)

    def __init__(
        self,
        num_inputs: int,
        num_hidden: int,
        *,
        forget_bias: float | None = None,
    ) -> None:
        super().__init__(num_inputs, num_hidden, num_gates=4)
        if forget_bias is not None:
            forget = slice(num_hidden, 2 * num_hidden)  # after the input gate
            with torch.no_grad():
                self.input.bias[forget] = forget_bias
                self.state.bias[forget] = 0.0

    def forward(self, x: Tensor, state: State) -> State:
        """Map inputs (B, d) and a state to the next state."""
        h, c = state
        # (B, D) each
        i, f, g, o = (self.input(x) + self.state(h)).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Recurrent(nn.Module):
    """A recurrent layer: one cell, applied to every position in turn.

    Args:
        cell: what is applied.

    Shape:
        x: (B, T, d); state: of the cell, before the first position; lengths:
        (B,), how many positions of each row are real, at least 1, on any
        device; returns h at all positions, (B, T, D), with zeros where
        nothing is real, and the state after the last real one.

    Raises:
        ValueError: if inputs or state have another shape.

    Source: Elman (1990).
    Same as: the cell called position by position; `torch.nn.RNN`, `GRU` and
    `LSTM`, with packed sequences too (tests/package/test_recurrent.py).

    >>> layer = Recurrent(LSTMCell(3, 4))
    >>> outputs, (h, c) = layer(torch.zeros(2, 5, 3))
    >>> outputs.shape, torch.equal(h, outputs[:, -1])
    (torch.Size([2, 5, 4]), True)
    """

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(
        self,
        x: Tensor,
        state: State | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, State]:
        """Map inputs (B, T, d) to outputs (B, T, D) and the last state."""
        if state is None:
            state = self.cell.start(x)
        self._check(x, state)
        if lengths is None:
            return self._run(x, state=state, batch_first=(True,))
        packed = pack_padded_sequence(
            x, lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        order, back = packed.sorted_indices, packed.unsorted_indices
        state = tuple(part[order] for part in state)
        y, state = self._run(packed.data, packed.batch_sizes, state=state)
        packed = PackedSequence(y, packed.batch_sizes, order, back)
        y, _ = pad_packed_sequence(packed, True, total_length=x.shape[1])
        return y, tuple(part[back] for part in state)

    def _check(self, x: Tensor, state: State) -> None:
        """Refuse what PyTorch's kernels may end the whole process for."""
        d, D = self.cell.input.in_features, self.cell.num_hidden
        wanted = [(len(x), D)] * self.cell.num_states
        given = [tuple(part.shape) for part in state]
        if x.ndim != 3 or x.shape[2] != d or given != wanted:
            raise ValueError(
                f"a layer of {d} inputs and {D} hidden values needs x of "
                f"shape (B, T, {d}) and a state of {wanted}, got "
                f"{tuple(x.shape)} and {given}"
            )

    def _run(
        self, *x: Tensor, state: State, batch_first: tuple[bool, ...] = ()
    ) -> tuple[Tensor, State]:
        """Call PyTorch's kernel on inputs that are padded or packed."""
        parts = [part[None] for part in state]  # (1, B, D), of one layer
        given: Any = parts if len(parts) > 1 else parts[0]
        # With biases, one layer, no dropout, in one direction.
        y, *last = self.cell.kernel(
            *x,
            given,
            self.cell.weights(),
            True,
            1,
            0.0,
            self.training,
            False,
            *batch_first,
        )
        return y, tuple(part[0] for part in last)


class Bidirectional(nn.Module):
    """A bidirectional layer: one cell reads forwards, the other backwards.

    Args:
        forwards: cell that reads from the first position on.
        backwards: cell that reads from the last real one back.

    Shape:
        x: (B, T, d); state: that of each cell; lengths: as of `Recurrent`;
        returns both outputs side by side, (B, T, 2 D), and both states.

    Source: Schuster and Paliwal (1997).
    Same as: `torch.nn.LSTM(..., bidirectional=True)`
    (tests/package/test_recurrent.py).

    >>> layer = Bidirectional(GRUCell(3, 4), GRUCell(3, 4))
    >>> layer(torch.zeros(2, 5, 3))[0].shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, forwards: Cell, backwards: Cell) -> None:
        super().__init__()
        self.forwards = Recurrent(forwards)
        self.backwards = Recurrent(backwards)

    def forward(
        self,
        x: Tensor,
        state: tuple[State, State] | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, tuple[State, State]]:
        """Map inputs (B, T, d) to outputs (B, T, 2 D) and both states."""
        first, second = state or (None, None)
        y, first = self.forwards(x, first, lengths)
        z, second = self.backwards(_reverse(x, lengths), second, lengths)
        z = _reverse(z, lengths)
        return torch.cat((y, z), -1), (first, second)  # (B, T, 2 D)


def _reverse(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Turn the real positions of each row round; x is (B, T, d)."""
    if lengths is None:
        return x.flip(1)
    place = torch.arange(x.shape[1], device=x.device)  # (T,)
    last = lengths.to(x.device)[:, None] - 1  # (B, 1)
    order = torch.where(place <= last, last - place, place)  # (B, T)
    return x[torch.arange(len(x), device=x.device)[:, None], order]


class Deep(nn.Module):
    """A deep recurrent network: layers that read one another's outputs.

    Args:
        layers: from the first to the last, `Recurrent` or `Bidirectional`.
        dropout: probability with which an output between two layers is set
            to zero while training, in [0, 1).

    Shape:
        x: (B, T, d); state: that of each layer; lengths: as of `Recurrent`;
        returns the last layer's outputs, (B, T, D), and all states.

    Raises:
        ValueError: if there is no layer, or `dropout` is not in [0, 1).

    Source: Graves et al. (2013), Section 3; dropout as in Zaremba et al.
    (2014).
    Same as: `torch.nn.LSTM(..., num_layers=2)`
    (tests/package/test_recurrent.py).

    >>> layers = [Recurrent(RNNCell(3, 4)), Recurrent(RNNCell(4, 5))]
    >>> outputs, states = Deep(layers)(torch.zeros(2, 6, 3))
    >>> outputs.shape, len(states)
    (torch.Size([2, 6, 5]), 2)
    """

    def __init__(
        self, layers: Sequence[nn.Module], *, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if not layers or not 0 <= dropout < 1:
            raise ValueError(
                "a deep network needs a layer and dropout in [0, 1), got "
                f"{len(layers)} layers and dropout={dropout}"
            )
        self.layers = nn.ModuleList(layers)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        state: Sequence[Any] | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, tuple[Any, ...]]:
        """Map inputs (B, T, d) to outputs (B, T, D) and all states."""
        states = []
        for i, layer in enumerate(self.layers):
            if i:
                x = self.dropout(x)
            x, last = layer(x, state and state[i], lengths)
            states.append(last)
        return x, tuple(states)
