"""Results computed once: in another checkout, or where the site was built."""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
import pytest
import yaml

from d2l.data import downloads
from tests.tooling.conftest import SmallBook, write_book
from tests.tooling.test_execution import INDEX, page
from tests.tooling.test_published import Server, one_bit
from tests.tooling.test_what_ran import TABLE, shown
from tooling.execution.published import FILE, LIST
from tooling.execution.records import Record
from tooling.execution.results import Results
from tooling.execution.sharing import EARLIER, Sharing, key, pack, settle
from tooling.execution.store import Store
from tooling.source import dependencies
from tooling.source.book import Book

FIGURE = (
    "from IPython.display import HTML\n"
    "from d2l.notebook import glue\n"
    "glue(answer=6 * 7)\n"
    "HTML('<b>shown</b>')"
)
PAGES = {
    "index": INDEX,
    "figure": page("figure", FIGURE, "It is {glue:text}`answer`."),
    "table": TABLE,
}
PUBLISH = (
    "from pathlib import Path\n"
    "from tooling.execution.sharing import publish\n"
    "from tooling.source.book import Book\n"
    "publish(Book(Path.cwd()), Path.cwd() / 'published')"
)


@dataclass
class Checkout(SmallBook):
    """A small book that shares its results.

    Args:
        store: value of the environment variable RESULTS.
        offline: whether no server may be asked.
    """

    store: str = "none"
    offline: bool = False

    @property
    def environment(self):
        sharing = {"RESULTS": self.store, "NO_PROXY": "127.0.0.1"}
        offline = {"D2L_OFFLINE": "1" if self.offline else ""}
        return super().environment | sharing | offline

    def counts(self, command="execute", run=SmallBook.run):
        """Run a command; return how many pages it executed, had and took."""
        done = run(self, command)
        assert done.returncode == 0, done.stdout + done.stderr
        self.told = [
            line for line in done.stderr.splitlines() if "Shared" in line
        ]
        pattern = r"(\d+) executed .*, (\d+) cached, (\d+) shared, 0 failed"
        return [int(n) for n in re.search(pattern, done.stdout).groups()]

    def records(self):
        records = Results(Book(self.root))._records.values()
        return [record.data for record in records]

    def clean(self):
        """Delete the executed pages, but not the list of fonts."""
        shutil.rmtree(self.root / "_build/.jupyter_cache")


def checkout(folder, store, *, site=False, offline=False, pages=PAGES):
    folder.mkdir()
    root = write_book(folder, pages).root
    path = root / "_config.yml"
    config = yaml.safe_load(path.read_text())
    config["sphinx"]["config"]["shared_results"] = site
    path.write_text(yaml.safe_dump(config))
    return Checkout(root, store=str(store), offline=offline)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("sharing")


@pytest.fixture(scope="module")
def first(place):
    """A checkout whose pages were executed, while another one did the same."""
    both = [checkout(place / name, place / "store") for name in ("a", "b")]
    with ThreadPoolExecutor() as pool:
        at_once = partial(Checkout.counts, run=SmallBook.run_process)
        counts = list(pool.map(at_once, both))
    assert all(n + m == 2 for n, _, m in counts)
    return both[0]


@pytest.fixture(scope="module")
def server(first):
    """A server of the site that the first checkout publishes."""
    folder = first.root / "published"
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-c", PUBLISH],
        cwd=first.root,
        env=first.environment,
        check=True,
    )
    started = Server({p.name: p.read_bytes() for p in folder.iterdir()})
    yield started
    started.stop()


@pytest.fixture(scope="module")
def other(first, place):
    return checkout(place / "other", first.store)


def test_another_checkout_takes_the_results(first, other):
    assert other.counts("html") == [0, 0, 2]
    assert other.told == other.executed() == []
    text = (other.root / "_build/html/book/figure.html").read_text("utf8")
    assert "<b>shown</b>" in text and "It is 42." in text
    [line] = shown(other, "figure")
    assert f"Its results are those of {EARLIER}. " in f"{line} "
    # The one that executed them says nothing of the kind.
    assert all(data["origin"] is None for data in first.records())


