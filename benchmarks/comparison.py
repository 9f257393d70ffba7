"""Train every image classifier: `python -m benchmarks.comparison`.

What is found goes into the record of `d2l.experiments.image_classifiers`, one
entry for a network, a width multiplier, a kind of data and a number of
epochs, with where and when it was measured. Entries that are there already
are kept: delete one, or name a network, to measure it anew.
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
from d2l.data import downloads, fashion_mnist
from d2l.experiments import image_classifiers
from d2l.inspect import costs
from d2l.train.device import best_device

WIDTH_MULTIPLIERS = (1.0, 0.5)
STEPS = 30  # timed
Entry = dict[str, Any]


def build(network: str, width_multiplier: float) -> Callable[[], nn.Module]:
    """Return what makes a network."""
    return partial(image_classifiers.NETWORKS[network], width_multiplier)


def measure(network: str, width_multiplier: float, epochs: int) -> Entry:
    """Train one network from every seed, on one thread.

    Args:
        network: its name.
        width_multiplier: factor of its number of maps.
        epochs: how often each picture is seen.
    """
    torch.set_num_threads(1)
    raw = fashion_mnist.batches(image_classifiers.BATCH, device=best_device())
    make = build(network, width_multiplier)
    found = image_classifiers.compare(
        make, image_classifiers.standardize(raw), epochs=epochs
    )
    return (
        {
            "network": network,
            "width_multiplier": width_multiplier,
            "data": kind(),
        }
        | {"epochs": epochs}
        | costs(make, (1, 28, 28))
        | found
    )


def kind() -> str:
    """Return whether the pictures are "real" or those of the "twin"."""
    return downloads.prepare("fashion_mnist")


def time_step(network: str, width_multiplier: float) -> float:
    """Return the median seconds of a training step on a batch, one thread.

    Args:
        network: its name.
        width_multiplier: factor of its number of maps.
    """
    torch.set_num_threads(1)
    device = best_device()
    model = build(network, width_multiplier)().to(device)
    model = model.to(memory_format=torch.channels_last)  # type: ignore
    x = torch.randn(image_classifiers.BATCH, 1, 28, 28, device=device)
    times = [seconds(partial(train, model, x)) for _ in range(STEPS + 5)]
    return statistics.median(times[5:])


def key(entry: Entry) -> tuple[int, float, str, int]:
    """Return what an entry is about, and its place in the file."""
    place = list(image_classifiers.NETWORKS).index(entry["network"])
    return place, -entry["width_multiplier"], entry["data"], entry["epochs"]


def recorded() -> list[Entry]:
    """Return the entries that are there."""
    path = image_classifiers.RECORD
    return json.loads(path.read_text("utf8")) if path.exists() else []


def save(entries: list[Entry]) -> None:
    """Write all entries, or leave the file as it was.

    Args:
        entries: in any order.
    """
    lines = ",\n".join(json.dumps(e) for e in sorted(entries, key=key))
    temporary = image_classifiers.RECORD.with_suffix(".part")
    temporary.write_text(f"[\n{lines}\n]\n", "utf8")
    temporary.replace(image_classifiers.RECORD)


def run_all(
    jobs: list[tuple[str, float]], epochs: int, workers: int
) -> Iterator[Entry]:
    """Train networks in processes of their own, and return what comes first.

    Args:
        jobs: names and width multipliers.
        epochs: how often each picture is seen.
        workers: processes at a time.
    """
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        tasks = [pool.submit(measure, *job, epochs) for job in jobs]
        for task in as_completed(tasks):
            yield task.result()


def main() -> int:
    """Measure what is missing, then time the steps, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=list(image_classifiers.NETWORKS))
    parser.add_argument(
        "--width-multipliers", type=float, nargs="+", default=WIDTH_MULTIPLIERS
    )
    parser.add_argument("--epochs", type=int, default=1)
    cores = 1 if torch.cuda.is_available() else os.cpu_count()
    parser.add_argument("--workers", type=int, default=cores)
    parser.add_argument("--times", action="store_true", help="time only")
    given = parser.parse_args()
    known = report.provenance()
    about = {name: known[name] for name in ("date", "commit", "machine")}
    about |= {"torch": torch.__version__, "device": str(best_device())}
    entries = {key(entry): entry for entry in recorded()}
    jobs = [
        (network, width_multiplier)
        for width_multiplier in given.width_multipliers
        for network in image_classifiers.NETWORKS
        if given.network in (None, network)
    ]

    def wanted(job: tuple[str, float]) -> bool:
        probe = {"network": job[0], "width_multiplier": job[1], "data": kind()}
        probe |= {"epochs": given.epochs}
        return given.network is not None or key(probe) not in entries

    missing = [] if given.times else [job for job in jobs if wanted(job)]
    for entry in run_all(missing, given.epochs, given.workers):
        entries[key(entry)] = entry | {"provenance": about}
        save(list(entries.values()))
        test = statistics.mean(entry["test"])
        print(
            f"{entry['network']} x {entry['width_multiplier']}: {test:.3f}",
            flush=True,
        )
    for job in jobs if given.times else missing:
        step = round(time_step(*job), 5)
        for entry in entries.values():
            if (entry["network"], entry["width_multiplier"]) == job:
                entry["step"] = step
    save(list(entries.values()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
