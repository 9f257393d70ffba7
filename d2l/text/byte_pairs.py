"""Byte-pair encoding: tokens made by merging frequent neighbours."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

# What merges never cross: a word, a number or marks, each with one space
# before it; white space at the end of a text or before a longer run.
PIECE = re.compile(
    r"'(?:[sdmt]|ll|ve|re)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+"
)
#: Two tokens to be merged.
Pair = tuple[bytes, bytes]
T = TypeVar("T")


class BytePairs:
    """A byte-pair encoding: 256 bytes, and what was merged of them.

    As every text consists of bytes, nothing is ever unknown, whatever its
    language. Decoding gives back each text exactly.

    Args:
        merges: pairs of tokens in the order in which they were merged. The
            index of a byte is its value, that of the merge i is 256 + i.

    Raises:
        ValueError: if a merge joins what is no token yet.

    Source: Gage (1994); Sennrich et al. (2016); on bytes as Radford et al.
    (2019).
    Differs from GPT-2: a byte's index is its value, and numerals other than
    decimal digits count as letters when a text is cut into pieces.
    Same as: Hugging Face's `ByteLevelBPETokenizer` with the same merges,
    and its training where no pairs are equally frequent
    (tests/package/test_byte_pairs.py).

    >>> pairs = BytePairs.train("low lower lowest", num_merges=3)
    >>> pairs.merges
    ((b'l', b'o'), (b'lo', b'w'), (b' ', b'low'))
    >>> pairs.encode("lowly")
    [257, 108, 121]
    >>> pairs.decode([257, 108, 121])
    'lowly'
    """

    def __init__(self, merges: Sequence[Pair] = ()) -> None:
        self.merges = tuple(merges)
        #: All tokens, by their index.
        self.tokens = [bytes([value]) for value in range(256)]
        known = set(self.tokens)
        for left, right in self.merges:
            if left not in known or right not in known:
                raise ValueError(
                    f"the merge of {left!r} and {right!r} needs tokens that "
                    "were made by merges before it"
                )
            known.add(left + right)
            self.tokens.append(left + right)
        self._rank = {pair: i for i, pair in enumerate(self.merges)}
        self._index = {token: i for i, token in enumerate(self.tokens)}
        self._seen: dict[str, list[int]] = {}  # pieces, encoded

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def train(cls, text: str, *, num_merges: int) -> "BytePairs":
        """Merge the most frequent pair of neighbours, again and again.

        Of equally frequent pairs the one of the smaller indices goes first.

        Args:
            text: the training text.
            num_merges: at most so many; fewer if no pair occurs twice.

        Raises:
            ValueError: if the text is empty, or `num_merges` is negative.
        """
        if not text or num_merges < 0:
            raise ValueError(
                "byte pairs need a text and num_merges >= 0, got "
                f"{len(text)} characters and num_merges={num_merges}"
            )
        pieces = Counter(PIECE.findall(text))
        made = _Merging(pieces)
        merges: list[Pair] = []
        while len(merges) < num_merges and (best := made.most_frequent()):
            merges.append(made.merge(*best))
        return cls(merges)

    def encode(self, text: str) -> list[int]:
        """Return the indices of the tokens of a text."""
        found = []
        for piece in PIECE.findall(text):
            if piece not in self._seen:
                self._seen[piece] = self._encode(piece.encode())
            found += self._seen[piece]
        return found

    def _encode(self, piece: bytes) -> list[int]:
        """Apply the merges to a piece, the earliest first."""
        parts = [bytes([value]) for value in piece]
        while pairs := [p for p in pairwise(parts) if p in self._rank]:
            first = min(pairs, key=self._rank.__getitem__)
            parts = _merged(parts, first, first[0] + first[1])
        return [self._index[part] for part in parts]

    def decode(self, indices: Iterable[int]) -> str:
        """Return the text of some tokens.

        Bytes that are no whole character, as where a text is cut in the
        middle of one, become U+FFFD.

        Raises:
            ValueError: if an index is not in [0, size).
        """
        joined = []
        for index in indices:
            if not 0 <= index < len(self):
                raise ValueError(
                    f"the index {index} is not in [0, {len(self)}), the range "
                    "of the byte pairs"
                )
            joined.append(self.tokens[index])
        return b"".join(joined).decode(errors="replace")


class _Merging:
    """The pieces of a text while they are merged, and the pairs in them."""

    def __init__(self, pieces: Counter[str]) -> None:
        self.tokens = [bytes([value]) for value in range(256)]
        self.pieces = [list(piece.encode()) for piece in pieces]
        self.counts = list(pieces.values())
        self.pairs: Counter[tuple[int, int]] = Counter()
        self.places: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for i in range(len(self.pieces)):
            self._count(i, 1)

    def _count(self, i: int, sign: int) -> None:
        """Add the pairs of a piece, or take them away."""
        for pair in pairwise(self.pieces[i]):
            self.pairs[pair] += sign * self.counts[i]
            if sign > 0:
                self.places[pair].add(i)

    def most_frequent(self) -> tuple[int, int] | None:
        """Return the pair to be merged next, if one occurs twice."""
        most = max(self.pairs.values(), default=0)
        if most < 2:
            return None
        return min(pair for pair, n in self.pairs.items() if n == most)

    def merge(self, left: int, right: int) -> Pair:
        """Merge a pair in all pieces, and return its tokens."""
        both = (self.tokens[left], self.tokens[right])
        self.tokens.append(both[0] + both[1])
        new = len(self.tokens) - 1
        for i in self.places.pop((left, right)):
            self._count(i, -1)
            self.pieces[i] = _merged(self.pieces[i], (left, right), new)
            self._count(i, 1)
        return both


def _merged(parts: list[T], pair: tuple[T, T], new: T) -> list[T]:
    """Put one part in the place of each pair, from left to right."""
    found: list[T] = []
    i = 0
    while i < len(parts):
        if tuple(parts[i : i + 2]) == pair:
            found.append(new)
            i += 2
        else:
            found.append(parts[i])
            i += 1
    return found
