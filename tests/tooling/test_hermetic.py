"""What lies about a machine changes no page, and what kernels read counts."""

import json
import os
import re
import shutil
import sys
from importlib.util import source_from_cache
from pathlib import Path

import nbformat
import pytest

from tests.tooling.conftest import FRONT, ROOT, cell
from tooling.execution import kernels
from tooling.execution.environment import prepare_environment
from tooling.execution.in_kernel.start import KEPT, environment
from tooling.source import dependencies
from tooling.source.book import Book

USER = {
    ".config/matplotlib/matplotlibrc": "lines.linewidth: 9\n",
    ".config/pip/pip.conf": "[global]\nuser = true\n",
    ".ipython/profile_default/ipython_config.py": (
        "get_config().InlineBackend.rc = {'font.size': 30}\n"
    ),
    ".ipython/profile_default/startup/00.py": "print('started')\n",
    ".jupyter/jupyter_config.json": '{"KernelManager": {"kernel_cmd": []}}',
    "matplotlibrc": "lines.linewidth: 9\n",
    "modules/sitecustomize.py": "import builtins; builtins.polluted = True\n",
    "startup.py": "polluted = True\n",
    "jupyter/kernels/python3/kernel.json": json.dumps(
        {"argv": ["false"], "display_name": "Other", "language": "python"}
    ),
}
# What a page sees of all that.
LOOK = """
import builtins, locale, os, sys, time, warnings
import pandas as pd
from matplotlib import pyplot as plt

plt.plot([1, 2])
print(hasattr(builtins, "polluted"), "polluted" in globals())
print(sorted(os.environ), sys.executable, sys.flags, warnings.filters)
print(time.strftime("%H %Z", time.gmtime(0)), time.localtime(0).tm_hour)
print(locale.getlocale(), sys.getfilesystemencoding(), {"a", "b", "c", "d"})
pd.DataFrame({"a" * 40: [0.5], "b" * 40: [0.25]})
"""


@pytest.fixture
def pollution(tmp_path_factory):
    """Return variables of a machine on which everything lies about."""
    home = tmp_path_factory.mktemp("home")
    for name, text in USER.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {
        "COLUMNS": "20",
        "HOME": str(home),
        "IPYKERNEL_CELL_NAME": "other",
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_DEFAULT_PROVISIONER_NAME": "nowhere",
        "JUPYTER_PATH": str(home / "jupyter"),
        "LANG": "de_DE.UTF-8",
        "LC_ALL": "C",
        "MATPLOTLIBRC": str(home / "matplotlibrc"),
        "MPLBACKEND": "pdf",
        "OMP_NUM_THREADS": "2",
        "PYTHONHASHSEED": "7",
        "PYTHONOPTIMIZE": "1",
        "PYTHONPATH": str(home / "modules"),
        "PYTHONSTARTUP": str(home / "startup.py"),
        "PYTHONWARNINGS": "always",
        "TZ": "Asia/Shanghai",
        "VIRTUAL_ENV": str(home),
    }


def test_a_page_is_the_same_bytes_on_a_polluted_machine(
    make_book, pollution, monkeypatch
):
    page = FRONT + "# Page\n\n" + cell(LOOK) + cell("assert 1 > 2 or True")
    book = make_book({"index": page, "other": "# Other\n"})

    def built():
        shutil.rmtree(book.root / "_build", ignore_errors=True)
        done = book.run("html")
        assert done.returncode == 0, done.stdout + done.stderr
        text = (book.root / "_build/html/book/index.html").read_text("utf8")
        return re.sub("This page ran in.*", "", text)

    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    clean = built()
    own = book.environment["PYTHONPATH"]
    pollution["PYTHONPATH"] = f"{own}{os.pathsep}{pollution['PYTHONPATH']}"
    monkeypatch.setattr(
        type(book), "environment", book.environment | pollution
    )
    assert "False False" in clean
    assert built() == clean


def test_a_kernel_gets_no_other_variables(tmp_path, monkeypatch):
    monkeypatch.setenv("OTHER", "1")
    monkeypatch.setenv("LC_NUMERIC", "de_DE")
    first = environment(tmp_path, tmp_path)
    assert not {"OTHER", "LC_NUMERIC"} & set(first)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert environment(tmp_path, tmp_path) == first


# Run first in a kernel, it notes what is read from then on, and what was.
RECORDER = """
import json, os, sys

path, noted = os.environ["D2L_RUN_FIRST"] + ".read", set()

def note(kind, what):
    if (kind, what) not in noted:
        noted.add((kind, what))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, (json.dumps([kind, what]) + chr(10)).encode())
        os.close(descriptor)

class Noting(type(os.environ)):
    def __getitem__(self, key):
        note("variable", key)
        return super().__getitem__(key)

def hook(event, arguments):
    if event != "open" or not isinstance(arguments[0], (str, bytes)):
        return
    mode, flags = arguments[1:]
    if flags & (os.O_WRONLY | os.O_RDWR) == 0:
        note("file", os.path.abspath(os.fsdecode(arguments[0])))

for module in list(sys.modules.values()):
    if getattr(module, "__file__", None):
        note("file", module.__file__)
for name in os.environ:
    note("given", name)
os.environ.__class__ = Noting
sys.addaudithook(hook)
"""
READS = """
from d2l import plot
from d2l.data import airfoil
from d2l.experiments import image_classifiers
from d2l.models.lenet import LeNet
from d2l.train.trainer import Trainer

image_classifiers.load()
airfoil.load()
model = LeNet()
plot.curves([1, 2], {"a": [1, 2]}, xlabel="x", ylabel="y")
"""
# Written by the build itself, out of what is in the digest.
MADE = ("_build/ipython/", "_build/matplotlib/", "_build/jupyter/")
# Set by ipykernel in each kernel, to the same values.
BY_KERNEL = {"CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GIT_PAGER"}
BY_KERNEL |= {"MPLBACKEND", "PAGER", "TERM", "PYDEVD_USE_FRAME_EVAL"}


