"""Beam search: the most probable continuations, a few kept at a time."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from d2l.generate import Reader, check_prompt


class Beams(NamedTuple):
    """Continuations that a search found, the best of each prompt first.

    Args:
        tokens: what was added to the prompt; after `stop` there is only
            `stop`.
        scores: what they are ranked by.
        log_probs: logarithms of the probabilities that the model gives to
            all tokens up to the first `stop`, summed.

    Shape:
        tokens: (B, K, T); scores, log_probs: (B, K); K beams.

    Source: Sutskever et al. (2014), Section 3.2.
    """

    tokens: Tensor
    scores: Tensor
    log_probs: Tensor


@torch.no_grad()
def beam_search(
    model: Reader,
    prompt: Tensor,
    num_tokens: int,
    *,
    width: int,
    stop: int,
    state: Any = None,
    length_power: float = 0.0,
) -> Beams:
    """Search for the most probable continuations, a few at a time.

    Of all continuations by one more token the `width` most probable are
    kept. One that ends keeps its place, so that fewer go on; the search is
    over when all have ended. The mode of the model is left alone.

    Args:
        model: gives logits of what comes next.
        prompt: beginnings, of one length.
        num_tokens: how many may be added to each, at least 1; what has not
            ended then counts as it is.
        width: number K of continuations that are kept.
        stop: the token that ends one.
        state: as of `generate`.
        length_power: the score is the logarithm of the probability divided
            by this power of the number of tokens, `stop` included; 0 ranks
            by probability, 1 by its geometric mean.

    Shape:
        prompt: (B, T), T at least 1; returns `Beams` of at most num_tokens
        tokens. Where there are fewer than K different continuations, the
        rest has the score -inf.

    Raises:
        ValueError: if the prompt is empty, or a setting is out of range.

    Source: Sutskever et al. (2014), Section 3.2; the power as in Wu et al.
    (2016), Section 7, without their constant.
    Same as: searching all continuations, where `width` is large enough;
    `generate` with temperature 0, where it is 1
    (tests/package/test_beam_search.py).

    >>> class Coin:  # the end, 0, and another token, one as likely as two
    ...     def read(self, x, state=None):
    ...         return torch.tensor([1.0, 2.0]).log().expand(*x.shape, 2), None
    >>> prompt = torch.tensor([[1]])
    >>> found = beam_search(Coin(), prompt, 2, width=3, stop=0)
    >>> found.tokens.tolist(), found.log_probs.exp()
    ([[[1, 1], [0, 0], [1, 0]]], tensor([[0.4444, 0.3333, 0.2222]]))
    """
    check_prompt(prompt, num_tokens)
    _check(width, num_tokens, length_power)
    B, K = len(prompt), width
    logits, state = model.read(prompt, state)
    V = logits.shape[-1]
    if not 0 <= stop < V:
        raise ValueError(f"stop (={stop}) is no token in [0, {V})")
    row = torch.arange(B, device=prompt.device)[:, None]  # (B, 1)
    state = _select(state, row.expand(B, K).flatten())
    logits = logits[:, None, -1].expand(B, K, V)
    total = logits.new_full((B, K), -torch.inf)  # all but one are copies
    total[:, 0] = 0
    ended = torch.zeros_like(total, dtype=torch.bool)
    written = prompt.new_empty(B, K, 0)
    is_stop = torch.arange(V, device=prompt.device) == stop  # (V,)
    while True:
        log_p = logits.reshape(B, K, V).log_softmax(-1)
        # To what has ended only the end is added, and that is certain.
        certain = is_stop.to(log_p.dtype).log()  # (V,)
        log_p = torch.where(ended[..., None], certain, log_p)
        candidates = (total[..., None] + log_p).flatten(1)  # (B, K V)
        # It keeps its place, whatever the others are worth.
        kept = (ended & (total > -torch.inf))[..., None] & is_stop
        ranked = candidates.masked_fill(kept.flatten(1), torch.inf)
        chosen = ranked.topk(K, -1).indices  # (B, K)
        total = candidates.gather(1, chosen)
        beam, token = chosen // V, chosen % V
        ended = ended.gather(1, beam) | (token == stop)
        written = torch.cat((written[row, beam], token[..., None]), -1)
        over = ended | (total == -torch.inf)
        if written.shape[2] == num_tokens or over.all():
            break
        state = _select(state, (row * K + beam).flatten())
        logits, state = model.read(token.view(-1, 1), state)
    lengths = (written != stop).sum(-1) + ended
    scores, order = (total / lengths**length_power).sort(-1, descending=True)
    return Beams(written[row, order], scores, total.gather(1, order))


def _select(state: Any, rows: Tensor) -> Any:
    """Take rows of all tensors of a state, some perhaps several times."""
    if isinstance(state, Tensor):
        return state[rows]
    if isinstance(state, dict):
        return {name: _select(part, rows) for name, part in state.items()}
    if isinstance(state, tuple | list):
        parts = [_select(part, rows) for part in state]
        named = hasattr(state, "_fields")
        return type(state)(*parts) if named else type(state)(parts)
    return state


def _check(width: int, num_tokens: int, length_power: float) -> None:
    if width < 1 or num_tokens < 1 or length_power < 0:
        raise ValueError(
            f"beam_search needs width (={width}) and num_tokens "
            f"(={num_tokens}) of at least 1 and length_power "
            f"(={length_power}) of at least 0"
        )
