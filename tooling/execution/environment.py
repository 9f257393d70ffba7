"""What kernels inherit from the process that starts them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tooling.source import dependencies
from tooling.source.book import Book, Page

KERNEL = Path(__file__).with_name("in_kernel")


def prepare_environment(book: Book) -> None:
    """Set what kernels inherit: one thread, reproducible figures, no network.

    Args:
        book: its output folder gets the kernels' configuration.
    """
    profile = book.output / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    new = profile / f"new-{os.getpid()}"  # a kernel may be reading the old
    shutil.copy(KERNEL / "ipython_config.py", new)
    new.replace(profile / "ipython_config.py")
    fonts = book.output / "matplotlib"
    os.environ |= {
        "IPYTHONDIR": str(profile.parent),
        # The user's cache of fonts may name those of a deleted environment.
        "MPLCONFIGDIR": str(fonts),
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
    }
    if not any(fonts.glob("fontlist-*.json")):
        # On a slow machine this takes a while, and says so on the page.
        search = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(search, check=True, capture_output=True)


def prepare_data(pages: Sequence[Page]) -> dict[str, str]:
    """Fetch the data sets of some pages, so that kernels need no network.

    Args:
        pages: executable pages.

    Returns:
        For each data set whether it is "real" or a "twin".
    """
    reached = frozenset(m for page in pages for m in page.modules)
    modes = dependencies.data_sets(dependencies.reached_modules(reached))
    os.environ["D2L_OFFLINE"] = "1"
    return modes
