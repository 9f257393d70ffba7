"""Chapters, pages and what stands on them are numbered alike in all forms."""

import re
import subprocess
import sys
from zipfile import ZipFile

import nbformat
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.tooling.conftest import FRONT, write_book

TOC = """
format: jb-book
root: book/index
parts:
  - caption: Before
    chapters:
      - file: book/preface
  - caption: Part & one
    numbered: true
    chapters:
      - file: book/first/index
        sections:
          - file: book/first/a
          - file: book/first/b
      - file: book/second/index
        sections:
          - file: book/second/c
  - caption: Part two
    numbered: true
    chapters:
      - file: book/third/index
        sections:
          - file: book/third/d
  - caption: Appendix
    numbered: true
    style: alphaupper
    chapters:
      - file: book/more
  - caption: Back
    chapters:
      - file: book/after
"""
NUMBERS = {
    **{"preface": "", "first/index": "1", "first/a": "1.1", "first/b": "1.2"},
    **{"second/index": "2", "second/c": "2.1", "third/index": "3"},
    **{"third/d": "3.1", "more": "A", "after": ""},
}
NOTEBOOKS = ("first/index", "first/b", "more")
MAP = (
    "\n```{figure} map.svg\n:name: fig-NAME\n:alt: A line.\n\nSee.\n```\n\n"
    "```{tableofcontents}\n```\n\n## Project\n\n### More\n\nText.\n\n"
    "```{exercise} Build\n:label: project-NAME\n\nDo.\n```\n"
)
CONTENT = """
## One

```{figure} map.svg
:name: fig-NAME
:alt: A line.

See.
```

### Deep

$$
a = b
$$ (eq-NAME)

{eq}`eq-NAME`, {numref}`fig-NAME`, {numref}`tab-NAME`, {ref}`ex-NAME`.

#### Deeper

```{table} A table.
:name: tab-NAME

| a |
| - |
| b |
```

```{exercise} Think
:label: ex-NAME

Do.
```

```{solution} ex-NAME
:class: dropdown

Done.
```
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return a book of chapters, built in three forms."""
    small = write_book(
        tmp_path_factory.mktemp("numbered"), {"index": "# All\n\nText.\n"}
    )
    (small.root / "_toc.yml").write_text(TOC)
    for name in NUMBERS:
        label = name.replace("/", "-")
        body = MAP if name.endswith("/index") else CONTENT
        text = f"({label})=\n# Page {label}\n\nText.\n{body}"
        front = FRONT if name in NOTEBOOKS else ""
        small.write(f"book/{name}", front + text.replace("NAME", label))
        (small.root / "book" / name).with_name("map.svg").write_text(SVG)
    for form in ("html", "notebooks", "epub"):
        done = small.run(form)
        assert done.returncode == 0, done.stdout + done.stderr
    return small


def html(book, name):
    path = book.root / f"_build/html/book/{name}.html"
    return LexborHTMLParser(path.read_text()).css_first("article")


def epub(book, name):
    with ZipFile(book.root / "_build/epub/d2l.epub") as archive:
        return LexborHTMLParser(archive.read(f"book/{name}.xhtml")).body


def notebook(book, name):
    path = book.root / f"_build/notebooks/book/{name}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(c.source for c in cells if c.cell_type == "markdown")


def text(node):
    return " ".join(node.text().replace("#", " ").split())


@pytest.mark.parametrize(("name", "number"), NUMBERS.items())
def test_titles_and_headings_have_their_numbers(book, name, number):
    label = name.replace("/", "-")
    is_opening = name.endswith("/index")
    titles = {
        "h1": f"{number} Page {label}".strip(),
        "h2": "Project" if is_opening else f"{number}.1 One",
        "h3": "More" if is_opening else "Deep",
    }
    if number in ("", "A"):
        titles["h2"] = "One"
    for page in (html(book, name), epub(book, name)):
        for tag, title in titles.items():
            found = text(page.css_first(tag)).removesuffix("\uf0c1").strip()
            assert found.removesuffix("¶").strip() == title
    if name in NOTEBOOKS:
        lines = notebook(book, name).splitlines()
        for tag, title in titles.items():
            assert f"{'#' * int(tag[1])} {title}" in lines


@pytest.mark.parametrize(
    ("name", "number"),
    [(n, number) for n, number in NUMBERS.items() if number],
)
def test_what_stands_on_a_page_is_numbered_after_it(book, name, number):
    forms = (text(html(book, name)), text(epub(book, name)))
    plain = notebook(book, name) if name in NOTEBOOKS else ""
    if name.endswith("/index"):
        wanted = [f"Figure {number}.1"]
    else:
        wanted = [f"{w} {number}.1" for w in ("Figure", "Table", "Exercise")]
        assert all(f"({number}.1)" in form for form in forms)
        assert not plain or f"\\tag{{{number}.1}}" in plain
        sentence = (
            f"({number}.1), Figure {number}.1, Table {number}.1, Exercise"
        )
        assert all(sentence in form for form in forms)
    for words in wanted:
        assert all(words in form for form in filter(None, (*forms, plain)))


def test_what_is_not_in_a_chapter_is_counted_through(book):
    assert "Figure 1" in text(html(book, "preface"))
    assert "Figure 2" in text(html(book, "after"))


