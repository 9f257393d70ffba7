"""What the benchmark of the build found: as JSON, as a figure, as a table."""

import json
import platform
import statistics
import subprocess
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedLocator,
    LogLocator,
    NullFormatter,
    NullLocator,
    StrMethodFormatter,
)

from assets.diagrams import style
from d2l.palette import TRAIN, VALIDATION

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("jupyter-book", "Sphinx", "myst-nb", "jupyter-cache", "torch")
PHASES = ["cold", "sphinx", "warm", "prose", "library"]
TITLES = {
    "cold": "from nothing",
    "sphinx": "from executed pages",
    "warm": "no change",
    "prose": "one page's prose",
    "library": "a module of d2l",
}
# By command, by phase: the seconds of every repeat.
Times = dict[str, dict[str, list[float]]]


@dataclass
class Results:
    """What was measured, and where.

    Args:
        provenance: date, commit, machine and versions.
        times: by number of pages.
    """

    provenance: dict[str, Any]
    times: dict[int, Times]

    def seconds(self, pages: int, command: str, phase: str) -> float:
        """Return the median of the repeats."""
        return statistics.median(self.times[pages][command][phase])

    def ratio(self, pages: int, phase: str) -> float:
        """Return how often faster than plain Jupyter Book the tooling is."""
        plain = self.seconds(pages, "plain", phase)
        return plain / self.seconds(pages, "parallel", phase)

    def growth(self, command: str, phase: str) -> float:
        """Return the exponent p of the fit seconds = c * pages ** p."""
        sizes = sorted(self.times)
        y = [self.seconds(pages, command, phase) for pages in sizes]
        return float(np.polyfit(np.log(sizes), np.log(y), 1)[0])


def provenance() -> dict[str, Any]:
    """Return what the times depend on, besides the book."""
    results = [f":!{FOLDER.name}", ":(top,exclude)d2l/experiments/*.json"]
    git = ["git", "-C", str(FOLDER.parent)]
    head = [*git, "rev-parse", "--short", "HEAD"]
    status = [*git, "status", "--porcelain", "--", ":/", *results]
    commit, changes = (
        subprocess.run(c, capture_output=True, text=True).stdout.strip()
        for c in (head, status)
    )
    return {
        "date": date.today().isoformat(),
        "commit": commit + ("-dirty" if changes else ""),
        "cores": cpu_count(),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in PACKAGES},
    }


def load(folder: Path = FOLDER) -> Results:
    """Return what was measured of this commit on such a machine before.

    Args:
        folder: holds `build.json`, or not yet.
    """
    now = provenance()
    path = folder / "build.json"
    if path.exists():
        found = json.loads(path.read_text("utf8"))
        if found["provenance"] | {"date": now["date"]} == now:
            times = {int(pages): t for pages, t in found["times"].items()}
            return Results(found["provenance"], times)
    return Results(now, {})


def save(results: Results, folder: Path = FOLDER) -> None:
    """Write `build.json`, `build.svg` and `build.md`.

    Args:
        results: of at least one size.
        folder: where to.
    """
    folder.mkdir(exist_ok=True)
    results.times = dict(sorted(results.times.items()))
    found = asdict(results) | summary(results)
    (folder / "build.json").write_text(json.dumps(found, indent=1) + "\n")
    drawing = style.render(lambda: draw(results))
    (folder / "build.svg").write_bytes(drawing["svg"])
    (folder / "build.md").write_text(markdown(results) + "\n", "utf8")


def summary(results: Results) -> dict[str, Any]:
    """Return the ratios by size, and the exponents of growth."""
    sizes = list(results.times)
    ratios = {
        phase: {n: round(results.ratio(n, phase), 2) for n in sizes}
        for phase in PHASES
    }
    cores = {
        n: round(
            results.seconds(n, "serial", "cold")
            / results.seconds(n, "parallel", "cold"),
            2,
        )
        for n in sizes
    }
    found = {"ratios": ratios, "parallel_over_serial": cores, "growth": {}}
    if len(sizes) > 1:
        found["growth"] = {
            command: {
                phase: round(results.growth(command, phase), 2)
                for phase in PHASES
            }
            for command in ("parallel", "plain")
        }
    return found


def markdown(results: Results) -> str:
    """Return the results as a table, with what they depend on.

    Args:
        results: of at least one size.
    """
    about = results.provenance
    versions = ", ".join(f"{n} {v}" for n, v in about["versions"].items())
    found = summary(results)
    lines = [
        "Seconds to build a generated book: this book's tooling / plain "
        "`jupyter-book build .` (how often faster)",
        "",
        "| pages | " + " | ".join(TITLES.values()) + " | one kernel |",
        "| --- |" + " --- |" * (len(PHASES) + 1),
    ]
    for n in results.times:
        cells = [
            f"{results.seconds(n, 'parallel', phase):.1f} / "
            f"{results.seconds(n, 'plain', phase):.1f} "
            f"({results.ratio(n, phase):.1f})"
            for phase in PHASES
        ]
        alone = results.seconds(n, "serial", "cold")
        cells.append(f"{alone:.1f} ({found['parallel_over_serial'][n]:.1f})")
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    if found["growth"]:
        cells = [
            " / ".join(
                f"{found['growth'][c][phase]:.2f}" for c in found["growth"]
            )
            for phase in PHASES
        ]
        lines.append("| exponent of growth | " + " | ".join(cells) + " | |")
    lines += [
        "",
        f"Medians; commit {about['commit']}, {about['date']}, "
        f"{about['cores']} cores ({about['machine']}), {versions}. "
        '"One kernel" builds from nothing with `--workers 1` (and how often '
        "faster all cores are).",
    ]
    return "\n".join(lines)


def draw(results: Results) -> Figure:
    """Draw seconds over pages, a panel for each phase, one line a builder."""
    figure = Figure(figsize=(style.WIDTH / 96, 2.6), facecolor=style.WHITE)
    panels = figure.subplots(1, len(PHASES), sharey=True)
    for ax, phase in zip(panels, PHASES, strict=True):
        panel(ax, results, phase)
    panels[0].set_ylabel("seconds", color=style.INK)
    panels[0].legend(loc="lower right", frameon=False, fontsize=style.SMALL)
    figure.tight_layout()
    return figure


def panel(ax: Axes, results: Results, phase: str) -> None:
    """Draw one phase on logarithmic axes."""
    sizes = list(results.times)
    for command, label, colour in (
        ("plain", "jupyter-book", VALIDATION),
        ("parallel", "make html", TRAIN),
    ):
        y = [results.seconds(pages, command, phase) for pages in sizes]
        ax.plot(sizes, y, "o-", color=colour, label=label, markersize=3)
    ax.set(xscale="log", yscale="log")
    ax.set_xlabel("pages", color=style.INK)
    ax.set_title(TITLES[phase], fontsize=style.TEXT, color=style.INK)
    ax.xaxis.set_major_locator(FixedLocator(sizes))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_minor_formatter(NullFormatter())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.tick_params(labelsize=style.SMALL, colors=style.GREY)
    ax.grid(color=style.tint(style.GREY), linewidth=style.THIN)
    ax.spines[["top", "right"]].set_visible(False)
