"""Whole networks for photographs, drawn from the shapes that they make."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SMALL,
    canvas,
    dark,
    line,
    rectangle,
    text,
    tint,
)
from d2l.models.alexnet import alexnet
from d2l.models.googlenet import googlenet
from d2l.models.nin import nin_imagenet
from d2l.models.vgg import vgg16

TIMES = "\N{MULTIPLICATION SIGN}"
MIDDLE, LEFT, RIGHT = 158, 84, 674
CHANNELS, SIDE = 242, 264  # heights of the two lines of numbers
COLOURS = {"conv": BLUE, "pool": GREEN, "mean": GREEN, "dense": ORANGE}


class Part(NamedTuple):
    """Some layers in a row, drawn as what the last of them gives out."""

    words: str
    layers: int


def shapes(
    layers: Sequence[nn.Module], parts: Sequence[Part]
) -> list[tuple[int, ...]]:
    """Pass a photograph through all layers, and note what each part makes."""
    found, rest = [], iter(layers)
    with torch.device("meta"), torch.no_grad():
        x = torch.empty(1, 3, 224, 224)
        for part in parts:
            for _ in range(part.layers):
                x = next(rest).to("meta")(x)
            found.append(tuple(x.shape[1:]))
    if next(rest, None) is not None:
        raise ValueError("the parts do not name all layers")
    return found


def body(ax: Axes, x: float, part: Part, shape: tuple[int, ...]) -> float:
    """Draw an output around x, return half of its width."""
    kind = part.words.split()[0]
    colour = COLOURS.get(kind, PURPLE if "Inception" in kind else GREY)
    wide, tall = 10.0, 1.9 * shape[0] ** 0.5
    if len(shape) == 3:
        wide, tall = 1.3 * shape[0] ** 0.5, 8.0 * shape[1] ** 0.5
    left, top = x - wide / 2, MIDDLE - tall / 2
    rectangle(ax, left, top, wide, tall, tint(colour, 0.3), dark(colour))
    return wide / 2


def draw(
    build: Callable[[], nn.Module],
    rows: Callable[[nn.Module], list[nn.Module]],
    parts: Sequence[Part],
) -> Figure:
    """Draw a network from left to right."""
    figure, ax = canvas(282)
    with torch.device("meta"):
        model = build().eval()
    step = (RIGHT - LEFT) / (len(parts) - 1)
    end = 0.0
    found = shapes(rows(model), parts)
    for i, (part, shape) in enumerate(zip(parts, found, strict=True)):
        x = LEFT + i * step
        half = body(ax, x, part, shape)
        if i:
            line(ax, (end, x - half), (MIDDLE, MIDDLE), GREY)
        end = x + half
        text(ax, x, 42, part.words, SMALL)
        text(ax, x, CHANNELS, f"{shape[0]:,}", SMALL)
        if len(shape) == 3:
            text(ax, x, SIDE, str(shape[1]), SMALL)
    text(ax, 6, CHANNELS, "channels", SMALL, GREY, "left")
    text(ax, 6, SIDE, "side", SMALL, GREY, "left")
    return figure


def conv(side: int, more: str = "") -> str:
    """Name a convolution in lines."""
    return f"conv\n{side}{TIMES}{side}" + (f"\n{more}" if more else "")


IMAGE = Part("image", 0)
ALEXNET = (
    IMAGE,
    Part(conv(11, "stride 4"), 3),
    Part("pool", 1),
    Part(conv(5), 3),
    Part("pool", 1),
    Part(conv(3), 2),
    Part(conv(3), 2),
    Part(conv(3), 2),
    Part("pool", 2),
    Part("dense", 4),
    Part("dense", 3),
    Part("dense", 1),
)
VGG = (
    IMAGE,
    *(
        part
        for count in (2, 2, 3, 3, 3)
        for part in (
            Part(f"conv\n3{TIMES}3\n{count} times", 2 * count),
            Part("pool", 1),
        )
    ),
    Part("dense", 4),
    Part("dense", 3),
    Part("dense", 2),
)
NIN = (
    IMAGE,
    *(
        part
        for side, more in ((11, "stride 4\n"), (5, ""), (3, ""))
        for part in (
            Part(conv(side, f"{more}and two\n1{TIMES}1"), 6),
            Part("pool", 2),
        )
    ),
    Part(conv(3, f"and two\n1{TIMES}1"), 5),
    Part("mean", 2),
)
GOOGLENET = (
    IMAGE,
    Part(conv(7, "stride 2"), 1),
    Part("pool", 2),
    Part(conv(1), 1),
    Part(conv(3), 2),
    Part("pool", 1),
    Part("Inception\n3a, 3b", 2),
    Part("pool", 1),
    Part("Inception\n4a to 4e", 5),
    Part("pool", 1),
    Part("Inception\n5a, 5b", 2),
    Part("mean", 2),
    Part("dense", 2),
)


def _in_order(model: nn.Module) -> list[nn.Module]:
    return [*model.get_submodule("features"), *_head(model)]


def _head(model: nn.Module) -> list[nn.Module]:
    if hasattr(model, "classifier"):
        return [*model.get_submodule("classifier")]
    return []


def _averaged(model: nn.Module) -> list[nn.Module]:
    mean = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return [*model.get_submodule("features"), *mean, *_head(model)]


DRAWINGS: dict[str, Callable[[], Figure]] = {
    "alexnet": partial(draw, alexnet, _in_order, ALEXNET),
    "vgg": partial(draw, vgg16, _in_order, VGG),
    "nin": partial(draw, nin_imagenet, _averaged, NIN),
    "googlenet": partial(
        draw, partial(googlenet, batch_norm=False), _averaged, GOOGLENET
    ),
}
