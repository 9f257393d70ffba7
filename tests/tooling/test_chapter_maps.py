"""The maps of the chapters show the pages that the chapters have."""

import re

import pytest
import yaml

from assets.diagrams.chapter_maps import CHAPTERS, described
from tests.tooling.conftest import ROOT
from tooling.source.book import Book

BOOK = Book(ROOT)


def test_the_maps_hold_the_chapters_and_pages_of_the_book_in_their_order():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    chapters = {
        chapter["file"].split("/")[1]: [
            section["file"].split("/")[-1] for section in chapter["sections"]
        ]
        for part in toc["parts"]
        for chapter in part["chapters"]
        if "sections" in chapter
    }
    assert list(CHAPTERS) == list(chapters)
    assert {c: list(pages) for c, pages in CHAPTERS.items()} == chapters


def test_a_page_needs_only_pages_before_it():
    before: list[str] = []
    for pages in CHAPTERS.values():
        for page, (_, needs) in pages.items():
            assert set(needs) <= set(before), page
            before.append(page)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_map_is_told_to_those_who_cannot_see_it(chapter):
    text = BOOK.page(f"book/{chapter}/index").text
    (alt,) = re.findall(r"map-.*\n:name:.*\n:alt: (.*)", text)
    assert alt == described(chapter)
