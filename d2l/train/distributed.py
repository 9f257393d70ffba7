"""Several processes that act as one, started by `torchrun`.

Without `torchrun` every function here does the natural thing for a single
process, so that no caller has to ask. Under `torchrun` rank, size and device
are known from its environment variables, whether or not the processes have
met yet.
"""

import os
import time
from collections.abc import Mapping
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")


def start() -> bool:
    """Join the processes that `torchrun` started; alone, do nothing.

    Tensors travel by Gloo, and those on CUDA devices by NCCL if every
    process of this machine has a device of its own.

    Returns:
        Whether this process belongs to a group.
    """
    if dist.is_torchelastic_launched() and not dist.is_initialized():
        device = local_device()
        if device is not None:
            torch.cuda.set_device(device)
            dist.init_process_group("cpu:gloo,cuda:nccl")
        else:
            dist.init_process_group("gloo")
    return dist.is_initialized()


def stop() -> None:
    """Leave the group that `start` joined; alone, do nothing."""
    if dist.is_initialized():
        # Gloo's threads need Python's lock to let go of the last tensors, and
        # a model that goes away holds it while it waits for these threads
        # (PyTorch issue 56297).
        time.sleep(0.1)
        dist.destroy_process_group()


def rank() -> int:
    """Return this process's number, from 0 to `world_size() - 1`."""
    if dist.is_initialized():
        return dist.get_rank()
    return int(os.environ["RANK"]) if dist.is_torchelastic_launched() else 0


def world_size() -> int:
    """Return the number of processes that train together."""
    if dist.is_initialized():
        return dist.get_world_size()
    launched = dist.is_torchelastic_launched()
    return int(os.environ["WORLD_SIZE"]) if launched else 1


def local_device() -> int | None:
    """Return the number of the CUDA device that `torchrun` means for us.

    Returns:
        None if this process is alone, or processes outnumber the devices.
    """
    if not dist.is_torchelastic_launched():
        return None
    if torch.cuda.device_count() < int(os.environ["LOCAL_WORLD_SIZE"]):
        return None
    return int(os.environ["LOCAL_RANK"])


def all_sum(values: Tensor) -> Tensor:
    """Sum a tensor over all processes, in place.

    Args:
        values: the same shape in every process.

    Shape:
        any; returns the same tensor.

    Source: MPI's all-reduce (MPI Forum, 1994).
    """
    if start():
        dist.all_reduce(values)
    return values


def sum_of_all(totals: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Sum named tensors over all processes, on the host.

    Args:
        totals: as many as a process has, even none.

    Shape:
        any; the same in every process, as is what is returned.
    """
    mine = {name: total.cpu() for name, total in totals.items()}
    sums: dict[str, Tensor] = {}
    for theirs in all_gather(mine):
        for name, total in theirs.items():
            sums[name] = sums[name] + total if name in sums else total
    return sums


def all_gather(mine: T) -> list[T]:
    """Collect an object from every process, in the order of their ranks.

    Args:
        mine: this process's own.
    """
    if not start():
        return [mine]
    gathered: list[Any] = [None] * world_size()
    dist.all_gather_object(gathered, mine)
    return gathered


def share(values: Tensor) -> None:
    """Give every process the values of the first, in place.

    Args:
        values: the same shape in every process.

    Shape:
        any.
    """
    if start():
        dist.broadcast(values, 0)


def barrier() -> None:
    """Wait until every process has come here."""
    if start():
        dist.barrier()
