"""Rules of the language: words, spelling, bold, dashes, questions."""

import re
from collections.abc import Iterator

from tooling.rules.document import Document
from tooling.rules.inline import Text
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule
from tooling.rules.words import AVOIDED, SPELLING

MAX_BOLD, MAX_DASHES, MAX_QUESTIONS = 2, 3, 2
DASH = re.compile(r"\u2014|\s\u2013\s|\s--\s")


def _any(words: dict[str, str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


AVOID, SPELL = _any(AVOIDED), _any(SPELLING)


def _instead(words: dict[str, str], found: str) -> str:
    return next(
        advice
        for word, advice in words.items()
        if re.match(rf"(?:{word})\b", found, re.IGNORECASE)
    )


@rule(
    "words",
    wrong="It is important to note that attention is a powerful idea.",
    right="Attention lets each word look at every other.",
)
def words(page: Document, _: Library) -> Iterator[Finding]:
    """No word of the list in tooling/rules/words.py is used.

    They are words that sell instead of telling, and phrases that clear the
    throat or announce what comes next. What remains when they are struck
    out says the same, or shows that nothing was said.
    """
    for text in page.texts:
        plain = text.plain.replace("\n", " ").replace("\u2019", "'")
        for match in AVOID.finditer(plain):
            yield (
                text.line_of(match.start()),
                f"avoid {match[0]!r}: {_instead(AVOIDED, match[0])}",
            )


@rule(
    "spelling",
    wrong="The color of each neighbor is normalised.",
    right="The colour of each neighbour is normalized.",
)
def spelling(page: Document, _: Library) -> Iterator[Finding]:
    """The spelling is British, with -ize, as in tooling/rules/words.py.

    One word is spelt in one way in the whole book, so that a search finds
    it. Names, such as those of institutes, are left alone.
    """
    for text in page.texts:
        for match in SPELL.finditer(text.plain):
            before = text.plain[: match.start()].rstrip()
            begins = before[-1:] in ("", *".!?:")
            if begins or match[0][0].islower():  # else it is a name
                yield (
                    text.line_of(match.start()),
                    f"spell {match[0]!r} in the book's way: "
                    f"{_instead(SPELLING, match[0])}",
                )


@rule(
    "bold",
    wrong="A **kernel** has **nine weights**, **however large** the image.",
    right="A **kernel** has nine weights, however large the image.",
)
def bold(page: Document, _: Library) -> Iterator[Finding]:
    """At most two phrases of a paragraph are bold.

    Bold marks a term where it is defined, or opens a paragraph. Scattered
    over a paragraph it says that everything is important.
    """
    for text in page.texts:
        marks = text.of_kind("bold")
        if text.kind != "table" and len(marks) > MAX_BOLD:
            yield (
                marks[MAX_BOLD].line,
                f"take the bold off some of the {len(marks)} phrases of this "
                f"paragraph (at most {MAX_BOLD})",
            )


@rule(
    "dashes",
    wrong="One — or two — and more — and yet more — dashes.",
    right="One, or two, and no dashes.",
)
def dashes(page: Document, _: Library) -> Iterator[Finding]:
    """A page has at most three dashes.

    A dash leaves open how two thoughts are connected. A comma, a colon, a
    full stop or a conjunction says it.
    """
    found = [
        text.line_of(match.start())
        for text in page.texts
        if text.kind != "table"
        for match in DASH.finditer(text.plain)
    ]
    if len(found) > MAX_DASHES:
        yield (
            found[MAX_DASHES],
            f"say what the dash leaves open ({len(found)} on this page, at "
            f"most {MAX_DASHES})",
        )


@rule(
    "questions",
    wrong="What is a tensor? Why do we need it? How is it stored?",
    right="How is a tensor stored?",
)
def questions(page: Document, _: Library) -> Iterator[Finding]:
    """No three questions follow one another, except in exercises.

    One question makes the reader look for the answer. Three in a row make
    the reader wait until they are over.
    """
    for text in page.texts:
        if not page.asks(text):
            for start in _rows(text):
                yield text.line_of(start), "ask fewer questions in a row"


def _rows(text: Text) -> Iterator[int]:
    """Yield where the question stands that is one too many."""
    count = 0
    for start, end in text.sentences:
        asks = text.plain[start:end].rstrip(" \n\"')*").endswith("?")
        count = count + 1 if asks else 0
        if count == MAX_QUESTIONS + 1:
            yield start
