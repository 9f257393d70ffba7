"""Serves the site while it is written: each save is built and shown.

A build runs in a process of its own, so that it uses the tooling and the
package as they are now, and nothing of it is left when it ends. The process
is forked from one that has imported the libraries, which takes longer than
to build a page.
"""

import asyncio
import multiprocessing
import os
import re
import runpy
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tornado.httpserver import HTTPServer
from watchfiles import Change, awatch

from tooling.serving.reloading import State, application, bind

FOLDERS = ("book", "d2l", "assets", "tooling")
SETTINGS = ("_config.yml", "_toc.yml", "constraints.txt")
LIBRARIES = (
    *("jupyter_book.cli.main", "sphinx.builders.html", "sphinx.search.en"),
    *("myst_nb.sphinx_ext", "myst_nb.ext.download", "sphinx_book_theme"),
    *("sphinx_external_toc.events", "sphinx_design", "sphinx_thebe"),
    *("sphinx_exercise", "sphinxcontrib.bibtex", "sphinxcontrib.katex"),
    *("sphinx_copybutton", "sphinx_togglebutton", "sphinx_comments"),
    *("sphinx_jupyterbook_latex", "jupyter_cache.cache.main", "nbclient"),
    *("grimp", "py_mini_racer", "selectolax.lexbor", "tqdm", "pooch"),
    *("sphinxext.opengraph", "notfound.extension", "lightningcss"),
    *("tornado.websocket", "tornado.httpserver", "watchfiles"),
)
FORKED = multiprocessing.get_context("forkserver")


def run(root: Path, output: Connection) -> None:
    """Build the site; this is what the forked process does.

    Args:
        root: folder of the book.
        output: takes whatever is printed, also by processes started here.
    """
    os.setsid()  # so that all of it can be ended
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output.fileno(), stream.fileno())
    sys.argv = ["tooling", "--root", str(root), "html"]
    runpy.run_module("tooling", run_name="__main__", alter_sys=True)


async def build(root: Path) -> tuple[bool, str]:
    """Build the site in a fresh process.

    Args:
        root: folder of the book.

    Returns:
        Whether that succeeded, and what was printed.
    """
    reader, writer = FORKED.Pipe(duplex=False)
    process = FORKED.Process(target=run, args=(root, writer))
    process.start()
    writer.close()
    try:
        text = await asyncio.to_thread(printed, reader, process)
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGTERM)
        raise
    finally:
        process.join()
    return process.exitcode == 0, text


def printed(reader: Connection, process: ForkServerProcess) -> str:
    """Show what a process prints until it ends, and return it.

    Args:
        reader: where its output arrives.
        process: that was started.
    """
    pieces = []
    while reader in wait([reader, process.sentinel]):
        piece = os.read(reader.fileno(), 1 << 16)
        if not piece:
            break
        sys.stdout.buffer.write(piece)
        sys.stdout.flush()
        pieces.append(piece)
    return plain(b"".join(pieces).decode("utf8", "replace"))


def plain(text: str) -> str:
    """Return what a terminal would show in the end, without colours.

    Args:
        text: with escape sequences and progress bars.
    """
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    lines = [line.rstrip().rpartition("\r")[2] for line in text.split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


async def watch(root: Path, saved: asyncio.Event) -> None:
    """Notice what is saved.

    Args:
        root: folder of the book.
        saved: is set whenever something was.
    """

    def settings(_: Change, path: str) -> bool:
        return Path(path).name in SETTINGS

    async def follow(batches: AsyncIterator[set[tuple[Change, str]]]) -> None:
        async for batch in batches:
            names = sorted({os.path.relpath(path, root) for _, path in batch})
            print(f"\nsaved {', '.join(names)}", flush=True)
            saved.set()

    folders = [root / name for name in FOLDERS if (root / name).is_dir()]
    await asyncio.gather(
        follow(awatch(*folders)),
        follow(awatch(root, watch_filter=settings, recursive=False)),
    )


async def rebuild(root: Path, saved: asyncio.Event, state: State) -> None:
    """Build at the start and after each save, one build at a time.

    Args:
        root: folder of the book.
        saved: asks for a build; one more follows if it is set during one.
        state: is told to the pages in the browser.
    """
    saved.set()
    while await saved.wait():
        saved.clear()
        state.building = True
        state.tell()
        start = time.monotonic()
        succeeded, text = await build(root)
        state.building, state.problem = False, "" if succeeded else text
        state.tell()
        took = f"{time.monotonic() - start:.1f} s"
        print("built in" if succeeded else "failed after", took, flush=True)


async def preview(root: Path, sockets: list[socket.socket]) -> None:
    """Serve, watch and build until a signal ends it.

    Args:
        root: folder of the book.
        sockets: to listen on.
    """
    state = State(root / "_build" / "html")
    saved = asyncio.Event()
    HTTPServer(application(state)).add_sockets(sockets)
    working = asyncio.gather(watch(root, saved), rebuild(root, saved, state))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    with suppress(asyncio.CancelledError):
        await working


def serve(root: Path, port: int) -> int:
    """Serve a book to its author's browser; return the exit status.

    Args:
        root: folder of the book.
        port: to listen on; 0 for any that is free.

    Raises:
        ValueError: if the port can't be used.
    """
    sockets = bind(port, "preview")
    FORKED.set_forkserver_preload(list(LIBRARIES))
    first = FORKED.Process(target=int)  # waits until they are imported
    first.start()
    first.join()
    port = sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/ shows the site; Ctrl-C ends", flush=True)
    asyncio.run(preview(root, sockets))
    return 0
