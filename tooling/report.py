"""What a run of the executor did, and how it is told to the author."""

import re
from dataclasses import dataclass, field

from nbclient.exceptions import CellExecutionError

from tooling.book import Page

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Failure:
    """A page that could not be executed.

    Args:
        where: page and line.
        what: the error, as told to the author.
    """

    where: str
    what: str


@dataclass
class Report:
    """What one run of the executor did.

    Args:
        executed: seconds by page.
        cached: pages whose outputs were there already.
        failures: pages that raised.
        data: data sets that the pages read, "real" or "twin".
    """

    executed: dict[str, float] = field(default_factory=dict)
    cached: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    data: dict[str, str] = field(default_factory=dict)


def describe(page: Page, error: CellExecutionError) -> Failure:
    """Tell page, cell, line and error of a cell that raised.

    Args:
        page: the page that was executed.
        error: what the executor caught.
    """
    trace = ANSI.sub("", error.traceback)
    executed = [
        i
        for i, cell in enumerate(page.notebook.cells)
        if cell.cell_type == "code"
    ]
    place = re.findall(r"Cell In\[(\d+)\], line (\d+)", trace)
    number, line = map(int, place[-1]) if place else (1, 1)
    where = f"{page.name}.md:{page.line(executed[number - 1], line)}"
    message = (
        f"cell {number} raised {error.ename}: {ANSI.sub('', error.evalue)}"
    )
    if error.ename == "AssertionError":
        return Failure(where, message)
    tail = "\n".join(trace.rstrip().splitlines()[-12:])
    return Failure(where, f"{message}\n{tail}")


def summary(report: Report) -> str:
    """Say in a few lines what was done."""
    total = sum(report.executed.values())
    lines = [
        f"{len(report.executed)} executed ({total:.0f} s in kernels), "
        f"{len(report.cached)} cached, {len(report.failures)} failed"
    ]
    slowest = sorted(report.executed.items(), key=lambda item: -item[1])[:3]
    if slowest:
        named = ", ".join(f"{name} {s:.1f} s" for name, s in slowest)
        lines.append(f"slowest: {named}")
    if report.data:
        named = ", ".join(f"{n} ({mode})" for n, mode in report.data.items())
        lines.append(f"data: {named}")
    for failure in report.failures:
        lines.append(f"\n{failure.where}: {failure.what}")
    return "\n".join(lines)
