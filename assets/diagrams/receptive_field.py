"""Three layers in one dimension, and the pixels that one number sees."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SMALL,
    TITLE,
    bracket,
    canvas,
    code,
    dark,
    line,
    rectangle,
    text,
    tint,
)

# Kernel size, stride, padding.
LAYERS = ((3, 1, 1), (3, 2, 1), (3, 1, 1))
PIXELS, CHOSEN = 14, 3  # of the input; the number that is followed
CELL, PITCH, LEFT, BOTTOM, RISE = 20, 26, 196, 288, 80


def sizes() -> list[int]:
    """Return the length of the input and of the output of each layer."""
    found = [PIXELS]
    for h, s, p in LAYERS:
        found.append((found[-1] + 2 * p - h) // s + 1)
    return found


def fields() -> list[tuple[int, int, int]]:
    """Return first pixel, step and size of the field, layer by layer."""
    found = [(0, 1, 1)]
    for h, s, p in LAYERS:
        first, step, size = found[-1]
        found.append((first - p * step, step * s, size + (h - 1) * step))
    return found


def middle(level: int, i: int) -> float:
    """Return where a number stands: in the middle of what it sees."""
    first, step, size = fields()[level]
    return LEFT + PITCH * (first + i * step + (size - 1) / 2)


def height(level: int) -> float:
    """Return the middle of a row of cells."""
    return BOTTOM - RISE * level


def cell(ax: Axes, level: int, i: int, seen: bool, zero: bool) -> None:
    """Draw a number of a layer, or a zero beside it."""
    x, y = middle(level, i) - CELL / 2, height(level) - CELL / 2
    colour = tint(ORANGE, 0.3) if zero else tint(BLUE, 0.35 if seen else 0.06)
    rectangle(ax, x, y, CELL, CELL, colour, GREY if zero else INK)
    if zero:
        text(ax, x + CELL / 2, y + CELL / 2, "0", SMALL, GREY)


def draw() -> Figure:
    """Draw the rows from the input up, and the cone below one number."""
    figure, ax = canvas(352)
    lengths, top = sizes(), len(LAYERS)
    seen = {top: {CHOSEN}}
    for level in range(top, 0, -1):
        h, s, p = LAYERS[level - 1]
        below = {i * s - p + a for i in seen[level] for a in range(h)}
        for i in range(lengths[level]):
            for a in range(h):
                strong = i in seen[level]
                line(
                    ax,
                    (middle(level, i), middle(level - 1, i * s - p + a)),
                    (
                        height(level) + CELL / 2,
                        height(level - 1) - CELL / 2,
                    ),
                    dark(BLUE) if strong else tint(GREY, 0.35),
                )
        seen[level - 1] = below
    for level, length in enumerate(lengths):
        padding = LAYERS[level][2] if level < top else 0
        for i in range(-padding, length + padding):
            zero = not 0 <= i < length
            cell(ax, level, i, i in seen[level], zero)
        _, step, size = fields()[level]
        name = "input" if level == 0 else f"layer {level}"
        text(ax, 14, height(level) - 9, name, TITLE, align="left")
        if level:
            h, s, _ = LAYERS[level - 1]
            words = f"kernel {h}, stride {s}"
            text(ax, 14, height(level) + 9, words, SMALL, GREY, align="left")
            words = f"sees {size}, step {step}"
            code(ax, 686, height(level), words, size=SMALL, align="right")
    first, step, size = fields()[top]
    left = middle(0, first + CHOSEN * step) - CELL / 2
    right = left + PITCH * (size - 1) + CELL
    bracket(ax, left, right, BOTTOM + CELL / 2 + 16, -8, dark(BLUE))
    words = f"receptive field: {size} pixels"
    text(ax, (left + right) / 2, BOTTOM + CELL / 2 + 36, words, TITLE)
    return figure
