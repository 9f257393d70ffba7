"""Ames housing: its file format, the real set and the twin."""

import hashlib
import os
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from d2l.data import ames_housing, downloads
from d2l.data.ames_housing import COLUMNS, FILE, load, read
from d2l.data.catalogue import CATALOGUE, DataFile
from d2l.data.twins import houses

HERE = os.environ.get("D2L_DATA", "")
SOURCES = ["twins"]
if HERE and (Path(HERE) / "ames_housing").is_dir():
    SOURCES.append(HERE)


def csv(**values: str) -> str:
    """Return a table of one row, "1" in all other columns."""
    row = [values.get(column.replace(" ", "_"), "1") for column in COLUMNS]
    return f"\ufeff{','.join(COLUMNS)}\n{','.join(row)}\n"


def test_none_and_unknown_are_told_apart() -> None:
    table = read(StringIO(csv(Alley="NA", Lot_Frontage="", PID="0526")))
    assert table["Alley"].tolist() == ["NA"]
    assert table["Lot Frontage"].isna().all()
    assert table.isna().sum().sum() == 1
    assert table["PID"].tolist() == ["0526"]
    assert table["Order"].tolist() == [1]


def test_other_columns_are_an_error() -> None:
    text = csv().replace("Lot Area", "Lot Size")
    with pytest.raises(ValueError, match="'Lot Area', 'Lot Size'"):
        read(StringIO(text))


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real set of one row, as the catalogue announces it."""
    path = tmp_path / "ames_housing" / FILE
    path.parent.mkdir()
    body = csv(SalePrice="215000").encode()
    path.write_bytes(body)
    file = DataFile(FILE, hashlib.sha256(body).hexdigest(), len(body))
    entry = replace(CATALOGUE["ames_housing"], files=(file,))
    monkeypatch.setattr(downloads, "CATALOGUE", {"ames_housing": entry})
    monkeypatch.setenv("D2L_DATA", str(tmp_path))
    monkeypatch.setenv("D2L_OFFLINE", "1")
    return path


def test_the_file_is_read(small: Path) -> None:
    assert load()["SalePrice"].tolist() == [215000]


def test_a_damaged_file_is_reported(small: Path) -> None:
    small.write_bytes(small.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"AmesHousing.*damaged"):
        load()


def test_without_file_and_network_the_twin_is_announced(small: Path) -> None:
    small.unlink()
    with pytest.warns(UserWarning, match="invented house sales"):
        assert len(load()) == 2930


def test_same_seed_same_houses() -> None:
    first = houses.draw(200, seed=3)
    pd.testing.assert_frame_equal(first, houses.draw(200, seed=3))
    assert not first.equals(houses.draw(200, seed=4))


def test_too_few_houses() -> None:
    with pytest.raises(ValueError, match="99"):
        houses.draw(99, seed=0)


@pytest.fixture(scope="module", params=SOURCES)
def sales(request: pytest.FixtureRequest) -> pd.DataFrame:
    """The whole table, as twin and, where it is at hand, for real."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("D2L_DATA", request.param)
        patch.setenv("D2L_OFFLINE", "1")
        if request.param != "twins":
            return load()
        with pytest.warns(UserWarning, match="invented house sales"):
            return load()


def test_twin_and_real_set_agree(sales: pd.DataFrame) -> None:
    assert sales.shape == (2930, 82) and tuple(sales.columns) == COLUMNS
    kinds = sales.dtypes.map(lambda kind: kind.kind)
    assert (kinds == "i").sum() == 26 and (kinds == "f").sum() == 11
    unknown = sales.isna().sum()
    assert unknown["Lot Frontage"] == 490 and unknown["Mas Vnr Area"] == 23
    assert 130 < unknown["Garage Yr Blt"] < 170
    assert (unknown > 0).sum() == 21
    none = (sales == "NA").sum()
    assert none["Alley"] == 2732 and 2910 < none["Pool QC"] < 2925
    assert set(none[none > 0].index) == {
        "Alley", "Bsmt Qual", "Bsmt Cond", "Bsmt Exposure", "BsmtFin Type 1",
        "BsmtFin Type 2", "Fireplace Qu", "Garage Type", "Garage Finish",
        "Garage Qual", "Garage Cond", "Pool QC", "Fence", "Misc Feature",
    }  # fmt: skip
    assert sales["Order"].tolist() == list(range(1, 2931))
    assert sales["PID"].nunique() == 2930
    assert set(sales["Yr Sold"]) == {2006, 2007, 2008, 2009, 2010}


def test_prices_spread_alike(sales: pd.DataFrame) -> None:
    y = np.log(sales["SalePrice"])
    assert y.mean() == pytest.approx(12.02, abs=0.1)
    assert y.std() == pytest.approx(0.4, abs=0.03)


def test_each_set_has_the_traps(sales: pd.DataFrame) -> None:
    """Unfinished giants, a year from the future, codes with a blank."""
    giants = sales[sales["Gr Liv Area"] > 4500]
    assert len(giants) == 3 and (giants["Sale Condition"] == "Partial").all()
    assert giants["SalePrice"].max() < 200_000
    assert (giants["Yr Sold"] < 2010).all()
    assert sales["Garage Yr Blt"].max() == 2207
    assert (sales["Sale Type"] == "WD ").sum() > 2000


def test_a_few_columns_explain_as_much(sales: pd.DataFrame) -> None:
    """Least squares on four columns leaves a third to a half of the spread."""
    y = np.log(sales["SalePrice"])
    X = np.stack(
        [
            np.log(sales["Gr Liv Area"]),
            sales["Overall Qual"],
            sales["Year Built"],
            sales["Garage Cars"].fillna(0),
            np.ones(len(y)),
        ],
        axis=1,
    )
    w, *_ = np.linalg.lstsq(X, y, rcond=None)
    share = (y - X @ w).std() / y.std()
    assert 0.33 < share < 0.5


def test_the_twin_is_drawn_with_its_own_seed() -> None:
    text = houses.draw(seed=ames_housing.TWIN_SEED)
    assert text["SalePrice"].min() > 5_000
    assert text["SalePrice"].max() < 1_500_000
