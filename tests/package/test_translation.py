"""Sentence pairs: the real ones where they are at hand, and their twins."""

import gzip
import os
import warnings
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path

import networkx as nx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2l.data import translation
from d2l.data.batches import Splits
from d2l.data.translation import LANGUAGES, Pair, by_sentence, references
from d2l.data.twins import phrases
from d2l.text.sentences import cut, normalize
from d2l.text.vocabulary import Vocabulary

HERE = os.environ.get("D2L_DATA", "")
SOURCES = ["twins"]
if HERE and (Path(HERE) / "translation").is_dir():
    SOURCES.append(HERE)


def bare(text: str) -> str:
    """The letters and digits, as what makes a sentence the same."""
    return "".join(c for c in text.casefold() if c.isalnum()) or text


@cache
def loaded(
    source: str, language: str, max_tokens: int | None = None
) -> Splits[list[Pair]]:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("D2L_DATA", source)
        patch.setenv("D2L_OFFLINE", "1")
        return translation.load(language, max_tokens=max_tokens)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_pairs_are_many_and_split_by_sentence(
    source: str, language: str
) -> None:
    parts = loaded(source, language)
    pairs = [pair for part in parts for pair in part]
    least = 8_000
    if source != "twins":
        least = {"fra": 160_000, "cmn": 29_000}[language]
    assert len(pairs) == len(set(pairs)) > least
    for pair in pairs:
        assert all(pair) and all(normalize(text) == text for text in pair)
    for side in (0, 1):
        held = [{bare(pair[side]) for pair in part} for part in parts]
        assert all(not a & b for a, b in combinations(held, 2))
    for part in (parts.validation, parts.test):
        assert 0.04 < len(part) / len(pairs) < 0.06
    han = sum("\u4e00" <= c <= "\u9fff" for _, target in pairs for c in target)
    assert (han > 5 * len(pairs)) == (language == "cmn")
    gathered = references(parts.test)
    assert sum(map(len, gathered.values())) == len(parts.test)
    assert len(gathered) < len(parts.test), "some have several translations"


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_short_pairs_stay_in_their_part(source: str, language: str) -> None:
    whole, short = loaded(source, language), loaded(source, language, 10)
    for part, fewer in zip(whole, short, strict=True):
        assert fewer == [
            p for p in part if len(cut(p[0])) <= 10 and len(cut(p[1])) <= 10
        ]
        assert 0 < len(fewer) < len(part)


def test_a_twin_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2L_DATA", "twins")
    with pytest.warns(UserWarning, match="`translation`.*dates, amounts"):
        translation.load("fra")


words = st.sampled_from(
    ["a", "A!", "b", "c", "d.", "D", "?", "!", "e f", "ef"]
)


@given(st.lists(st.builds(Pair, words, words)))
def test_groups_are_connected_components(pairs: list[Pair]) -> None:
    parts = by_sentence(pairs)
    graph = nx.Graph()
    for source, target in pairs:
        graph.add_edge((0, bare(source)), (1, bare(target)))
    place = {
        (side, bare(pair[side])): i
        for i, part in enumerate(parts)
        for pair in part
        for side in (0, 1)
    }
    for group in nx.connected_components(graph):
        assert len({place[sentence] for sentence in group}) == 1
    assert Counter(pairs) == Counter(p for part in parts for p in part)
    for part in parts:
        places = iter(pairs)
        assert all(pair in places for pair in part), "the order is kept"
    assert by_sentence(reversed(pairs)).test == parts.test[::-1]


def test_sentences_of_marks_alone_are_told_apart() -> None:
    pairs = [Pair("?" * i, "!" * i) for i in range(1, 300)]
    assert all(by_sentence(pairs))


