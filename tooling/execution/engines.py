"""Where pages run: in kernels of this machine, or on a Dask cluster."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from tooling.execution.environment import prepare_environment
from tooling.execution.kernels import Job, Outcome, Problem, run
from tooling.source import dependencies
from tooling.source.book import Book

Engine = Callable[[Sequence[Job], Path], Iterator[tuple[Job, Outcome]]]
CONNECT = 30  # seconds


class EngineError(RuntimeError):
    """An engine that can't be used; the message says what to do."""


def choose(address: str, workers: int) -> Engine:
    """Return the engine that an address names.

    Args:
        address: "" for this machine, or `dask://host:8786`.
        workers: kernels at a time on this machine.

    Raises:
        ValueError: if the address names no engine.
    """
    if not address:
        return lambda jobs, root: on_this_machine(jobs, root, workers)
    kind, found, place = address.partition("://")
    if kind != "dask" or not found or ":" not in place:
        raise ValueError(
            f"EXECUTOR={address}: expected dask://host:port, the address of "
            "a Dask scheduler, or nothing for this machine"
        )
    return lambda jobs, root: on_dask(jobs, f"tcp://{place}")


def on_this_machine(
    jobs: Sequence[Job], root: Path, workers: int
) -> Iterator[tuple[Job, Outcome]]:
    """Run pages in kernels of this machine, the first ones first.

    Args:
        jobs: the pages.
        root: the book's folder.
        workers: kernels at a time.
    """
    pool = ThreadPoolExecutor(workers)
    running = {pool.submit(run, job, root): job for job in jobs}
    try:
        for done in as_completed(running):
            yield running[done], done.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        while any(future.running() for future in running):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(0.1)
        raise
    pool.shutdown()


def on_dask(
    jobs: Sequence[Job], address: str
) -> Iterator[tuple[Job, Outcome]]:
    """Run pages on the workers of a Dask cluster.

    Each worker has its own checkout in the folder where it was started. What
    a worker that dies was running, the others run again. Pages that do more
    with a GPU go to workers that were started with the resource `GPU`, if
    there are any.

    Args:
        jobs: the pages.
        address: of the scheduler, `tcp://host:8786`.

    Raises:
        EngineError: if Dask is not installed, or no scheduler answers.
    """
    if not jobs:
        return
    try:
        import distributed
    except ImportError:
        raise EngineError(
            "EXECUTOR=dask://... needs Dask: .venv/bin/python -m pip install "
            "--constraint constraints.txt --editable '.[cluster]'"
        ) from None
    try:
        client = distributed.Client(address, timeout=CONNECT)  # type: ignore[no-untyped-call]
    except OSError:
        raise EngineError(
            f"no Dask scheduler answers at {address}; start one with "
            "`make scheduler`, and workers with `make worker`"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT)
        except TimeoutError:
            raise EngineError(
                f"the Dask scheduler at {address} has no worker; start some, "
                "on any machine with a checkout, with `make worker`"
            ) from None
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        has_gpu = any(w["resources"].get("GPU") for w in workers)
        futures, running = [], {}
        for rank, job in enumerate(jobs):
            future = client.submit(
                run_in_checkout,
                job,
                key=f"{job.name}-{uuid4().hex}",
                priority=-rank,
                resources={"GPU": 1} if has_gpu and job.uses_gpu else None,
            )
            futures.append(future)
            running[future.key] = job
        finished = distributed.as_completed(futures)  # type: ignore[no-untyped-call]
        for done in finished:
            yield running[done.key], _outcome(done)


def _outcome(done: Any) -> Outcome:
    """Return a future's outcome; a page that kills its workers failed."""
    error = done.exception()
    if error is None:
        outcome: Outcome = done.result()
        return outcome
    return Outcome(problem=Problem(f"on the cluster: {error}"))


def run_in_checkout(job: Job) -> Outcome:
    """Run a page on a worker, in the folder where the worker was started."""
    root = Path.cwd()
    os.environ["D2L_DEVICE"] = job.device
    prepare_environment(Book(root))
    os.environ["D2L_OFFLINE"] = "1"
    dependencies.data_modes.cache_clear()  # data may have come since
    return run(job, root)
