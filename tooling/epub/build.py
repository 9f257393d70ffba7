"""The EPUB, made from the executed pages."""

import shutil
from pathlib import Path

from tooling.jupyter_book import jupyter_book
from tooling.source.book import Book


def build_epub(book: Book) -> Path:
    """Make the book an EPUB.

    Args:
        book: its pages should be in the cache.

    Returns:
        The file, `_build/epub/d2l.epub`.

    Raises:
        BuildError: if there was a warning.
    """
    folder = book.output / "epub"
    built = folder / "_build" / "epub"
    shutil.rmtree(built, ignore_errors=True)  # all that lies there goes in
    jupyter_book(book, "epub", folder / "_build")
    return Path(shutil.copy(built / "d2l.epub", folder / "d2l.epub"))
