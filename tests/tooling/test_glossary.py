"""Words of the glossary: linked at their first use, on the site alone."""

import re

import pytest

from tests.tooling.conftest import FRONT, cell

GLOSSARY = """# Glossary

```{glossary}
batch
  批量. Some examples. See {ref}`second`.

kernel
  卷积核. Weights.

mini-batch
  小批量. A small {term}`batch`.

loss
  损失. How wrong. See {ref}`first`.

step size
  步长. How far.
```
"""
FIRST = (
    "(first)=\n# A batch, a loss\n\n`batch`, $batch$, [batch](second.md).\n\n"
    "Mini-batches are a batch, and a batch is not a batch-thing. "
    "A step size, a loss, a convolution kernel.\n\n"
)
SECOND = (
    FRONT
    + "(second)=\n# Second\n\n{index}`Loss <loss>`: a loss, a batch, "
    + "{term}`many <mini-batch>`, a mini-batch, {term}`step size`.\n\n"
    + cell("print('mini-batch')")
)
LINK = re.compile(
    r'href="([^"]*)"><span class="xref std std-term">([^<]*)</span>'
)


pytestmark = pytest.mark.xdist_group("glossary")


@pytest.fixture(scope="module")
def book(make_shared_book):
    book = make_shared_book(
        {
            "index": "# Index\n\nA loss.\n",
            "first": FIRST,
            "second": SECOND,
            "glossary": GLOSSARY,
        }
    )
    built(book)
    return book


def built(book):
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr


def links(book, name):
    html = (book.root / f"_build/html/book/{name}.html").read_text()
    return [
        (target.partition("#term-")[2], text)
        for target, text in LINK.findall(html)
    ]


def test_the_first_use_is_linked_unless_the_page_explains_it(book):
    assert links(book, "first") == [
        ("mini-batch", "Mini-batches"),
        ("batch", "batch"),
        ("step-size", "step size"),
    ]
    # What authors linked themselves is not linked again, nor what is indexed.
    assert links(book, "second") == [
        ("mini-batch", "many"),
        ("step-size", "step size"),
    ]
    assert links(book, "index") == [("loss", "loss")]
    assert links(book, "glossary") == [("batch", "batch")]


def test_notebooks_link_only_what_authors_linked(book):
    done = book.run("notebooks")
    assert done.returncode == 0, done.stdout + done.stderr
    notebook = book.root / "_build/notebooks/book/second.ipynb"
    assert re.findall(
        r"\[([^]]*)\]\(\S*#term-(\S*)\)", notebook.read_text()
    ) == [
        ("many", "mini-batch"),
        ("step size", "step-size"),
    ]


def test_a_change_of_the_glossary_reaches_all_pages(book):
    text = GLOSSARY.replace("loss\n", "losses\n")
    text = text.replace("How far.", "How far. See {ref}`first`.")
    text = text.replace("kernel\n", "convolution kernel\n")
    book.write("book/glossary", text)
    built(book)
    assert links(book, "first")[2:] == [
        ("convolution-kernel", "convolution kernel")
    ]
    assert links(book, "index") == []
