"""Figures say what they show, and colours can be told apart."""

from itertools import combinations

import numpy as np
import pytest
import torch
from matplotlib import colors
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from d2l import palette, plot

LABELS = ["cat", "dog", "owl"]


def labels(ax):
    return ax.get_xlabel(), ax.get_ylabel()


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_curves():
    series = {
        "validation loss": torch.tensor([3.0, 2.0], requires_grad=True),
        "LeNet": [2, 1],
        "test": np.array([1.0, 0.5]),
        "training": torch.tensor([5.0, 4.0], dtype=torch.bfloat16),
        "other": (1, 1),
    }
    figure = plot.curves(
        torch.tensor([1, 10]),
        series,
        xlabel="epoch",
        ylabel="loss (nats)",
        xscale="log",
        marker="o",
    )
    assert isinstance(figure, Figure)
    (ax,) = figure.axes
    assert labels(ax) == ("epoch", "loss (nats)")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert [line.get_color() for line in ax.lines] == [
        plot.VALIDATION,
        plot.CYCLE[0],
        plot.TEST,
        plot.TRAIN,
        plot.CYCLE[1],
    ]
    assert {line.get_marker() for line in ax.lines} == {"o"}
    assert len({line.get_linestyle() for line in ax.lines[:4]}) == 4
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(series)
    assert list(ax.lines[0].get_xdata()) == [1, 10]
    assert list(ax.lines[3].get_ydata()) == [5, 4]


def test_curves_over_whole_numbers_have_whole_ticks():
    for x, whole in (([1, 2, 3], True), ([0.1, 0.2, 0.3], False)):
        figure = plot.curves(x, {"a": x}, xlabel="x", ylabel="y")
        ticks = figure.axes[0].get_xticks()
        assert (ticks == ticks.round()).all() == whole


def test_curves_errors():
    names = {"xlabel": "x", "ylabel": "y"}
    with pytest.raises(ValueError, match="at least one"):
        plot.curves([1, 2], {}, **names)
    with pytest.raises(ValueError, match=r"b must have shape \(2,\).*\(3,\)"):
        plot.curves([1, 2], {"a": [1, 2], "b": [1, 2, 3]}, **names)
    with pytest.raises(ValueError, match=r"x must have 1 dim.*\(1, 2\)"):
        plot.curves([[1, 2]], {"a": [1, 2]}, **names)


@pytest.mark.parametrize(
    "shape", [(7, 1, 8, 6), (7, 8, 6), (7, 3, 8, 6), (7, 1, 6, 8)]
)
def test_images(shape):
    batch = torch.rand(shape)
    figure = plot.images(batch, [f"no. {i}" for i in range(7)], columns=4)
    assert len(figure.axes) == 8  # two rows
    assert not any(ax.axison for ax in figure.axes)
    shown = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title() for ax in shown] == [f"no. {i}" for i in range(7)]
    for ax, picture in zip(shown, batch, strict=True):
        expected = picture.squeeze(0) if len(picture) != 3 else picture
        if expected.ndim == 3:
            expected = expected.permute(1, 2, 0)
        np.testing.assert_allclose(ax.images[0].get_array(), expected)


def test_images_share_a_scale():
    figure = plot.images(torch.tensor([[[0.0, 1.0]], [[2.0, 5.0]]]))
    assert {ax.images[0].get_clim() for ax in figure.axes} == {(0, 5)}


@pytest.mark.parametrize("extreme", [5.0, -5.0])
def test_images_of_weights_are_white_at_zero(extreme):
    weights = torch.tensor([[[0.0, 1.0]], [[2.0, extreme]]])
    figure = plot.images(weights, signed=True)
    assert {ax.images[0].get_clim() for ax in figure.axes} == {(-5, 5)}
    image = figure.axes[0].images[0]
    assert image.to_rgba(np.zeros((1, 1)))[0, 0] == pytest.approx(1, abs=0.04)
    red, _, blue, _ = image.to_rgba(np.full((1, 1), 5.0))[0, 0]
    assert red > blue


