"""Where the files of the data sets are, and how they get there.

Files live in `<folder>/<set>/<file>`, where the folder is the one named by
the environment variable `D2L_DATA`, or else the user's cache folder. What is
missing or damaged is downloaded and checked against its SHA-256. Where no
server can be reached the caller falls back to the set's offline twin; a
download that failed is not tried again by the same process.

* `D2L_DATA=<folder>` uses (and fills) another folder,
* `D2L_DATA=twins` asks for the twins,
* `D2L_OFFLINE=1` never asks the network.
"""

import hashlib
import os
import warnings
from collections.abc import Generator
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from typing import Literal

import platformdirs
import requests
from tqdm import tqdm

from d2l.data.catalogue import CATALOGUE, DataFile, DataSet
from d2l.notebook import note

PATIENCE = 5  # seconds until a server that is silent counts as unreachable
PIECE = 2**14  # bytes; each shall arrive within four times that: 819 B/s
TWINS = "say D2L_DATA=twins to use the stand-in"
_DOWNLOADED = (
    "The real data is downloaded by itself where there is a network "
    "connection, unless `D2L_DATA=twins` is set."
)
_NOT_OFFERED = "The real data is not offered for download."


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
            f"one, or {TWINS}."
        )
    return folder


def fetch(name: str) -> dict[str, Path] | None:
    """Make the files of a data set available, downloading what is missing.

    Args:
        name: a key of `CATALOGUE`.

    Returns:
        File name to path, every file whole and verified; None if the twin is
        asked for, or if a file is missing and no server can be reached.

    Raises:
        ValueError: if the name is unknown, if a file is damaged and can't be
            downloaded again, if the servers deliver something else, or if
            the folder can't be read or written.
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
    try:
        whole = all(_provide(dataset, f, paths[f.name]) for f in dataset.files)
    except OSError as error:
        denied = isinstance(error, PermissionError)
        why = "permission denied" if denied else error.strerror
        raise ValueError(
            f"The data set {name!r} can't be kept in {folder / name} ({why}). "
            "Permit reading and writing there and make room, name another "
            f"folder as D2L_DATA=<folder>, or {TWINS}."
        ) from None
    return paths if whole else None


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


def expect(name: str) -> Literal["real", "twin"]:
    """Tell which set `d2l.data.<name>` would use, without downloading it.

    Args:
        name: a key of `CATALOGUE`.

    Returns:
        "real" if the files are there or a server offers them (`prepare` may
        still find otherwise), or "twin" for the built-in stand-in.

    Raises:
        ValueError: if `D2L_DATA` names a folder that does not exist.
    """
    folder = data_folder()
    if folder is None:
        return "twin"
    dataset = CATALOGUE[name]
    try:
        missing = [
            file.folder + file.name
            for file in dataset.files
            if not (path := folder / name / file.name).exists()
            or path.stat().st_size != file.size
        ]
    except OSError:
        return "real"  # and `prepare` says what is wrong with the folder
    if not missing:
        return "real"
    if os.environ.get("D2L_OFFLINE") == "1":
        return "twin"
    offers = (_is_offered(url + missing[0]) for url in dataset.urls)
    return "real" if any(offers) else "twin"


def announce_twin(name: str, twin: str) -> None:
    """Tell the reader that the numbers to come are those of a stand-in.

    Where a download was tried the note says how it failed.

    Args:
        name: a key of `CATALOGUE`.
        twin: what the stand-in consists of, to be read after "uses".
    """
    urls = CATALOGUE[name].urls if name in CATALOGUE else ()
    tried = [
        f"{url}: {failure}"
        for url, failure in _failures.items()
        if url.startswith(urls)
    ]
    note(
        f"Instead of the data set `{name}` this run uses {twin} in the same "
        "form. Results differ from those on the real data; what they show "
        "does not. "
        + (_DOWNLOADED if urls else _NOT_OFFERED)
        + (f" This time it failed ({'; '.join(tried)})." if tried else "")
    )


def _provide(dataset: DataSet, file: DataFile, path: Path) -> bool:
    """Make one file available, or tell that no server can be reached.

    Raises:
        OSError: if the folder can't be read or written.
        ValueError: if the file is or arrives damaged.
    """
    exists = path.exists()
    damage = _damage(path, file) if exists else None
    if exists and damage is None:
        return True
    failures = _download(dataset, file, path)
    reasons = "; ".join(f"{url}: {why}" for url, why in failures.items())
    if failures and damage:
        raise ValueError(
            f"{path} is damaged ({damage}) and could not be downloaded "
            f"again ({reasons}). Delete it and try again with a network "
            f"connection, or {TWINS}."
        )
    if any(isinstance(failure, ValueError) for failure in failures.values()):
        raise ValueError(
            f"{path} could not be downloaded ({reasons}). Does your network "
            f"ask for a login? Put the file there yourself, or {TWINS}."
        )
    return not failures


class _UnreachableError(Exception):
    """What is wrong with a server, or with the way to it."""


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


def _download(
    dataset: DataSet, file: DataFile, path: Path
) -> dict[str, Exception]:
    """Put a verified copy at `path`, or return why every server failed."""
    if not dataset.urls:
        return {"the web": _UnreachableError("nobody offers it")}
    if os.environ.get("D2L_OFFLINE") == "1":
        return dict.fromkeys(dataset.urls, _UnreachableError("D2L_OFFLINE=1"))
    urls = [url + file.folder + file.name for url in dataset.urls]
    for url in urls:
        if url in _failures:
            continue
        try:
            _retrieve(url, file, path)
            return {}
        except ValueError:
            _failures[url] = ValueError("not the file expected")
        except _UnreachableError as error:
            _failures[url] = error
    return {url: _failures[url] for url in urls}


def _retrieve(url: str, file: DataFile, path: Path) -> None:
    with warnings.catch_warnings():
        # Its progress bar would complain of notebooks without widgets.
        warnings.simplefilter("ignore")
        import pooch

    pieces = _pieces(url)
    next(pieces)  # there is an answer; nothing was written so far

    def write(_url: str, part: str, _pooch: object) -> None:
        progress = tqdm(total=file.size, unit="B", unit_scale=True)
        with Path(part).open("wb") as stream, progress as bar:
            for piece in pieces:
                stream.write(piece)
                bar.update(len(piece))

    # Writes beside the target, verifies, then renames: never half a file,
    # and harmless if another process does the same.
    pooch.retrieve(
        url,
        known_hash=f"sha256:{file.sha256}",
        fname=path.name,
        path=path.parent,
        downloader=write,
    )
    path.chmod(0o644)  # temporary files are their owner's; caches are shared


def _is_offered(url: str) -> bool:
    """Tell whether a server begins to send a file, and remember if not."""
    pieces = _pieces(url)
    try:
        next(pieces)
    except _UnreachableError as error:
        _failures[url] = error
        return False
    pieces.close()
    return True


def _pieces(url: str) -> Generator[bytes]:
    """Receive an empty piece when a server answers, then a file in pieces.

    A thread asks, because no timeout covers the look-up of a name, and that
    of a connection begins anew with every byte that drips in.

    Raises:
        _UnreachableError: if the server is silent, too slow, or refuses.
    """
    arrived: Queue[bytes | Exception | None] = Queue()
    given_up = Event()

    def receive() -> None:
        late = 8 * PATIENCE  # ends the thread, long after it was given up
        try:
            with requests.get(url, stream=True, timeout=late) as response:
                response.raise_for_status()
                arrived.put(b"")
                for piece in response.iter_content(PIECE):
                    arrived.put(piece)
                    if given_up.is_set():
                        return
            arrived.put(None)
        except Exception as error:
            arrived.put(error)

    Thread(target=receive, daemon=True).start()
    patience, complaint = PATIENCE, f"no answer within {PATIENCE} s"
    try:
        while (piece := arrived.get(timeout=patience)) is not None:
            if isinstance(piece, Exception):
                raise _UnreachableError(type(piece).__name__)
            yield piece
            patience = 4 * PATIENCE
            complaint = f"given up, slower than {PIECE / patience:.0f} bytes/s"
    except Empty:
        raise _UnreachableError(complaint) from None
    finally:
        given_up.set()
