"""One line of memory and four tensors that read it with other strides."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    ACROSS,
    BLUE,
    DOWN,
    GREY,
    SMALL,
    TITLE,
    arrow,
    canvas,
    code,
    dark,
    grid,
    text,
    tint,
)

CELL, LINE = 30, 36
TOP = 148


def shade(value: int) -> str:
    """Darken with the value, so that the order can be followed by eye."""
    return tint(BLUE, 0.06 + 0.04 * value)


def panel(ax: Axes, left: float, name: str, view: torch.Tensor) -> None:
    """Draw a view with the step in memory along each of its axes."""
    values = view.tolist()
    rows, columns = view.shape
    wide, high = columns * CELL, rows * CELL
    code(ax, left + wide / 2, TOP - 46, name, size=TITLE)

    def fill(i: int, j: int) -> str:
        return shade(int(view[i, j]))

    grid(ax, left, TOP, values, CELL, fill)
    down, across = view.stride()
    arrow(ax, (left - 10, TOP + 4), (left - 10, TOP + high - 4), dark(DOWN))
    spot = (left - 16, TOP + high / 2)
    text(ax, *spot, f"+{down}", colour=dark(DOWN), align="right")
    arrow(ax, (left + 4, TOP - 10), (left + wide - 4, TOP - 10), dark(ACROSS))
    text(ax, left + wide / 2, TOP - 22, f"+{across}", colour=dark(ACROSS))
    words = f"strides ({down}, {across})"
    text(ax, left + wide / 2, TOP + 4 * CELL + 18, words, SMALL, GREY)


def draw() -> Figure:
    """Draw the memory above and the views below."""
    figure, ax = canvas(300)
    x = torch.arange(12).reshape(3, 4)
    left = 190
    text(ax, 20, 20 + LINE / 2, "in memory", TITLE, align="left")
    cells = [x.flatten().tolist()]
    grid(ax, left, 20, cells, LINE, lambda i, j: shade(j))
    views = {
        "x": (50, x),
        "x.T": (236, x.T),
        "x[:, ::2]": (398, x[:, ::2]),
        "x[0].expand(3, 4)": (546, x[0].expand(3, 4)),
    }
    for name, (spot, view) in views.items():
        panel(ax, spot, name, view)
    return figure
