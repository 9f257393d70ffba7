"""The executor: runs stale pages in parallel and caches their outputs.

The results go into the jupyter-cache in which Sphinx then finds every page.
"""

import copy
import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from tqdm import tqdm

from tooling import dependencies
from tooling.book import Book, Page
from tooling.report import Failure, Report, describe, summary

KERNEL = Path(__file__).with_name("kernel")


class ChangedError(Exception):
    """The package changed while a page that depends on it was running."""


def prepare_environment(book: Book) -> None:
    """Set what kernels inherit: one thread, reproducible figures, no network.

    Args:
        book: its output folder gets the kernels' configuration.
    """
    profile = book.output / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    shutil.copy(KERNEL / "ipython_config.py", profile)
    os.environ |= {
        "IPYTHONDIR": str(profile.parent),
        # The user's cache of fonts may name those of a deleted environment.
        "MPLCONFIGDIR": str(book.output / "matplotlib"),
        "SOURCE_DATE_EPOCH": "0",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
    }


def execute(book: Book, pages: Sequence[Page], workers: int) -> Report:
    """Execute the pages whose outputs are not in the cache.

    Args:
        book: the book that the pages belong to.
        pages: what to bring up to date.
        workers: kernels at a time.
    """
    report = Report()
    prepare_environment(book)
    cache = get_cache(str(book.cache))
    # Data is fetched here, once; the kernels then need no network.
    reached = {m for p in pages for m in p.modules}
    report.data = dependencies.data_sets(dependencies.reached_modules(reached))
    os.environ["D2L_OFFLINE"] = "1"
    stale = stale_pages(book, pages)
    report.cached = [page.name for page in pages if page not in stale]
    last = _last_times(cache, book)
    stale.sort(key=lambda p: -last.get(p.name, float(len(p.text))))
    with ThreadPoolExecutor(workers) as pool:
        running = {pool.submit(run, page): page for page in stale}
        bar = tqdm(
            as_completed(running),
            total=len(stale),
            desc="executing pages",
            unit="page",
            disable=not stale,
        )
        for done in bar:
            _collect(done, running[done], cache, report, bar)
    return report


def stale_pages(book: Book, pages: Sequence[Page]) -> list[Page]:
    """Return the pages whose outputs are not in the cache.

    Args:
        book: the book that the pages belong to.
        pages: executable pages.
    """
    cache = get_cache(str(book.cache))
    return [page for page in pages if not is_cached(cache, page.notebook)]


def run(page: Page) -> tuple[nbformat.NotebookNode, float]:
    """Execute one page in a kernel of its own.

    Args:
        page: an executable page.

    Returns:
        The notebook with its outputs, and the seconds it took.
    """
    notebook = copy.deepcopy(page.notebook)
    client = NotebookClient(
        notebook,
        timeout=page.book.config["execute"]["timeout"],
        kernel_name=notebook.metadata.kernelspec.name,
        record_timing=False,
        resources={"metadata": {"path": str(page.path.parent)}},
    )
    start = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - start
    if replace(page).digest != page.digest:  # a fresh copy reads it anew
        raise ChangedError
    return notebook, seconds


def is_cached(
    cache: JupyterCacheBase, notebook: nbformat.NotebookNode
) -> bool:
    """Tell whether a notebook's outputs are in the cache, whole.

    A record whose outputs are missing or damaged, as a killed run may leave
    it, is removed.
    """
    try:
        record = cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    try:
        cache.merge_match_into_notebook(notebook)
    except (KeyError, ValueError, nbformat.reader.NotJSONError):
        folder = Path(cache.path) / "executed" / record.hashkey
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "base.ipynb").touch()
        cache.remove_cache(record.pk)
        return False
    return True


def _collect(
    done: "Future[tuple[nbformat.NotebookNode, float]]",
    page: Page,
    cache: JupyterCacheBase,
    report: Report,
    bar: "tqdm[Future[tuple[nbformat.NotebookNode, float]]]",
) -> None:
    try:
        notebook, seconds = done.result()
    except CellExecutionError as error:
        failure = describe(page, error)
    except CellTimeoutError as error:
        failure = Failure(f"{page.name}.md", str(error).splitlines()[0])
    except DeadKernelError:
        failure = Failure(f"{page.name}.md", "its kernel died")
    except ChangedError:
        failure = Failure(
            f"{page.name}.md", "d2l changed while it ran; run it again"
        )
    else:
        cache.cache_notebook_bundle(
            CacheBundleIn(
                notebook, str(page.path), data={"execution_seconds": seconds}
            ),
            check_validity=False,
            overwrite=True,
        )
        report.executed[page.name] = seconds
        bar.write(f"{seconds:8.1f} s  {page.name}")
        return
    report.failures.append(failure)
    bar.write(f"  failed    {page.name}")


def _last_times(cache: JupyterCacheBase, book: Book) -> dict[str, float]:
    """Return what each page took when it was last executed, in seconds."""
    times: dict[str, float] = {}
    for record in sorted(cache.list_cache_records(), key=lambda r: r.created):
        name = Path(record.uri).with_suffix("")
        if name.is_relative_to(book.root):
            key = name.relative_to(book.root).as_posix()
            times[key] = float(record.data.get("execution_seconds", 0))
    return times


def reproduce(book: Book, pages: Sequence[Page], workers: int) -> list[str]:
    """Execute pages once more, from nothing, and compare all outputs.

    Args:
        book: the book, executed before.
        pages: what to execute again.
        workers: kernels at a time.

    Returns:
        The cells whose outputs differ, those tagged `timing` left out.

    Raises:
        ValueError: if a page is not in the cache, or failed this time.
    """
    with TemporaryDirectory() as folder:
        second = replace(book, cache_folder=Path(folder))
        report = execute(second, pages, workers)
        if report.failures:
            raise ValueError(summary(report))
        caches = [get_cache(str(b.cache)) for b in (book, second)]
        different = []
        for page in pages:
            try:
                both = [
                    c.merge_match_into_notebook(page.notebook)[1].cells
                    for c in caches
                ]
            except KeyError:
                raise ValueError(f"{page.name} is stale: make html") from None
            for i, (first, again) in enumerate(zip(*both, strict=True)):
                timed = "timing" in first.metadata.get("tags", [])
                if not timed and first.get("outputs") != again.get("outputs"):
                    where = f"{page.name}.md:{page.line(i, 1)}"
                    different.append(f"{where}: other outputs than before")
    return different
