"""Pages as notebooks that Colab, Binder and Jupyter show as they are.

A page's code cells become cells, all else Markdown without roles and
directives (`tooling.markdown`). Outputs are left to the reader, except that
results quoted in sentences stand there as on the site.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

import d2l
from tooling.book import Book, Page
from tooling.building import jupyter_book
from tooling.markdown import NotPlainError, Part, Translator, escaped

logger = logging.getLogger(__name__)

SETUP = """\
# This notebook is the page {address}
# In Colab it installs the book's package; elsewhere this cell does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet git+{repository}@{revision}"""
END = (
    "---\n\nThis notebook was made from the page [{page}]({address}) of "
    "*{book}*, version {version}. The results that its text quotes are those "
    "of the page."
)
BINDER = Path(__file__).parents[1] / ".binder"
ROLE = re.compile(r"\{[a-z][\w:+.-]*\}$")
LEFT = re.compile(r"^ *:{3,}|<Figure size", re.MULTILINE)
ADDRESS = re.compile(r"\b(?:href|src)=[\"']([^\"']*)")
PLACE = re.compile(r"\bid=[\"']([^\"']+)")


def build(book: Book) -> Path:
    """Write a notebook for each page with code, as a branch of their own.

    Beside them lies what Binder needs to run them, and a list of them.

    Args:
        book: its pages should be in the cache.

    Returns:
        The folder of the notebooks.

    Raises:
        BuildError: if there was a warning or a notebook has a problem.
    """
    # Doctrees are not shared with the site: they depend on the builder.
    folder = book.output / "notebooks-build" / "_build"
    shutil.rmtree(folder / "notebooks", ignore_errors=True)
    jupyter_book(book, "notebooks", folder)
    target = book.output / "notebooks"
    shutil.rmtree(target, ignore_errors=True)
    for page in book.executable_pages():
        to = target / f"{page.name}.ipynb"
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "notebooks" / f"{page.name}.ipynb", to)
    shutil.copytree(BINDER, target / BINDER.name)
    needed = target / BINDER.name / "requirements.txt"
    about = {"repository": book.repository, "revision": revision(book)}
    needed.write_text(needed.read_text("utf8").format(**about), "utf8")
    (target / "README.md").write_text(list_of(book), "utf8")
    return target


def list_of(book: Book) -> str:
    """Return Markdown that names the notebooks and links to them.

    Args:
        book: with the pages.
    """
    lines = [
        f"# {book.config['title']}: notebooks",
        "",
        f"Made from the pages of {book.site}, where they can be read. Changes "
        f"belong there: {book.repository}",
        "",
    ]
    for page in book.executable_pages():
        title = next(
            line.removeprefix("# ")
            for line in page.text.splitlines()
            if line.startswith("# ")
        )
        lines.append(f"- [{title}]({page.name}.ipynb)")
    return "\n".join([*lines, ""])


def revision(book: Book) -> str:
    """Return what to install the package from: its release, or the branch.

    Args:
        book: a release is a commit with the tag of its version.
    """
    tag = f"v{d2l.__version__}"
    command = ["git", "-C", str(book.root), "tag", "--points-at", "HEAD"]
    try:
        tags = subprocess.run(command, capture_output=True, text=True).stdout
    except FileNotFoundError:  # no git
        tags = ""
    branch = str(book.config["repository"].get("branch", "main"))
    return tag if tag in tags.split() else branch


class DropOutputs(SphinxPostTransform):
    """Removes the outputs of cells; captions of figures stay."""

    default_priority = 1  # before one of several formats is chosen
    builders = ("notebooks",)

    def run(self, **_: object) -> None:
        """Remove all bundles of formats."""
        for node in list(self.document.findall(nodes.container)):
            if node.get("nb_element") == "mime_bundle":
                node.parent.remove(node)


