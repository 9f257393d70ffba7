"""Vocabularies and tokenizers against Hugging Face's, and by properties."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.trainers import WordLevelTrainer

from d2l.text.tokenizers import characters, words
from d2l.text.vocabulary import UNKNOWN, Vocabulary

some_words = st.lists(st.text("abcde", min_size=1, max_size=2), min_size=1)


@given(text=st.text(), other=st.text())
def test_characters_come_back(text: str, other: str) -> None:
    assert "".join(characters(text)) == text
    if text:
        vocabulary = Vocabulary(characters(text))
        indices = vocabulary.encode(text)
        assert "".join(vocabulary.decode(indices)) == text
        assert indices.dtype == torch.long and indices.shape == (len(text),)
        decoded = vocabulary.decode(vocabulary.encode(other))
        assert decoded == [c if c in text else UNKNOWN for c in other]


@given(tokens=some_words, new=some_words, min_count=st.integers(1, 4))
def test_equals_the_word_levels_of_hugging_face(
    tokens: list[str], new: list[str], min_count: int
) -> None:
    theirs = Tokenizer(WordLevel(unk_token=UNKNOWN))
    theirs.pre_tokenizer = WhitespaceSplit()
    trainer = WordLevelTrainer(
        min_frequency=min_count,
        special_tokens=["<pad>", UNKNOWN],
        show_progress=False,
    )
    theirs.train_from_iterator([" ".join(tokens)], trainer)
    ours = Vocabulary(tokens, reserved=["<pad>"], min_count=min_count)
    assert {t: i for i, t in enumerate(ours.tokens)} == theirs.get_vocab()
    expected = theirs.encode(" ".join(new)).ids
    assert ours.encode(new).tolist() == expected


@given(tokens=some_words, min_count=st.integers(1, 4))
def test_order_and_size_follow_the_counts(
    tokens: list[str], min_count: int
) -> None:
    counts = Counter(tokens)
    made = Vocabulary(tokens, unknown=None, min_count=min_count)
    assert set(made.tokens) == {t for t in counts if counts[t] >= min_count}
    sorted_counts = [counts[t] for t in made.tokens]
    assert sorted_counts == sorted(sorted_counts, reverse=True)
    assert (
        made.tokens
        == Vocabulary(
            reversed(tokens), unknown=None, min_count=min_count
        ).tokens
    ), "the order of the text does not matter"
    assert len(made) == len(made.tokens) and made.counts == counts


def test_reserved_tokens_come_first() -> None:
    made = Vocabulary(["x", "<b>", "x"], reserved=["<a>", "<b>"])
    assert made.tokens == ("<a>", "<b>", UNKNOWN, "x")
    assert made["<b>"] == 1 and made["never seen"] == 2
    assert "x" in made and "never seen" not in made
    place = Vocabulary("x", reserved=[UNKNOWN, "<a>"])
    assert place.tokens == (UNKNOWN, "<a>", "x")


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match="the text has none"):
        Vocabulary("")
    with pytest.raises(ValueError, match=r"twice in.*<a>"):
        Vocabulary("x", reserved=["<a>", "<a>"])
    with pytest.raises(ValueError, match=r"min_count \(=0\)"):
        Vocabulary("x", min_count=0)
    strict = Vocabulary("ab", unknown=None)
    with pytest.raises(ValueError, match="'c' is not among the 2"):
        strict.encode("abc")
    for index in (-1, 2):
        with pytest.raises(ValueError, match=rf"{index} is not in \[0, 2\)"):
            strict.decode([0, index])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  Two\n\nlines\t", ["two", "lines"]),
        ("A well-known 3.5", ["a", "well", "-", "known", "3", ".", "5"]),
        ("rock 'n' roll's", ["rock", "'", "n", "'", "roll's"]),
        ("ÇA c\u2019est été_2", ["ça", "c\u2019est", "été", "_", "2"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_words_lose_white_space_and_capitals_only(text: str) -> None:
    assert "".join(words(text)) == "".join(text.lower().split())
