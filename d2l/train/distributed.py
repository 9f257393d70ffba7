"""Several processes that act as one, started by `torchrun`.

Without `torchrun` every function here does the natural thing for a single
process, so that no caller has to ask.
"""

import os
import time

import torch
import torch.distributed as dist
from torch import Tensor


def start() -> None:
    """Join the processes that `torchrun` started; alone, do nothing.

    Tensors travel by Gloo, and those on CUDA devices by NCCL if every
    process of this machine has a device of its own.
    """
    if not dist.is_torchelastic_launched() or dist.is_initialized():
        return
    if torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"]):
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("cpu:gloo,cuda:nccl")
    else:
        dist.init_process_group("gloo")


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
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """Return the number of processes that train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def all_sum(values: Tensor) -> Tensor:
    """Sum a tensor over all processes, in place.

    Args:
        values: the same shape in every process.

    Shape:
        any; returns the same tensor.

    Source: MPI's all-reduce (MPI Forum, 1994).
    """
    if dist.is_initialized():
        dist.all_reduce(values)
    return values


def barrier() -> None:
    """Wait until every process has come here."""
    if dist.is_initialized():
        dist.barrier()
