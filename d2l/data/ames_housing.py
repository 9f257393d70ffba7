"""Ames housing: 2,930 house sales in a town in Iowa, 2006 to 2010."""

from io import StringIO
from pathlib import Path

import pandas as pd

from d2l.data import downloads
from d2l.data.twins import houses

FILE = "AmesHousing.csv"
TWIN_SEED = 1
ORDER = (
    "Order,PID,MS SubClass,MS Zoning,Lot Frontage,Lot Area,Street,Alley,"
    "Lot Shape,Land Contour,Utilities,Lot Config,Land Slope,Neighborhood,"
    "Condition 1,Condition 2,Bldg Type,House Style,Overall Qual,Overall Cond,"
    "Year Built,Year Remod/Add,Roof Style,Roof Matl,Exterior 1st,"
    "Exterior 2nd,Mas Vnr Type,Mas Vnr Area,Exter Qual,Exter Cond,Foundation,"
    "Bsmt Qual,Bsmt Cond,Bsmt Exposure,BsmtFin Type 1,BsmtFin SF 1,"
    "BsmtFin Type 2,BsmtFin SF 2,Bsmt Unf SF,Total Bsmt SF,Heating,"
    "Heating QC,Central Air,Electrical,1st Flr SF,2nd Flr SF,"
    "Low Qual Fin SF,Gr Liv Area,Bsmt Full Bath,Bsmt Half Bath,Full Bath,"
    "Half Bath,Bedroom AbvGr,Kitchen AbvGr,Kitchen Qual,TotRms AbvGrd,"
    "Functional,Fireplaces,Fireplace Qu,Garage Type,Garage Yr Blt,"
    "Garage Finish,Garage Cars,Garage Area,Garage Qual,Garage Cond,"
    "Paved Drive,Wood Deck SF,Open Porch SF,Enclosed Porch,3Ssn Porch,"
    "Screen Porch,Pool Area,Pool QC,Fence,Misc Feature,Misc Val,Mo Sold,"
    "Yr Sold,Sale Type,Sale Condition,SalePrice"
)
#: Names of the columns, in their order.
COLUMNS = tuple(ORDER.split(","))


def load() -> pd.DataFrame:
    """Read the sales, or invent their twin.

    The file tells two kinds of absence apart, and so does the result: the
    text "NA" says that a house has none of something (no alley, no pool), a
    missing value says that nobody knows.

    Returns:
        2,930 rows and 82 columns, see `COLUMNS`. Areas are in square feet,
        prices in dollars. `PID` and `MS SubClass` are codes, so text.

    Raises:
        ValueError: if the file is damaged or has other columns.

    Source: De Cock (2011).
    Same as: the invented twin in columns, types and missing values
    (tests/package/test_ames_housing.py).
    """
    files = downloads.fetch("ames_housing")
    if files is None:
        downloads.announce_twin("ames_housing", "invented house sales")
        table = houses.draw(seed=TWIN_SEED)[list(COLUMNS)]
        return read(StringIO(table.to_csv(index=False, float_format="%.0f")))
    return read(files[FILE])


def read(source: Path | StringIO) -> pd.DataFrame:
    """Read a table in the format of the Ames data.

    Args:
        source: a file, or its text.

    Returns:
        The table, with "NA" kept as text and only empty fields missing.

    Raises:
        ValueError: if the columns are not those of `COLUMNS`.

    Source: De Cock (2011), the data documentation.
    """
    table = pd.read_csv(
        source,
        keep_default_na=False,
        na_values=[""],
        dtype={"PID": str, "MS SubClass": str},
        encoding="utf-8-sig",
    )
    if tuple(table.columns) != COLUMNS:
        odd = sorted(set(table.columns) ^ set(COLUMNS))
        raise ValueError(
            f"{source} must have the {len(COLUMNS)} columns of the Ames "
            f"data in their order; unexpected or missing: {odd}"
        )
    return table
