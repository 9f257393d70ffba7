"""WordPiece against Hugging Face's, against counting, and both ways."""

import math
import sys
import unicodedata
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from d2l.data.twins import manual
from d2l.text.vocabulary import UNKNOWN
from d2l.text.wordpiece import INNER, LONGEST, WordPiece, words

TEXTS = [
    "",
    " ",
    "  two  spaces, at the ends  ",
    "line\n\nline\r\n\t tab\x0b\x0c\x00\x7f",
    "我们学习深度学习。 今天,天气很好!",
    "𠀀𪜀 rare 㐀 豈 \u3007",
    "naïve café — “quoted” 'tis we've they'll I'm",
    "🤖👩‍👩‍👧 flags 🇫🇷🇨🇳 and \u200d joined\ufffd",
    "snake_case __init__ 3.14159 1,000,000 x2 $5 a+b=c~^`|",
    "Ünïcödé е́ кириллица עברית العربية हिन्दी",  # noqa: RUF001
    "\u00a0\u202f\u3000 spaces of\u2028other kinds\u00a0",
    "a" * LONGEST + " " + "a" * (LONGEST + 1),
    "## ##a a##b <unk> <pad>",
]


def bert() -> tuple[
    normalizers.BertNormalizer, pre_tokenizers.BertPreTokenizer
]:
    normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=True,
        strip_accents=False,
        lowercase=False,
    )
    return normalizer, pre_tokenizers.BertPreTokenizer()


def of_hugging_face(ours: WordPiece) -> Tokenizer:
    """Their tokenizer with the same pieces and indices."""
    index = {token: i for i, token in enumerate(ours.tokens)}
    theirs = Tokenizer(
        models.WordPiece(
            index,
            unk_token=ours.unknown,
            max_input_chars_per_word=LONGEST,
            continuing_subword_prefix=INNER,
        )
    )
    theirs.normalizer, theirs.pre_tokenizer = bert()
    theirs.decoder = decoders.WordPiece(prefix=INNER, cleanup=False)
    return theirs


@pytest.fixture(scope="module")
def english() -> WordPiece:
    return WordPiece.train(
        manual.draw(100_000), num_merges=300, reserved=["<pad>", "<bos>"]
    )


@pytest.fixture(scope="module")
def mixed() -> WordPiece:
    return WordPiece.train(" ".join(TEXTS[:9]) * 3, num_merges=200)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", ["english", "mixed"])
def test_equals_hugging_face(
    name: str, text: str, request: pytest.FixtureRequest
) -> None:
    ours = request.getfixturevalue(name)
    theirs = of_hugging_face(ours)
    indices = ours.encode(text)
    assert indices == theirs.encode(text).ids
    assert all(0 <= index < len(ours) for index in indices)
    expected = theirs.decode(indices, skip_special_tokens=False)
    assert ours.decode(indices) == expected


NEW = {"Cn", "Cf", "Po", "Ps", "Pe", "Pd", "So", "Mn"}
texts = st.text(
    st.characters(exclude_categories=["Cs"]).filter(
        lambda c: unicodedata.category(c) not in NEW or c.isascii()
    )
)


@given(texts)
def test_equals_hugging_face_on_any_text(text: str) -> None:
    """But on characters that are newer than their tables of Unicode."""
    ours = WordPiece([UNKNOWN, "a", "##a", "##aa", "我", "0", "##0", "é"])
    theirs = of_hugging_face(ours)
    assert ours.encode(text) == theirs.encode(text).ids
    indices = [i % len(ours) for i in map(ord, text)]
    expected = theirs.decode(indices, skip_special_tokens=False)
    assert ours.decode(indices) == expected


def test_words_differ_from_hugging_face_in_new_characters_only() -> None:
    normalizer, pre_tokenizer = bert()
    differ = []
    for code in range(1, sys.maxunicode + 1):
        if not 0xD800 <= code < 0xE000:
            text = f"a{chr(code)}b"
            cleaned = normalizer.normalize_str(text)
            expected = [w for w, _ in pre_tokenizer.pre_tokenize_str(cleaned)]
            if words(text) != expected:
                differ.append(chr(code))
    assert len(differ) < 300 and min(differ) > "\u0600"
    assert {unicodedata.category(sign) for sign in differ} <= NEW


