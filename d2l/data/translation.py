"""Sentence pairs: English with French or Chinese, written by volunteers.

Sentences come as they are written, in one form of Unicode, with capitals and
marks: a model of words takes them from `d2l.text.sentences.cut`, a model of
subwords as they are, and translations are shown and scored as text.
"""

import gzip
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from d2l.data import downloads
from d2l.data.batches import Splits
from d2l.data.twins import phrases
from d2l.text.sentences import cut, normalize

#: Languages that English sentences are translated to, by their code in ISO
#: 639-3, with the English name.
LANGUAGES = {"fra": "French", "cmn": "Chinese"}
# Of 20 groups of sentences one is for validation, and one for the test.
SHARES = 20
TWIN = 8_000  # English sentences


class Pair(NamedTuple):
    """A sentence and its translation.

    Args:
        source: in English.
        target: in the other language.
    """

    source: str
    target: str


def load(
    language: str = "fra", *, max_tokens: int | None = None
) -> Splits[list[Pair]]:
    """Read sentence pairs, or draw some around dates, amounts and names.

    An English sentence may have several translations, each in a pair of its
    own; `references` gathers them. No pair occurs twice. As to how they are
    split, see `by_sentence`: where a pair lands does not depend on
    `max_tokens`.

    Args:
        language: a key of `LANGUAGES`.
        max_tokens: only pairs of which each side has at most so many tokens
            of `d2l.text.sentences.cut`; all, if not given.

    Returns:
        Pairs to train on, to validate on and to test on: 90, 5 and 5 % of
        167,000 (French), 29,000 (Chinese) or over 8,000 (a twin), the
        shorter English sentences first where they are real.

    Raises:
        ValueError: if the language is unknown, a file is damaged, or
            `max_tokens` leaves a part without any pair.

    Source: the volunteers of tatoeba.org (CC BY 2.0 FR), as selected by
    www.manythings.org/anki: these names must stay where pairs are passed on.
    Differs from the files: normalized, duplicates left out.
    """
    if language not in LANGUAGES:
        raise ValueError(
            f"no pairs in {language!r}; there are {', '.join(LANGUAGES)}"
        )
    files = downloads.fetch("translation")
    if files is None:
        downloads.announce_twin(
            "translation", "sentences around dates, amounts and names"
        )
        drawn = phrases.draw(language, TWIN, seed=0)
        parts = by_sentence(_normalized(drawn))
    else:
        parts = by_sentence(read(files[f"{language}.txt.gz"]))
    if max_tokens is None:
        return parts
    short = Splits(*(_short(part, max_tokens) for part in parts))
    if not all(short):
        raise ValueError(
            f"max_tokens (={max_tokens}) leaves {len(short.train)} pairs to "
            f"train on, {len(short.validation)} to validate on and "
            f"{len(short.test)} to test on"
        )
    return short


def read(path: Path) -> list[Pair]:
    """Read a file of pairs: a line each, English, a tab, the other language.

    Further columns, which name authors, are left out.

    Args:
        path: of the file, in UTF-8, packed by gzip.

    Raises:
        ValueError: if it is no such file, or a sentence is missing.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as stream:
            lines = stream.read().splitlines()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no packed text ({error})") from None
    rows = [line.split("\t") for line in lines]
    for number, row in enumerate(rows, 1):
        if len(row) < 2 or not row[0].strip() or not row[1].strip():
            raise ValueError(
                f"{path}, line {number}: {lines[number - 1]!r} is no pair of "
                "sentences with a tab between them"
            )
    return _normalized((row[0], row[1]) for row in rows)


def by_sentence(pairs: Iterable[Pair]) -> Splits[list[Pair]]:
    """Split pairs so that no sentence, in either language, is in two parts.

    Pairs that share a sentence are a group, and so are those that share one
    with a group; capitals, marks and spaces make no difference. Where a
    group lands follows from its sentences alone.

    Args:
        pairs: in any order, which the parts keep.

    Returns:
        About 90, 5 and 5 % of the groups.

    Source: connected components, by union and find (Galler and Fischer,
    1964), chosen by a hash of their first sentence.
    Same as: NetworkX's components (tests/package/test_translation.py).

    >>> pairs = [Pair("Go!", "Va !"), Pair("Go.", "Allez.")]
    >>> pairs += [Pair("Never.", "Jamais.")]
    >>> [len(part) for part in by_sentence(pairs)]
    [2, 0, 1]
    """
    pairs = list(pairs)
    leaders: dict[str, str] = {}

    def leader(key: str) -> str:
        while (above := leaders.setdefault(key, key)) != key:
            leaders[key] = key = leaders[above]
        return key

    # One letter tells the languages apart: "Non" is a word in both.
    keys = [(f"s{_bare(p.source)}", f"t{_bare(p.target)}") for p in pairs]
    for source, target in keys:
        first, second = sorted((leader(source), leader(target)))
        leaders[second] = first
    parts: Splits[list[Pair]] = Splits([], [], [])
    for pair, (source, _) in zip(pairs, keys, strict=True):
        place = zlib.crc32(leader(source).encode()) % SHARES
        part = {0: parts.validation, 1: parts.test}.get(place, parts.train)
        part.append(pair)
    return parts


def references(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Gather all translations of each sentence, to compare one with.

    Args:
        pairs: of a part.

    Returns:
        English sentence to its translations, in the order of the pairs.

    >>> references([Pair("Go!", "Va !"), Pair("Go!", "Allez !")])
    {'Go!': ['Va !', 'Allez !']}
    """
    found: dict[str, list[str]] = {}
    for source, target in pairs:
        found.setdefault(source, []).append(target)
    return found


def _bare(text: str) -> str:
    """Leave letters and digits alone; a sentence of marks stays as it is."""
    return re.sub(r"[\W_]+", "", text).casefold() or text


def _normalized(rows: Iterable[tuple[str, str]]) -> list[Pair]:
    """Normalize both sides of each row, and leave out what was there."""
    return list(
        dict.fromkeys(Pair(normalize(a), normalize(b)) for a, b in rows)
    )


def _short(pairs: list[Pair], max_tokens: int) -> list[Pair]:
    return [p for p in pairs if max(len(cut(t)) for t in p) <= max_tokens]
