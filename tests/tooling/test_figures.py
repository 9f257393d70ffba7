"""Figures in the dark: as distinct as on paper, and of the same size."""

import base64
import gzip
import io
import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from PIL import Image
from sphinx_book_theme import get_html_theme_path

from d2l import plot
from tests.package.test_plot import PALETTE, SIGHT, lab, linear
from tests.tooling.conftest import ROOT
from tooling.website.figures import (
    BRIGHTEST,
    GROUND,
    MARK,
    contrast,
    dark,
    shortened,
    themed,
)

DIAGRAMS = sorted((ROOT / "assets/diagrams").glob("*.svg"))
PAINTED = r"(?:fill|stroke): (#[0-9a-f]{6})"
COLOURS = st.integers(0, 2**24 - 1).map(lambda n: f"#{n:06x}")


def drawn(figure):
    """Return a figure as a kernel hands it to a page."""
    file = io.StringIO()
    figure.savefig(file, format="svg", facecolor="white")
    plt.close(figure)
    return file.getvalue()


def rules(svg):
    """Return what a file says of the dark: light colours by dark ones."""
    found = re.findall(r'"(?:fill|stroke): (#\w+)"\]\{\w+:(#\w+)', svg)
    return dict(found)


def pixels(svg):
    """Return what the pictures within a file show."""
    found = re.findall(r'base64,([^"]+)"', svg)
    pictures = [
        Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
        for png in found
    ]
    return [(p.size, p.tobytes()) for p in pictures]


def test_a_file_is_shorter_and_nothing_moves():
    figure, (left, right) = plt.subplots(1, 2)
    dots = np.random.default_rng(0).normal(size=(2, 200))
    left.plot(*dots, "o")
    left.plot([0.0, 1.0], [0.0, 123.456])
    right.imshow(np.linspace(0, 1, 784).reshape(28, 28), cmap="gray")
    svg = drawn(figure)
    short = shortened(svg)
    assert len(gzip.compress(short.encode())) < 0.7 * len(
        gzip.compress(svg.encode())
    )
    assert pixels(short) == pixels(svg)
    # matplotlib's own names of things hold digits that are no numbers.
    for file in (svg, short):
        assert "<metadata>" not in short and file.count("<use") > 200
    inside = re.compile(r'[\w:]+="[^"]*"')
    before = inside.findall(re.sub("(?s)<metadata>.*</metadata>", "", svg))
    for one, other in zip(before, inside.findall(short), strict=True):
        if "base64" in one:
            continue
        number = r"-?\d+\.\d+|-?\d+"
        assert re.sub(number, "", one).split() == (
            re.sub(number, "", other).split()
        )
        values = [
            list(map(float, re.findall(number, v))) for v in (one, other)
        ]
        np.testing.assert_allclose(*values, atol=0.051)


def test_a_picture_with_colours_or_holes_stays():
    for pixel in ([1.0, 0.5, 0.5, 1.0], [0.5, 0.5, 0.5, 0.5]):
        figure, ax = plt.subplots()
        ax.imshow(np.full((2, 2, 4), pixel))
        svg = drawn(figure)
        found = [
            re.findall('base64,([^"]+)', f) for f in (svg, shortened(svg))
        ]
        assert found[0] == found[1] and found[0]


@given(COLOURS)
def test_a_colour_keeps_its_contrast_with_the_ground(colour):
    wanted = min(contrast(colour, "#ffffff"), BRIGHTEST)
    assert contrast(dark(colour), GROUND) == pytest.approx(wanted, rel=0.06)


def test_the_ground_is_that_of_the_dark_theme():
    assert dark("#ffffff") == GROUND
    style = get_html_theme_path() / "static/styles/sphinx-book-theme.css"
    assert f"--pst-color-background:{GROUND}" in re.sub(
        r": *", ":", style.read_text()
    )


@pytest.mark.parametrize("sight", SIGHT)
def test_curves_can_be_told_apart_in_the_dark(sight):
    shown = [dark(colour.lower()) for colour in PALETTE]
    seen = [lab(np.array(SIGHT[sight]) @ linear(colour)) for colour in shown]
    for a, b in combinations(seen, 2):
        assert np.linalg.norm(a - b) > 15
    for colour in shown:
        assert contrast(colour, GROUND) > 3, colour


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_is_legible_in_both_themes(path):
    svg = path.read_text()
    both = themed(svg)
    assert both.replace(re.search("<style>@.*?</style>", both)[0], "") in (
        re.sub(
            r'<g id="patch_1">.*?</g>',
            "",
            shortened(svg),
            count=1,
            flags=re.DOTALL,
        )
    )
    assert rules(both).keys() >= {*re.findall(PAINTED, svg)} - {"#ffffff"}
    for text in re.findall(r'<g style="fill: (#\w{6})" transform', svg):
        if text == "#ffffff":
            continue  # stands on a colour, and keeps its contrast with it
        assert contrast(text, "#ffffff") >= 4.5, text
        assert contrast(rules(both)[text], GROUND) >= 4.5, text


def test_both_themes_take_hardly_more_than_one():
    one = [shortened(path.read_text()).encode() for path in DIAGRAMS]
    both = [themed(svg.decode()).encode() for svg in one]
    size = [sum(len(gzip.compress(f)) for f in files) for files in (one, both)]
    assert size[1] < 1.04 * size[0]
    assert max(len(b) - len(a) for a, b in zip(one, both, strict=True)) < 4000


def test_a_plot_has_no_paper_and_is_themed_once():
    series = {"training": [1, 2], "test": [2, 1]}
    svg = drawn(plot.curves([1, 2], series, xlabel="x", ylabel="y"))
    both = themed(svg)
    assert 'id="patch_1"' in svg and 'id="patch_1"' not in both
    assert both.count(MARK) == 1 and themed(both) == both
    assert rules(both)[plot.TRAIN.lower()] == dark(plot.TRAIN.lower())
    # Letters of matplotlib are black by not saying so.
    assert f":root{{fill:{dark('#000000')}}}" in both


def test_image_data_and_what_is_written_on_them_stay():
    figure, ax = plt.subplots()
    ax.imshow([[0.0, 1.0]])
    ax.text(0, 0, "on it", color="white")
    ax.text(1, 0, "on it too")
    ax.set_title("above", color="#123456")
    ax.set_xlabel("below", color="#123456")
    svg = drawn(figure)
    both = themed(svg)
    assert pixels(both) == pixels(svg)
    written = both.split("<!-- on it -->")[1]
    assert written.lstrip().startswith('<g style="fill:#ffffff"')
    before = both.split("<!-- on it too -->")[0]
    assert re.search(r'<g id="text_\d+" style="fill:#000000">\s*$', before)
    assert both.count("fill: #123456") == 2 + 1  # and the rule
    assert both.count("fill:#000000") == 2  # of both texts on it
