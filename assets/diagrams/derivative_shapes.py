"""The four derivatives of numbers and vectors, and their shapes."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    ACROSS,
    DOWN,
    GREY,
    PURPLE,
    TITLE,
    canvas,
    dark,
    grid,
    line,
    text,
    tint,
)

M, N = 2, 3  # entries of f and of x
CELL, WIDE = 32, 74
COLUMNS, ROWS = (265, 535), (118, 277)


def cell(ax: Axes, m: int, n: int, name: str, size: str) -> None:
    """Draw the derivative of m numbers with respect to n numbers."""
    d = r"\partial " if n > 1 else "d"
    fs = [f"_{i + 1}" for i in range(m)] if m > 1 else [""]
    xs = [f"_{j + 1}" for j in range(n)] if n > 1 else [""]
    values = [[rf"${d}f{i}\,/\,{d}x{j}$" for j in xs] for i in fs]
    colours = {(1, 1): GREY, (1, N): ACROSS, (M, 1): DOWN, (M, N): PURPLE}

    x, y = COLUMNS[n > 1], ROWS[m > 1]
    left, top = x - n * WIDE / 2, y - m * CELL / 2
    fill = tint(colours[m, n], 0.16)
    text(ax, x, top - 20, name, TITLE, weight="bold")
    grid(ax, left, top, values, CELL, fill, wide=WIDE)
    text(ax, x, y + m * CELL / 2 + 20, size, colour=GREY)


def draw() -> Figure:
    """Draw the table."""
    figure, ax = canvas(352)
    text(ax, COLUMNS[0], 22, "$x$ a number")
    text(ax, COLUMNS[1], 22, f"$x$ a vector, $n={N}$", colour=dark(ACROSS))
    text(ax, 15, ROWS[0], "$f$ a number", align="left")
    words = f"$f$ a vector,\n$m={M}$"
    text(ax, 15, ROWS[1], words, colour=dark(DOWN), align="left")
    for y in (44, 190):
        line(ax, (15, 685), (y, y), GREY)
    line(ax, (130, 130), (10, 342), GREY)

    cell(ax, 1, 1, "derivative", r"$1\times1$")
    stored = "PyTorch stores it in the shape of $x$"
    cell(ax, 1, N, "gradient, as a row", rf"$1\times n$  ({stored})")
    cell(ax, M, 1, "tangent", r"$m\times1$")
    lines = "a row per $f_i$, a column per $x_j$"
    cell(ax, M, N, "Jacobian", rf"$m\times n$  ({lines})")
    return figure
