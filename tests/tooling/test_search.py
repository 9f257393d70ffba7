"""The search of the site finds Chinese terms and the entries of all pages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sphinx
from py_mini_racer import MiniRacer

from tests.tooling.conftest import ROOT
from tooling.pages.glossary import Entry
from tooling.website.search import chinese_entries

SCRIPT = Path(sphinx.__file__).parent / "themes/basic/static/searchtools.js"
BROWSER = """
var window = {}, DOCUMENTATION_OPTIONS = {}, location = {search: ""};
var document = {
  addEventListener() {}, createElement: () => ({}), getElementById: () => null,
};
var URLSearchParams = function () { return {get: () => QUERY}; };
var QUERY = "", stopwords = [];
var Stemmer = function () { this.stemWord = (word) => word; };
var localStorage = {setItem() {}, removeItem() {}};
var _ready = () => {}, SPHINX_HIGHLIGHT_ENABLED = false;
var _ = (text) => text;
"""
FIND = """
((query) => {
  QUERY = query;
  const found = Search._performSearch(...Search._parseQuery(query));
  const places = found.map(([name, , place]) => name + place);
  return JSON.stringify(places.reverse());
})
"""
PAGES = {
    "book/channels": "Channels",
    "book/convolution": "Convolution",
    "book/glossary": "Glossary",
    "book/tensors": "Tensors",
}
TERMS = [
    Entry("book/glossary", "term-tensor", "book/tensors", ("张量",)),
    Entry("book/glossary", "term-convolution", "book/convolution", ("卷积",)),
    Entry("book/glossary", "term-cnn", "book/channels", ("卷积神经网络",)),
    Entry("book/glossary", "term-bias", "", ("偏置", "偏差")),
]


@pytest.fixture(scope="module")
def find():
    """Return a function that searches as the site does."""
    names = list(PAGES)
    entries: dict[str, list[tuple[int, str, bool]]] = {}
    for page, found in chinese_entries(TERMS).items():
        for term, place, main in sorted(found):
            where = (names.index(page), place, main == "main")
            entries.setdefault(term, []).append(where)
    index = {
        "docnames": names,
        "filenames": [f"{name}.md" for name in names],
        "titles": list(PAGES.values()),
        "terms": {},
        "titleterms": {},
        "alltitles": {},
        "indexentries": entries,
        "objects": {},
        "objnames": {},
        "objtypes": {},
    }
    engine = MiniRacer()
    scorer = (ROOT / "assets/search.js").read_text("utf8")
    engine.eval(BROWSER + scorer + SCRIPT.read_text("utf8"))
    engine.eval(f"Search.setIndex({json.dumps(index)})")
    return lambda words: json.loads(
        engine.eval(f"{FIND}({json.dumps(words)})")
    )


@pytest.mark.parametrize(
    ("words", "pages"),
    [
        ("张量", ["book/tensors", "book/glossary#term-tensor"]),
        ("卷积神经网络", ["book/channels", "book/glossary#term-cnn"]),
        ("偏差", ["book/glossary#term-bias"]),
        ("偏置", ["book/glossary#term-bias"]),
        ("量子", []),
    ],
)
def test_a_chinese_term_leads_to_its_page_and_the_glossary(find, words, pages):
    assert find(words)[:2] == pages


def test_a_pair_of_characters_finds_longer_terms_after_its_own(find):
    found = find("卷积")
    assert found[0] == "book/convolution"
    assert set(found) == {
        *("book/convolution", "book/channels"),
        *("book/glossary#term-convolution", "book/glossary#term-cnn"),
    }
    assert find("神经")[0] in {"book/channels", "book/glossary#term-cnn"}


def index_entries(folder):
    """Build a site, and return what its search finds by index entries."""
    sphinx_build = [sys.executable, "-m", "sphinx", "-q", "-C", "-D"]
    subprocess.run(
        [
            *sphinx_build,
            "extensions=tooling.website.search",
            folder,
            folder / "html",
        ],
        cwd=ROOT,
        check=True,
    )
    text = (folder / "html/searchindex.js").read_text("utf8")
    index = json.loads(text.removeprefix("Search.setIndex(").rstrip(")"))
    return {
        (word, index["docnames"][page])
        for word, places in index["indexentries"].items()
        for page, _, _ in places
    }


def test_entries_of_pages_that_are_not_written_again_are_kept(tmp_path):
    names = "index", "changed", "left"
    for name in names:
        entry = f".. index:: single: word {name}"
        page = f":orphan:\n\n{name}\n=======\n\n{entry}\n\nText.\n"
        (tmp_path / f"{name}.rst").write_text(page)
    first = index_entries(tmp_path)
    assert {(f"word {name}", name) for name in names} == first
    with (tmp_path / "changed.rst").open("a") as file:
        file.write("\nMore text.\n")
    assert index_entries(tmp_path) == first
