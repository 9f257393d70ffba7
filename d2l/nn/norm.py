"""Layers that normalize."""

import torch.nn.functional as F
from torch import Tensor, nn


class LayerNorm2d(nn.LayerNorm):
    """A layer norm over the channels of each pixel.

    Args:
        channels: number C of channels.
        eps: added to the variance.

    Shape:
        x: (B, C, H, W); returns the same.

    Source: Liu et al. (2022), Section 2.6 and their code.
    Differs from the paper of Ba et al. (2016): that takes mean and variance
    over all units of an example, here (C, H, W).
    Same as: `torch.nn.LayerNorm` on images with the channels last
    (tests/package/test_nn.py).

    >>> import torch
    >>> x = LayerNorm2d(3)(torch.randn(2, 3, 4, 4))
    >>> bool(x.mean(1).abs().max() < 1e-5)
    True
    """

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__(channels, eps=eps)

    def forward(self, x: Tensor) -> Tensor:
        """Normalize images (B, C, H, W)."""
        x = x.permute(0, 2, 3, 1)  # (B, H, W, C)
        x = F.layer_norm(
            x, self.normalized_shape, self.weight, self.bias, self.eps
        )
        return x.permute(0, 3, 1, 2)  # (B, C, H, W)


def response_norm() -> nn.LocalResponseNorm:
    """The normalization across neighbouring maps of 2012.

    Shape:
        x: (B, C, H, W); returns the same.

    Source: Krizhevsky et al. (2012), Section 3.3.
    Same as: the paper's Equation 1 (tests/package/test_convnets.py). PyTorch
    divides alpha by the five maps of a neighbourhood, so 1e-4 becomes 5e-4.

    >>> import torch
    >>> response_norm()(torch.zeros(2, 8, 4, 4)).shape
    torch.Size([2, 8, 4, 4])
    """
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
