"""After any edit, an incremental build equals a fresh one."""

import re
import shutil

import pytest
import yaml

from tests.tooling.conftest import FRONT, ROOT, SmallBook, cell

FIGURE = (
    "```{{figure}} {file}\n:name: {name}\n:alt: A net.\n\nThe net.\n```\n\n"
)
EQUATIONS = "$$x$$ (x)\n\n$$y$$ (y)\n\n"
TURNED = "$$y$$ (y)\n\n$$x$$ (x)\n\n"
FIRST = (
    "(first)=\n# First\n\n## A part\n\nProse.\n\n(part)=\n## Another part\n\n"
    + EQUATIONS
    + FIGURE.format(file="a.svg", name="net")
)
SECOND = (
    FRONT
    + "# Second\n\n{ref}`first`, {ref}`part`, {numref}`part`, {eq}`x`, "
    + "{numref}`net`, {cite}`someone2020`, {numref}`own`.\n\n"
    + cell("print('executed')")
    + FIGURE.format(file="a.svg", name="own")
)
# What is edited on the first page, and what the second page then shows.
NEW = FIGURE.format(file="a.svg", name="new")
EDITS = [
    ("# First", "# *New* title", ">New title<"),
    ("# Another part", "# Another part!", ">Another part!<"),
    ("## A part", "## New\n\nText.\n\n## A part", "Section 1.3"),
    (EQUATIONS, TURNED, ">(1.3.2)<"),
    (TURNED, TURNED + NEW.replace(":name: new\n", ""), "Figure 1.3.2"),
]


pytestmark = pytest.mark.xdist_group("rewriting")


@pytest.fixture(scope="module")
def book(make_shared_book):
    """A book that has been built; each test goes on from what it finds."""
    back = "# Back\n\n```{bibliography}\n```\n"
    book = make_shared_book(
        {"index": "# Index\n", "first": FIRST, "second": SECOND, "back": back}
    )
    shutil.copy(ROOT / "assets/diagrams/lenet.svg", book.root / "book/a.svg")
    (book.root / "book/references.bib").write_text(
        "@misc{someone2020, author={Someone, A}, title={T}, year=2020}\n"
    )
    config = yaml.safe_load((book.root / "_config.yml").read_text())
    config["bibtex_bibfiles"] = ["book/references.bib"]
    config["sphinx"]["config"]["bibtex_reference_style"] = "author_year"
    (book.root / "_config.yml").write_text(yaml.safe_dump(config))
    chapters = [{"file": f"book/{n}"} for n in ("first", "second", "back")]
    toc = {"format": "jb-book", "root": "book/index"}
    toc["parts"] = [{"caption": "P", "numbered": True, "chapters": chapters}]
    write_toc(book, toc)
    built(book)
    fresh(book)  # the theme addresses styles as it finds them
    return book


def write_toc(book, toc):
    (book.root / "_toc.yml").write_text(yaml.safe_dump(toc))


def built(book, run=SmallBook.run):
    """Build, and return the text of each page."""
    done = run(book, "html")
    assert done.returncode == 0, done.stdout + done.stderr
    site = book.root / "_build/html"
    return {
        path.relative_to(site).as_posix(): path.read_text()
        for path in site.rglob("*.html")
    }


def fresh(book):
    """Build from nothing, with the executed pages that there were.

    In a process of its own, sets have another order.
    """
    for page in (book.root / "_build/html").rglob("*.html"):
        page.unlink()
    shutil.rmtree(book.root / "_build/.doctrees")
    return built(book, SmallBook.run_process)


def same(pages, others):
    assert sorted(pages) == sorted(others)
    for name, text in pages.items():
        lines = zip(text.splitlines(), others[name].splitlines(), strict=False)
        different = [pair for pair in lines if pair[0] != pair[1]]
        assert (name, different[:2]) == (name, [])


def test_an_edit_of_prose_writes_one_page(book):
    site = book.root / "_build/html"
    before = {p: p.stat().st_mtime_ns for p in site.rglob("book/*.html")}
    assert len(before) == 4
    book.write("book/first", FIRST.replace("Prose.", "Edited prose."))
    built(book)
    written = {p.stem for p, t in before.items() if p.stat().st_mtime_ns > t}
    assert written == {"first", "index"}  # the index holds the tree of pages


def test_what_other_pages_show_is_kept_up_to_date(book):
    text = FIRST
    for old, new, shown in EDITS:
        assert old in text
        text = text.replace(old, new)
        book.write("book/first", text)
        second = re.sub("</?span[^>]*>", "", built(book)["book/second.html"])
        assert shown in second, (old, new)
    references = book.root / "book/references.bib"
    references.write_text(references.read_text().replace("Someone", "Other"))
    changed = built(book)
    assert "Other" in changed["book/second.html"]
    same(changed, fresh(book))


def test_a_page_added_moved_or_removed_is_so_on_all_pages(book):
    toc = yaml.safe_load((book.root / "_toc.yml").read_text())
    chapters = toc["parts"][0]["chapters"]
    book.write("book/third", "# Third\n")
    chapters.insert(1, {"file": "book/third"})
    write_toc(book, toc)
    changed = built(book)
    assert "third.html" in changed["book/back.html"]
    same(changed, fresh(book))
    toc["parts"][0]["caption"] = "Renamed"
    write_toc(book, toc)
    assert "Renamed" in built(book)["book/back.html"]
    chapters[:] = [chapters[2], chapters[0], chapters[3]]
    write_toc(book, toc)
    changed = built(book)
    assert "book/third.html" not in changed
    same(changed, fresh(book))
