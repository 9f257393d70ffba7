"""Gradient descent in a valley, with a small, a fair and a large rate."""

import math

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREY,
    LEVEL,
    RED,
    THIN,
    TITLE,
    canvas,
    line,
    text,
    tint,
)

CURVATURES = torch.tensor([1.0, 4.0])
START, STEPS = torch.tensor([4.0, 2.0]), 20
RATES = (0.05, 0.45, 0.52)
WIDE, HIGH, TOP, UNIT = 220, 150, 44, 22
LEFTS = (8, 240, 472)
LEVELS = (0.5, 2, 4.5, 8, 12.5, 18)


def descend(rate: float) -> torch.Tensor:
    """Return the start and the points after each step, (STEPS + 1, 2)."""
    point = START.clone().requires_grad_()
    points = [point.detach().clone()]
    for _ in range(STEPS):
        loss = (CURVATURES * point**2).sum() / 2
        (gradient,) = torch.autograd.grad(loss, point)
        with torch.no_grad():
            point -= rate * gradient
        points.append(point.detach().clone())
    path = torch.stack(points)
    k = torch.arange(STEPS + 1).unsqueeze(1)
    assert torch.allclose(path, START * (1 - rate * CURVATURES) ** k, 1e-4)
    return path


def draw() -> Figure:
    """Draw three paths on the contours of one bowl."""
    figure, ax = canvas(236)
    for left, rate in zip(LEFTS, RATES, strict=True):
        x0, y0 = left + WIDE / 2, TOP + HIGH / 2
        view = Rectangle((left, TOP), WIDE, HIGH, transform=ax.transData)
        for level in LEVELS:
            width, height = (
                2 * UNIT * math.sqrt(2 * level / float(c)) for c in CURVATURES
            )
            contour = Ellipse((x0, y0), width, height, zorder=LEVEL)
            contour.set(fill=False, edgecolor=tint(GREY, 0.6), linewidth=THIN)
            ax.add_patch(contour)
            contour.set_clip_path(view)
        path = descend(rate)
        xs = (x0 + UNIT * path[:, 0]).tolist()
        ys = (y0 - UNIT * path[:, 1]).tolist()
        line(ax, [x0], [y0], RED, marker="x", markersize=8, mew=BOLD)
        line(ax, xs, ys, BLUE, BOLD, marker="o", ms=3.5)
        ax.lines[-1].set_clip_path(view)
        text(ax, x0, 22, f"learning rate {rate}", TITLE)
        loss = float((CURVATURES * path[-1] ** 2).sum()) / 2
        text(ax, x0, TOP + HIGH + 24, f"loss after {STEPS} steps: {loss:.3g}")
    return figure
