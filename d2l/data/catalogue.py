"""Every data set of the book: where it comes from and how it is verified.

Files live in `<folder>/<set>/<file>`, where the folder is the one named by
the environment variable `D2L_DATA`, or else the user's cache folder. What is
missing or damaged is downloaded and checked against its SHA-256. Without
network the caller falls back to the set's offline twin; a download that
failed is not tried again by the same process.

* `D2L_DATA=<folder>` uses (and fills) another folder,
* `D2L_DATA=twins` asks for the twins,
* `D2L_OFFLINE=1` never asks the network.
"""

import hashlib
import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Literal

import platformdirs
import requests

from d2l.notebook import note

PATIENCE = 5  # seconds until a server that is silent counts as unreachable


@dataclass(frozen=True)
class DataFile:
    """One file of a data set, as its publisher offers it.

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


def data_folder() -> Path | None:
    """Return the folder that holds the data sets, or None for twins only.

    Raises:
        ValueError: if `D2L_DATA` names a folder that does not exist.
    """
    wanted = os.environ.get("D2L_DATA", "")
    if wanted == "twins":
        return None
    if not wanted:
        return platformdirs.user_cache_path("do-to-learn")
    folder = Path(wanted).expanduser()
    if not folder.is_dir():
        raise ValueError(
            f"D2L_DATA={wanted} is not a folder. Create it, name another "
            "one, or say D2L_DATA=twins to use the built-in stand-ins."
        )
    return folder


def fetch(name: str) -> dict[str, Path] | None:
    """Make the files of a data set available, downloading what is missing.

    Args:
        name: a key of `CATALOGUE`.

    Returns:
        File name to path, every file whole and verified; None if the twin is
        asked for, or if a file is missing and can't be downloaded.

    Raises:
        ValueError: if the name is unknown, if a file is damaged and can't be
            downloaded again, or if the servers deliver something else.
    """
    if name not in CATALOGUE:
        raise ValueError(
            f"no data set {name!r}; there are {', '.join(CATALOGUE)}"
        )
    folder = data_folder()
    if folder is None:
        return None
    dataset = CATALOGUE[name]
    paths = {f.name: folder / name / f.name for f in dataset.files}
    for file in dataset.files:
        path = paths[file.name]
        damage = _damage(path, file) if path.exists() else None
        if damage is None and path.exists():
            continue
        failures = _download(dataset, file, path)
        reasons = "; ".join(str(failure) for failure in failures)
        if failures and damage:
            raise ValueError(
                f"{path} is damaged ({damage}) and could not be downloaded "
                f"again ({reasons}). Delete it and try again with a network "
                "connection, or say D2L_DATA=twins to use the stand-in."
            )
        if any(isinstance(failure, ValueError) for failure in failures):
            raise ValueError(
                f"{path} could not be downloaded ({reasons}). Does your "
                "network ask for a login? Put the file there yourself, or "
                "say D2L_DATA=twins to use the stand-in."
            )
        if failures:
            return None
    return paths


def prepare(name: str) -> Literal["real", "twin"]:
    """Fetch a data set and tell which one `d2l.data.<name>` will now use.

    Args:
        name: a key of `CATALOGUE`.

    Returns:
        "real", or "twin" for the built-in stand-in.

    Raises:
        ValueError: as `fetch`.
    """
    return "twin" if fetch(name) is None else "real"


def announce_twin(name: str, twin: str) -> None:
    """Tell the reader that the numbers to come are those of a stand-in.

    Args:
        name: a key of `CATALOGUE`.
        twin: what the stand-in consists of, to be read after "uses".
    """
    note(
        f"Instead of the data set `{name}` this run uses {twin} of the same "
        "shapes and labels. Results differ from those on the real data; what "
        "they show does not. The real data is downloaded by itself where "
        "there is a network connection, unless `D2L_DATA=twins` is set."
    )


def _damage(path: Path, file: DataFile) -> str | None:
    size = path.stat().st_size
    if size != file.size:
        return f"{size:,} bytes instead of {file.size:,}"
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != file.sha256:
        return f"SHA-256 {digest[:8]}... instead of {file.sha256[:8]}..."
    return None


_failures: dict[str, Exception] = {}  # by URL, as long as the process lives


def _download(dataset: DataSet, file: DataFile, path: Path) -> list[Exception]:
    """Put a verified copy at `path`, or return why every server failed."""
    if os.environ.get("D2L_OFFLINE") == "1":
        return [OSError("D2L_OFFLINE=1")]
    for folder in dataset.urls:
        url = folder + file.name
        if url in _failures:
            continue
        try:
            _retrieve(url, file, path)
            return []
        except ValueError:
            _failures[url] = ValueError(f"{url}: not the file expected")
        except OSError as error:  # requests' exceptions are of this kind
            _failures[url] = OSError(f"{url}: {type(error).__name__}")
    return [_failures[folder + file.name] for folder in dataset.urls]


def _retrieve(url: str, file: DataFile, path: Path) -> None:
    if not _answers(url.removesuffix(file.name)):
        raise ConnectionError(f"no answer within {PATIENCE} s")
    with warnings.catch_warnings():
        # Its progress bar would complain of notebooks without widgets.
        warnings.simplefilter("ignore")
        import pooch
    # Writes beside the target, verifies, then renames: never half a file,
    # and harmless if another process does the same.
    pooch.retrieve(
        url,
        known_hash=f"sha256:{file.sha256}",
        fname=path.name,
        path=path.parent,
        downloader=pooch.HTTPDownloader(
            progressbar=True, timeout=(PATIENCE, 4 * PATIENCE)
        ),
    )
    path.chmod(0o644)  # temporary files are their owner's; caches are shared


@cache
def _answers(url: str) -> bool:
    """Tell whether a server says anything at all, be it an error.

    Asked in a thread, because looking up a name knows no timeout, and trying
    one address after the other multiplies it.
    """
    answers: list[int] = []

    def ask() -> None:
        with suppress(OSError):
            answers.append(requests.head(url, timeout=PATIENCE).status_code)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return bool(answers)
