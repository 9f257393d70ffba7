"""Words of the glossary: linked at their first use, on the site alone."""

import re

import pytest
import yaml

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

temperature
  温度. Divides logits. See {ref}`second`.
```
"""
INDEX = (
    "# Index\n\nIt is *cold*. Stations report the temperature\nat noon. "
    "Another temperature, a loss, a step\nsize. So.\n"
)
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
            "index": INDEX,
            "first": FIRST,
            "second": SECOND,
            "glossary": GLOSSARY,
        }
    )
    path = book.root / "_config.yml"
    config = yaml.safe_load(path.read_text())
    settings = config["sphinx"]["config"]
    settings["glossary_common"] = ["kernel", "temperature"]
    path.write_text(yaml.safe_dump(config))
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


def uses(book, name):
    lines = (book.root / "_build/glossary.txt").read_text().splitlines()
    return [x.split(": ", 1)[1] for x in lines if f"/{name}: " in x]


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
    assert links(book, "index") == [
        ("loss", "loss"),
        ("step-size", "step\nsize"),
    ]
    assert links(book, "glossary") == [("batch", "batch")]


def test_a_build_lists_what_is_linked_and_what_it_is_unsure_of(book):
    assert uses(book, "index") == [
        "unsure temperature: Stations report the temperature at noon.",
        "linked loss: Another temperature, a loss, a step size.",
        "linked step size: Another temperature, a loss, a step size.",
    ]
    assert uses(book, "first")[-1] == (
        "unsure kernel: A step size, a loss, a convolution kernel."
    )


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
    assert links(book, "index") == [("step-size", "step\nsize")]
    # A build that writes one page keeps what is known of the others.
    first = uses(book, "first")
    marked = INDEX.replace("temperature\n", "{term}`temperature`\n")
    book.write("book/index", marked)
    built(book)
    assert links(book, "index")[0] == ("temperature", "temperature")
    assert len(uses(book, "index")) == 1 and uses(book, "first") == first
