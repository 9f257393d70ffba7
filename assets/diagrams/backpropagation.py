"""A two-layer network as a graph, with values forward and gradients back."""

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

NODES = ("X", "A", "H", "Z", "L")
SHAPES = ("(B, d)", "(B, m)", "(B, m)", "(B, C)", "( )")
STEPS = ("linear", "ReLU", "linear", "loss")
LEFT, GAP, MIDDLE, BELOW = 60, 145, 110, 190
WIDE, TALL = 58, 40


def draw() -> Figure:
    """Draw the chain of values, what enters it, and the way back."""
    figure, ax = canvas(270)
    colour = dark(RED)
    for i, (name, shape) in enumerate(zip(NODES, SHAPES, strict=True)):
        x = LEFT + i * GAP
        fill = GREY if i == 0 else BLUE if i < len(NODES) - 1 else RED
        box(ax, x, MIDDLE, WIDE, TALL, f"${name}$", fill)
        text(ax, x, MIDDLE - 32, shape, SMALL, GREY)
        if i == 0:
            continue
        grad = "1" if name == "L" else f"$G_{name}$"
        box(ax, x, BELOW, WIDE, TALL, grad, RED)
        start = x - GAP + WIDE / 2 + 4
        arrow(ax, (start, MIDDLE), (x - WIDE / 2 - 4, MIDDLE), INK)
        text(ax, x - GAP / 2, MIDDLE - 14, STEPS[i - 1], SMALL, INK)
        if i > 1:
            arrow(ax, (x - WIDE / 2 - 4, BELOW), (start, BELOW), colour)
    backwards = (
        (2, r"$\odot\,[A>0]$"),
        (3, r"$G_Z\,W_2$"),
        (4, r"$\frac{1}{B}(P-Y)$"),
    )
    for i, words in backwards:
        text(ax, LEFT + (i - 0.5) * GAP, BELOW - 16, words, SMALL, colour)
    for i, words in ((0, "$W_1,\\ b_1$"), (2, "$W_2,\\ b_2$")):
        x = LEFT + (i + 0.5) * GAP
        box(ax, x, 30, 78, 32, words, GREEN)
        arrow(ax, (x, 50), (x, MIDDLE - 26), dark(GREEN))
    x = LEFT + 3.5 * GAP
    box(ax, x, 30, 78, 32, "labels $y$", GREY)
    arrow(ax, (x, 50), (x, MIDDLE - 26), GREY)
    weights = (
        (1, "$G_{W_1}=G_A^{\\top}X$"),
        (3, "$G_{W_2}=G_Z^{\\top}H$"),
    )
    for i, words in weights:
        x = LEFT + i * GAP
        arrow(ax, (x, BELOW + TALL / 2 + 4), (x, 236), dark(GREEN))
        text(ax, x, 250, words, TEXT, dark(GREEN))
    return figure