def test_images_take_bytes_and_lists():
    batch = [
        torch.randint(256, (3, 4, 4), dtype=torch.uint8),
        torch.randint(256, (5, 5), dtype=torch.uint8),
    ]
    assert len(plot.images(batch).axes) == 2


@pytest.mark.parametrize(
    ("batch", "options", "message"),
    [
        (torch.zeros(0, 4, 4), {}, "0 pictures"),
        (torch.zeros(2, 4, 4), {"columns": 0}, "0 columns"),
        (torch.zeros(2, 4, 4), {"titles": ["a"]}, "1 titles for 2 pictures"),
        (torch.zeros(4, 4), {}, r"got \(4,\)"),
        (torch.zeros(2, 2, 4, 4), {}, r"got \(2, 4, 4\)"),
        (torch.zeros(2, 3, 4, 4), {"signed": True}, r"got \(3, 4, 4\)"),
        (torch.full((2, 3, 4, 4), 1.1), {}, r"in \[0, 1\]"),
        (torch.full((2, 3, 4, 4), -0.1), {}, r"in \[0, 1\]"),
    ],
)
def test_images_errors(batch, options, message):
    with pytest.raises(ValueError, match=message):
        plot.images(batch, **options)


def test_matrix_of_counts():
    counts = torch.tensor([[900, 5, 0], [3, 7, 0], [0, 0, 0]])
    figure = plot.matrix(counts, LABELS, LABELS)
    (ax,) = figure.axes
    assert labels(ax) == ("predicted class", "true class")
    assert [t.get_text() for t in ax.get_xticklabels()] == LABELS
    assert [t.get_text() for t in ax.get_yticklabels()] == LABELS
    texts = {t.get_position(): t.get_text() for t in ax.texts}
    assert texts[1, 0] == "5"  # column 1, row 0
    assert texts[0, 1] == "3"
    assert len(texts) == 9
    inks = {t.get_position(): t.get_color() for t in ax.texts}
    assert inks[0, 0] == "white" and inks[2, 2] == "black"


def test_matrix_in_percent():
    counts = torch.tensor([[3, 1], [0, 0]])
    figure = plot.matrix(
        counts, ["a", "b"], ["c", "d"], percent=True, xlabel="taken for"
    )
    (ax,) = figure.axes
    assert [t.get_text() for t in ax.texts] == ["75", "25", "0", "0"]
    assert labels(ax) == ("taken for (% of the row)", "true class")


def test_matrix_of_weights_is_legible():
    figure = plot.matrix(torch.rand(10, 10), range(10), range(10))
    (ax,) = figure.axes
    assert all(len(t.get_text()) == 4 for t in ax.texts)  # 0.12
    (cells,) = ax.collections
    assert ax.yaxis_inverted()  # as one reads a matrix
    paper = cells.to_rgba(cells.get_array())[..., :3].reshape(100, 3)
    for text, rgb in zip(ax.texts, paper, strict=True):
        assert contrast(text.get_color(), colors.to_hex(rgb)) > 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (torch.zeros(3, 2), r"shape \(3, 3\), got \(3, 2\)"),
        (torch.zeros(3), r"got \(3,\)"),
        (-torch.eye(3), "at least 0"),
    ],
)
def test_matrix_errors(values, message):
    with pytest.raises(ValueError, match=message):
        plot.matrix(values, LABELS, LABELS)


def test_contours_lie_on_their_level():
    def saddle(x):
        assert x.shape == (41**2, 2)
        return x[:, 0] ** 2 + 2 * x[:, 1]

    figure = plot.contours(
        saddle, xlim=(-2, 2), ylim=(-1, 3), levels=[1.0, 2.0], points=41
    )
    (ax,) = figure.axes
    assert labels(ax) == ("$x_1$", "$x_2$")
    (lines,) = (c for c in ax.collections if len(c.get_paths()) == 2)
    for level, path in zip((1.0, 2.0), lines.get_paths(), strict=True):
        x, y = path.vertices.T
        np.testing.assert_allclose(x**2 + 2 * y, level, atol=0.01)


