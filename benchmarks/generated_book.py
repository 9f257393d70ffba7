"""A book of any size, to measure the build with."""

import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
CHAPTER = 10  # pages
FRONT = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---

"""
PROSE = """Let $f_{w}(x) = w x + %d$, with the loss

$$
L(w) = \\frac{1}{n} \\sum_{i=1}^{n} \\left(f_{w}(x_i) - y_i\\right)^2.
$$ (loss-%d)

Equation {eq}`loss-%d` is least where its derivative vanishes.
"""
FIGURE = """```{code-cell} python
---
mystnb:
  figure:
    caption: A line.
  image:
    alt: A straight line that rises.
---
from matplotlib import pyplot as plt

plt.plot([0, number]);
```

"""
CODE = """```{code-cell} python
import numpy as np

%sfrom d2l.notebook import glue

number = %d
rng = np.random.default_rng(number)
for _ in range(6):
    a = rng.normal(size=(220, 220))
    largest = np.linalg.eigvalsh(a + a.T).max()
glue(number=number, largest=float(largest))
```

"""
WORK = """```{code-cell} python
import time

end = time.process_time() + %d
while time.process_time() < end:
    pass
```

"""


def write_book(folder: Path, pages: int, *, code: bool = True) -> list[str]:
    """Write a book with the project's settings and its own copy of `d2l`.

    Build it with `folder` in front of `PYTHONPATH`, the project behind it.

    Args:
        folder: an empty folder.
        pages: how many pages, in chapters of ten, besides the landing page.
        code: whether they have code cells: each a number that its prose
            quotes, every third a figure, every fifth an import of
            `d2l.metrics`.

    Returns:
        The names of the pages in reading order, without the landing page.
    """
    for name in ("_config.yml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("assets", "d2l"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / "book").mkdir()
    shutil.copy(ROOT / "book/references.bib", folder / "book")
    (folder / "book/index.md").write_text("# A generated book\n")
    names = [f"book/c{i // CHAPTER}/p{i}" for i in range(pages)]
    for number, name in enumerate(names):
        path = folder / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(number, code=code))
    parts = [{"caption": "All", "numbered": True, "chapters": chapters(names)}]
    toc = {"format": "jb-book", "root": "book/index", "parts": parts}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    return names


def chapters(names: list[str]) -> list[dict[str, Any]]:
    """Return what `_toc.yml` says of pages: each tenth opens a chapter."""
    groups = [names[i : i + CHAPTER] for i in range(0, len(names), CHAPTER)]
    return [
        {"file": first}
        | ({"sections": [{"file": n} for n in others]} if others else {})
        for first, *others in groups
    ]


def page(number: int, *, code: bool, seconds: int = 0) -> str:
    """Return the text of one page.

    Args:
        number: of the page, counted from 0.
        code: whether it has code cells.
        seconds: for which they compute, at least.
    """
    text = f"(page-{number})=\n# Page {number}\n\n"
    if number:
        text += f"It goes on from {{ref}}`page-{number - 1}`.\n\n"
    text += PROSE % (number, number, number)
    if code:
        imports = "" if number % 5 else "import d2l.metrics\n"
        text = FRONT + text + "\n## In code\n\n" + CODE % (imports, number)
        text += "Of {glue:text}`number`: {glue:text}`largest:.2f`.\n\n"
        text += "" if number % 3 else FIGURE
        text += WORK % seconds if seconds else ""
    return text + "\n## What remains\n\nOne more section, of prose.\n"
