"""Draw the cover of the EPUB: `python -m assets.cover [folder]`.

The logo's mark on its blue: a learning curve that ends in a play button.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from assets.diagrams.style import BLUE, RC, WHITE
from assets.logo import NAME

WIDTH, HEIGHT = 160, 240  # tenths of pixels; y points down
SUBTITLE = "deep learning\nin running code"
AUTHOR = "The Do to Learn authors"
CURVE = [(20, 100), (30, 180), (52, 196), (108, 196)]
BUTTON = [(104, 172), (144, 196), (104, 220), (104, 172)]


def draw() -> Figure:
    """Return the cover, 1600 by 2400 pixels at 100 dots an inch."""
    figure = Figure(figsize=(WIDTH / 10, HEIGHT / 10), facecolor=BLUE)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    ax.set_axis_off()
    ax.text(14, 44, NAME, fontsize=146, weight="bold", color=WHITE)
    ax.text(
        15,
        72,
        SUBTITLE,
        fontsize=76,
        color=WHITE,
        linespacing=1.3,
        va="center",
    )
    curve = Outline(CURVE, [Outline.MOVETO, *[Outline.CURVE4] * 3])
    ax.add_patch(
        PathPatch(curve, fill=False, color=WHITE, lw=62, capstyle="round")
    )
    button = Outline(BUTTON, closed=True)
    ax.add_patch(PathPatch(button, color=WHITE, lw=30, joinstyle="round"))
    ax.text(15, 230, AUTHOR, fontsize=40, color=WHITE)
    return figure


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).parent
    parser.add_argument("folder", type=Path, nargs="?", default=here)
    folder: Path = parser.parse_args().folder
    with mpl.rc_context(RC):
        draw().savefig(folder / "cover.png", dpi=100)


if __name__ == "__main__":
    main()
