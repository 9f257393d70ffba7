"""Cuts the site's typefaces to its letters: `python -m assets.fonts`.

Source Serif 4 is for reading, JetBrains Mono for code: it tells 0 from O and
1 from l and I. Both are free (SIL Open Font License). A page loads what it
shows of four small files, which are committed. Chinese is left to the
reader's system.

The licence reserves the name of a typeface for its unchanged form, so what
is cut here is called otherwise.
"""

import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from assets import npm

FOLDER = Path(__file__).with_name("static") / "fonts"
PACKAGES = {
    "source-serif-4": (
        "5.3.1",
        "7167130978d862b805f40ebb7d38558abd5549cd253c4626c10ea3038a4fb74d"
        "6cd8c4828bf99a20d51c6680b36aa9d4f1fc9445e0cef7b7867015241e039eba",
    ),
    "jetbrains-mono": (
        "5.3.0",
        "7ea0df07923d7f5a754d5e3ce9a52007db7cccff383f43b516d411e4e97dbe3c"
        "0fcbe4be1081a55589b572f8f65b9b217193138369d915d54ca07e7016ef1ad4",
    ),
}
# What a file is called here, from which package it is, and its cut there.
FONTS = {
    "text": ("source-serif-4", "400-normal"),
    "text-italic": ("source-serif-4", "400-italic"),
    "text-bold": ("source-serif-4", "600-normal"),
    "code": ("jetbrains-mono", "400-normal"),
}
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
MARKS = [
    ord(mark) for mark in "\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2212"
]


def cut(font: bytes, name: str) -> bytes:
    """Return a font with the site's letters only, the same bytes each time.

    Args:
        font: a file of any format.
        name: of the result.
    """
    options = subset.Options(
        layout_features=["kern", "liga", "mark"], hinting=False
    )
    made = TTFont(io.BytesIO(font), recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=LETTERS + MARKS)
    cutter.subset(made)
    for record in made["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = name
    made.flavor = "woff2"
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def write(folder: Path) -> None:
    """Write the fonts and their licences into a folder."""
    for package, (version, digest) in PACKAGES.items():
        with npm.package(f"@fontsource/{package}", version, digest) as files:
            for name, (source, style) in FONTS.items():
                if source == package:
                    path = f"files/{package}-latin-{style}.woff2"
                    font = cut(npm.content(files, path), f"D2L-{name}")
                    (folder / f"{name}.woff2").write_bytes(font)
            licence = npm.content(files, "LICENSE")
            (folder / f"LICENSE-{package}").write_bytes(licence)


if __name__ == "__main__":
    write(Path(*sys.argv[1:]) if sys.argv[1:] else FOLDER)
