"""Invented series, the offline twins of sunspots and of carbon dioxide."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sunspots(*, seed: int) -> "pd.Series[float]":
    """Draw cycles of about eleven years that rise faster than they fall.

    Lengths and heights of the cycles vary, and the height changes slowly,
    so that nobody can tell the next one from the last alone.

    Args:
        seed: of the cycles and the noise.

    Returns:
        309 values, at least 0, for the years from 1700.

    Source: the shape of the real cycles (Hathaway, 2015), much simplified.

    >>> sunspots(seed=0).shape
    (309,)
    """
    dice = np.random.default_rng(seed)
    years = np.arange(1700, 2009)
    lengths = dice.normal(11.0, 1.6, 40).clip(8.5, 15)
    starts = 1690 + np.cumsum(lengths) - lengths
    cycle = np.searchsorted(starts, years, side="right") - 1
    phase = (years - starts[cycle]) / lengths[cycle]  # in [0, 1)
    swing = np.sin(2 * np.pi * np.arange(40) / 9 + dice.uniform(0, 6.3))
    heights = 85 * np.exp(0.4 * swing + 0.3 * dice.normal(size=40))
    shape = np.sin(np.pi * phase**0.75) ** 2
    spread = 3 + 0.13 * heights[cycle] * shape
    values = 5 + heights[cycle] * shape + spread * dice.normal(size=309)
    return pd.Series(values.clip(0).round(1), pd.Index(years, name="year"))


def carbon_dioxide(*, seed: int) -> "pd.Series[float]":
    """Draw a growing trend, a season, and weather that lasts some weeks.

    Args:
        seed: of the weather, and of the weeks without a measurement.

    Returns:
        2,284 weekly values in ppm from 29 March 1958; 59 are missing.

    Source: trend and season of the real curve (Keeling et al., 1976).

    >>> carbon_dioxide(seed=0).shape
    (2284,)
    """
    dice = np.random.default_rng(seed)
    weeks = pd.date_range("1958-03-29", periods=2284, freq="7D", name="date")
    t = np.arange(2284) * 7 / 365.25  # years since the first
    turn = 2 * np.pi * (weeks.day_of_year.to_numpy() / 365.25)
    season = 2.8 * np.sin(turn - 0.5) - 0.8 * np.sin(2 * turn - 0.5)
    drift = _lasting(dice, 0.999, 0.05)
    weather = _lasting(dice, 0.6, 0.3)
    values = 314.2 + 0.82 * t + 0.012 * t**2 + season + drift + weather
    values = values.round(1)
    values[300:318] = values[28:36] = np.nan  # whole months
    values[500 + dice.choice(1700, 33, replace=False)] = np.nan
    return pd.Series(values, weeks)


def _lasting(dice: np.random.Generator, stays: float, noise: float) -> Array:
    """Draw noise of which a share is still there a week later."""
    values = np.zeros(2284)
    for i, shock in enumerate(noise * dice.normal(size=2284)):
        values[i] = stays * values[i - 1] + shock
    return values
