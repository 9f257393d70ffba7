"""A recurrent language model: what comes next, from a state."""

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from d2l.nn.recurrent import Cell, Deep, LSTMCell, Recurrent


class RecurrentLM(nn.Module):
    """A recurrent language model: tokens in, logits of the next ones out.

    Args:
        vocab_size: number V of different tokens.
        num_hidden: width D of the state.
        cell: makes a cell from the number of its inputs and D.
        num_layers: recurrent layers, one upon the other.
        num_embedding: width of the vectors that stand for tokens; if not
            given, a token is one-hot.
        dropout: probability with which a value between two layers, and
            before the last, is set to zero while training, in [0, 1).

    Shape:
        x: (B, T); returns logits (B, T, V).

    Raises:
        ValueError: if a size is less than 1, `dropout` is not in [0, 1), or
            a token is not in [0, V).

    Source: Mikolov et al. (2010); with LSTMs as in Zaremba et al. (2014).
    Differs from the papers: dropout spares the embedding.
    Same as: `torch.nn.Embedding`, `LSTM` and `Linear` in a row
    (tests/package/test_recurrent_lm.py).

    >>> import torch
    >>> model = RecurrentLM(27, 16)
    >>> model(torch.zeros(2, 5, dtype=torch.long)).shape
    torch.Size([2, 5, 27])
    """

    def __init__(
        self,
        vocab_size: int,
        num_hidden: int,
        *,
        cell: Callable[[int, int], Cell] = LSTMCell,
        num_layers: int = 1,
        num_embedding: int | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = (vocab_size, num_hidden, num_layers, num_embedding or 1)
        if min(sizes) < 1:
            raise ValueError(
                "RecurrentLM needs sizes of at least 1, got "
                f"vocab_size={vocab_size}, num_hidden={num_hidden}, "
                f"num_layers={num_layers}, num_embedding={num_embedding}"
            )
        self.vocab_size = vocab_size
        self.embedding = (
            nn.Embedding(vocab_size, num_embedding)  # (B, T, num_embedding)
            if num_embedding
            else None
        )
        widths = [num_embedding or vocab_size] + [num_hidden] * num_layers
        self.layers = Deep(
            [Recurrent(cell(d, num_hidden)) for d in widths[:-1]],
            dropout=dropout,
        )
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(num_hidden, vocab_size)  # (B, T, V)

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens (B, T) to logits (B, T, V) of the next ones."""
        return self.read(x)[0]

    def read(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Read tokens after others, and return the state after them too.

        Args:
            x: tokens.
            state: what was returned with the tokens before; none if these
                are the first.

        Shape:
            x: (B, T); returns logits (B, T, V).

        Raises:
            ValueError: if a token is not in [0, V).
        """
        if not x.is_cuda and x.numel():  # a look would keep a GPU waiting
            low, high = int(x.min()), int(x.max())
            if low < 0 or high >= self.vocab_size:
                raise ValueError(
                    f"tokens must lie in [0, {self.vocab_size}), got {low} "
                    f"to {high}"
                )
        if self.embedding is None:
            # (B, T, V)
            h = F.one_hot(x, self.vocab_size).to(self.output.weight.dtype)
        else:
            h = self.embedding(x)  # (B, T, num_embedding)
        h, state = self.layers(h, state)  # (B, T, D)
        return self.output(self.dropout(h)), state  # (B, T, V)
