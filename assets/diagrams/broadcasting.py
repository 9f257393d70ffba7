"""A column and a row stretched to one shape and added."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    ACROSS,
    BLUE,
    DOWN,
    GREY,
    INK,
    TITLE,
    Fill,
    arrow,
    canvas,
    frame,
    grid,
    shape,
    text,
    tint,
)

CELL, TOP = 34, 48
ROWS, COLUMNS = 5, 4
LEFTS = (30, 282, 534)


def number(
    ax: Axes, left: float, values: torch.Tensor, fill: Fill, copies: str = INK
) -> None:
    """Draw a matrix in the size of the result."""
    grid(ax, left, TOP, values.tolist(), CELL, fill, edge=copies)


def draw() -> Figure:
    """Draw both operands with their copies, and the sum."""
    figure, ax = canvas(272)
    column = torch.arange(ROWS).reshape(ROWS, 1)
    row = 10 * torch.arange(COLUMNS)
    wide, high = COLUMNS * CELL, ROWS * CELL

    def in_column(_: int, j: int) -> str:
        return tint(BLUE, 0 if j else 0.3)

    def in_row(i: int, _: int) -> str:
        return tint(BLUE, 0 if i else 0.3)

    number(ax, LEFTS[0], column.expand(ROWS, COLUMNS), in_column, GREY)
    frame(ax, LEFTS[0], TOP, CELL, high, BLUE)
    number(ax, LEFTS[1], row.expand(ROWS, COLUMNS), in_row, GREY)
    frame(ax, LEFTS[1], TOP, wide, CELL, BLUE)
    number(ax, LEFTS[2], column + row, tint(BLUE, 0))

    for left, name in zip(LEFTS, ("A", "B", "A + B"), strict=True):
        text(ax, left + wide / 2, 24, name, TITLE, weight="bold")
    y = TOP + high + 24
    for left, sizes in ((LEFTS[0], (ROWS, 1)), (LEFTS[1], (COLUMNS,))):
        colours = [DOWN, INK] if len(sizes) == 2 else [ACROSS]
        middle = left + wide / 2
        shape(ax, middle - 48, y, sizes, colours)
        arrow(ax, (middle - 14, y), (middle + 10, y), GREY)
        shape(ax, middle + 48, y, (ROWS, COLUMNS), (DOWN, ACROSS))
    middle = LEFTS[2] + wide / 2
    shape(ax, middle, y, tuple((column + row).shape), (DOWN, ACROSS))
    for sign, left in (("+", LEFTS[1]), ("=", LEFTS[2])):
        text(ax, left - 58, TOP + high / 2, sign, 16, GREY)
    return figure
