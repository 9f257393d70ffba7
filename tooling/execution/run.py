"""The executor: brings the outputs of pages up to date.

They go into the cache in which Sphinx then finds every page.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from tooling.execution.engines import Engine
from tooling.execution.environment import prepare_environment
from tooling.execution.kernels import Job, Outcome
from tooling.execution.report import Failure, Report, summary
from tooling.execution.results import Results
from tooling.execution.sharing import Sharing, settle
from tooling.source.book import Book, Page
from tooling.source.dependencies import (
    data_sets,
    device,
    reached_modules,
)

PRETENDED_CUDA = Path(__file__).parent / "in_kernel" / "pretended_cuda.py"


def execute(
    book: Book, pages: Sequence[Page], engine: Engine, *, share: bool = True
) -> Report:
    """Execute the pages whose outputs are neither in the cache nor shared.

    Args:
        book: the book that the pages belong to.
        pages: what to bring up to date.
        engine: where pages run.
        share: whether results of other builds are used and offered.
    """
    prepare_environment(book)
    results = Results(book)
    sharing = Sharing(book) if share else None
    standing = settle(book, results, pages, sharing)
    stale = standing.stale
    reached = reached_modules(frozenset(m for p in pages for m in p.modules))
    report = Report(
        cached=standing.cached,
        shared=standing.shared,
        data=data_sets(reached),
    )
    last = results.last_seconds
    jobs = [make_job(page) for page in stale.values()]
    jobs.sort(key=lambda j: -last.get(j.name, len(stale[j.name].text)))
    bar = tqdm(
        engine(jobs, book.root),
        total=len(jobs),
        desc="executing pages",
        unit="page",
        disable=not jobs,
    )
    try:
        for job, outcome in bar:
            page = stale[job.name]
            _collect(page, outcome, results, report)
            if sharing and outcome.notebook and outcome.record:
                sharing.keep(page, outcome.notebook, outcome.record)
            seconds = report.executed.get(page.name)
            took = f"{seconds:8.1f} s" if seconds else "  failed  "
            bar.write(f"{took}  {page.name}")
    finally:
        results.save()
        if sharing:
            sharing.prune()
    return report


def make_job(page: Page) -> Job:
    """Return what an engine needs to run a page."""
    config = page.book.config
    gibibytes = config["sphinx"]["config"]["page_memory_limit"]
    return Job(
        page.name,
        page.notebook,
        page.modules,
        page.digest,
        device(),
        timeout=float(config["execute"]["timeout"]),
        memory=int(gibibytes * 2**30),
        uses_gpu=page.uses_gpu,
    )


def _collect(
    page: Page, outcome: Outcome, results: Results, report: Report
) -> None:
    if outcome.problem:
        where = f"{page.name}.md"
        if outcome.problem.cell is not None:
            line = page.line(outcome.problem.cell, outcome.problem.line)
            where = f"{where}:{line}"
        report.failures.append(Failure(where, outcome.problem.what))
        return
    assert outcome.notebook is not None and outcome.record is not None
    results.store(page, outcome.notebook, outcome.record)
    report.executed[page.name] = outcome.record.execution_seconds


def pretend_cuda(book: Book, pages: Sequence[Page], engine: Engine) -> Report:
    """Execute pages as if there were a CUDA device, and forget the outputs.

    Args:
        book: the book that the pages belong to.
        pages: what to execute.
        engine: has kernels of this machine; those of others do not pretend.
    """
    os.environ["D2L_DEVICE"] = "cuda"
    os.environ["D2L_RUN_FIRST"] = str(PRETENDED_CUDA)
    with TemporaryDirectory() as folder:
        elsewhere = replace(book, cache_folder=Path(folder))
        return execute(elsewhere, pages, engine, share=False)


def reproduce(book: Book, pages: Sequence[Page], engine: Engine) -> list[str]:
    """Execute pages once more, from nothing, and compare all outputs.

    Args:
        book: the book, executed before.
        pages: what to execute again.
        engine: where pages run.

    Returns:
        The cells whose outputs differ, those tagged `timing` left out.

    Raises:
        ValueError: if a page is not in the cache, or failed this time.
    """
    with TemporaryDirectory() as folder:
        second = replace(book, cache_folder=Path(folder))
        report = execute(second, pages, engine, share=False)
        if report.failures:
            raise ValueError(summary(report))
        caches = [Results(b) for b in (book, second)]
        different = []
        for page in pages:
            try:
                both = [c.outputs(page).cells for c in caches]
            except KeyError:
                raise ValueError(f"{page.name} is stale: make html") from None
            for i, (first, again) in enumerate(zip(*both, strict=True)):
                timed = "timing" in first.metadata.get("tags", [])
                if not timed and first.get("outputs") != again.get("outputs"):
                    where = f"{page.name}.md:{page.line(i, 1)}"
                    different.append(f"{where}: other outputs than before")
    return different
