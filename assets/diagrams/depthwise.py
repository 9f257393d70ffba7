"""A full convolution, and a depthwise and a pointwise one after another."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SMALL,
    TITLE,
    WHITE,
    canvas,
    dark,
    line,
    rectangle,
    text,
    tint,
)

SIDE, CELL, PITCH, TOP = 4, 14, 70, 56  # cells, their size, map to map
INPUTS = (BLUE, ORANGE, GREEN, PURPLE)


def middle(k: int, count: int) -> float:
    """Return the middle of the k-th of some maps in a column."""
    return TOP + 2 * PITCH + (k - (count - 1) / 2) * PITCH - 7


def sheet(
    ax: Axes, x: float, y: float, colour: str, marked: int, strong: bool
) -> tuple[float, float]:
    """Draw a map with a marked square, and return that square's middle."""
    left, top = x - SIDE * CELL / 2, y - SIDE * CELL / 2
    for i in range(SIDE):
        for j in range(SIDE):
            inside = strong and i in range(marked) and j in range(marked)
            if marked == 1:
                inside = strong and (i, j) == (1, 1)
            fill = tint(colour, 0.7) if inside else WHITE
            at = (left + j * CELL, top + i * CELL)
            rectangle(ax, *at, CELL, CELL, fill, dark(colour))
    return (left + 1.5 * CELL, top + 1.5 * CELL)


def column(
    ax: Axes, x: float, colours: tuple[str, ...], marked: int, only: int = -1
) -> list[tuple[float, float]]:
    """Draw a column of maps; `only` leaves all but one unmarked."""
    return [
        sheet(ax, x, middle(k, len(colours)), colour, marked, only in (-1, k))
        for k, colour in enumerate(colours)
    ]


def join(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str
) -> None:
    """Draw a line from the right of a window to a pixel."""
    line(ax, (start[0], end[0]), (start[1], end[1]), dark(colour), 1.4)


def draw() -> Figure:
    """Draw both, with the same maps that come in and go out."""
    figure, ax = canvas(374)
    outputs = (GREY, GREY, GREY)
    text(ax, 135, 20, "full: places and maps at once", TITLE, weight="bold")
    windows = column(ax, 60, INPUTS, 3)
    (pixel,) = column(ax, 210, outputs, 1, 1)[1:2]
    for start, colour in zip(windows, INPUTS, strict=True):
        join(ax, (start[0] + 1.5 * CELL, start[1]), pixel, colour)
    line(ax, (268, 268), (8, 366), GREY)

    text(
        ax, 485, 20, "separable: first places, then maps", TITLE, weight="bold"
    )
    windows = column(ax, 325, INPUTS, 3)
    centres = column(ax, 487, INPUTS, 1)
    (pixel,) = column(ax, 640, outputs, 1, 1)[1:2]
    for start, centre, colour in zip(windows, centres, INPUTS, strict=True):
        join(ax, (start[0] + 1.5 * CELL, start[1]), centre, colour)
        join(ax, (centre[0] + CELL / 2, centre[1]), pixel, colour)
    times = "\N{MULTIPLICATION SIGN}"
    text(ax, 135, 354, f"3{times}3 on 4 maps: 36 products", SMALL, INK)
    text(ax, 405, 354, f"depthwise 3{times}3: 9 each", SMALL, INK)
    text(ax, 580, 354, f"pointwise 1{times}1: 4", SMALL, INK)
    return figure
