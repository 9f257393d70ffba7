"""Which device to use, how much to compute on it, and the seed."""

import os
import random
from typing import TypeVar

import numpy as np
import torch

T = TypeVar("T")


def best_device() -> torch.device:
    """Return the CUDA device of this process, else Apple's GPU, else the CPU.

    The environment variable `D2L_DEVICE` (`cpu`, `cuda`, `cuda:1`, `mps`)
    overrides the choice.
    """
    wanted = os.environ.get("D2L_DEVICE")
    if wanted:
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def scale(*, cpu: T, cuda: T) -> T:
    """Choose the size of an experiment by the device it will run on.

    Args:
        cpu: what a laptop can do in a minute.
        cuda: what the paper did.

    Returns:
        `cuda` if `best_device()` is a CUDA device, else `cpu`.

    >>> epochs = scale(cpu=2, cuda=30)
    """
    return cuda if best_device().type == "cuda" else cpu


def seed(value: int) -> None:
    """Seed every generator that a page may draw from.

    Args:
        value: same value, same numbers, on the same device and version.

    Source: PyTorch's notes on reproducibility.
    """
    random.seed(value)
    np.random.seed(value)
    torch.manual_seed(value)
