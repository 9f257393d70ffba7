"""Invented house sales, the offline twin of the Ames housing data.

Each house has a standing, drawn around that of its district, and an age.
Areas, grades and the price follow from them, with luck. Columns, codes and
how often each occurs are those of the real table; the houses are not.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Column: dependence on the standing, and codes with their frequencies (in
# sales of 2,930), from the poorest to the best where there is an order.
CODES = """
MS Zoning|0.5|C(all) 27 RH 27 RM 462 RL 2275 FV 139
Street|0.1|Grvl 12 Pave 2918
Alley|0|NA 2732 Grvl 120 Pave 78
Lot Shape|0.3|Reg 1859 IR1 979 IR2 76 IR3 16
Land Contour|0.1|Bnk 117 Lvl 2633 HLS 120 Low 60
Utilities|0|NoSewr 3 AllPub 2927
Lot Config|0.1|Inside 2140 Corner 511 FR2 99 CulDSac 180
Land Slope|0|Gtl 2789 Mod 125 Sev 16
Condition 1|0.2|Artery 92 Feedr 164 RR 93 Norm 2522 PosN 39 PosA 20
Condition 2|0.1|Artery 5 Feedr 13 RR 4 Norm 2900 PosN 4 PosA 4
Roof Style|0.3|Flat 20 Gable 2321 Gambrel 22 Mansard 16 Hip 551
Roof Matl|0.1|Tar&Grv 24 CompShg 2887 WdShake 19
Exterior 1st|0.5|AsbShng 46 WdShing 56 Wd_Sdng 420 MetalSd 450 HdBoard 442 \
Plywood 221 Stucco 43 BrkFace 88 VinylSd 1026 CemntBd 138
Mas Vnr Type|0.4|BrkCmn 26 None 1775 BrkFace 880 Stone 249
Exter Qual|0.8|Fa 35 TA 1799 Gd 989 Ex 107
Exter Cond|0.2|Po 3 Fa 67 TA 2549 Gd 299 Ex 12
Foundation|0.6|Slab 49 Stone 16 BrkTil 311 CBlock 1244 PConc 1310
Bsmt Qual|0.7|Po 2 Fa 88 TA 1343 Gd 1239 Ex 258
Bsmt Cond|0.3|Po 5 Fa 104 TA 2686 Gd 132 Ex 3
Bsmt Exposure|0.3|No 1970 Mn 249 Av 427 Gd 284
BsmtFin Type 1|0.4|Unf 881 LwQ 164 Rec 298 BLQ 279 ALQ 439 GLQ 869
BsmtFin Type 2|0|Unf 2578 LwQ 89 Rec 106 BLQ 68 ALQ 53 GLQ 36
Heating|0.2|Wall 9 Grav 9 GasW 27 GasA 2885
Heating QC|0.5|Po 3 Fa 92 TA 864 Gd 476 Ex 1495
Central Air|0.5|N 196 Y 2734
Electrical|0.4|FuseP 8 FuseF 51 FuseA 188 SBrkr 2683
Kitchen Qual|0.75|Po 1 Fa 70 TA 1494 Gd 1160 Ex 205
Functional|0.2|Sal 4 Sev 4 Maj2 9 Maj1 19 Mod 35 Min2 70 Min1 65 Typ 2724
Fireplace Qu|0.3|Po 92 Fa 150 TA 1200 Gd 1402 Ex 86
Garage Type|0.5|CarPort 15 Detchd 850 Basment 40 2Types 23 Attchd 1800 \
BuiltIn 202
Garage Finish|0.6|Unf 1310 RFn 850 Fin 770
Garage Qual|0.3|Po 5 Fa 130 TA 2767 Gd 25 Ex 3
Garage Cond|0.3|Po 14 Fa 78 TA 2820 Gd 15 Ex 3
Paved Drive|0.5|N 216 P 62 Y 2652
Pool QC|0|Fa 900 TA 900 Gd 600 Ex 530
Fence|-0.1|NA 2358 MnPrv 330 GdPrv 118 GdWo 112 MnWw 12
Misc Feature|0|Shed 2680 Gar2 130 Othr 120
Sale Type|0.1|COD 87 Oth 8 ConLD 55 WD_ 2541 New 239
"""
# Column: share of houses that have it, typical area or value.
EXTRAS = """
Wood Deck SF|0.48|170
Open Porch SF|0.56|65
Enclosed Porch|0.16|130
3Ssn Porch|0.013|180
Screen Porch|0.09|190
Pool Area|0.0044|450
Misc Val|0.035|600
Low Qual Fin SF|0.014|300
"""
UNKNOWN = {  # columns left empty together: in so many of 2,930 rows
    ("Lot Frontage",): 490,
    ("Mas Vnr Type", "Mas Vnr Area"): 23,
    ("Bsmt Exposure",): 3,
    ("BsmtFin Type 2",): 1,
    ("Bsmt Full Bath", "Bsmt Half Bath"): 2,
    ("Electrical",): 1,
    (
        "Bsmt Qual",
        "Bsmt Cond",
        "Bsmt Exposure",
        "BsmtFin Type 1",
        "BsmtFin Type 2",
        "BsmtFin SF 1",
        "BsmtFin SF 2",
        "Bsmt Unf SF",
        "Total Bsmt SF",
    ): 1,
    ("Garage Qual", "Garage Cond", "Garage Cars", "Garage Area"): 1,
    ("Garage Finish",): 2,
}
SIZE = 2930


def draw(n: int = SIZE, *, seed: int) -> pd.DataFrame:
    """Invent sales with the columns of the Ames data.

    Three houses are among the largest and the best and were sold, unfinished,
    at half of their worth, as in the real table.

    Args:
        n: number of sales, at least 100.
        seed: same seed, same houses.

    Returns:
        n rows, with "NA" where a house has none of something, and None where
        the value is unknown.

    Raises:
        ValueError: if `n` is less than 100.

    Source: the codes and their frequencies of De Cock (2011), none of its
    houses. Regression and trees err about as much as on the real sales
    (tests/package/test_ames_housing.py).

    >>> draw(100, seed=0)[["Yr Sold", "SalePrice"]].shape
    (100, 2)
    """
    if n < 100:
        raise ValueError(f"n (={n}) must be at least 100")
    dice = np.random.default_rng(seed)
    levels = dice.normal(size=28)
    district = np.minimum(dice.geometric(0.09, n) - 1, 27)
    level = levels[district]  # (n,), as is all that follows
    sold = dice.choice([2006, 2007, 2008, 2009, 2010], n,
                       p=[0.213, 0.237, 0.212, 0.221, 0.117])  # fmt: skip
    built = 1976 + 17 * level + 24 * dice.normal(size=n)
    built = np.where(built > sold, sold - dice.integers(0, 4, n), built)
    built = built.clip(1875).round()
    standing = 0.55 * level + 0.018 * (built - 1971) + dice.normal(size=n) / 2
    standing = (standing - standing.mean()) / standing.std()
    houses = _areas(dice, standing, built)
    houses |= {
        "Neighborhood": np.array([f"D{i + 1:02}" for i in district]),
        "Year Built": built,
        "Yr Sold": sold,
        "Overall Qual": (6.1 + 1.35 * standing).round().clip(1, 10),
        "Overall Cond": (5.5 + dice.normal(size=n)).round().clip(1, 9),
        "Mo Sold": dice.binomial(11, 0.47, n) + 1.0,
    }
    renewed = dice.uniform(built, np.maximum(sold, built + 1)).round()
    houses["Year Remod/Add"] = np.where(
        dice.random(n) < 0.45, np.maximum(renewed, 1950), built.clip(1950)
    )
    _codes(dice, houses, standing)
    _price(dice, houses, level, standing)
    table = pd.DataFrame(houses)
    for columns, count in UNKNOWN.items():
        rows = dice.permutation(n)[: max(count * n // SIZE, 1)]
        for column in columns:
            table[column] = table[column].astype(object)
            table.loc[rows, column] = None
    return table


def _areas(
    dice: np.random.Generator, s: Array, built: Array
) -> dict[str, NDArray[Any]]:
    n = len(s)
    living = np.exp(7.26 + 0.14 * s + 0.27 * dice.normal(size=n)).round()
    two = dice.random(n) < 0.25 + 0.0006 * (living - 1000).clip(0)
    upper = np.where(two, (living * dice.uniform(0.4, 0.52, n)).round(), 0)
    ground = living - upper
    cellar = (ground * dice.uniform(0.8, 1.05, n)).round()
    cellar[dice.random(n) < 0.027] = 0
    done = (cellar * (dice.random(n) - 0.3).clip(0) / 0.7).round()
    cars = (1.8 + 0.5 * s + 0.4 * dice.normal(size=n)).round().clip(1, 4)
    cars[dice.random(n) < 0.054] = 0
    rooms = (living / 240 + dice.normal(size=n) / 2).round().clip(3, 15)
    lot = np.exp(9.1 + 0.1 * s + 0.4 * dice.normal(size=n)).round()
    veneer = (dice.random(n) < 0.39) * dice.gamma(2, 130, n).round()
    areas = {
        "Lot Area": lot,
        "Lot Frontage": (lot / 145 + 12 * dice.normal(size=n)).clip(21),
        "Mas Vnr Area": veneer,
        "BsmtFin SF 1": done,
        "BsmtFin SF 2": np.zeros(n),
        "Bsmt Unf SF": cellar - done,
        "Total Bsmt SF": cellar,
        "1st Flr SF": ground,
        "2nd Flr SF": upper,
        "Gr Liv Area": living,
        "Bsmt Full Bath": (done > 0.55 * cellar) * 1.0,
        "Bsmt Half Bath": (dice.random(n) < 0.06) * 1.0,
        "Full Bath": 1.0 + (living + 300 * s > 1400),
        "Half Bath": two * (dice.random(n) < 0.8) * 1.0,
        "Bedroom AbvGr": (rooms / 2 - 0.3).round(),
        "Kitchen AbvGr": 1.0 + (dice.random(n) < 0.045),
        "TotRms AbvGrd": rooms,
        "Fireplaces": (0.7 * s + dice.normal(size=n)).round().clip(0, 3),
        "Garage Yr Blt": np.where(cars > 0, built.clip(1930), np.nan),
        "Garage Cars": cars,
        "Garage Area": (cars * dice.normal(265, 30, n)).round(),
    }
    _extras(dice, areas, n)
    return areas


def _extras(
    dice: np.random.Generator, areas: dict[str, NDArray[Any]], n: int
) -> None:
    for line in EXTRAS.strip().split("\n"):
        column, share, typical = line.split("|")
        size = float(typical) * np.exp(0.4 * dice.normal(size=n))
        areas[column] = (dice.random(n) < float(share)) * size.round()


def _codes(
    dice: np.random.Generator, houses: dict[str, NDArray[Any]], s: Array
) -> None:
    n = len(s)
    for line in CODES.strip().split("\n"):
        column, dependence, table = line.split("|")
        names, counts = table.split()[::2], table.split()[1::2]
        r = float(dependence)
        latent = r * s + (1 - r**2) ** 0.5 * dice.normal(size=n)
        rank = (latent.argsort().argsort() + 0.5) / n
        ends = np.cumsum(np.array(counts, dtype=float))
        place = np.searchsorted(ends / ends[-1], rank)
        labels = np.array([name.replace("_", " ") for name in names])
        houses[column] = labels[place].astype(object)
    none = {
        "Bsmt": houses["Total Bsmt SF"] == 0,
        "Garage": houses["Garage Cars"] == 0,
        "Fireplace Qu": houses["Fireplaces"] == 0,
        "Pool QC": houses["Pool Area"] == 0,
        "Misc Feature": houses["Misc Val"] == 0,
    }
    for prefix, rows in none.items():
        for column in houses:
            if column.startswith(prefix) and houses[column].dtype == object:
                houses[column][rows] = "NA"
    houses["Exterior 2nd"] = houses["Exterior 1st"].copy()
    two = houses["2nd Flr SF"] > 0
    houses["House Style"] = np.where(two, "2Story", "1Story")
    houses["Bldg Type"] = np.where(dice.random(n) < 0.83, "1Fam", "TwnhsE")
    houses["MS SubClass"] = np.where(two, "060", "020")
    houses["Order"] = np.arange(1, n + 1)
    houses["PID"] = np.char.zfill(
        (526301100 + 7 * np.arange(n)).astype(str), 10
    )


def _price(
    dice: np.random.Generator,
    houses: dict[str, NDArray[Any]],
    level: Array,
    s: Array,
) -> None:
    n = len(s)
    unusual = dice.random(n)
    state = np.full(n, "Normal", dtype=object)
    state[unusual < 0.085] = "Abnorml"
    state[unusual < 0.02] = "Family"
    state[houses["Year Built"] >= houses["Yr Sold"]] = "Partial"
    houses["Sale Condition"] = state
    best = houses["Gr Liv Area"].argsort()[-3:]
    unfinished = {
        "Overall Qual": 10,
        "Sale Condition": "Partial",
        "Year Built": 2007,
        "Yr Sold": 2008,
        "Gr Liv Area": [4676, 5095, 5642],
        "1st Flr SF": [4676, 5095, 5642],
        "2nd Flr SF": 0,
    }
    for column, value in unfinished.items():
        houses[column][best] = value
    area = np.log(houses["Gr Liv Area"])
    quality = houses["Overall Qual"] - 6
    age = houses["Yr Sold"] - houses["Year Built"]
    price = 11.77 + 0.5 * (area - 7.26) + 0.075 * quality + 0.05 * level
    price += 0.04 * quality * (area - 7.26) - 0.16 * np.sqrt(age / 40)
    price += 0.05 * (houses["Overall Cond"] - 5.5) * (age > 15)
    price += 0.16 * (houses["Total Bsmt SF"] / 1000) ** 0.7
    price += 0.1 * (houses["BsmtFin SF 1"] / 1000) + 0.03 * s
    price += 0.05 * houses["Garage Cars"] + 0.04 * houses["Fireplaces"]
    price += 0.08 * (houses["Central Air"] == "Y")
    price += 0.04 * np.isin(houses["Kitchen Qual"], ["Gd", "Ex"])
    price += 0.08 * np.log(houses["Lot Area"] / 9000) + 0.09 * dice.normal(
        size=n
    )
    odd = houses["Sale Condition"] == "Abnorml"
    price -= odd * dice.exponential(0.17, n)
    price[best] = np.log([184750, 183850, 160000])
    typed = houses["Garage Cars"].argmax()
    houses["Garage Yr Blt"][typed] = 2207  # a slip of the keyboard, as there
    houses["SalePrice"] = (np.exp(price) / 100).round() * 100
