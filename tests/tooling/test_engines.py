"""Pages on a Dask cluster: a scheduler and two workers on loopback."""

import json
import shutil
import signal
import subprocess
import sys

import pytest
from distributed import Client

from tests.tooling.conftest import FRONT, ROOT, cell, logs, wait_for
from tests.tooling.test_execution import page, pages_of
from tests.tooling.test_faults import start
from tooling.execution import engines

WHERE = "import os\nwith open(f'../{name}.worker', 'a') as log:\n"
WHERE += "    print(os.getppid(), file=log)\n"


def on_worker(name, code="", seconds=0):
    """Return a page that notes by which process it is run."""
    text = (
        f"name = '{name}'\n{WHERE}{code}\nimport time; time.sleep({seconds})"
    )
    return FRONT + f"# {name}\n\n" + logs(name) + cell(text) + cell("6 * 7")


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, book):
        self.book = book
        self.file = book.root / "scheduler.json"
        self.processes = []
        self.start(
            "scheduler",
            *("--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
        )
        wait_for(lambda: self.file.exists() and self.file.read_text())
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, role, *options, folder=None):
        command = [sys.executable, "-m", "dask", role]
        process = subprocess.Popen(
            [*command, "--scheduler-file", str(self.file), *options],
            cwd=folder or self.book.root,
            env=self.book.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def worker(self, *options, folder=None):
        alone = ("--no-nanny", "--nthreads", "1", "--no-dashboard")
        return self.start("worker", *alone, *options, folder=folder)

    @property
    def executor(self):
        return self.address.replace("tcp://", "dask://")

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster():
    started = []

    def make(book):
        started.append(Cluster(book))
        return started[-1]

    yield make
    for one in started:
        one.stop()


def ran_by(book, name):
    path = book.root / f"{name}.worker"
    return [int(s) for s in path.read_text().split()] if path.exists() else []


def outputs(book):
    """Return the cached outputs of all pages, by key."""
    found = {}
    cache = book.root / "_build/.jupyter_cache/executed"
    for path in cache.glob("*/base.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        found[path.parent.name] = [cell["outputs"] for cell in cells]
    return found


def test_a_cluster_gives_the_same_book_though_a_worker_dies(
    make_book, cluster
):
    names = ["first", "second", "third", "fourth"]
    slow = {name: on_worker(name, seconds=4) for name in names}
    figure = "from matplotlib import pyplot as plt\nplt.plot([1, 2]);"
    book = make_book({"index": page("index", figure), **slow})
    dask = cluster(book)
    workers = [dask.worker(), dask.worker()]
    build = start(book, "--executor", dask.executor, "html")
    victim = workers[0]
    wait_for(lambda: any(victim.pid in ran_by(book, n) for n in names))
    victim.send_signal(signal.SIGKILL)
    hit = [n for n in names if victim.pid in ran_by(book, n)]
    assert build.wait(200) == 0
    survivor = workers[1].pid
    for name in hit:  # what the dead worker was running, the other ran again
        assert ran_by(book, name)[-1] == survivor
    assert (book.root / "_build/html/book/fourth.html").exists()
    clustered = outputs(book)
    assert len(clustered) == 5
    (book.root / "_build/.jupyter_cache").rename(book.root / "clustered")
    done = book.run("execute")
    assert pages_of(done.stdout) == [5, 0, 0]
    assert outputs(book) == clustered


def test_pages_for_a_gpu_go_to_the_worker_that_has_one(make_book, cluster):
    gpu = "from d2l.train.device import scale\nscale(cpu=1, cuda=2)"
    names = ["a", "b", "c"]
    pages = {n: on_worker(n, gpu) for n in names}
    book = make_book({"index": on_worker("index"), **pages})
    dask = cluster(book)
    dask.worker()
    having = dask.worker("--resources", "GPU=1")
    with Client(dask.address) as client:
        client.wait_for_workers(2, timeout=60)
    done = book.run("--executor", dask.executor, "execute")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [ran_by(book, n) for n in names] == [[having.pid]] * 3


@pytest.mark.parametrize(
    "name", ["constraints.txt", "tooling/execution/in_kernel/measure.py"]
)
def test_a_worker_with_another_state_of_the_project_is_refused(
    make_book, cluster, tmp_path_factory, name
):
    book = make_book({"index": page("index", "import d2l.losses")})
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(book.root / "d2l", other / "d2l")
    shutil.copytree(ROOT / "tooling", other / "tooling")
    shutil.copy(book.root / "constraints.txt", other)
    with (other / name).open("a") as file:
        file.write("# changed\n")
    dask = cluster(book)
    dask.worker(folder=other)
    done = book.run("--executor", dask.executor, "execute")
    assert done.returncode == 1
    assert "bring both to the same commit" in done.stdout
    assert outputs(book) == {}


def test_what_can_not_be_reached_is_named(make_book, monkeypatch):
    for address in ("dask", "dask://nowhere", "spark://host:1"):
        with pytest.raises(ValueError, match="expected dask://host:port"):
            engines.choose(address, 2)
    monkeypatch.setattr(engines, "CONNECT", 1)
    engine = engines.choose("dask://127.0.0.1:9", 2)
    with pytest.raises(engines.EngineError, match="no Dask scheduler answers"):
        list(engine([object()], None))
