"""An Inception block: four branches side by side, and their maps in turn."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SMALL,
    TEXT,
    arrow,
    box,
    canvas,
    dark,
    line,
    rectangle,
    text,
    tint,
)

TIMES = "\N{MULTIPLICATION SIGN}"
LEFT, RIGHT = 40, 660
X = (112, 270, 430, 588)  # middles of the four branches
WIDE, TALL = 140, 32
FIRST, SECOND, JOIN = 122, 190, 262
# Kind and maps of the two layers of each branch, and its colour.
BRANCHES = (
    (("", ""), (f"1{TIMES}1", "192 → 64"), BLUE),
    ((f"1{TIMES}1", "192 → 96"), (f"3{TIMES}3", "96 → 128"), ORANGE),
    ((f"1{TIMES}1", "192 → 16"), (f"5{TIMES}5", "16 → 32"), GREEN),
    ((f"3{TIMES}3", "maximum"), (f"1{TIMES}1", "192 → 32"), PURPLE),
)
MAPS = (64, 128, 32, 32)


def draw() -> Figure:
    """Draw block 3a of GoogLeNet from top to bottom."""
    figure, ax = canvas(352)
    rectangle(ax, LEFT, 36, RIGHT - LEFT, 26, tint(GREY, 0.18), GREY)
    text(ax, (LEFT + RIGHT) / 2, 49, "192 maps", TEXT)
    scale = (RIGHT - LEFT) / sum(MAPS)
    edge = float(LEFT)
    for x, (first, second, colour), maps in zip(
        X, BRANCHES, MAPS, strict=True
    ):
        start = 62.0
        if first[0]:
            arrow(ax, (x, start), (x, FIRST - TALL / 2), INK)
            words = f"{first[0]}, {first[1]}"
            shade = GREY if "maximum" in words else colour
            box(ax, x, FIRST, WIDE, TALL, words, shade, size=SMALL)
            start = FIRST + TALL / 2
        arrow(ax, (x, start), (x, SECOND - TALL / 2), INK)
        words = f"{second[0]}, {second[1]}"
        box(ax, x, SECOND, WIDE, TALL, words, colour, size=SMALL)
        width = scale * maps
        middle = edge + width / 2
        line(ax, (x, x), (SECOND + TALL / 2, 226), INK)
        line(ax, (x, middle), (226, 242), INK)
        arrow(ax, (middle, 242), (middle, JOIN), INK)
        rectangle(ax, edge, JOIN, width, 30, tint(colour, 0.3), dark(colour))
        text(ax, middle, JOIN + 15, str(maps), TEXT)
        edge += width
    text(ax, (LEFT + RIGHT) / 2, JOIN + 52, "256 maps", TEXT)
    return figure
