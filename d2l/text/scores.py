"""Scores of translations: how much they share with those of people.

Both are metrics as of `d2l.metrics`, of texts: statistics add up over a
corpus, and the score is made from the sums, so it is no mean of scores of
sentences.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from d2l.metrics import Metric
from d2l.text.sentences import cut

ORDERS = 4  # of BLEU: runs of up to so many tokens
CHARACTERS = 6  # of chrF: runs of up to so many characters
#: A translation by people, or several of the same sentence.
Reference = str | Sequence[str]


class Bleu(Metric):
    """The share of runs of tokens that a reference has, too.

    Of runs of one to four tokens, each counted as often as one reference has
    it at the most; the geometric mean of the four shares, made smaller where
    the translations are shorter than the references nearest in length.
    Scores compare only where texts are cut the same way.

    Args:
        cut: gives the tokens of a text; as it stands, words and marks in
            small letters, Han characters for themselves.

    Shape:
        output: B texts; target: B references, or B lists of them;
        statistics: (10,), the matches and the runs of each length, and the
        lengths; the value lies in [0, 100], larger is better. It is 0 where
        no run of four tokens is right.

    Raises:
        ValueError: if there are not as many references as texts, one has
            none, or, from `value`, if nothing was compared.

    Source: Papineni et al. (2002), without smoothing.
    Same as: sacreBLEU's corpus score of the same tokens, with "none" for
    tokenization and smoothing (fixed cases in tests/package/test_scores.py).

    >>> round(bleu(["The dog ran home."], [["The dog ran back home."]]), 1)
    0.0
    >>> round(bleu(["It ran all the way."], ["It ran all the day."]), 2)
    53.73
    """

    def __init__(self, cut: Callable[[str], Sequence[str]] = cut) -> None:
        self.cut = cut

    def statistics(
        self, output: Sequence[str], target: Sequence[Reference]
    ) -> Tensor:
        """Count matches and runs by their length, and tokens."""
        total = torch.zeros(2 * ORDERS + 2, dtype=torch.long)
        for text, references in _compared(output, target):
            tokens = list(self.cut(text))
            others = [list(self.cut(reference)) for reference in references]
            nearest = min(
                (len(other) for other in others),
                key=lambda length: (abs(length - len(tokens)), length),
            )
            found = [0, 0] * ORDERS + [len(tokens), nearest]
            for n in range(1, ORDERS + 1):
                runs = _runs(tokens, n)
                most: Counter[tuple[str, ...]] = Counter()
                for other in others:
                    most |= _runs(other, n)
                found[2 * n - 2] = (runs & most).total()
                found[2 * n - 1] = runs.total()
            total += torch.tensor(found)
        return total

    def value(self, total: Tensor) -> float:
        """Make the score from the counts."""
        *runs, length, wanted = _numbers(total, 2 * ORDERS + 2)
        if not wanted:
            raise ValueError("nothing was compared: the references are empty")
        matches, counts = runs[::2], runs[1::2]
        if not all(matches):
            return 0.0
        shares = zip(matches, counts, strict=True)
        mean = sum(math.log(m / c) for m, c in shares) / ORDERS
        return 100 * math.exp(min(0, 1 - wanted / length) + mean)


class ChrF(Metric):
    """The runs of characters that a translation and a reference share.

    Of runs of one to six characters, without spaces: precision, the share of
    the translation's runs that the reference has, and recall, the share of
    the reference's, each averaged over the lengths; then their harmonic
    mean, with recall of twice the weight. It needs no tokens, so it suits
    any language. Of several references the one counts that is best for the
    sentence.

    Shape:
        output: B texts; target: B references, or B lists of them;
        statistics: (18,), for each length the runs of the translation, of
        the reference and of both; the value lies in [0, 100], larger is
        better.

    Raises:
        ValueError: as `Bleu`.

    Source: Popović (2015), with the weight of Popović (2016).
    Differs from the paper: runs longer than the reference don't count, as in
    sacreBLEU.
    Same as: sacreBLEU's corpus score chrF2 (fixed cases in
    tests/package/test_scores.py).

    >>> round(chrf(["The dog ran home."], ["The dog ran back home."]), 2)
    59.32
    """

    weight = 2.0

    def statistics(
        self, output: Sequence[str], target: Sequence[Reference]
    ) -> Tensor:
        """Count runs of characters by their length."""
        total = torch.zeros(3 * CHARACTERS, dtype=torch.long)
        for text, references in _compared(output, target):
            found = [self._counted(text, other) for other in references]
            # The first of equals.
            total += torch.tensor(max(found, key=self._score))
        return total

    def _counted(self, text: str, other: str) -> list[int]:
        signs, wanted = "".join(text.split()), "".join(other.split())
        found = []
        for n in range(1, CHARACTERS + 1):
            ours, theirs = _runs(signs, n), _runs(wanted, n)
            number = ours.total() if theirs else 0
            found += [number, theirs.total(), (ours & theirs).total()]
        return found

    def _score(self, counts: Sequence[float]) -> float:
        ours, theirs, both = counts[::3], counts[1::3], counts[2::3]
        lengths = [i for i, n in enumerate(ours) if n and theirs[i]]
        if not any(both):
            return 0.0
        precision = sum(both[i] / ours[i] for i in lengths) / len(lengths)
        recall = sum(both[i] / theirs[i] for i in lengths) / len(lengths)
        square = self.weight**2
        mean = precision * recall / (square * precision + recall)
        return 100 * (1 + square) * mean

    def value(self, total: Tensor) -> float:
        """Make the score from the counts."""
        counts = _numbers(total, 3 * CHARACTERS)
        if not any(counts[1::3]):
            raise ValueError("nothing was compared: the references are empty")
        return self._score(counts)


def _compared(
    output: Sequence[str], target: Sequence[Reference]
) -> list[tuple[str, Sequence[str]]]:
    """Bring each text together with its references.

    Raises:
        ValueError: if one lacks the other.
    """
    if isinstance(output, str) or isinstance(target, str):
        raise ValueError(
            "texts come in a list, and so do references: got "
            f"{type(output).__name__} and {type(target).__name__}"
        )
    if len(output) != len(target):
        raise ValueError(
            f"there are {len(output)} texts, and references for {len(target)}"
        )
    pairs = [
        (text, [one] if isinstance(one, str) else one)
        for text, one in zip(output, target, strict=True)
    ]
    for i, (text, references) in enumerate(pairs):
        if not references:
            raise ValueError(f"text {i}, {text!r}, has no reference")
    return pairs


def _runs(items: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """Count the runs of n tokens or characters."""
    return Counter(tuple(items[i : i + n]) for i in range(len(items) - n + 1))


def _numbers(total: Tensor, size: int) -> list[float]:
    """Return statistics as numbers.

    Raises:
        ValueError: if there are not as many as there should be.
    """
    if total.shape != (size,):
        raise ValueError(
            f"statistics {tuple(total.shape)} must have the shape ({size},)"
        )
    return total.tolist()


#: BLEU of words and marks.
bleu = Bleu()
#: chrF2.
chrf = ChrF()
