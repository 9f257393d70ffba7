"""Notebooks: what MyST adds to Markdown is told without it."""

import shutil

import nbformat
import pytest
import yaml

from tests.tooling.conftest import FRONT, ROOT, cell
from tooling.notebooks import builder, markdown
from tooling.notebooks import checks as content
from tooling.source.book import Book
from tooling.website import checks

SITE = "https://do-to-learn.github.io/do-to-learn/"
HERE = f"{SITE}book/page.html"
FIGURE_OPTIONS = """---
tags: [wide]
mystnb:
  figure:
    name: fig-cell
    caption: |
      A line that
      rises.
  image:
    alt: A rising line.
---"""
PAGE = (
    FRONT
    + """(page)=
# A page: $x$ and `code`

See {ref}`other`, {ref}`page`, {numref}`fig-file`, {numref}`fig-cell`,
{numref}`tab`, {numref}`code`, {eq}`eq-one`, {ref}`half` and {cite}`one2020`,
which {cite:t}`one2020` wrote, and [the web](https://example.org/a_(b)).[^why]

[^why]: Because of 3 * 4.

```{figure} a.svg
:name: fig-file
:alt: A [picture].

What one *sees*: $a_1$.
```

$$
a = b
$$ (eq-one)

\\begin{align*}
a &= b
\\end{align*}

"""
    + cell(
        "from d2l import plot\n"
        "figure = plot.curves([1], {'a': [1]}, xlabel='x', ylabel='y')",
        FIGURE_OPTIONS,
    )
    + cell("from d2l.notebook import glue\nglue(count=61706)")
    + """It has {glue:text}`count:,` parameters, 5 * 3_000 of `a|b`, $5 cheap.

```{note}
Look: **张量**是*数组*。

- one
  - deep
- two
```

:::{admonition} Mind the gap
A trap.
:::

```{table} Sizes
:name: tab

| name | size |
| --- | --- |
| `a\\|b` | $\\|x\\|$ |
```

```{code-block} python
:name: code
:caption: Not run

print("{ref}`x`")
```

1. first

   more of it
2. second

Term
: What it is.

"""
    + cell("assert 1 < 2, 'One is less than two.'", ":tags: [claim]\n")
    + """```{listing} d2l.models.lenet.LeNet
```

```{exercise} Half *of* it
:label: half

Halve $x$.
```

```{solution-start} half
:class: dropdown
```

Divide.

"""
    + cell("print(0.5)")
    + """Done.

```{solution-end}
```

```{exercise} More
:label: more

Double it.
```

```{solution} more
:class: dropdown

Multiply by $2$.
```
"""
)
OTHER = "(other)=\n# Other *page*\n\nText.\n"
BACK = "# Back\n\n```{bibliography}\n```\n"


@pytest.fixture
def book(make_book, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)  # cells show figures
    made = make_book(
        {"index": "# Index\n", "page": PAGE, "other": OTHER, "back": BACK}
    )
    shutil.copy(ROOT / "assets/diagrams/lenet.svg", made.root / "book/a.svg")
    (made.root / "book/references.bib").write_text(
        "@misc{one2020, author={One, A}, title={T}, year=2020}\n"
    )
    path = made.root / "_config.yml"
    config = yaml.safe_load(path.read_text())
    config["bibtex_bibfiles"] = ["book/references.bib"]
    config["sphinx"]["config"]["bibtex_reference_style"] = "author_year"
    path.write_text(yaml.safe_dump(config))
    return made


