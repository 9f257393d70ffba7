"""Two (2, 3) tensors joined along dim 0 and along dim 1."""

import torch
from matplotlib.figure import Figure

from assets.diagrams.style import (
    ACROSS,
    DOWN,
    GREY,
    ORANGE,
    SKY,
    TITLE,
    arrow,
    canvas,
    code,
    dark,
    grid,
    shape,
    text,
    tint,
)

CELL = 30


def draw() -> Figure:
    """Draw the parts on the left and the two results beside them."""
    figure, ax = canvas(240)
    parts = [torch.arange(6).reshape(2, 3), torch.arange(6, 12).reshape(2, 3)]
    colours = [tint(SKY, 0.45), tint(ORANGE, 0.45)]

    def fill(i: int, j: int) -> str:
        return colours[i // 2 or j // 3]

    left = 50
    for name, part, y, colour in zip(
        "ab", parts, (40, 140), colours, strict=True
    ):
        code(ax, left - 16, y + CELL, name, size=TITLE)
        grid(ax, left, y, part.tolist(), fill=colour)
        shape(ax, left + 1.5 * CELL, y + 2 * CELL + 16, (2, 3), (DOWN, ACROSS))

    for dim, left, top in ((0, 262, 60), (1, 470, 90)):
        joined = torch.cat(parts, dim=dim)
        rows, columns = joined.shape
        grid(ax, left, top, joined.tolist(), fill=fill)
        right, bottom = left + columns * CELL, top + rows * CELL
        middle = (left + right) / 2
        code(ax, middle, 20, f"torch.cat([a, b], dim={dim})")
        sizes, names = (rows, columns), (DOWN, ACROSS)
        shape(ax, middle, bottom + 16, sizes, names)
        if dim == 0:
            colour = dark(DOWN)
            arrow(ax, (left - 10, top), (left - 10, bottom), colour)
            spot = (left - 22, (top + bottom) / 2)
            text(ax, *spot, "dim 0 grows", colour=colour, rotation=90)
        else:
            colour = dark(ACROSS)
            arrow(ax, (left, top - 10), (right, top - 10), colour)
            text(ax, middle, top - 22, "dim 1 grows", colour=colour)
    arrow(ax, (160, 120), (200, 120), GREY)
    return figure
