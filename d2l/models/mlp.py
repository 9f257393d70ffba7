"""Multilayer perceptrons: dense layers with a bend between them."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn


class MLP(nn.Module):
    """An MLP: dense layers, each hidden one followed by an activation.

    Args:
        num_inputs: number d of input features, after flattening.
        hidden: width of each hidden layer, from input to output; an empty
            one leaves a linear model.
        num_outputs: number C of outputs, such as the logits of C classes.
        dropout: probability with which a hidden value is set to zero while
            training, in [0, 1).
        activation: makes the module that follows each hidden layer.

    Shape:
        x: (n, ...) with d features in all; returns (n, C).

    Raises:
        ValueError: if a width is less than 1, or `dropout` is not in [0, 1).

    Source: Rumelhart et al. (1986); ReLU as in Nair and Hinton (2010),
    dropout as in Srivastava et al. (2014).
    Differs from the papers: dropout spares the inputs, and scales while
    training instead of afterwards.
    Same as: a literal computation with `torch.nn.functional`
    (tests/package/test_models.py).

    >>> import torch
    >>> MLP(784, [256], 10)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        num_inputs: int,
        hidden: Sequence[int],
        num_outputs: int,
        *,
        dropout: float = 0.0,
        activation: Callable[[], nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        widths = [num_inputs, *hidden, num_outputs]
        if min(widths) < 1 or not 0 <= dropout < 1:
            raise ValueError(
                "MLP needs widths of at least 1 and dropout in [0, 1), got "
                f"{widths} and dropout={dropout}"
            )
        layers: list[nn.Module] = []
        for fan_in, fan_out in zip(widths[:-2], hidden, strict=True):
            # (n, fan_in) to (n, fan_out)
            layers += [nn.Linear(fan_in, fan_out), activation()]
            if dropout:
                layers.append(nn.Dropout(dropout))
        layers.append(nn.Linear(widths[-2], num_outputs))  # (n, C)
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (n, ...) to outputs (n, C)."""
        return self.layers(x.flatten(1))  # (n, ...) to (n, d) to (n, C)
