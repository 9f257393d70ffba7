"""The part on architectures: a picture, ever smaller maps, an answer."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREEN,
    GREY,
    INK,
    ORANGE,
    arrow,
    canvas,
    dark,
    rectangle,
    tint,
)

MIDDLE = 118
# Where a stack begins, its number of maps, their side, their colour.
STACKS = (
    (175, 4, 96, BLUE),
    (305, 6, 66, GREEN),
    (420, 8, 44, BLUE),
    (520, 10, 26, GREEN),
)
STEP = 6
PICTURE = (".##..##.", "########", "########", "#.####.#")
ANSWER = (18, 30, 92, 24, 12)


def draw() -> Figure:
    """Draw what a convolutional network makes of a shirt."""
    figure, ax = canvas(210)
    for row, cells in enumerate((*PICTURE, *["..####.."] * 4)):
        for column, cell in enumerate(cells):
            fill = tint(GREY, 0.8 if cell == "#" else 0.08)
            corner = (28 + 14 * column, MIDDLE - 56 + 14 * row)
            rectangle(ax, *corner, 14, 14, fill, dark(GREY))
    for x, count, side, colour in STACKS:
        for k in reversed(range(count)):
            corner = (x + STEP * k, MIDDLE - side / 2 - STEP * k + 12)
            shade = tint(colour, 0.3)
            rectangle(ax, *corner, side, side, shade, dark(colour))
    for k, length in enumerate(ANSWER):
        fill = ORANGE if length == max(ANSWER) else tint(ORANGE, 0.35)
        y = MIDDLE - 52 + 22 * k
        rectangle(ax, 640, y, length * 0.5, 16, fill, dark(ORANGE))
    arrow(ax, (336, 32), (458, 32), INK, BOLD, bend=-0.35)
    return figure
