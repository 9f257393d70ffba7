"""Figures for the screen: small files, with dark colours within each SVG.

Figures are drawn for white paper. A browser answers `prefers-color-scheme`
inside a picture by the `color-scheme` of its place on the page, which the
theme sets; so one file serves both themes. In the dark each colour keeps its
hue and its contrast with the ground, and thus any two colours their contrast
with each other. Image data stay as they are, and so does what is written on
them.

matplotlib writes more than a screen can show: six decimals of a point, and
grey pictures in colours. Only the site's copies are changed.
"""

import base64
import colorsys
import io
import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

GROUND = "#121212"  # of the theme's dark pages
BRIGHTEST = 15.0  # contrast; with more, white letters glare
MARK = "@media (prefers-color-scheme:dark)"
PAPER = re.compile(
    r'(<g id="figure_1">\s*)<g id="patch_1">\s*<path[^>]*'
    r"fill: (?:#ffffff|none)[^>]*/>\s*</g>"
)
PAINT = re.compile(r"\b(fill|stroke): (#[0-9a-f]{6})\b")
AXES = re.compile(r'(?=<g id="axes_\d+">)')
IMAGE = re.compile(
    r"<image [^>]*translate\(0 -([\d.]+)\)[^>]*"
    r' x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"'
)
METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
# Decimals of a point that are kept of curves, and of the places of markers.
DECIMALS = {re.compile(r' d="[^"]*"'): 2, re.compile(r"<use\b[^>]*>"): 1}
LONG = re.compile(r"-?\d+\.\d{2,}")
PNG = re.compile(r"(?<=data:image/png;base64,)[^\"]+")
TEXT = re.compile(
    r'<g id="text_\d+">(?:(?!<g id=).)*?translate\(([-\d.]+) ([-\d.]+)\)'
    r"(?:(?!<g id=).)*",
    re.DOTALL,
)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG defines it.

    Args:
        colour: as #rrggbb.
    """
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21.

    Args:
        one: as #rrggbb.
        other: likewise.
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@cache
def dark(colour: str) -> str:
    """Return the colour whose contrast with the dark ground is the same.

    Args:
        colour: as #rrggbb, drawn on white.

    >>> dark("#ffffff")
    '#121212'
    """
    if colour == "#ffffff":
        return GROUND
    wanted = min(contrast(colour, "#ffffff"), BRIGHTEST)
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(*channels)
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        mixed = colorsys.hls_to_rgb(hue, middle, saturation)
        found = "#" + "".join(f"{round(255 * c):02x}" for c in mixed)
        if luminance(found) + 0.05 < wanted * (luminance(GROUND) + 0.05):
            low = middle
        else:
            high, best = middle, found
    return best


def themed(svg: str) -> str:
    """Return an SVG of matplotlib without its paper and with both palettes.

    Args:
        svg: the file's text; what was themed already comes back as it is.
    """
    if MARK in svg:
        return svg
    head, *axes = AXES.split(PAPER.sub(r"\1", shortened(svg), count=1))
    svg = "".join([head, *map(keep_what_is_on_images, axes)])
    rules = [f":root{{fill:{dark('#000000')}}}"]  # what has no colour is black
    for paint, colour in sorted(set(PAINT.findall(svg))):
        rules.append(
            f'[style*="{paint}: {colour}"]{{{paint}:{dark(colour)}!important}}'
        )
    style = f"<style>{MARK}{{{''.join(rules)}}}</style>"
    return re.sub(r"<svg [^>]*>", rf"\g<0>{style}", svg, count=1)


def shortened(svg: str) -> str:
    """Return an SVG without what nobody can see.

    Args:
        svg: the file's text.
    """
    svg = PNG.sub(lambda png: grey(png[0]), METADATA.sub("", svg, count=1))
    for where, decimals in DECIMALS.items():
        svg = where.sub(partial(rounded, decimals=decimals), svg)
    return svg


def rounded(part: re.Match[str], decimals: int) -> str:
    """Return a part of an SVG with fewer digits.

    Args:
        part: what was found.
        decimals: of its numbers, at most.
    """

    def short(number: re.Match[str]) -> str:
        return f"{float(number[0]):.{decimals}f}".rstrip("0").rstrip(".")

    return LONG.sub(short, part[0]).replace(" \n", "\n")


def grey(png: str) -> str:
    """Return a picture with one number a pixel, if it is grey and opaque.

    Args:
        png: in Base64; what has colours or holes comes back as it is.
    """
    image = Image.open(io.BytesIO(base64.b64decode(png)))
    red, green, blue, opacity = image.convert("RGBA").split()
    same = red.tobytes() == green.tobytes() == blue.tobytes()
    if not same or opacity.getextrema() != (255, 255):
        return png
    written = io.BytesIO()
    red.save(written, "PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode("ascii")


def keep_what_is_on_images(axes: str) -> str:
    """Return axes in which text on an image is not found by the rules.

    Args:
        axes: a part of an SVG.
    """
    boxes = list(image_boxes(axes))

    def kept(text: re.Match[str]) -> str:
        x, y = map(float, text.groups())
        if not any(a <= x <= b and c <= y <= d for a, b, c, d in boxes):
            return text[0]
        whole = PAINT.sub(r"\1:\2", text[0])
        return whole.replace('">', '" style="fill:#000000">', 1)

    return TEXT.sub(kept, axes) if boxes else axes


def image_boxes(axes: str) -> Iterator[tuple[float, float, float, float]]:
    """Yield left, right, top and bottom of each image.

    Args:
        axes: a part of an SVG, in which images stand upside down.
    """
    for image in IMAGE.finditer(axes):
        turn, x, y, width, height = map(float, image.groups())
        yield x, x + width, turn - y - height, turn - y


def finish(app: Sphinx, error: Exception | None) -> None:
    """Give the figures of the site both palettes.

    Args:
        app: of the build.
        error: that ended it, if any.
    """
    if app.builder.name != "html" or error:
        return
    for path in Path(app.outdir, "_images").glob("*.svg"):
        text = path.read_text("utf8")
        if (both := themed(text)) != text:
            path.write_text(both, "utf8")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("build-finished", finish)
