"""What is checked of a printed book, and what is cut out of it."""

import numpy as np
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    Fit,
    NameObject,
)

from tests.tooling.conftest import FRONT, cell
from tooling.pdf import chapters, checks, paper
from tooling.pdf.paper import Bookmark, Paper, Sheet, Word
from tooling.source.book import Book

TOC = "format: jb-book\nroot: index\n"
CELL = "def f(x):\n    if x:\n        return 1\n\n    return [x,  2]\n"
PAGE = f"{FRONT}# One\n\n{cell(CELL)}```{{solution}} half\nA half.\n```\n"
CODE = [line for line in CELL.splitlines() if line]
POSED = "Exercise 1.1 (Half) solution: page 2"
SOLVED = "Exercise 1.1 (Half) page 1"
ONE = (Bookmark(0, 1, "1 One"),)


@pytest.fixture
def book(tmp_path):
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "_config.yml").write_text("{}\n")
    (tmp_path / "constraints.txt").write_text("")
    (tmp_path / "index.md").write_text(PAGE)
    return Book(tmp_path)


def sheet(*lines, left=91.0, code=(), blank=0.1):
    """Return a page with some lines, of words of 10 points."""
    words = [
        Word(left + 20 * i, 100.0 + 15 * row, left + 20 * i + 10, word)
        for row, line in enumerate(lines)
        for i, word in enumerate(line.split())
    ]
    return Sheet(595.3, 841.9, words, list(code), blank)


FIRST = sheet("1 One", POSED, code=CODE)


def found(book, *sheets, outline=ONE, unembedded=()):
    printed = Paper(list(sheets), list(outline), list(unembedded), 0)
    return checks.problems(printed, book)


def test_a_good_book_has_no_problem(book):
    assert found(book, FIRST, sheet(SOLVED)) == []


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
        ([sheet(POSED, blank=0.34), sheet(SOLVED)], "page 1 of the file: 34%"),
    ],
)
def test_a_fault_is_named(book, pages, problem):
    text = "\n".join(found(book, *pages))
    assert problem in text


def test_a_cell_may_go_on_on_the_next_page(book):
    pages = (sheet(POSED, code=CODE[:2]), sheet(SOLVED, code=CODE[2:]))
    assert found(book, *pages) == []


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (
            [line.lstrip() for line in CODE],
            "page 2 of the file, can't be copied: expected an indented block "
            "after function definition on line 1 at 'if x:'",
        ),
        (
            [line.replace("  2", " 2") for line in CODE],
            "page 2 of the file, has other spaces when it is copied",
        ),
        (CODE[:-1], "was not printed"),
        ([*CODE[:2], "other", *CODE[2:]], "was not printed"),
        ([*CODE[:-1], CODE[-1] + "+"], "was not printed"),
    ],
)
def test_a_cell_that_can_not_be_copied_is_named(book, code, problem):
    line = PAGE[: PAGE.index("def f")].count("\n") + 1
    pages = (sheet("a", code=["x"] * 9), sheet(POSED, code=code))
    assert f"index.md:{line}: this cell" in found(book, *pages, sheet())[-1]
    assert found(book, *pages, sheet())[-1].endswith(problem)


def test_only_pages_before_a_chapter_end_early(book):
    """Front matter, a part, its chapter, another one, what comes last."""
    outline = [
        Bookmark(0, 3, "I Part"),
        Bookmark(1, 4, "1 One"),
        Bookmark(2, 5, "1.1 Section"),
        Bookmark(1, 7, "2 Two"),
        Bookmark(0, 9, "Solutions"),
        Bookmark(1, 11, "1 One"),
    ]
    pages = [sheet(blank=0.5)] * 12
    said = [p for p in found(book, *pages, outline=outline) if "blank" in p]
    numbers = [int(problem.split()[1]) for problem in said]
    assert numbers == [4, 5, 7, 9, 10, 11]


def test_fonts_belong_into_the_file(book):
    text = "\n".join(found(book, FIRST, sheet(SOLVED), unembedded=["Times"]))
    assert "Times is not embedded" in text


def test_a_figure_is_a_drawing_or_a_photograph():
    start = "\\noindent\\sphinxincludegraphics[width=1.000\\linewidth]"
    text = (
        f"{start}{{{{plot}}.png}}\n{start}{{{{a}}.pdf}}\n{start}{{{{b}}.jpg}}"
    )
    assert checks.rasters(text) == [
        "the figure plot.png is no drawing: it should be a PDF"
    ]


