"""The notebooks with what Binder needs, as a branch of their own."""

import shutil
from pathlib import Path

import nbformat

from tooling import ROOT
from tooling.jupyter_book import jupyter_book
from tooling.notebooks.builder import revision
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
    shutil.copytree(BINDER, target / BINDER.name)
    needed = target / BINDER.name / "requirements.txt"
    about = {"repository": book.repository, "revision": revision(book)}
    needed.write_text(needed.read_text("utf8").format(**about), "utf8")
    (target / "README.md").write_text(list_of(book, target), "utf8")
    return target


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
        notebook = nbformat.read(folder / f"{page.name}.ipynb", as_version=4)
        title = next(
            line.removeprefix("# ")
            for cell in notebook.cells
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("# ")
        )
        indent = "  " if "." in title.split()[0] else ""
        lines.append(f"{indent}- [{title}]({page.name}.ipynb)")
    return "\n".join([*lines, ""])
