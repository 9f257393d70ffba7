"""Softmax of three logits, step by step."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    THIN,
    TITLE,
    arrow,
    canvas,
    dark,
    line,
    rectangle,
    text,
    tint,
)

LOGITS = (2.0, 0.5, -1.0)
COLOURS = (BLUE, ORANGE, GREEN)
BASE, BAR, STEP, UP = 225, 34, 48, 160


def bars(
    ax: Axes, left: float, values: torch.Tensor, scale: float, digits: int
) -> None:
    """Draw values as bars on the common ground."""
    for k, (value, colour) in enumerate(zip(values, COLOURS, strict=True)):
        x, height = left + k * STEP, float(value) * scale
        top = BASE - max(height, 0)
        rectangle(
            ax, x, top, BAR, abs(height), tint(colour, 0.55), dark(colour)
        )
        y = top - 11 if value >= 0 else BASE - height + 12
        word = f"{float(value):.{digits}f}".replace("-", "\N{MINUS SIGN}")
        text(ax, x + BAR / 2, y, word, colour=dark(colour))
    line(ax, (left - 8, left + 2 * STEP + BAR + 8), (BASE, BASE), INK, THIN)


def stack(
    ax: Axes, left: float, values: torch.Tensor, scale: float, digits: int
) -> None:
    """Draw values on top of each other, and their sum."""
    bottom = float(BASE)
    for value, colour in zip(values, COLOURS, strict=True):
        height = float(value) * scale
        bottom -= height
        fill = tint(colour, 0.55)
        rectangle(ax, left, bottom, BAR, height, fill, dark(colour))
    line(ax, (left - 8, left + BAR + 8), (BASE, BASE), INK, THIN)
    word = f"{float(values.sum()):.{digits}f}"
    text(ax, left + BAR / 2, bottom - 11, word, weight="bold")
    text(ax, left + BAR / 2, BASE + 14, "sum", colour=GREY)


def draw() -> Figure:
    """Draw logits, exponentials and probabilities."""
    figure, ax = canvas(298)
    logits = torch.tensor(LOGITS)
    powers = logits.exp()
    shares = logits.softmax(dim=0)
    assert torch.allclose(shares, powers / powers.sum())

    unit = UP / float(powers.sum())
    starts = (20, 219, 484)
    bars(ax, starts[0], logits, 45, 1)
    bars(ax, starts[1], powers, unit, 2)
    stack(ax, starts[1] + 3 * STEP + 14, powers, unit, 2)
    bars(ax, starts[2], shares, UP, 3)
    stack(ax, starts[2] + 3 * STEP + 14, shares, UP, 3)
    titles = ("logits", "exponentials", "probabilities")
    for title, x in zip(titles, (85, 315, 580), strict=True):
        text(ax, x, 20, title, TITLE)
    arrow(ax, (164, 150), (203, 150), GREY)
    text(ax, 183, 134, "exp", colour=GREY)
    arrow(ax, (430, 150), (469, 150), GREY)
    text(ax, 449, 134, "÷ sum", colour=GREY)
    return figure
