"""A printed book as its file tells it: words, code, outline, blank space.

The file is read with the programs of poppler, so that what is checked is what
a reader sees, and not what TeX was asked for. Code is read glyph by glyph,
because those programs guess spaces from distances.
"""

import html
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

LEFT = RIGHT = 90.7  # margins in points, as in print.sty
TOP, BOTTOM = 65.2, 56.7
RESOLUTION = 18  # dots per inch, enough to see what is blank
WHITE = 245
PAGE = re.compile(
    r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.S
)
WORD = re.compile(
    r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" '
    r'yMax="([-\d.]+)">(.*?)</word>'
)
UNEMBEDDED = re.compile(
    r"^(\S+).* no +(?:yes|no) +(?:yes|no) +\d+ +\d+$", re.M
)
CMAP = re.compile(rb"<(\w+)>\s*(?:<(\w+)>\s*)?<(\w+)>[^\S\n]*\n")


@dataclass(frozen=True)
class Word:
    """A word and its place, in points from the upper left corner."""

    left: float
    top: float
    right: float
    text: str


@dataclass(frozen=True)
class Bookmark:
    """An entry of the outline.

    Args:
        level: 0 for the outermost.
        page: where it leads, counted from 1.
        words: number and title.
    """

    level: int
    page: int
    words: str


@dataclass(frozen=True)
class Chapter:
    """A numbered chapter, without what solves its exercises.

    Args:
        number: as it is printed.
        title: its words.
        first: page on which it begins, counted from 1.
        last: page on which it ends.
    """

    number: str
    title: str
    first: int
    last: int


@dataclass(frozen=True)
class Sheet:
    """A page as it was printed.

    Args:
        width: in points.
        height: in points.
        words: in reading order.
        code: lines in the font of code, as their characters say.
        blank: greatest height without ink, as a part of what lies between
            the margins.
    """

    width: float
    height: float
    words: list[Word]
    code: list[str]
    blank: float

    @cached_property
    def lines(self) -> list[str]:
        """The words above the bottom margin, line by line."""
        lines: list[list[Word]] = []
        for word in sorted(self.words, key=lambda word: word.top):
            if word.top > self.height - BOTTOM:
                break
            if not lines or word.top > lines[-1][0].top + 4:
                lines.append([])
            lines[-1].append(word)
        return [
            " ".join(w.text for w in sorted(line, key=lambda w: w.left))
            for line in lines
        ]


@dataclass(frozen=True)
class Paper:
    """A printed book.

    Args:
        sheets: its pages.
        outline: its bookmarks.
        unembedded: names of fonts that are not in the file.
        front: how many pages come before the page 1.
    """

    sheets: list[Sheet]
    outline: list[Bookmark]
    unembedded: list[str]
    front: int

    @cached_property
    def chapters(self) -> list[Chapter]:
        """The numbered chapters: the first bookmark that has a number."""
        found: dict[str, Chapter] = {}
        for i, mark in enumerate(self.outline):
            number, _, title = mark.words.partition(" ")
            if not number.isdecimal() or number in found:
                continue
            nexts = (m for m in self.outline[i + 1 :] if m.level <= mark.level)
            end = next((m.page for m in nexts), len(self.sheets) + 1)
            found[number] = Chapter(number, title, mark.page, end - 1)
        return list(found.values())


def read(pdf: Path) -> Paper:
    """Read a PDF.

    Args:
        pdf: the file.
    """
    reader = PdfReader(pdf)
    boxes = _output("pdftotext", "-bbox", str(pdf), "-").decode()
    sheets = [
        Sheet(
            float(width),
            float(height),
            [
                Word(
                    float(left), float(top), float(right), html.unescape(text)
                )
                for left, top, right, _, text in WORD.findall(words)
            ],
            code(page),
            blank,
        )
        for (width, height, words), page, blank in zip(
            PAGE.findall(boxes), reader.pages, blanks(pdf), strict=True
        )
    ]
    fonts = _output("pdffonts", str(pdf)).decode()
    return Paper(
        sheets,
        list(outline(reader)),
        UNEMBEDDED.findall(fonts),
        reader.page_labels.index("1"),
    )


