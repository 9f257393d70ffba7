"""The Transformer: an encoder and a decoder made of attention."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2l.nn.attention import KeysValues, MultiHeadAttention
from d2l.nn.masks import length_mask
from d2l.nn.positions import sinusoids

#: What a layer of the decoder knows: keys and values of the source, and those
#: of the target so far.
LayerState = tuple[KeysValues, KeysValues]
#: The mask of the source, (B, 1, S), and the state of each layer.
State = tuple[Tensor, tuple[LayerState, ...]]


class Residual(nn.Module):
    """A residual connection around a part of a layer, with its norm.

    Args:
        num_hidden: width D.
        dropout: probability with which a value of what is added is set to
            zero while training.
        norm_first: normalize what the part reads, and not the sum.

    Shape:
        x: (B, T, D); part: maps such tensors to such; returns the same.

    Source: Vaswani et al. (2017), Sections 3.1 and 5.4; `norm_first` as in
    Xiong et al. (2020).
    Same as: the connections of `torch.nn.TransformerEncoderLayer`
    (tests/package/test_transformer.py).

    >>> x = torch.randn(2, 5, 8)
    >>> torch.equal(Residual(8, 0.0, True)(x, torch.zeros_like), x)
    True
    """

    def __init__(
        self, num_hidden: int, dropout: float, norm_first: bool
    ) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(num_hidden)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = norm_first

    def forward(self, x: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        """Add to x (B, T, D) what a part makes of it."""
        if self.norm_first:
            return x + self.dropout(part(self.norm(x)))
        return self.norm(x + self.dropout(part(x)))


def feed_forward(num_hidden: int, num_feedforward: int) -> nn.Sequential:
    """Two layers that are applied to each position alone.

    Args:
        num_hidden: width D of inputs and outputs.
        num_feedforward: width F between them.

    Shape:
        x: (B, T, D); returns the same.

    Source: Vaswani et al. (2017), Section 3.3.
    Same as: that of `torch.nn.TransformerEncoderLayer`
    (tests/package/test_transformer.py).

    >>> feed_forward(8, 32)(torch.zeros(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """
    wide = nn.Linear(num_hidden, num_feedforward)  # (B, T, F)
    narrow = nn.Linear(num_feedforward, num_hidden)  # (B, T, D)
    for part in (wide, narrow):
        nn.init.xavier_uniform_(part.weight)
        nn.init.zeros_(part.bias)
    return nn.Sequential(wide, nn.ReLU(), narrow)


class EncoderLayer(nn.Module):
    """A layer of the encoder: attention, then two layers place by place.

    Args:
        num_hidden: width D.
        num_heads: number N of heads.
        num_feedforward: width F.
        dropout: as of `Residual`, as is
        norm_first: too.

    Shape:
        x: (B, S, D); mask: boolean, broadcastable to (B, S, S); returns
        (B, S, D).

    Source: Vaswani et al. (2017), Section 3.1.
    Same as: `torch.nn.TransformerEncoderLayer`
    (tests/package/test_transformer.py).

    >>> EncoderLayer(8, 2, 32)(torch.zeros(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(
        self,
        num_hidden: int,
        num_heads: int,
        num_feedforward: int,
        dropout: float = 0.0,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(num_hidden, num_heads)
        self.feed_forward = feed_forward(num_hidden, num_feedforward)
        self.residuals = nn.ModuleList(
            Residual(num_hidden, dropout, norm_first) for _ in range(2)
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map positions (B, S, D) to positions of the same shape."""
        attention, place = self.residuals
        x = attention(x, lambda h: self.attention(h, mask=mask))
        return place(x, self.feed_forward)


class DecoderLayer(nn.Module):
    """A layer of the decoder, which looks back, and at the source.

    Args:
        num_hidden: width D.
        num_heads: number N of heads.
        num_feedforward: width F.
        dropout: as of `Residual`, as is
        norm_first: too.

    Shape:
        x: (B, T, D); state: as `start` returns it; mask: boolean,
        broadcastable to (B, T, S); returns (B, T, D) and the next state.

    Source: Vaswani et al. (2017), Section 3.1; keys and values that are kept
    as in Shazeer (2019), Section 2.4.
    Same as: `torch.nn.TransformerDecoderLayer`; reading all again
    (tests/package/test_transformer.py).

    >>> layer = DecoderLayer(8, 2, 32)
    >>> state = layer.start(torch.zeros(2, 5, 8))
    >>> y, (_, (k, v)) = layer(torch.zeros(2, 3, 8), state)
    >>> y.shape, k.shape
    (torch.Size([2, 3, 8]), torch.Size([2, 2, 3, 4]))
    """

    def __init__(
        self,
        num_hidden: int,
        num_heads: int,
        num_feedforward: int,
        dropout: float = 0.0,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(num_hidden, num_heads)
        self.source_attention = MultiHeadAttention(num_hidden, num_heads)
        self.feed_forward = feed_forward(num_hidden, num_feedforward)
        self.residuals = nn.ModuleList(
            Residual(num_hidden, dropout, norm_first) for _ in range(3)
        )

    def start(self, source: Tensor) -> LayerState:
        """Return the state before the target, from a source (B, S, D)."""
        k, v = self.source_attention.remember(source)  # (B, N, S, K) each
        return (k, v), (k[:, :, :0], v[:, :, :0])

    def forward(
        self, x: Tensor, state: LayerState, mask: Tensor | None = None
    ) -> tuple[Tensor, LayerState]:
        """Map positions (B, T, D) after others to (B, T, D) and a state."""
        source, past = state

        def look_back(h: Tensor) -> Tensor:
            nonlocal past
            past = _joined(past, self.attention.remember(h))
            return self.attention.recall(h, past, causal=True)

        def look_over(h: Tensor) -> Tensor:
            return self.source_attention.recall(h, source, mask)

        before, across, place = self.residuals
        x = across(before(x, look_back), look_over)
        return place(x, self.feed_forward), (source, past)


def _joined(past: KeysValues, new: KeysValues) -> KeysValues:
    """Put keys and values behind those before."""
    if not past[0].shape[2]:
        return new
    # (B, N, T, K) each
    k, v = (torch.cat(two, 2) for two in zip(past, new, strict=True))
    return k, v


class Transformer(nn.Module):
    """The Transformer, an encoder and a decoder that only attend.

    The vectors of the target's tokens also score them, and stand for the
    source's tokens too if both have one vocabulary.

    Args:
        vocab_size: number V of different tokens of the target.
        num_hidden: width D, even.
        num_heads: number N of heads, each of width D / N.
        num_feedforward: width F of the layers place by place.
        num_layers: layers of the encoder, and of the decoder.
        source_size: number of different tokens of the source; those of the
            target, if not given.
        dropout: probability with which a value of an embedding, and of what
            a part of a layer adds, is set to zero while training, in [0, 1).
        norm_first: normalize what each part reads, and at last the outputs
            of encoder and decoder, and not each sum.

    Shape:
        source: (B, S); source_lengths: (B,), how many of its tokens are
        real; inputs: (B, T); returns logits (B, T, V).

    Raises:
        ValueError: if a size is less than 1, N does not divide D, D is odd,
            `dropout` is not in [0, 1), or a token is out of range.

    Source: Vaswani et al. (2017), Section 3; `norm_first` as in Xiong et al.
    (2020).
    Cost: 63,082,496 parameters for `transformer_base()`.
    Differs from the paper: attention has biases, as in PyTorch.
    Same as: `torch.nn.Transformer` between embeddings
    (tests/package/test_transformer.py).

    >>> model = Transformer(
    ...     30, 16, num_heads=2, num_feedforward=32, num_layers=2
    ... )
    >>> source, inputs = torch.ones(2, 5).long(), torch.ones(2, 4).long()
    >>> model(source, torch.tensor([5, 3]), inputs).shape
    torch.Size([2, 4, 30])
    """

    def __init__(
        self,
        vocab_size: int,
        num_hidden: int,
        *,
        num_heads: int,
        num_feedforward: int,
        num_layers: int,
        source_size: int | None = None,
        dropout: float = 0.0,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        sizes = {
            "vocab_size": vocab_size,
            "num_hidden": num_hidden,
            "num_feedforward": num_feedforward,
            "num_layers": num_layers,
            "source_size": vocab_size if source_size is None else source_size,
        }
        if min(sizes.values()) < 1 or num_hidden % 2 or not 0 <= dropout < 1:
            raise ValueError(
                "sizes must be at least 1, num_hidden even, and dropout in "
                f"[0, 1), got {sizes} and dropout={dropout}"
            )
        layer = (num_hidden, num_heads, num_feedforward, dropout, norm_first)
        # (B, T, D)
        self.embedding = _embedding(vocab_size, num_hidden)
        self.source_embedding = (
            self.embedding
            if source_size is None
            else _embedding(source_size, num_hidden)
        )
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.ModuleList(
            EncoderLayer(*layer) for _ in range(num_layers)
        )
        self.decoder = nn.ModuleList(
            DecoderLayer(*layer) for _ in range(num_layers)
        )
        last = nn.LayerNorm if norm_first else nn.Identity
        self.encoder_norm = last(num_hidden)
        self.decoder_norm = last(num_hidden)

    def forward(
        self, source: Tensor, source_lengths: Tensor, inputs: Tensor
    ) -> Tensor:
        """Map a source and the target so far to logits (B, T, V)."""
        return self.read(inputs, self.encode(source, source_lengths))[0]

    def encode(self, source: Tensor, source_lengths: Tensor) -> State:
        """Read a source, and return what the decoder begins with.

        Args:
            source: tokens.
            source_lengths: how many of them are real.

        Shape:
            source: (B, S); source_lengths: (B,); returns the mask of the
            source, (B, 1, S), and the state of each layer.

        Raises:
            ValueError: if a token is out of range, or a length.
        """
        mask = length_mask(source_lengths, source.shape[1])[:, None]
        x = self._embed(source, self.source_embedding)
        for layer in self.encoder:
            x = layer(x, mask)
        x = self.encoder_norm(x)
        states = []
        for layer in self.decoder:
            assert isinstance(layer, DecoderLayer)
            states.append(layer.start(x))
        return mask, tuple(states)

    def read(self, x: Tensor, state: State) -> tuple[Tensor, State]:
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
        mask, states = state
        _, (k, _) = states[0]
        offset = k.shape[2]
        h = self._embed(x, self.embedding, offset)
        after = []
        for layer, before in zip(self.decoder, states, strict=True):
            h, new = layer(h, before, mask)
            after.append(new)
        h = self.decoder_norm(h)
        # (B, T, V)
        return F.linear(h, self.embedding.weight), (mask, tuple(after))

    def _embed(
        self, x: Tensor, embedding: nn.Embedding, offset: int = 0
    ) -> Tensor:
        """Turn tokens (B, T) into vectors (B, T, D) that know their place."""
        if not x.is_cuda and x.numel():  # a look would keep a GPU waiting
            low, high = int(x.min()), int(x.max())
            if low < 0 or high >= embedding.num_embeddings:
                raise ValueError(
                    f"tokens must lie in [0, {embedding.num_embeddings}), got "
                    f"{low} to {high}"
                )
        T, D = x.shape[1], embedding.embedding_dim
        h = embedding(x) * D**0.5  # (B, T, D)
        places = sinusoids(T, D, offset=offset, device=x.device)
        return self.dropout(h + places.to(h.dtype))


def _embedding(size: int, num_hidden: int) -> nn.Embedding:
    """Make vectors of length 1 or so, which are multiplied by sqrt(D)."""
    embedding = nn.Embedding(size, num_hidden)  # (B, T, D)
    nn.init.normal_(embedding.weight, std=num_hidden**-0.5)
    return embedding


def transformer_base(vocab_size: int = 37_000) -> Transformer:
    """The base Transformer (Vaswani et al., 2017, Table 3)."""
    return Transformer(
        vocab_size,
        512,
        num_heads=8,
        num_feedforward=2048,
        num_layers=6,
        dropout=0.1,
    )


def transformer_big(vocab_size: int = 37_000) -> Transformer:
    """The big Transformer (Vaswani et al., 2017, Table 3)."""
    return Transformer(
        vocab_size,
        1024,
        num_heads=16,
        num_feedforward=4096,
        num_layers=6,
        dropout=0.3,
    )
