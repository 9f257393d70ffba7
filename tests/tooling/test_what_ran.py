"""The records of the executor, as the site shows them."""

import re
import shutil

from tests.tooling.conftest import FRONT, cell
from tests.tooling.test_execution import INDEX, page, pages_of

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