def _output(*command: str) -> bytes:
    return subprocess.run(command, capture_output=True, check=True).stdout


def outline(reader: PdfReader) -> Iterator[Bookmark]:
    """Yield the bookmarks of a PDF, each before those within it."""

    def walk(entries: list[Any], level: int) -> Iterator[Bookmark]:
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry, level + 1)
            else:
                page = reader.get_destination_page_number(entry)
                yield Bookmark(level, (page or 0) + 1, str(entry.title))

    return walk(reader.outline, 0)


def blanks(pdf: Path) -> Iterator[float]:
    """Yield the greatest blank height of each page, as a part of the whole.

    Args:
        pdf: the file.
    """
    images = _output("pdftoppm", "-gray", "-r", str(RESOLUTION), str(pdf))
    while images:
        _, size, _, rest = images.split(b"\n", 3)
        width, height = map(int, size.split())
        page = np.frombuffer(rest, np.uint8, width * height)
        images = rest[width * height :]
        top, bottom = (int(edge * RESOLUTION / 72) for edge in (TOP, BOTTOM))
        yield blank(page.reshape(height, width)[top : height - bottom])


def blank(rows: np.ndarray) -> float:
    """Return the greatest height without ink, as a part of the whole.

    Args:
        rows: of pixels, 255 for white.
    """
    inked = np.flatnonzero((rows < WHITE).any(axis=1))
    edges = np.concatenate([[-1], inked, [len(rows)]])
    return float((np.diff(edges).max() - 1) / len(rows))


def code(page: PageObject) -> list[str]:
    """Return the lines of a page that are set in the font of code alone.

    Args:
        page: of a PDF.
    """
    resources: Any = page["/Resources"]
    meanings = {
        name: to_unicode(font["/ToUnicode"].get_data())
        for name, font in resources.get("/Font", {}).items()
        if "Mono" in font["/BaseFont"]
    }
    lines: list[tuple[float, bool, str]] = []
    for height, font, codes in glyphs(page):
        is_code, text = font in meanings, ""
        if is_code:
            pairs = zip(codes[::2], codes[1::2], strict=True)
            known = meanings[font]
            text = "".join(known.get(a << 8 | b, "\ufffd") for a, b in pairs)
        if lines and abs(lines[-1][0] - height) < 0.1:
            _, only, before = lines.pop()
            is_code, text = only and is_code, before + text
        lines.append((height, is_code, text))
    return [text.rstrip() for _, only, text in lines if only]


@cache
def to_unicode(table: bytes) -> dict[int, str]:
    """Return what the glyphs of a font mean.

    Args:
        table: of the PDF, which tells it.
    """
    found = {}
    for first, last, text in CMAP.findall(table):
        start, count = int(first, 16), int(last or first, 16) - int(first, 16)
        said = bytes.fromhex(text.decode()).decode("utf-16-be")
        for i in range(count + 1):
            found[start + i] = said[:-1] + chr(ord(said[-1]) + i)
    return found


def glyphs(page: PageObject) -> Iterator[tuple[float, str, bytes]]:
    """Yield pieces of text: height on the page, name of the font, codes.

    Args:
        page: of a PDF, with text that is not turned.
    """
    scale, shift, base, font = 1.0, 0.0, 0.0, ""
    saved = []
    content = ContentStream(page.get_contents(), page.pdf)
    for operands, operator in content.operations:
        match operator:
            case b"q":
                saved.append((scale, shift))
            case b"Q":
                scale, shift = saved.pop()
            case b"cm":
                shift += scale * float(operands[5])
                scale *= float(operands[3])
            case b"BT":
                base = 0.0
            case b"Td" | b"TD":
                base += float(operands[1])
            case b"Tm":
                base = float(operands[5])
            case b"Tf":
                font = operands[0]
            case b"Tj" | b"TJ":
                pieces = operands[0] if operator == b"TJ" else operands
                codes = b"".join(
                    getattr(piece, "original_bytes", b"") for piece in pieces
                )
                yield shift + scale * base, font, codes
