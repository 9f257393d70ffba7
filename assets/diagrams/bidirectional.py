"""Two recurrent layers that read a text from both ends."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PURPLE,
    SMALL,
    arrow,
    box,
    canvas,
    dark,
    text,
)

LETTERS = "thetime"
ENDS = (2, 6)  # where a word ends
ABOVE, BACK, FORWARD, BELOW = 48, 126, 196, 274
WIDE, TALL, GAP = 46, 34, 4
FIRST, STEP = 128, 82


def draw() -> Figure:
    """Draw the letters, the states of both directions, and the answers."""
    figure, ax = canvas(BELOW + 34)
    there, back = dark(BLUE), dark(PURPLE)
    for i, letter in enumerate(LETTERS):
        x, last = FIRST + i * STEP, len(LETTERS) - 1
        answer = "end" if i in ENDS else "no"
        box(ax, x, ABOVE, WIDE, TALL, answer, GREEN if i in ENDS else GREY)
        box(ax, x - 7, BACK, WIDE, TALL, r"$\mathbf{h}^{\leftarrow}$", PURPLE)
        box(ax, x + 7, FORWARD, WIDE, TALL, r"$\mathbf{h}^{\to}$", BLUE)
        box(ax, x, BELOW, WIDE, TALL, letter, GREY)
        half = TALL / 2 + GAP
        arrow(ax, (x + 7, BELOW - half), (x + 7, FORWARD + half), there)
        arrow(ax, (x - 22, BELOW - half), (x - 22, BACK + half), back)
        arrow(ax, (x - 7, BACK - half), (x - 7, ABOVE + half), back)
        arrow(ax, (x + 21, FORWARD - half), (x + 21, ABOVE + half), there)
        if i < last:
            start, end = x + 7 + WIDE / 2 + GAP, x + STEP + 7 - WIDE / 2 - GAP
            arrow(ax, (start, FORWARD), (end, FORWARD), there)
            start, end = start - 14, end - 14
            arrow(ax, (end, BACK), (start, BACK), back)
    text(ax, 14, ABOVE, "ends here?", SMALL, INK, "left")
    text(ax, 14, BACK, "backwards", SMALL, back, "left")
    text(ax, 14, FORWARD, "forwards", SMALL, there, "left")
    text(ax, 14, BELOW, "letter", SMALL, INK, "left")
    return figure
