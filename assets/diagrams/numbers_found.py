"""How many numbers some famous models learned, on a logarithmic axis."""

from math import log10

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREY,
    INK,
    SMALL,
    THIN,
    canvas,
    dark,
    line,
    text,
    tint,
)

MODELS = (
    (1989, 9_760, "postcodes", "9,760", "left"),
    (1998, 60_000, "LeNet-5", "60,000", "left"),
    (2012, 60_000_000, "AlexNet", "60 million", "right"),
    (2017, 213_000_000, "Transformer", "213 million", "left"),
    (2020, 175_000_000_000, "GPT-3", "175 billion", "left"),
)
LEFT, RIGHT, TOP, BASE = 130, 670, 26, 286


def place(year: float, count: float) -> tuple[float, float]:
    """Return where a year and a count lie on the canvas."""
    x = LEFT + (year - 1985) / 40 * (RIGHT - LEFT)
    y = BASE - (log10(count) - 3) / 9 * (BASE - TOP)
    return x, y


def draw() -> Figure:
    """Draw a dot for each model, with its name and its count."""
    figure, ax = canvas(328)
    for power, word in ((3, "thousand"), (6, "million"), (9, "billion")):
        _, y = place(1985, 10**power)
        line(ax, (LEFT, RIGHT), (y, y), tint(GREY, 0.4))
        text(ax, LEFT - 10, y, f"one {word}", SMALL, GREY, "right")
    line(ax, (LEFT, RIGHT), (BASE, BASE), INK, THIN)
    for year in range(1990, 2026, 10):
        x, _ = place(year, 1e3)
        line(ax, (x, x), (BASE, BASE + 5), INK, THIN)
        text(ax, x, BASE + 18, str(year), SMALL, GREY)
    for year, count, name, written, align in MODELS:
        x, y = place(year, count)
        line(ax, [x], [y], dark(BLUE), marker="o", markersize=6)
        x += 12 if align == "left" else -12
        text(ax, x, y - 9, name, align=align, weight="bold")
        text(ax, x, y + 9, written, SMALL, dark(BLUE), align)
    words = "numbers that were learned"
    text(ax, 14, (TOP + BASE) / 2, words, SMALL, GREY, rotation=90)
    return figure
