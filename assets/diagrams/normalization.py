"""Which values share a mean in batch, layer and group normalization."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    RED,
    SMALL,
    TITLE,
    WHITE,
    arrow,
    canvas,
    dark,
    frame,
    rectangle,
    text,
    tint,
)

SIZE = 4  # examples, and channels
PIXEL, CELL = 14, 36
TOP = 70
PANELS = (
    (64, "batch norm", BLUE, "one mean a channel", (0, 1, 4, 1)),
    (284, "layer norm", RED, "one mean an example", (1, 0, 1, 4)),
    (504, "group norm", GREEN, "one an example and group", (1, 0, 1, 2)),
)


def draw() -> Figure:
    """Draw three tables of tiny maps and mark what is averaged together."""
    figure, ax = canvas(280)
    for left, title, colour, below, (row, column, rows, columns) in PANELS:
        middle = left + SIZE * CELL / 2 - 4
        text(ax, middle, 20, title, TITLE, weight="bold")
        for i in range(SIZE):
            for j in range(SIZE):
                inside = row <= i < row + rows and (
                    column <= j < column + columns
                )
                fill = tint(colour, 0.45) if inside else WHITE
                for k in range(4):
                    x = left + j * CELL + k % 2 * PIXEL
                    y = TOP + i * CELL + k // 2 * PIXEL
                    rectangle(ax, x, y, PIXEL, PIXEL, fill, GREY)
        frame(
            ax,
            left + column * CELL - 4,
            TOP + row * CELL - 4,
            columns * CELL,
            rows * CELL,
            colour,
        )
        text(ax, middle, TOP + SIZE * CELL + 24, below, SMALL, dark(colour))
    left, top = PANELS[0][0], TOP - 18
    arrow(ax, (left, top), (left + SIZE * CELL - 8, top), GREY)
    text(ax, left + 68, top - 12, "channels", SMALL, GREY)
    left = PANELS[0][0] - 18
    arrow(ax, (left, TOP), (left, TOP + SIZE * CELL - 8), GREY)
    text(ax, left - 14, TOP + 68, "examples", SMALL, GREY, rotation=90)
    return figure
