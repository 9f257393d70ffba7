"""Airfoil Self-Noise: its file, the real set and the computed twin."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from d2l.data import downloads
from d2l.data.airfoil import FEATURES, FILE, Airfoil, load, read
from d2l.data.catalogue import CATALOGUE, DataFile
from d2l.data.twins import wind_tunnel

HERE = os.environ.get("D2L_DATA", "")
SOURCES = ["twins"]
if (Path(HERE) / "airfoil").is_dir() and HERE:
    SOURCES.append(HERE)
ROWS = "800\t0\t0.3048\t71.3\t0.00266337\t126.201\r\n" * 2


def test_a_table_is_read_as_inputs_and_targets(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(ROWS.encode())
    X, y = read(path)
    expected = torch.tensor([800, 0, 0.3048, 71.3, 0.00266337])
    assert torch.equal(X, expected.repeat(2, 1))
    assert torch.equal(y, torch.full((2,), 126.201))
    X += 1  # own, writable memory
    assert torch.equal(y, torch.full((2,), 126.201))


@pytest.mark.parametrize(
    "content",
    ["<html>log in</html>", "1 2 3\n", ROWS + "1 2\n", "1 2 3 4 5 nan\n", ""],
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_any_other_content_is_an_error_that_names_the_file(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / FILE
    path.write_text(content)
    with pytest.raises(ValueError, match=FILE):
        read(path)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small real set: one file, as the catalogue announces it."""
    path = tmp_path / "airfoil" / FILE
    path.parent.mkdir()
    path.write_bytes(ROWS.encode())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    file = DataFile(FILE, digest, path.stat().st_size)
    entry = replace(CATALOGUE["airfoil"], files=(file,))
    monkeypatch.setattr(downloads, "CATALOGUE", {"airfoil": entry})
    monkeypatch.setenv("D2L_DATA", str(tmp_path))
    monkeypatch.setenv("D2L_OFFLINE", "1")
    return path


def test_the_file_is_used_where_it_is(small: Path) -> None:
    assert len(load().targets) == 2


def test_a_damaged_file_is_reported(small: Path) -> None:
    small.write_bytes(small.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"{FILE}.*damaged"):
        load()


def test_a_missing_file_without_network_gives_the_twin(small: Path) -> None:
    small.unlink()
    with pytest.warns(UserWarning, match="computed wind-tunnel noise"):
        assert len(load().targets) == wind_tunnel.SIZE


def test_a_seed_means_the_same_numbers_whatever_else_was_drawn() -> None:
    state = torch.get_rng_state()
    first = wind_tunnel.draw(seed=7)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(1)
    for one, other in zip(first, wind_tunnel.draw(seed=7), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(first[1], wind_tunnel.draw(seed=8)[1])


@pytest.fixture(scope="module", params=SOURCES)
def table(request: pytest.FixtureRequest) -> Airfoil:
    """The twin and, where it is at hand, the real set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("D2L_DATA", request.param)
        patch.setenv("D2L_OFFLINE", "1")
        if request.param != "twins":
            return load()
        with pytest.warns(UserWarning, match="`airfoil`"):
            return load()


def test_twin_and_real_set_agree(table: Airfoil) -> None:
    X, y = table
    assert X.shape == (1503, 5) and len(FEATURES) == 5 and y.shape == (1503,)
    assert X.dtype == y.dtype == torch.float32
    assert X[:, 0].min() == 200 and X[:, 0].max() == 20_000
    assert set(X[:, 0].tolist()) <= set(wind_tunnel.BANDS)
    assert X[:, 1].min() == 0 and 20 < X[:, 1].max() < 24
    for column, values in (
        (2, wind_tunnel.CHORDS),
        (3, wind_tunnel.VELOCITIES),
    ):
        expected = torch.tensor(values)
        assert torch.equal(X[:, column].unique(), expected)
    assert 3e-4 < X[:, 4].min() < 1e-3 and 0.03 < X[:, 4].max() < 0.07
    assert y.mean() == pytest.approx(124.8, abs=3)
    assert y.std() == pytest.approx(6.9, abs=1)


def test_rows_of_a_run_follow_one_another(table: Airfoil) -> None:
    X, _ = table
    runs = torch.unique_consecutive(X[:, 1:], dim=0)
    assert 100 < len(runs) < 115
    same = (X[1:, 1:] == X[:-1, 1:]).all(1)
    assert (X[1:, 0] > X[:-1, 0])[same].float().mean() > 0.99


def rms_error(table: Airfoil, model: object) -> float:
    """Root of the mean squared error in dB, by cross-validation."""
    X, y = (t.double().numpy() for t in table)
    X = X.copy()
    X[:, [0, 4]] = np.log(X[:, [0, 4]])
    folds = KFold(5, shuffle=True, random_state=0)
    prediction = cross_val_predict(
        make_pipeline(StandardScaler(), model), X, y, cv=folds
    )
    return float(np.sqrt(np.mean((prediction - y) ** 2)))


def test_models_rank_alike(table: Airfoil) -> None:
    """A line explains half of the variance, a curve much of the rest."""
    curve: Callable[[int], object] = lambda degree: make_pipeline(  # noqa: E731
        PolynomialFeatures(degree), LinearRegression()
    )
    line = rms_error(table, LinearRegression())
    square, cube = (rms_error(table, curve(degree)) for degree in (2, 3))
    neighbours = rms_error(table, KNeighborsRegressor(5))
    assert 0.55 < line / table.targets.std() < 0.8
    assert 0.55 * line < square < 0.8 * line
    assert 1.2 < cube < 0.85 * square
    assert neighbours < 0.85 * square


def test_loud_at_low_frequencies_thick_layers_quiet(table: Airfoil) -> None:
    X, y = table
    with_level = torch.corrcoef(torch.cat((X, y[:, None]), 1).T)[-1]
    frequency, angle, _, velocity, thickness, _ = with_level.tolist()
    assert frequency < -0.2 and thickness < -0.2 and angle < -0.1
    assert velocity > 0.05
