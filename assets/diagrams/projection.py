"""The best predictions as the foot of a perpendicular on a plane."""

from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from assets.diagrams.style import (
    BLUE,
    GREY,
    INK,
    RED,
    SMALL,
    THIN,
    arrow,
    canvas,
    dark,
    line,
    text,
    tint,
)

ORIGIN, FOOT, TARGET = (200, 236), (452, 206), (452, 48)
PLANE = ((60, 300), (190, 140), (660, 140), (530, 300))


def draw() -> Figure:
    """Draw the plane of all predictions, the targets, and the error."""
    figure, ax = canvas(320)
    look = {"facecolor": tint(BLUE, 0.12), "edgecolor": GREY}
    ax.add_patch(Polygon(PLANE, linewidth=THIN, zorder=1, **look))
    words = "all predictions $Xw$ that the model can make"
    text(ax, 76, 287, words, SMALL, GREY, "left")

    for end, name in (((300, 263), "$x_1$"), ((226, 166), "$x_2$")):
        arrow(ax, ORIGIN, end, GREY)
        text(ax, end[0] + 14, end[1] + 4, name, colour=GREY)
    arrow(ax, ORIGIN, TARGET, INK, 1.8)
    text(ax, TARGET[0] + 10, TARGET[1] - 6, "targets $y$", align="left")
    arrow(ax, ORIGIN, FOOT, dark(BLUE), 1.8)
    text(
        ax,
        FOOT[0] + 12,
        FOOT[1] + 16,
        r"best predictions $\hat{y}$",
        colour=dark(BLUE),
        align="left",
    )
    line(ax, (FOOT[0],) * 2, (FOOT[1], TARGET[1] + 14), dark(RED), 1.8)
    error = r"error $y-\hat{y}$, at a right angle"
    height = (FOOT[1] + TARGET[1]) / 2
    text(ax, FOOT[0] + 10, height, error, colour=dark(RED), align="left")
    corner = (FOOT[0] - 14, FOOT[1] + 2), (FOOT[0] - 14, FOOT[1] - 13)
    xs, ys = zip(*corner, (FOOT[0], FOOT[1] - 14), strict=True)
    line(ax, xs, ys, dark(RED))
    return figure
