"""Tokens to integers, and back."""

from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

#: Stands for every token that a vocabulary lacks.
UNKNOWN = "<unk>"


class Vocabulary:
    """A vocabulary: each token has an index, and each index a token.

    Reserved tokens come first, then those of the text, the most frequent
    first, and among equally frequent ones in the order of their characters.

    Args:
        tokens: of the training text alone; what only the test text holds
            must stay unknown.
        reserved: tokens that no text yields, such as `("<pad>", "<eos>")`.
        unknown: stands for tokens that are not known, and follows the
            reserved ones if it is none of them; None to refuse such tokens.
        min_count: how often a token must occur to get an index.

    Raises:
        ValueError: if there is no token, a reserved one occurs twice, or
            `min_count` is less than 1.

    Source: the usual design; ties as in Hugging Face's `WordLevelTrainer`.
    Same as: the vocabulary and the encoding of Hugging Face's `WordLevel`
    model (tests/package/test_vocabulary.py).

    >>> vocabulary = Vocabulary("banana", reserved=["<pad>"])
    >>> vocabulary.tokens
    ('<pad>', '<unk>', 'a', 'n', 'b')
    >>> vocabulary.encode("bang")
    tensor([4, 2, 3, 1])
    >>> vocabulary.decode([4, 2, 3])
    ['b', 'a', 'n']
    """

    def __init__(
        self,
        tokens: Iterable[str],
        *,
        reserved: Sequence[str] = (),
        unknown: str | None = UNKNOWN,
        min_count: int = 1,
    ) -> None:
        if min_count < 1:
            raise ValueError(f"min_count (={min_count}) must be at least 1")
        first = list(reserved)
        if unknown is not None and unknown not in first:
            first.append(unknown)
        if len(set(first)) < len(first):
            raise ValueError(f"a reserved token occurs twice in {first}")
        counts = Counter(tokens)
        if not counts:
            raise ValueError(
                "a vocabulary needs tokens, and the text has none"
            )
        order = sorted(counts, key=lambda token: (-counts[token], token))
        first += [
            token
            for token in order
            if counts[token] >= min_count and token not in first
        ]
        #: All tokens, by their index.
        self.tokens = tuple(first)
        #: How often each token occurs in the text that it was made of.
        self.counts = counts
        self.unknown = unknown
        self._index = {token: i for i, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._index

    def __getitem__(self, token: str) -> int:
        return int(self.encode([token]))

    def encode(self, tokens: Iterable[str]) -> Tensor:
        """Return the index of each token.

        Shape:
            returns (T,), int64.

        Raises:
            ValueError: if a token is not known, and none stands for it.
        """
        if self.unknown is not None:
            other = self._index[self.unknown]
            found = [self._index.get(token, other) for token in tokens]
            return torch.tensor(found, dtype=torch.long)  # (T,)
        try:
            found = [self._index[token] for token in tokens]
        except KeyError as error:
            raise ValueError(
                f"the token {error.args[0]!r} is not among the {len(self)} of "
                "the vocabulary, and none stands for unknown ones"
            ) from None
        return torch.tensor(found, dtype=torch.long)  # (T,)

    def decode(self, indices: Tensor | Iterable[int]) -> list[str]:
        """Return the token of each index.

        Shape:
            indices: (T,), of integers.

        Raises:
            ValueError: if an index is not in [0, size).
        """
        if isinstance(indices, Tensor):
            indices = indices.tolist()
        found = list(indices)
        for index in found:
            if not 0 <= index < len(self):
                raise ValueError(
                    f"the index {index} is not in [0, {len(self)}), the range "
                    "of the vocabulary"
                )
        return [self.tokens[index] for index in found]
