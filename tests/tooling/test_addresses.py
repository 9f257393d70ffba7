"""Addresses that were published stay, or lead on."""

from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from docutils import nodes
from selectolax.lexbor import LexborHTMLParser

from tests.tooling.conftest import FRONT
from tooling.__main__ import main
from tooling.notebooks.build import forward
from tooling.source import addresses
from tooling.source.book import Book
from tooling.website import checks, moved

ROOT = Path(__file__).parents[2]
TOC = """
format: jb-book
root: book/index
chapters:
  - file: book/a/new
"""
CONFIG = "repository: {url: https://github.com/owner/name}\n"


@pytest.fixture
def book(tmp_path):
    """Return a function that makes a book with a list of its addresses."""

    def make(listed):
        (tmp_path / "book/a").mkdir(parents=True, exist_ok=True)
        (tmp_path / "_toc.yml").write_text(TOC)
        (tmp_path / "_config.yml").write_text(CONFIG)
        for name in ("index", "a/new"):
            page = tmp_path / f"book/{name}.md"
            page.write_text(f"{FRONT}# Page {name}\n\nText.\n")
        (tmp_path / addresses.FILE).write_text(listed)
        return Book(tmp_path)

    return make


GOOD = "book/index:\nbook/a/new:\nbook/b/old: book/a/new\n"


def test_a_list_that_is_kept_has_no_problem(book):
    assert list(addresses.problems(book(GOOD))) == []
    assert addresses.moved(book(GOOD)) == {"book/b/old": "book/a/new"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("old: book/a/new", "old:", "the page book/b/old has gone"),
        ("old: book/a/new", "old: book/a/newer", "leads to book/a/newer, wh"),
        ("new:\n", "new: book/index\n", "book/a/new is a page: leave"),
        ("book/index:\n", "", "add the new page, 'book/index:'"),
    ],
)
def test_a_broken_promise_is_named(book, old, new, problem, capsys):
    made = book(GOOD.replace(old, new))
    (found,) = addresses.problems(made)
    assert found.startswith(addresses.FILE) and problem in found
    assert main(["--root", str(made.root), "lint"]) == 1
    assert problem in capsys.readouterr().out


def test_a_list_that_is_none_is_named(book):
    with pytest.raises(ValueError, match=r"addresses.yml: each line"):
        addresses.addresses(book("- book/index\n"))


def test_a_book_without_the_list_has_promised_nothing(book):
    made = book(GOOD)
    (made.root / addresses.FILE).unlink()
    assert list(addresses.problems(made)) == []


def test_a_former_address_leads_on(book, tmp_path):
    site = tmp_path / "site"
    app = SimpleNamespace(
        srcdir=book(GOOD).root,
        outdir=site,
        builder=SimpleNamespace(name="html"),
        config=SimpleNamespace(language="en"),
        env=SimpleNamespace(
            titles={"book/a/new": nodes.title("", "New & good")}
        ),
    )
    moved.write(app, None)
    page = LexborHTMLParser((site / "book/b/old.html").read_text())
    refresh = page.css_first("meta[http-equiv=refresh]")
    assert refresh.attributes["content"] == "0; url=../a/new.html"
    canonical = page.css_first("link[rel=canonical]")
    address = "https://owner.github.io/name/book/a/new.html"
    assert canonical.attributes["href"] == address
    link = page.css_first("a")
    assert link.attributes["href"] == "../a/new.html"
    assert link.text() == "New & good"
    # A page that is linked and isn't there is a problem of the site.
    (problem,) = checks.problems(site)
    assert "../a/new.html, which does not exist" in problem
    target = addresses.file_of(site, "book/a/new", ".html")
    target.write_text("<article>Here.</article>")
    assert checks.problems(site) == []


def test_a_former_notebook_leads_on(book):
    made = forward(book(GOOD), "book/b/old", "book/a/new")
    nbformat.validate(made)
    assert "(../a/new.ipynb)" in made["cells"][0]["source"]


def test_all_pages_of_the_book_are_promised():
    assert list(addresses.problems(Book(ROOT))) == []
