"""What a printed book must not have: checked after every build of the PDF.

The file is read with the programs of poppler, so that what is checked is what
a reader sees, and not what TeX was asked for.
"""

import html
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tooling.source.book import Book

LEFT = RIGHT = 90.7  # margins in points, as in print.sty
BOTTOM = 56.7
STARTS = ("I ", "1 ")  # bookmarks of the first part or the first chapter
HANGING = 10  # points by which code and a long line may go beyond
PAGE = re.compile(
    r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.S
)
WORD = re.compile(
    r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" '
    r'yMax="([-\d.]+)">(.*?)</word>'
)
ITEM = re.compile(r'<item page="(\d+)">(.*?)</item>')
UNEMBEDDED = re.compile(
    r"^(\S+).* no +(?:yes|no) +(?:yes|no) +\d+ +\d+$", re.M
)
PICTURE = re.compile(r"\\sphinxincludegraphics.*?\{\{(.+?)\}(\.\w+)\}")
TITLED = r"Exercise ((?:\w+\.)+\d+) \((?:(?!Exercise \d).){1,150}?\)"
POSED = re.compile(TITLED + r" solution: page (\d+)")
SOLVED = re.compile(TITLED + r" page (\d+)")
SOLUTION = re.compile(r"^[`:]{3,}\{solution(?:-start)?\} *(\S+)", re.M)


@dataclass(frozen=True)
class Word:
    """A word and its place, in points from the upper left corner."""

    left: float
    top: float
    right: float
    text: str


@dataclass(frozen=True)
class Sheet:
    """A page as it was printed.

    Args:
        width: in points.
        height: in points.
        words: in reading order.
    """

    width: float
    height: float
    words: list[Word]

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
        outline: bookmarks, as page (counted from 1) and words.
        unembedded: names of fonts that are not in the file.
    """

    sheets: list[Sheet]
    outline: list[tuple[int, str]]
    unembedded: list[str]

    @cached_property
    def front(self) -> int:
        """How many pages come before the page 1."""
        starts = (page for page, words in self.outline if words[:2] in STARTS)
        return next(starts, 1) - 1


def read(pdf: Path) -> Paper:
    """Read a PDF.

    Args:
        pdf: the file.
    """
    boxes = _output("pdftotext", "-bbox", str(pdf), "-")
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
        )
        for width, height, words in PAGE.findall(boxes)
    ]
    xml = ("-xml", "-i", "-stdout", "-f", "1", "-l", "1")
    items = ITEM.findall(_output("pdftohtml", *xml, str(pdf)))
    outline = [(int(page), html.unescape(words)) for page, words in items]
    return Paper(
        sheets, outline, UNEMBEDDED.findall(_output("pdffonts", str(pdf)))
    )


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stdout.decode("utf8", "replace")


def problems(paper: Paper, book: Book) -> list[str]:
    """Return everything that is wrong with a printed book, a line each.

    Args:
        paper: what was printed.
        book: what it was made from.
    """
    found = [f"the font {name} is not embedded" for name in paper.unembedded]
    headings = {words for _, words in paper.outline}
    for number, sheet in enumerate(paper.sheets, 1):
        place = f"page {number} of the file"
        if any("??" in line.split() for line in sheet.lines):
            found.append(f"{place}: a reference leads nowhere")
        if sheet.lines[-1:] and sheet.lines[-1] in headings:
            found.append(f"{place} ends in a heading, {sheet.lines[-1]}")
        edge = sheet.width - RIGHT + HANGING
        for word in sheet.words:
            if word.left < LEFT - HANGING or word.right > edge:
                found.append(f"{place}: {word.text!r} stands in the margin")
    return [*found, *_solutions(paper, book)]


def _solutions(paper: Paper, book: Book) -> Iterator[str]:
    """Check that each solution and its exercise name each other's page."""
    posed, solved = (
        [
            (exercise, number - paper.front, int(page))
            for number, sheet in enumerate(paper.sheets, 1)
            for exercise, page in pattern.findall(" ".join(sheet.lines))
        ]
        for pattern in (POSED, SOLVED)
    )
    targets = [
        {(name, target) for target in SOLUTION.findall(book.page(name).text)}
        for name in book.names
    ]
    solutions = sum(
        len(SOLUTION.findall(book.page(n).text)) for n in book.names
    )
    if len(solved) != solutions:
        yield f"of {solutions} solutions, {len(solved)} were printed"
    if len(posed) != sum(map(len, targets)):
        yield (
            f"{len(posed)} exercises name the page of their solution, "
            f"{sum(map(len, targets))} have one"
        )
    places = {(exercise, number, page) for exercise, page, number in solved}
    for exercise, number, page in posed:
        if (exercise, number, page) not in places:
            yield f"Exercise {exercise}: no solution on page {page}"


def rasters(tex: str) -> list[str]:
    """Return the figures that are neither drawings nor photographs.

    Args:
        tex: the file that Sphinx wrote.
    """
    return [
        f"the figure {name}{suffix} is no drawing: it should be a PDF"
        for name, suffix in PICTURE.findall(tex)
        if suffix not in (".pdf", ".jpg", ".jpeg")
    ]


def log_problems(log: str) -> list[str]:
    """Return what TeX reports as missing or as running into the margin.

    Args:
        log: the log file of the last run, lines at most 79 characters.
    """
    found = sorted(set(re.findall(r"Missing character: .*", log)))
    found += sorted(set(re.findall(r"eference `.*' .*undefined", log)))
    for width, place in re.findall(
        r"Overfull \\hbox \(([\d.]+)pt too wide\) (.*)", log
    ):
        if float(width) > 10:  # the margin takes less without harm
            found.append(f"{width} points too wide: {place}")
    return found