class NotebookBuilder(Builder):
    """Writes each page with code as a notebook."""

    name = format = "notebooks"
    supported_image_types = StandaloneHTMLBuilder.supported_image_types
    supported_remote_images = supported_data_uri_images = True

    def init(self) -> None:
        """Read the book's settings."""
        self.book = Book(Path(self.app.srcdir))
        self.site = self.book.site
        self.revision = revision(self.book)

    def get_outdated_docs(self) -> list[str]:
        """Name all pages: writing them takes a moment."""
        return sorted(self.env.found_docs)

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return a page's address on the site."""
        return f"{self.site}{docname}.html"

    def get_relative_uri(
        self, from_: str, to: str, typ: str | None = None
    ) -> str:
        """Return the same address, from wherever it is seen."""
        return self.get_target_uri(to)

    def prepare_writing(self, docnames: set[str]) -> None:
        """Nothing is shared between pages."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write one notebook and report its problems."""
        page = self.book.page(docname)
        if not page.is_executable:
            return
        self.fignumbers = self.env.toc_fignumbers.get(docname, {})
        self.post_process_images(doctree)
        try:
            parts = list(Translator(self, docname).parts(doctree))
        except NotPlainError as error:
            logger.warning(f"not in a notebook: {error}", location=docname)
            return
        made = self.notebook(page, parts)
        for problem in problems(made, page, self.site):
            logger.warning(f"its notebook: {problem}", location=docname)
        path = Path(self.outdir, f"{docname}.ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(made, indent=1, ensure_ascii=False)
        path.write_text(f"{text}\n", "utf8")

    def notebook(self, page: Page, parts: list[Part]) -> nbformat.NotebookNode:
        """Return the notebook of a page.

        Args:
            page: has the code cells.
            parts: its text, and which cell stands where.
        """
        config = self.book.config
        about = {
            "address": self.get_target_uri(page.name),
            "repository": self.book.repository,
            "revision": self.revision,
            "book": config["title"],
            "page": escaped(self.env.titles[page.name].astext()),
            "version": d2l.__version__,
        }
        cells = [new_cell("code", SETUP.format(**about))]
        for is_code, group in groupby(parts, lambda p: isinstance(p, int)):
            if is_code:
                cells += [page_cell(page, int(index)) for index in group]
            else:
                text = "\n\n".join(str(part) for part in group if part)
                cells += [new_cell("markdown", text)] if text else []
        cells.append(new_cell("markdown", END.format(**about)))
        for i, cell in enumerate(cells):
            cell["id"] = f"cell-{i}"  # the same in every build
        kernel = {"name": "python3", "display_name": "Python 3"}
        metadata = {
            "kernelspec": kernel | {"language": "python"},
            "language_info": {"name": "python"},
        }
        made = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata}
        return nbformat.from_dict(made | {"cells": cells})  # type: ignore[no-untyped-call]


def new_cell(
    kind: str, source: str, tags: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a cell without outputs."""
    cell: dict[str, Any] = {"cell_type": kind, "source": source}
    cell["metadata"] = {"tags": list(tags)} if tags else {}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell


def page_cell(page: Page, index: int) -> dict[str, Any]:
    """Return a code cell of a page; of its options only tags are kept."""
    cell = page.notebook.cells[index]
    return new_cell("code", cell.source, cell.metadata.get("tags", ()))


def problems(
    notebook: nbformat.NotebookNode, page: Page, site: str
) -> Iterator[str]:
    """Yield what must not be in a notebook.

    Args:
        notebook: that was made.
        page: it was made from.
        site: address of the published site.
    """
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"not valid: {error.message}"
    source, made = (
        [cell.source for cell in cells if cell.cell_type == "code"]
        for cells in (page.notebook.cells, notebook.cells[1:])
    )
    if source != made:
        yield "its code cells are not those of the page"
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    places = {place for text in texts for place in PLACE.findall(text)}
    for text in texts:
        links = []
        for before, token in pairs(tokens(text)):
            if token.type in ("text", "html_block", "html_inline"):
                for found in LEFT.finditer(token.content):
                    yield f"raw markup {found[0].strip()}"
                links += ADDRESS.findall(token.content)
            role = ROLE.search(before)
            if role and token.type == "code_inline":
                yield f"raw markup {role[0]}`{token.content}`"
            if token.type == "fence" and token.info.startswith("{"):
                yield f"raw markup {token.info}"
            links += [
                str(value)
                for key, value in token.attrs.items()
                if key in ("href", "src")
            ]
        for link in links:
            yield from wrong_link(link, places, page.book, site)


def tokens(text: str) -> Iterator[Token]:
    """Yield what a reader of Markdown finds in a cell, in its order."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.use(dollarmath_plugin).use(amsmath_plugin)
    for token in parser.parse(text):
        yield from token.children or [token]


def pairs(found: Iterator[Token]) -> Iterator[tuple[str, Token]]:
    """Yield each token with the text before it."""
    before = ""
    for token in found:
        yield before, token
        before = token.content if token.type == "text" else ""


def wrong_link(
    link: str, places: set[str], book: Book, site: str
) -> Iterator[str]:
    """Yield what is wrong with where a link leads.

    Args:
        link: its address.
        places: ids in the same notebook.
        book: has the pages that a link to the site may lead to.
        site: address of the published site.
    """
    parts = urlsplit(link)
    if link.startswith("#"):
        if unquote(parts.fragment) not in places:
            yield f"link to {link}: there is no such place"
    elif parts.scheme not in ("http", "https", "mailto", "data"):
        yield f"link to {link}, which is not absolute"
    elif link.startswith(site):
        path = unquote(parts._replace(query="", fragment="").geturl())
        name = path.removeprefix(site)
        file = name.startswith(("_images/", "_downloads/"))
        if not file and name.removesuffix(".html") not in book.names:
            yield f"link to {link}, which the site does not have"


def setup(app: Sphinx) -> None:
    """Register the builder."""
    app.add_builder(NotebookBuilder)
    app.add_post_transform(DropOutputs)
