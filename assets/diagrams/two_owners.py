"""Who decides what: the owner of the problem and the owner of the model."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SMALL,
    arrow,
    box,
    canvas,
    dark,
    text,
)

HIGH, MIDDLE, LOW = 40, 134, 228
WIDE, TALL = 118, 54
COLUMNS = (205, 345, 485, 625)


def draw() -> Figure:
    """Draw the two roles as rows, and their common work between them."""
    figure, ax = canvas(268)
    for y, name, what, colour in (
        (HIGH, "domain expert", "owns the problem", ORANGE),
        (MIDDLE, "both", "at one table", GREEN),
        (LOW, "data scientist", "owns the model", BLUE),
    ):
        look = {"colour": dark(colour), "align": "left", "weight": "bold"}
        text(ax, 12, y - 9, name, **look)
        text(ax, 12, y + 11, what, SMALL, GREY, "left")

    for i, y, words, colour in (
        (0, HIGH, "What is the\nquestion?", ORANGE),
        (1, HIGH, "What would\nbe harm?", ORANGE),
        (3, HIGH, "Is it used,\nand how?", ORANGE),
        (0, MIDDLE, "Which number\nstands for it?", GREEN),
        (1, MIDDLE, "Where are the\ndata from?", GREEN),
        (3, MIDDLE, "Which errors,\nand why these?", GREEN),
        (1, LOW, "What is held\nout of training?", BLUE),
        (2, LOW, "Which model,\nwhich baseline?", BLUE),
        (3, LOW, "How wrong\nis it?", BLUE),
    ):
        box(ax, COLUMNS[i], y, WIDE, TALL, words, colour)

    down, side = TALL / 2 + 4, WIDE / 2 + 3
    for x, y, z in (
        (COLUMNS[0], HIGH, MIDDLE),
        (COLUMNS[1], HIGH, MIDDLE),
        (COLUMNS[1], MIDDLE, LOW),
    ):
        arrow(ax, (x, y + down), (x, z - down), GREY)
    for y, z in ((LOW, MIDDLE), (MIDDLE, HIGH)):
        arrow(ax, (COLUMNS[3], y - down), (COLUMNS[3], z + down), GREY)
    for i, j, y in ((0, 1, MIDDLE), (1, 2, LOW), (2, 3, LOW)):
        arrow(ax, (COLUMNS[i] + side, y), (COLUMNS[j] - side, y), GREY)
    back = (COLUMNS[3] - side, MIDDLE), (COLUMNS[1] + side, MIDDLE)
    arrow(ax, *back, dark(GREEN))
    text(ax, COLUMNS[2], MIDDLE - 12, "back again", SMALL, dark(GREEN))
    return figure
