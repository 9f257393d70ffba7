"""The running text of a page, with its roles, links and lines."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from markdown_it.token import Token

GAP = "\ufffc"  # stands for code, mathematics or a role within a sentence
NUMBER = re.compile(r"[-+]?\d[\d.,]*\s*(%|\u00d7)?")
CLOSING = "\"'\u201d\u2019)\\]*"
OPENING = "\"'\u201c\u2018(\\[*"
END = re.compile(
    rf"(?<=[.!?…])[{CLOSING}]*\s+(?=[{OPENING}]*[A-Z0-9À-Þ{GAP}])"
)
ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|vs|cf|al|approx|Fig|Eq|Sec|Dr|Mr|Ms|St|no)\.$", re.I
)


@dataclass(frozen=True)
class Mark:
    """Something in a text that is no plain word.

    Args:
        kind: "role", "code", "math", "link", "image" or "bold".
        name: of a role, or where a link or an image points.
        content: of a role, of code or of mathematics; the alternative text.
        line: where it stands.
        offset: its place in the text.
    """

    kind: str
    name: str
    content: str
    line: int
    offset: int


@dataclass
class Text:
    """A paragraph, a heading, a cell of a table, a title or a caption.

    Args:
        kind: which of them.
        line: where it begins.
        where: names of the directives around it, outermost first.
        plain: its words, with `GAP` for what is no word.
        marks: what is no plain word.
        labels: names that it defines, with their lines.
        places: offsets in `plain` at which a piece begins, and its line.
    """

    kind: str
    line: int
    where: tuple[str, ...]
    plain: str = ""
    marks: list[Mark] = field(default_factory=list)
    labels: list[tuple[str, int]] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Mark]:
        """Return the marks of one kind."""
        return [mark for mark in self.marks if mark.kind == kind]

    def line_of(self, offset: int) -> int:
        """Return the line of the page at a place in the text."""
        i = bisect_right(self.places, (offset, 10**9)) - 1
        return self.places[i][1] if i >= 0 else self.line

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Where the sentences begin and end."""
        return list(self._sentences())

    def _sentences(self) -> Iterator[tuple[int, int]]:
        start = 0
        for match in END.finditer(self.plain):
            if not ABBREVIATION.search(self.plain[start : match.start()]):
                yield start, match.end()
                start = match.end()
        if self.plain[start:].strip():
            yield start, len(self.plain)


def read(token: Token, kind: str, line: int, where: tuple[str, ...]) -> Text:
    """Read the text of an inline token.

    Args:
        token: of markdown-it.
        kind: of the text.
        line: where it begins.
        where: names of the directives around it.
    """
    text = Text(kind, line, where)
    source = token.content
    cursor = 0
    pieces = []
    length = 0
    for child in token.children or []:
        text.places.append((length, line))
        mark, piece = _read_child(child)
        if mark is not None:
            text.marks.append(
                Mark(mark, *_named(child, mark), line=line, offset=length)
            )
        name = str(child.attrs.get("id", ""))
        if name:
            text.labels.append((name, line))
        pieces.append(piece)
        length += len(piece)
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            cursor = source.find("\n", cursor) + 1
        elif child.content and "\n" in source:
            # Code and roles lose their line breaks: look them up.
            words = r"\s+".join(map(re.escape, child.content.split()))
            found = re.compile(words).search(source, cursor)
            if found:
                line += found[0].count("\n")
                cursor = found.end()
    text.plain = "".join(pieces)
    return text


def _read_child(child: Token) -> tuple[str | None, str]:
    """Return the kind of mark, if any, and what stands for it in the text."""
    match child.type:
        case "text":
            return None, child.content
        case "softbreak" | "hardbreak":
            return None, "\n"
        case "myst_role":
            return "role", GAP
        case "code_inline":
            return "code", GAP
        case "math_inline" | "math_inline_double" | "math_single":
            return "math", _typed(child.content)
        case "link_open":
            return "link", ""
        case "image":
            return "image", ""
        case "strong_open":
            return "bold", ""
    return None, ""


def _typed(mathematics: str) -> str:
    """Return a number that is typed as mathematics, else a gap."""
    number = mathematics.replace("{,}", ",").replace(r"\times", "\u00d7")
    number = re.sub(r"[{}\\]", "", number).strip()
    return number if NUMBER.fullmatch(number) else GAP


def _named(child: Token, mark: str) -> tuple[str, str]:
    match mark:
        case "role":
            return str(child.meta["name"]), child.content
        case "link":
            return str(child.attrs["href"]), ""
        case "image":
            return str(child.attrs["src"]), child.content
    return "", child.content
