"""A guessed line and the least-squares line, with their squares."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREY,
    INK,
    RED,
    SMALL,
    TITLE,
    canvas,
    dark,
    line,
    rectangle,
    text,
    tint,
)

X = torch.tensor([0.6, 1.5, 2.4, 3.6, 4.6, 5.4], dtype=torch.float64)
Y = torch.tensor([1.5, 1.1, 2.4, 2.2, 3.9, 3.5], dtype=torch.float64)
UNIT, BASE = 48, 262


def panel(ax: Axes, left: float, title: str, w: float, b: float) -> None:
    """Draw the line y = w x + b and the squares on its residuals."""
    line(ax, (left, left, left + 6 * UNIT), (40, BASE, BASE), GREY)
    residuals: Tensor = Y - (w * X + b)
    for x, y, e in zip(
        X.tolist(), Y.tolist(), residuals.tolist(), strict=True
    ):
        size = abs(e) * UNIT
        px, top = left + x * UNIT, BASE - max(y, y - e) * UNIT
        corner = px - size if e > 0 else px
        fill = tint(RED, 0.25)
        rectangle(ax, corner, top, size, size, fill, dark(RED))
        line(ax, (px, px), (top, top + size), dark(RED), BOLD)
    ends = (0.0, 6.0)
    xs = [left + x * UNIT for x in ends]
    line(ax, xs, [BASE - (w * x + b) * UNIT for x in ends], dark(BLUE), BOLD)
    for x, y in zip(X.tolist(), Y.tolist(), strict=True):
        spot = ([left + x * UNIT], [BASE - y * UNIT])
        line(ax, *spot, INK, marker="o", markersize=5)
    text(ax, left + 3 * UNIT, 20, title, TITLE, weight="bold")
    area = f"sum of squares {float(residuals.square().sum()):.2f}"
    text(ax, left + 3 * UNIT, BASE + 34, area, colour=dark(RED))
    text(ax, left + 6 * UNIT, BASE + 13, "$x$", SMALL, GREY, "right")
    text(ax, left - 10, 46, "$y$", SMALL, GREY)


def draw() -> Figure:
    """Draw a guess and the best line side by side."""
    figure, ax = canvas(315)
    design = torch.stack([X, torch.ones_like(X)], dim=1)
    w, b = torch.linalg.lstsq(design, Y[:, None]).solution[:, 0].tolist()
    panel(ax, 35, "a guess", 0.25, 1.6)
    panel(ax, 385, "least squares", w, b)
    return figure
