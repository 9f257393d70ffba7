"""How long all checks take: `python -m benchmarks.checks --pages 150`.

`.ci/run` runs in a fresh clone of the commit, for a user without any cache.
Generated pages make the book as long as wanted; the rules of pages, which
they do not keep, are checked before they come.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from benchmarks.generated_book import chapters, page
from tooling.source.book import Book

ROOT = Path(__file__).parents[1]
BEFORE = ("packages", "tests", "lint")
AFTER = ("site", "epub", "browser", "notebooks")


def add_pages(root: Path, total: int, seconds: int) -> int:
    """Add generated pages to a book; return how many.

    Args:
        root: the folder of the book.
        total: how many executed pages it shall have.
        seconds: for which a generated page computes.
    """
    count = max(0, total - len(Book(root).executable_pages()))
    names = [f"book/generated/p{number}" for number in range(count)]
    (root / "book/generated").mkdir()
    for number, name in enumerate(names):
        text = page(number, code=True, seconds=seconds)
        (root / f"{name}.md").write_text(text)
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf8"))
    part = {"caption": "Generated", "chapters": chapters(names)}
    toc["parts"] += [part] if names else []
    (root / "_toc.yml").write_text(yaml.safe_dump(toc), "utf8")
    return count


def run(step: str, root: Path, home: Path) -> float:
    """Run a step, say how it went, and return the minutes it took.

    Args:
        step: of `.ci/run`.
        root: the folder of the book.
        home: for the caches of the user.
    """
    start = time.perf_counter()
    done = subprocess.run(
        [root / ".ci/run", step],
        cwd=root,
        env=os.environ | {"XDG_CACHE_HOME": str(home)},
    )
    minutes = (time.perf_counter() - start) / 60
    how = "passed" if done.returncode == 0 else "failed"
    print(f"{step:10} {minutes:6.1f} minutes, {how}", flush=True)
    return minutes


def main() -> int:
    """Measure the steps, and print their minutes and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--seconds", type=int, default=20, help="of a page")
    parser.add_argument("--steps", nargs="+", default=[*BEFORE, *AFTER])
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        root, home = Path(folder, "book"), Path(folder, "home")
        subprocess.run(["git", "clone", "-q", ROOT, root], check=True)
        shared = ROOT.parent / "shared"
        if shared.exists():
            (root.parent / "shared").symlink_to(shared)
        first, later = (
            [step for step in some if step in options.steps]
            for some in (BEFORE, AFTER)
        )
        minutes = [run(step, root, home) for step in first]
        added = add_pages(root, options.pages, options.seconds)
        print(f"{added} pages of {options.seconds} s were added")
        minutes += [run(step, root, home) for step in later]
    print(f"{sum(minutes):.1f} minutes in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
