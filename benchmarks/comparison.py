"""Train every network of `d2l.comparison`: `python -m benchmarks.comparison`.

What is found goes into `d2l/comparison.json`, one entry for a network, a
width, a kind of data and a number of passes, with where and when it was
measured. Entries that are there already are kept: delete one, or name a
network, to measure it anew.
"""

import argparse
import json
import os
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from typing import Any

import torch
from torch import nn

from benchmarks import report
from benchmarks.models import seconds, train
from d2l import comparison
from d2l.data import catalogue, fashion_mnist
from d2l.train.device import best_device

WIDTHS = (1.0, 0.5)
STEPS = 30  # timed
Entry = dict[str, Any]


def build(network: str, width: float) -> Callable[[], nn.Module]:
    """Return what makes a network of some width."""
    return partial(comparison.NETWORKS[network], width)


def measure(network: str, width: float, passes: int) -> Entry:
    """Train one network from every seed, on one thread.

    Args:
        network: its name.
        width: factor of its number of maps.
        passes: how often each picture is seen.
    """
    torch.set_num_threads(1)
    raw = fashion_mnist.batches(comparison.BATCH, device=best_device())
    make = build(network, width)
    found = comparison.compare(
        make, comparison.standardize(raw), passes=passes
    )
    return (
        {"network": network, "width": width, "data": kind()}
        | {"passes": passes}
        | comparison.costs(make)
        | found
    )


def kind() -> str:
    """Return whether the pictures are "real" or those of the "twin"."""
    return catalogue.prepare("fashion_mnist")


def time_step(network: str, width: float) -> float:
    """Return the median seconds of a training step on a batch, one thread.

    Args:
        network: its name.
        width: factor of its number of maps.
    """
    torch.set_num_threads(1)
    device = best_device()
    model = build(network, width)().to(device)
    model = model.to(memory_format=torch.channels_last)  # type: ignore
    x = torch.randn(comparison.BATCH, 1, 28, 28, device=device)
    times = [seconds(partial(train, model, x)) for _ in range(STEPS + 5)]
    return statistics.median(times[5:])


def key(entry: Entry) -> tuple[int, float, str, int]:
    """Return what an entry is about, and its place in the file."""
    place = list(comparison.NETWORKS).index(entry["network"])
    return place, -entry["width"], entry["data"], entry["passes"]


def recorded() -> list[Entry]:
    """Return the entries that are there."""
    path = comparison.RECORD
    return json.loads(path.read_text("utf8")) if path.exists() else []


def save(entries: list[Entry]) -> None:
    """Write all entries, or leave the file as it was.

    Args:
        entries: in any order.
    """
    lines = ",\n".join(json.dumps(e) for e in sorted(entries, key=key))
    temporary = comparison.RECORD.with_suffix(".part")
    temporary.write_text(f"[\n{lines}\n]\n", "utf8")
    temporary.replace(comparison.RECORD)


def run_all(
    jobs: list[tuple[str, float]], passes: int, workers: int
) -> Iterator[Entry]:
    """Train networks in processes of their own, and return what comes first.

    Args:
        jobs: names and widths.
        passes: how often each picture is seen.
        workers: processes at a time.
    """
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        tasks = [pool.submit(measure, *job, passes) for job in jobs]
        for task in as_completed(tasks):
            yield task.result()


def main() -> int:
    """Measure what is missing, then time the steps, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=list(comparison.NETWORKS))
    parser.add_argument("--widths", type=float, nargs="+", default=WIDTHS)
    parser.add_argument("--passes", type=int, default=1)
    cores = 1 if torch.cuda.is_available() else os.cpu_count()
    parser.add_argument("--workers", type=int, default=cores)
    parser.add_argument("--times", action="store_true", help="time only")
    given = parser.parse_args()
    known = report.provenance()
    about = {name: known[name] for name in ("date", "commit", "machine")}
    about |= {"torch": torch.__version__, "device": str(best_device())}
    entries = {key(entry): entry for entry in recorded()}
    jobs = [
        (network, width)
        for width in given.widths
        for network in comparison.NETWORKS
        if given.network in (None, network)
    ]

    def wanted(job: tuple[str, float]) -> bool:
        probe = {"network": job[0], "width": job[1], "data": kind()}
        probe |= {"passes": given.passes}
        return given.network is not None or key(probe) not in entries

    missing = [] if given.times else [job for job in jobs if wanted(job)]
    for entry in run_all(missing, given.passes, given.workers):
        entries[key(entry)] = entry | {"provenance": about}
        save(list(entries.values()))
        test = statistics.mean(entry["test"])
        print(f"{entry['network']} x {entry['width']}: {test:.3f}", flush=True)
    for job in jobs if given.times else missing:
        step = round(time_step(*job), 5)
        for entry in entries.values():
            if (entry["network"], entry["width"]) == job:
                entry["step"] = step
    save(list(entries.values()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
