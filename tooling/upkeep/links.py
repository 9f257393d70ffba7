"""Asks the outside web whether the addresses on the pages still answer.

What is asked how often, and what is left out for which reason, is set in
`_config.yml` (`linkcheck_*`).
"""

from pathlib import Path

from tooling.jupyter_book import jupyter_book
from tooling.source.book import Book


def check(book: Book) -> Path:
    """Ask every address that a page links to.

    Args:
        book: its pages should be in the cache; none is executed.

    Returns:
        The file that tells what became of each address.

    Raises:
        BuildError: if one is broken; it was named with page and line.
    """
    folder = book.output / "links" / "_build"
    jupyter_book(book, "linkcheck", folder)
    return folder / "linkcheck" / "output.txt"
