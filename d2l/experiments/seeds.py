"""The same experiment with many seeds: how much of a result is luck?"""

from collections.abc import Callable, Iterable, Mapping
from typing import SupportsFloat

import pandas as pd
import torch
from joblib import Parallel, delayed

Measures = Mapping[str, SupportsFloat]


def over_seeds(
    experiment: Callable[[int], Measures],
    seeds: int | Iterable[int] = 10,
    jobs: int = 1,
) -> pd.DataFrame:
    """Results of an experiment, a row for each seed and a column a measure.

    Before each run PyTorch's generators start from its seed; afterwards they
    go on as if nothing had run. Measures of one row belong together: compare
    two networks by the differences within rows, `(runs.a > runs.b).mean()`.

    Args:
        experiment: takes a seed, for generators of its own, and returns what
            it measures by name.
        seeds: which, or how many, from 0.
        jobs: processes that share the runs; more than one pays for runs that
            take seconds, where there are as many processors.

    Raises:
        ValueError: if there is no seed, or one twice, or if the measures
            change from seed to seed.

    >>> runs = over_seeds(lambda seed: {"draw": torch.rand(())}, seeds=5)
    >>> bool(runs.draw.is_unique), len(runs)
    (True, 5)
    """
    chosen = list(range(seeds) if isinstance(seeds, int) else seeds)
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"seeds: want different ones, at least one: {seeds}")
    threads = torch.get_num_threads()
    rows = Parallel(n_jobs=jobs)(
        delayed(_run)(experiment, seed, threads) for seed in chosen
    )
    for seed, row in zip(chosen, rows, strict=True):
        if list(row) != list(rows[0]):
            raise ValueError(
                f"seed {seed} measures {list(row)}, "
                f"seed {chosen[0]} {list(rows[0])}"
            )
    return pd.DataFrame(rows, index=pd.Index(chosen, name="seed"))


def _run(
    experiment: Callable[[int], Measures], seed: int, threads: int
) -> dict[str, float]:
    if torch.get_num_threads() != threads:  # in a process of its own
        torch.set_num_threads(threads)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return {
            name: value.item()
            if isinstance(value, torch.Tensor)
            else float(value)
            for name, value in experiment(seed).items()
        }
