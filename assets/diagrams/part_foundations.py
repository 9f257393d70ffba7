"""The part on foundations: data, a line through them, a way downhill."""

from itertools import pairwise
from math import cos, pi, sin

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREY,
    INK,
    ORANGE,
    RED,
    arrow,
    canvas,
    dark,
    line,
    rectangle,
    tint,
)

NOISE = (14, -22, 9, 25, -13, 4, -27, 18, -6, 20, -16, 7)
CENTRE = (545, 105)
BOWLS = ((115, 78), (85, 56), (55, 35), (25, 15))
PATH = ((450, 52), (500, 132), (528, 86), (541, 112), (545, 105))


def draw() -> Figure:
    """Draw numbers, points with a line, and steps into a bowl."""
    figure, ax = canvas(210)
    for row in range(4):
        for column in range(4):
            shade = tint(ORANGE, 0.15 + 0.2 * ((3 * row + 2 * column) % 4))
            corner = (30 + 38 * column, 29 + 38 * row)
            rectangle(ax, *corner, 38, 38, shade, dark(ORANGE))
    line(ax, (228, 228, 400), (30, 180, 180), GREY, BOLD)
    for i, noise in enumerate(NOISE):
        x = 240 + 13 * i
        ax.plot(x, 160 - 0.62 * (x - 228) + noise, "o", ms=5, color=BLUE)
    line(ax, (232, 392), (158, 58), dark(RED), 2.4)
    turn = [2 * pi * k / 60 for k in range(61)]
    for wide, high in BOWLS:
        xs = [CENTRE[0] + wide * cos(t) for t in turn]
        ys = [CENTRE[1] + high * sin(t) for t in turn]
        line(ax, xs, ys, GREY)
    for start, end in pairwise(PATH):
        arrow(ax, start, end, INK, BOLD)
    return figure
