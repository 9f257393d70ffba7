"""Counts and costs of models."""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def costs(
    build: Callable[[], nn.Module], shape: Sequence[int]
) -> dict[str, int]:
    """Count a model's parameters, and multiplications for one example.

    Nothing is computed and no memory taken, however large the model.

    Args:
        build: makes the model.
        shape: of one example, such as (C, H, W).

    Returns:
        `parameters` and `multiplications`, those of convolutions and dense
        layers.

    Same as: the formulas of LeNet's layers (tests/package/test_inspect.py).

    >>> costs(lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
    ...       (1, 28, 28))
    {'parameters': 7850, 'multiplications': 7840}
    """
    with torch.device("meta"):
        model = build().eval()
        with FlopCounterMode(display=False) as counter:
            model(torch.empty(1, *shape))
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        # Counted as operations: a multiplication and an addition each.
        "multiplications": counter.get_total_flops() // 2,
    }
