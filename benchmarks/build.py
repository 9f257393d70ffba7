"""How long the book takes to build: `python -m benchmarks.build 25 50`.

Generated books of several sizes are built from nothing, from the executed
pages, again without a change, after an edit of one page's prose, and after an
edit of a module that some pages import: by this book's tooling, with as many
kernels as there are cores and with one, and by plain `jupyter-book build .`,
which executes one page after the other. All read the same configuration, so
their outputs are the same.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import report
from benchmarks.generated_book import write_book
from tooling.source.book import Book
from tooling.source.dependencies import reached_modules

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SIZES = [25, 50, 100, 200]
REPEATS = {"cold": 1, "sphinx": 1, "warm": 3, "prose": 3, "library": 1}
TOOLING = [sys.executable, "-m", "tooling"]
# No data of this machine, and no results that it shares.
SETTINGS = {"D2L_DATA": "twins", "RESULTS": "none"}
COMMANDS = {
    "parallel": [*TOOLING, "--workers", str(os.cpu_count() or 1), "html"],
    "serial": [*TOOLING, "--workers", "1", "html"],
    "plain": [str(BIN / "jupyter-book"), "build", "."],
}


@dataclass(frozen=True)
class Run:
    """One build.

    Args:
        seconds: how long it took.
        executed: how many pages were executed.
    """

    seconds: float
    executed: int


@dataclass(frozen=True)
class Subject:
    """A book in a folder, with its own copy of the package, and its builder.

    Args:
        folder: of the book.
        command: builds it, called in the folder.
    """

    folder: Path
    command: list[str]

    def build(self) -> Run:
        """Build once.

        Raises:
            RuntimeError: if the build failed.
        """
        before = self.cached()
        path = os.pathsep.join((str(self.folder), str(ROOT)))
        environment = os.environ | {"PYTHONPATH": path} | SETTINGS
        start = time.perf_counter()
        done = self.run(environment)
        seconds = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return Run(seconds, len(self.cached() - before))

    def run(
        self, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run the command.

        Args:
            environment: all its variables.
        """
        return subprocess.run(
            self.command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )

    def cached(self) -> set[str]:
        """Return the keys of the executed pages in the cache."""
        found = self.folder.glob("_build/.jupyter_cache/executed/*")
        return {path.name for path in found}

    def clean(self) -> None:
        """Delete everything that was built."""
        shutil.rmtree(self.folder / "_build", ignore_errors=True)

    def forget_site(self) -> None:
        """Delete what was built from the executed pages."""
        for name in ("html", ".doctrees"):
            shutil.rmtree(self.folder / "_build" / name)

    def edit_prose(self) -> None:
        """Add a sentence to the page in the middle."""
        names = Book(self.folder).names
        append(self.folder / f"{names[len(names) // 2]}.md", "\nAnd so on.\n")

    def edit_library(self) -> None:
        """Add a comment to the module that some pages import."""
        name, _ = library(Book(self.folder))
        path = self.folder.joinpath(*name.split(".")).with_suffix(".py")
        append(path, "# Edited.\n")


def append(path: Path, text: str) -> None:
    """Add a text to the end of a file."""
    with path.open("a", encoding="utf8") as file:
        file.write(text)


def library(book: Book) -> tuple[str, int]:
    """Return the module that most but not all pages reach, and their number.

    Args:
        book: with some pages that import the package, and some that do not.

    Raises:
        ValueError: if there is no such module.
    """
    pages = book.executable_pages()
    counts = Counter(m for p in pages for m in reached_modules(p.modules))
    some = {
        module: count
        for module, count in sorted(counts.items())
        if count < len(pages)
        and not book.root.joinpath(*module.split(".")).is_dir()
    }
    if not some:
        raise ValueError(f"{book.root}: no module that only some pages reach")
    return max(some.items(), key=lambda item: item[1])


def measure(subject: Subject, phase: str) -> float:
    """Return the seconds that one build takes.

    Args:
        subject: what to build; for every phase but "cold" it was built before.
        phase: "cold", "sphinx", "warm", "prose" or "library".

    Raises:
        RuntimeError: if the build failed, or executed other pages than its
            phase should.
    """
    book = Book(subject.folder)
    pages, dependents = len(book.executable_pages()), library(book)[1]
    prepare, expected = {
        "cold": (subject.clean, pages),
        "sphinx": (subject.forget_site, 0),
        "warm": (lambda: None, 0),
        "prose": (subject.edit_prose, 0),
        "library": (subject.edit_library, dependents),
    }[phase]
    prepare()
    run = subject.build()
    if run.executed != expected:
        raise RuntimeError(
            f"{phase}: {run.executed} pages were executed, not {expected}: "
            + " ".join(subject.command)
        )
    return round(run.seconds, 3)


def measure_size(pages: int) -> report.Times:
    """Return the times of every command on a book of some pages.

    The commands take turns, so that a machine that slows down slows all.

    Args:
        pages: how many.
    """
    times: report.Times = {name: {} for name in COMMANDS}
    with TemporaryDirectory() as folder:
        subjects = {
            name: Subject(Path(folder, name), command)
            for name, command in COMMANDS.items()
        }
        for subject in subjects.values():
            subject.folder.mkdir()
            write_book(subject.folder, pages)
        for phase in report.PHASES:
            for _ in range(REPEATS[phase]):
                for name, subject in subjects.items():
                    if phase == "cold" or name != "serial":
                        seconds = measure(subject, phase)
                        times[name].setdefault(phase, []).append(seconds)
                        print(f"{pages:4} {phase:8} {name:9} {seconds:7.1f} s")
    return times


def main() -> int:
    """Measure the sizes that were not measured yet, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=int, nargs="*", default=SIZES)
    wanted = parser.parse_args().pages
    results = report.load()
    for pages in wanted:
        if pages in results.times:
            print(f"{pages:4} pages were measured; to measure again, delete")
            print(f"           {report.FOLDER / 'build.json'}")
            continue
        results.times[pages] = measure_size(pages)
        report.save(results)
    print(report.markdown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
