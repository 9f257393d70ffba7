"""What kernels are started with: their specification, settings, fonts, data.

The environment variables that they see are decided by `in_kernel/start.py`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import d2l
from tooling.execution.in_kernel.start import environment
from tooling.source import dependencies
from tooling.source.book import Book, Page
from tooling.source.dependencies import KERNEL


def prepare_environment(book: Book) -> None:
    """Make this process start kernels that only the book decides about.

    Jupyter looks for specifications of kernels first where this one is put,
    so whatever others lie about, a kernel is the Python of this process.

    Args:
        book: its output folder gets the kernels' specification and settings.
    """
    checkout = Path(d2l.__file__).parents[1]
    arguments = [str(book.output), str(checkout), "-f", "{connection_file}"]
    specification = {
        "argv": [sys.executable, "-I", str(KERNEL / "start.py"), *arguments],
        "display_name": "Python 3",
        "language": "python",
        "metadata": {
            "debugger": True,
            "kernel_provisioner": {"provisioner_name": "local-provisioner"},
        },
    }
    jupyter = book.output / "jupyter"
    _write(jupyter / "kernels/python3/kernel.json", json.dumps(specification))
    _write(
        book.output / "ipython/profile_default/ipython_config.py",
        (KERNEL / "ipython_config.py").read_text("utf8"),
    )
    os.environ["JUPYTER_PATH"] = str(jupyter)
    os.environ["MPLCONFIGDIR"] = str(book.output / "matplotlib")  # fonts
    os.environ["D2L_DEVICE"] = dependencies.device()
    if not any((book.output / "matplotlib").glob("fontlist-*.json")):
        # On a slow machine this takes a while, and says so on the page.
        search = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(
            search,
            check=True,
            capture_output=True,
            env=environment(book.output, checkout),
        )


def prepare_data(pages: Sequence[Page]) -> bool:
    """Fetch the data sets of some pages, so that kernels need no network.

    Args:
        pages: those that will be executed.

    Returns:
        Whether the data came as expected; else the pages must be read anew,
        because what they depend on has changed.
    """
    direct = frozenset(m for page in pages for m in page.modules)
    as_expected = dependencies.fetch_data(dependencies.reached_modules(direct))
    if as_expected:
        os.environ["D2L_OFFLINE"] = "1"
    return as_expected


def _write(path: Path, text: str) -> None:
    """Write a file that a kernel may be reading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}-{os.getpid()}")
    new.write_text(text, "utf8")
    new.replace(path)
