"""A plain stack of layers, a residual block and a bottleneck."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SMALL,
    TITLE,
    arrow,
    box,
    canvas,
    dark,
    line,
    text,
)

TOP, STEP, WIDE, TALL = 92, 46, 150, 30
BY_3, BY_1 = "3\N{MULTIPLICATION SIGN}3", "1\N{MULTIPLICATION SIGN}1"


def column(
    ax: Axes, x: float, layers: Sequence[str], shortcut: bool, end: float
) -> None:
    """Draw layers from top to bottom, and the way around them."""
    text(ax, x, 52, "$x$", TITLE)
    y = 64.0
    for i, words in enumerate(layers):
        middle = TOP + i * STEP
        arrow(ax, (x, y), (x, middle - TALL / 2), INK)
        colour = BLUE if words.startswith(BY_3) else ORANGE
        box(ax, x, middle, WIDE, TALL, words, colour, size=SMALL)
        y = middle + TALL / 2
    arrow(ax, (x, y), (x, end - 13), INK)
    if shortcut:
        side = x + WIDE / 2 + 20
        green = dark(GREEN)
        line(ax, (x + 10, side, side), (53, 53, end), green, 1.8)
        arrow(ax, (side, end), (x + 13, end), green, 1.8)
        box(ax, x, end, 24, 24, "+", GREEN, size=TITLE)
        text(ax, side - 8, end + 16, "$+\\,x$", SMALL, green, align="right")
        y = end + 13
    else:
        y = end - 14
    arrow(ax, (x, y), (x, end + 40), INK)
    text(ax, x, end + 54, "ReLU", SMALL, GREY)


def draw() -> Figure:
    """Draw the three columns side by side."""
    figure, ax = canvas(330)
    end = TOP + 3 * STEP + 4
    middle = f"{BY_3}, 64 → 64"
    plain = (middle, middle)
    narrow = (f"{BY_1}, 256 → 64", middle, f"{BY_1}, 64 → 256")
    for x, title, layers, shortcut in (
        (105, "plain", plain, False),
        (325, "basic block", plain, True),
        (560, "bottleneck", narrow, True),
    ):
        text(ax, x, 20, title, TITLE, weight="bold")
        column(ax, x, layers, shortcut, end)
    return figure
