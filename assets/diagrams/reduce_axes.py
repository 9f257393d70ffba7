"""Which cells of a (2, 5, 4) tensor a sum over each dimension adds up."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    ACROSS,
    DEEP,
    DOWN,
    GREY,
    SMALL,
    TITLE,
    arrow,
    canvas,
    code,
    dark,
    frame,
    grid,
    shape,
    text,
    tint,
)

CELL, GAP = 17, 14
SHAPE = (2, 5, 4)
NAMES = (DEEP, DOWN, ACROSS)
SPOT = (0, 1, 2)  # one member of the group that is added up


def panel(ax: Axes, centre: float, dim: int) -> None:
    """Draw a sum over one dimension, from the block to its shape."""
    colour = NAMES[dim]
    code(ax, centre, 18, f"x.sum(dim={dim})", size=TITLE)

    sheet = SHAPE[2] * CELL
    left, top = centre - sheet - GAP / 2, 58
    group = torch.zeros(SHAPE, dtype=torch.bool)
    line = tuple(slice(None) if d == dim else SPOT[d] for d in range(3))
    group[line] = True
    for k, marked in enumerate(group):
        x = left + k * (sheet + GAP)
        text(ax, x + sheet / 2, top - 12, f"x[{k}]", SMALL, GREY)

        def fill(i: int, j: int, marked: torch.Tensor = marked) -> str:
            return tint(colour, 0.6 if marked[i, j] else 0.08)

        blank = [[""] * SHAPE[2]] * SHAPE[1]
        grid(ax, x, top, blank, CELL, fill, GREY)
        if marked.any():
            rows, columns = marked.nonzero(as_tuple=True)
            wide = (int(columns.max() - columns.min()) + 1) * CELL
            high = (int(rows.max() - rows.min()) + 1) * CELL
            corner = (
                x + int(columns.min()) * CELL,
                top + int(rows.min()) * CELL,
            )
            frame(ax, *corner, wide, high, colour)

    bottom = top + SHAPE[1] * CELL
    arrow(ax, (centre, bottom + 10), (centre, bottom + 40), dark(colour))
    words = f"{SHAPE[dim]} cells become 1"
    text(ax, centre + 10, bottom + 25, words, SMALL, dark(colour), "left")

    kept = [d for d in range(3) if d != dim]
    rows, columns = (SHAPE[d] for d in kept)
    i, j = (SPOT[d] for d in kept)
    x, y = centre - columns * CELL / 2, bottom + 50

    def result(row: int, column: int) -> str:
        return tint(colour, 0.6 if (row, column) == (i, j) else 0.08)

    grid(ax, x, y, [[""] * columns] * rows, CELL, result, GREY)
    frame(ax, x + j * CELL, y + i * CELL, CELL, CELL, colour)
    shape(ax, centre, 302, (rows, columns), [NAMES[d] for d in kept])
    sizes = [1 if d == dim else SHAPE[d] for d in range(3)]
    names = [GREY if d == dim else NAMES[d] for d in range(3)]
    shape(ax, centre, 324, sizes, names)


def draw() -> Figure:
    """Draw one panel for each dimension."""
    figure, ax = canvas(340)
    for dim, centre in enumerate((195, 385, 575)):
        panel(ax, centre, dim)
    text(ax, 12, 100, "block", align="left")
    shape(ax, 45, 122, SHAPE, NAMES)
    text(ax, 12, 236, "sum", align="left")
    text(ax, 12, 302, "shape", align="left")
    code(ax, 12, 324, "keepdim", align="left")
    return figure
