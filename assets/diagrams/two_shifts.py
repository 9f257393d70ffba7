"""Covariate shift beside label shift."""

import math

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREY,
    INK,
    ORANGE,
    SMALL,
    TITLE,
    canvas,
    dark,
    line,
    rectangle,
    text,
    tint,
)

BASE = 200
SHARES = ((60, 25), (55, 95), (60, 45), (50, 110))


def draw() -> Figure:
    """Draw a rule with two hills of inputs, and four classes in two bars."""
    figure, ax = canvas(250)
    text(ax, 180, 18, "covariate shift", TITLE, weight="bold")
    text(ax, 530, 18, "label shift", TITLE, weight="bold")
    line(ax, (40, 330), (BASE, BASE), GREY)
    xs = [40 + 2.9 * i for i in range(101)]
    for middle, colour in ((120, BLUE), (240, ORANGE)):
        hill = [BASE - 55 * math.exp(-(((x - middle) / 34) ** 2)) for x in xs]
        ax.fill_between(xs, hill, BASE, color=tint(colour, 0.3), zorder=1)
        line(ax, xs, hill, dark(colour))
    rule = [130 - 60 * math.sin((x - 60) / 95) for x in xs]
    line(ax, xs, rule, INK, BOLD)
    text(ax, 60, 100, "the rule", SMALL, INK)
    text(ax, 120, BASE + 18, "training", SMALL, dark(BLUE))
    text(ax, 240, BASE + 18, "use", SMALL, dark(ORANGE))
    line(ax, (390, 670), (BASE, BASE), GREY)
    for i, heights in enumerate(SHARES):
        for j, (height, colour) in enumerate(
            zip(heights, (BLUE, ORANGE), strict=True)
        ):
            left = 405 + 66 * i + 26 * j
            fill = tint(colour, 0.3)
            rectangle(ax, left, BASE - height, 24, height, fill, dark(colour))
        text(ax, 430 + 66 * i, BASE + 18, f"class {i}", SMALL, INK)
    text(ax, 450, 50, "training", SMALL, dark(BLUE))
    text(ax, 510, 50, "use", SMALL, dark(ORANGE))
    return figure
