"""The visual language: one palette, one typeface, two line weights.

A canvas is 700 pixels wide and measured in pixels, y pointing down, so
that what is written here is what a reader sees at full width. Colours are
those of Okabe and Ito, which colour-blind readers can tell apart; letters
use their darkened forms, which have a contrast of 5 on white.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

WIDTH = 700
POINT = 96 / 72  # pixels

BLUE, SKY, GREEN = "#0072B2", "#56B4E9", "#009E73"
RED, ORANGE, YELLOW, PURPLE = "#D55E00", "#E69F00", "#F0E442", "#CC79A7"
INK, GREY, WHITE = "#1F2933", "#5B6770", "#FFFFFF"
ACROSS, DOWN, DEEP = BLUE, RED, GREEN  # along a row, a column, the sheets

THIN, BOLD = 0.8, 1.8  # line weights in points
SMALL, TEXT, TITLE = 9.0, 10.0, 11.0  # type sizes in points
LEVEL = 2  # all on one: what is drawn later covers what is there
MONO_ADVANCE = 0.602 * POINT  # width of a monospaced letter over its size

Colour = str
Fill = Colour | Callable[[int, int], Colour]
Spot = tuple[float, float]

RC: dict[Any, Any] = {
    "svg.fonttype": "path",  # the same letters on every machine
    "svg.hashsalt": "do to learn",
    "pdf.fonttype": 42,
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
}


def tint(colour: Colour, strength: float = 0.25) -> Colour:
    """Mix a colour with white, for the inside of shapes."""
    red, green, blue = (1 - strength * (1 - c) for c in to_rgb(colour))
    return to_hex((red, green, blue))


def contrast(colour: Colour) -> float:
    """Return the contrast of a colour with white, as WCAG defines it."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(colour)
    ]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (light + 0.05)


def dark(colour: Colour) -> Colour:
    """Darken a colour until its letters are legible on white."""
    while contrast(colour) < 5:
        red, green, blue = to_rgb(colour)
        colour = to_hex((0.97 * red, 0.97 * green, 0.97 * blue))
    return colour


def canvas(height: float) -> tuple[Figure, Axes]:
    """Return a white figure of 700 x height pixels, y pointing down."""
    figure = Figure(figsize=(WIDTH / 96, height / 96), facecolor=WHITE)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(height, 0))
    ax.set_axis_off()
    return figure, ax


def text(
    ax: Axes,
    x: float,
    y: float,
    words: str,
    size: float = TEXT,
    colour: Colour = INK,
    align: str = "center",
    **options: Any,
) -> None:
    """Write words, the middle of their capitals (or lines) at y."""
    options = {"rotation_mode": "anchor", **options}
    lines = words.split("\n")
    for i, line in enumerate(lines):
        drop = 0.365 * size * POINT
        drop += (i - (len(lines) - 1) / 2) * 1.4 * size * POINT
        sideways = options.get("rotation") == 90
        ax.text(
            x + drop * sideways,
            y + drop * (not sideways),
            line,
            fontsize=size,
            color=colour,
            ha=align,
            va="baseline",
            zorder=LEVEL,
            **options,
        )


def code(ax: Axes, x: float, y: float, words: str, **options: Any) -> None:
    """Write words as code."""
    text(ax, x, y, words, family="DejaVu Sans Mono", **options)


def shape(
    ax: Axes,
    x: float,
    y: float,
    sizes: Sequence[int],
    colours: Sequence[Colour],
    size: float = TEXT,
) -> None:
    """Write a shape such as (2, 3) around x, each size in its colour."""
    pieces = [("(", INK)]
    for i, (number, colour) in enumerate(zip(sizes, colours, strict=True)):
        pieces += [(", ", INK)] * (i > 0) + [(str(number), dark(colour))]
    pieces += [(",)" if len(sizes) == 1 else ")", INK)]
    x -= sum(len(word) for word, _ in pieces) * MONO_ADVANCE * size / 2
    for word, colour in pieces:
        weight = "normal" if colour == INK else "bold"
        options = {"size": size, "colour": colour, "weight": weight}
        code(ax, x, y, word, align="left", **options)
        x += len(word) * MONO_ADVANCE * size


