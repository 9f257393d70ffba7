"""WordPiece: words cut into the longest pieces that a vocabulary has."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from d2l.text.vocabulary import UNKNOWN

INNER = "##"  # begins the pieces that go on within a word
LONGEST = 100  # characters; a longer word is unknown
# Han characters of all planes.
_HAN = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)
Array = NDArray[np.float64]
Indices = NDArray[np.int_]


class _Spaced(dict[int, str | None]):
    """What becomes of each character before a text is cut at spaces."""

    def __missing__(self, code: int) -> str | None:
        sign, category = chr(code), unicodedata.category(chr(code))
        if sign in "\t\n\r":
            found: str | None = " "
        elif category in ("Cc", "Cf", "Co", "Cs") or sign == "\ufffd":
            found = None
        elif sign.isspace():
            found = " "
        elif (
            category.startswith("P")
            or (sign.isascii() and not sign.isalnum())
            or any(first <= code <= last for first, last in _HAN)
        ):
            found = f" {sign} "
        else:
            found = sign
        self[code] = found
        return found


_SPACED = _Spaced()


def words(text: str) -> list[str]:
    """Cut a text at spaces, and around marks and Han characters.

    What can't be seen is left out, such as what joins emoji. Capitals stay.

    Args:
        text: of any language; may be empty.

    Returns:
        Words, Han characters, single marks.

    Source: Devlin et al. (2019), for cased texts.
    Same as: Hugging Face's `BertNormalizer` and `BertPreTokenizer`, but for
    characters that Unicode got or classed anew after their tables were made
    (tests/package/test_wordpiece.py).

    >>> words("Don't: 我们 go")
    ['Don', "'", 't', ':', '我', '们', 'go']
    """
    return text.translate(_SPACED).split()


class WordPiece:
    """A vocabulary of pieces, and how words are made of them.

    From its beginning on, a word is cut into the longest piece that is
    known, again and again. A word that is not made of known pieces is one
    unknown token. Decoding sets a space before all but inner pieces, so what
    comes back differs in spaces.

    Args:
        tokens: all pieces, by their index; those that go on within a word
            begin with "##".
        unknown: the one that stands for words without known pieces.

    Raises:
        ValueError: if a token occurs twice, is empty, or `unknown` is none
            of them.

    Source: Schuster and Nakajima (2012); Wu et al. (2016); cut as by Devlin
    et al. (2019).
    Same as: Hugging Face's `WordPiece` with the same vocabulary
    (tests/package/test_wordpiece.py).

    >>> pieces = WordPiece(["<unk>", "un", "##able", "##bear", "!"])
    >>> pieces.encode("unbearable! able")
    [1, 3, 2, 4, 0]
    >>> pieces.decode([1, 3, 2, 4])
    'unbearable !'
    """

    def __init__(
        self, tokens: Sequence[str], *, unknown: str = UNKNOWN
    ) -> None:
        #: All tokens, by their index.
        self.tokens = tuple(tokens)
        self.unknown = unknown
        self._index = {token: i for i, token in enumerate(self.tokens)}
        if len(self._index) < len(self.tokens) or "" in self._index:
            often = Counter(self.tokens).most_common(1)
            raise ValueError(
                f"each token stands once and has a sign, got {often[0]} and "
                f"{self.tokens.count('')} without any"
            )
        if unknown not in self._index:
            raise ValueError(
                f"{unknown!r}, for unknown words, is none of the "
                f"{len(self.tokens)} tokens"
            )
        self._longest = max(map(len, self.tokens))
        self._seen: dict[str, list[int]] = {}  # words, encoded

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def train(
        cls,
        text: str,
        *,
        num_merges: int,
        reserved: Sequence[str] = (),
        unknown: str = UNKNOWN,
        min_count: int = 1,
    ) -> "WordPiece":
        """Join the two pieces that make the text most likely, and again.

        Likely as of pieces drawn one by one, each as often as it occurs. Of
        equals the first in the order of their characters is joined. (A rule
        often told instead, the count of a pair over the product of those of
        its pieces, is the gain of a single place: it joins what is rare.)

        Args:
            text: the training text.
            num_merges: at most so many; fewer if no pair occurs twice, or
                none makes the text more likely.
            reserved: tokens that no text yields, such as `("<pad>",)`; they
                come first, then `unknown` if it is none of them, characters,
                and joined pieces.
            unknown: stands for words without known pieces.
            min_count: how often a character must begin words, or go on in
                them, to be known there.

        Raises:
            ValueError: if the text has no words, or `num_merges` is
                negative, or `min_count` less than 1.
        """
        counts = Counter(words(text))
        if not counts or num_merges < 0 or min_count < 1:
            raise ValueError(
                "pieces need a text, num_merges >= 0 and min_count >= 1, got "
                f"{len(counts)} words, num_merges={num_merges} and "
                f"min_count={min_count}"
            )
        signs: Counter[str] = Counter()
        for word, count in counts.items():
            for piece in _characters(word):
                signs[piece] += count
        known = sorted(s for s, n in signs.items() if n >= min_count)
        first = [*reserved, *([] if unknown in reserved else [unknown])]
        merging = _Merging(counts, known)
        for _ in range(num_merges):
            if (best := merging.best()) is None:
                break
            merging.merge(*best)
        return cls([*first, *merging.tokens], unknown=unknown)

    def encode(self, text: str) -> list[int]:
        """Return the indices of the pieces of a text."""
        found = []
        for word in words(text):
            if word not in self._seen:
                self._seen[word] = self._encode(word)
            found += self._seen[word]
        return found

    def _encode(self, word: str) -> list[int]:
        """Cut a word into the longest known pieces, from its beginning."""
        found: list[int] = []
        start, prefix = 0, ""
        while start < len(word) <= LONGEST:
            last = min(len(word), start + self._longest)
            for end in range(last, start, -1):
                index = self._index.get(prefix + word[start:end])
                if index is not None:
                    found.append(index)
                    start, prefix = end, INNER
                    break
            else:
                break
        return found if start == len(word) else [self._index[self.unknown]]

    def decode(self, indices: Iterable[int]) -> str:
        """Return the text of some tokens, with spaces between words.

        Raises:
            ValueError: if an index is not in [0, size).
        """
        text = ""
        for index in indices:
            if not 0 <= index < len(self):
                raise ValueError(
                    f"the index {index} is not in [0, {len(self)}), the range "
                    "of the pieces"
                )
            token = self.tokens[index]
            if not text:
                text = token
            elif token.startswith(INNER):
                text += token.removeprefix(INNER)
            else:
                text += " " + token
        return text


class _Merging:
    """The words of a text while their pieces are joined."""

    def __init__(self, counts: Counter[str], known: Sequence[str]) -> None:
        self.tokens = list(known)
        index = {token: i for i, token in enumerate(known)}
        pieces = [(_characters(w), n) for w, n in counts.items()]
        whole = [(p, n) for p, n in pieces if index.keys() >= set(p)]
        self.words = [[index[piece] for piece in p] for p, _ in whole]
        self.weights = [n for _, n in whole]
        self.counts = [0] * len(known)  # of each token
        self.slots: dict[tuple[int, int], int] = {}  # of each pair
        self.pairs: list[int] = []  # their counts
        self.places: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for i in range(len(self.words)):
            self._count(i, 1)

    def _count(self, i: int, sign: int) -> None:
        """Add the tokens and pairs of a word, or take them away."""
        word, weight = self.words[i], sign * self.weights[i]
        for token in word:
            self.counts[token] += weight
        before = None  # where a pair of the same tokens began
        for j, pair in enumerate(pairwise(word)):
            if pair[0] == pair[1] and before == j - 1:
                before = None  # of three in a row only two are joined
                continue
            before = j if pair[0] == pair[1] else None
            slot = self.slots.setdefault(pair, len(self.pairs))
            if slot == len(self.pairs):
                self.pairs.append(0)
            self.pairs[slot] += weight
            if sign > 0:
                self.places[pair].add(i)

    def best(self) -> tuple[int, int] | None:
        """Return the pair whose joining makes the text most likely."""
        if not self.slots:
            return None
        ends = np.fromiter(chain.from_iterable(self.slots), int)
        pairs = ends.reshape(-1, 2)
        n = np.array(self.pairs, float)
        counts = np.array(self.counts, float)
        gains = np.where(n < 2, 0, _gains(pairs, n, counts))
        if (most := gains.max()) <= 1e-9:
            return None
        equal = np.flatnonzero(gains >= most * (1 - 1e-12))
        left, right = min(
            pairs[equal].tolist(),
            key=lambda pair: [self.tokens[token] for token in pair],
        )
        return left, right

    def merge(self, left: int, right: int) -> None:
        """Join a pair in all words."""
        # Always new: the same signs were joined the same way everywhere.
        both = self.tokens[left] + self.tokens[right].removeprefix(INNER)
        self.tokens.append(both)
        self.counts.append(0)
        new = len(self.tokens) - 1
        for i in self.places.pop((left, right)):
            self._count(i, -1)
            word, j = self.words[i], 0
            while j < len(word) - 1:
                if word[j] == left and word[j + 1] == right:
                    word[j : j + 2] = [new]
                j += 1
            self._count(i, 1)


def _gains(pairs: Indices, n: Array, counts: Array) -> Array:
    """How much the log-likelihood grows where pairs become tokens."""
    left, right = counts[pairs[:, 0]], counts[pairs[:, 1]]
    total = counts.sum()
    parts = np.where(
        pairs[:, 0] == pairs[:, 1],
        _times_log(left - 2 * n) - _times_log(left),
        _times_log(left - n)
        + _times_log(right - n)
        - _times_log(left)
        - _times_log(right),
    )
    return parts + _times_log(n) + _times_log(total) - _times_log(total - n)


def _times_log(x: Array) -> Array:
    return x * np.log(np.maximum(x, 1))


def _characters(word: str) -> list[str]:
    """Cut a word into the pieces that training begins with."""
    return [word[0], *(INNER + sign for sign in word[1:])]
