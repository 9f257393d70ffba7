"""Writing on: tokens drawn one after the other from a language model."""

from typing import Any, Protocol

import torch
from torch import Tensor


class Reader(Protocol):
    """A language model that reads tokens, and goes on where it was.

    Shape:
        x: (B, T), tokens; returns logits (B, T, V) of the token after each,
        and a state, which is given back with the tokens that follow. It
        consists of tensors (B, ...), in tuples, lists or dictionaries.
    """

    def read(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Read tokens after those that the state stands for."""


@torch.no_grad()
def generate(
    model: Reader,
    prompt: Tensor,
    num_tokens: int,
    *,
    state: Any = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    stop: int | None = None,
    seed: int = 0,
) -> Tensor:
    """Let a language model write on.

    Each token is read once. The mode of the model is left alone: call its
    `eval` before if it has dropout.

    Args:
        model: gives logits of what comes next.
        prompt: beginnings, of one length.
        num_tokens: how many are to be added to each.
        state: what the model has read before the prompt, as an encoder
            returns it; nothing, if not given.
        temperature: what the logits are divided by, at least 0; 0 takes the
            most probable token always, which is called greedy.
        top_k: draw among so many of the most probable tokens.
        top_p: draw among the fewest tokens whose probabilities make up this
            share, in (0, 1].
        stop: a token that ends a row; after it the row is filled up with
            it, and all ends when all rows did.
        seed: of the drawing; rows of one batch draw from it in turn.

    Shape:
        prompt: (B, T), T at least 1; returns prompt and what was added,
        (B, T + num_tokens), or fewer where all rows stopped.

    Raises:
        ValueError: if the prompt is empty, or a setting is out of range.

    Source: top-k as in Fan et al. (2018), top-p as in Holtzman et al.
    (2020).
    Same as: probabilities reckoned by hand; sequences drawn as often as
    they are probable (tests/package/test_generate.py).

    >>> class Next:  # after each token, the one after it
    ...     def read(self, x, state=None):
    ...         return torch.eye(10)[(x + 1) % 10], None
    >>> generate(Next(), torch.tensor([[3, 4]]), 3, temperature=0)
    tensor([[3, 4, 5, 6, 7]])
    """
    check_prompt(prompt, num_tokens)
    _check(temperature, top_k, top_p)
    generator = torch.Generator(prompt.device).manual_seed(seed)
    written, new = prompt, prompt
    ended = torch.zeros(len(prompt), 1, dtype=torch.bool, device=prompt.device)
    for _ in range(num_tokens):
        logits, state = model.read(new, state)
        p = probabilities(
            logits[:, -1], temperature=temperature, top_k=top_k, top_p=top_p
        )  # (B, V)
        new = torch.multinomial(p, 1, generator=generator)  # (B, 1)
        if stop is not None:
            new = new.masked_fill(ended, stop)
            ended = ended | (new == stop)
        written = torch.cat((written, new), 1)
        if stop is not None and ended.all():
            break
    return written


def probabilities(
    logits: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Tensor:
    """Turn logits into the probabilities that tokens are drawn with.

    Temperature comes first, then `top_k`, then `top_p`, each with what the
    one before left. Among equally probable tokens those of smaller index
    stay.

    Args:
        logits: of the next token.
        temperature: as in `generate`, as are
        top_k: and
        top_p: too.

    Shape:
        logits: (..., V); returns the same.

    Raises:
        ValueError: if a setting is out of range.

    Source: Holtzman et al. (2020), Section 3.1.
    Same as: probabilities reckoned by hand (tests/package/test_generate.py).

    >>> logits = torch.tensor([0.5, 0.3, 0.2]).log()
    >>> probabilities(logits, top_p=0.6)
    tensor([0.6250, 0.3750, 0.0000])
    """
    _check(temperature, top_k, top_p)
    if temperature == 0:
        temperature, top_k = 1.0, 1
    p = (logits / temperature).softmax(-1)  # (..., V)
    if top_k is None and top_p is None:
        return p
    # The most probable first, and each with the sum of those before it.
    ranked, order = p.sort(dim=-1, descending=True, stable=True)
    if top_k is not None:
        ranked[..., top_k:] = 0
        ranked = ranked / ranked.sum(-1, keepdim=True)
    if top_p is not None:
        before = ranked.cumsum(-1) - ranked
        ranked = ranked.masked_fill(before >= top_p, 0)
        ranked = ranked / ranked.sum(-1, keepdim=True)
    return torch.zeros_like(p).scatter(-1, order, ranked)


def check_prompt(prompt: Tensor, num_tokens: int) -> None:
    """Refuse a beginning that nothing can be added to.

    Shape:
        prompt: (B, T), T at least 1.

    Raises:
        ValueError: if it has no token, or num_tokens is negative.
    """
    if prompt.ndim != 2 or not prompt.shape[1] or num_tokens < 0:
        raise ValueError(
            "writing on needs a prompt (B, T) of at least one token and "
            f"num_tokens >= 0, got {tuple(prompt.shape)} and {num_tokens}"
        )


def _check(temperature: float, top_k: int | None, top_p: float | None) -> None:
    if temperature < 0:
        raise ValueError(f"temperature (={temperature}) must be at least 0")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k (={top_k}) must be at least 1")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p (={top_p}) must be in (0, 1]")
