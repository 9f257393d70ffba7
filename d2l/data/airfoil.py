"""Airfoil Self-Noise: how loud a wing section is in a wind tunnel."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from d2l.data import downloads
from d2l.data.twins import wind_tunnel

#: Columns of the inputs, with their units.
FEATURES = (
    "frequency (Hz)",
    "angle of attack (degrees)",
    "chord (m)",
    "velocity (m/s)",
    "thickness (m)",
)
#: What is to be predicted.
TARGET = "sound pressure level (dB)"
FILE = "airfoil_self_noise.dat"
TWIN_SEED = 1


class Airfoil(NamedTuple):
    """A table of inputs and targets, one row for each frequency band.

    Args:
        inputs: what was set or measured, see `FEATURES`.
        targets: how loud it was, see `TARGET`.
    """

    inputs: Tensor
    targets: Tensor


def load() -> Airfoil:
    """Read the 1,503 measurements, or compute their twin.

    Rows of one wing section at one speed and angle follow one another, so
    whoever splits them must shuffle them first. The thickness is that of
    the boundary layer on the suction side (displacement thickness).

    Shape:
        returns inputs (1503, 5) and targets (1503,), both float32, in the
        units of `FEATURES` and `TARGET`.

    Raises:
        ValueError: if the file is damaged.

    Source: Brooks, Pope and Marcolini (1989), by way of the UCI Machine
    Learning Repository.
    Same as: the computed twin in shapes, types, ranges and the error of a
    linear model (tests/package/test_airfoil.py).
    """
    files = downloads.fetch("airfoil")
    if files is None:
        downloads.announce_twin("airfoil", "computed wind-tunnel noise")
        return Airfoil(*wind_tunnel.draw(seed=TWIN_SEED))
    return read(files[FILE])


def read(path: Path) -> Airfoil:
    """Read the table of six columns, separated by white space.

    Args:
        path: the file.

    Shape:
        returns inputs (n, 5) and targets (n,).

    Raises:
        ValueError: if the file holds anything but rows of six numbers.

    Source: Brooks, Pope and Marcolini (1989).
    """
    content = path.read_text(encoding="ascii", errors="replace")
    try:
        table = np.loadtxt(io.StringIO(content), dtype=np.float32, ndmin=2)
    except ValueError as error:
        raise ValueError(f"{path} is not a table ({error})") from None
    if table.shape[1:] != (6,) or not np.isfinite(table).all():
        raise ValueError(
            f"{path} must hold rows of six numbers, got {table.shape}"
        )
    rows = torch.from_numpy(table)  # (n, 6)
    return Airfoil(rows[:, :5].clone(), rows[:, 5].clone())
