"""Attention: each query gets a mean of values, weighted by its keys.

Masks are boolean, True = may be attended to, as in PyTorch's
`scaled_dot_product_attention`; `torch.nn.MultiheadAttention` means the
opposite. A query that may attend to nothing gets zeros, and gradients of
zero with them.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2l.nn.masks import causal_mask

#: The keys and the values of some positions, (B, N, S, K) each.
KeysValues = tuple[Tensor, Tensor]


def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn scores into weights of what may be attended to.

    Args:
        scores: the higher, the more weight.
        mask: True where a weight may differ from zero.

    Shape:
        scores: (..., T, S); mask: boolean, broadcastable to that; returns
        weights (..., T, S) that sum to 1, or to 0 where all is masked.

    Raises:
        ValueError: if the mask is not boolean, or of a shape that does not
            fit.

    Source: Vaswani et al. (2017), Section 3.2.3.
    Same as: the softmax of what is not masked alone
    (tests/package/test_attention.py).

    >>> mask = torch.tensor([[True, True, False], [False, False, False]])
    >>> masked_softmax(torch.zeros(2, 3), mask)
    tensor([[0.5000, 0.5000, 0.0000],
            [0.0000, 0.0000, 0.0000]])
    """
    if mask is None:
        return scores.softmax(-1)
    _check_mask(mask, scores.shape)
    nothing = ~mask.any(-1, keepdim=True)  # (..., T, 1)
    # Where nothing may be attended to, all is at first: no 0 / 0, whose
    # gradients would not be numbers on the way.
    scores = scores.masked_fill(~(mask | nothing), -torch.inf)
    return scores.softmax(-1).masked_fill(~mask, 0)


