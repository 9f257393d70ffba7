"""Small books in a temporary folder, built with the real tooling."""

import atexit
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import matplotlib.font_manager  # it makes a list of fonts
import pytest
import yaml

from tests.tooling.zygote import Zygote

ROOT = Path(__file__).parents[2]
PATIENCE = 280  # seconds; builds are slow on a busy machine
FRONT = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---

"""

ZYGOTE = Zygote()
atexit.register(ZYGOTE.close)


def cell(code: str, options: str = "") -> str:
    """Return a code cell."""
    lines = ["```{code-cell} python", *options.splitlines(), code.rstrip()]
    return "\n".join([*lines, "```", "", ""])


@dataclass
class SmallBook:
    """A book in a folder of its own, with its own copy of the package."""

    root: Path
    seen: int = 0  # lines of the log that `executed` has returned

    def write(self, name: str, text: str) -> Path:
        path = self.root / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join((str(self.root), str(ROOT)))
        own = {"PYTHONPATH": path, "D2L_DATA": "twins", "D2L_VERSIONS": ""}
        return os.environ | own

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m tooling` in the book's folder, in a fork."""
        return ZYGOTE.run(
            "tooling", *arguments, cwd=self.root, env=self.environment
        )

    def run_process(
        self, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it in a process of its own, which nothing was imported into.

        Args:
            arguments: of the command line.
            environment: variables that differ.
        """
        return subprocess.run(
            [sys.executable, "-m", "tooling", *arguments],
            cwd=self.root,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def executed(self) -> list[str]:
        """Return the pages executed since the last call, in order.

        The log only grows: it is read while pages write to it.
        """
        log = self.root / "executed.log"
        names = log.read_text().split() if log.exists() else []
        new = names[self.seen :]
        self.seen = len(names)
        return new


def logs(name: str) -> str:
    """Return a cell that leaves a trace when it is executed."""
    return cell(
        "with open('../executed.log', 'a') as log:\n"
        f"    print('{name}', file=log)"
    )


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something has happened; a busy machine may take long."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def write_book(folder: Path, pages: dict[str, str]) -> SmallBook:
    """Write a book into a folder from its pages, the first being its root."""
    book = SmallBook(folder)
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    for key in ("logo", "bibtex_bibfiles"):
        del config[key]
    del config["html"]["favicon"]
    sphinx = config["sphinx"]["config"]
    for key in ("bibtex_default_style", "bibtex_reference_style"):
        del sphinx[key]
    sphinx["html_static_path"] = [str(ROOT / "assets/static")]
    sphinx["html_search_scorer"] = str(ROOT / "assets/search.js")
    (folder / "_config.yml").write_text(yaml.safe_dump(config))
    first, *others = (f"book/{name}" for name in pages)
    toc = {"format": "jb-book", "root": first}
    if others:
        toc["chapters"] = [{"file": name} for name in others]
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    (folder / "constraints.txt").write_text(f"torch=={version('torch')}\n")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "d2l", folder / "d2l", ignore=ignore)
    # Its kernels need not search the machine for fonts, as it takes seconds.
    shutil.copytree(matplotlib.get_configdir(), folder / "_build/matplotlib")
    for name, text in pages.items():
        book.write(f"book/{name}", text)
    return book


@pytest.fixture(scope="module")
def make_shared_book(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[dict[str, str]], SmallBook]:
    """Return a function that writes a book for all tests of a module."""
    return lambda pages: write_book(tmp_path_factory.mktemp("book"), pages)


@pytest.fixture
def make_book(tmp_path: Path) -> Callable[[dict[str, str]], SmallBook]:
    """Return a function that writes a book from its pages."""
    return partial(write_book, tmp_path)
