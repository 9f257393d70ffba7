"""A number, a vector, a matrix and a tensor, and what their axes are called.

The colour of an axis is its direction on paper: the reader sees that a new
dimension goes in front, and that the last one always runs along a row.
"""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    ACROSS,
    DEEP,
    DOWN,
    TITLE,
    arrow,
    canvas,
    dark,
    grid,
    shape,
    text,
    tint,
)

CELL, SHEET, GROUND = 30, 36, 190


def across(ax: Axes, x: float, y: float, count: int, dim: int) -> None:
    """Name the axis that runs along the rows."""
    colour = dark(ACROSS)
    arrow(ax, (x, y - 9), (x + count * CELL, y - 9), colour)
    text(ax, x + count * CELL / 2, y - 21, f"dim {dim}", colour=colour)


def down(ax: Axes, x: float, y: float, count: int, dim: int) -> None:
    """Name the axis that runs down the columns."""
    colour = dark(DOWN)
    arrow(ax, (x - 9, y), (x - 9, y + count * CELL), colour)
    middle = y + count * CELL / 2
    text(ax, x - 21, middle, f"dim {dim}", colour=colour, rotation=90)


def deep(ax: Axes, x: float, y: float, dim: int) -> None:
    """Name the axis that runs from sheet to sheet."""
    colour = dark(DEEP)
    arrow(ax, (x - 6, y - 6), (x + SHEET - 6, y - SHEET - 6), colour)
    middle = (x + SHEET / 2 - 14, y - SHEET / 2 - 10)
    text(ax, *middle, f"dim {dim}", colour=colour, align="right")


def draw() -> Figure:
    """Draw four tensors on common ground."""
    figure, ax = canvas(250)
    top = GROUND - 3 * CELL
    fill = tint(ACROSS, 0.12)

    x = 35
    grid(ax, x, GROUND - CELL, [[7]], fill=fill)
    text(ax, x + CELL / 2, 212, "number", TITLE, weight="bold")
    shape(ax, x + CELL / 2, 233, (), ())

    x = 130
    grid(ax, x, GROUND - CELL, torch.arange(4)[None].tolist(), fill=fill)
    across(ax, x, GROUND - CELL, 4, dim=0)
    text(ax, x + 2 * CELL, 212, "vector", TITLE, weight="bold")
    shape(ax, x + 2 * CELL, 233, (4,), (ACROSS,))

    x = 325
    grid(ax, x, top, torch.arange(12).reshape(3, 4).tolist(), fill=fill)
    across(ax, x, top, 4, dim=1)
    down(ax, x, top, 3, dim=0)
    text(ax, x + 2 * CELL, 212, "matrix", TITLE, weight="bold")
    shape(ax, x + 2 * CELL, 233, (3, 4), (DOWN, ACROSS))

    x = 522
    front, back = torch.arange(24).reshape(2, 3, 4).tolist()
    grid(ax, x + SHEET, top - SHEET, back, fill=tint(ACROSS, 0.28))
    grid(ax, x, top, front, fill=fill)
    across(ax, x + SHEET, top - SHEET, 4, dim=2)
    down(ax, x, top, 3, dim=1)
    deep(ax, x, top, dim=0)
    text(ax, x + 2 * CELL, 212, "tensor", TITLE, weight="bold")
    shape(ax, x + 2 * CELL, 233, (2, 3, 4), (DEEP, DOWN, ACROSS))
    return figure
