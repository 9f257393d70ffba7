"""Every test starts from the same random numbers, and on the CPU."""

import os
import sys
from pathlib import Path

# The user's cache of fonts may be that of an environment long gone; this one
# goes with its environment.
os.environ["MPLCONFIGDIR"] = str(Path(sys.prefix, "fonts"))
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("D2L_DEVICE", "cpu")
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

os.environ["RESULTS"] = "none"  # nothing from the user's other builds

import hypothesis
import pytest
import torch

torch.set_num_threads(1)
# As use_deterministic_algorithms does, but without the import of a compiler.
torch.set_deterministic_debug_mode("error")
# A busy machine is no failure, and a failure comes back.
hypothesis.settings.register_profile("d2l", deadline=None, derandomize=True)
hypothesis.settings.load_profile("d2l")


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def pytest_xdist_auto_num_workers():
    """Start one worker more than there are processors, as some wait."""
    return (os.cpu_count() or 1) + 1


def pytest_ignore_collect(collection_path, config):
    """Look at a built site only where that is asked for (make test-site)."""
    asked = any("tests/site" in argument for argument in config.args)
    return True if collection_path.name == "site" and not asked else None
