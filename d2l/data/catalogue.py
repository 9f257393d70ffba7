"""Every data set of the book: where it comes from and how it is recognized.

`d2l.data.downloads` fetches what is listed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class DataFile:
    """A file of a data set, as its publisher offers it.

    Args:
        name: file name, the last part of its URL.
        sha256: hexadecimal digest of the whole file.
        size: length in bytes.
    """

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class DataSet:
    """A data set and what one must know to use it.

    Args:
        name: folder name, and the module `d2l.data.<name>` that reads it.
        urls: folders on the web that hold the files, tried in this order.
        files: all files of the set.
        licence: its terms, in a few words.
        citation: key in the book's bibliography.
    """

    name: str
    urls: tuple[str, ...]
    files: tuple[DataFile, ...]
    licence: str
    citation: str


CATALOGUE: Mapping[str, DataSet] = MappingProxyType(
    {
        "airfoil": DataSet(
            name="airfoil",
            urls=(
                "https://archive.ics.uci.edu/ml/"
                "machine-learning-databases/00291/",
            ),
            files=(
                DataFile(
                    "airfoil_self_noise.dat",
                    "74c75fd71783f1e6b71f8a622b993dc5"
                    "92897a97cd689c5090a07147a1b097b3",
                    59984,
                ),
            ),
            licence="CC BY 4.0 (UCI Machine Learning Repository)",
            citation="brooks1989airfoil",
        ),
        "ames_housing": DataSet(
            name="ames_housing",
            urls=(
                "https://raw.githubusercontent.com/Migs/AmesHousingData/"
                "9f6a0a0a4e64262e3635da5300ab0273b37b1c8a/",
            ),
            files=(
                DataFile(
                    "AmesHousing.csv",
                    "9be4e178af290abcc41e82402e9eca2b"
                    "d767f22aa148d155531fed4f7c5b55da",
                    963741,
                ),
            ),
            licence="none stated; offered for teaching (De Cock, 2011)",
            citation="decock2011ames",
        ),
        "fashion_mnist": DataSet(
            name="fashion_mnist",
            urls=(
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://raw.githubusercontent.com/zalandoresearch/"
                "fashion-mnist/master/data/fashion/",
            ),
            files=(
                DataFile(
                    "train-images-idx3-ubyte.gz",
                    "3aede38d61863908ad78613f6a32ed27"
                    "1626dd12800ba2636569512369268a84",
                    26421880,
                ),
                DataFile(
                    "train-labels-idx1-ubyte.gz",
                    "a04f17134ac03560a47e3764e11b92fc"
                    "97de4d1bfaf8ba1a3aa29af54cc90845",
                    29515,
                ),
                DataFile(
                    "t10k-images-idx3-ubyte.gz",
                    "346e55b948d973a97e58d2351dde16a4"
                    "84bd415d4595297633bb08f03db6a073",
                    4422102,
                ),
                DataFile(
                    "t10k-labels-idx1-ubyte.gz",
                    "67da17c76eaffca5446c3361aaab5c3c"
                    "d6d1c2608764d35dfb1850b086bf8dd5",
                    5148,
                ),
            ),
            licence="MIT (Zalando SE, 2017)",
            citation="xiao2017fashion",
        ),
    }
)
