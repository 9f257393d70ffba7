"""Counts and costs of models."""

import copy
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


class Layer(NamedTuple):
    """One layer with parameters, as it is passed.

    Args:
        name: within the model.
        kind: its class.
        shape: of its output, for one example.
        parameters: numbers that are learnt.
        multiplications: for one example.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiplications: int


def num_parameters(module: nn.Module) -> int:
    """Count the parameters, each once, even if it is used in two places.

    Args:
        module: a model or a part of one.

    >>> num_parameters(nn.Linear(3, 2))
    8
    """
    return sum(p.numel() for p in module.parameters())


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
        "parameters": num_parameters(model),
        # Counted as operations: a multiplication and an addition each.
        "multiplications": counter.get_total_flops() // 2,
    }


def layers(model: nn.Module, shape: Sequence[int]) -> list[Layer]:
    """List a model's layers with parameters in the order of their use.

    Args:
        model: in any mode, on any device; stays as it is.
        shape: of one example.

    >>> for layer in layers(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), (3,)):
    ...     print(layer)
    Layer(name='0', kind='Linear', shape=(2,), parameters=8, multiplications=6)
    """
    rows: list[Layer] = []
    model = copy.deepcopy(model).to("meta").eval()
    counter = FlopCounterMode(display=False)
    names = {part: name for name, part in model.named_modules()}
    begun = {}

    def begin(part: nn.Module, _: object) -> None:
        begun[part] = counter.get_total_flops()

    def end(part: nn.Module, _: object, output: Tensor) -> None:
        products = (counter.get_total_flops() - begun[part]) // 2
        kind, made = type(part).__name__, tuple(output.shape[1:])
        rows.append(
            Layer(names[part], kind, made, num_parameters(part), products)
        )

    for part in names:
        if next(part.children(), None) is None and num_parameters(part):
            part.register_forward_pre_hook(begin)
            part.register_forward_hook(end)
    with torch.no_grad(), torch.device("meta"), counter:
        model(torch.empty(1, *shape))
    return rows
