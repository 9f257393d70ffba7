"""The executed pages: outputs and records, kept in a jupyter-cache.

Sphinx finds the same outputs by the same key. What is added here is that
damage is found and mended, and that nothing is read twice: which record
belongs to a page is remembered under a fingerprint of all that decides it.
"""

import hashlib
import json
import shutil
import sys
from dataclasses import asdict
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tooling import ROOT
from tooling.execution.records import Record
from tooling.source.book import Book, Page

DAMAGED = ("malformed", "not a database", "no such table", "no such column")
UNREADABLE = (OSError, ValueError, KeyError, nbformat.reader.NotJSONError)


class Results:
    """Outputs and records of the pages of a book.

    Args:
        book: its cache folder is made if it does not exist.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.cache = open_cache(book.cache)
        self._memory = book.cache / "known.json"
        self._known = self._read_memory()
        self._records = {r.hashkey: r for r in self.cache.list_cache_records()}

    def find(self, page: Page) -> Record | None:
        """Return the record of a page, if its outputs are there and whole.

        A result whose file is missing or damaged, as a full disk may leave
        it, is removed.
        """
        key = self._recall(page)
        if key is None:
            _, key = self.cache.create_hashed_notebook(page.notebook)
            found = self._records.get(key)
            if found is None:
                return None
            if not self._is_whole(page):
                self._remove(found)
                return None
            self._remember(page, key)
        return _as_record(self._records[key])

    def store(
        self, page: Page, notebook: nbformat.NotebookNode, record: Record
    ) -> None:
        """Keep what the execution of a page gave.

        Args:
            page: as it was executed.
            notebook: with outputs.
            record: what it took.
        """
        stored = self.cache.cache_notebook_bundle(
            CacheBundleIn(notebook, str(page.path), data=asdict(record)),
            check_validity=False,
            overwrite=True,
        )
        self._records[stored.hashkey] = stored
        self._remember(page, stored.hashkey)

    def outputs(self, page: Page) -> nbformat.NotebookNode:
        """Return a page with its outputs.

        Raises:
            KeyError: if they are not there.
        """
        return self.cache.merge_match_into_notebook(page.notebook)[1]

    def save(self) -> None:
        """Write down what was learnt, for the next run."""
        names = set(self.book.names)
        known = {n: k for n, k in self._known.items() if n in names}
        new = self._memory.with_suffix(".new")
        new.write_text(json.dumps(known, indent=0))
        new.replace(self._memory)

    @cached_property
    def last_seconds(self) -> dict[str, float]:
        """What each page took when it was last executed."""
        times = {}
        records = sorted(self._records.values(), key=lambda r: r.created)
        for record in records:
            name = Path(record.uri).with_suffix("")
            if name.is_relative_to(self.book.root):
                key = name.relative_to(self.book.root).as_posix()
                times[key] = _as_record(record).execution_seconds
        return times

    def _recall(self, page: Page) -> str | None:
        known = self._known.get(page.name)
        if known is None or known[0] != fingerprint(page):
            return None
        key = known[1]
        if key not in self._records or known[2] != self._stamp(key):
            return None
        return str(key)

    def _remember(self, page: Page, key: str) -> None:
        self._known[page.name] = [fingerprint(page), key, self._stamp(key)]

    def _stamp(self, key: str) -> list[int] | None:
        try:
            stat = (self.book.cache / "executed" / key / "base.ipynb").stat()
        except OSError:
            return None
        return [stat.st_size, stat.st_mtime_ns]

    def _is_whole(self, page: Page) -> bool:
        try:
            self.outputs(page)
        except UNREADABLE:
            return False
        return True

    def _remove(self, record: NbCacheRecord) -> None:
        folder = self.book.cache / "executed" / record.hashkey
        shutil.rmtree(folder, ignore_errors=True)
        NbCacheRecord.remove_records([record.pk], self.cache.db)
        del self._records[record.hashkey]

    def _read_memory(self) -> dict[str, list[Any]]:
        try:
            return dict(json.loads(self._memory.read_text()))
        except (OSError, ValueError):
            return {}


def open_cache(folder: Path) -> JupyterCacheBase:
    """Open a cache; one whose database is damaged is discarded.

    Args:
        folder: of the cache, made if it does not exist.
    """
    opened = get_cache(str(folder))
    try:
        with opened.db.connect() as connection:
            [[state]] = connection.execute(text("PRAGMA quick_check(1)"))
            connection.execute(text("SELECT count(*) FROM nbcache"))
        if state == "ok":
            return opened
    except DatabaseError as error:
        if not any(sign in str(error) for sign in DAMAGED):
            raise
    print(
        "The index of the executed pages was damaged and is discarded; "
        "they run again.",
        file=sys.stderr,
    )
    opened.db.dispose()
    shutil.rmtree(folder)
    return get_cache(str(folder))


@cache
def tooling_digest() -> str:
    """Return a fingerprint of what turns a page into a notebook."""
    total = hashlib.sha256()
    for path in sorted((ROOT / "tooling").rglob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()


def fingerprint(page: Page) -> str:
    """Return a fingerprint of all that decides which outputs are right.

    Args:
        page: an executable page.
    """
    config = json.dumps(page.book.config.get("parse"), sort_keys=True)
    parts = (page.text, page.digest, config, tooling_digest())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _as_record(stored: NbCacheRecord) -> Record:
    """Read a record; one that Sphinx itself made knows only the time."""
    data = stored.data or {}
    known = {k: v for k, v in data.items() if k in Record.__annotations__}
    return Record(**{"execution_seconds": 0.0, **known})
