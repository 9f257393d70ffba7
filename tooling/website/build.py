"""The website: built from the executed pages, and checked."""

import os
import shutil
from pathlib import Path

from tooling.jupyter_book import BuildError, jupyter_book
from tooling.source import addresses
from tooling.source.book import Book
from tooling.website import checks
from tooling.website.downloads import ADDED


def build_site(book: Book) -> Path:
    """Build the website and check it.

    Args:
        book: its pages should be in the cache.

    Returns:
        The folder of the site.

    Raises:
        BuildError: if there was a warning, the site has a problem, or an
            address that was published leads nowhere.
    """
    if broken := list(addresses.problems(book)):
        raise BuildError("addresses must stay:\n" + "\n".join(broken))
    site = book.output / "html"
    shutil.rmtree(site / "reports", ignore_errors=True)
    jupyter_book(book, "html", book.output)
    found = checks.problems(site, missing=ADDED)
    if found:
        raise BuildError("the built site has problems:\n" + "\n".join(found))
    return site


def build_page(book: Book, name: str, stale: list[str]) -> Path:
    """Build the website for the sake of one page, executing nothing else.

    Args:
        book: the page should be in its cache.
        name: the page.
        stale: pages that will stand there without outputs for now; the next
            full build mends them.

    Returns:
        The built page.

    Raises:
        BuildError: if the build failed; warnings are only shown.
    """
    skip = {"D2L_NOT_EXECUTED": os.pathsep.join(stale)}
    jupyter_book(book, "html", book.output, strict=False, environment=skip)
    return book.output / "html" / f"{name}.html"
