"""Forward passes with 16-bit numbers, and what makes up for their range."""

from typing import Literal

import torch
from torch.amp import GradScaler
from torch.optim import Optimizer

Precision = Literal["fp32", "bf16", "fp16"]
TYPES = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
SMALLEST_SCALE = 2.0**-30  # of a loss


def forward_in(precision: Precision, device: torch.device) -> torch.autocast:
    """Return the context of forward passes.

    Args:
        precision: of what can be computed with fewer bits.
        device: where to compute.

    Raises:
        ValueError: if the precision is unknown.

    >>> with forward_in("bf16", torch.device("cpu")):
    ...     (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    torch.bfloat16
    """
    if precision not in TYPES:
        raise ValueError(
            f"precision (={precision!r}) must be fp32, bf16 or fp16"
        )
    dtype = TYPES[precision]
    return torch.autocast(device.type, dtype, enabled=dtype is not None)


def scaler_for(precision: Precision, device: torch.device) -> GradScaler:
    """Return what keeps gradients above the smallest fp16 number.

    Args:
        precision: with others than fp16 it does nothing.
        device: where to compute.
    """
    # Losses are sums, so the scale starts below PyTorch's 2**16.
    return GradScaler(
        device.type, init_scale=2**8, enabled=precision == "fp16"
    )


def step(optimizer: Optimizer, scaler: GradScaler) -> bool:
    """Take a step, unless the gradient overflowed.

    Args:
        optimizer: with gradients that are unscaled already.
        scaler: of the loss; adapts its scale.

    Returns:
        Whether the step was taken.

    Raises:
        ValueError: if the gradient overflows at any scale.
    """
    before = scaler.get_scale()
    scaler.step(optimizer)
    scaler.update()
    taken = scaler.get_scale() >= before
    if not taken and before < SMALLEST_SCALE:
        raise ValueError(
            "the gradient is not finite, however small the loss is scaled: "
            "lower the learning rate, or look for NaN in the data"
        )
    return taken
