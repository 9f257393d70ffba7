"""Pages as notebooks that Colab, Binder and Jupyter show as they are.

A page's code cells become cells, all else Markdown without roles and
directives (`tooling.notebooks.markdown`). Outputs are left to the reader,
except that results quoted in sentences stand there as on the site.
"""

import json
import subprocess
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

import d2l
from tooling.notebooks.checks import problems
from tooling.notebooks.markdown import NotPlainError, Part, Translator, escaped
from tooling.source.book import Book, Page

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


def setup(app: Sphinx) -> None:
    """Register the builder."""
    app.add_builder(NotebookBuilder)
    app.add_post_transform(DropOutputs)
