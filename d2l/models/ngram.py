"""N-gram language models: what follows, counted."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class _Counts(NamedTuple):
    """The n-grams of one order, each written as a number of n digits."""

    grams: Tensor  # all that occur, sorted
    counts: Tensor  # how often, or after how many different tokens
    contexts: Tensor  # their first n - 1 tokens, sorted
    totals: Tensor  # the sum of the counts after each context
    types: Tensor  # how many different tokens follow each context
    discount: float


class NGram:
    """An n-gram model with interpolated Kneser-Ney smoothing.

    The probability of a token after n - 1 others is its share of what
    followed them in the training text, less a discount; what the discounts
    free goes to the model of order n - 1, and so on down to equal chances
    for all. Below the highest order a token counts by how many different
    tokens it followed, not by how often.

    Args:
        tokens: the training text.
        order: n, at least 1; the model looks at n - 1 tokens.
        vocab_size: number V of different tokens, the seen and the unseen.
        discount: taken from each count, in (0, 1); if not given, that of
            Ney et al. (1994), n1 / (n1 + 2 n2), for each order, where n1
            and n2 are how many n-grams have counts 1 and 2; 0.5 where one
            of them is 0.

    Shape:
        tokens: (n,); x: (B, T); returns the logarithms of the probabilities
        of the token after each position, (B, T, V), float64.

    Raises:
        ValueError: if the text is shorter than an n-gram, a token is not in
            [0, V), V to the power of n is 2^63 or more, or a setting is out
            of range.

    Source: Kneser and Ney (1995), interpolated as in Chen and Goodman
    (1999).
    Same as: the formula computed with dictionaries, and an example by hand
    (tests/package/test_ngram.py).

    >>> text = torch.tensor([0, 1, 0, 1, 0, 2])
    >>> model = NGram(text, order=2, vocab_size=3, discount=0.5)
    >>> model(torch.tensor([[0]])).exp()
    tensor([[[0.1111, 0.6111, 0.2778]]], dtype=torch.float64)
    """

    def __init__(
        self,
        tokens: Tensor,
        *,
        order: int,
        vocab_size: int,
        discount: float | None = None,
    ) -> None:
        if order < 1 or not (discount is None or 0 < discount < 1):
            raise ValueError(
                f"order (={order}) must be at least 1, and discount "
                f"(={discount}) in (0, 1) or None"
            )
        if vocab_size**order >= 2**63:
            raise ValueError(
                f"{order}-grams of {vocab_size} tokens are too many to be "
                "numbered; choose a lower order"
            )
        if tokens.ndim != 1 or len(tokens) < order:
            raise ValueError(
                f"the text must be a vector of at least {order} tokens, got "
                f"{tuple(tokens.shape)}"
            )
        self.order = order
        self.vocab_size = vocab_size
        self._check(tokens)
        self.levels = [
            self._count(tokens, n, discount) for n in range(1, order + 1)
        ]

    def _check(self, tokens: Tensor) -> None:
        low, high = tokens.min(), tokens.max()
        if low < 0 or high >= self.vocab_size:
            raise ValueError(
                f"tokens must lie in [0, {self.vocab_size}), got {int(low)} "
                f"to {int(high)}"
            )

    def _count(
        self, tokens: Tensor, n: int, discount: float | None
    ) -> _Counts:
        """Count the n-grams of the text, or the tokens in front of them."""
        V = self.vocab_size
        is_highest = n == self.order
        rows = tokens.unfold(0, n if is_highest else n + 1, 1)  # (n', n)
        numbers = _number(rows, V)
        grams, counts = numbers.unique(return_counts=True)  # type: ignore[no-untyped-call]
        if not is_highest:  # each one once, without its first token
            grams, counts = (grams % V**n).unique(return_counts=True)
        contexts, place, types = (grams // V).unique_consecutive(
            return_inverse=True, return_counts=True
        )
        totals = torch.zeros_like(contexts).index_add(0, place, counts)
        if discount is None:
            once, twice = (int((counts == m).count_nonzero()) for m in (1, 2))
            discount = once / (once + 2 * twice) if once and twice else 0.5
        return _Counts(grams, counts, contexts, totals, types, discount)

    def __call__(self, x: Tensor) -> Tensor:
        """Map tokens (B, T) to log-probabilities (B, T, V) of the next."""
        return self.read(x)[0]

    def read(
        self, x: Tensor, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Map tokens to log-probabilities of the next, after others.

        Args:
            x: tokens.
            state: what came before: the state that was returned with it.

        Shape:
            x: (B, T); state: (B, n - 1); returns (B, T, V) and (B, n - 1).
        """
        before = self.order - 1
        if state is None:
            state = x.new_full((len(x), before), -1)  # nothing
        self._check(x)
        seen = torch.cat((state, x), 1)  # (B, n - 1 + T)
        following = torch.arange(self.vocab_size, device=x.device)  # (V,)
        probabilities = self._mix(seen, following)  # (B, T, V)
        return probabilities.log(), seen[:, seen.shape[1] - before :]

    def score(self, x: Tensor, target: Tensor) -> Tensor:
        """Return the log-probability of each target alone.

        That of every token would cost V times as much.

        Shape:
            x, target: (B, T); returns (B, T), float64.
        """
        self._check(x)
        self._check(target)
        seen = F.pad(x, (self.order - 1, 0), value=-1)  # (B, n - 1 + T)
        found = self._mix(seen, target.unsqueeze(-1))  # (B, T, 1)
        return found.squeeze(-1).log()  # (B, T)

    def _mix(self, seen: Tensor, following: Tensor) -> Tensor:
        """Mix the orders, from the lowest to the highest.

        Gives (B, T, V), or (B, T, 1) where only one token each is asked for.
        """
        V, length = self.vocab_size, seen.shape[1] - self.order + 1
        p = torch.tensor(1 / V, dtype=torch.float64, device=seen.device)
        history = seen.new_zeros(len(seen), length)  # (B, T), as numbers
        for n, level in enumerate(self.levels, 1):
            if n > 1:  # one token more, from further back
                first = self.order - n + 1
                earlier = seen[:, first : first + length]  # (B, T)
                history = (history + earlier * V ** (n - 2)).where(
                    (history >= 0) & (earlier >= 0), -1
                )
            place, known = _find(level.contexts, history)
            gram, occurs = _find(
                level.grams, history[..., None] * V + following
            )
            kept = (level.counts[gram].double() - level.discount).clamp(min=0)
            kept = kept * occurs  # (B, T, V)
            freed = level.discount * level.types[place].double()  # (B, T)
            mixed = kept + freed[..., None] * p
            mixed = mixed / level.totals[place][..., None]
            p = mixed.where(known[..., None], p)
        return p


def _number(rows: Tensor, base: int) -> Tensor:
    """Write each row (..., n) of digits as one number."""
    places = range(rows.shape[-1] - 1, -1, -1)
    powers = torch.tensor([base**i for i in places], device=rows.device)
    return (rows * powers).sum(-1)  # (...,)


def _find(table: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Return where in a sorted table numbers stand, and whether they do."""
    place = torch.searchsorted(table, wanted).clamp(max=len(table) - 1)
    return place, table[place] == wanted
