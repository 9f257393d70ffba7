"""One row of memory read as (3, 4) and as (2, 6)."""

import torch
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    ORANGE,
    PURPLE,
    TITLE,
    bracket,
    canvas,
    code,
    dark,
    grid,
    text,
    tint,
)

CELL, LEFT = 36, 205


def shade(value: int) -> str:
    """Darken with the value, so that the order can be followed by eye."""
    return tint(BLUE, 0.06 + 0.04 * value)


def draw() -> Figure:
    """Draw memory in the middle, one reading above it and one below."""
    figure, ax = canvas(330)
    x = torch.arange(12)
    middle = LEFT + 6 * CELL

    top = 163
    grid(ax, LEFT, top, [x.tolist()], CELL, lambda i, j: shade(j))
    text(ax, 20, top + CELL / 2, "in memory", TITLE, align="left")

    for rows, y, colour in ((3, 8, ORANGE), (2, 250, PURPLE)):
        values = x.reshape(rows, -1)
        columns = values.shape[1]
        left = middle - columns * CELL / 2

        def fill(i: int, j: int, columns: int = columns) -> str:
            return shade(i * columns + j)

        grid(ax, left, y, values.tolist(), CELL, fill)
        centre = y + rows * CELL / 2
        code(ax, 20, centre, f"x.reshape({rows}, {columns})", align="left")
        above = y < top
        edge, feet = (top - 10, 6) if above else (top + CELL + 10, -6)
        for i in range(rows):
            start = LEFT + i * columns * CELL
            ends = (start + 3, start + columns * CELL - 3)
            bracket(ax, *ends, edge, feet, dark(colour))
            label = edge - 10 if above else edge + 10
            text(ax, sum(ends) / 2, label, f"row {i}", colour=dark(colour))
            spot = (left - 8, y + (i + 0.5) * CELL)
            text(ax, *spot, f"row {i}", colour=dark(colour), align="right")
    return figure
