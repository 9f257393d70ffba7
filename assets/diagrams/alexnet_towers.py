"""AlexNet as it was trained: two towers, one on each of two processors."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    RED,
    SMALL,
    arrow,
    box,
    canvas,
    dark,
    text,
)

TIMES = "\N{MULTIPLICATION SIGN}"
# Name, a kernel's shape, outputs of one tower, and whether it reads both.
LAYERS = (
    ("conv 1", "3x11x11", "48", True),
    ("conv 2", "48x5x5", "128", False),
    ("conv 3", "256x3x3", "192", True),
    ("conv 4", "192x3x3", "192", False),
    ("conv 5", "192x3x3", "128", False),
    ("dense 6", "", "2,048", True),
    ("dense 7", "", "2,048", True),
)
LEFT, STEP, WIDE, TALL = 124, 80, 58, 34
ROWS = (98, 182)


def draw() -> Figure:
    """Draw two rows of layers, and who reads whom."""
    figure, ax = canvas(250)
    middle = sum(ROWS) / 2
    box(
        ax,
        38,
        middle,
        56,
        52,
        f"image\n3{TIMES}224\n{TIMES}224",
        GREY,
        size=SMALL,
    )
    places = [LEFT + STEP * i for i in range(len(LAYERS))]
    for number, y in enumerate(ROWS):
        arrow(ax, (66, middle), (LEFT - WIDE / 2, y))
        text(ax, 38, y, f"GPU {number + 1}")
    for i, (x, (name, kernel, words, both)) in enumerate(
        zip(places, LAYERS, strict=True)
    ):
        text(ax, x, 26, name)
        text(ax, x, 48, kernel.replace("x", TIMES), SMALL, GREY)
        start, end = x - STEP + WIDE / 2, x - WIDE / 2
        for y in ROWS:
            colour = BLUE if name.startswith("conv") else ORANGE
            box(ax, x, y, WIDE, TALL, words, colour, size=SMALL)
            if i == 0:
                continue
            arrow(ax, (start, y), (end, y))
            if both:
                other = ROWS[0] + ROWS[1] - y
                arrow(ax, (start, other), (end, y), dark(RED))
    x = places[-1] + STEP - 10
    for y in ROWS:
        arrow(ax, (places[-1] + WIDE / 2, y), (x - 23, middle), INK)
    box(ax, x, middle, 46, TALL, "1,000", ORANGE, size=SMALL)
    text(ax, x - 6, 26, "dense 8")
    text(ax, 38, 48, "kernel", SMALL, GREY)
    text(ax, 350, 228, "red: what comes from the other GPU", SMALL, dark(RED))
    return figure
