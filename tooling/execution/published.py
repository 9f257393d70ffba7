"""The results that a published site carries, for clones of its book.

`results.json` lists what `results.zip` holds: for each key a page, seconds,
size and SHA-256. The list is small, and tells whether the file is worth
fetching.
"""

import hashlib
import io
import json
import os
import time
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from tooling.execution.download import download
from tooling.execution.store import tell
from tooling.source.book import Book

LIST, FILE = "results.json", "results.zip"
LIST_LIMIT = 2**22  # bytes
FILE_LIMIT = 2**28
ENTRY_LIMIT = 2**26
RATE = 1_000_000  # bytes a second; a link that most people have
ASK_AGAIN = 600  # seconds for which an answer is remembered
NOTHING: dict[str, Any] = {"entries": {}}
ITSELF = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Entry:
    """What is known of an entry before it is fetched.

    Args:
        page: its name, for people.
        seconds: that its execution took.
        size: bytes.
        sha256: hexadecimal.
    """

    page: str
    seconds: float
    size: int
    sha256: str

    def check(self, content: bytes) -> None:
        """Raise ValueError if a content is not the entry's."""
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError(f"{self.page!r} has another SHA-256 than listed")


def write(
    folder: Path, results: Mapping[str, tuple[str, float, bytes]]
) -> None:
    """Write list and file, the same bytes for the same results.

    Args:
        folder: of the site.
        results: page, seconds and content by key.

    Raises:
        ValueError: if nobody would take them, because they are too large.
    """
    entries = {}
    with zipfile.ZipFile(folder / FILE, "w") as packed:
        for key, (page, seconds, content) in sorted(results.items()):
            if len(content) > ENTRY_LIMIT:
                tell(f"{page} is too large to be shared")
                continue
            name = zipfile.ZipInfo(_member(key))
            packed.writestr(name, content, zipfile.ZIP_DEFLATED)
            digest = hashlib.sha256(content).hexdigest()
            entries[key] = Entry(page, seconds, len(content), digest)
    content = (folder / FILE).read_bytes()
    if len(content) > FILE_LIMIT:
        raise ValueError(
            f"{folder / FILE} has {len(content):,} bytes; a clone takes at "
            f"most {FILE_LIMIT:,} (FILE_LIMIT in {__name__})"
        )
    digest = hashlib.sha256(content).hexdigest()
    whole = Entry(FILE, 0.0, len(content), digest)
    listed = {key: asdict(entry) for key, entry in entries.items()}
    text = json.dumps({"file": asdict(whole), "entries": listed}, indent=0)
    (folder / LIST).write_text(text)


def address(book: Book) -> str | None:
    """Return the address of the site to ask, or None to ask nobody.

    Raises:
        ValueError: if `shared_results` in `_config.yml` is no safe address.
    """
    setting = book.config["sphinx"]["config"].get("shared_results", True)
    if not setting or os.environ.get("D2L_OFFLINE") == "1":
        return None
    site = book.site if setting is True else str(setting).rstrip("/") + "/"
    parts = urlsplit(site)
    if parts.scheme == "https" or parts.hostname in ITSELF:
        return site
    raise ValueError(
        f"shared_results: {site} (_config.yml): results are taken only from "
        "an address that begins with https://"
    )


def fetch(site: str, wanted: set[str], memory: Path) -> dict[str, bytes]:
    """Return those results that a site has, each with the SHA-256 it lists.

    If it does not answer, or with something else, this says so in one line,
    and the site is not asked again for a while.

    Args:
        site: its address, ending in a slash.
        wanted: keys.
        memory: a file that remembers the answer.
    """
    listed = _recall(site, memory)
    is_new, reason = listed is None, ""
    found = {}
    try:
        if is_new:
            listed = json.loads(download(urljoin(site, LIST), LIST_LIMIT))
        found = _fetch(site, listed, wanted)
    except OSError as error:
        reason = f"none from the site, {error}"
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"{site}{LIST} can't be used, {error}"
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        reason = f"{site}{FILE} is damaged, {error}"
    if reason:
        tell(reason)
        listed = NOTHING
    if is_new or reason:
        memory.write_text(json.dumps([site, listed]))
    return found


def _recall(site: str, memory: Path) -> Any:
    """Return what a site has listed, if it was asked a short while ago."""
    with suppress(OSError, ValueError):
        asked, listed = json.loads(memory.read_text())
        age = time.time() - memory.stat().st_mtime
        if asked == site and 0 <= age < ASK_AGAIN:
            return listed
    return None


def _fetch(site: str, listed: Any, wanted: set[str]) -> dict[str, bytes]:
    entries = {
        key: _entry(listed["entries"][key])
        for key in sorted(wanted & set(listed["entries"]))
    }
    if not entries:
        return {}
    whole = _entry(listed["file"], FILE_LIMIT)
    seconds = sum(entry.seconds for entry in entries.values())
    if seconds * RATE < whole.size:  # executing is quicker
        return {}
    tell(f"{len(entries)} pages are at {site}, {whole.size / 1e6:.1f} MB")
    content = download(urljoin(site, FILE), whole.size)
    whole.check(content)
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for key, entry in entries.items():
            with packed.open(_member(key)) as member:
                found[key] = member.read(entry.size + 1)
            entry.check(found[key])
    return found


def _entry(listed: dict[str, Any], limit: int = ENTRY_LIMIT) -> Entry:
    entry = Entry(
        str(listed["page"]),
        float(listed["seconds"]),
        int(listed["size"]),
        str(listed["sha256"]),
    )
    if not 0 <= entry.size <= limit:
        raise ValueError(f"{entry.page!r} has {entry.size:,} bytes")
    return entry


def _member(key: str) -> str:
    return f"{key}.json"
