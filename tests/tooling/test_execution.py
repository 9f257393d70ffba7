"""The executor on small books: caching, failures, kills."""

import re
import shutil
import subprocess
import sys
import time

import nbformat

from tests.tooling.conftest import FRONT, ROOT, cell, logs

INDEX = FRONT + "# Index\n\n" + logs("index")


def page(name, code="x = 1", prose=""):
    return FRONT + f"# {name}\n\n{prose}\n\n" + logs(name) + cell(code)


def pages_of(text):
    """Return the numbers of the summary: executed, cached, failed."""
    found = re.search(
        r"(\d+) executed .*, (\d+) cached, .* (\d+) failed", text
    )
    return [int(number) for number in found.groups()]


def test_what_executes_when(make_book):
    book = make_book(
        {
            "index": INDEX,
            "lenet": page("lenet", "from d2l.models.lenet import LeNet"),
            "loss": page("loss", "import d2l.losses"),
        }
    )
    everything = ["index", "lenet", "loss"]
    shutil.copytree(ROOT / "tooling", book.root / "tooling")

    def executes():
        done = book.run("execute")
        assert done.returncode == 0, done.stdout + done.stderr
        return sorted(book.executed())

    assert executes() == everything
    assert executes() == []
    path = book.root / "book/lenet.md"
    path.write_text(path.read_text() + "\nA further sentence.\n")
    assert executes() == []
    module = book.root / "d2l/models/lenet.py"
    module.write_text(module.read_text() + "# A comment.\n")
    assert executes() == ["lenet"]
    pins = book.root / "constraints.txt"
    before = pins.read_text()
    pins.write_text(f"{before}nothing==1.0\n")
    assert executes() == everything
    pins.write_text(before)
    assert executes() == []  # what was known before is known again
    kernel = book.root / "tooling/execution/in_kernel/ipython_config.py"
    text = kernel.read_text()
    assert '"font.size": 10' in text
    kernel.write_text(text.replace('"font.size": 10', '"font.size": 30'))
    assert executes() == everything


def test_a_failure_is_told_after_the_other_pages_have_finished(make_book):
    lines = "a = 1\nb = a + 1\nassert a > b, 'One is more than two.'"
    skipped = cell("1", ":tags: [skip-execution]\n") + cell("# nothing")
    book = make_book(
        {
            "index": INDEX,
            "claim": page(
                "claim", lines, "```{listing} d2l.metrics.accuracy\n```"
            ),
            "error": page("error", "x = 1\n\n1 / 0"),
            "skipping": page("skipping", "1", skipped)
            + cell("def half(x):\n    return x / 0")
            + cell("half(1)\n2"),
            "good": page("good"),
        }
    )
    done = book.run("execute")
    assert done.returncode == 1
    assert pages_of(done.stdout) == [2, 0, 3]
    text = (book.root / "book/claim.md").read_text().splitlines()
    line = 1 + next(i for i, s in enumerate(text) if s.startswith("assert"))
    assert (
        f"book/claim.md:{line}: cell 3 raised AssertionError: "
        "One is more than two.\n    a = 1\n    b = 2" in done.stdout
    )
    raised = "cell 2 raised ZeroDivisionError: division by zero"
    text = (book.root / "book/error.md").read_text().splitlines()
    assert f"book/error.md:{1 + text.index('1 / 0')}: {raised}" in done.stdout
    assert "----> 3 1 / 0" in done.stdout
    # Cells that do not run are counted, and the line is where it went wrong.
    text = (book.root / "book/skipping.md").read_text().splitlines()
    line = 1 + text.index("    return x / 0")
    assert f"book/skipping.md:{line}: cell 5 raised ZeroDiv" in done.stdout
    # Mended, only the broken pages run again.
    book.executed()
    book.write("book/claim", page("claim"))
    book.write("book/error", page("error"))
    book.write("book/skipping", page("skipping"))
    assert book.run("execute").returncode == 0
    assert sorted(book.executed()) == ["claim", "error", "skipping"]


