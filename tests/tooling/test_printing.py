"""What is checked of a printed book, and what is not in it."""

import pytest

from tooling.pdf import checks
from tooling.pdf.checks import Paper, Sheet, Word
from tooling.source.book import Book

TOC = "format: jb-book\nroot: index\n"
PAGE = "# One\n\n```{solution} half\nA half.\n```\n"
POSED = "Exercise 1.1 (Half) solution: page 2"
SOLVED = "Exercise 1.1 (Half) page 1"


@pytest.fixture
def book(tmp_path):
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "index.md").write_text(PAGE)
    return Book(tmp_path)


def sheet(*lines, left=91.0):
    """Return a page with some lines, of words of 10 points."""
    words = [
        Word(left + 20 * i, 100.0 + 15 * row, left + 20 * i + 10, word)
        for row, line in enumerate(lines)
        for i, word in enumerate(line.split())
    ]
    return Sheet(595.3, 841.9, words)


def found(book, *sheets, outline=((1, "1 One"),), unembedded=()):
    printed = Paper(list(sheets), list(outline), list(unembedded))
    return checks.problems(printed, book)


def test_a_good_book_has_no_problem(book):
    assert found(book, sheet("1 One", POSED), sheet(SOLVED)) == []


@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        ([sheet(POSED), sheet("Nothing")], "of 1 solutions, 0"),
        ([sheet("Nothing"), sheet(SOLVED)], "0 exercises name"),
        ([sheet(POSED), sheet("x"), sheet(SOLVED)], "no solution on page 2"),
        ([sheet(POSED, "1 One"), sheet(SOLVED)], "ends in a heading, 1 One"),
        ([sheet(POSED, "see ??"), sheet(SOLVED)], "leads nowhere"),
        ([sheet(POSED), sheet(SOLVED), sheet("a", left=20.0)], "margin"),
        ([sheet(POSED), sheet(SOLVED), sheet("a", left=530.0)], "margin"),
    ],
)
def test_a_fault_is_named(book, pages, problem):
    text = "\n".join(found(book, *pages))
    assert problem in text


def test_fonts_belong_into_the_file(book):
    text = "\n".join(
        found(book, sheet(POSED), sheet(SOLVED), unembedded=["Times"])
    )
    assert "Times is not embedded" in text


def test_a_figure_is_a_drawing_or_a_photograph():
    start = "\\noindent\\sphinxincludegraphics[width=1.000\\linewidth]"
    text = (
        f"{start}{{{{plot}}.png}}\n{start}{{{{a}}.pdf}}\n{start}{{{{b}}.jpg}}"
    )
    assert checks.rasters(text) == [
        "the figure plot.png is no drawing: it should be a PDF"
    ]
