"""Data that we make ourselves, so that the right answer is known."""

import torch
from torch import Tensor


def linear_data(
    weight: Tensor,
    bias: float,
    n: int,
    *,
    noise: float = 0.1,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Draw examples of a linear relation with Gaussian noise.

    Inputs are standard normal; targets are X w + b plus noise.

    Args:
        weight: the true weights w.
        bias: the true offset b, in the unit of the targets.
        n: number of examples.
        noise: standard deviation of the noise, in the unit of the targets.
        seed: of inputs and noise.

    Shape:
        weight: (d,); returns inputs (n, d) and targets (n,).

    Raises:
        ValueError: if `weight` is not a vector or `noise` is negative.

    Source: the Gauss-Markov setting of least squares
    (Hastie et al., 2009, Section 3.2).

    >>> X, y = linear_data(torch.tensor([2.0, -1.0]), 0.5, 4, noise=0)
    >>> bool(torch.allclose(y, 2 * X[:, 0] - X[:, 1] + 0.5))
    True
    """
    if weight.ndim != 1 or noise < 0:
        raise ValueError(
            f"linear_data needs a vector of weights and noise >= 0, got "
            f"weight of shape {tuple(weight.shape)} and noise={noise}"
        )
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, len(weight), generator=generator)  # (n, d)
    e = noise * torch.randn(n, generator=generator)  # (n,)
    return X, X @ weight + bias + e