def attention_weights(
    q: Tensor,
    k: Tensor,
    mask: Tensor | None = None,
    *,
    bias: Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Return the weights that `attend` gives to values, to look at them.

    Args:
        q: queries, as are the other arguments
        k: those of `attend`,
        mask: like
        bias: these,
        causal: and
        scale: too.

    Shape:
        q: (..., T, K); k: (..., S, K); mask, bias: broadcastable to
        (..., T, S); returns (..., T, S).

    Raises:
        ValueError: as of `attend`.

    Source: Vaswani et al. (2017), Equation 1.
    Same as: the weights that `torch.nn.MultiheadAttention` returns
    (tests/package/test_attention.py).

    >>> attention_weights(torch.zeros(2, 4), torch.zeros(2, 4), causal=True)
    tensor([[1.0000, 0.0000],
            [0.5000, 0.5000]])
    """
    _check(q, k, k, mask, bias)
    if k.shape[:-2] != q.shape[:-2]:  # (B, N, S, K)
        k = k.repeat_interleave(q.shape[-3] // k.shape[-3], -3)
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    scores = scale * q @ k.mT  # (..., T, S)
    if bias is not None:
        scores = scores + bias
    if causal:
        past = causal_mask(*scores.shape[-2:], device=q.device)
        mask = past if mask is None else mask & past
    return masked_softmax(scores, mask)


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    *,
    bias: Tensor | None = None,
    causal: bool = False,
    dropout: float = 0.0,
    scale: float | None = None,
) -> Tensor:
    """Scaled dot-product attention: softmax(scale q k^T + bias) v.

    A value of which all weights are zero must still be finite: 0 times
    infinity is no number.

    Args:
        q: queries.
        k: keys.
        v: values.
        mask: True where a query may attend to a key.
        bias: added to the scores.
        causal: a query attends to no key after its own; the last query
            belongs to the last key, as in `causal_mask`.
        dropout: probability with which a weight is set to zero, also when a
            model that calls this does not train.
        scale: what scores are multiplied by; 1 / sqrt(K) if not given.

    Shape:
        q: (..., T, K); k: (..., S, K); v: (..., S, d); mask: boolean,
        broadcastable to (..., T, S), as is the bias; returns (..., T, d). In
        four dimensions, (B, N, T, K), keys and values may have fewer heads,
        each of which serves as many neighbouring heads of the queries.

    Raises:
        ValueError: if shapes do not fit, the mask is not boolean, or there
            are fewer keys than queries and `causal`.

    Source: Vaswani et al. (2017), Section 3.2.1; shared heads as in Ainslie
    et al. (2023).
    Differs from PyTorch: how `causal` counts if T is not S.
    Same as: `torch.nn.functional.scaled_dot_product_attention`, and the sum
    of values weighted with `attention_weights`
    (tests/package/test_attention.py).

    >>> q, k = torch.zeros(1, 4), torch.zeros(2, 4)
    >>> attend(q, k, torch.tensor([[1.0], [3.0]]))
    tensor([[2.]])
    """
    grouped = _check(q, k, v, mask, bias)
    T, S = q.shape[-2], k.shape[-2]
    causal = causal and T != 1  # the last query sees all keys
    nothing = None
    if mask is not None:
        if causal:
            mask = mask & causal_mask(T, S, device=q.device)
        nothing = ~mask.any(-1, keepdim=True)  # (..., T, 1)
        mask = mask | nothing  # no 0 / 0, whatever kernel is called
    elif causal and (T != S or bias is not None):
        mask = causal_mask(T, S, device=q.device)
    if bias is not None:
        bias = bias.to(q.dtype)
        mask = bias if mask is None else bias.where(mask, -torch.inf)
    y = F.scaled_dot_product_attention(
        q,
        k,
        v,
        mask,
        dropout,
        is_causal=causal and mask is None,
        scale=scale,
        enable_gqa=grouped,
    )
    return y if nothing is None else y.masked_fill(nothing, 0)


def _check(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, bias: Tensor | None
) -> bool:
    """Refuse what does not fit, and tell whether heads share keys."""
    queries, keys = q.shape[:-2], k.shape[:-2]
    grouped = (
        q.ndim == k.ndim == 4
        and queries[0] == keys[0]
        and queries[1] > keys[1] > 0
        and queries[1] % keys[1] == 0
    )
    if (
        min(q.ndim, k.ndim, v.ndim) < 2
        or q.shape[-1] != k.shape[-1]
        or k.shape[:-1] != v.shape[:-1]
        or (queries != keys and not grouped)
    ):
        raise ValueError(
            "attention needs q (..., T, K), k (..., S, K) and v (..., S, d), "
            f"got {tuple(q.shape)}, {tuple(k.shape)} and {tuple(v.shape)}"
        )
    scores = torch.Size((*q.shape[:-1], k.shape[-2]))
    if mask is not None:
        _check_mask(mask, scores)
    if bias is not None and not _fits(bias, scores):
        raise ValueError(
            f"a bias of shape {tuple(bias.shape)} cannot be added to scores "
            f"{tuple(scores)}"
        )
    return grouped


def _check_mask(mask: Tensor, scores: torch.Size) -> None:
    if mask.dtype != torch.bool or not _fits(mask, scores):
        raise ValueError(
            "a mask is boolean, True = may be attended to, and broadcastable "
            f"to {tuple(scores)}, got {tuple(mask.shape)} of {mask.dtype}"
        )


def _fits(part: Tensor, scores: torch.Size) -> bool:
    """Tell whether a tensor broadcasts to that shape, and not beyond."""
    last = scores[max(len(scores) - part.ndim, 0) :]
    return len(last) == part.ndim and all(
        size in (1, wanted)
        for size, wanted in zip(part.shape, last, strict=True)
    )


class AdditiveAttention(nn.Module):
    """The attention of Bahdanau et al.: scores w^T tanh(W q + U k).

    Args:
        num_queries: width of a query.
        num_keys: width of a key.
        num_hidden: width D of the layer between.

    Shape:
        q: (B, T, num_queries); k: (B, S, num_keys); v: (B, S, d); mask:
        boolean, broadcastable to (B, T, S); returns (B, T, d).

    Raises:
        ValueError: if the mask is not boolean, or of a shape that does not
            fit.

    Source: Bahdanau et al. (2015), Section 3.1 and Appendix A.1.2.
    Same as: a loop over queries and keys, and its gradients differences
    (tests/package/test_attention.py).

    >>> attention = AdditiveAttention(3, 4, 8)
    >>> k = torch.zeros(2, 5, 4)
    >>> attention(torch.zeros(2, 1, 3), k, k).shape
    torch.Size([2, 1, 4])
    """

    def __init__(
        self, num_queries: int, num_keys: int, num_hidden: int
    ) -> None:
        super().__init__()
        # (B, T, D)
        self.query = nn.Linear(num_queries, num_hidden, bias=False)
        self.key = nn.Linear(num_keys, num_hidden, bias=False)  # (B, S, D)
        self.score = nn.Linear(num_hidden, 1, bias=False)  # (B, T, S, 1)

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Map queries to means of values (B, T, d)."""
        return self.weights(q, k, mask) @ v  # (B, T, d)

    def weights(
        self, q: Tensor, k: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Return the weights of all values, (B, T, S)."""
        q, k = self.query(q), self.key(k)  # (B, T, D), (B, S, D)
        h = torch.tanh(q[:, :, None] + k[:, None])  # (B, T, S, D)
        return masked_softmax(self.score(h).squeeze(-1), mask)  # (B, T, S)


class MultiHeadAttention(nn.Module):
    """Multi-head attention: N attentions side by side, each K wide.

    To go on where one was, keep what `remember` returns: the keys and values
    of what comes next are put behind it, and `recall` reads all of them.

    Args:
        num_hidden: width D of inputs and outputs.
        num_heads: number N of heads, each of width K = D / N.
        num_kv_heads: how many heads keys and values have; as many as the
            queries, if not given.
        dropout: probability with which a weight is set to zero while
            training.
        bias: whether something is added after the products.

    Shape:
        x: (B, T, D); context: (B, S, D), x itself if not given; mask:
        boolean, broadcastable to (B, T, S), the same for all heads; returns
        (B, T, D).

    Raises:
        ValueError: if N does not divide D, or `num_kv_heads` N, or the mask
            is not boolean or does not fit.

    Source: Vaswani et al. (2017), Section 3.2.2; fewer heads of keys and
    values as in Ainslie et al. (2023).
    Differs from the paper: biases, as in PyTorch.
    Cost: 4 D (D + 1) parameters, if all heads have keys of their own.
    Same as: `torch.nn.MultiheadAttention` (tests/package/test_attention.py).

    >>> attention = MultiHeadAttention(8, 2)
    >>> attention(torch.zeros(2, 5, 8), causal=True).shape
    torch.Size([2, 5, 8])
    """

    def __init__(
        self,
        num_hidden: int,
        num_heads: int,
        *,
        num_kv_heads: int | None = None,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        shared = num_heads if num_kv_heads is None else num_kv_heads
        if (
            min(num_hidden, num_heads, shared) < 1
            or num_hidden % num_heads
            or num_heads % shared
        ):
            raise ValueError(
                f"num_hidden (={num_hidden}) must be a multiple of num_heads "
                f"(={num_heads}), and that of num_kv_heads (={shared})"
            )
        self.num_head = num_hidden // num_heads
        self.dropout = dropout
        width = shared * self.num_head
        self.query = nn.Linear(num_hidden, num_hidden, bias)  # (B, T, D)
        self.key = nn.Linear(num_hidden, width, bias)  # (B, S, width)
        self.value = nn.Linear(num_hidden, width, bias)  # (B, S, width)
        self.output = nn.Linear(num_hidden, num_hidden, bias)  # (B, T, D)
        for part in (self.query, self.key, self.value, self.output):
            nn.init.xavier_uniform_(part.weight)
            if bias:
                nn.init.zeros_(part.bias)

    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        causal: bool = False,
    ) -> Tensor:
        """Let x (B, T, D) attend to a context (B, S, D), or to itself."""
        memory = self.remember(x if context is None else context)
        return self.recall(x, memory, mask, causal=causal)

    def remember(self, context: Tensor) -> KeysValues:
        """Return keys and values of a context, (B, num_kv_heads, S, K)."""
        return self._split(self.key(context)), self._split(self.value(context))

    def recall(
        self,
        x: Tensor,
        memory: KeysValues,
        mask: Tensor | None = None,
        *,
        causal: bool = False,
    ) -> Tensor:
        """Let x (B, T, D) attend to what was remembered."""
        k, v = memory
        q = self._split(self.query(x))  # (B, N, T, K)
        dropout = self.dropout if self.training else 0.0
        h = attend(q, k, v, _all_heads(mask), causal=causal, dropout=dropout)
        return self.output(h.transpose(1, 2).flatten(2))  # (B, T, D)

    def weights(
        self,
        x: Tensor,
        context: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        causal: bool = False,
    ) -> Tensor:
        """Return the weights of each head, (B, N, T, S), to look at them."""
        k, _ = self.remember(x if context is None else context)
        q = self._split(self.query(x))  # (B, N, T, K)
        return attention_weights(q, k, _all_heads(mask), causal=causal)

    def _split(self, x: Tensor) -> Tensor:
        B, T, width = x.shape
        K = self.num_head
        return x.view(B, T, width // K, K).transpose(1, 2)  # (B, N, T, K)


def _all_heads(mask: Tensor | None) -> Tensor | None:
    """Give a mask of examples a dimension for the heads."""
    if mask is None or mask.ndim < 3:
        return mask
    return mask.unsqueeze(-3)  # (B, 1, T, S)
