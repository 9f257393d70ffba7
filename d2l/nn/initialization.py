"""How weights start."""

from torch import nn


def he_normal_(module: nn.Module) -> None:
    """Let convolutions followed by ReLU keep the size of gradients.

    Weights are normal with variance 2 / (outgoing connections), biases
    zero. Layers other than convolutions stay as they are.

    Args:
        module: the model; changed in place.

    Source: He et al. (2015), Section 2.2, Equation 14.
    Same as: `torch.nn.init.kaiming_normal_` with `mode="fan_out"`.

    >>> layer = nn.Conv2d(64, 64, 3)
    >>> he_normal_(layer)
    >>> bool(abs(layer.weight.std() - (2 / (64 * 9)) ** 0.5) < 0.001)
    True
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(
                part.weight, mode="fan_out", nonlinearity="relu"
            )
            if part.bias is not None:
                nn.init.zeros_(part.bias)
