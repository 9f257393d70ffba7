"""Where a program comes from: written by a person, or found in examples."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    TITLE,
    arrow,
    box,
    canvas,
    dark,
    line,
    text,
)

FIRST, SECOND, THIRD = 112, 350, 588
WIDE, TALL = 150, 58
HIGH, MIDDLE, LOW = 72, 208, 306


def step(ax: Axes, start: float, end: float, y: float, colour: str) -> None:
    """Draw an arrow between two boxes of a row."""
    arrow(ax, (start + WIDE / 2 + 4, y), (end - WIDE / 2 - 4, y), colour)


def draw() -> Figure:
    """Draw programming above, and learning in two rows below it."""
    figure, ax = canvas(354)
    text(ax, 20, 20, "programming", TITLE, align="left", weight="bold")
    box(ax, FIRST, HIGH, WIDE, TALL, "a person\nwho knows the rule", ORANGE)
    box(ax, SECOND, HIGH, WIDE, TALL, "program", BLUE)
    box(ax, THIRD, HIGH, WIDE, TALL, "answer", GREEN)
    step(ax, FIRST, SECOND, HIGH, dark(ORANGE))
    text(ax, (FIRST + SECOND) / 2, HIGH - 13, "writes", colour=dark(ORANGE))
    step(ax, SECOND, THIRD, HIGH, dark(BLUE))

    line(ax, (20, 680), (126, 126), GREY)
    text(ax, 20, 150, "learning", TITLE, align="left", weight="bold")
    words = "molecules with\nmeasured answers"
    box(ax, FIRST, MIDDLE, WIDE, TALL, words, ORANGE)
    box(ax, SECOND, MIDDLE, WIDE, TALL, "training", GREY)
    box(ax, THIRD, MIDDLE, WIDE, TALL, "numbers\nthat fit them", BLUE)
    step(ax, FIRST, SECOND, MIDDLE, dark(ORANGE))
    step(ax, SECOND, THIRD, MIDDLE, GREY)

    box(
        ax,
        FIRST,
        LOW,
        WIDE,
        TALL,
        "a molecule that\nnobody has tested",
        ORANGE,
    )
    box(ax, SECOND, LOW, WIDE, TALL, "model", BLUE)
    box(ax, THIRD, LOW, WIDE, TALL, "prediction", GREEN)
    step(ax, FIRST, SECOND, LOW, dark(ORANGE))
    step(ax, SECOND, THIRD, LOW, dark(BLUE))
    start = (THIRD - WIDE / 2 - 4, MIDDLE + 20)
    arrow(ax, start, (SECOND + WIDE / 2 - 20, LOW - TALL / 2 - 4), dark(BLUE))
    return figure
