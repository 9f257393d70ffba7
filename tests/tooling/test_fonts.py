"""Fonts of formulas: they have the signs of the book's formulas, no others."""

import io

import pytest
from fontTools.ttLib import TTFont

from tooling.pages.mathematics import render
from tooling.website.fonts import CLASSES, WHOLE, cut, signs

FORMULAS = [
    r"\mathbf{A}\mathbf{x} \ne \mathcal{N}(\mu, \sigma^2)",
    r"\lambda_{\mathrm{max}} \ge \frac{1}{2} \text{ if all } q \in \mathbb{R}",
]


def characters(font):
    return {chr(c) for c in TTFont(io.BytesIO(font)).getBestCmap()}


@pytest.fixture
def found(tmp_path):
    shown = "</p><p>".join(render(formula) for formula in FORMULAS)
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "page.html").write_text(f"<p>{shown}</p><p>JQZ</p>", "utf8")
    return signs(tmp_path)


def test_signs_are_those_of_formulas(found):
    assert set("Ax(,)2maxifallq12R\u03bb\u03bc\u2265\u2208") <= found[""]
    assert not found[""] & set("JQZ")
    assert found["mathbf"] == set("Ax") and found["mathcal"] == {"N"}


def test_a_font_keeps_its_outlines_of_what_is_used(found):
    font = WHOLE / "KaTeX_Main-Bold.woff2"
    made = cut(font, found["mathbf"])
    assert characters(made) == set("Ax")
    assert len(made) < font.stat().st_size / 4
    whole, less = TTFont(font), TTFont(io.BytesIO(made))
    for sign in map(ord, "Ax"):
        glyphs = [f.getBestCmap()[sign] for f in (whole, less)]
        widths = [
            f["hmtx"][g][0] for f, g in zip((whole, less), glyphs, strict=True)
        ]
        assert widths[0] == widths[1]


def test_fonts_that_are_asked_for_by_name_are_there():
    names = {font.stem for font in WHOLE.iterdir()}
    assert CLASSES.keys() < names
    sheet = (WHOLE.parent / "katex.min.css").read_text("utf8")
    for classes in CLASSES.values():
        assert all(f".{name}" in sheet for name in classes)


def test_the_same_signs_give_the_same_bytes():
    font = WHOLE / "KaTeX_Size1-Regular.woff2"
    assert cut(font, set("()")) == cut(font, set("()"))