@pytest.mark.parametrize(
    ("inked", "part"),
    [([], 1), ([0], 0.9), ([4], 0.5), ([0, 9], 0.8), (range(10), 0)],
)
def test_the_greatest_blank_height_is_found(inked, part):
    rows = np.full((10, 5), 255, np.uint8)
    rows[list(inked), 2] = 0
    assert paper.blank(rows) == pytest.approx(part)


def stream(text):
    made = DecodedStreamObject()
    made.set_data(text.encode())
    return made


def font(name, table):
    return DictionaryObject(
        {
            NameObject("/BaseFont"): NameObject(name),
            NameObject("/ToUnicode"): stream(table),
        }
    )


def test_code_is_read_with_its_spaces_and_without_other_text():
    """One glyph is 0001, an "a"; glyphs from 0020 on are those of ASCII."""
    table = (
        "1 beginbfchar\n<0001> <0061>\nendbfchar\n"
        "1 beginbfrange\n<0020> <007E> <0020>\nendbfrange\n"
    )

    def show(text):
        return f"<{''.join(f'{ord(c):04x}' for c in text)}> Tj"

    made = PdfWriter()
    page = made.add_blank_page(600, 800)
    fonts = {"/F1": font("/X+DejaVuSansMono", table), "/F2": font("/Y", "")}
    fonts = {NameObject(k): v for k, v in fonts.items()}
    resources = {NameObject("/Font"): DictionaryObject(fonts)}
    page[NameObject("/Resources")] = DictionaryObject(resources)
    lines = [
        "q 1 0 0 1 10 500 cm",
        f"BT /F1 8 Tf 0 50 Td {show('    if')} ET",
        f"BT /F1 8 Tf 30 50 Td [<0020> 9 <0001>] TJ 0 -10 Td {show('  b')} ET",
        "Q q 1 0 0 1 10 400 cm",
        f"BT /F1 8 Tf 1 0 0 1 0 140 Tm {show('c  ')} ET",
        f"BT /F2 8 Tf 0 20 Td {show('words')} /F1 8 Tf {show('code')} ET",
        "Q",
        f"BT /F1 8 Tf 0 140 Td {show('d')} ET",
    ]
    page[NameObject("/Contents")] = stream("\n".join(lines))
    assert paper.code(page) == ["    if a", "  bc", "d"]


def test_a_chapter_is_cut_out_with_its_solutions(tmp_path):
    """Pages i, ii (a part), 1-2 (chapter 1), 3 (2), 4-6 (solutions)."""
    made = PdfWriter()
    for _ in range(8):
        made.add_blank_page(600, 800)
    made.set_page_label(0, 1, "/r")
    made.set_page_label(2, 7, "/D")
    made.add_metadata({"/Title": "The book"})

    def mark(title, page, parent=None, fit=None):
        fit = fit or Fit.fit()
        return made.add_outline_item(
            title=title, page_number=page, parent=parent, fit=fit
        )

    part = mark("I Part", 1)
    one = mark("1 One", 2, part)
    mark("1.1 Within", 3, one, Fit.xyz(90, 700))
    mark("2 Two", 4, part)
    solutions = mark("Solutions", 5)
    mark("1.1 Within", 5, solutions)
    mark("2 Two", 6, solutions)
    mark("Index", 7)
    for target in (3, 4, 6):
        link = Link(rect=(0, 0, 9, 9), target_page_index=target)
        made.add_annotation(2, link)
    made.write(tmp_path / "whole.pdf")
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/old.pdf").touch()

    reader = PdfReader(tmp_path / "whole.pdf")
    outline = list(paper.outline(reader))
    printed = Paper([sheet()] * 8, outline, [], 2)
    places = [(c.number, c.title, c.first, c.last) for c in printed.chapters]
    assert places == [("1", "One", 3, 4), ("2", "Two", 5, 5)]
    folder = tmp_path / "chapters"
    files = chapters.cut(tmp_path / "whole.pdf", printed, folder)
    assert files == [folder / "one.pdf", folder / "two.pdf"]
    assert sorted(folder.iterdir()) == files
    first, second = map(PdfReader, files)
    assert first.page_labels == ["1", "2", "4", "5"]
    assert second.page_labels == ["3", "5", "6"]
    assert list(paper.outline(first)) == [
        Bookmark(0, 1, "1 One"),
        Bookmark(1, 2, "1.1 Within"),
        Bookmark(0, 3, "Solutions"),
        Bookmark(1, 3, "1.1 Within"),
        Bookmark(1, 4, "2 Two"),
    ]
    assert first.outline[1][0].top == 700
    assert first.metadata.title == "1 One (The book)"
    links = first.pages[0].get("/Annots", ArrayObject())
    assert [link.get_object()["/Dest"][0] for link in links]
