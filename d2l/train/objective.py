"""Model and loss in one module, on one process or on several."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel

from d2l.losses import Batch, Loss, LossFunction
from d2l.train import distributed
from d2l.train.device import exact_dtype


class Objective(nn.Module):
    """What is minimized: a model, and the loss that is asked of it.

    As one module the two can be wrapped for several processes together. So a
    loss may call the model twice, or by another method than `forward`, and
    may have parameters of its own.

    Args:
        model: any module.
        loss: `(model, batch) -> Loss`, see `d2l.losses`; may be a module.
    """

    def __init__(self, model: nn.Module, loss: LossFunction) -> None:
        super().__init__()
        self.model = model
        self.loss = loss

    def forward(self, batch: Batch) -> Loss:
        """Compute the loss of a batch."""
        return Loss(*self.loss(self.model, batch))


def nothing(device: torch.device) -> Tensor:
    """Return the sum and the count of no loss, to add others to.

    Args:
        device: of the losses.

    Shape:
        returns (2,).
    """
    return torch.zeros(2, dtype=exact_dtype(device), device=device)


def sum_and_count(loss: Loss, device: torch.device) -> Tensor:
    """Put a loss's sum and count side by side, without a gradient.

    Args:
        loss: of a batch.
        device: of the loss.

    Shape:
        returns (2,).
    """
    both = nothing(device)
    both[0], both[1] = loss.sum.detach(), loss.count
    return both


@torch.no_grad()
def divide_gradients(objective: nn.Module, count: Tensor) -> None:
    """Make a mean of gradients that are sums, averaged over processes.

    Args:
        objective: whose parameters have the gradients.
        count: of all processes; where it is 0, so is the mean.

    Shape:
        count: ().
    """
    factor = (distributed.world_size() / count).where(count != 0, 0.0)
    for parameter in objective.parameters():
        if parameter.grad is not None:
            parameter.grad.mul_(factor)


def mean(total: Tensor, purpose: str) -> float:
    """Divide the sum of all losses by their count.

    Args:
        total: what `sum_and_count` gave, added up.
        purpose: what the batches were for.

    Shape:
        total: (2,).

    Raises:
        ValueError: if nothing was counted.
    """
    loss, count = total.tolist()
    if not count:
        raise ValueError(
            f"nothing to {purpose}: the counts of all batches are zero"
        )
    return float(loss / count)


def parallelize(objective: nn.Module) -> nn.Module:
    """Return a module that averages gradients over all processes.

    Args:
        objective: on its device. Where its parameters are sharded (by
            `torch.distributed.fsdp.fully_shard`, over all processes), they
            see to their gradients themselves.

    Returns:
        The same module if it is alone, or sharded.
    """
    is_sharded = any(isinstance(p, DTensor) for p in objective.parameters())
    if distributed.world_size() == 1 or is_sharded:
        return objective
    return DistributedDataParallel(objective)


def exchange_if(
    parallel: nn.Module, last: bool
) -> AbstractContextManager[Any]:
    """Average gradients over processes only after a group's last batch.

    Args:
        parallel: what `parallelize` returned.
        last: whether the batch is the last.
    """
    if isinstance(parallel, DistributedDataParallel) and not last:
        return parallel.no_sync()
    return nullcontext()


@torch.no_grad()
def share_buffers(objective: nn.Module) -> None:
    """Give every process the buffers of the first, as it saves them.

    Running statistics of batch normalization are of the batches that a
    process saw, so each has its own.

    Args:
        objective: with the same buffers in every process.
    """
    for buffer in objective.buffers():
        distributed.share(buffer)
