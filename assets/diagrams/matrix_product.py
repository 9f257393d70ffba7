"""One matrix product, read as dot products and as a sum of outer products."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    ACROSS,
    DOWN,
    GREEN,
    TITLE,
    canvas,
    dark,
    frame,
    grid,
    text,
)

CELL = 36
PARTS = torch.tensor([[2, 1, 2], [3, 1, 2], [2, 2, 4]])
COSTS = torch.tensor([[25, 5], [20, 2], [5, 1]])


def scheme(ax: Axes, left: float, product: torch.Tensor) -> tuple[float, ...]:
    """Draw A, B above the result, and the result; return their corners."""
    top, gap = 44, 14
    middle, below = left + 3 * CELL + gap, top + 3 * CELL + gap
    grid(ax, left, below, PARTS.tolist(), CELL)
    grid(ax, middle, top, COSTS.tolist(), CELL)
    grid(ax, middle, below, product.tolist(), CELL)
    text(ax, left - 14, below + 1.5 * CELL, "A", TITLE, weight="bold")
    text(ax, middle - 14, top + 1.5 * CELL, "B", TITLE, weight="bold")
    return middle, top, below


def draw() -> Figure:
    """Draw the same product twice, with what is read framed."""
    figure, ax = canvas(312)
    left = 78
    middle, top, below = scheme(ax, left, PARTS @ COSTS)
    frame(ax, left, below, 3 * CELL, CELL, ACROSS)
    frame(ax, middle, top, CELL, 3 * CELL, DOWN)
    frame(ax, middle, below, CELL, CELL, GREEN)
    text(ax, 160, 16, "a row meets a column", TITLE)
    x = middle + 2 * CELL + 14
    text(ax, x, below + CELL / 2, "AB", TITLE, align="left", weight="bold")
    words = "2 · 25 + 1 · 20\n+ 2 · 5 = 80"
    spot = (middle + 2 * CELL + 12, top + 1.5 * CELL)
    text(ax, *spot, words, colour=dark(GREEN), align="left")

    left = 440
    outer = torch.outer(PARTS[:, 0], COSTS[0])
    middle, top, below = scheme(ax, left, outer)
    frame(ax, left, below, CELL, 3 * CELL, ACROSS)
    frame(ax, middle, top, 2 * CELL, CELL, DOWN)
    frame(ax, middle, below, 2 * CELL, 3 * CELL, GREEN)
    text(ax, 530, 16, "a column meets a row", TITLE)
    spot = (middle + 2 * CELL + 12, below + 1.5 * CELL)
    text(ax, *spot, "1 of 3\nlayers", colour=dark(GREEN), align="left")
    return figure
