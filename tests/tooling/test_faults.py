"""What goes wrong while a book is built, made to go wrong for real."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import psutil
import pytest
import yaml

from tests.tooling.conftest import PATIENCE, cell, wait_for
from tests.tooling.test_execution import INDEX, page, pages_of

FILL = cell(
    "print('\\n'.join(['x' * 70] * 14_000))", ":tags: [remove-output]\n"
)

NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]


def configure(book, *, timeout=60, memory=4):
    path = book.root / "_config.yml"
    config = yaml.safe_load(path.read_text())
    config["execute"]["timeout"] = timeout
    config["sphinx"]["config"]["page_memory_limit"] = memory
    path.write_text(yaml.safe_dump(config))


def start(book, *arguments):
    """Start a build that goes on by itself, output into a file."""
    log = (book.root / f"log{time.monotonic_ns()}.txt").open("w")
    return subprocess.Popen(
        [sys.executable, "-m", "tooling", *arguments],
        cwd=book.root,
        env=book.environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )


def site_of(book):
    """Return the text of the built pages, without what differs by time."""
    pages = (book.root / "_build/html").rglob("*.html")
    found = {}
    for path in pages:
        lines = path.read_text("utf8").splitlines()
        kept = [s for s in lines if "This page ran in" not in s]
        found[path.name] = "\n".join(kept)
    return found


def test_a_build_killed_anywhere_is_continued(make_book, tmp_path):
    """Kill at the start, in a kernel, while reading, while writing."""
    pages = {"index": INDEX} | {n: page(n, "2 + 2") for n in ("a", "b", "c")}
    book = make_book(pages)
    output = book.root / "_build"
    cache = output / ".jupyter_cache/executed"
    moments = [
        lambda: (output / ".lock").exists(),
        lambda: (book.root / "executed.log").exists(),
        lambda: len([*cache.glob("*/base.ipynb")]) >= 2,
        lambda: (output / ".html-unfinished").exists(),
        lambda: any((output / ".doctrees").rglob("*.doctree")),
        lambda: any((output / "html").rglob("*.html")),
    ]
    for moment in moments:
        build = start(book, "html")
        wait_for(lambda m=moment, b=build: m() or b.poll() is not None)
        build.send_signal(signal.SIGKILL)
        build.wait()
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    built = site_of(book)
    shutil.rmtree(output)
    assert book.run("html").returncode == 0
    assert site_of(book) == built


def own_file_systems():
    """Tell whether this machine lets us mount one, in a namespace."""
    if not shutil.which("unshare"):
        return False
    mount = f"mount -t tmpfs tmpfs {tempfile.gettempdir()}"
    return not subprocess.run(
        [*NAMESPACE, mount], capture_output=True
    ).returncode


@pytest.mark.skipif(
    not own_file_systems(), reason="no file system of one's own to fill"
)
def test_a_full_disk_is_named_and_nothing_half_done_stays(make_book):
    """Build in a file system of a few megabytes, in a namespace of our own."""
    pages = {f"page{i}": page(f"page{i}") + FILL for i in range(6)}
    book = make_book({"index": INDEX, **pages})
    output = book.root / "_build"
    script = (
        f"mount -t tmpfs -o size=4m tmpfs {output}\n"
        f"{sys.executable} -m tooling html\n"
        "echo status $?\n"
        f"mount -o remount,size=200m {output}\n"
        f"{sys.executable} -m tooling html\n"
    )
    done = subprocess.run(
        [*NAMESPACE, script],
        cwd=book.root,
        env=book.environment,
        capture_output=True,
        text=True,
    )
    assert "status 1" in done.stdout, done.stderr
    assert f"the disk that holds {output} is full. Free some" in done.stderr
    # A kernel that was just starting may say that it found no room, too.
    assert "tooling/__main__.py" not in done.stderr, done.stderr
    # With more space, the same command ends well.
    assert done.returncode == 0, done.stderr
    second = pages_of(done.stdout.partition("status 1")[2])
    assert second[0] + second[1] == 7 and second[2] == 0


@pytest.mark.parametrize("damage", ["garbage", "cut", "empty"])
def test_a_damaged_index_of_results_is_discarded(make_book, damage):
    book = make_book({"index": INDEX, "good": page("good")})
    assert book.run("execute").returncode == 0
    path = book.root / "_build/.jupyter_cache/global.db"
    content = path.read_bytes()
    path.write_bytes(
        {
            "garbage": b"no database" * 1000,
            "cut": content[: len(content) // 2],
            "empty": b"",
        }[damage]
    )
    done = book.run("execute")
    assert done.returncode == 0, done.stderr
    assert "was damaged and is discarded" in done.stderr
    assert pages_of(done.stdout) == [2, 0, 0]
    assert pages_of(book.run("execute").stdout) == [0, 2, 0]


def test_two_builds_in_one_tree_take_turns(make_book):
    slow = page("slow", "import time; time.sleep(3)")
    book = make_book({"index": INDEX, "slow": slow})
    first = start(book, "html")
    wait_for(lambda: (book.root / "executed.log").exists())
    second = book.run("html")
    assert first.wait(100) == 0
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Another build is running in this folder" in second.stderr
    assert pages_of(second.stdout) == [0, 2, 0]
    assert sorted(book.executed()) == ["index", "slow"]


WILD = {
    "endless": (
        "import time\nwhile True:\n    time.sleep(1)",
        "cell 2 did not finish within 20 seconds",
    ),
    "memory": (
        "import time\nx = b'1' * 2**30\ntime.sleep(60)",
        "cell 2 needed more than 0.5 GiB of memory",
    ),
    "dead": ("import os\nos._exit(1)", "cell 2 ended its kernel"),
}


def test_pages_that_run_wild_are_stopped_and_named(make_book):
    wild = {name: page(name, code) for name, (code, _) in WILD.items()}
    book = make_book({"index": INDEX, "good": page("good"), **wild})
    configure(book, timeout=20, memory=0.5)
    done = book.run("html")
    assert done.returncode == 1
    for name, (code, what) in WILD.items():
        text = wild[name].splitlines()
        line = 1 + text.index(code.splitlines()[0])
        assert f"book/{name}.md:{line}: {what}" in done.stdout, done.stdout
    assert pages_of(done.stdout) == [2, 0, 3]
    assert not (book.root / "_build/html").exists()
    # Mended, only these pages run.
    book.executed()
    for name in wild:
        book.write(f"book/{name}", page(name))
    assert book.run("execute").returncode == 0
    assert sorted(book.executed()) == sorted(wild)


def test_an_interrupted_build_leaves_no_kernel(make_book):
    code = "import os, time\nopen('../pid', 'w').write(str(os.getpid()))\n"
    book = make_book({"index": page("index", code + "time.sleep(60)")})
    build = start(book, "execute")
    pid = book.root / "pid"
    wait_for(lambda: pid.exists() and pid.read_text())
    build.send_signal(signal.SIGINT)
    assert build.wait(PATIENCE) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_what_a_page_leaves_running_ends_with_it(make_book):
    code = (
        "import subprocess, sys, time\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "child = subprocess.Popen(sleep, start_new_session=True)\n"
        "open('../pid', 'w').write(str(child.pid))\n"
        "time.sleep(1)"
    )
    book = make_book({"index": page("index", code)})
    done = book.run("execute")
    assert done.returncode == 0, done.stdout + done.stderr
    pid = int((book.root / "pid").read_text())
    assert (
        not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
    )
