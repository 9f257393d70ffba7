"""Rules of references: labels, citations, links, shape letters."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from urllib.parse import unquote

from tooling.rules.code import comments
from tooling.rules.document import Document
from tooling.rules.inline import Text
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule

TARGET = re.compile(r"<([^<>]+)>\s*$")
AWAY = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
SIZE = r"(?:\d*[A-Za-z]\d*'?|\d+)"
LENGTH = rf"{SIZE}(?:\s*(?:\*|/|//|\+|-)\s*{SIZE})*"
SHAPE = re.compile(rf"\(\s*((?:{LENGTH}|\.\.\.)(?:,\s*{LENGTH})*)?,?\s*\)")
SHAPE_COMMENT = re.compile(r"#\s*\(")
LETTER = re.compile(r"[A-Za-z]")


def _like(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


@rule(
    "undefined-label",
    wrong="As {numref}`fig-lennet` shows, [the maps](maps-of-lenet) shrink.",
    right="(maps-of-lenet)=\n## Maps\n\n[The maps](maps-of-lenet) shrink, "
    "see {ref}`maps-of-lenet`.",
)
def undefined_label(page: Document, book: Library) -> Iterator[Finding]:
    """What a reference or a link leads to exists in the book.

    Labels are those before headings, of figures (also of cells), tables,
    exercises and numbered equations, on all pages. Links between pages
    lead to labels, which stay when a heading is rephrased.
    """
    for text in page.texts:
        for mark in text.of_kind("role"):
            target = TARGET.search(mark.content)
            name = (target[1] if target else mark.content).strip().strip("!")
            if mark.name in ("eq", "math:numref"):
                if name not in book.equations:
                    like = _like(name, book.equations)
                    yield mark.line, f"no equation is labelled {name!r}{like}"
            elif mark.name in ("ref", "numref"):
                if name.lower() not in book.labels:
                    like = _like(name, book.labels)
                    yield mark.line, f"nothing is labelled {name!r}{like}"
            elif mark.name == "doc" and not book.is_page(page, name):
                yield mark.line, f"there is no page {name!r}"
        for mark in text.of_kind("link"):
            advice = _broken_link(page, book, unquote(mark.name))
            if advice:
                yield mark.line, advice


def _broken_link(page: Document, book: Library, link: str) -> str:
    if AWAY.match(link) or not link:
        return ""
    path, _, label = link.partition("#")
    labels = book.labels | book.equations
    if path and not book.exists(page, path) and path.lower() not in labels:
        like = _like(path, labels)
        return f"no page, file or label is called {path!r}{like}"
    if label and label.lower() not in labels:
        return f"nothing is labelled {label!r}{_like(label, labels)}"
    return ""


@rule(
    "duplicate-label",
    wrong="(maps)=\n## Maps\n\n(maps)=\n## More maps",
    right="(maps)=\n## Maps\n\n(more-maps)=\n## More maps",
)
def duplicate_label(page: Document, book: Library) -> Iterator[Finding]:
    """A label is given once in the whole book, exercises included.

    Of two equal ones only one can be referred to, and which one depends on
    the order of the pages. Begin the labels of exercises and figures with
    a short form of the page's name.
    """
    for label, line, first in book.earlier_labels(page):
        yield line, f"choose another label than {label!r}, used in {first}"


@rule(
    "undefined-citation",
    wrong="The idea is old {cite}`lecun1889gradient`.",
    right="The idea is old {cite}`lecun1998gradient`.",
)
def undefined_citation(page: Document, book: Library) -> Iterator[Finding]:
    """Every work that is cited has an entry in book/references.bib.

    An entry needs real, verified bibliographic data. If they can't be
    verified, the work is not cited.
    """
    for text in page.texts:
        for mark in text.of_kind("role"):
            if not mark.name.startswith("cite"):
                continue
            keys = re.sub(r"\{[^{}]*\}", "", mark.content).split(",")
            for key in map(str.strip, keys):
                if key not in book.citations:
                    like = _like(key, book.citations)
                    yield mark.line, f"no work has the key {key!r}{like}"


@rule(
    "shape-letters",
    wrong="```{code-cell} python\nq = split(x)  # (B, P, T, K)\n```",
    right="```{code-cell} python\nq = split(x)  # (B, N, T, K)\n```",
)
def shape_letters(page: Document, book: Library) -> Iterator[Finding]:
    """Letters of shapes are those of the legend on the page Notation.

    That page is the only legend; a letter that a new chapter needs is
    entered there first. Comments such as `# (B, T, D)` keep to it in all
    letters. Shapes in sentences keep to it in capitals: small letters may
    stand for sizes that the paragraph itself introduces.
    """
    if not book.legend:
        return
    advice = "the legend of book/notation.md has no shape letter {}"
    for cell in page.named("code-cell"):
        if not any(SHAPE_COMMENT.search(line) for line in cell.body):
            continue
        for line, comment in comments(cell):
            for letter in _strange(comment, book.legend):
                yield line, advice.format(letter)
    for text in page.texts:
        for line, letter in _shapes_in(text):
            if letter not in book.legend:
                yield line, advice.format(letter)


def _strange(comment: str, legend: set[str]) -> list[str]:
    """Return the letters of a shape comment that the legend lacks."""
    if not SHAPE_COMMENT.match(f"#{comment}"):
        return []
    shapes = [match[1] or "" for match in SHAPE.finditer(comment)]
    letters = dict.fromkeys(LETTER.findall(" ".join(shapes)))
    # Two small letters may be a point or an index as well as a shape.
    is_shape = "->" in comment or any(
        letter.isupper() or letter in legend for letter in letters
    )
    is_shape = is_shape or any(c.isdigit() for s in shapes for c in s)
    return [s for s in letters if s not in legend] if is_shape else []


def _shapes_in(text: Text) -> Iterator[tuple[int, str]]:
    """Yield the capitals of what a text calls a shape."""
    for mark in (*text.of_kind("math"), *text.of_kind("code")):
        content = re.sub(r"\\[,;:! ]|~", " ", mark.content).strip()
        before = text.plain[max(0, mark.offset - 40) : mark.offset]
        if SHAPE.fullmatch(content) and re.search(r"\bshapes?\b", before):
            for letter in LETTER.findall(content):
                if letter.isupper():
                    yield mark.line, letter