def test_a_file_is_read_and_normalized(tmp_path: Path) -> None:
    path = tmp_path / "fra.txt.gz"
    path.write_bytes(
        gzip.compress(
            "Hi.\tSalut\u202f!\nHi.\tSalut !\tby me\nGo!\tVa.\n".encode()
        )
    )
    assert translation.read(path) == [("Hi.", "Salut !"), ("Go!", "Va.")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Hi.\tSalut.", "no packed text"),
        (gzip.compress(b"Hi.\tSalut." * 999)[:-20], "no packed text"),
        (gzip.compress(b"Hi.\xe9\t!"), "no packed text"),
        (gzip.compress(b"Hi.\tA\nHi. Salut.\n"), "line 2: 'Hi. Salut.' is no"),
        (gzip.compress(b"Hi.\t \n"), "line 1"),
        (gzip.compress(b"\tSalut.\n"), "line 1"),
    ],
    ids=["not packed", "cut off", "no UTF-8", "no tab", "blank", "empty"],
)
def test_what_is_no_file_of_pairs_is_named(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "fra.txt.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        translation.read(path)
    assert str(path) in str(error.value)


def test_wrong_wishes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2L_DATA", "twins")
    with pytest.raises(ValueError, match="'deu'; there are fra, cmn"):
        translation.load("deu")
    with pytest.raises(ValueError, match=r"max_tokens \(=2\) leaves 0 pairs"):
        loaded("twins", "fra", 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_twin_is_drawn_as_asked(language: str) -> None:
    pairs = phrases.draw(language, 500, seed=1)
    assert pairs == phrases.draw(language, 500, seed=1)
    assert pairs != phrases.draw(language, 500, seed=2)
    assert len({source for source, _ in pairs}) == 500 < len(pairs)
    for text in (text for pair in pairs for text in pair):
        assert "{" not in text and "|" not in text
        assert not any(f"{kind}-" in text for kind in ("duration", "length"))


def test_the_twin_knows_every_name() -> None:
    """A name that CLDR lacks would be English, or a code."""
    for locale in phrases.LOCALES.values():
        for codes, kind in (
            (phrases.LANGUAGES, "languages"),
            (phrases.PLACES, "territories"),
        ):
            known = getattr(phrases.Locale.parse(locale), kind)
            names = [known[code] for code in codes.split()]
            assert len(set(names)) == len(names) > 40


FIRST = {
    "fra": [
        "Il ne parle pas slovaque, vietnamien et suédois.",
        "Nous nous verrons le 15 août 2009 à 17:05.",
        "C'est le dimanche 21 novembre 1999, il y a 17 jours, "
        "qu'il est parti.",
    ],
    "cmn": [
        "他不会说斯洛伐克语、越南语和瑞典语。",
        "我们2009年8月15日17:05见面。",
        "他于1999年11月21日星期日，即17天前离开。",  # noqa: RUF001
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_which_are_drawn_depends_on_no_version(language: str) -> None:
    drawn = phrases.draw(language, 3, seed=0)
    assert [normalize(source) for source, _ in drawn] == [
        "He does not speak Slovak, Vietnamese, and Swedish.",
        "We will meet on August 15, 2009 at 5:05 PM.",
        "He left 17 days ago, on Sunday, November 21, 1999.",
    ]
    assert [normalize(target) for _, target in drawn] == FIRST[language]


def in_order(pairs: list[Pair]) -> float:
    """The share of numbers, two at a time, in the same order on both sides.

    Numbers are the words that need no dictionary.
    """
    same = seen = 0
    for one, other in pairs:
        left = [t for t in cut(one) if t.isdigit()]
        right = [t for t in cut(other) if t.isdigit()]
        common = [t for t in left if right.count(t) == left.count(t) == 1]
        for a, b in combinations(common, 2):
            seen += 1
            same += right.index(a) < right.index(b)
    return same / seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_for_word_is_not_enough(language: str) -> None:
    """Each word's most frequent partner gives few sentences of the twin."""
    parts = loaded("twins", language)
    assert in_order(parts.train) < {"fra": 0.9, "cmn": 0.6}[language]
    source, target = (
        [cut(pair[side]) for pair in parts.train] for side in (0, 1)
    )
    ours = Vocabulary(t for s in source for t in s)
    theirs = Vocabulary(t for s in target for t in s)
    seen = torch.zeros(len(ours), len(theirs))
    for s, t in zip(source, target, strict=True):
        a, b = ours.encode(sorted(set(s))), theirs.encode(sorted(set(t)))
        seen[a[:, None], b] += 1
    # Dice's coefficient, of words that occur together.
    total = seen.amax(1, keepdim=True) + seen.amax(0, keepdim=True)
    best = (2 * seen / total.clamp(min=1)).argmax(1)
    right = 0
    for source_text, target_text in parts.test:
        guess = theirs.decode(best[ours.encode(cut(source_text))])
        right += guess == cut(target_text)
    assert right / len(parts.test) < 0.1
    assert len(ours) > 250 and len(theirs) > 250
