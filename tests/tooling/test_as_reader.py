"""Notebooks run again when something that they meet has changed."""

import os
import sys

import nbformat
import pytest

from tooling.notebooks import as_reader


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder of two notebooks, with an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path / "notebooks", "one", "open('ran', 'a').write('1')")
    write(tmp_path / "notebooks", "two", "2")
    return tmp_path / "notebooks"


def write(folder, name, code, prose="Prose."):
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_markdown_cell(prose),
        nbformat.v4.new_code_cell(code),
    ]
    (folder / "book").mkdir(parents=True, exist_ok=True)
    nbformat.write(made, folder / f"book/{name}.ipynb")


@pytest.fixture
def runs(folder, monkeypatch):
    """Return a function that tells what would run; those named 1/0 fail."""

    def run(path):
        code = nbformat.read(path, 4).cells[1].source
        return "ZeroDivisionError" if "1 / 0" in code else ""

    monkeypatch.setattr(as_reader, "run", run)

    def runs(*names, everything=False):
        found = as_reader.outcomes(folder, [*names], everything=everything)
        return [name for name, _ in found]

    return runs


BOTH = ["book/one.ipynb", "book/two.ipynb"]


def test_what_ran_does_not_run_again_until_its_code_changes(folder, runs):
    assert runs() == BOTH
    assert runs() == []
    assert runs(everything=True) == BOTH
    write(folder, "two", "2", prose="Other prose.")
    assert runs() == []
    write(folder, "two", "3")
    assert runs("book/one") == []
    assert runs("book/two.md") == BOTH[1:]
    write(folder, "two", "2")
    assert runs() == []  # what was known before is known again


def test_what_fails_runs_until_it_is_mended(folder, runs):
    write(folder, "two", "1 / 0")
    assert runs() == BOTH
    assert runs() == BOTH[1:]
    write(folder, "two", "2")
    assert runs() == BOTH[1:]
    assert runs() == []


def test_what_begins_to_fail_is_no_longer_known(runs, monkeypatch):
    assert runs() == BOTH
    with monkeypatch.context() as patch:
        patch.setattr(as_reader, "run", lambda path: "it fails")
        assert runs(everything=True) == BOTH
    assert runs() == BOTH


def test_another_environment_is_another_matter(runs, monkeypatch, tmp_path):
    assert runs() == BOTH
    monkeypatch.setenv("D2L_DATA", "elsewhere")
    assert runs() == BOTH
    monkeypatch.setattr(sys, "version", "4.0")
    assert runs() == BOTH
    found = [*as_reader.metadata.distributions()]
    others = [d for d in found if d.name != "torch"]
    monkeypatch.setattr(as_reader.metadata, "distributions", lambda: others)
    assert runs() == BOTH
    package = tmp_path / "site/d2l"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "known.json").write_text("1")
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.delitem(sys.modules, "d2l", raising=False)
    assert runs() == BOTH
    (package / "known.json").write_text("2")
    assert runs() == BOTH
    assert runs() == []


def test_a_memory_that_serves_nobody_is_deleted(folder, runs):
    runs()
    met = as_reader.environment()
    memories = [as_reader.memory_of(folder / name, met) for name in BOTH]
    for memory in memories:
        os.utime(memory, (0, 0))
    assert runs("book/one") == []
    assert [memory.exists() for memory in memories] == [True, False]


def test_a_notebook_runs_where_it_lies_and_an_error_is_told(folder):
    assert as_reader.run(folder / "book/one.ipynb") == ""
    assert (folder / "book/ran").read_text() == "1"
    write(folder, "two", "1 / 0")
    assert "ZeroDivisionError" in as_reader.run(folder / "book/two.ipynb")
