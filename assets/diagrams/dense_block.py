"""What a layer gives to the next ones: added in place, or appended."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SMALL,
    TITLE,
    Colour,
    arrow,
    box,
    canvas,
    dark,
    rectangle,
    text,
    tint,
)

INPUT, LAYERS = GREY, (BLUE, ORANGE, GREEN)
WIDE, TALL, NEW = 36, 60, 22  # a stack of maps, and what a layer appends
START, STEP = 168, 162  # middle of the first stack, and distance
UPPER, LOWER = 34, 158


def mixed(colours: Sequence[Colour]) -> Colour:
    """Mix colours in equal parts, so that none of them can be told."""
    return to_hex(tuple(np.mean([to_rgb(c) for c in colours], axis=0)))


def stack(
    ax: Axes, x: float, top: float, parts: Sequence[tuple[Colour, float]]
) -> None:
    """Draw maps on top of one another."""
    for colour, tall in parts:
        rectangle(ax, x - WIDE / 2, top, WIDE, tall, tint(colour, 0.5))
        top += tall


def layer(
    ax: Axes, x: float, y: float, end: float, colour: Colour, sign: str
) -> None:
    """Draw a layer before the stack at x, and where its maps go."""
    left, right = x - STEP + WIDE / 2, x - WIDE / 2
    middle = (left + right) / 2 - 8
    arrow(ax, (left, y), (middle - 32, y), INK)
    box(ax, middle, y, 64, 28, "layer", colour, size=SMALL)
    arrow(ax, (middle + 32, y), (right, end), dark(colour), 1.8)
    text(ax, right - 12, end - 14, sign, TITLE, dark(colour), weight="bold")


def draw() -> Figure:
    """Draw three layers of each network."""
    figure, ax = canvas(320)
    for y, words in ((UPPER, "ResNet\nadds"), (LOWER, "DenseNet\nappends")):
        text(ax, 20, y + TALL / 2, words, TITLE, align="left", weight="bold")
    for i in range(4):
        x = START + i * STEP
        colours = (INPUT, *LAYERS[:i])
        parts = [(c, NEW if j else TALL) for j, c in enumerate(colours)]
        stack(ax, x, UPPER, [(mixed(colours), TALL)])
        stack(ax, x, LOWER, parts)
        text(ax, x, UPPER + TALL + 16, "$k_0$", SMALL, GREY)
        maps = ("$k_0$", "$k_0 + k$", "$k_0 + 2k$", "$k_0 + 3k$")[i]
        text(ax, x, LOWER + TALL + i * NEW + 16, maps, SMALL, GREY)
        if i > 0:
            new = LAYERS[i - 1]
            y = UPPER + TALL / 2
            layer(ax, x, y, y, new, "+")
            y = LOWER + (TALL + (i - 1) * NEW) / 2
            layer(ax, x, y, LOWER + TALL + (i - 0.5) * NEW, new, "")
    return figure
