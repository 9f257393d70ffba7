"""The user's store of results: damage, bounds, several builds, kills."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tooling.execution import store as module
from tooling.execution.store import Store, user_folder

KEYS = [f"{i:02x}{'0' * 62}" for i in range(8)]
WRITER = """
import sys
from pathlib import Path
from tooling.execution.store import Store

store = Store(Path(sys.argv[1]), 2**30)
print("begins", flush=True)
while True:
    for key in sys.argv[2:]:
        store.put(key, key.encode() * 20_000)
"""


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results", 2**20)


def files(store):
    return [p for p in store.folder.rglob("*") if p.is_file()]


def test_what_was_put_is_found_by_another_build(store, capsys):
    assert store.get(KEYS[0]) is None
    store.put(KEYS[0], b"first\nsecond")
    store.put(KEYS[0], b"first\nsecond")
    other = Store(store.folder, 1)
    assert other.get(KEYS[0]) == b"first\nsecond"
    assert other.get(KEYS[1]) is None
    assert len(files(store)) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: b"0" * 64 + content[64:],
    ],
    ids=["emptied", "cut off", "one bit", "another hash"],
)
def test_a_damaged_entry_is_discarded_and_told(store, damage, capsys):
    for key in KEYS[:2]:
        store.put(key, b"content")
    [path] = store.folder.glob(f"*/{KEYS[0]}")
    path.write_bytes(damage(path.read_bytes()))
    assert store.get(KEYS[0]) is None
    [line] = capsys.readouterr().err.splitlines()
    assert "damaged" in line and str(path) in line
    assert not path.exists()
    assert store.get(KEYS[1]) == b"content"


def test_what_was_not_used_for_longest_goes_first(store):
    content = os.urandom(2**18)  # five of them are too many
    for age, key in enumerate(KEYS[:6]):
        store.put(key, content)
        [path] = store.folder.glob(f"*/{key}")
        os.utime(path, (1000 + age, 1000 + age))
    assert store.get(KEYS[0])  # used, so no longer the oldest
    store.prune()
    left = [key for key in KEYS if store.get(key)]
    assert left == [KEYS[0], *KEYS[4:6]]
    assert sum(p.stat().st_size for p in files(store)) <= store.limit
    before = files(store)
    store.prune()
    assert files(store) == before


def test_a_write_that_fails_leaves_nothing_and_is_told_once(
    store, monkeypatch, capsys
):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    store.put(KEYS[0], b"content")
    store.put(KEYS[1], b"content")
    assert files(store) == []
    [line] = capsys.readouterr().err.splitlines()
    assert "No space left" in line and str(store.folder) in line


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path, capsys):
    (tmp_path / "file").write_text("no folder")
    store = Store(tmp_path / "file" / "results", 2**20)
    store.put(KEYS[0], b"content")
    store.prune()
    assert store.get(KEYS[0]) is None
    assert "nothing can be kept in" in capsys.readouterr().err


def start_writer(folder):
    command = [sys.executable, "-c", WRITER, str(folder), *KEYS]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_several_builds_and_kills_leave_only_whole_entries(store, capsys):
    """Two processes write the same entries, others read; both are killed."""
    whole = {key: key.encode() * 20_000 for key in KEYS}
    with ThreadPoolExecutor() as pool:
        writers = list(pool.map(start_writer, [store.folder] * 2))
    try:
        for writer in writers:
            assert writer.stdout.readline() == b"begins\n"
        seen = set()
        while len(seen) < len(KEYS):
            for key in KEYS:
                found = store.get(key)
                assert found in (None, whole[key])
                seen |= {key} if found else set()
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert {key: store.get(key) for key in KEYS} == whole
    assert capsys.readouterr().err == ""
    half = store.folder / KEYS[0][:2] / f"tmpkilled{module.NEW}"
    half.write_bytes(b"half")
    store.prune()
    assert half.exists()  # somebody may be writing it
    long_ago = time.time() - 2 * module.ABANDONED
    os.utime(half, (long_ago, long_ago))
    store.prune()
    assert not half.exists()


def test_the_folder_is_the_user_s_unless_another_is_named(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("RESULTS")
    assert user_folder() == tmp_path / "do-to-learn/results"
    monkeypatch.setenv("RESULTS", str(tmp_path / "other"))
    assert user_folder() == tmp_path / "other"
    monkeypatch.setenv("RESULTS", "none")
    assert user_folder() is None
    monkeypatch.setenv("RESULTS", "None")
    with pytest.raises(ValueError, match="RESULTS=None: expected the full"):
        user_folder()
