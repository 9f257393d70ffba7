"""The notebooks with what Binder needs, as a branch of their own."""

import json
import shutil
from pathlib import Path
from posixpath import dirname, relpath
from typing import Any

from tooling import ROOT
from tooling.jupyter_book import jupyter_book
from tooling.notebooks.builder import revision
from tooling.source.addresses import file_of, moved
from tooling.source.book import Book

BINDER = ROOT / ".binder"


def build_notebooks(book: Book) -> Path:
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
    for old, new in moved(book).items():
        if book.page(new).is_executable:
            path = file_of(target, old, ".ipynb")
            path.write_text(json.dumps(forward(book, old, new)), "utf8")
    shutil.copytree(BINDER, target / BINDER.name)
    needed = target / BINDER.name / "requirements.txt"
    about = {"repository": book.repository, "revision": revision(book)}
    needed.write_text(needed.read_text("utf8").format(**about), "utf8")
    (target / "README.md").write_text(list_of(book, target), "utf8")
    return target


def forward(book: Book, old: str, new: str) -> dict[str, Any]:
    """Return a notebook that leads from a former one to where it is now.

    Args:
        book: with the pages.
        old: the page as it was called.
        new: the page as it is called.
    """
    link = relpath(f"{new}.ipynb", dirname(old) or ".")
    text = (
        f"This notebook has moved: [{new}]({link}). Its page is "
        f"{book.site}{new}.html"
    )
    cell = {"cell_type": "markdown", "id": "moved", "metadata": {}}
    return {
        "cells": [cell | {"source": text}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def list_of(book: Book, folder: Path) -> str:
    """Return Markdown that names the notebooks and links to them.

    Args:
        book: with the pages.
        folder: of the notebooks, whose titles have the numbers.
    """
    lines = [
        f"# {book.config['title']}: notebooks",
        "",
        f"Made from the pages of {book.site}, where they can be read. Changes "
        f"belong there: {book.repository}",
        "",
    ]
    for page in book.executable_pages():
        notebook = json.loads(
            (folder / f"{page.name}.ipynb").read_text("utf8")
        )
        title = next(
            line.removeprefix("# ")
            for cell in notebook["cells"]
            if cell["cell_type"] == "markdown"
            for line in cell["source"].splitlines()
            if line.startswith("# ")
        )
        indent = "  " if "." in title.split()[0] else ""
        lines.append(f"{indent}- [{title}]({page.name}.ipynb)")
    return "\n".join([*lines, ""])
