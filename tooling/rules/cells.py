"""Rules of the cells: length, width, place, kernel, claims, times."""

import ast
import re
from collections.abc import Iterator

from tooling.rules import code
from tooling.rules.document import CELLS, Document
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule
from tooling.source.listings import ListingError, listing_cell

MAX_LINES, MAX_COLUMNS = 35, 79
WHERE_TIMED = re.compile(r"\b(cores?|threads?|GPUs?|CPUs?)\b")


@rule(
    "cell-length",
    wrong="```{code-cell} python\n" + 36 * "x = 1\n" + "```",
    right="```{code-cell} python\n" + 3 * "x = 1\n" + "```",
)
def cell_length(page: Document, _: Library) -> Iterator[Finding]:
    """A cell has at most 35 lines, a listing as many as its object.

    A reader takes in one step at a time. A longer cell holds several, and
    the sentence that belongs between them has no place to stand. Long code
    that is used again belongs into the package, where it is tested.
    """
    for cell in page.named("code-cell"):
        if len(cell.body) > MAX_LINES:
            yield (
                cell.line,
                f"split this cell of {len(cell.body)} lines "
                f"(at most {MAX_LINES})",
            )


@rule(
    "cell-width",
    wrong="```{code-cell} python\nx = '" + 80 * "a" + "'\n```",
    right="```{code-cell} python\nx = 80 * 'a'\n```",
)
def cell_width(page: Document, _: Library) -> Iterator[Finding]:
    """A line of a cell has at most 79 columns.

    Longer lines are cut off on a telephone and broken at a bad place in the
    PDF.
    """
    for cell in page.named("code-cell"):
        for line, text in enumerate(cell.body, cell.body_line):
            if len(text) > MAX_COLUMNS:
                yield (
                    line,
                    f"break this line of {len(text)} columns "
                    f"(at most {MAX_COLUMNS})",
                )


@rule(
    "nested-cell",
    wrong=":::{note}\n```{code-cell} python\nx = 1\n```\n:::",
    right="```{code-cell} python\nx = 1\n```",
)
def nested_cell(page: Document, _: Library) -> Iterator[Finding]:
    """A cell stands in no other block.

    Inside a note, a tab, a list or a plain exercise a cell is neither
    executed nor shown: it vanishes without a word. Exercises and solutions
    have a gated form, `exercise-start` to `exercise-end`, that leaves the
    cell at the top level.
    """
    for cell in page.named(*CELLS):
        if not cell.is_top:
            around = cell.where[-1] if cell.where else "block"
            yield (
                cell.line,
                f"take this cell out of the {around}, where it would vanish; "
                "exercise-start and solution-start can hold cells",
            )


@rule(
    "kernel",
    wrong="---\nfile_format: mystnb\nkernelspec: {name: conda-d2l}\n---\n"
    "# Tensors\n\n```{code-cell} python\nx = 1\n```",
    right="---\nfile_format: mystnb\nkernelspec: {name: python3, "
    "display_name: Python 3}\n---\n"
    "# Tensors\n\n```{code-cell} python\nx = 1\n```",
)
def kernel(page: Document, _: Library) -> Iterator[Finding]:
    """A page with cells names its format, mystnb, and the kernel python3.

    A kernel with another name exists on the author's machine alone, and
    without the format the page's cells are not executed.
    """
    lines = page.front_lines
    line = next(
        (i for i, s in enumerate(lines, 2) if s.startswith("kernelspec")), 1
    )
    if page.front.get("file_format") == "mystnb":
        named = page.front.get("kernelspec") or {}
        if named.get("name") != "python3":
            yield line, "name the kernel python3, which exists everywhere"
    elif page.named("code-cell", "listing"):
        yield (
            1,
            "begin the page with the front matter of a page with code, "
            "file_format and kernelspec; its cells would not be executed",
        )


@rule(
    "listing",
    wrong="```{listing} d2l.losses.cross_entropie\n```",
    right="```{listing} d2l.losses.cross_entropy\n```",
)
def listing(page: Document, _: Library) -> Iterator[Finding]:
    """A listing names an object that the package has.

    The listing is the object's own source, so the name is all there is to
    write.
    """
    for directive in page.named("listing"):
        try:
            listing_cell(directive.argument.replace(",", " "))
        except ListingError as error:
            yield directive.line, str(error)


@rule(
    "claim",
    wrong="# LeNet\n\nLeNet beats softmax regression.",
    right="# LeNet\n\n```{code-cell} python\n:tags: [claim]\n\n"
    "assert lenet > softmax + 0.03, (\n"
    '    "LeNet beats softmax regression by more than three points."\n'
    ")\n```",
)
def claim(page: Document, _: Library) -> Iterator[Finding]:
    """A page of a chapter checks at least one claim.

    What a page says about its results is asserted in a cell tagged `claim`.
    A claim that stops being true then fails the build instead of misleading
    a reader.
    """
    executed = page.front.get("file_format") == "mystnb"
    claims = [cell for cell in page.cells if "claim" in cell.tags]
    if page.is_chapter_page and executed and not claims:
        yield page.title_line, "assert what the page says about its results"


@rule(
    "claim-sentence",
    wrong="```{code-cell} python\n:tags: [claim]\n\n"
    "assert lenet > softmax\n```",
    right="```{code-cell} python\n:tags: [claim]\n\n"
    'assert lenet > softmax, "LeNet beats softmax regression."\n```',
)
def claim_sentence(page: Document, _: Library) -> Iterator[Finding]:
    """Each assertion of a claim has a whole sentence as its message.

    The reader sees the message, with a check mark, and only on request the
    code. So it must be a sentence that can be understood alone, with its
    full stop. Magics (`%time`, `!ls`) are no part of a claim.
    """
    for cell in page.named("code-cell"):
        if "claim" not in cell.tags:
            continue
        for line, text in enumerate(cell.body, cell.body_line):
            if text.lstrip().startswith(("%", "!")):
                yield line, f"leave {text.strip()!r} out of this claim"
        found = code.assertions(cell)
        if not found:
            yield cell.line, "assert something in this claim"
        for line, assertion in found:
            match assertion.msg:
                case ast.Constant(value=str(sentence)):
                    if not sentence.endswith((".", "!")):
                        yield line, f"make a whole sentence of {sentence!r}"
                case _:
                    yield line, "say in a plain sentence what is asserted"


@rule(
    "timing",
    wrong="On one core:\n\n```{code-cell} python\nfrom time import "
    "perf_counter\n\nstart = perf_counter()\n```",
    right="On one core:\n\n```{code-cell} python\n:tags: [timing]\n\nfrom "
    "time import perf_counter\n\nstart = perf_counter()\n```",
)
def timing(page: Document, _: Library) -> Iterator[Finding]:
    """A cell that measures a time is tagged timing, and the page names cores.

    All other cells must give the same output twice, which is tested; a time
    never does. And a time says nothing without the number of cores, or the
    GPU, that it was measured on.
    """
    for cell in code.timing_cells(page.cells):
        if "timing" not in cell.tags:
            yield cell.line, "tag this cell timing, for it looks at the clock"
    tagged = [cell for cell in page.cells if "timing" in cell.tags]
    if tagged and not any(WHERE_TIMED.search(t.plain) for t in page.texts):
        yield tagged[0].line, "say on how many cores, or which GPU, it ran"
