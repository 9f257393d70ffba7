"""Rules of single characters: what fonts can print, what can be an anchor."""

import re
import unicodedata
from collections.abc import Iterator

from docutils.nodes import make_id

from tooling.rules.document import Document
from tooling.rules.inline import GAP
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule

CHINESE = "\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e"
# Blocks that all styles of a font of assets/print.sty hold in full.
WORDS = (
    " -~\u00a0-\u0137\u0139-\u0148\u014a-\u0165\u0168-\u017f"
    "\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c9"
    "\u2010-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u20ac\u2122"
    "\u2190-\u21a7\u2200-\u221a\u221d-\u22af\u2713"
)
CODE = (
    " -~\u00a0-\u01c3\u0391-\u03a1\u03a3-\u03ce"
    "\u2010-\u2022\u2026\u2030\u2070\u2071\u2074-\u208e\u20ac\u2122"
    "\u2190-\u2213\u2215\u2217-\u2220\u2227-\u222d\u2241-\u2269\u2500-\u25ff"
)
STRANGE_IN_WORDS = re.compile(rf"[^{WORDS}{CHINESE}{GAP}\n]")
STRANGE_IN_CODE = re.compile(rf"[^{CODE}{CHINESE}\n]")


@rule(
    "glyph",
    wrong="## Launch \N{ROCKET}",
    right="## Launch",
)
def glyph(page: Document, _: Library) -> Iterator[Finding]:
    """Each character is one that the fonts of the printed book have.

    A character without a glyph would be a hole in the PDF, so TeX's report
    of it stops the build, but names neither page nor line. Pictograms say
    little that words don't, and each system draws them in another way.
    """
    for text in page.texts:
        for found in STRANGE_IN_WORDS.finditer(text.plain):
            yield text.line_of(found.start()), _advice(found[0])
        for mark in text.of_kind("code"):
            for found in STRANGE_IN_CODE.finditer(mark.content):
                yield mark.line, _advice(found[0])
    for cell in page.named("code-cell"):
        for line, content in enumerate(cell.body, cell.body_line):
            for found in STRANGE_IN_CODE.finditer(content):
                yield line, _advice(found[0])


def _advice(character: str) -> str:
    name = unicodedata.name(character, "a character without a name")
    return (
        f"no font of the printed book has {character!r} "
        f"(U+{ord(character):04X}, {name}): write a word"
    )


@rule(
    "anchor",
    wrong="## 2017",
    right="(transformers-of-2017)=\n## 2017",
)
def anchor(page: Document, _: Library) -> Iterator[Finding]:
    """A heading without Latin letters, or one that repeats, has a label.

    The address of a section is made from the letters of its heading. Where
    there are none, or another section has them already, it becomes a number
    such as `id5`, says nothing, and moves when the page changes.
    """
    labelled = {line for _, line in page.labels}
    seen: set[str] = set()
    for heading in page.headings:
        name = make_id(heading.text)
        if (not name or name in seen) and heading.line - 1 not in labelled:
            yield heading.line, "put a label such as (a-name)= before this"
        seen.add(name)
