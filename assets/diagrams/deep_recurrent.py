"""Two recurrent layers, one upon the other, unrolled over four positions."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SMALL,
    Colour,
    arrow,
    box,
    canvas,
    dark,
    text,
)

ROWS = (40, 122, 204, 286)  # logits, second layer, first layer, inputs
WIDE, TALL, GAP = 64, 38, 5
FIRST, STEP, STEPS = 190, 134, 4


def across(ax: Axes, x: float, y: float, name: str, colour: Colour) -> None:
    """Draw the arrow that leads to a state from the one before."""
    start, end = x - STEP + WIDE / 2 + GAP, x - WIDE / 2 - GAP
    arrow(ax, (start, y), (end, y), dark(colour))
    text(ax, (start + end) / 2, y - 14, name, SMALL, dark(colour))


def draw() -> Figure:
    """Draw the states of both layers, what they read and what reads them."""
    figure, ax = canvas(ROWS[-1] + TALL)
    top, second, first, bottom = ROWS
    for i in range(STEPS):
        x, t = FIRST + i * STEP, i + 1
        box(ax, x, top, WIDE, TALL, f"$\\mathbf{{z}}_{t}$", GREEN)
        box(ax, x, second, WIDE, TALL, f"$\\mathbf{{h}}^{{(2)}}_{t}$", BLUE)
        box(ax, x, first, WIDE, TALL, f"$\\mathbf{{h}}^{{(1)}}_{t}$", BLUE)
        box(ax, x, bottom, WIDE, TALL, f"$\\mathbf{{x}}_{t}$", GREY)
        half = TALL / 2 + GAP
        for low, high, name, colour in (
            (bottom, first, r"$\mathbf{W}^{(1)}$", ORANGE),
            (first, second, r"$\mathbf{W}^{(2)}$", ORANGE),
            (second, top, r"$\mathbf{V}$", GREEN),
        ):
            arrow(ax, (x, low - half), (x, high + half), dark(colour))
            middle = (low + high) / 2
            text(ax, x + 8, middle, name, SMALL, dark(colour), "left")
        across(ax, x, first, r"$\mathbf{U}^{(1)}$", RED)
        across(ax, x, second, r"$\mathbf{U}^{(2)}$", PURPLE)
    for y, layer in ((first, 1), (second, 2)):
        start = f"$\\mathbf{{h}}^{{({layer})}}_0$"
        text(ax, FIRST - STEP + 10, y, start)
    return figure
