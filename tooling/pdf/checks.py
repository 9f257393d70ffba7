"""What a printed book must not have: checked after every build of the PDF."""

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from tooling.pdf.paper import LEFT, RIGHT, Paper
from tooling.source.book import Book

HANGING = 10  # points by which code and a long line may go beyond
MAX_BLANK = 1 / 3  # of the height of a page
PICTURE = re.compile(r"\\sphinxincludegraphics.*?\{\{(.+?)\}(\.\w+)\}")
TITLED = r"Exercise ((?:\w+\.)+\d+) \((?:(?!Exercise \d).){1,150}?\)"
POSED = re.compile(TITLED + r" solution: page (\d+)")
SOLVED = re.compile(TITLED + r" page (\d+)")
SOLUTION = re.compile(r"^[`:]{3,}\{solution(?:-start)?\} *(\S+)", re.M)


def problems(paper: Paper, book: Book) -> list[str]:
    """Return everything that is wrong with a printed book, a line each.

    Args:
        paper: what was printed.
        book: what it was made from.
    """
    found = [f"the font {name} is not embedded" for name in paper.unembedded]
    headings = {mark.words for mark in paper.outline}
    last = ends(paper)
    for number, sheet in enumerate(paper.sheets, 1):
        place = f"page {number} of the file"
        if any("??" in line.split() for line in sheet.lines):
            found.append(f"{place}: a reference leads nowhere")
        if sheet.lines[-1:] and sheet.lines[-1] in headings:
            found.append(f"{place} ends in a heading, {sheet.lines[-1]}")
        if sheet.blank > MAX_BLANK and number not in last:
            found.append(f"{place}: {sheet.blank:.0%} of the height is blank")
        edge = sheet.width - RIGHT + HANGING
        for word in sheet.words:
            if word.left < LEFT - HANGING or word.right > edge:
                found.append(f"{place}: {word.text!r} stands in the margin")
    return [*found, *_solutions(paper, book), *_cells(paper, book)]


def ends(paper: Paper) -> set[int]:
    """Return the pages that may end early: before a chapter, and the last.

    A part has a page of its own, and a chapter comes after it.

    Args:
        paper: what was printed.
    """
    starts = {mark.page for mark in paper.outline if mark.level == 0}
    starts |= {chapter.first for chapter in paper.chapters}
    front = range(1, min(starts, default=1))
    return {*front, *(page - 1 for page in starts), len(paper.sheets)}


class _Code:
    """All code of a printed book, as its characters say."""

    def __init__(self, paper: Paper) -> None:
        self.lines = [line for s in paper.sheets for line in s.code]
        self.starts = list(accumulate(len(s.code) for s in paper.sheets))
        self.text = joined(self.lines)
        self.letters = joined("".join(line.split()) for line in self.lines)

    def find(self, wanted: list[str]) -> tuple[int, list[str]]:
        """Return the page that has some lines, and how they stand there.

        Args:
            wanted: lines, which may stand there with other spaces.
        """
        letters = joined("".join(line.split()) for line in wanted)
        place = self.letters.find(letters)
        if place < 0:
            return 0, []
        start = self.letters.count("\n", 0, place)
        page = bisect_right(self.starts, start) + 1
        return page, self.lines[start : start + len(wanted)]


def joined(lines: Iterable[str]) -> str:
    """Return lines as a text in which whole lines can be found."""
    return "\n" + "".join(f"{line}\n" for line in lines)


def _cells(paper: Paper, book: Book) -> Iterator[str]:
    """Check that each cell can be taken out of the file as it was written."""
    code = _Code(paper)
    for page in book.executable_pages():
        for number, cell in enumerate(page.notebook.cells):
            lines = [s.rstrip() for s in cell.source.splitlines()]
            wanted = [line for line in lines if line]
            if cell.cell_type != "code" or joined(wanted) in code.text:
                continue
            where = f"{page.name}.md:{page.line(number, 1)}: this cell"
            sheet, taken = code.find(wanted)
            yield (
                f"{where}, page {sheet} of the file, {fault(taken)}"
                if taken
                else f"{where} was not printed"
            )


def fault(taken: list[str]) -> str:
    """Say what is wrong with a cell that was taken out of the file.

    Args:
        taken: its lines.
    """
    try:
        ast.parse("\n".join(taken))
    except SyntaxError as error:
        return (
            f"can't be copied: {error.msg} at {(error.text or '').strip()!r}"
        )
    return "has other spaces when it is copied"


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
