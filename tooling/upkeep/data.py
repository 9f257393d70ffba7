"""Fetches the real data sets: `python -m tooling.upkeep.data`."""

import sys

from d2l.data import downloads
from d2l.data.catalogue import CATALOGUE


def main() -> int:
    """Fetch every data set; the exit status tells whether all are there.

    A set that nobody offers for download is not waited for.
    """
    offered = [name for name, dataset in CATALOGUE.items() if dataset.urls]
    modes = {name: downloads.prepare(name) for name in offered}
    for name, mode in modes.items():
        print(f"{name}: {mode}")
    return int("twin" in modes.values())


if __name__ == "__main__":
    sys.exit(main())
