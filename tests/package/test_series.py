"""The time series: the real ones where they are at hand, and their twins."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from d2l.data import series
from d2l.data.twins import cycles

HERE = os.environ.get("D2L_DATA", "")
SOURCES = ["twins"]
if HERE and (Path(HERE) / "series").is_dir():
    SOURCES.append(HERE)


@pytest.fixture(scope="module", params=SOURCES)
def both(request: pytest.FixtureRequest) -> tuple[pd.Series, pd.Series]:
    """Sunspots and carbon dioxide."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("D2L_DATA", request.param)
        patch.setenv("D2L_OFFLINE", "1")
        if request.param != "twins":
            return series.sunspots(), series.co2()
        with pytest.warns(UserWarning, match="`series`"):
            return series.sunspots(), series.co2()


def autocorrelation(y: np.ndarray, lag: int) -> float:
    z = y - y.mean()
    return float((z[lag:] * z[:-lag]).sum() / (z * z).sum())


def error_of_a_line(y: np.ndarray, lags: int, horizon: int) -> float:
    """Of a linear forecast, in standard deviations; the last third tests."""
    n = len(y) - lags - horizon + 1
    X = np.stack([y[i : i + n] for i in range(lags)], 1)
    target = y[lags + horizon - 1 :]
    cut = 2 * n // 3
    model = LinearRegression().fit(X[:cut], target[:cut])
    error = target[cut:] - model.predict(X[cut:])
    return float(np.sqrt(np.mean(error**2)) / y.std())


def test_sunspots_come_in_cycles(both: tuple[pd.Series, pd.Series]) -> None:
    spots = both[0]
    assert spots.index.name == "year" and spots.name is None
    assert spots.index.tolist() == list(range(1700, 2009))
    assert spots.dtype == float and spots.min() >= 0
    assert 40 < spots.mean() < 60 and 35 < spots.std() < 45
    y = spots.to_numpy()
    best = max(range(7, 17), key=lambda lag: autocorrelation(y, lag))
    assert best in (10, 11) and 0.5 < autocorrelation(y, best) < 0.7
    rises = (np.diff(y) > 0).mean()
    assert rises < 0.47, "they rise faster than they fall"


def test_forecasts_of_sunspots_get_worse_with_the_horizon(
    both: tuple[pd.Series, pd.Series],
) -> None:
    y = both[0].to_numpy()
    one, two, four, far = (error_of_a_line(y, 9, h) for h in (1, 2, 4, 16))
    assert 0.35 < one < 0.55 and 1.2 * one < two and 1.1 * two < four < far
    assert one < 0.9 * error_of_a_line(y, 1, 1)
    cycle_before = np.sqrt(np.mean((y[11:] - y[:-11]) ** 2)) / y.std()
    assert one < 0.7 * cycle_before


def test_carbon_dioxide_grows_and_has_seasons(
    both: tuple[pd.Series, pd.Series],
) -> None:
    weeks = both[1]
    assert weeks.index.freqstr == "7D" and weeks.index.name == "date"
    assert weeks.index[0] == pd.Timestamp("1958-03-29")
    assert weeks.index[-1] == pd.Timestamp("2001-12-29")
    assert weeks.dtype == float and weeks.isna().sum() == 59
    assert 310 < weeks.min() < 316 and 370 < weeks.max() < 378
    months = weeks.resample("MS").mean()
    assert len(months) == 526 and months.isna().sum() == 5
    y = months.interpolate()
    t = np.arange(526) / 12
    curve = np.polyfit(t, y, 2)
    assert 0.008 < curve[0] < 0.018, "faster and faster"
    season = (y - np.polyval(curve, t)).groupby(y.index.month).mean()
    assert season.idxmax() == 5 and season.idxmin() in (9, 10)
    assert 5 < season.max() - season.min() < 7
    naive = (y.diff(12) - y.diff(12).mean()).std()
    assert naive < 0.65 * y.diff().std(), "last year beats last month"


def test_a_seed_means_the_same_series() -> None:
    for draw in (cycles.sunspots, cycles.carbon_dioxide):
        pd.testing.assert_series_equal(draw(seed=3), draw(seed=3))
        assert not draw(seed=3).equals(draw(seed=4))