def rectangle(
    ax: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    fill: Colour = WHITE,
    edge: Colour = INK,
    line: float = THIN,
) -> None:
    """Draw a rectangle from its upper left corner."""
    look: dict[str, Any] = {
        "facecolor": fill,
        "edgecolor": edge,
        "linewidth": line,
        "joinstyle": "miter",
        "zorder": LEVEL,
    }
    ax.add_patch(Rectangle((x, y), width, height, **look))


def box(
    ax: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    words: str = "",
    colour: Colour = GREY,
    **options: Any,
) -> None:
    """Draw a rounded box around the point (x, y), with words in it."""
    corner = (x - width / 2, y - height / 2)
    look: dict[str, Any] = {
        "boxstyle": "round,pad=0,rounding_size=6",
        "facecolor": tint(colour, 0.18),
        "edgecolor": dark(colour),
        "linewidth": THIN,
        "zorder": LEVEL,
    }
    ax.add_patch(FancyBboxPatch(corner, width, height, **look))
    text(ax, x, y, words, **options)


def grid(
    ax: Axes,
    x: float,
    y: float,
    values: Sequence[Sequence[object]],
    cell: float = 30,
    fill: Fill = WHITE,
    edge: Colour = INK,
    wide: float | None = None,
    size: float = TEXT,
) -> None:
    """Draw a matrix of cells from its upper left corner.

    Args:
        ax: where to draw.
        x: left edge in pixels.
        y: upper edge in pixels.
        values: what to write, row by row; "" leaves a cell empty.
        cell: height of a cell in pixels.
        fill: colour of the cells, or a function of row and column.
        edge: colour of the lines.
        wide: width of a cell in pixels, its height if not given.
        size: type size in points.
    """
    wide = wide or cell
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            colour = fill if isinstance(fill, str) else fill(i, j)
            left, top = x + j * wide, y + i * cell
            rectangle(ax, left, top, wide, cell, colour, edge)
            word = str(value).replace("-", "\N{MINUS SIGN}")
            text(ax, left + wide / 2, top + cell / 2, word, size)


def frame(
    ax: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    colour: Colour = INK,
) -> None:
    """Draw a bold outline around cells."""
    rectangle(ax, x, y, width, height, "none", dark(colour), BOLD)


def line(
    ax: Axes,
    xs: Sequence[float],
    ys: Sequence[float],
    colour: Colour = INK,
    weight: float = THIN,
    **options: Any,
) -> None:
    """Draw a line through points."""
    options = {"color": colour, "linewidth": weight, **options}
    ax.plot(xs, ys, zorder=LEVEL, **options)


def arrow(
    ax: Axes,
    start: Spot,
    end: Spot,
    colour: Colour = INK,
    weight: float = THIN,
    bend: float = 0,
) -> None:
    """Draw an arrow; a bend other than 0 makes it an arc."""
    look: dict[str, Any] = {
        "arrowstyle": "-|>,head_length=4.5,head_width=2.4",
        "mutation_scale": 1.3,
        "shrinkA": 0,
        "shrinkB": 0,
        "color": colour,
        "linewidth": weight,
        "joinstyle": "miter",
        "connectionstyle": f"arc3,rad={bend}",
        "zorder": LEVEL,
    }
    ax.add_patch(FancyArrowPatch(start, end, **look))


def bracket(
    ax: Axes, x0: float, x1: float, y: float, height: float, colour: Colour
) -> None:
    """Draw a flat bracket from x0 to x1, its feet `height` below y."""
    xs, ys = [x0, x0, x1, x1], [y + height, y, y, y + height]
    line(ax, xs, ys, colour, BOLD)


def render(
    draw: Callable[[], Figure], kinds: Sequence[str] = ("svg", "pdf")
) -> dict[str, bytes]:
    """Return a drawing as SVG and PDF, the same bytes at every call."""
    undated = {
        "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
        "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
    }
    files = {}
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        figure = draw()
        for kind in kinds:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, metadata=undated[kind])
            files[kind] = buffer.getvalue()
    return files
