"""Figures that follow the theme: dark colours within each SVG of the site.

Figures are drawn for white paper. A browser answers `prefers-color-scheme`
inside a picture by the `color-scheme` of its place on the page, which the
theme sets; so one file serves both themes. In the dark each colour keeps its
hue and its contrast with the ground, and thus any two colours their contrast
with each other. Image data stay as they are, and so does what is written on
them. Only the site's copies are changed.
"""

import colorsys
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

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
    head, *axes = AXES.split(PAPER.sub(r"\1", svg, count=1))
    svg = "".join([head, *map(keep_what_is_on_images, axes)])
    rules = [f":root{{fill:{dark('#000000')}}}"]  # what has no colour is black
    for paint, colour in sorted(set(PAINT.findall(svg))):
        rules.append(
            f'[style*="{paint}: {colour}"]{{{paint}:{dark(colour)}!important}}'
        )
    style = f"<style>{MARK}{{{''.join(rules)}}}</style>"
    return re.sub(r"<svg [^>]*>", rf"\g<0>{style}", svg, count=1)


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
