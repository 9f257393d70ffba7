"""An encoder that reads a sequence, and a decoder that writes another."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SMALL,
    TITLE,
    Colour,
    arrow,
    box,
    canvas,
    dark,
    text,
)

ABOVE, MIDDLE, BELOW = 52, 122, 192
WIDE, TALL, STEP, FIRST, GAP = 54, 34, 84, 60, 5
READ = ("3", "1", "4", "<eos>")
WRITE = (("<bos>", "4"), ("4", "1"), ("1", "3"), ("3", "<eos>"))


def state(ax: Axes, x: float, name: str, colour: Colour, token: str) -> None:
    """Draw a state above the token that it has just read."""
    box(ax, x, BELOW, WIDE, TALL, token, GREY, size=SMALL)
    arrow(ax, (x, BELOW - TALL / 2 - GAP), (x, MIDDLE + TALL / 2 + GAP))
    box(ax, x, MIDDLE, WIDE, TALL, name, colour)


def across(ax: Axes, x: float, colour: Colour, weight: float) -> None:
    """Draw the arrow that leads from one state to the next, at x."""
    start, end = x - STEP + WIDE / 2 + GAP, x - WIDE / 2 - GAP
    arrow(ax, (start, MIDDLE), (end, MIDDLE), dark(colour), weight)


def draw() -> Figure:
    """Draw both, unrolled, with the state between them."""
    figure, ax = canvas(BELOW + 62)
    for i, token in enumerate(READ):
        x = FIRST + i * STEP
        state(ax, x, f"$\\mathbf{{h}}_{i + 1}$", BLUE, token)
        if i:
            across(ax, x, BLUE, BOLD)
    for i, (token, answer) in enumerate(WRITE):
        x = FIRST + (len(READ) + i) * STEP
        state(ax, x, f"$\\mathbf{{s}}_{i + 1}$", GREEN, token)
        across(ax, x, GREEN if i else RED, BOLD)
        top = ABOVE + TALL / 2 + GAP
        arrow(ax, (x, MIDDLE - TALL / 2 - GAP), (x, top))
        box(ax, x, ABOVE, WIDE, TALL, answer, ORANGE, size=SMALL)
    middle = FIRST + (len(READ) - 0.5) * STEP
    text(ax, middle, MIDDLE - 16, "$\\mathbf{h}_S$", SMALL, dark(RED))
    words = (("encoder reads", 1.5), ("decoder writes", len(READ) + 1.5))
    for label, place in words:
        x = FIRST + place * STEP
        text(ax, x, BELOW + 44, label, TITLE, weight="bold")
    return figure