def test_what_was_deleted_comes_back_and_only_code_executes(other):
    """Prose is not in the key; and what was taken can be computed, too."""
    path = other.root / "book/figure.md"
    path.write_text(path.read_text() + "\nA further sentence.\n")
    shutil.rmtree(other.root / "_build/.jupyter_cache", ignore_errors=True)
    assert other.counts() == [0, 0, 2]
    assert other.counts() == [0, 2, 0]
    # That all can be computed is proven without them.
    done = other.run("reproduce")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(other.executed()) == ["figure", "index"]
    path.write_text(path.read_text().replace("6 * 7", "6 * 8"))
    other.clean()
    assert other.counts() == [1, 0, 1]


def test_results_of_others_can_be_refused(first, place):
    alone = checkout(place / "alone", "none")
    before = {p: p.stat().st_mtime_ns for p in place.rglob("store/*/*")}
    assert before
    assert alone.counts() == [2, 0, 0]
    after = {p: p.stat().st_mtime_ns for p in place.rglob("store/*/*")}
    assert after == before


def test_a_fresh_clone_takes_the_results_of_the_site(server, place):
    clone = checkout(place / "clone", place / "new", site=server.url)
    assert clone.counts() == [0, 0, 2]
    assert clone.executed() == []
    [line] = clone.told
    assert f"2 pages are at {server.url}, " in line
    assert {data["origin"] for data in clone.records()} == {server.url}
    assert server.asked == [LIST, FILE]
    assert clone.counts() == [0, 2, 0]
    # The next checkout has them from here, and says where they come from.
    next_one = checkout(place / "next", place / "new", site=server.url)
    assert next_one.counts() == [0, 0, 2]
    assert {data["origin"] for data in next_one.records()} == {server.url}
    assert server.asked == [LIST, FILE]


def test_a_plain_build_takes_them_too(server, place):
    plain = checkout(place / "plain", place / "plain store", site=server.url)
    subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", "."],
        cwd=plain.root,
        env=plain.environment,
        check=True,
        capture_output=True,
    )
    assert plain.executed() == []
    [line] = shown(plain, "figure")
    assert f"Its results are those of {server.url}" in line


def test_without_them_pages_execute(server, place):
    asked = len(server.asked)
    one = {"index": INDEX}
    where = {"site": server.url, "pages": one}
    offline = checkout(place / "c", place / "c store", offline=True, **where)
    damaged = checkout(place / "d", place / "d store", **where)
    server.ways[FILE] = one_bit
    both = [offline.counts(), damaged.counts()]
    del server.ways[FILE]
    assert both == [[1, 0, 0], [1, 0, 0]]
    assert offline.told == []
    assert "has another SHA-256" in damaged.told[-1]
    assert server.asked[asked:] == [LIST, FILE]


# From here on in this process, with results that nobody has computed.


@pytest.fixture
def books(tmp_path, monkeypatch):
    """Two checkouts of the same book, and a store for both."""
    monkeypatch.setenv("RESULTS", str(tmp_path / "store"))
    roots = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        root = write_book(tmp_path / name, {"index": page("index")}).root
        path = root / "_config.yml"
        text = path.read_text()
        path.write_text(
            text.replace("shared_results: true", "shared_results: false")
        )
        roots.append(Book(root))
    return roots


def computed(book):
    """Return page, a notebook with outputs, and a record."""
    made = book.page("book/index")
    notebook = deepcopy(made.notebook)
    for number, one in enumerate(notebook.cells):
        if one.cell_type == "code":
            one.execution_count = number
            one.outputs = [
                nbformat.v4.new_output(
                    "stream", name="stdout", text=f"{number}\n"
                )
            ]
    return (
        made,
        notebook,
        Record(1.5, finished="2026-01-02", data={"x": "real"}),
    )


def test_outputs_and_record_come_as_they_were(books):
    made, notebook, record = computed(books[0])
    Sharing(books[0]).keep(made, notebook, record)
    results = Results(books[1])
    other = books[1].page("book/index")
    assert Sharing(books[1]).fill(results, [other]) == {"book/index"}
    found = results.find(other)
    assert found == Record(**vars(record) | {"origin": EARLIER})
    outputs = [c.get("outputs") for c in results.outputs(other).cells]
    assert outputs == [c.get("outputs") for c in notebook.cells]