def test_contours_of_a_function_of_one_point():
    function = torch.vmap(lambda x: (x @ x).sqrt())
    figure = plot.contours(function, xlim=(0, 1), ylim=(0, 1))
    assert figure.axes[0].collections


def test_contours_errors():
    with pytest.raises(ValueError, match=r"\(10201,\), got \(\)"):
        plot.contours(lambda x: x.sum(), xlim=(0, 1), ylim=(0, 1))


def test_bars():
    figure = plot.bars(
        LABELS, [0.5, 0.75, 0.25], [0.1, 0.2, 0.0], xlabel="accuracy"
    )
    (ax,) = figure.axes
    assert labels(ax) == ("accuracy", "")
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0.75, 0.25]
    assert [t.get_text() for t in ax.get_yticklabels()] == LABELS
    assert ax.yaxis_inverted()  # the first is on top
    (spread,) = ax.collections
    ends = np.array([s[:, 0] for s in spread.get_segments()])
    np.testing.assert_allclose(ends[:, 1] - ends[:, 0], [0.2, 0.4, 0.0])
    assert not plot.bars(["a"], [1], xlabel="x").axes[0].collections


def test_bars_differ_in_colour_only_where_it_means_something():
    names = ["conv 1", "conv 2", "training error", "test error"]
    (ax,) = plot.bars(names, [1, 2, 3, 4], xlabel="x").axes
    first, second, training, test = (
        colors.to_hex(b.get_fc()).upper() for b in ax.patches
    )
    assert first == second
    assert (training, test) == (palette.TRAIN, palette.TEST)


@pytest.mark.parametrize(
    ("values", "errors", "message"),
    [
        ([1, 2], None, r"values must have shape \(3,\), got \(2,\)"),
        ([1, 2, 3], [1, 2], "errors must have"),
        ([1, 2, 3], [1, 2, -1], "negative, got -1"),
    ],
)
def test_bars_errors(values, errors, message):
    with pytest.raises(ValueError, match=message):
        plot.bars(LABELS, values, errors, xlabel="x")


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plot.curves([1], {"a": [1]}, xlabel="x", ylabel="y", ax=ax),
        lambda ax: plot.matrix([[1]], ["a"], ["b"], ax=ax),
        lambda ax: plot.bars(["a"], [1], xlabel="x", ax=ax),
        lambda ax: plot.contours(
            lambda x: x.sum(-1), xlim=(0, 1), ylim=(0, 1), ax=ax
        ),
    ],
)
def test_given_axes_are_drawn_into(draw):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert draw(right) is figure
    assert right.has_data() and not left.has_data()
    inner = figure.subfigures(1, 1).subplots()
    assert draw(inner) is figure
    assert plt.get_fignums() == []


def test_one_figure_is_left_for_the_notebook_to_show():
    figure = plot.images(torch.rand(2, 4, 4))
    assert [plt.figure(n) for n in plt.get_fignums()] == [figure]


# Colour vision: Machado et al. (2009), full severity, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
PALETTE = (palette.TRAIN, palette.VALIDATION, palette.TEST, *palette.CYCLE)


def linear(colour):
    c = np.array(colors.to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    y = [linear(c) @ (0.2126, 0.7152, 0.0722) + 0.05 for c in (a, b)]
    return max(y) / min(y)


def lab(rgb):
    """CIE L*a*b* of linear RGB, white point D65."""
    xyz = (
        np.array(
            [
                [0.4124564, 0.3575761, 0.1804375],
                [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041],
            ]
        )
        @ np.clip(rgb, 0, 1)
        / (0.95047, 1, 1.08883)
    )
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array(
        [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
    )


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_differ_for_everybody(sight):
    seen = {c: lab(np.array(SIGHT[sight]) @ linear(c)) for c in PALETTE}
    for a, b in combinations(PALETTE, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 15, (a, b)


def test_colours_stand_out_from_the_page():
    for colour in PALETTE:
        assert contrast(colour, "#ffffff") > 3, colour
