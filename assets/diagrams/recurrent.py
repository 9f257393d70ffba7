"""A recurrent network as a loop, and unrolled over four positions."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SMALL,
    arrow,
    box,
    canvas,
    dark,
    text,
)

ABOVE, MIDDLE, BELOW = 40, 125, 210
WIDE, TALL, GAP = 56, 36, 5
LOOP, FIRST, STEP, STEPS = 80, 310, 112, 4


def column(ax: Axes, x: float, index: str) -> None:
    """Draw one position: its input, the state after it, and its output."""
    box(ax, x, BELOW, WIDE, TALL, f"$\\mathbf{{x}}{index}$", GREY)
    box(ax, x, MIDDLE, WIDE, TALL, f"$\\mathbf{{h}}{index}$", BLUE)
    box(ax, x, ABOVE, WIDE, TALL, f"$\\mathbf{{z}}{index}$", GREEN)
    half = TALL / 2 + GAP
    for low, high, name, colour in (
        (BELOW, MIDDLE, "W", ORANGE),
        (MIDDLE, ABOVE, "V", GREEN),
    ):
        arrow(ax, (x, low - half), (x, high + half), dark(colour))
        label = f"$\\mathbf{{{name}}}$"
        text(ax, x + 13, (low + high) / 2, label, SMALL, dark(colour))


def draw() -> Figure:
    """Draw the loop on the left, and the same network unrolled."""
    figure, ax = canvas(BELOW + TALL)
    column(ax, LOOP, "")
    side = LOOP + WIDE / 2 + GAP
    spot = (side, MIDDLE - 10), (side, MIDDLE + 10)
    arrow(ax, *spot, dark(RED), bend=-2.2)
    text(ax, side + 36, MIDDLE, "$\\mathbf{U}$", SMALL, dark(RED))
    for i in range(STEPS):
        x = FIRST + i * STEP
        column(ax, x, f"_{i + 1}")
        start = x - STEP + WIDE / 2 + GAP
        end = x - WIDE / 2 - GAP
        arrow(ax, (start, MIDDLE), (end, MIDDLE), dark(RED))
        label = "$\\mathbf{U}$"
        text(ax, (start + end) / 2, MIDDLE - 14, label, SMALL, dark(RED))
    text(ax, FIRST - STEP + 10, MIDDLE, "$\\mathbf{h}_0$")
    return figure