def undeclared(book, read):
    """Return what a kernel read that is in no digest and on no list."""
    name = "book/index"
    page = Book(book.root).page(name)
    reached = dependencies.reached_modules(page.modules)
    known = {dependencies.module_path(module) for module in reached}
    known |= set(dependencies.data_files(reached))
    known = {book.root / path.relative_to(ROOT) for path in known}
    known |= set(dependencies.KERNEL.glob("*.py"))
    variables = {*KEPT, *BY_KERNEL, *environment(book.root, book.root)}
    found, given = set(), {what for kind, what in read if kind == "given"}
    for kind, what in read:
        if kind != "file":
            if what in given and what not in variables:
                found.add(what)
            continue
        path = Path(what)
        if path.suffix == ".pyc":
            path = Path(source_from_cache(path))
        below = [r for r in (book.root, ROOT) if path.is_relative_to(r)]
        if not below or path.is_relative_to(sys.prefix) or path in known:
            continue
        if not path.exists():  # IPython looks for the source of "<unknown>"
            continue
        relative = path.relative_to(below[0]).as_posix()
        if not relative.startswith(MADE) and path.name != "recorder.py":
            found.add(relative)
    return sorted(found)


def record(book, code, monkeypatch):
    """Execute a page and return what its kernel read."""
    book.write("book/index", FRONT + "# Page\n\n" + cell(code))
    recorder = book.root / "recorder.py"
    recorder.write_text(RECORDER)
    monkeypatch.setenv("D2L_RUN_FIRST", str(recorder))
    done = book.run("execute")
    assert done.returncode == 0, done.stdout + done.stderr
    log = recorder.with_name("recorder.py.read")
    read = {tuple(json.loads(s)) for s in log.read_text().splitlines()}
    log.unlink()
    return read


def test_all_that_a_kernel_reads_is_in_the_digest(make_book, monkeypatch):
    book = make_book({"index": ""})
    read = record(book, READS, monkeypatch)
    files = {what for kind, what in read if kind == "file"}
    compared = book.root / "d2l/experiments/image_classifiers.json"
    assert str(compared) in files
    assert str(book.root / "d2l/__init__.py") in files
    assert ("variable", "D2L_DATA") in read and ("given", "PATH") in read
    assert undeclared(book, read) == []
    # What a page reads that no digest knows is found out.
    (book.root / "secret.txt").write_text("1")
    hidden = f"import importlib\nimportlib.import_module('d2l.{'losses'}')\n"
    code = hidden.replace("'d2l.losses'", "'d2l' + '.losses'")
    read = record(book, code + "open('../secret.txt').read()", monkeypatch)
    assert undeclared(book, read) == ["d2l/losses.py", "secret.txt"]


def notebook():
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    made.metadata.kernelspec = {"name": "python3"}
    return made


@pytest.mark.parametrize("failures", [1, 99])
def test_a_kernel_that_does_not_start_is_started_again(
    tmp_path, monkeypatch, failures
):
    for name in ("D2L_DEVICE", "JUPYTER_PATH", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "cpu")  # and back to what they were
    (tmp_path / "constraints.txt").touch()
    book = Book(tmp_path)
    prepare_environment(book)
    kernel = book.output / "jupyter/kernels/python3/kernel.json"
    specification = json.loads(kernel.read_text())
    starts = tmp_path / "starts"
    script = f"echo >> {starts}; test $(wc -l < {starts}) -gt {failures} || "
    script += 'exit 1; exec "$@"'
    specification["argv"][:0] = ["sh", "-c", script, "sh"]
    kernel.write_text(json.dumps(specification))
    job = kernels.Job(
        *("index", notebook(), frozenset()),
        dependencies.digest(frozenset(), tmp_path / "constraints.txt"),
        *("cpu", 60.0, 2**32),
    )
    outcome = kernels.run(job, tmp_path)
    if failures == 1:
        assert outcome.record, outcome.problem
    else:
        assert outcome.problem.what == "its kernel did not start"
    assert len(starts.read_text()) == min(failures + 1, kernels.STARTS)


def test_a_record_whose_versions_are_not_the_pins_is_refused(make_book):
    book = make_book({"index": FRONT + "# Page\n\n" + cell("1")})
    (book.root / "constraints.txt").write_text("torch==1.0\n")
    done = book.run("execute")
    assert done.returncode == 1
    assert "the environment has torch 2" in done.stdout
    assert "constraints.txt pins others" in done.stdout
