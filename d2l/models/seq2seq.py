"""A recurrent encoder-decoder: one network reads, another one writes."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2l.nn.recurrent import Cell, Deep, GRUCell, Recurrent

#: What the encoder passes on, and the states of the decoder's layers.
Memory = tuple[Tensor, tuple[Any, ...]]


class EncoderDecoder(nn.Module):
    """A recurrent encoder-decoder, which passes one state from side to side.

    The decoder begins with the states that the encoder ends in, and its
    first layer reads the last of them, the context, at every step.

    Args:
        source_size: number of different tokens of the source.
        target_size: number V of different tokens of the target.
        num_hidden: width D of the states.
        num_embedding: width of the vectors that stand for tokens.
        cell: makes a cell from the number of its inputs and D.
        num_layers: recurrent layers on each side.
        dropout: probability with which a value of an embedding, between two
            layers, and before the last is set to zero while training, in
            [0, 1).
        tied: the vectors of the target's tokens also score them: the state
            is mapped to `num_embedding` numbers, and their products with
            these vectors, plus a bias for each token, are the logits.

    Shape:
        source: (B, S); source_lengths: (B,), how many of its tokens are
        real; inputs: (B, T); returns logits (B, T, V).

    Raises:
        ValueError: if a size is less than 1, `dropout` is not in [0, 1), or
            a token is out of range.

    Source: Cho et al. (2014), Section 2.2, and Sutskever et al. (2014);
    `tied` as in Press and Wolf (2017).
    Differs from the papers: no maxout layer (the first), and the source is
    not reversed (the second).
    Same as: `torch.nn.Embedding`, `GRU` and `Linear`, called sentence by
    sentence (tests/package/test_seq2seq.py).

    >>> model = EncoderDecoder(20, 30, 16, num_embedding=8)
    >>> source, inputs = torch.ones(2, 5).long(), torch.ones(2, 4).long()
    >>> model(source, torch.tensor([5, 3]), inputs).shape
    torch.Size([2, 4, 30])
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        num_hidden: int,
        *,
        num_embedding: int,
        cell: Callable[[int, int], Cell] = GRUCell,
        num_layers: int = 1,
        dropout: float = 0.0,
        tied: bool = False,
    ) -> None:
        super().__init__()
        sizes = {
            "source_size": source_size,
            "target_size": target_size,
            "num_hidden": num_hidden,
            "num_embedding": num_embedding,
            "num_layers": num_layers,
        }
        if min(sizes.values()) < 1:
            raise ValueError(f"sizes must be at least 1, got {sizes}")

        def deep(num_inputs: int) -> Deep:
            widths = [num_inputs] + [num_hidden] * (num_layers - 1)
            return Deep(
                [Recurrent(cell(d, num_hidden)) for d in widths],
                dropout=dropout,
            )

        # (B, S, num_embedding)
        self.source_embedding = nn.Embedding(source_size, num_embedding)
        # (B, T, num_embedding)
        self.target_embedding = nn.Embedding(target_size, num_embedding)
        self.encoder = deep(num_embedding)
        self.decoder = deep(num_embedding + num_hidden)
        self.dropout = nn.Dropout(dropout)
        self.tied = tied
        if tied:
            # (B, T, num_embedding)
            self.output = nn.Linear(num_hidden, num_embedding, bias=False)
            self.bias = nn.Parameter(torch.zeros(target_size))
            # So that logits start small.
            nn.init.normal_(
                self.target_embedding.weight, 0, num_embedding**-0.5
            )
        else:
            self.output = nn.Linear(num_hidden, target_size)  # (B, T, V)

    def forward(
        self, source: Tensor, source_lengths: Tensor, inputs: Tensor
    ) -> Tensor:
        """Map a source and the target so far to logits (B, T, V)."""
        return self.read(inputs, self.encode(source, source_lengths))[0]

    def encode(self, source: Tensor, source_lengths: Tensor) -> Memory:
        """Read a source, and return what the decoder begins with.

        Args:
            source: tokens.
            source_lengths: how many of them are real, at least 1.

        Shape:
            source: (B, S); source_lengths: (B,); returns the context (B, D),
            and the state of each layer.

        Raises:
            ValueError: if a token is out of range.
        """
        _check_tokens(source, self.source_embedding)
        x = self.dropout(self.source_embedding(source))
        _, states = self.encoder(x, lengths=source_lengths)
        return states[-1][0], states

    def read(self, x: Tensor, state: Memory) -> tuple[Tensor, Memory]:
        """Read tokens of the target, and return the state after them too.

        Args:
            x: tokens, the first of which is the beginning of the target or
                follows those that `state` was returned with.
            state: as `encode` and this method return it.

        Shape:
            x: (B, T); returns logits (B, T, V) of the tokens that follow.

        Raises:
            ValueError: if a token is out of range.
        """
        _check_tokens(x, self.target_embedding)
        context, states = state
        x = self.dropout(self.target_embedding(x))  # (B, T, num_embedding)
        everywhere = context[:, None].expand(-1, x.shape[1], -1)  # (B, T, D)
        x = torch.cat((x, everywhere), -1)  # (B, T, num_embedding + D)
        h, states = self.decoder(x, states)  # (B, T, D)
        y = self.output(self.dropout(h))  # (B, T, V or num_embedding)
        if self.tied:
            # (B, T, V)
            y = F.linear(y, self.target_embedding.weight, self.bias)
        return y, (context, states)


def _check_tokens(x: Tensor, embedding: nn.Embedding) -> None:
    """Refuse tokens without a row; a look would keep a GPU waiting."""
    if x.is_cuda or not x.numel():
        return
    low, high = int(x.min()), int(x.max())
    if low < 0 or high >= embedding.num_embeddings:
        raise ValueError(
            f"tokens must lie in [0, {embedding.num_embeddings}), got {low} "
            f"to {high}"
        )
