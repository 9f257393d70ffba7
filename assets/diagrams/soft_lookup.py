"""A query that is compared with keys, and gets a weighted mean of values."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SMALL,
    TITLE,
    arrow,
    box,
    canvas,
    dark,
    text,
)

WIDE, TALL, GAP = 66, 32, 5
QUERY, KEYS, WEIGHTS, VALUES, OUTPUT = 70, 210, 350, 490, 630
FIRST, STEP = 62, 52
SHARES = (0.05, 0.72, 0.2, 0.03)


def draw() -> Figure:
    """Draw query, keys, weights, values and the output, left to right."""
    rows = [FIRST + i * STEP for i in range(len(SHARES))]
    middle = (rows[0] + rows[-1]) / 2
    figure, ax = canvas(rows[-1] + 44)
    box(ax, QUERY, middle, WIDE, TALL, "$\\mathbf{q}$", PURPLE)
    box(ax, OUTPUT, middle, WIDE, TALL, "$\\mathbf{y}$", ORANGE)
    for i, (y, share) in enumerate(zip(rows, SHARES, strict=True), 1):
        box(ax, KEYS, y, WIDE, TALL, f"$\\mathbf{{k}}_{i}$", BLUE)
        box(ax, WEIGHTS, y, WIDE, TALL, f"{share:.2f}", GREY, size=SMALL)
        box(ax, VALUES, y, WIDE, TALL, f"$\\mathbf{{v}}_{i}$", GREEN)
        half = WIDE / 2 + GAP
        arrow(ax, (QUERY + half, middle), (KEYS - half, y))
        arrow(ax, (KEYS + half, y), (WEIGHTS - half, y))
        arrow(ax, (WEIGHTS + half, y), (VALUES - half, y))
        weight = BOLD if share == max(SHARES) else None
        ends = (VALUES + half, y), (OUTPUT - half, middle)
        if weight:
            arrow(ax, *ends, dark(GREEN), weight)
        else:
            arrow(ax, *ends)
    words = (
        ("query", QUERY),
        ("keys", KEYS),
        ("weights", WEIGHTS),
        ("values", VALUES),
        ("output", OUTPUT),
    )
    for label, x in words:
        text(ax, x, 22, label, TITLE, weight="bold")
    return figure
