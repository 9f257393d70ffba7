"""A 3 x 3 kernel on a 4 x 4 image, one window worked out by hand."""

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    TITLE,
    Fill,
    arrow,
    canvas,
    dark,
    frame,
    grid,
    shape,
    text,
    tint,
)

IMAGE = [[1, 2, 1, 6], [2, 1, 2, 7], [1, 1, 1, 6], [2, 2, 1, 7]]
KERNEL = [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]
ROW, COLUMN = 0, 1  # the window that is worked out
CELL, MIDDLE = 36, 120
LEFTS = (60, 305, 550)


def seen(i: int, j: int) -> str:
    """Colour the pixels of the image that lie in the window."""
    inside = 0 <= i - ROW < len(KERNEL) and 0 <= j - COLUMN < len(KERNEL)
    return tint(BLUE, 0.3 if inside else 0)


def made(i: int, j: int) -> str:
    """Colour the number of the output that the window gives."""
    return tint(BLUE, 0.3 if (i, j) == (ROW, COLUMN) else 0)


def draw() -> Figure:
    """Draw image, kernel and output, and nine products under them."""
    figure, ax = canvas(350)
    image, kernel = torch.tensor(IMAGE), torch.tensor(KERNEL)
    output = F.conv2d(image[None, None].float(), kernel[None, None].float())
    parts: tuple[tuple[str, torch.Tensor, Fill], ...] = (
        ("image", image, seen),
        ("kernel", kernel, tint(ORANGE, 0.35)),
        ("output", output[0, 0].int(), made),
    )
    for left, (name, values, fill) in zip(LEFTS, parts, strict=True):
        rows, columns = values.shape
        top, centre = MIDDLE - rows * CELL / 2, left + columns * CELL / 2
        grid(ax, left, top, values.tolist(), CELL, fill, size=TITLE)
        text(ax, centre, 22, name, TITLE, weight="bold")
        shape(ax, centre, 212, (rows, columns), (INK, INK))

    k, across, down = len(kernel), COLUMN * CELL, ROW * CELL
    top = MIDDLE - len(image) * CELL / 2
    frame(ax, LEFTS[0] + across, top + down, k * CELL, k * CELL, BLUE)
    top = MIDDLE - len(output[0, 0]) * CELL / 2
    frame(ax, LEFTS[2] + across, top + down, CELL, CELL, BLUE)
    text(ax, 255, MIDDLE, r"$\ast$", 16, GREY)
    arrow(ax, (450, MIDDLE), (512, MIDDLE), GREY)

    window = image[ROW : ROW + k, COLUMN : COLUMN + k]
    for i in range(k):
        for j in range(k):
            x, y = 130 + 130 * j, 262 + 32 * i
            pixel, weight = int(window[i, j]), int(kernel[i, j])
            word = f"({weight})" if weight < 0 else str(weight)
            word = word.replace("-", "\N{MINUS SIGN}")
            if (i, j) != (0, 0):
                text(ax, x - 52, y, "+")
            text(ax, x - 8, y, str(pixel), TITLE, dark(BLUE), "right")
            text(ax, x, y, r"$\cdot$", TITLE)
            text(ax, x + 8, y, word, TITLE, dark(ORANGE), "left")
    total = int((window * kernel).sum())
    assert total == output[0, 0, ROW, COLUMN]
    text(ax, LEFTS[2] - 40, 294, "=", TITLE)
    centre = LEFTS[2] + (COLUMN + 0.5) * CELL
    text(ax, centre, 294, str(total), TITLE, dark(BLUE), weight="bold")
    return figure
