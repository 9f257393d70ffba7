"""Sentences in one form, and their tokens."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l.text.sentences import cut, normalize
from d2l.text.tokenizers import words

ENGLISH = ("I", "don't", "know", "Tom's", "3", "dogs", ",", ".", "?", "_")
texts = st.text(
    st.one_of(
        st.sampled_from(
            list("ab'\u2019-.,!?:; \u00a0\u202f\u2009我们é\u0301\u00ad")
        ),
        st.characters(exclude_categories=["Cs"]),
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \t\n", ""),
        ("Ça va\u202f?\u00a0 Oui\u2009!", "Ça va ? Oui !"),
        ("l\u2019e\u0301te\u0301", "l'été"),
        ("\ufeffco\u00adop\u200b", "coop"),
        ("我们走!好吗?,", "我们走！好吗？，"),  # noqa: RUF001
        ("3.5公里. ok.", "3.5公里。 ok."),
        ("全角　空格", "全角 空格"),
        ("“Tom”… £5 – “no”", "“Tom”… £5 – “no”"),  # noqa: RUF001
    ],
)
def test_normalize(text: str, expected: str) -> None:
    assert normalize(text) == expected


@given(texts)
def test_normalizing_again_changes_nothing(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip() and "  " not in once
    assert not set(once) & set("\u00a0\u202f\u2009\u3000\u00ad\u200b\u2019")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("It's 5 o'clock, y'all!", "it's 5 o'clock , y'all !"),
        ("'Tis the boys' dog.", "' tis the boys ' dog ."),
        ("L'été, c'est mieux", "l' été , c' est mieux"),
        ("Puisqu'il n'y a qu'un d'abord", "puisqu' il n' y a qu' un d' abord"),
        ("Aujourd'hui, presqu'île", "aujourd'hui , presqu'île"),
        ("Y a-t-il quelqu'un ?", "y a -t -il quelqu'un ?"),
        ("a well-known - dash -x", "a well -known - dash - x"),
        ("我有3.5公里。", "我 有 3 . 5 公 里 。"),
        ("T恤和iPad", "t 恤 和 ipad"),
        ("« Oui » _x_ 15:04", "« oui » _ x _ 15 : 04"),
    ],
)
def test_cut(text: str, expected: str) -> None:
    assert cut(text) == expected.split()


@given(texts)
def test_cutting_loses_white_space_and_capitals_only(text: str) -> None:
    text = normalize(text)
    assert "".join(cut(text)) == "".join(text.lower().split())


@given(st.lists(st.sampled_from(ENGLISH)))
def test_english_is_cut_as_words_are(parts: list[str]) -> None:
    text = " ".join(parts)
    assert cut(text) == words(text)
