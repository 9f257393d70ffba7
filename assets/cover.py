"""Draw the cover and the card: `python -m assets.cover [folder]`.

The cover is the EPUB's, the card stands where somebody links to the site. The
logo's mark on its blue: a learning curve that ends in a play button.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from assets.diagrams.style import BLUE, RC, WHITE
from assets.logo import NAME

SUBTITLE = "deep learning\nin running code"
AUTHOR = "The Do to Learn authors"
# The mark on a field of 124 by 120; y points down.
CURVE = [(0, 0), (10, 80), (32, 96), (88, 96)]
BUTTON = [(84, 72), (124, 96), (84, 120), (84, 72)]


def field(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a blue figure, and axes in tenths of inches from its corner."""
    figure = Figure(figsize=(width / 10, height / 10), facecolor=BLUE)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    return figure, ax


def draw_mark(ax: Axes, x: float, y: float, size: float) -> None:
    """Draw the mark; `size` is 1 on the cover."""

    def placed(points: list[tuple[int, int]]) -> list[tuple[float, float]]:
        return [(x + size * a, y + size * b) for a, b in points]

    curve = Outline(placed(CURVE), [Outline.MOVETO, *[Outline.CURVE4] * 3])
    line = {"color": WHITE, "capstyle": "round", "joinstyle": "round"}
    ax.add_patch(PathPatch(curve, fill=False, lw=62 * size, **line))
    button = Outline(placed(BUTTON), closed=True)
    ax.add_patch(PathPatch(button, lw=30 * size, **line))


def draw_cover() -> Figure:
    """Return the cover, 1600 by 2400 pixels at 100 dots an inch."""
    figure, ax = field(160, 240)
    ax.text(14, 44, NAME, fontsize=146, weight="bold", color=WHITE)
    big = {"color": WHITE, "linespacing": 1.3, "va": "center"}
    ax.text(15, 72, SUBTITLE, fontsize=76, **big)
    draw_mark(ax, 20, 100, 1)
    ax.text(15, 230, AUTHOR, fontsize=40, color=WHITE)
    return figure


def draw_card() -> Figure:
    """Return what a link to the site shows, 1200 by 630 pixels."""
    figure, ax = field(120, 63)
    draw_mark(ax, 11, 17, 0.24)
    ax.text(47, 32, NAME, fontsize=66, weight="bold", color=WHITE)
    subtitle = SUBTITLE.replace("\n", " ")
    ax.text(47.5, 44, subtitle, fontsize=30, color=WHITE)
    return figure


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).parent
    parser.add_argument("folder", type=Path, nargs="?", default=here)
    folder: Path = parser.parse_args().folder
    with mpl.rc_context(RC):
        draw_cover().savefig(folder / "cover.png", dpi=100)
        draw_card().savefig(folder / "card.png", dpi=100)


if __name__ == "__main__":
    main()
