"""The set-up: what `make` says to an old Python, and when it starts anew."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tooling.upkeep import data

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder, *arguments):
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True
    )


def test_an_old_python_is_told_what_to_do(folder):
    old = folder / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make(folder, "html", f"PYTHON={old}")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stdout
    assert "make PYTHON=python3.12" in done.stdout
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_the_environment_is_made_anew_when_the_pins_change(folder, name):
    ready = folder / ".venv/.ready"
    ready.parent.mkdir()
    assert "-m venv --clear" in make(folder, "-n", "html").stdout
    ready.touch()
    for path in folder.glob("*.t*"):
        os.utime(path, (1, 1))
    assert "venv --clear" not in make(folder, "-n", "html").stdout
    later = ready.stat().st_mtime + 10
    os.utime(folder / name, (later, later))
    assert "-m venv --clear" in make(folder, "-n", "html").stdout


def test_make_alone_lists_the_commands(folder):
    done = make(folder)
    for target in (
        "html",
        "pdf",
        "epub",
        "page",
        "test",
        "lint",
        "clean",
        "help",
    ):
        assert f"\n{target} " in f"\n{done.stdout}"


def test_a_page_must_be_named(folder):
    ready = folder / ".venv/.ready"
    ready.parent.mkdir()
    ready.touch()
    done = make(folder, "page")
    assert done.returncode != 0 and "make page P=book/" in done.stdout


def test_the_newest_versions_can_be_asked_for(folder):
    assert "--constraint constraints.txt" in make(folder, "-n", "html").stdout
    newest = make(folder, "-n", "html", "CONSTRAINTS=").stdout
    assert "pip install" in newest and "--constraint " not in newest


@pytest.mark.parametrize("exists", [True, False])
def test_a_release_is_made_once(folder, exists, monkeypatch):
    program = folder / "bin/gh"
    program.parent.mkdir()
    status = "exit 0" if exists else '[ "$2" != view ]'
    program.write_text(f'#!/bin/sh\necho "$@" >> calls\n{status}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("TAG", "v1.0.0")
    done = make(folder, "release")
    assert done.returncode == 0, done.stderr
    calls = (folder / "calls").read_text()
    assert calls.count("release create v1.0.0") == (not exists)
    assert "release upload v1.0.0 --clobber _build/pdf/d2l.pdf" in calls


def test_stand_ins_are_no_data(monkeypatch):
    monkeypatch.setenv("D2L_DATA", "twins")
    assert data.main() == 1
