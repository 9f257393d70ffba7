"""The PDF by chapter: files cut from the whole, with the same page numbers."""

from pathlib import Path
from typing import Any

from docutils.nodes import make_id
from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from pypdf.generic import Fit

from tooling.pdf.paper import Chapter, Paper

DECIMAL = PageLabelStyle.DECIMAL


def file_name(title: str) -> str:
    """Return what the file of a chapter is called.

    Args:
        title: of the chapter.

    >>> file_name("Convolutional networks")
    'convolutional-networks.pdf'
    """
    return f"{make_id(title)}.pdf"


def cut(pdf: Path, paper: Paper, folder: Path) -> list[Path]:
    """Write each chapter, followed by the pages that solve its exercises.

    Links and bookmarks within these pages are kept, others are left out.

    Args:
        pdf: the whole book.
        paper: what it holds.
        folder: for the files; it is made, and emptied of other PDFs.

    Returns:
        The files, in the order of the chapters.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.pdf"):
        old.unlink()
    whole = PdfReader(pdf)
    return [
        write(whole, paper, chapter, folder / file_name(chapter.title))
        for chapter in paper.chapters
    ]


def write(
    whole: PdfReader, paper: Paper, chapter: Chapter, file: Path
) -> Path:
    """Write one chapter.

    Args:
        whole: the book.
        paper: what it holds.
        chapter: of it.
        file: for the chapter.
    """
    made = PdfWriter()
    pages = [
        *range(chapter.first, chapter.last + 1),
        *solutions(paper, chapter),
    ]
    made.append(whole, pages=[p - 1 for p in pages], import_outline=False)
    places = {page - 1: place for place, page in enumerate(pages)}
    mark(whole, whole.outline, made, places)
    for place, page in enumerate(pages):
        if place == 0 or page != pages[place - 1] + 1:
            start = page - paper.front
            made.set_page_label(place, len(pages) - 1, DECIMAL, start=start)
    facts: dict[str, Any] = dict(whole.metadata or {})
    facts["/Title"] = f"{chapter.number} {chapter.title} ({facts['/Title']})"
    made.add_metadata(facts)
    made.page_mode = "/UseOutlines"
    made.write(file)
    return file


def mark(
    whole: PdfReader,
    entries: list[Any],
    made: PdfWriter,
    places: dict[int, int],
    parent: Any = None,
) -> None:
    """Enter those bookmarks that lead to a page of a chapter.

    Args:
        whole: the book.
        entries: its bookmarks, those within another as a list after it.
        made: the chapter.
        places: of its pages by those in the book, both counted from 0.
        parent: the bookmark that they come below, if any.
    """
    above = parent
    for entry in entries:
        if isinstance(entry, list):
            mark(whole, entry, made, places, above)
            continue
        place = places.get(whole.get_destination_page_number(entry) or 0)
        above = parent
        if place is not None:
            above = made.add_outline_item(
                title=entry.title,
                page_number=place,
                parent=parent,
                fit=Fit.xyz(entry.left, entry.top),
            )


def solutions(paper: Paper, chapter: Chapter) -> range:
    """Return the pages with solutions of a chapter, counted from 1.

    Args:
        paper: the whole book.
        chapter: of it.
    """
    marks = [mark for mark in paper.outline if mark.page > chapter.last]
    own = [
        i
        for i, mark in enumerate(marks)
        if mark.words.split(" ")[0].split(".")[0] == chapter.number
    ]
    if not own:
        return range(0)
    after = marks[own[-1] + 1 :]
    end = after[0].page if after else len(paper.sheets)
    return range(marks[own[0]].page, end + 1)
