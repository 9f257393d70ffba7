"""Figures of the book. Every helper returns a matplotlib Figure.

A notebook shows the figures of a cell when the cell ends, so write
`figure = curves(...)`: as the value of the cell it would appear twice. What
is given an `ax` draws into it and returns the figure that it belongs to.

Colours mean the same on every page: a curve or bar whose label begins with
the word training, validation or test is drawn in `TRAIN`, `VALIDATION` or
`TEST`; all others take their turn in `CYCLE`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from d2l.palette import CYCLE, TEST, TRAIN, VALIDATION

MEANINGS = {"training": TRAIN, "validation": VALIDATION, "test": TEST}
#: Numbers to draw, in anything that NumPy can read.
Values = Tensor | ArrayLike


def curves(
    x: Values,
    series: Mapping[str, Values],
    *,
    xlabel: str,
    ylabel: str,
    marker: str = "",
    ax: Axes | None = None,
    **settings: Any,
) -> Figure:
    """Draw one or more curves over the same points, with a legend.

    Args:
        x: the points.
        series: the values of each curve, by label.
        xlabel: what the points are, with the unit.
        ylabel: what the values are, with the unit.
        marker: matplotlib's marker at each point, none if empty.
        ax: where to draw.
        **settings: of the axes, such as `yscale="log"` or `ylim=(0, 1)`.

    Shape:
        x and the values of each curve: (n,).

    Raises:
        ValueError: if there is no curve, or one has not n values.

    >>> losses = {"training": [2.0, 1.0], "validation": [2.1, 1.3]}
    >>> figure = curves([1, 2], losses, xlabel="epoch", ylabel="loss")
    """
    if not series:
        raise ValueError("curves needs at least one curve")
    points = _array("x", x, 1)
    figure, ax = _axes(ax, 5, 3)
    colours, strokes = _colours(series), cycle(("-", "--", "-.", ":"))
    for (label, y), colour in zip(series.items(), colours, strict=True):
        values = _array(label, y, 1, len(points))
        stroke = f"{marker}{next(strokes)}"
        ax.plot(points, values, stroke, color=colour, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel, **settings)
    if (points == points.round()).all() and ax.get_xscale() == "linear":
        ax.locator_params("x", integer=True)
    ax.legend()
    return figure


def images(
    batch: Tensor | Sequence[Tensor],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 10,
    size: float = 0.9,
    signed: bool = False,
) -> Figure:
    """Show pictures in a grid, row by row, the grey ones on one scale.

    Args:
        batch: grey pictures with any values, coloured ones in [0, 1] or of
            type uint8.
        titles: one above each picture.
        columns: most pictures in a row.
        size: width of a picture, in inches.
        signed: show weights: red above zero, blue below, white at zero.

    Shape:
        each picture: (H, W), (1, H, W) or, unless signed, (3, H, W).

    Raises:
        ValueError: if there is no picture, one has another shape or range, or
            the titles are not as many.

    >>> figure = images(torch.rand(4, 1, 28, 28), ["shirt"] * 4, columns=2)
    """
    pictures = [_picture(p, signed) for p in batch]
    count = len(pictures)
    if count == 0 or columns < 1:
        raise ValueError(f"cannot show {count} pictures in {columns} columns")
    if titles is not None and len(titles) != count:
        raise ValueError(f"{len(titles)} titles for {count} pictures")
    grey = [p for p in pictures if p.ndim == 2]
    low = min((float(p.min()) for p in grey), default=0)
    high = max((float(p.max()) for p in grey), default=1)
    if signed:
        high = max(-low, high)
        low = -high
    columns = min(columns, count)
    rows = -(-count // columns)
    height = size * pictures[0].shape[0] / pictures[0].shape[1]
    height += 0.2 if titles else 0
    figure, axes = _figure(columns * size, rows * height, rows, columns)
    colours = "RdBu_r" if signed else "gray"
    for i, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if i < count:
            ax.imshow(pictures[i], cmap=colours, vmin=low, vmax=high)
            ax.set_title(titles[i] if titles else "", fontsize=8)
    return figure


def matrix(
    values: Values,
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    *,
    xlabel: str = "predicted class",
    ylabel: str = "true class",
    percent: bool = False,
    ax: Axes | None = None,
) -> Figure:
    """Show a matrix as shaded cells with a number in each.

    Args:
        values: counts, or other numbers of at least 0.
        row_labels: names of the rows, from the top.
        column_labels: names of the columns.
        xlabel: what the columns are.
        ylabel: what the rows are.
        percent: show each value as a share of its row, in per cent.
        ax: where to draw.

    Shape:
        values: (R, C), for R row labels and C column labels.

    Raises:
        ValueError: if the labels do not fit, or a value is negative.

    >>> figure = matrix([[8, 2], [1, 9]], ["cat", "dog"], ["cat", "dog"])
    """
    rows, columns = len(row_labels), len(column_labels)
    table = _array("values", values, 2, rows, columns)
    if table.size == 0 or table.min() < 0:
        raise ValueError("values must be numbers of at least 0")
    whole = percent or np.issubdtype(table.dtype, np.integer)
    if percent:
        table = 100 * table / np.maximum(table.sum(1, keepdims=True), 1e-12)
    figure, ax = _axes(ax, 1.5 + 0.5 * columns, 1.2 + 0.4 * rows)
    edges = np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5
    cells = ax.pcolormesh(*edges, table, cmap="Blues", vmin=0, ec="white")
    ax.invert_yaxis()
    light = cells.to_rgba(table)[..., :3] ** 2.2  # (R, C, 3)
    luminance = light @ (0.2126, 0.7152, 0.0722)
    for (i, j), value in np.ndenumerate(table):
        ink = "black" if luminance[i, j] > 0.18 else "white"
        text = f"{value:.0f}" if whole else f"{value:.2f}"
        ax.text(j, i, text, ha="center", va="center", fontsize=8, color=ink)
    ax.set_xticks(range(columns), column_labels, rotation=90)
    ax.set_yticks(range(rows), row_labels)
    ax.set(xlabel=xlabel + (" (% of the row)" if percent else ""))
    ax.set(ylabel=ylabel)
    return figure


def contours(
    function: Callable[[Tensor], Tensor],
    *,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    levels: int | Sequence[float] = 10,
    points: int = 101,
    xlabel: str = "$x_1$",
    ylabel: str = "$x_2$",
    ax: Axes | None = None,
) -> Figure:
    """Draw contour lines, in grey: a path over them may have a colour.

    Args:
        function: of many points at once; `torch.vmap(f)` makes one out of a
            function of a single point.
        xlim: least and greatest value of the first variable.
        ylim: least and greatest value of the second.
        levels: values to draw lines at, or about how many to choose.
        points: a side of the grid that the function is computed on.
        xlabel: what the first variable is.
        ylabel: what the second variable is.
        ax: where to draw.

    Shape:
        function: (n, 2) -> (n,), with n = points^2.

    Raises:
        ValueError: if the function returns another shape.

    >>> bowl = torch.vmap(lambda x: x @ x)
    >>> figure = contours(bowl, xlim=(-1, 1), ylim=(-1, 1), levels=[0.5, 1])
    """
    x, y = torch.linspace(*xlim, points), torch.linspace(*ylim, points)
    z = _array("function", function(torch.cartesian_prod(x, y)), 1, points**2)
    figure, ax = _axes(ax, 4, 3)
    heights = z.reshape(points, points).T  # row: second variable
    lines = ax.contour(x.numpy(), y.numpy(), heights, levels, colors="dimgray")
    ax.clabel(lines, fontsize=7)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return figure


def bars(
    labels: Sequence[str],
    values: Values,
    errors: Values | None = None,
    *,
    xlabel: str,
    ylabel: str = "",
    ax: Axes | None = None,
) -> Figure:
    """Compare values by horizontal bars, the first on top.

    Labels tell the bars apart; colours only mark training, validation and
    test.

    Args:
        labels: what is compared.
        values: length of each bar.
        errors: spread of each value, drawn to both sides.
        xlabel: what the values are, with the unit.
        ylabel: what the labels are.
        ax: where to draw.

    Shape:
        values, errors: (n,), for n labels.

    Raises:
        ValueError: if the lengths differ, or a spread is negative.

    >>> figure = bars(["A", "B"], [0.8, 0.9], [0.02, 0.01], xlabel="accuracy")
    """
    count = len(labels)
    lengths = _array("values", values, 1, count)
    spread = None if errors is None else _array("errors", errors, 1, count)
    if spread is not None and (spread < 0).any():
        raise ValueError(f"errors must not be negative, got {spread.min()}")
    figure, ax = _axes(ax, 5, 0.8 + 0.35 * count)
    colours = [MEANINGS.get(_first_word(s), CYCLE[0]) for s in labels]
    ax.barh(range(count), lengths, xerr=spread, capsize=3, color=colours)
    ax.set_yticks(range(count), labels)
    ax.invert_yaxis()
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return figure


def _colours(labels: Iterable[str]) -> list[str]:
    others = cycle(CYCLE)
    words = map(_first_word, labels)
    return [MEANINGS.get(word) or next(others) for word in words]


def _first_word(label: str) -> str:
    return label.partition(" ")[0]


def _figure(
    width: float, height: float, rows: int = 1, columns: int = 1
) -> tuple[Figure, NDArray[Any]]:
    size = (width, height)
    return plt.subplots(
        rows, columns, figsize=size, squeeze=False, layout="constrained"
    )


def _axes(ax: Axes | None, width: float, height: float) -> tuple[Figure, Axes]:
    if ax is not None:
        return ax.figure.figure, ax  # of a subfigure, the whole
    figure, axes = _figure(width, height)
    return figure, axes[0, 0]


def _array(name: str, values: Values, ndim: int, *shape: int) -> NDArray[Any]:
    """Return an array of `ndim` dimensions, and of this shape if given."""
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        values = values.double() if values.is_floating_point() else values
    array = np.asarray(values)
    if array.ndim != ndim or (shape and array.shape != shape):
        wanted = f"shape {shape}" if shape else f"{ndim} dimension(s)"
        raise ValueError(f"{name} must have {wanted}, got {array.shape}")
    return array


def _picture(picture: Tensor, signed: bool) -> NDArray[Any]:
    if picture.ndim == 3 and len(picture) == 1:
        picture = picture[0]
    if picture.ndim == 2:
        return _array("picture", picture, 2)
    if picture.ndim != 3 or len(picture) != 3 or signed:
        raise ValueError(
            "pictures must be (H, W), (1, H, W) or, unless signed, "
            f"(3, H, W), got {tuple(picture.shape)}"
        )
    array = _array("picture", picture.movedim(0, -1), 3)  # (H, W, 3)
    if array.dtype != np.uint8 and not 0 <= array.min() <= array.max() <= 1:
        raise ValueError("coloured pictures must have values in [0, 1]")
    return array
