"""One page in a kernel of its own: executed, limited, measured.

Nothing here needs the rest of the book, so that a page can run on another
machine which has a checkout of the project.
"""

import atexit
import copy
import json
import re
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

from tooling.execution.records import Record
from tooling.source import dependencies
from tooling.source.versions import require_pinned

ANSI = re.compile(r"\x1b\[[0-9;]*m")
MEASURE = Path(__file__).with_name("in_kernel") / "measure.py"
STARTS = 3


@dataclass(frozen=True)
class Job:
    """A page to execute.

    Args:
        name: the page, a path below the book's folder without suffix.
        notebook: its cells.
        modules: modules of the package that it imports or shows.
        digest: fingerprint of all that its outputs depend on but its cells.
        device: that it computes on, which the digest covers.
        timeout: seconds that a cell may take.
        memory: bytes that the kernel may hold.
        uses_gpu: whether the page does more where there is a GPU.
    """

    name: str
    notebook: nbformat.NotebookNode
    modules: frozenset[str]
    digest: str
    device: str
    timeout: float
    memory: int
    uses_gpu: bool = False


@dataclass(frozen=True)
class Problem:
    """Why a page could not be executed.

    Args:
        what: the error, as told to the author.
        cell: index of the cell that was running, if any.
        line: line in that cell, counted from 1.
    """

    what: str
    cell: int | None = None
    line: int = 1


@dataclass(frozen=True)
class Outcome:
    """What came of a job: outputs and their record, or a problem."""

    notebook: nbformat.NotebookNode | None = None
    record: Record | None = None
    problem: Problem | None = None


def run(job: Job, root: Path) -> Outcome:
    """Execute a page.

    Args:
        job: the page.
        root: the checkout to run it in.
    """
    if current_digest(job, root) != job.digest:
        return Outcome(
            problem=Problem(
                f"{root} holds another state of d2l, constraints.txt, data, "
                "Python or the kernels' settings than the book that asked; "
                "bring both to the same commit"
            )
        )
    for _ in range(STARTS):
        outcome = _attempt(job, root)
        if outcome is not None:
            break
    else:
        outcome = Outcome(problem=Problem("its kernel did not start"))
    if not outcome.problem and current_digest(job, root) != job.digest:
        what = "d2l changed while it ran; run it again"
        return Outcome(problem=Problem(what))
    if outcome.record:
        try:
            pins = root / "constraints.txt"
            require_pinned(outcome.record.versions, pins)
        except ValueError as error:
            return Outcome(problem=Problem(str(error)))
    return outcome


def current_digest(job: Job, root: Path) -> str:
    """Return what the job's digest would be now.

    Args:
        job: a page to execute.
        root: the checkout.
    """
    dependencies.forget()
    return dependencies.digest(job.modules, root / "constraints.txt")


def _attempt(job: Job, root: Path) -> Outcome | None:
    """Execute a page, or return nothing if the kernel did not come up."""
    notebook = copy.deepcopy(job.notebook)
    code = MEASURE.read_text("utf8")
    measure = nbformat.v4.new_code_cell(code)  # type: ignore[no-untyped-call]
    notebook.cells.append(measure)
    at: list[int] = []
    client = NotebookClient(
        notebook,
        timeout=job.timeout,
        kernel_name=notebook.metadata.kernelspec.name,
        record_timing=False,
        coalesce_streams=True,  # pieces differ from run to run
        shutdown_kernel="immediate",  # asked to end, most take 3 s to do so
        resources={"metadata": {"path": str((root / job.name).parent)}},
        on_cell_execute=lambda cell, cell_index: at.append(cell_index),
    )
    start = time.perf_counter()
    try:
        with memory_limit(client, job.memory) as exceeded:
            client.execute()
    except CellExecutionError as error:
        return Outcome(problem=_raised(notebook, at[-1], error))
    except CellTimeoutError:
        what = (
            f"did not finish within {job.timeout:g} seconds "
            "(execute.timeout in _config.yml)"
        )
        return _stopped(notebook, at, what)
    except DeadKernelError:
        if exceeded.is_set():
            limit = f"{job.memory / 2**30:.3g} GiB"
            what = (
                f"needed more than {limit} of memory "
                "(page_memory_limit in _config.yml)"
            )
            return _stopped(notebook, at, what)
        return _stopped(notebook, at, "ended its kernel")
    except RuntimeError:
        if at:
            raise
        return None  # two kernels may have asked for the same port
    finally:
        atexit.unregister(client._cleanup_kernel)  # it is done by now
    seconds = time.perf_counter() - start
    notebook.cells.pop()
    measured = json.loads(measure.outputs[0].text)
    reached = dependencies.reached_modules(job.modules)
    record = Record(
        seconds,
        data=dependencies.data_sets(reached),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        **measured,
    )
    return Outcome(notebook, record)


@contextmanager
def memory_limit(
    client: NotebookClient, limit: int
) -> Iterator[threading.Event]:
    """Kill a client's kernel when it holds too much memory.

    What the kernel started and left behind is killed in the end.

    Args:
        client: its kernel may not have started yet.
        limit: bytes of the kernel and the processes it started.

    Yields:
        An event that tells whether the limit was exceeded.
    """
    exceeded, done = threading.Event(), threading.Event()

    def watch() -> None:
        seen: set[psutil.Process] = set()  # the dead have no children
        while not done.wait(0.2):
            provisioner = getattr(client.km, "provisioner", None)
            pid = getattr(provisioner, "pid", None)
            if pid is None:
                continue
            try:
                kernel = psutil.Process(pid)
                family = [kernel, *kernel.children(recursive=True)]
                seen.update(family)
                if sum(p.memory_info().rss for p in family) > limit:
                    exceeded.set()
                    kill(family)
            except psutil.Error:
                continue  # it has just ended
        kill(seen)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield exceeded
    finally:
        done.set()
        watcher.join()


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill those of some processes that still run."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _stopped(
    notebook: nbformat.NotebookNode, at: list[int], what: str
) -> Outcome:
    if not at:
        return Outcome(problem=Problem(f"its kernel {what} at the start"))
    number = _number(notebook, at[-1])
    return Outcome(problem=Problem(f"cell {number} {what}", at[-1]))


def _raised(
    notebook: nbformat.NotebookNode, at: int, error: CellExecutionError
) -> Problem:
    """Tell cell, line and error of a cell that raised.

    The line may be that of a function which an earlier cell defined.
    """
    trace = ANSI.sub("", error.traceback)
    counts = {
        c.get("execution_count"): i for i, c in enumerate(notebook.cells)
    }
    place = re.findall(r"Cell In\[(\d+)\], line (\d+)", trace)
    count, line = map(int, place[-1]) if place else (0, 1)
    cell = counts.get(count, at)
    what = f"cell {_number(notebook, cell)} raised {error.ename}: "
    what += ANSI.sub("", error.evalue)
    if error.ename != "AssertionError":
        tail = "\n".join(trace.rstrip().splitlines()[-12:])
        what = f"{what}\n{tail}"
    return Problem(what, cell, line)


def _number(notebook: nbformat.NotebookNode, cell: int) -> int:
    """Return which code cell this is, counted from 1 as authors count."""
    cells = notebook.cells[: cell + 1]
    return sum(c.cell_type == "code" for c in cells)