def test_a_killed_run_is_continued(make_book):
    slow = {
        f"page{i}": page(f"page{i}", "import time; time.sleep(1)")
        for i in range(4)
    }
    book = make_book({"index": INDEX, **slow})
    log = book.root / "executed.log"
    process = subprocess.Popen(
        [sys.executable, "-m", "tooling", "--workers", "1", "execute"],
        cwd=book.root,
        env=book.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(1200):
        if log.exists() and len(log.read_text().split()) >= 3:
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    before = book.executed()
    assert 3 <= len(before) < 5
    done = book.run("execute")
    assert done.returncode == 0, done.stdout + done.stderr
    after = book.executed()
    # Whatever had finished was kept; the page that was hit ran again.
    assert len(before) + len(after) in (5, 6)
    assert set(before) | set(after) == {"index", *slow}


def test_a_damaged_result_is_executed_again(make_book):
    book = make_book({"index": INDEX, "good": page("good")})
    assert book.run("execute").returncode == 0
    book.executed()
    results = sorted((book.root / "_build/.jupyter_cache").rglob("base.ipynb"))
    results[0].write_text(results[0].read_text()[:100])
    results[1].unlink()
    assert book.run("execute").returncode == 0
    assert sorted(book.executed()) == ["good", "index"]


def test_two_cold_runs_agree_and_a_difference_is_found(make_book):
    figure = (
        "from matplotlib import pyplot as plt\n"
        "plt.plot([1, 2]);\nplt.fill_between([1, 2], [1, 2]);"
    )
    book = make_book({"index": page("index", figure), "good": page("good")})
    assert book.run("execute").returncode == 0
    done = book.run("reproduce")
    assert done.returncode == 0, done.stdout
    book.write("book/good", page("good", "import time; print(time.time_ns())"))
    assert book.run("execute").returncode == 0
    done = book.run("reproduce")
    assert done.returncode == 1
    assert "book/good.md:16: other outputs" in done.stdout
    assert "book/index.md" not in done.stdout
    timed = page("good") + cell(
        "import time; time.time_ns()", ":tags: [timing]\n"
    )
    book.write("book/good", timed)
    assert book.run("execute").returncode == 0
    assert book.run("reproduce").returncode == 0


def test_one_page_can_be_built_alone(make_book):
    glued = "from d2l.notebook import glue\nglue(x=1)"
    two = page("two", glued) + "It is {glue:text}`x`.\n"
    one = page("one") + "It is {glue:text}`y`.\n"
    book = make_book({"index": INDEX, "one": one, "two": two})
    done = book.run("page", "book/one.md")
    assert done.returncode == 0, done.stdout + done.stderr
    # It tells what is wrong with this page, not that others did not run.
    assert done.stderr.count("WARNING") == 1 and "key 'y'" in done.stderr
    book.write("book/one", page("one"))
    assert book.executed() == ["one"]
    assert (book.root / "_build/html/book/one.html").exists()
    done = book.run("html")
    assert done.returncode == 0
    assert sorted(book.executed()) == ["index", "two"]
    done = book.run("page", "book/three.md")
    assert done.returncode == 1 and "not a page" in done.stderr


def test_a_change_of_the_package_during_a_run_is_noticed(make_book):
    change = (
        "import d2l.losses\n"
        "with open('../d2l/losses.py', 'a') as module:\n"
        "    print('# changed', file=module)"
    )
    book = make_book({"index": INDEX, "page": page("page", change)})
    done = book.run("execute")
    assert done.returncode == 1
    assert "book/page.md: d2l changed while it ran" in done.stdout
    book.write("book/page", page("page", "import d2l.losses"))
    assert book.run("execute").returncode == 0


def test_what_a_cell_prints_in_pieces_is_one_output(make_book):
    code = "import time\nprint(1, flush=True)\ntime.sleep(1)\nprint(2)"
    book = make_book({"index": page("index", code)})
    assert book.run("execute").returncode == 0
    [path] = (book.root / "_build/.jupyter_cache").rglob("base.ipynb")
    *_, last = nbformat.read(path, 4).cells
    assert [output.text for output in last.outputs] == ["1\n2\n"]
