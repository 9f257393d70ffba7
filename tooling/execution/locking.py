"""One build at a time in one tree."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from tooling.source.book import Book


@contextmanager
def only_build(book: Book) -> Iterator[None]:
    """Wait until no other build runs in the book's folder, then hold it.

    The lock ends with the process, however it ends.

    Args:
        book: what will be built.
    """
    book.output.mkdir(parents=True, exist_ok=True)
    lock = FileLock(book.output / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(
            "Another build is running in this folder; waiting for its end.",
            file=sys.stderr,
            flush=True,
        )
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
