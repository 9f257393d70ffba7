"""A small dense network that visits every pixel of a stack of maps."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    SMALL,
    WHITE,
    box,
    canvas,
    dark,
    line,
    rectangle,
    text,
    tint,
)

SIDE, CELL, SHIFT = 4, 17, 16  # cells of a map, their size, between maps
PIXEL = (0, 3)  # row and column of the visited pixel
MIDDLE, NODE, GAP = 128, 20, 36
ONE = "1\N{MULTIPLICATION SIGN}1"
UNITS = ((262, 4, BLUE), (350, 3, ORANGE), (438, 2, GREEN))


def maps(
    ax: Axes, x: float, count: int, colour: str
) -> list[tuple[float, float]]:
    """Draw a stack of maps and return the centre of its visited pixels."""
    spread = (count - 1) * SHIFT
    wide = SIDE * CELL + spread
    left, top = x - wide / 2, MIDDLE - (SIDE * CELL - spread) / 2
    spots = []
    for k in reversed(range(count)):  # the front map covers the others
        for i in range(SIDE):
            for j in range(SIDE):
                at = (left + k * SHIFT + j * CELL, top - k * SHIFT + i * CELL)
                fill = tint(colour, 0.75) if (i, j) == PIXEL else WHITE
                rectangle(ax, *at, CELL, CELL, fill, dark(colour))
                if (i, j) == PIXEL:
                    spots.append((at[0] + 11, at[1] + 6))
    return spots


def column(x: float, count: int) -> list[tuple[float, float]]:
    """Return the places of the units of a layer, from above."""
    first = MIDDLE - (count - 1) * GAP / 2
    return [(x, first + i * GAP) for i in range(count)]


def draw() -> Figure:
    """Draw maps, the network at one pixel, and the maps it makes."""
    figure, ax = canvas(262)
    sources = maps(ax, 92, 4, BLUE)
    places = [column(x, count) for x, count, _ in UNITS]
    for spot, unit in zip(sources, places[0], strict=True):
        line(ax, (spot[0], unit[0]), (spot[1], unit[1]), dark(BLUE))
    for before, after in pairwise(places):
        for start in before:
            for end in after:
                line(ax, (start[0], end[0]), (start[1], end[1]), INK)
    targets = maps(ax, 590, 2, GREEN)
    for spot, unit in zip(targets, places[-1], strict=True):
        line(ax, (unit[0], spot[0]), (unit[1], spot[1]), dark(GREEN))
    for spots, (_, _, colour) in zip(places, UNITS, strict=True):
        for x, y in spots:
            box(ax, x, y, NODE, NODE, colour=colour)
    text(ax, 92, 24, "4 maps")
    text(ax, 350, 24, "the same small network at each pixel")
    text(ax, 590, 24, "2 maps")
    text(ax, 306, 222, f"{ONE} convolution\n4 to 3 maps, ReLU", SMALL)
    text(ax, 432, 222, f"{ONE} convolution\n3 to 2 maps, ReLU", SMALL)
    return figure
