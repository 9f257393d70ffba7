"""The addresses that the site has had: each is a promise to whoever kept it.

`book/addresses.yml` names every page that was ever published. One that is
still there has nothing behind its name; one that was renamed or joined with
another has the page that its address leads to.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml

from tooling.source.book import Book

FILE = "book/addresses.yml"


def addresses(book: Book) -> dict[str, str | None]:
    """Return all pages that were published, and where former ones lead.

    Args:
        book: without the file it has promised nothing.

    Raises:
        ValueError: if the file is not a list of pages.
    """
    path = book.root / FILE
    if not path.exists():
        return {}
    found = yaml.safe_load(path.read_text("utf8")) or {}
    if not isinstance(found, dict):
        raise ValueError(f"{FILE}: each line is 'page:' or 'page: new page'")
    return found


def moved(book: Book) -> dict[str, str]:
    """Return the former pages, with the pages that they lead to.

    Args:
        book: with the pages.
    """
    return {old: new for old, new in addresses(book).items() if new}


def problems(book: Book) -> Iterator[str]:
    """Yield each promise that is broken, and each page without one.

    Args:
        book: with the pages.
    """
    known = addresses(book)
    pages = set(book.names)
    for name, target in known.items():
        if target is None and name not in pages:
            yield (
                f"{FILE}: the page {name} has gone: write behind its name "
                "the page that its address leads to"
            )
        elif target is not None and name in pages:
            yield f"{FILE}: {name} is a page: leave nothing behind its name"
        elif target is not None and target not in pages:
            yield f"{FILE}: {name} leads to {target}, which is no page"
    for name in book.names if known else ():
        if name not in known:
            yield f"{FILE}: add the new page, '{name}:'"


def file_of(folder: Path, name: str, suffix: str) -> Path:
    """Return the file of a former page, its folder made.

    Args:
        folder: of the site or of the notebooks.
        name: the page.
        suffix: of the file.
    """
    path = folder / f"{name}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
