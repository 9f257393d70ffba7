"""Books of any size, to measure the build with."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
OF_THE_BOOK = ("logo", "bibtex_bibfiles", "bibtex_reference_style")
PAGE = """---
file_format: mystnb
kernelspec: {{name: python3, display_name: Python 3}}
---

({label})=
# Page {number}

The eigenvalues of a symmetric matrix $A$ are real: from $A v = \\lambda v$
follows

$$
\\lambda \\, \\overline{{v}}^\\top v = \\overline{{v}}^\\top A v
= \\overline{{\\lambda}} \\, \\overline{{v}}^\\top v.
$$

The page before is {{ref}}`{before}`.

```{{code-cell}} python
import numpy as np

{imports}from d2l.notebook import glue

rng = np.random.default_rng({number})
for _ in range(6):
    a = rng.normal(size=(220, 220))
    largest = np.linalg.eigvalsh(a + a.T).max()
glue(largest=float(largest))
```

The largest was {{glue:text}}`largest:.2f`.
"""


def write_book(folder: Path, pages: int) -> None:
    """Write a book whose every fifth page imports `d2l.losses`.

    Args:
        folder: where to; what is there is overwritten.
        pages: how many pages, at least 1.
    """
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    for key in OF_THE_BOOK:
        del config[key]
    del config["html"]["favicon"]
    settings = config["sphinx"]["config"]
    del settings["bibtex_default_style"]
    settings["html_static_path"] = [str(ROOT / "assets/static")]
    names = [f"book/page{number}" for number in range(pages)]
    toc: dict[str, object] = {"format": "jb-book", "root": names[0]}
    if pages > 1:
        toc["chapters"] = [{"file": name} for name in names[1:]]
    (folder / "book").mkdir(parents=True, exist_ok=True)
    (folder / "_config.yml").write_text(yaml.safe_dump(config), "utf8")
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf8")
    constraints = (ROOT / "constraints.txt").read_text("utf8")
    (folder / "constraints.txt").write_text(constraints, "utf8")
    for number, name in enumerate(names):
        library = (
            "import d2l.losses  # noqa: F401\n" if number % 5 == 0 else ""
        )
        text = PAGE.format(
            number=number,
            label=f"page-{number}",
            before=f"page-{max(number - 1, 0)}",
            imports=library,
        )
        (folder / f"{name}.md").write_text(text, "utf8")
