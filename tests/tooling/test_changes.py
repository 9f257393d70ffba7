"""The list of changed pages, in small git repositories."""

import subprocess

import pytest

from tests.tooling.conftest import FRONT, cell
from tooling.source.book import Book
from tooling.upkeep.changes import changed_pages

PAGES = {
    "index": "# Index\n",
    "lenet": FRONT
    + "# LeNet\n\n![Its layers](../assets/diagrams/lenet.*)\n\n"
    + cell("from d2l.models.lenet import LeNet"),
    "train": FRONT
    + "# Training\n\n"
    + cell("from d2l.train.trainer import Trainer"),
}


def git(book, *arguments):
    name = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *name, *arguments], cwd=book.root, check=True)


@pytest.fixture
def book(make_book):
    made = make_book(PAGES)
    (made.root / ".gitignore").write_text("_build/\n__pycache__/\n")
    git(made, "init", "--quiet", "--initial-branch", "main")
    git(made, "add", ".")
    git(made, "commit", "--quiet", "-m", "The book.")
    return made


def changed(book, base="main", **environment):
    done = book.run("changed", base)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[2:]


def test_pages_are_named_with_what_touches_them(book):
    assert changed(book) == ["None."]
    git(book, "switch", "--quiet", "--create", "change")
    path = book.root / "book/index.md"
    path.write_text("# The index\n")
    git(book, "commit", "--quiet", "--all", "-m", "Rename the index.")
    module = book.root / "d2l/train/device.py"  # which the Trainer imports
    module.write_text(module.read_text() + "\n")
    assert changed(book) == [
        "- The index, `book/index.html`: `book/index.md`",
        "- Training, `book/train.html`: `d2l/train/device.py`",
    ]
    (book.root / "constraints.txt").write_text("torch==2.13.1\n")
    assert changed(book)[2:] == ["- every page, perhaps: `constraints.txt`"]


def test_what_others_did_since_is_no_change_of_ours(book):
    git(book, "switch", "--quiet", "--create", "change")
    git(book, "switch", "--quiet", "main")
    (book.root / "book/index.md").write_text("# Theirs\n")
    git(book, "commit", "--quiet", "--all", "-m", "Theirs.")
    git(book, "switch", "--quiet", "change")
    assert changed(book) == ["None."]


def test_a_new_page_that_is_not_committed_counts(book):
    book.write("book/more", "# More\n")
    toc = book.root / "_toc.yml"
    first = "chapters:\n"
    more = f"{first}- file: book/more\n"
    toc.write_text(toc.read_text().replace(first, more))
    assert "- More, `book/more.html`: `book/more.md`" in changed(book)


def test_a_drawing_touches_the_pages_that_show_it(book):
    found = changed_pages(Book(book.root), ["assets/diagrams/lenet.svg"])
    assert found == {"book/lenet": ["assets/diagrams/lenet.svg"]}


def test_what_many_pages_are_made_from_is_seen(book):
    config = book.root / "_config.yml"
    config.write_text(
        config.read_text() + "bibtex_bibfiles: [book/references.bib]\n"
    )
    page = book.root / "book/lenet.md"
    page.write_text(page.read_text() + "\n{cite}`lecun1998gradient`\n")
    record = "d2l/experiments/image_classifiers.json"
    code = "from d2l.experiments.image_classifiers import load"
    results = FRONT + "# Index\n\n" + cell(code)
    (book.root / "book/index.md").write_text(results)
    git(book, "commit", "--quiet", "--all", "-m", "Cite.")
    everywhere = [
        "assets/static/site.css",
        "assets/templates/layout.html",
        "tooling/pages/claims.py",
    ]
    others = ["assets/diagrams/lenet.svg", "book/references.bib"]
    for name in (*everywhere, *others, record):
        (book.root / name).parent.mkdir(parents=True, exist_ok=True)
        (book.root / name).write_text("[]")
    assert changed(book) == [
        f"- Index, `book/index.html`: `{record}`",
        "- LeNet, `book/lenet.html`: `assets/diagrams/lenet.svg`, "
        "`book/references.bib`",
        "- every page, perhaps: " + ", ".join(f"`{n}`" for n in everywhere),
    ]


def test_an_unknown_revision_is_named(book):
    done = book.run("changed", "nowhere")
    assert done.returncode == 1 and "nowhere" in done.stderr
