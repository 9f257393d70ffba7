"""What a run of the executor did, and how it is told to the author."""

from dataclasses import dataclass, field


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
        shared: pages whose outputs other builds had computed.
        failures: pages that raised.
        data: data sets that the pages read, "real" or "twin".
    """

    executed: dict[str, float] = field(default_factory=dict)
    cached: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    data: dict[str, str] = field(default_factory=dict)


def summary(report: Report) -> str:
    """Say in a few lines what was done."""
    total = sum(report.executed.values())
    lines = [
        f"{len(report.executed)} executed ({total:.0f} s in kernels), "
        f"{len(report.cached)} cached, {len(report.shared)} shared, "
        f"{len(report.failures)} failed"
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
