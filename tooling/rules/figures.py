"""Rules of the figures: caption and alternative text."""

from collections.abc import Iterator

from tooling.rules.code import drawing_cells, read
from tooling.rules.document import Document
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule

DRAWN = """
```{code-cell} python
---
mystnb:
  figure:
    name: fig-loss
    caption: The loss falls to the variance of the noise and no further.
  image:
    alt: A curve that falls steeply and then runs flat at a dashed line.
---
figure = plot.curves(epochs, {"training loss": history})
```
"""
CAPTION = "    caption: The loss falls to the variance of the noise and no"
ALT = "    alt: A curve that falls steeply and then runs flat at a dashed"


@rule(
    "caption",
    wrong=DRAWN.replace(CAPTION + " further.\n", ""),
    right=DRAWN,
)
def caption(page: Document, _: Library) -> Iterator[Finding]:
    """Every figure has a caption, those of cells and those of files.

    The caption says what to see. A reader who leafs through the page reads
    captions first, and in the PDF a figure may have floated away from the
    paragraph about it. A Markdown image has no caption; a figure has.
    """
    drawing = drawing_cells(page.cells)
    for cell in page.cells:
        is_figure = cell in drawing or cell.figure
        if is_figure and not cell.figure.get("caption"):
            yield cell.line, "say in a caption what to see in the figure"
    for directive in page.named("figure", "interactive"):
        if not any(line.strip() for line in directive.body):
            yield directive.line, "say in a caption what to see in the figure"
    for directive in page.named("image"):
        yield directive.line, "make this image a figure with a caption"
    for text in page.texts:
        for image in text.of_kind("image"):
            if not text.plain.strip():
                yield image.line, "make this image a figure with a caption"


@rule(
    "alt-text",
    wrong=DRAWN.replace("  image:\n" + ALT + " line.\n", ""),
    right=DRAWN,
)
def alt_text(page: Document, _: Library) -> Iterator[Finding]:
    """Every figure and image has alternative text.

    It is for the reader who can't see the figure: what is drawn, and which
    way it goes. It does not repeat the caption.
    """
    described = "describe the figure in alt, for those who can't see it"
    drawing = drawing_cells(page.cells)
    for cell in page.cells:
        if (cell in drawing or cell.figure) and not cell.alt:
            yield cell.line, described
    for directive in page.named("figure", "interactive", "image"):
        if not directive.alt:
            yield directive.line, described
    for text in page.texts:
        for image in text.of_kind("image"):
            if not image.content.strip():
                yield image.line, described


LOADED = DRAWN.replace("figure = ", "data = airfoil.load()\nfigure = ")


@rule("data-before-figure", wrong=LOADED, right=DRAWN)
def data_before_figure(page: Document, _: Library) -> Iterator[Finding]:
    """The cell of a figure does not load data.

    Where the real data is missing, loading it shows a note that a twin is
    used. In the cell of a figure the note becomes a second figure of the
    same name, which stops the build there and nowhere else.
    """
    for cell in page.cells:
        calls = [name for name, _ in read("\n".join(cell.body)).made]
        loads = any(
            call.endswith((".batches", ".load")) and call != "torch.load"
            for call in calls
        )
        if cell.figure and loads:
            yield cell.line, "load the data in a cell before the figure's"
