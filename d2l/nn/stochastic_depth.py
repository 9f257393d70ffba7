"""Leaving out whole blocks while training."""

import torch
from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """Stochastic depth: examples skip a residual branch while training.

    Args:
        probability: with which an example's branch is set to zero, in
            [0, 1).

    Shape:
        x: (B, ...); returns the same.

    Raises:
        ValueError: if `probability` is not in [0, 1).

    Source: Huang et al. (2016), Section 3.
    Differs from the paper: branches that stay are scaled up while training
    instead of down afterwards; examples of a batch are dropped one by one.
    Same as: torchvision's `stochastic_depth` by rows
    (tests/package/test_nn.py).

    >>> bool(StochasticDepth(0.5).eval()(torch.ones(8)).eq(1).all())
    True
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        if not 0 <= probability < 1:
            raise ValueError(f"probability (={probability}) must be in [0, 1)")
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """Drop some examples of a branch's output (B, ...)."""
        if not self.training or self.probability == 0:
            return x
        keep = 1 - self.probability
        shape = (len(x),) + (1,) * (x.ndim - 1)  # (B, 1, ...)
        kept = torch.empty(shape, dtype=x.dtype, device=x.device)
        return x * kept.bernoulli_(keep) / keep
