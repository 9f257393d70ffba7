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
        folder: what comes before the name in its URL, beginning where the
            URLs of its set end, and ending with a slash.
    """

    name: str
    sha256: str
    size: int
    folder: str = ""


@dataclass(frozen=True)
class DataSet:
    """A data set and what one must know to use it.

    Args:
        name: folder name, and the module `d2l.data.<name>` that reads it.
        urls: folders on the web that hold the files, tried in this order;
            none where nobody offers them, and only a copy can be used.
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
        "gutenberg_books": DataSet(
            name="gutenberg_books",
            urls=(),
            files=(
                DataFile(
                    "gutenberg_books.tar.gz",
                    "24247e2ad9115c727f09748c549023fa"
                    "da275ba538987b504297d0837cec713e",
                    4401174,
                ),
            ),
            licence="public domain in the USA (Project Gutenberg)",
            citation="gutenberg1971ebooks",
        ),
        "series": DataSet(
            name="series",
            urls=(
                "https://raw.githubusercontent.com/statsmodels/statsmodels/"
                "v0.14.4/statsmodels/datasets/",
            ),
            files=(
                DataFile(
                    "co2.csv",
                    "16695fa2786e53414e5a6b54767a3fdf"
                    "5de99cfbc68617f69d1362d92776a92f",
                    33974,
                    "co2/",
                ),
                DataFile(
                    "sunspots.csv",
                    "f67889b1d9002cd5227f0e0ef54e35b4"
                    "19cdd85a31279adef6f73fb41e5c0a9b",
                    2944,
                    "sunspots/",
                ),
            ),
            licence="public domain (as statsmodels states)",
            citation="seabold2010statsmodels",
        ),
        "time_machine": DataSet(
            name="time_machine",
            urls=("http://d2l-data.s3-accelerate.amazonaws.com/",),
            files=(
                DataFile(
                    "timemachine.txt",
                    "8424dbd9532ac81f7e5f0b6add90e695"
                    "2baea29158309d7d1bf3884f4e12c516",
                    178979,
                ),
            ),
            licence="public domain in the USA (Project Gutenberg 35)",
            citation="wells1895time",
        ),
        "tiny_shakespeare": DataSet(
            name="tiny_shakespeare",
            urls=(
                "https://raw.githubusercontent.com/karpathy/char-rnn/"
                "master/data/tinyshakespeare/",
            ),
            files=(
                DataFile(
                    "input.txt",
                    "86c4e6aa9db7c042ec79f339dcb96d42"
                    "b0075e16b8fc2e86bf0ca57e2dc565ed",
                    1115394,
                ),
            ),
            licence="public domain; collected with char-rnn (MIT)",
            citation="karpathy2015unreasonable",
        ),
        "translation": DataSet(
            name="translation",
            urls=(),
            files=(
                DataFile(
                    "cmn.txt.gz",
                    "043a8addd53a815545e96ec656052bb6"
                    "727c777c73a0d27464c25304b79bf51c",
                    1227851,
                ),
                DataFile(
                    "fra.txt.gz",
                    "475f43ee237bedfe58b236557c8ab179"
                    "e57dcce93f4155d7780f783a7e8a2c7c",
                    3415054,
                ),
            ),
            licence=(
                "CC BY 2.0 FR (www.manythings.org/anki and tatoeba.org, "
                "which must be named)"
            ),
            citation="tatoeba2006sentences",
        ),
    }
)
