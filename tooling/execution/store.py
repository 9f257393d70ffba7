"""The store: results of all checkouts, in the user's cache folder.

An entry is a file named after its key, and the key is a hash of everything
that decides the content. So nothing is ever changed: builds may read and
write at the same time, and a kill leaves at most a file that nobody reads.
"""

import hashlib
import os
import sys
import time
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import platformdirs

NEW = ".new"  # suffix of a file that is being written
ABANDONED = 3600  # seconds after which such a file is nobody's


class Store:
    """A folder of bounded size that maps keys to bytes.

    Args:
        folder: made when something is put there.
        limit: bytes that the entries may take together.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self._is_writable = True

    def get(self, key: str) -> bytes | None:
        """Return what lies under a key, or nothing.

        An entry that is damaged, as a full disk or a power cut may leave it,
        is removed.
        """
        path = self._path(key)
        try:
            checksum, _, packed = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if checksum != _checksum(packed):
            tell(f"{path} was damaged and is discarded")
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)  # used last, removed last
        return zlib.decompress(packed)

    def put(self, key: str, content: bytes) -> None:
        """Keep something under a key; without room or right, say so once."""
        if not self._is_writable:
            return
        path = self._path(key)
        packed = zlib.compress(content)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(
                dir=path.parent, suffix=NEW, delete=False
            ) as new:
                try:
                    new.write(_checksum(packed) + b"\n" + packed)
                    new.close()
                    Path(new.name).replace(path)
                except BaseException:
                    Path(new.name).unlink()
                    raise
        except OSError as error:
            self._is_writable = False
            tell(f"nothing can be kept in {self.folder}: {error.strerror}")

    def prune(self) -> None:
        """Remove what was not used for longest, until the rest is in bounds.

        Others may be doing the same.
        """
        entries = []
        for path in self.folder.glob("*/*"):
            with suppress(OSError):
                stat = path.stat()
                age = time.time() - stat.st_mtime
                if path.suffix != NEW:
                    entries.append((stat.st_mtime_ns, stat.st_size, path))
                elif age > ABANDONED:
                    path.unlink()
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self.limit:
                break
            with suppress(OSError):
                path.unlink()
            total -= size

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key


def user_folder() -> Path | None:
    """Return the folder of the user's store, or None if there is to be none.

    Raises:
        ValueError: if the environment variable RESULTS says neither.
    """
    wanted = os.environ.get("RESULTS", "")
    if wanted == "none":
        return None
    if not wanted:
        return platformdirs.user_cache_path("do-to-learn") / "results"
    folder = Path(wanted).expanduser()
    if not folder.is_absolute():
        raise ValueError(
            f"RESULTS={wanted}: expected the full path of a folder for "
            "results, or none to execute everything here"
        )
    return folder


def tell(what: str) -> None:
    """Say in one line what became of shared results."""
    print(f"Shared results: {what}.", file=sys.stderr, flush=True)


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
