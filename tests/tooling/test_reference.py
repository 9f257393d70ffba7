"""The reference of the package, built into small books."""

import html
import re

import pytest

from tests.package.test_docstrings import MODULES, PUBLIC
from tests.tooling.conftest import FRONT, ROOT, cell
from tooling.pages.reference import FENCE, modules

API = "# Reference\n\n## Layers\n\n```{api} d2l.nn\n```\n"
USES = "# Uses\n\nSee `d2l.nn.norm`, `d2l.nn.extra.f` and `d2l.data`.\n"
CODE = (
    FRONT
    + "# Code\n\n```{listing} d2l.nn.norm.response_norm\n```\n\n"
    + cell(
        "import d2l.nn.norm\n"
        "from d2l import nn\n"
        "from d2l.nn import norm, initialization as start\n"
        "from d2l.nn.norm import (\n    LayerNorm2d,\n    response_norm,\n)"
    )
)
EXTRA = '''"""A further module. It has a second sentence."""

from functools import partial
from typing import NamedTuple

from torch import Tensor, nn

#: Any number.
Number = int | float


class Pair(NamedTuple):
    """Two numbers."""

    one: int
    two: int


class Half(nn.Module):
    """Halve a tensor.

    Args:
        rest: `True` to keep what is left over.

    Shape:
        x: (B, d), or
        (B,).
        returns: (B, d)

    Source: Euclid (300 BC),
    Book V.
    Same as: dividing.
    """

    def __init__(self, rest: Number = 0) -> None:
        super().__init__()


#: With something left.
half_with_rest = partial(Half, rest=0.5)
#: Not the answer: too small.
FORTY: int = 2 * 20


def f(x: Tensor, *, by: Number = 2) -> "Tensor | None":
    """Divide it."""


def _private() -> None:
    """Stay out of sight."""
'''


def built(book, name, folder="html"):
    return (book.root / f"_build/{folder}/book/{name}.html").read_text("utf8")


def plain(text):
    """Return a text without tags and spaces."""
    return "".join(html.unescape(re.sub("<[^>]*>", "", text)).split())


pytestmark = pytest.mark.xdist_group("reference")


@pytest.fixture(scope="module")
def book(make_shared_book):
    """A book with a reference; tests leave its sources as they were."""
    made = make_shared_book(
        {"index": "# Index\n", "api": API, "uses": USES, "code": CODE}
    )
    done = made.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def test_the_page_covers_the_package():
    page = (ROOT / "book/api.md").read_text("utf8")
    shown = [m for p in FENCE.findall(page) for m in modules(ROOT, p)]
    packages = {name.rpartition(".")[0] for name in MODULES}
    assert sorted(shown) == sorted(MODULES.keys() - packages)


def test_the_site_holds_all_names_and_leads_to_them(book):
    page, uses = built(book, "api"), built(book, "uses")
    layers = [p for p in PUBLIC if p.module.startswith("d2l.nn.")]
    assert layers
    for p in layers:
        assert f'id="{p.module}.{p.name}"' in page
    links = re.findall(r'href="(api\.html#[^"]*)"[^>]*>\s*<code', uses)
    assert links == ["api.html#module-d2l.nn.norm"]

    # A new module appears by itself, written as its author wrote it.
    file = book.root / "d2l/nn/extra.py"
    file.write_text(EXTRA)
    book.write("book/uses", USES + "\nAgain.\n")
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "api.html#d2l.nn.extra.f" in built(book, "uses")
    page = built(book, "api").partition('id="module-d2l.nn.extra"')[2]
    assert "_private" not in page and "Alias for field" not in page
    for part in (
        "Number = int | float#Any number.",
        "half_with_rest = partial(Half, rest=0.5)#With something left.",
        "FORTY = 2 * 20#Not the answer: too small.",
        "class Pair(one: int, two: int)",
        "class Half(rest: Number = 0)",
        "f(x: Tensor, *, by: Number = 2) → Tensor | None",
        "True to keep what is left over.",
        "Shape: x: (B, d), or (B,). returns: (B, d)",
        "Source: Euclid (300 BC), Book V.",
        "Same as: dividing.",
    ):
        assert plain(part) in plain(page)
    assert "<code" in page.partition("to keep")[0].rpartition("<p>")[2]
    line = EXTRA[: EXTRA.index("def f")].count("\n") + 1
    assert f"blob/main/d2l/nn/extra.py#L{line}" in page

    # A changed one changes, and one that is gone goes.
    file.write_text(EXTRA.replace("Divide it.", "Divide it well."))
    assert book.run("html").returncode == 0
    assert "Divide it well." in built(book, "api")
    file.unlink()
    assert book.run("html").returncode == 0
    assert "d2l.nn.extra" not in built(book, "api")


def test_imports_lead_to_what_they_import(book):
    code = built(book, "code")
    found = re.findall(r'<a class="api" href="([^"]*)">([^<]*)</a>', code)
    norm = "api.html#module-d2l.nn.norm"
    layer, response = (
        f"api.html#d2l.nn.norm.{name}"
        for name in ("LayerNorm2d", "response_norm")
    )
    assert found == [
        (norm, "d2l/nn/norm.py"),
        (norm, "d2l.nn.norm"),
        (norm, "norm"),
        ("api.html#module-d2l.nn.initialization", "initialization"),
        (norm, "d2l.nn.norm"),
        (layer, "LayerNorm2d"),
        (response, "response_norm"),
    ]


def test_in_the_epub_a_module_has_a_sentence(book):
    extra = book.root / "d2l/nn/extra.py"
    extra.write_text(EXTRA)
    done = book.run("epub")
    extra.unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = book.root.glob("_build/epub*/**/book/api.xhtml")
    page = plain(file.read_text("utf8"))
    assert plain("d2l.nn.extra: A further module.") in page
    assert "Euclid" not in page


def test_a_package_that_is_not_there(make_book):
    book = make_book({"index": API.replace("d2l.nn", "d2l.none")})
    done = book.run("html")
    assert done.returncode == 1
    said = "book/index.md: d2l.none is no package with public modules"
    assert said in done.stdout + done.stderr
