"""Fonts of formulas, cut to the signs that the book's formulas have.

KaTeX brings whole alphabets in twenty styles. Only the site's copies are cut,
each time anew from the fonts in `assets/static/katex`.
"""

import hashlib
import io
import re
from html import unescape
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

from tooling import ROOT

WHOLE = ROOT / "assets" / "static" / "katex" / "fonts"
# From a formula to the next, or to the end of the paragraph.
FORMULA = re.compile(
    r'class="katex-html"(.*?)(?=class="katex-|</p>|</div>|</td>|</h\d>)',
    re.DOTALL,
)
TAG = re.compile(r"<[^>]*>?")
STYLED = re.compile(r'<span class="([^"]*)"[^>]*>([^<]+)')
# Fonts that are asked for by name: KaTeX's classes for them.
CLASSES = {
    "KaTeX_Caligraphic-Regular": {"mathcal"},
    "KaTeX_Main-Bold": {"mathbf", "textbf"},
    "KaTeX_Math-Italic": {"mathnormal"},
}


def signs(pages: Path) -> dict[str, set[str]]:
    """Return characters of formulas by class; under "" all, and some more.

    Args:
        pages: the folder of the site.
    """
    found: dict[str, set[str]] = {"": set()}
    for page in pages.rglob("*.html"):
        for formula in FORMULA.findall(page.read_text("utf8")):
            found[""].update(unescape(TAG.sub("", formula.partition(">")[2])))
            for classes, text in STYLED.findall(formula):
                for name in classes.split():
                    found.setdefault(name, set()).update(unescape(text))
    return found


def cut(font: Path, used: set[str]) -> bytes:
    """Return a font that has only some of its characters.

    Args:
        font: its file.
        used: the characters, whether or not the font has them.
    """
    made = TTFont(font, recalcTimestamp=False)
    cutter = subset.Subsetter(subset.Options(hinting=False))
    cutter.populate(unicodes=map(ord, used))
    cutter.subset(made)
    made.flavor = "woff2"
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def finish(app: Sphinx, error: Exception | None) -> None:
    """Cut the site's fonts, or take what an earlier build has cut.

    Args:
        app: of the build.
        error: that ended it, if any.
    """
    if app.builder.name != "html" or error:
        return
    found = signs(Path(app.outdir))
    kept = Path(app.doctreedir, "fonts")
    kept.mkdir(parents=True, exist_ok=True)
    earlier = set(kept.iterdir())
    for font in WHOLE.iterdir():
        classes = CLASSES.get(font.stem, {""})
        used = set().union(*(found.get(name, set()) for name in classes))
        total = hashlib.sha256(font.read_bytes())
        total.update("".join(sorted(used)).encode("utf8"))
        known = kept / total.hexdigest()
        if known not in earlier:
            known.write_bytes(cut(font, used))
        earlier.discard(known)
        place = Path(app.outdir, "_static", "katex", "fonts", font.name)
        place.write_bytes(known.read_bytes())
    for font in earlier:
        font.unlink()


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("build-finished", finish)
