"""The set-up: what `make` says to an old Python, and when it starts anew."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tooling.upkeep import data, install

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    upkeep = tmp_path / "tooling/upkeep"
    shutil.copytree(ROOT / "tooling/upkeep", upkeep)
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
    assert "--editable" in newest and "--constraint " not in newest


EMPTY = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
# Makes a wheel that holds nothing, without any package for building.
BACKEND = """
from zipfile import ZipFile

METADATA = "Metadata-Version: 2.1\\nName: empty\\nVersion: 1"

def build_editable(folder, *_):
    name, info = "empty-1-py3-none-any.whl", "empty-1.dist-info"
    with ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("empty.py", "")
        tags = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any"
        wheel.writestr(f"{info}/WHEEL", tags)
        wheel.writestr(f"{info}/METADATA", METADATA)
        wheel.writestr(f"{info}/RECORD", "")
    return name

build_wheel = build_editable
"""


def test_no_setting_of_pip_breaks_the_set_up(folder, monkeypatch):
    (folder / "pyproject.toml").write_text(EMPTY)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "constraints.txt").write_text("")
    settings = folder / "pip.conf"
    settings.write_text(
        "[global]\nindex-url = http://127.0.0.1:9/from-file\n"
        f"[install]\ntarget = {folder}/elsewhere\nuser = true\n"
        "require-hashes = true\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_PREFIX", str(folder / "prefix"))
    monkeypatch.setenv("PIP_CONSTRAINT", str(folder / "nowhere.txt"))
    done = make(folder, ".venv/.ready", f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [*(folder / ".venv/lib").glob("*/site-packages/empty.py")]
    assert not (folder / "elsewhere").exists()


def test_what_leads_to_packages_is_kept():
    listed = (
        ":env:.index-url='http://env'\n:env:.user='1'\n"
        "global.index-url='http://file'\nglobal.proxy='http://proxy'\n"
        "install.find-links='/a\\n/b'\ndownload.cert='no'\n"
    )
    environ = {"PIP_INDEX_URL": "http://env", "PIP_USER": "1", "HTTP": "1"}
    assert install.cleaned(environ, listed) == {
        "HTTP": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://env",
        "PIP_PROXY": "http://proxy",
        "PIP_FIND_LINKS": "/a\n/b",
    }


def test_what_is_meant_for_other_programs_reaches_none_of_ours(
    folder, monkeypatch
):
    for name in ("PYTHONPATH", "PYTHONWARNINGS", "JUPYTER_PATH"):
        monkeypatch.setenv(name, "nowhere")
    ready = folder / ".venv/.ready"
    program = folder / ".venv/bin/python"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nenv\n")
    program.chmod(0o755)
    ready.touch()
    assert "nowhere" not in make(folder, "html").stdout
    assert "D2L_VERSIONS" not in make(folder, "html").stdout
    newest = make(folder, "html", "CONSTRAINTS=").stdout
    assert "D2L_VERSIONS=any" in newest


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
