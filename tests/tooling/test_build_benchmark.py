"""The benchmark of the build measures what it says it measures."""

import json

import pytest

from benchmarks import build, checks, report
from benchmarks.generated_book import write_book
from tests.tooling.conftest import FRONT, ZYGOTE, cell, logs
from tooling.source.book import Book

PAGES = {
    "index": FRONT + "# Index\n\n" + logs("index"),
    "other": FRONT + "# Other\n\n" + logs("other"),
    "loss": FRONT + "# Loss\n\n" + logs("loss") + cell("import d2l.losses"),
}


class Forked(build.Subject):
    def run(self, environment):
        _, module_option, module, *arguments = self.command
        assert module_option == "-m"
        return ZYGOTE.run(module, *arguments, cwd=self.folder, env=environment)


@pytest.mark.parametrize(
    ("name", "subject", "idle"),
    [("parallel", Forked, ["sphinx", "warm"]), ("plain", build.Subject, [])],
)
def test_every_phase_executes_the_pages_that_it_should(
    make_book, name, subject, idle
):
    book = make_book(PAGES)
    subject = subject(book.root, build.COMMANDS[name])

    def executes(phase):
        assert build.measure(subject, phase) > 0
        return sorted(book.executed())

    assert executes("cold") == sorted(PAGES)
    for phase in (*idle, "prose"):
        assert executes(phase) == []
    assert (
        "And so on." in (book.root / "_build/html/book/other.html").read_text()
    )
    assert executes("library") == ["loss"]


def test_a_phase_that_executes_something_else_is_no_measurement(make_book):
    class Forgetful(build.Subject):
        def build(self):
            return build.Run(seconds=1.0, executed=3)

    subject = Forgetful(make_book(PAGES).root, [])
    assert build.measure(subject, "cold") == 1.0
    with pytest.raises(RuntimeError, match="warm: 3 pages were executed"):
        build.measure(subject, "warm")


def test_some_generated_pages_import_the_package(tmp_path):
    write_book(tmp_path, 11)
    book = Book(tmp_path)
    assert len(book.executable_pages()) == 11
    assert 0 < build.library(book)[1] < 11


@pytest.fixture
def results():
    """Return times that grow with the pages, for us with their root."""
    times = {
        n: {
            "parallel": {p: [9.0, n**0.5, 0.0] for p in report.PHASES},
            "serial": {"cold": [2 * n**0.5]},
            "plain": {p: [float(n)] for p in report.PHASES},
        }
        for n in (25, 64)
    }
    return report.Results(report.provenance(), times)


def test_ratios_and_growth(results):
    found = report.summary(results)
    assert found["ratios"]["cold"] == {25: 5, 64: 8}
    assert found["parallel_over_serial"] == {25: 2, 64: 2}
    assert found["growth"]["plain"]["warm"] == 1
    assert found["growth"]["parallel"]["warm"] == 0.5
    table = report.markdown(results)
    assert "| 64 | 8.0 / 64.0 (8.0) |" in table
    assert "| exponent of growth | 0.50 / 1.00 |" in table


def test_results_are_kept_until_the_commit_changes(results, tmp_path):
    report.save(results, tmp_path)
    assert report.load(tmp_path).times == results.times
    assert (tmp_path / "build.md").read_text().count("| 25 |") == 1
    assert "</svg>" in (tmp_path / "build.svg").read_text()
    path = tmp_path / "build.json"
    found = json.loads(path.read_text())
    found["provenance"]["commit"] = "another"
    path.write_text(json.dumps(found))
    assert report.load(tmp_path).times == {}


def test_a_book_is_made_as_long_as_wanted(tmp_path):
    write_book(tmp_path, 2)
    assert checks.add_pages(tmp_path, 5, seconds=20) == 3
    pages = Book(tmp_path).executable_pages()
    assert len(pages) == 5
    assert ["+ 20\n" in page.text for page in pages] == 2 * [False] + 3 * [
        True
    ]
