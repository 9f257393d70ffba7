"""Runs Jupyter Book on the executed pages: website, PDF, EPUB, notebooks."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from click import ClickException
from jupyter_book.cli.main import BUILDER_OPTS
from jupyter_book.cli.main import main as jupyter_book_command

from tooling.source.book import Book

NEEDED = 2**20  # bytes; with less than this, nothing can be built
STRICT = ["-W", "-n", "--keep-going"]


class BuildError(RuntimeError):
    """A build that failed; the message tells the author what to do."""


def jupyter_book(
    book: Book,
    builder: str,
    folder: Path,
    *,
    strict: bool = True,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Run Jupyter Book in this process, normally with warnings as errors.

    A page that was read once is not read again until it changes, and then
    says nothing of its warnings. So after a build that had any, or was
    killed, the next one starts afresh.

    Args:
        book: what to build.
        builder: "html", "latex", or one that Jupyter Book does not know by
            name.
        folder: a folder `_build`; the output goes below it.
        strict: whether warnings are errors. A build that is not strict does
            not count as finished.
        environment: further environment variables.

    Raises:
        BuildError: if there was an error, or a warning in a strict build.
    """
    # Jupyter Book adds "_build" to the output path that it is given.
    assert folder.name == "_build"
    doctrees = folder / ".doctrees"
    unfinished = folder / f".{builder}-unfinished"
    if unfinished.exists():
        shutil.rmtree(doctrees, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    known = builder in BUILDER_OPTS
    named = [builder] if known else ["custom", "--custom-builder", builder]
    arguments = [
        *("build", str(book.root), "--path-output", str(folder.parent)),
        *("--builder", *named),
        *(STRICT if strict else []),
        "-q",
    ]
    os.environ |= environment
    try:
        jupyter_book_command.main(arguments, standalone_mode=False)
    except (SystemExit, RuntimeError, ClickException):
        failed = f"the {builder} build failed; the reasons are above"
        reason = full_disk(book) if is_full(book) else failed
        raise BuildError(reason) from None
    if strict:
        unfinished.unlink()


def is_full(book: Book) -> bool:
    """Tell whether the disk has no space left for building.

    Args:
        book: a build of it has just failed.
    """
    return shutil.disk_usage(book.output).free < NEEDED


def full_disk(book: Book) -> str:
    """Say what to do about a full disk.

    Args:
        book: what was to be built.
    """
    return (
        f"the disk that holds {book.output} is full. Free some space and "
        "run the same command again; finished pages are kept"
    )
