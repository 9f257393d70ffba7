"""Which device to use, how much to compute on it, and random numbers."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import torch

from d2l.train import distributed

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
        ours = distributed.local_device()
        index = torch.cuda.current_device() if ours is None else ours
        return torch.device("cuda", index)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def scale(*, cpu: T, cuda: T) -> T:
    """Choose the size of an experiment by the device it will run on.

    Args:
        cpu: what a laptop can do in a minute.
        cuda: what a GPU can do in some minutes.

    Returns:
        `cuda` if `best_device()` is a CUDA device, else `cpu`.

    >>> epochs = scale(cpu=2, cuda=30)
    """
    return cuda if best_device().type == "cuda" else cpu


def exact_dtype(device: torch.device) -> torch.dtype:
    """Return the most exact type for sums; Apple's GPUs have no float64.

    Args:
        device: that adds up.

    >>> exact_dtype(torch.device("cpu"))
    torch.float64
    """
    return torch.float32 if device.type == "mps" else torch.float64


def seed(value: int) -> None:
    """Seed every generator that a page may draw from.

    Args:
        value: same value, same numbers, on the same device and version.

    Source: PyTorch's notes on reproducibility.
    """
    random.seed(value)
    np.random.seed(value)
    torch.manual_seed(value)


def random_state(device: torch.device) -> dict[str, Any]:
    """Return the state of every generator that `seed` seeds.

    Args:
        device: whose generator is wanted beside those of the host.

    Returns:
        Tensors, numbers, tuples of them: what a checkpoint may hold.
    """
    legacy: Any = np.random.get_state()
    kind, keys, *rest = legacy
    state = {
        "python": random.getstate(),
        "numpy": (kind, keys.tolist(), *rest),
        "cpu": torch.get_rng_state(),
    }
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    if device.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_random_state(device: torch.device, state: dict[str, Any]) -> None:
    """Bring every generator back into a state.

    Args:
        device: whose generator is meant, where the state has one for it.
        state: what `random_state` returned.
    """
    random.setstate(state["python"])
    np.random.set_state(state["numpy"])
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
    if device.type == "mps" and "mps" in state:
        torch.mps.set_rng_state(state["mps"])


@contextmanager
def forked_random(
    device: torch.device, state: dict[str, Any] | None = None
) -> Iterator[None]:
    """Draw random numbers apart: afterwards all generators are as before.

    Args:
        device: whose generator is meant, beside those of the host.
        state: where to begin; where the generators are if not given.
    """
    before = random_state(device)
    if state is not None:
        set_random_state(device, state)
    try:
        yield
    finally:
        set_random_state(device, before)
