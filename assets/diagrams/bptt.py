"""Three steps of a recurrent network, and the way back of one loss."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    RED,
    SMALL,
    TEXT,
    arrow,
    box,
    canvas,
    dark,
    text,
)

TIMES = ("t-2", "t-1", "t")
FIRST, GAP, STATE, INPUT = 170, 190, 130, 212
WIDE, TALL, APART = 74, 40, 9  # APART: of the two arrows


def draw() -> Figure:
    """Draw the states, the loss at the last, and what reaches U."""
    figure, ax = canvas(310)
    back, gain = dark(RED), dark(GREEN)
    for i, time in enumerate(TIMES):
        x, lag = FIRST + i * GAP, len(TIMES) - 1 - i
        box(ax, x, STATE, WIDE, TALL, f"$\\mathbf{{h}}_{{{time}}}$", BLUE)
        box(ax, x - 26, INPUT, 50, 30, f"$\\mathbf{{x}}_{{{time}}}$", GREY)
        arrow(ax, (x - 26, INPUT - 18), (x - 26, STATE + 23), GREY)
        start, end = x - GAP + WIDE / 2 + 3, x - WIDE / 2 - 3
        arrow(ax, (start, STATE - APART), (end, STATE - APART), INK)
        name = "$\\mathbf{U}$"
        text(ax, (start + end) / 2, STATE - APART - 13, name, TEXT, INK)
        arrow(ax, (end, STATE + APART), (start, STATE + APART), back)
        words = f"$\\mathbf{{J}}_{{{time}}}$"
        text(ax, (start + end) / 2, STATE + APART + 14, words, TEXT, back)
        arrow(ax, (x + 22, STATE + 23), (x + 22, 262), gain)
        text(ax, x + 22, 278, f"lag {lag}", SMALL, gain)
    text(ax, 20, 278, "gradient of $\\mathbf{U}$:", SMALL, gain, "left")
    for i in range(1, len(TIMES)):
        text(ax, FIRST + (i - 0.5) * GAP + 22, 278, "+", TEXT, gain)
    box(ax, FIRST + 2 * GAP, 40, WIDE, TALL, r"$\ell_t$", RED)
    x = FIRST + 2 * GAP
    arrow(ax, (x - APART, STATE - 23), (x - APART, 63), INK)
    arrow(ax, (x + APART, 63), (x + APART, STATE - 23), back)
    return figure
