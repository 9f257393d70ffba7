"""A broken page for each rule of a page, reported with its line."""

import pytest

from tests.tooling.conftest import FRONT, cell
from tooling.book import Book
from tooling.page_rules import check

EXERCISES = "".join(
    f"```{{exercise}} E{i}\n:label: e{i}\n\nDo it.\n```\n\n"
    f"```{{solution}} e{i}\n:class: dropdown\n\nDone.\n```\n\n"
    for i in range(4)
)
GOOD = (
    FRONT
    + "# A page\n\n{cite}`someone2020`\n\n"
    + cell("x = 1")
    + cell("assert x == 1, 'One.'", ":tags: [claim]\n")
    + EXERCISES
)
FIGURE = "---\nmystnb:\n  figure:\n    caption: C\n---"


def findings(make_book, text):
    book = make_book({"index": "# Index\n", "chapter/page": text})
    return check(Book(book.root))


def test_a_good_page_has_no_findings(make_book):
    assert findings(make_book, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("x = 1\n", "\n".join(["x = 1"] * 36) + "\n", 11, "cell-length"),
        ("x = 1\n", "x = 1\ny = '" + 80 * "a" + "'\n", 12, "cell-width"),
        ("name: python3", "name: conda-d2l", 1, "kernel"),
        ("python\nx = 1", f"python\n{FIGURE}\nx = 1", 16, "alt-text"),
        (cell("x = 1"), ":::{note}\n" + cell("x = 1") + ":::\n", 1, "nested"),
        ("```{exercise} E0", "```{note} E0", 1, "exercises"),
        ("```{solution} e", "```{note} e", 1, "solutions"),
        (":tags: [claim]\n", "", 1, "claim"),
        (":tags: [claim]\n", "# a claim\n", 1, "claim"),
        ("{cite}`someone2020`", "Someone.", 1, "citation"),
    ],
)
def test_each_rule_reports_its_page(make_book, old, new, line, rule):
    assert old in GOOD
    found = findings(make_book, GOOD.replace(old, new))
    assert len(found) == 1
    assert found[0].startswith(f"book/chapter/page.md:{line}: {rule}")


def test_front_matter_needs_no_exercises(make_book):
    book = make_book({"index": FRONT + "# Index\n\n" + cell("x = 1")})
    assert check(Book(book.root)) == []
