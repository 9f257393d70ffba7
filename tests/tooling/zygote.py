"""A process that has imported what the tooling needs, and forks commands.

To start Python and to import Sphinx and all its extensions takes longer than
to build a small book. So that is done once. What belongs to the project is
imported by each command anew, from where that command would find it. A
command can't tell the difference but by what Python reads before it imports
anything: the seed of its hashes, its locale, `sitecustomize`.
"""

import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
OURS = ("d2l", "tooling")
EXTENSIONS = [  # what Sphinx imports only when it starts a build
    *("jupyter_book.config", "jupyter_book.sphinx", "myst_nb.sphinx_ext"),
    *("notfound.extension", "sphinx.ext.autodoc", "sphinx.ext.linkcode"),
    *("sphinx_book_theme", "sphinx_copybutton", "sphinx_design.extension"),
    *("sphinx_exercise", "sphinx_multitoc_numbering", "sphinx_thebe"),
    *("sphinx_togglebutton", "sphinxcontrib.bibtex", "sphinxext.opengraph"),
    *("myst_parser.sphinx_ext", "myst_nb.ext.glue.domain"),
    *("sphinx.builders.html.transforms", "sphinx.cmd.build"),
]


class Zygote:
    """The process, as seen by the tests; it starts when it is needed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def run(
        self, module: str, *arguments: str, cwd: Path, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -m module arguments` in a fork.

        Args:
            module: its name.
            arguments: of the command line.
            cwd: the folder to run it in.
            env: all of its environment.
        """
        process = self.process = self.process or subprocess.Popen(
            [sys.executable, __file__],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin and process.stdout
        with tempfile.TemporaryDirectory() as folder:
            outputs = [f"{folder}/{name}" for name in ("stdout", "stderr")]
            order = (module, arguments, str(cwd), dict(env), outputs)
            try:
                print(json.dumps(order), file=process.stdin, flush=True)
                status = json.loads(process.stdout.readline())
            except BaseException:  # the test took too long
                self.close()
                raise
            said = [Path(file).read_text("utf8") for file in outputs]
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.CompletedProcess(command, status, *said)

    def close(self) -> None:
        """End the process, and what it may have started."""
        if self.process:
            zygote = psutil.Process(self.process.pid)
            for process in (*zygote.children(recursive=True), zygote):
                process.kill()
            self.process.wait()
            self.process = None


def become(
    module: str,
    arguments: list[str],
    cwd: str,
    env: dict[str, str],
    outputs: list[str],
) -> None:
    """Be, in a fork, the process that runs a module."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, path in enumerate(outputs, 1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    sys.argv = [module, *arguments]
    places = env.get("PYTHONPATH", "").split(os.pathsep)
    own = [str(Path(__file__).parent), str(ROOT)]
    sys.path = [cwd, *places, *(p for p in sys.path if p not in own)]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def main() -> None:
    """Import everything, then fork what is asked for, one after another."""
    for name in ("tooling.__main__", "tooling.sphinx_extension", *EXTENSIONS):
        importlib.import_module(name)
    for name in [*sys.modules]:
        if name.partition(".")[0] in OURS:
            del sys.modules[name]
    for order in sys.stdin:
        child = os.fork()
        if not child:
            become(*json.loads(order))
            return
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(status, flush=True)


if __name__ == "__main__":
    main()
