"""The loop that trains a linear regression."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    arrow,
    box,
    canvas,
    dark,
    line,
    text,
)

LEFT, RIGHT, HIGH, LOW = 320, 610, 102, 290
START, ROOF = 85, 16
WIDE, TALL = 130, 56


def draw() -> Figure:
    """Draw a loop of four boxes, and the batches that keep it turning."""
    figure, ax = canvas(338)
    boxes = (
        (START, HIGH, "next batch\n$X,\\ y$", GREY),
        (LEFT, HIGH, "predictions\n$\\hat{y}$", BLUE),
        (RIGHT, HIGH, "loss\n$L$", RED),
        (RIGHT, LOW, "gradient\n$\\nabla_w L,\\ \\nabla_b L$", ORANGE),
        (LEFT, LOW, "parameters\n$w,\\ b$", GREEN),
    )
    for x, y, words, colour in boxes:
        box(ax, x, y, WIDE, TALL, words, colour)

    side, end = WIDE / 2 + 4, TALL / 2 + 4
    arrow(ax, (START + side, HIGH), (LEFT - side, HIGH), GREY)
    text(ax, (START + LEFT) / 2, HIGH - 14, "$X$", colour=GREY)
    line(ax, (START, START, RIGHT), (HIGH - end, ROOF, ROOF), GREY)
    arrow(ax, (RIGHT, ROOF), (RIGHT, HIGH - end), GREY)
    text(ax, START + 14, ROOF + 18, "$y$", colour=GREY)

    middle, centre = (LEFT + RIGHT) / 2, (HIGH + LOW) / 2
    arrow(ax, (LEFT + side, HIGH), (RIGHT - side, HIGH), dark(RED))
    loss = r"$L=\dfrac{1}{B}\sum_i\,(\hat{y}_i-y_i)^2$"
    text(ax, middle, HIGH - 32, loss)

    arrow(ax, (RIGHT, HIGH + end), (RIGHT, LOW - end), dark(ORANGE))
    by_w = r"$\nabla_w L=\dfrac{2}{B}\,X^{\top}(\hat{y}-y)$"
    by_b = r"$\nabla_b L=\dfrac{2}{B}\,\sum_i\,(\hat{y}_i-y_i)$"
    text(ax, RIGHT - 12, centre - 24, by_w, align="right")
    text(ax, RIGHT - 12, centre + 22, by_b, align="right")

    arrow(ax, (RIGHT - side, LOW), (LEFT + side, LOW), dark(GREEN))
    text(ax, middle, LOW - 18, r"$w\leftarrow w-\eta\,\nabla_w L$")
    text(ax, middle, LOW + 20, r"$b\leftarrow b-\eta\,\nabla_b L$")

    arrow(ax, (LEFT, LOW - end), (LEFT, HIGH + end), dark(BLUE))
    text(ax, LEFT - 12, centre, r"$\hat{y}=Xw+b$", align="right")
    return figure
