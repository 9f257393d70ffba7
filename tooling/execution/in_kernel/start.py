"""Starts a kernel that sees of its user's machine only what it has to.

    python -I start.py BUILD CHECKOUT -f CONNECTION

Of the environment variables a kernel gets those of `KEPT`, as they are, and
those that `environment` sets, so that settings of matplotlib, IPython, Python
or the language that lie about change no result. This process becomes the
kernel, which therefore is the Python that builds the book.
"""

import os
import sys
from pathlib import Path

KEPT = (
    # Where things lie, which does not change what they are.
    *("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "JPY_PARENT_PID"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    # Which device: its kind, and which data are there, is in the digest.
    *("D2L_DEVICE", "CUDA_VISIBLE_DEVICES", "D2L_DATA", "D2L_OFFLINE"),
    # How data are fetched, whose content is known, when pages run live.
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    # A file to run first; outputs made so are thrown away.
    "D2L_RUN_FIRST",
)
# IPython runs what it finds in folders of the system, too.
KERNEL = """
from IPython.core import application
application.SYSTEM_CONFIG_DIRS.clear()
application.ENV_CONFIG_DIRS.clear()
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""


def environment(build: Path, checkout: Path) -> dict[str, str]:
    """Return all environment variables of a kernel.

    Args:
        build: folder of what builds make; holds settings and fonts.
        checkout: folder that holds the package.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "D2L_CHECKOUT": str(checkout),
        "IPYTHONDIR": str(build / "ipython"),
        # The user's cache of fonts may name those of a deleted environment.
        "MPLCONFIGDIR": str(build / "matplotlib"),
        "SOURCE_DATE_EPOCH": "0",  # figures bear no date
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONSAFEPATH": "1",  # modules beside a page are in no digest
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


if __name__ == "__main__":
    build, checkout, *connection = sys.argv[1:]
    os.execve(
        sys.executable,
        [sys.executable, "-c", KERNEL, *connection],
        environment(Path(build), Path(checkout)),
    )