def test_the_contents_of_an_epub_nest_pages_in_chapters(book):
    with ZipFile(book.root / "_build/epub/d2l.epub") as archive:
        contents = LexborHTMLParser(archive.read("nav.xhtml"))
    part = next(
        item
        for item in contents.css("nav > ol > li")
        if text(item.css_first("a")) == "Part & one"
    )
    chapters = {
        text(chapter.css_first("a")): [
            text(page) for page in chapter.css("ol > li > a")
        ]
        for chapter in part.css_first("ol").iter()
    }
    first = chapters["1 Page first-index"]
    assert "1.1 Page first-a" in first and "1.2 Page first-b" in first
    assert "2 Page second-index" in chapters


def test_the_list_of_notebooks_has_numbers(book):
    readme = (book.root / "_build/notebooks/README.md").read_text()
    assert "- [1 Page first-index](book/first/index.ipynb)" in readme
    assert "  - [1.2 Page first-b](book/first/b.ipynb)" in readme


LATEX = """
from pathlib import Path

from tooling.jupyter_book import jupyter_book
from tooling.source.book import Book

book = Book(Path.cwd())
jupyter_book(book, "latex", book.output / "pdf" / "_build")
"""
COMMAND = re.compile(
    r"^\\(mainmatter|appendix|backmatter|part|chapter|(?:sub)?section\*?)"
    r"(?:\{(?:[\dA.]+ )*(?:Page )?([\w &\\]*).*\})?$",
    re.MULTILINE,
)


def test_print_has_parts_chapters_and_sections(book):
    subprocess.run(
        [sys.executable, "-c", LATEX],
        cwd=book.root,
        env=book.environment,
        check=True,
    )
    tex = (book.root / "_build/pdf/_build/latex/d2l.tex").read_text()
    found = [f"{what} {name}".strip() for what, name in COMMAND.findall(tex)]
    found = [f.removesuffix("\\sphinxhyphen") for f in found]
    own = ("section* Project", "subsection* More")
    inside = ("section One", "subsection One", "subsection Deep")
    assert [f for f in found if f not in inside] == [
        *("chapter About this book", "chapter preface"),
        *("mainmatter", "part Part \\& one"),
        *("chapter first", *own, "section first", "section first"),
        *("chapter second", *own, "section second"),
        "part Part two",
        *("chapter third", *own, "section third"),
        *("appendix", "chapter more", "backmatter", "chapter Solutions"),
        # Solutions stand below the page that asked, not below its chapter.
        *(f"section {p}" for p in ("preface", "first", "first")),
        *(f"section {p}" for p in ("second", "third", "more", "after")),
        "chapter after",
    ]


def sidebar(book, name):
    path = book.root / f"_build/html/book/{name}.html"
    page = LexborHTMLParser(path.read_text())
    return page, page.css_first("nav.bd-docs-nav")


CHAPTERS = [n for n in NUMBERS if "/" not in n or n.endswith("/index")]


@pytest.mark.parametrize("name", ["index", *NUMBERS])
def test_the_sidebar_has_the_chapters_and_the_pages_of_the_open_one(
    book, name
):
    folder = f"{name.partition('/')[0]}/"
    pages = [n for n in NUMBERS if n in CHAPTERS or n.startswith(folder)]
    _, found = sidebar(book, name)
    links = found.css("li[class^=toctree] > a")[1:]  # the first is home
    targets = [a.attributes["href"] for a in links]
    up = "../" if "/" in name else ""
    assert [t.removeprefix("../") for t in targets] == [
        "#" if page == name else relative(page, name, up) for page in pages
    ]
    assert [text(a) for a in links] == [
        f"{NUMBERS[page]} Page {page.replace('/', '-')}".strip()
        for page in pages
    ]
    captions = [text(p) for p in found.css("p.caption")]
    parts = ["Before", "Part & one", "Part two", "Appendix", "Back"]
    assert captions == parts


def relative(page, seen_from, up):
    folder = f"{seen_from.rpartition('/')[0]}/"
    return f"{page}.html".removeprefix(folder if up else "")


@pytest.mark.parametrize("name", NUMBERS)
def test_the_branch_of_a_page_is_marked(book, name):
    _, found = sidebar(book, name)
    current = [text(a) for a in found.css("li.current.active > a")]
    label = name.replace("/", "-")
    own = f"{NUMBERS[name]} Page {label}".strip()
    folder = name.partition("/")[0]
    chapter = f"{folder}/index"
    above = (
        [f"{NUMBERS[chapter]} Page {folder}-index"]
        if chapter in NUMBERS
        else []
    )
    assert current == list(dict.fromkeys([*above, own]))
    (here,) = found.css("a[aria-current=page]")
    assert text(here) == own


def test_the_sidebar_needs_no_script_and_grows_with_chapters_only(book):
    page, found = sidebar(book, "first/a")
    assert not found.css("details, button, input, script")
    links = len(found.css("a"))
    assert links == 1 + len(CHAPTERS) + 2  # home, chapters, pages of one
    around = [text(a) for a in page.css(".bd-breadcrumbs a")]
    assert around == ["", "1 Page first-index"]  # a house, and the chapter


def test_the_page_for_what_is_missing_has_absolute_links(book):
    path = book.root / "_build/html/404.html"
    links = LexborHTMLParser(path.read_text()).css("nav.bd-docs-nav li > a")
    assert len(links) == 1 + len(CHAPTERS)
    assert all(a.attributes["href"].startswith("/") for a in links)