@pytest.fixture
def data_page(books, monkeypatch):
    """A page that reads a data set, which a server would offer."""
    text = page("index", "from d2l.data import airfoil")
    (books[0].root / "book/index.md").write_text(text)
    monkeypatch.setattr(downloads, "expect", lambda name: "real")
    monkeypatch.setenv("D2L_OFFLINE", "")
    dependencies.data_modes.cache_clear()
    yield books[0].page("book/index")
    dependencies.data_modes.cache_clear()


def test_data_are_not_fetched_for_results_that_are_there(
    data_page, monkeypatch
):
    monkeypatch.setattr(downloads, "prepare", lambda name: 1 / 0)
    made, notebook, record = computed(data_page.book)
    Sharing(made.book).keep(made, notebook, record)
    results = Results(made.book)
    standing = settle(made.book, results, [data_page], Sharing(made.book))
    assert (standing.shared, standing.stale) == (["book/index"], {})
    again = settle(
        made.book, results, [made.book.page("book/index")], Sharing(made.book)
    )
    assert (again.cached, again.stale) == (["book/index"], {})


def test_without_data_the_twin_s_results_are_asked_for(data_page, monkeypatch):
    """The download fails, so no page of that set shows what real data gave."""
    monkeypatch.setattr(downloads, "prepare", lambda name: "twin")
    book, real = data_page.book, data_page.digest
    results = Results(book)
    stale = settle(book, results, [data_page], Sharing(book)).stale[
        "book/index"
    ]
    assert stale.digest != real
    assert dependencies.data_sets(stale.modules) == {"airfoil": "twin"}
    made, notebook, record = computed(book)
    Sharing(book).keep(made, notebook, record)
    standing = settle(book, results, [book.page("book/index")], Sharing(book))
    assert standing.shared == ["book/index"]


def without(content, *path):
    both = json.loads(content)
    inner = both
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return json.dumps(both).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: b"[]",
        lambda content: b"\xff" + content,
        lambda content: content.replace(b"x = 1", b"x = 2"),
        lambda content: content.replace(b"digest", b"digits"),
        lambda content: without(content, "record"),
        lambda content: without(content, "record", "execution_seconds"),
        lambda content: without(content, "notebook", "cells", 0),
        lambda content: without(content, "notebook", "cells", 0, "outputs"),
        lambda content: content.replace(b'"stdout"', b"7"),
        lambda content: content.replace(b'"peak_memory"', b'"other"'),
    ],
)
def test_what_is_not_of_the_form_is_not_taken(books, change, capsys):
    made, notebook, record = computed(books[0])
    good = pack(notebook, Record(**vars(record) | {"peak_memory": 1}))
    bad = change(good)
    assert bad != good
    folder = Path(os.environ["RESULTS"])
    Store(folder, 2**30).put(key(made), bad)
    results = Results(books[0])
    assert Sharing(books[0]).fill(results, [made]) == set()
    assert results.find(made) is None
    [line] = capsys.readouterr().err.splitlines()
    assert "an earlier build has of book/index is no use" in line


def test_the_key_holds_code_and_digest_and_no_prose(books, monkeypatch):
    book = books[0]
    text = book.page("book/index").text
    made = {
        "same": text,
        "prose": text + "\nMore.\n",
        "code": text.replace("x = 1", "x = 2"),
        "option": text.replace("x = 1", ":tags: [timing]\n\nx = 1"),
    }
    keys = {}
    for name, changed in made.items():
        (book.root / "book/index.md").write_text(changed)
        keys[name] = key(book.page("book/index"))
    (book.root / "book/index.md").write_text(text)
    monkeypatch.setenv("D2L_DEVICE", "cuda")  # which the digest holds
    keys["device"] = key(book.page("book/index"))
    assert keys["prose"] == keys["same"]
    assert len(set(keys.values())) == 4


def test_the_store_is_held_in_its_bound_by_each_build(books):
    config = yaml.safe_load((books[0].root / "_config.yml").read_text())
    config["sphinx"]["config"]["results_limit"] = 1e-9
    (books[0].root / "_config.yml").write_text(yaml.safe_dump(config))
    book = Book(books[0].root)
    made, notebook, record = computed(book)
    sharing = Sharing(book)
    sharing.keep(made, notebook, record)
    assert sharing._store.get(key(made))
    sharing.prune()
    assert sharing._store.get(key(made)) is None
