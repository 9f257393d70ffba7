"""What autograd records of x² + wx, and the derivatives on the way back."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREY,
    RED,
    TITLE,
    Spot,
    arrow,
    box,
    canvas,
    dark,
    text,
)

NODES: dict[str, tuple[Spot, str]] = {
    "x": ((150, 74), "$x = 3$"),
    "w": ((150, 226), "$w = 2$"),
    "square": ((350, 74), "$x^2 = 9$"),
    "product": ((350, 226), "$w\\,x = 6$"),
    "sum": ((560, 150), "$f = 15$"),
}
EDGES = (
    ("x", "square", "6"),
    ("x", "product", "2"),
    ("w", "product", "3"),
    ("square", "sum", "1"),
    ("product", "sum", "1"),
)
WIDE, HIGH, APART = 100, 40, 6


def edge(ax: Axes, start: Spot, end: Spot, label: str) -> None:
    """Draw a grey arrow forwards and a red one back beside it."""
    width, height = end[0] - start[0], end[1] - start[1]
    length = math.hypot(width, height)
    ux, uy = width / length, height / length
    gap = min(WIDE / 2 / abs(ux), HIGH / 2 / abs(uy) if uy else math.inf) + 5
    for side, colour, back in ((-1, GREY, False), (1, dark(RED), True)):
        dx, dy = -uy * APART * side, ux * APART * side
        first = (start[0] + ux * gap + dx, start[1] + uy * gap + dy)
        last = (end[0] - ux * gap + dx, end[1] - uy * gap + dy)
        arrow(ax, *((last, first) if back else (first, last)), colour)
    spot = (
        (start[0] + end[0]) / 2 - uy * 20,
        (start[1] + end[1]) / 2 + ux * 20,
    )
    text(ax, *spot, label, TITLE, dark(RED), weight="bold")


def draw() -> Figure:
    """Draw the record with both directions."""
    figure, ax = canvas(290)
    for name, (spot, words) in NODES.items():
        colour = BLUE if name in ("x", "w") else GREY
        box(ax, *spot, WIDE, HIGH, words, colour, size=TITLE)
    for start, end, label in EDGES:
        edge(ax, NODES[start][0], NODES[end][0], label)
    for name, words in (("x", "6 + 2 = 8"), ("w", "3")):
        x, y = NODES[name][0]
        spot = (x - WIDE / 2 - 12, y)
        text(ax, *spot, words, TITLE, dark(RED), "right", weight="bold")
    x, y = NODES["sum"][0]
    text(ax, x + WIDE / 2 + 14, y, "1", TITLE, dark(RED), weight="bold")
    return figure
