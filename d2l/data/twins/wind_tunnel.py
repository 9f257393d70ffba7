"""Computed wind-tunnel noise, the offline twin of Airfoil Self-Noise."""

import numpy as np
import torch
from torch import Tensor

SIZE = 1503
# Third-octave bands (Hz), chords (m) and wind speeds (m/s).
BANDS = (
    *(200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000),
    *(2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500, 16000, 20000),
)
CHORDS = (0.0254, 0.0508, 0.1016, 0.1524, 0.2286, 0.3048)
VELOCITIES = (31.7, 39.6, 55.5, 71.3)


def draw(*, seed: int) -> tuple[Tensor, Tensor]:
    """Draw 107 runs of a simplified law of trailing-edge noise.

    The level is a bump over the logarithm of the frequency. Its peak moves
    with speed over thickness (a Strouhal number), its height with both, and
    a steep angle adds a second, lower bump: stall. Every run has an offset
    of its own, and every band its noise.

    Args:
        seed: of the runs and of the noise.

    Shape:
        returns inputs (1503, 5) and targets (1503,), in the units of
        `d2l.data.airfoil.FEATURES` and `TARGET`.

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
    return torch.stack((*columns, thickness[run]), 1), level  # (1503, 5)


def _choose(
    values: tuple[float, ...], n: int, generator: torch.Generator
) -> Tensor:
    places = torch.randint(len(values), (n,), generator=generator)
    return torch.tensor(values)[places]
