"""The records of the executor, as the site shows them."""

import re
import shutil
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from tests.tooling.conftest import FRONT, cell
from tests.tooling.test_execution import INDEX, page, pages_of
from tooling.execution.kernels import Record
from tooling.pages import what_ran

TABLE = "# What ran\n\n```{what-ran}\n```\n"
DATA = cell("from d2l.data import fashion_mnist")
LINE = re.compile(r'<p class="what-ran"><span>(.*?)</span>')


def shown(book, name):
    text = (book.root / f"_build/html/book/{name}.html").read_text("utf8")
    return LINE.findall(text)


def rows(book):
    """Return the rows of the table, a list of cells each."""
    text = (book.root / "_build/html/book/table.html").read_text("utf8")
    table = text.partition('class="what-ran-table')[2].partition("</table>")[0]
    found = []
    for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)[1:]:
        cells = re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
        found.append([re.sub(r"<.*?>", "", c).strip() for c in cells])
    return found


def test_every_page_shows_its_record_and_the_table_all(make_book):
    large = cell("x = b'1' * (200 * 2**20)\nimport time; time.sleep(2)")
    book = make_book(
        {
            "index": INDEX,
            "large": page("large") + large,
            "data": FRONT + "# Data\n\n" + DATA,
            "prose": "# Prose\n\nNothing runs here.\n",
            "table": TABLE,
        }
    )
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown(book, "prose") == shown(book, "table") == []
    [line] = shown(book, "data")
    assert re.fullmatch(
        r"This page ran in \d+\.\d s and [\d,]+ MiB of memory on CPU \(.*\), "
        r"Python [\d.]+, torch [\w.+]+, numpy [\d.]+, \d{4}-\d\d-\d\d\. "
        r"Data: fashion_mnist \(twin\)\.",
        line,
    )
    table = rows(book)
    assert [row[0] for row in table] == ["Index", "large", "Data"]
    small, big = ({"s": float(r[1]), "m": float(r[2])} for r in table[:2])
    assert big["m"] > small["m"] + 120
    assert big["s"] > 2
    assert [row[3] for row in table] == ["", "", "fashion_mnist (twin)"]
    assert f"ran in {table[1][1]} s" in shown(book, "large")[0]

    # A page that runs again has another record, the others keep theirs.
    book.write("book/large", page("large", "2 + 2"))
    before = {name: shown(book, name) for name in ("index", "large", "data")}
    assert pages_of(book.run("html").stdout) == [1, 2, 0]
    after = {name: shown(book, name) for name in before}
    assert [n for n in before if before[n] != after[n]] == ["large"]
    assert rows(book)[0] == table[0] and rows(book)[1] != table[1]

    # Nothing but the record has changed: the pages show it all the same.
    shutil.rmtree(book.root / "_build/.jupyter_cache")
    assert pages_of(book.run("html").stdout) == [3, 0, 0]
    seconds = [row[1] for row in rows(book)]
    lines = [shown(book, name)[0] for name in ("index", "large", "data")]
    assert all(
        f"ran in {s} s" in text for s, text in zip(seconds, lines, strict=True)
    )


def chapter(*seconds):
    """Return a stand-in of Sphinx with the records of a chapter's pages."""
    names = [f"chapter/{name}" for name in ("index", "a", "b")]
    ran = {
        name: Record(execution_seconds=time)
        for name, time in zip(names, seconds, strict=False)
    }
    env = SimpleNamespace(
        records=ran | {"other": Record(execution_seconds=999)},
        toctree_includes={names[0]: names[1:]},
        metadata={names[0]: {"minutes": True}},
        found_docs={*names, "other"},
    )
    builder = SimpleNamespace(format="latex")
    return SimpleNamespace(env=env, builder=builder)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ((), "less than a minute"),
        ((9, 20), "less than a minute"),
        ((10, 30, 40), "about a minute"),
        ((40, 70), "about 2 minutes"),
        ((40, 140, 1000), "about 20 minutes"),
    ],
)
def test_an_opening_page_says_how_long_its_chapter_runs(seconds, told):
    document = new_document("")
    document += nodes.paragraph("", "It runs in ", what_ran.minutes())
    what_ran.show(chapter(*seconds), document, "chapter/index")
    assert document.astext() == f"It runs in {told}"


def test_an_opening_page_is_outdated_when_a_page_ran_again(monkeypatch):
    app = chapter(40, 70)
    new = app.env.records | {"chapter/a": Record(execution_seconds=80)}
    monkeypatch.setattr(what_ran, "records", lambda _: new)
    found = what_ran.outdated(app, app.env, set(), set(), set())
    assert set(found) == {"chapter/a", "chapter/index"}