def test_words_that_are_known_come_back(english: WordPiece) -> None:
    text = " ".join(words(manual.draw(20_000)))
    assert english.decode(english.encode(text)) == text
    assert english.encode(text).count(english.tokens.index(UNKNOWN)) == 0
    assert len(english.encode(text)) < 0.6 * len(text.replace(" ", ""))


def test_a_word_with_one_unknown_sign_is_unknown(english: WordPiece) -> None:
    unknown = english.tokens.index(UNKNOWN)
    assert english.encode("functi\u00f8n") == [unknown]
    assert english.encode("我们") == [unknown, unknown]


def likelihood(pieces: list[list[str]]) -> float:
    """The logarithm, when every piece is drawn by its frequency."""
    counts = Counter(piece for word in pieces for piece in word)
    return sum(n * math.log(n / counts.total()) for n in counts.values())


def joined(pieces: list[list[str]], pair: tuple[str, str]) -> list[list[str]]:
    found = []
    for word in pieces:
        word, i = list(word), 0
        while i < len(word) - 1:
            if (word[i], word[i + 1]) == pair:
                word[i : i + 2] = [pair[0] + pair[1].removeprefix(INNER)]
            i += 1
        found.append(word)
    return found


def literally(text: str, num_merges: int) -> list[str]:
    """Training as the paper tells it: each pair is tried on the whole text."""
    pieces = [[w[0], *(INNER + c for c in w[1:])] for w in words(text)]
    tokens = sorted({piece for word in pieces for piece in word})
    for _ in range(num_merges):
        now = likelihood(pieces)
        trials = []
        for pair in {pair for word in pieces for pair in pairwise(word)}:
            new = joined(pieces, pair)
            fewer = sum(map(len, pieces)) - sum(map(len, new))
            if fewer >= 2:
                trials.append((likelihood(new) - now, pair, new))
        best = max((gain for gain, *_ in trials), default=0)
        if best <= 1e-9:
            break
        equal = [t for t in trials if t[0] > best - 1e-7]
        _, pair, pieces = min(equal, key=lambda trial: trial[1])
        made = pair[0] + pair[1].removeprefix(INNER)
        tokens += [] if made in tokens else [made]
    return tokens


@given(st.text("ab ", min_size=1, max_size=60), st.integers(0, 12))
def test_training_makes_the_text_most_likely(
    text: str, num_merges: int
) -> None:
    if text.strip():
        ours = WordPiece.train(text, num_merges=num_merges)
        assert list(ours.tokens[1:]) == literally(text, num_merges)


def test_training_is_as_told_on_a_real_text() -> None:
    text = manual.draw(3_000)
    ours = WordPiece.train(text, num_merges=25)
    assert list(ours.tokens[1:]) == literally(text, 25)


def test_rare_signs_are_left_out() -> None:
    made = WordPiece.train(
        "ab ab ax", num_merges=1, reserved=["<pad>"], min_count=2
    )
    assert made.tokens == ("<pad>", UNKNOWN, "##b", "a", "ab")
    assert made.encode("ab ax b") == [4, 1, 1]
    other = WordPiece.train("ab", num_merges=9, unknown="[UNK]")
    assert other.tokens == ("[UNK]", "##b", "a"), "no pair occurs twice"
    first = WordPiece.train("a", num_merges=0, reserved=["<unk>", "<pad>"])
    assert first.tokens == ("<unk>", "<pad>", "a")


@pytest.mark.parametrize("text", ["", " \n", "\u200d\x00"])
def test_a_text_without_words_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="0 words"):
        WordPiece.train(text, num_merges=5)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match="num_merges=-1"):
        WordPiece.train("a", num_merges=-1)
    with pytest.raises(ValueError, match="min_count=0"):
        WordPiece.train("a", num_merges=1, min_count=0)
    with pytest.raises(ValueError, match=r"\('a', 2\)"):
        WordPiece([UNKNOWN, "a", "a"])
    with pytest.raises(ValueError, match="1 without any"):
        WordPiece([UNKNOWN, ""])
    with pytest.raises(ValueError, match=r"'\[UNK\]'.*none of the 2"):
        WordPiece([UNKNOWN, "a"], unknown="[UNK]")
    with pytest.raises(ValueError, match=r"'<unk>'.*none of the 0"):
        WordPiece([])
    pieces = WordPiece([UNKNOWN, "a"])
    for index in (-1, 2):
        with pytest.raises(ValueError, match=rf"{index} is not in \[0, 2\)"):
            pieces.decode([0, index])
    assert pieces.decode([]) == ""