def test_a_page_reads_well_as_plain_markdown(book):
    done = book.run("notebooks")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = book.root / "_build/notebooks/book"
    assert [p.name for p in folder.iterdir()] == ["page.ipynb"]
    made = nbformat.read(folder / "page.ipynb", 4)
    nbformat.validate(made)
    first, *cells = made.cells
    assert first.cell_type == "code"
    assert (
        "git+https://github.com/do-to-learn/do-to-learn@main" in first.source
    )
    exec(first.source.replace("%pip", "1 / 0 #"))  # nothing outside of Colab

    # The cells of the page, its listing among them, and nothing they made.
    code = [c for c in cells if c.cell_type == "code"]
    page = Book(book.root).page("book/page").notebook
    assert [c.source for c in code] == [
        c.source for c in page.cells if c.cell_type == "code"
    ]
    assert [c.metadata.get("tags") for c in code] == [
        ["wide"], None, ["claim"], ["listing"], None,
    ]  # fmt: skip
    assert all(not c.outputs and "mystnb" not in c.metadata for c in code)
    assert "class LeNet" in code[3].source

    text = "\n\n".join(c.source for c in cells if c.cell_type != "code")
    for expected in (
        "# A page: $x$ and `code`",
        f"See [Other page]({SITE}book/other.html#other), "
        f"[A page: x and code]({HERE}#page), "
        f"[Figure 1]({HERE}#fig-file), [Figure 2]({HERE}#fig-cell), "
        f"[Table 1]({HERE}#tab), [Listing 1]({HERE}#code), "
        f"[(1)]({HERE}#equation-eq-one), [Exercise 1]({HERE}#half) and "
        f"\\[[One, 2020]({SITE}book/back.html#id2)\\], which "
        f"One \\[[2020]({SITE}book/back.html#id2)\\] wrote, "
        "and [the web](https://example.org/a_%28b%29)."
        '<sup><a href="#why">1</a></sup>',
        '<a id="why"></a>1. Because of 3 \\* 4.',
        f"![A \\[picture\\].]({SITE}_images/a.svg)\n\n"
        "**Figure 1.** What one *sees*: $a_1$.",
        "$$\na = b \\tag{1}\n$$",
        "\\begin{align*}\na &= b\n\\end{align*}",
        "**Figure 2.** A line that rises.",
        "It has 61,706 parameters, 5 \\* 3_000 of `a|b`, \\$5 cheap.",
        "> **Note.** Look: **张量**是*数组*。\n>\n"
        "> - one\n>   - deep\n> - two",
        "> **Mind the gap.** A trap.",
        "| name | size |\n| --- | --- |\n"
        "| `a\\|b` | $\\vert x\\vert$ |\n\n**Table 1.** Sizes",
        '```python\nprint("{ref}`x`")\n```\n\n**Listing 1.** Not run',
        "1. first\n\n   more of it\n\n2. second",
        "- **Term**: What it is.",
        "**Exercise 1 (Half *of* it)**\n\nHalve $x$.\n\n"
        "<details><summary>Solution to Exercise 1 (Half of it)</summary>"
        "\n\nDivide.\n\n</details>",
        "<details><summary>Solution, continued</summary>\n\nDone.\n\n"
        "</details>",
        "<details><summary>Solution to Exercise 2 (More)</summary>\n\n"
        "Multiply by $2$.\n\n</details>",
        f"the page [A page: x and code]({HERE})",
    ):
        assert expected in text, text
    assert "One is less" not in text and "<Figure" not in text

    # Every link to the site finds its place there, and the site is intact.
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    site = checks.Site(book.root / "_build/html")
    found = [
        str(t.attrs.get("href") or t.attrs["src"])
        for t in content.tokens(text)
        if t.type in ("link_open", "image")
    ]
    inside = [link.removeprefix(SITE) for link in found if SITE in link]
    assert len(inside) > 10
    for link in inside:
        file, _, place = link.partition("#")
        assert file in site.files
        assert not place or site.has(file, place), link


PROBLEMS = [
    ("{nosuchrole}`x` left", "nosuchrole"),
    ("[file](other.txt)", "other.txt"),
    ("<a href='other.txt'>file</a>", "link to other.txt, which is not"),
    ("<a href='#nowhere'>there</a>", "there is no such place"),
    (f"[page]({SITE}book/gone.html)", "which the site does not have"),
    ("> ```{code-cell} python\n> 1\n> ```", ""),
    ("Raw <Figure size 2x2>", "raw markup <Figure size"),
]


def test_a_problem_stops_the_export_and_names_the_page(make_book):
    pages = {
        f"page{i}": f"{FRONT}# A page\n\n{broken}\n"
        for i, (broken, _) in enumerate(PROBLEMS)
    }
    book = make_book(pages)
    done = book.run("notebooks")
    assert done.returncode == 1
    assert not (book.root / "_build/notebooks").exists()
    said = (done.stdout + done.stderr).splitlines()
    for name, (_, problem) in zip(pages, PROBLEMS, strict=True):
        about = [s for s in said if f"{name}.md" in s and "WARNING" in s]
        assert any(problem in line for line in about), (name, problem, said)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("See {ref}`x`.", "raw markup {ref}`x`"),
        (":::{note}\nA\n:::", "raw markup :::"),
        ("```{note}\nA\n```", "raw markup {note}"),
        (
            "![a](_images/a.svg)",
            "link to _images/a.svg, which is not absolute",
        ),
        ("`{ref}` and ``{ref}`x` `` and `[a](b)`", None),
        ("$a_{b}$ `c` \\[{d}\\] $e[f](g)$", None),
        ("```\n:::{note}\n```", None),
        (f"[a]({SITE}book/page.html#b) <mailto:a@b.org>", None),
    ],
)
def test_the_check_sees_markup_and_no_code(make_book, text, problem):
    book = Book(make_book({"page": f"{FRONT}# A\n"}).root)
    cells = [
        {"id": "a"} | builder.new_cell("code", "1"),
        {"id": "b"} | builder.new_cell("markdown", text),
    ]
    made = nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    )
    found = list(content.problems(made, book.page("book/page"), book.site))
    assert (found[0] if found else None) == problem
    made.cells[1].cell_type = "code"
    found = list(content.problems(made, book.page("book/page"), book.site))
    assert "its code cells are not those of the page" in found


@pytest.mark.parametrize(
    ("html", "address"),
    [({}, "https://a.github.io/b/"), ({"baseurl": "https://c"}, "https://c/")],
)
def test_the_address_of_the_site_follows_the_repository(
    tmp_path, html, address
):
    config = {"repository": {"url": "https://github.com/a/b"}, "html": html}
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config))
    assert Book(tmp_path).site == address


@pytest.mark.parametrize(
    ("code", "span"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("``", "` `` `")],
)
def test_code_in_a_line_has_enough_backticks(code, span):
    assert markdown.code_span(code) == span
