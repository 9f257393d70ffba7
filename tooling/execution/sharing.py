"""Results that other builds have computed, taken over instead of executing.

First come those of the user's other builds, then those of the published
site. Both go into the book's own cache, where Sphinx finds them.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from tooling.execution import published
from tooling.execution.environment import prepare_data
from tooling.execution.records import Record
from tooling.execution.results import Results
from tooling.execution.store import Store, tell, user_folder
from tooling.source.book import Book, Page

EARLIER = "an earlier build"
FORM = 1  # of what lies under a key; with a new one, all keys are new
MALFORMED = (
    *(ValueError, KeyError, TypeError, AttributeError, RecursionError),
    nbformat.ValidationError,
)


class Sharing:
    """The store of the user, and the site that is configured.

    Args:
        book: its settings name the site and the bound of the store.
    """

    def __init__(self, book: Book) -> None:
        folder = user_folder()
        gibibytes = book.config["sphinx"]["config"].get("results_limit", 1)
        self._store = Store(folder, int(gibibytes * 2**30)) if folder else None
        self._site = published.address(book) if folder else None
        self._memory = book.output / "site-results.json"

    def fill(self, results: Results, pages: Sequence[Page]) -> set[str]:
        """Take over what is known elsewhere.

        Args:
            results: of the book, which get them.
            pages: that have none there.

        Returns:
            The names of the pages that now have.
        """
        if self._store is None:
            return set()
        wanted = {key(page): page for page in pages}
        taken = set()
        for address, page in wanted.items():
            content = self._store.get(address)
            if content and _take(results, page, content, None):
                taken.add(address)
        missing = wanted.keys() - taken
        if missing and self._site:
            found = published.fetch(self._site, missing, self._memory)
            for address, content in found.items():
                page = wanted[address]
                record = _take(results, page, content, self._site)
                if record:
                    taken.add(address)
                    self.keep(page, results.outputs(page), record)
        return {page.name for page in pages if key(page) in taken}

    def keep(
        self, page: Page, notebook: nbformat.NotebookNode, record: Record
    ) -> None:
        """Offer what a page gave to other builds."""
        if self._store:
            self._store.put(key(page), pack(notebook, record))

    def prune(self) -> None:
        """Hold the bound of the store."""
        if self._store:
            self._store.prune()


def _take(
    results: Results, page: Page, content: bytes, site: str | None
) -> Record | None:
    try:
        notebook, record = unpack(page, content)
    except MALFORMED as error:
        reason, *_ = f"{error}".splitlines() or [type(error).__name__]
        tell(f"what {site or EARLIER} has of {page.name} is no use, {reason}")
        return None
    record = replace(record, origin=site or record.origin or EARLIER)
    results.store(page, notebook, record)
    return record


def key(page: Page) -> str:
    """Return the hash of all that decides a page's outputs.

    That is its cells, and what its digest stands for. Prose is not in it.
    """
    parts = [FORM, *_essence(page.notebook)]
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _essence(notebook: nbformat.NotebookNode) -> list[Any]:
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    return [
        notebook.metadata.kernelspec,  # with the digest
        [[cell.source, cell.metadata] for cell in cells],
    ]


def pack(notebook: nbformat.NotebookNode, record: Record) -> bytes:
    """Return a page's results as what lies under its key.

    Args:
        notebook: with outputs.
        record: of their computation.
    """
    metadata = {
        name: notebook.metadata[name]
        for name in ("kernelspec", "language_info", "widgets")
        if name in notebook.metadata
    }
    cells = [dict(c) for c in notebook.cells if c.cell_type == "code"]
    for cell in cells:
        cell.pop("id", None)
    bare = {
        "nbformat": 4,
        "nbformat_minor": 4,  # the last one whose cells have no id
        "metadata": metadata,
        "cells": cells,
    }
    both = {"notebook": bare, "record": asdict(record)}
    return json.dumps(both, sort_keys=True).encode()


def unpack(page: Page, content: bytes) -> tuple[nbformat.NotebookNode, Record]:
    """Return notebook and record from what lies under a page's key.

    Args:
        page: whose results it should be.
        content: of the form that `pack` gives, or anything else.

    Raises:
        ValueError: or another of `MALFORMED`, if it is something else.
    """
    both = json.loads(content)
    notebook = nbformat.from_dict(both["notebook"])  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    if _essence(notebook) != _essence(page.notebook):
        raise ValueError("it has other cells")
    known = {k: v for k, v in both["record"].items() if v is not None}
    return notebook, Record(**known)


@dataclass(frozen=True)
class Standing:
    """How pages stand before any of them is executed.

    Args:
        cached: whose results the book has had.
        shared: whose results were taken over.
        stale: that must be executed.
    """

    cached: list[str]
    shared: list[str]
    stale: dict[str, Page]


def settle(
    book: Book,
    results: Results,
    pages: Sequence[Page],
    sharing: Sharing | None,
) -> Standing:
    """Find out which pages must be executed, and fetch the data for those.

    Args:
        book: the pages' book.
        results: of the book; more may be there afterwards.
        pages: executable pages.
        sharing: where to look for results of other builds, if they will do.
    """
    missing = [page for page in pages if results.find(page) is None]
    shared = sharing.fill(results, missing) if sharing else set()
    stale = {p.name: p for p in missing if p.name not in shared}
    if not prepare_data([*stale.values()]):
        again = [book.page(page.name) for page in pages]
        return settle(book, results, again, sharing)
    names = {page.name for page in missing}
    return Standing(
        cached=[p.name for p in pages if p.name not in names],
        shared=[p.name for p in pages if p.name in shared],
        stale=stale,
    )


def publish(book: Book, site: Path) -> None:
    """Write the results of a book into its site, for those who clone it.

    Args:
        book: its pages should be in the cache.
        site: the folder of the site.
    """
    results = Results(book)
    found = {}
    for page in book.executable_pages():
        record = results.find(page)
        if record:
            content = pack(results.outputs(page), record)
            seconds = record.execution_seconds
            found[key(page)] = (page.name, seconds, content)
    published.write(site, found)
