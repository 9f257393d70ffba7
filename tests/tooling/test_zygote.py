"""A command can't tell that it was forked."""

import subprocess
import sys

import psutil
import pytest

from tests.tooling.conftest import ZYGOTE

PROBE = """
import atexit
import os
import sys
import threading

import d2l
import tooling.sphinx_extension
from d2l.data import catalogue

if os.environ["WISH"] == "raise":
    1 / 0
print(__name__, __spec__.name, sys.modules["__main__"].__dict__ is globals())
print(os.getcwd(), sys.argv, sys.path)
print(sorted(os.environ.items()))
print(d2l.__file__, catalogue.__file__, tooling.__file__)
print(threading.active_count(), [sys.stdin.read()])
print("wrong", file=sys.stderr)
atexit.register(print, "the end")
os.system("echo from a child")
if os.environ["WISH"] == "die":
    os.kill(os.getpid(), 9)
sys.exit(3)
"""


@pytest.mark.parametrize("wish", ["exit", "raise", "die"])
def test_a_fork_is_like_a_process(make_book, wish):
    book = make_book({"index": "# Index\n"})
    (book.root / "probe.py").write_text(PROBE)
    env = book.environment | {"WISH": wish}
    forked, real = (
        ZYGOTE.run("probe", "an", "option", cwd=book.root, env=env),
        subprocess.run(
            [sys.executable, "-m", "probe", "an", "option"],
            cwd=book.root,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        ),
    )
    assert forked.args == real.args
    assert forked.returncode == real.returncode
    assert forked.stdout == real.stdout
    # A traceback begins in the zygote.
    assert forked.stderr.splitlines()[-1:] == real.stderr.splitlines()[-1:]
    if wish == "exit":
        assert str(book.root / "d2l/data/catalogue.py") in forked.stdout


def test_the_zygote_has_one_thread_and_nothing_of_the_project(make_book):
    """A fork of more threads could wait for ever for a lock."""
    book = make_book({"index": "# Index\n"})
    book.run("lint")
    process = ZYGOTE.process
    assert process.poll() is None
    assert psutil.Process(process.pid).num_threads() == 1
    (book.root / "probe.py").write_text(
        "import sys\n"
        "print([m for m in sys.modules if m.startswith(('d2l', 'tooling'))])"
    )
    done = ZYGOTE.run("probe", cwd=book.root, env=book.environment)
    assert done.stdout == "[]\n", done.stderr


def test_the_zygote_starts_again_when_it_was_ended(make_book):
    book = make_book({"index": "# Index\n"})
    first = book.run("nothing")
    ZYGOTE.close()
    again = book.run("nothing")
    assert again.returncode == first.returncode == 2
    assert again.stderr == first.stderr
    assert "invalid choice: 'nothing'" in again.stderr
