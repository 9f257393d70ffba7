"""Starts a program in two processes, as `torchrun` does."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(program: str, folder: Path, *arguments: str) -> None:
    """Run a program in two processes that know of each other, on the CPU.

    Args:
        program: its source; tests of the package can be imported.
        folder: to put it in.
        arguments: it finds them in `sys.argv`.
    """
    worker = folder / "worker.py"
    worker.write_text(program)
    torchrun = "-m torch.distributed.run --standalone --nproc-per-node 2"
    subprocess.run(
        [sys.executable, *torchrun.split(), str(worker), *arguments],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=200,
        capture_output=True,
    )
