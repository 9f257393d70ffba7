"""Four kinds of learning, told by what comes with each example."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SMALL,
    WHITE,
    arrow,
    box,
    canvas,
    code,
    dark,
    line,
    rectangle,
    text,
    tint,
)

NAME, CELLS, CELL, ANSWER = 20, 230, 40, 575
ROWS = (60, 142, 224, 306)


def strip(ax: Axes, y: float, fills: list[str], words: list[str]) -> float:
    """Draw cells in a row; return where the last one ends."""
    for i, (fill, word) in enumerate(zip(fills, words, strict=True)):
        x = CELLS + i * CELL
        rectangle(ax, x, y - 17, CELL, 34, fill)
        text(ax, x + CELL / 2, y, word, SMALL)
    return CELLS + len(fills) * CELL


def draw() -> Figure:
    """Draw what the learner gets, one kind a row."""
    figure, ax = canvas(356)
    text(ax, CELLS, 16, "what is shown", SMALL, GREY, "left")
    text(ax, ANSWER, 16, "what the answer is", SMALL, GREY)
    blue = tint(BLUE)

    names = (
        ("supervised", "somebody measured it"),
        ("self-supervised", "it was there all along"),
        ("unsupervised", "nobody knows it"),
        ("reinforcement", "it comes late"),
    )
    for y, (name, why) in zip(ROWS, names, strict=True):
        text(ax, NAME, y - 9, name, align="left", weight="bold")
        text(ax, NAME, y + 10, why, SMALL, GREY, "left")
    for y in ROWS[1:]:
        line(ax, (NAME, 680), (y - 41, y - 41), tint(GREY, 0.4))

    end = strip(ax, ROWS[0], [blue] * 4, [""] * 4)
    arrow(ax, (end + 8, ROWS[0]), (ANSWER - 72, ROWS[0]), GREY)
    box(ax, ANSWER, ROWS[0], 132, 34, "a label", ORANGE)

    words = ["on", "a", "train", "", "the"]
    end = strip(ax, ROWS[1], [blue, blue, blue, WHITE, blue], words)
    text(ax, CELLS + 3.5 * CELL, ROWS[1], "?", colour=dark(ORANGE))
    arrow(ax, (end + 8, ROWS[1]), (ANSWER - 72, ROWS[1]), GREY)
    box(ax, ANSWER, ROWS[1], 132, 34, "the hidden part", ORANGE)

    end = strip(ax, ROWS[2], [blue] * 4, [""] * 4)
    arrow(ax, (end + 8, ROWS[2]), (ANSWER - 72, ROWS[2]), GREY)
    for colour, spots in (
        (GREEN, ((-34, -9), (-22, 4), (-38, 10))),
        (PURPLE, ((14, -8), (26, 6), (36, -10), (20, 12))),
    ):
        for x, y in spots:
            place = [ANSWER + x], [ROWS[2] + y]
            line(ax, *place, dark(colour), marker="o", markersize=4.5)

    for i in range(4):
        x = CELLS + 20 + i * 62
        box(ax, x, ROWS[3], 38, 34, "", BLUE if i < 3 else GREY)
        code(ax, x, ROWS[3], "abc"[i] if i < 3 else "…", size=SMALL)
        if i < 3:
            arrow(ax, (x + 23, ROWS[3]), (x + 39, ROWS[3]), GREY)
    arrow(ax, (CELLS + 233, ROWS[3]), (ANSWER - 72, ROWS[3]), GREY)
    box(ax, ANSWER, ROWS[3], 132, 34, "a score at the end", ORANGE)
    return figure
