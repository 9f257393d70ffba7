"""Measuring a model without leaving a trace."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from d2l.losses import Batch, Loss
from d2l.metrics import Metric
from d2l.train import distributed
from d2l.train.device import exact_dtype, forked_random
from d2l.train.feeding import move
from d2l.train.objective import Objective, mean, share_buffers, sum_and_count


@torch.no_grad()
def evaluate(
    objective: Objective,
    batches: Iterable[Batch],
    metrics: Mapping[str, Metric],
    device: torch.device,
    autocast: AbstractContextManager[Any],
) -> dict[str, Any]:
    """Measure loss and metrics over all examples of all processes.

    The model runs once for each batch, whatever the number of metrics.
    Neither modes nor random generators are left changed.

    Args:
        objective: the model and its loss, on `device`.
        batches: this process's share of them.
        metrics: by name; made from what the loss compared.
        device: where to compute.
        autocast: the precision of the forward passes.

    Returns:
        `loss` and every metric, by name.

    Raises:
        ValueError: if there is no batch, or the loss counts nothing, or
            there are metrics and the loss doesn't say what it compared.
    """
    share_buffers(objective)
    totals: dict[str, Tensor] = {}
    with untouched(objective, device):
        for batch in batches:
            with autocast:
                loss = objective(move(batch, device))
            for name, found in _statistics(loss, metrics, device).items():
                found = found.to(device, exact_dtype(device))
                totals[name] = totals.get(name, 0) + found
    totals = distributed.sum_of_all(totals)
    if not totals:
        raise ValueError("there is no batch to evaluate on")
    values = {name: m.value(totals[name]) for name, m in metrics.items()}
    return {"loss": mean(totals["loss"], "evaluate on")} | values


@contextmanager
def untouched(module: nn.Module, device: torch.device) -> Iterator[None]:
    """Put a module into evaluation mode, and then everything back.

    Args:
        module: gets back the mode of each of its parts.
        device: whose random generator, beside those of the host, gets back
            its state.
    """
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with forked_random(device):
            yield
    finally:
        for part, mode in modes:
            part.training = mode


def _statistics(
    loss: Loss, metrics: Mapping[str, Metric], device: torch.device
) -> dict[str, Tensor]:
    if metrics and loss.output is None:
        raise ValueError(
            "metrics need what the loss compared: it must return "
            "Loss(sum, count, output, target)"
        )
    return {"loss": sum_and_count(loss, device)} | {
        name: metric.statistics(loss.output, loss.target)
        for name, metric in metrics.items()
    }
