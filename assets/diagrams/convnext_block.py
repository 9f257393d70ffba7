"""From the bottleneck of ResNet to the block of ConvNeXt."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SMALL,
    TITLE,
    arrow,
    box,
    canvas,
    dark,
    line,
    text,
)

TOP, STEP, TALL = 84, 66, 30
X = "\N{MULTIPLICATION SIGN}"
BY_1, BY_3, BY_7 = f"1{X}1", f"3{X}3", f"7{X}7"
# Kernel, maps that come in and go out, and what follows.
Layer = tuple[str, int, int, str]
COLUMNS: dict[str, Sequence[Layer]] = {
    "ResNet": (
        (BY_1, 256, 64, "norm, ReLU"),
        (BY_3, 64, 64, "norm, ReLU"),
        (BY_1, 64, 256, "norm"),
    ),
    "inverted": (
        (BY_1, 96, 384, "norm, ReLU"),
        (f"{BY_3} per map", 384, 384, "norm, ReLU"),
        (BY_1, 384, 96, "norm"),
    ),
    "ConvNeXt": (
        (f"{BY_7} per map", 96, 96, "norm"),
        (BY_1, 96, 384, "GELU"),
        (BY_1, 384, 96, ""),
    ),
}


def width(maps: int) -> float:
    """Return how wide a layer is drawn: the more maps, the wider."""
    return {64: 112, 96: 124, 256: 144, 384: 176}[maps]


def column(ax: Axes, x: float, title: str, layers: Sequence[Layer]) -> None:
    """Draw a block from top to bottom, and the way around it."""
    text(ax, x, 16, title, TITLE, weight="bold")
    text(ax, x, 44, "$x$", TITLE)
    y, end = 54.0, TOP + 3 * STEP
    for i, (kernel, before, after, then) in enumerate(layers):
        middle = TOP + i * STEP
        arrow(ax, (x, y), (x, middle - TALL / 2), INK)
        colour = ORANGE if kernel == BY_1 else BLUE
        change = f"{before} → {after}" if before != after else f"{after}"
        words = f"{kernel}, {change}"
        wide = max(width(before), width(after))
        box(ax, x, middle, wide, TALL, words, colour, size=SMALL)
        y = middle + TALL / 2
        text(ax, x + 8, y + 15, then, SMALL, dark(GREY), align="left")
    arrow(ax, (x, y), (x, end - 13), INK)
    side, green = x + 102, dark(GREEN)
    line(ax, (x + 10, side, side), (45, 45, end), green, 1.8)
    arrow(ax, (side, end), (x + 13, end), green, 1.8)
    box(ax, x, end, 24, 24, "+", GREEN, size=TITLE)
    after = "" if title == "ConvNeXt" else "ReLU"
    arrow(ax, (x, end + 13), (x, end + 40), INK)
    text(ax, x + 8, end + 24, after, SMALL, dark(GREY), align="left")


def draw() -> Figure:
    """Draw the three blocks side by side."""
    figure, ax = canvas(TOP + 3 * STEP + 46)
    for x, (title, layers) in zip(
        (112, 346, 580), COLUMNS.items(), strict=True
    ):
        column(ax, x, title, layers)
    return figure
