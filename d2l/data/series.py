"""Two time series: sunspots of three centuries, and carbon dioxide."""

from pathlib import Path

import pandas as pd

from d2l.data import downloads
from d2l.data.twins import cycles

TWIN_SEED = 4


def sunspots() -> "pd.Series[float]":
    """Read the yearly numbers of sunspots, or invent their twin.

    Returns:
        309 values by year, 1700 to 2008.

    Raises:
        ValueError: if the file is damaged.

    Source: the Solar Influences Data Analysis Center, Brussels, by way of
    statsmodels (Seabold and Perktold, 2010).
    Same as: the invented twin in length, range, period and the error of a
    linear model (tests/package/test_series.py).
    """
    path = _path("sunspots.csv", "invented cycles")
    if path is None:
        return cycles.sunspots(seed=TWIN_SEED)
    values = pd.read_csv(path, index_col=0)["SUNACTIVITY"].astype(float)
    return values.rename(None).rename_axis("year")


def co2() -> "pd.Series[float]":
    """Read the weekly carbon dioxide of the air, or invent its twin.

    Returns:
        2,284 values in ppm (of volume, measured on Mauna Loa) by date, 29
        March 1958 to 29 December 2001. In 59 weeks nothing was measured:
        there the value is missing. `co2().resample("MS").mean()` gives
        monthly means, of which five are missing too.

    Raises:
        ValueError: if the file is damaged.

    Source: Keeling and Whorf (2004), by way of statsmodels (Seabold and
    Perktold, 2010).
    Same as: the invented twin in dates, growth, season, and number of
    missing values (tests/package/test_series.py).
    """
    path = _path("co2.csv", "invented growth and seasons")
    if path is None:
        return cycles.carbon_dioxide(seed=TWIN_SEED)
    table = pd.read_csv(path, dtype={"date": str})
    dates = pd.to_datetime(table["date"], format="%Y%m%d")
    weeks = pd.DatetimeIndex(dates, freq="7D")
    return pd.Series(table["co2"].to_numpy(float), weeks)


def _path(name: str, twin: str) -> Path | None:
    files = downloads.fetch("series")
    if files is None:
        downloads.announce_twin("series", twin)
        return None
    return files[name]
