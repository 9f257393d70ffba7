"""Three ways through the chapters of the book, as lines on a map."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREEN,
    GREY,
    RED,
    SMALL,
    THIN,
    WHITE,
    canvas,
    dark,
    line,
    text,
    tint,
)

CHAPTERS = (
    ("Introduction", "what it is, and is not"),
    ("Preliminaries", "tensors and derivatives"),
    ("Linear regression", "the loop that trains everything"),
    ("Classification", "images, probabilities, mistakes"),
    ("Multilayer perceptrons", "depth"),
    ("Builder's guide", "PyTorch from the inside"),
    ("Convolutional networks", "sight"),
)
PATHS = (
    ("all of it\nis new", BLUE, "rrrrrrr"),
    ("you know\nstatistics", GREEN, "rrssrrr"),
    ("you know\nPyTorch", RED, "rsssrsr"),
)
TOP, STEP, FIRST, APART = 78, 40, 440, 100


def stop(ax: Axes, x: float, y: float, colour: str, is_read: bool) -> None:
    """Draw a full dot for a chapter to read, a ring for one to skim."""
    look = {
        "marker": "o",
        "markersize": 9 if is_read else 7,
        "markerfacecolor": dark(colour) if is_read else WHITE,
        "markeredgecolor": dark(colour),
    }
    line(ax, [x], [y], **look)


def draw() -> Figure:
    """Draw the chapters as rows and the paths as lines down through them."""
    last = TOP + (len(CHAPTERS) - 1) * STEP
    figure, ax = canvas(last + 62)
    for i, (name, about) in enumerate(CHAPTERS):
        y = TOP + i * STEP
        line(ax, (20, 680), (y + STEP / 2,) * 2, tint(GREY, 0.35), THIN)
        text(ax, 20, y, name, align="left", weight="bold")
        text(ax, 214, y, about, SMALL, GREY, "left")
    for i, (name, colour, stops) in enumerate(PATHS):
        x = FIRST + i * APART
        text(ax, x, 28, name, SMALL, dark(colour))
        line(ax, (x, x), (TOP, last), dark(colour), BOLD)
        for j, kind in enumerate(stops):
            stop(ax, x, TOP + j * STEP, colour, kind == "r")
    y = last + STEP / 2 + 22
    stop(ax, FIRST - 30, y, GREY, True)
    text(ax, FIRST - 18, y, "read", SMALL, GREY, "left")
    stop(ax, FIRST + 40, y, GREY, False)
    text(ax, FIRST + 52, y, "skim, and try an exercise", SMALL, GREY, "left")
    return figure
