"""Byte pairs against Hugging Face's, against counting, and both ways."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import ByteLevelBPETokenizer

from d2l.data.twins import manual
from d2l.text.byte_pairs import PIECE, BytePairs

TEXTS = [
    "",
    " ",
    "  two  spaces, at the ends  ",
    "line\n\nline\r\n\t tab",
    "我们学习深度学习。 今天,天气很好!",
    "naïve café — “quoted” 'tis we've they'll I'm",
    "🤖👩‍👩‍👧 flags 🇫🇷🇨🇳 and \u200d joined",
    "snake_case __init__ 3.14159 1,000,000 x2",
    "Ünïcödé е́ кириллица עברית العربية हिन्दी",  # noqa: RUF001
    "\u00a0\u202f\u3000 spaces of other kinds\u00a0",
]
# As Hugging Face writes bytes: those that have no sign of their own come
# after all others.
_PRINTED = [*range(33, 127), *range(161, 173), *range(174, 256)]
SIGN = {byte: chr(byte) for byte in _PRINTED}
SIGN |= {
    byte: chr(256 + i)
    for i, byte in enumerate(b for b in range(256) if b not in SIGN)
}


def signs(token: bytes) -> str:
    return "".join(SIGN[byte] for byte in token)


def of_hugging_face(ours: BytePairs) -> ByteLevelBPETokenizer:
    """Their tokenizer with the same merges and indices."""
    return ByteLevelBPETokenizer(
        vocab={signs(token): i for i, token in enumerate(ours.tokens)},
        merges=[(signs(left), signs(right)) for left, right in ours.merges],
    )


@pytest.fixture(scope="module")
def english() -> BytePairs:
    return BytePairs.train(manual.draw(100_000), num_merges=300)


@pytest.fixture(scope="module")
def mixed() -> BytePairs:
    return BytePairs.train(" ".join(TEXTS) * 3, num_merges=200)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", ["english", "mixed"])
def test_equals_hugging_face_and_comes_back(
    name: str, text: str, request: pytest.FixtureRequest
) -> None:
    ours = request.getfixturevalue(name)
    indices = ours.encode(text)
    assert indices == of_hugging_face(ours).encode(text).ids
    assert ours.decode(indices) == text
    assert all(0 <= index < len(ours) for index in indices)


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert "".join(PIECE.findall(text)) == text
    ours = BytePairs([(b"a", b"a"), (b"aa", b"a"), (b"\xe4", b"\xb8")])
    if text.isprintable() or not any("\ud800" <= c < "\ue000" for c in text):
        assert ours.decode(ours.encode(text)) == text


def literally(text: str, num_merges: int) -> list[tuple[bytes, bytes]]:
    """Training as the paper tells it, with every count made anew."""
    pieces = [[bytes([b]) for b in p.encode()] for p in PIECE.findall(text)]
    index = {bytes([b]): b for b in range(256)}
    merges = []
    for _ in range(num_merges):
        counts = Counter(pair for piece in pieces for pair in pairwise(piece))
        if not counts or max(counts.values()) < 2:
            break
        best = min(
            counts, key=lambda p: (-counts[p], index[p[0]], index[p[1]])
        )
        merges.append(best)
        index[b"".join(best)] = len(index)
        for piece in pieces:
            i = 0
            while i < len(piece) - 1:
                if (piece[i], piece[i + 1]) == best:
                    piece[i : i + 2] = [b"".join(best)]
                i += 1
    return merges


@given(st.text("ab ", max_size=60), st.integers(0, 12))
def test_training_equals_counting(text: str, num_merges: int) -> None:
    if text:
        ours = BytePairs.train(text, num_merges=num_merges)
        assert list(ours.merges) == literally(text, num_merges)


def test_training_equals_hugging_face() -> None:
    """On a text so long that no two pairs are equally frequent at first."""
    text = manual.draw()
    theirs = ByteLevelBPETokenizer()
    theirs.train_from_iterator([text], vocab_size=256 + 60, min_frequency=2)
    ours = BytePairs.train(text, num_merges=60)
    by_index = sorted(theirs.get_vocab().items(), key=lambda item: item[1])
    expected = [token for token, _ in by_index][256:]
    assert [signs(token) for token in ours.tokens[256:]] == expected


def test_merging_shortens() -> None:
    text = manual.draw(20_000)
    ours = BytePairs.train(text, num_merges=200)
    assert len(ours.encode(text)) < 0.6 * len(text)
    assert BytePairs().encode("é a") == list("é a".encode())
    assert len(ours) == 256 + 200


def test_half_a_character_is_shown_as_missing() -> None:
    assert BytePairs().decode("é".encode()[:1]) == "\ufffd"


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match="0 characters and num_merges=5"):
        BytePairs.train("", num_merges=5)
    with pytest.raises(ValueError, match="num_merges=-1"):
        BytePairs.train("a", num_merges=-1)
    with pytest.raises(ValueError, match=r"b'ab' and b'c'"):
        BytePairs([(b"ab", b"c")])
    for index in (-1, 256):
        with pytest.raises(ValueError, match=rf"{index} is not in \[0, 256\)"):
            BytePairs().decode([index])
    assert BytePairs.train("abcd", num_merges=9).merges == ()
