"""Airfoil Self-Noise: how loud a wing section is in a wind tunnel."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from d2l.data import catalogue

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
SIZE = 1503
FILE = "airfoil_self_noise.dat"
TWIN_SEED = 1

# Third-octave bands (Hz), chords (m) and wind speeds (m/s) of both.
BANDS = (
    *(200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000),
    *(2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500, 16000, 20000),
)
CHORDS = (0.0254, 0.0508, 0.1016, 0.1524, 0.2286, 0.3048)
VELOCITIES = (31.7, 39.6, 55.5, 71.3)


class Airfoil(NamedTuple):
    """Inputs and targets, one row for a frequency band of a measurement.

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
    files = catalogue.fetch("airfoil")
    if files is None:
        catalogue.announce_twin("airfoil", "computed wind-tunnel noise")
        return compute(TWIN_SEED)
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


def compute(seed: int) -> Airfoil:
    """Compute a twin: 107 runs of a simplified law of trailing-edge noise.

    The level is a bump over the logarithm of the frequency. Its peak moves
    with speed over thickness (a Strouhal number), its height with both, and
    a steep angle adds a second, lower bump: stall. Every run has an offset
    of its own, and every band its noise.

    Args:
        seed: of the runs and of the noise.

    Shape:
        returns inputs (1503, 5) and targets (1503,).

    Source: the scaling laws of Brooks, Pope and Marcolini (1989), Section
    5, much simplified.
    """
    generator = torch.Generator().manual_seed(seed)
    runs = 107
    chord = _choose(CHORDS, runs, generator)
    velocity = _choose(VELOCITIES, runs, generator)
    steepest = 24.0 - 50.0 * chord  # long sections were tilted less
    angle = steepest * torch.rand(runs, generator=generator)
    angle = angle * (torch.rand(runs, generator=generator) > 0.2)
    growth = 0.15 + 0.01 * torch.randn(runs, generator=generator)
    thickness = 0.016 * chord**0.9 * torch.exp(growth * angle)
    thickness = thickness * (velocity / 50) ** -0.1
    offset = 2.7 * torch.randn(runs, generator=generator)

    # As many bands as make 1,503 rows, around the peak of each run.
    counts = torch.full((runs,), SIZE // runs)
    counts[: SIZE - SIZE // runs * runs] += 1
    bands = torch.tensor(BANDS, dtype=torch.float32)
    run = torch.repeat_interleave(counts)  # (1503,)
    peak = (22 * velocity / (thickness / 0.004) ** 0.7).log()
    nearest = (bands.log() - peak[:, None]).abs().argmin(1)
    first = torch.minimum((nearest - 5).clamp(min=0), len(bands) - counts)
    place = torch.arange(SIZE) - (counts.cumsum(0) - counts)[run]
    frequency = bands[first[run] + place]

    octaves = (frequency.log() - peak[run]) / np.log(2)
    low = octaves + 1.0  # the bump of stall, below the peak
    steep = torch.sigmoid((angle - 12) / 2)[run]
    level = (
        129.0
        + 8.0 * (velocity / 50).log10()[run]
        - 1.0 * (thickness / 0.004).log10()[run]
        - 20.0 * (1 - torch.exp(-(octaves**2) / 7)) * (1 - steep)
        - 21.0 * (1 - torch.exp(-(low**2) / 7)) * steep
        + offset[run]
        + 1.0 * torch.randn(SIZE, generator=generator)
    )
    columns = (frequency, angle[run], chord[run], velocity[run])
    return Airfoil(torch.stack((*columns, thickness[run]), 1), level)


def _choose(
    values: tuple[float, ...], n: int, generator: torch.Generator
) -> Tensor:
    places = torch.randint(len(values), (n,), generator=generator)
    return torch.tensor(values)[places]
