"""Rules of a whole page: how it begins, ends, and what it must hold."""

import re
from collections.abc import Iterator

from tooling.rules.code import assertions, drawing_cells
from tooling.rules.document import Directive, Document
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule

EXERCISES = ("exercise", "exercise-start")
SOLUTIONS = ("solution", "solution-start")
UNIT = r"(?:section|chapter|page|part|tutorial|notebook|lesson|unit)"
ANNOUNCEMENT = re.compile(
    rf"(?:in|on) (?:this|the (?:present|following)) {UNIT}\b"
    rf"|(?:this|the present|the following) {UNIT}\b"
    r"|(?:here,? )?we (?:will|shall|now|are going to|introduce|discuss|"
    r"present|describe|turn to|look at|study|explore|learn)\b"
    r"|let us (?:look|turn|discuss|introduce|begin|start)\b"
    r"|welcome\b",
    re.IGNORECASE,
)
EXERCISE = (
    "```{exercise} Predict\n:label: ex-NUMBER\n\nPredict, then run.\n```"
)
SOLUTION = "```{solution} ex-1\n:class: dropdown\n\nIt is zero.\n```"


@rule(
    "heading",
    wrong="# Convolution\n\n### Kernels",
    right="# Convolution\n\n## Kernels",
)
def heading(page: Document, _: Library) -> Iterator[Finding]:
    """A page has one title, at its top, and skips no level of headings.

    The table of contents, the PDF and readers' screen readers take the
    page's structure from its headings.
    """
    if not page.headings or page.headings[0].level != 1:
        yield page.title_line, "begin the page with its title, # and a text"
        return
    level = 1
    for found in page.headings[1:]:
        if found.level == 1:
            yield found.line, "make this a section (##): a page has one title"
        elif found.level > level + 1:
            yield found.line, f"use {'#' * (level + 1)} here, the next level"
        level = found.level


@rule(
    "page-label",
    wrong="# Convolution",
    right="(page)=\n# Convolution",
)
def page_label(page: Document, _: Library) -> Iterator[Finding]:
    """The title of a page of a chapter is labelled with the file's name.

    So everybody knows what to write to refer to a page, before it exists.
    The label of a chapter, on its opening page, is `chapter-` and the name
    of its folder.
    """
    folder, name = f"/{page.name}".split("/")[-2:]
    if page.is_opening:
        name = f"chapter-{folder}"
    above = [label for label, line in page.labels if line < page.title_line]
    if (page.is_chapter_page or page.is_opening) and name not in above:
        yield page.title_line, f"put the label ({name})= before the title"


@rule(
    "opening",
    wrong="# Convolution\n\nIn this section we introduce convolutions.",
    right="# Convolution\n\nMove a garment three pixels to the side, and "
    "softmax regression no longer knows it.",
)
def opening(page: Document, _: Library) -> Iterator[Finding]:
    """A page of a chapter opens with a paragraph that is no announcement.

    The first paragraph says what goes wrong, or can't be done, without the
    idea of the page, concretely, before it names the idea. The reader then
    has a question, and the page is its answer.
    """
    if not (page.is_chapter_page or page.is_opening):
        return
    kind, line = page.opening
    if kind != "paragraph_open":
        yield line, "let a paragraph follow the title, with a question"
        return
    first = next(text for text in page.texts if text.line == line)
    match = ANNOUNCEMENT.match(first.plain)
    if match:
        yield line, f"open with the problem instead of {match[0]!r}"


@rule(
    "citation",
    wrong="# Convolution\n\nLeCun had the idea.",
    right="# Convolution\n\nThe idea is LeCun's {cite}`lecun1998gradient`.",
)
def citation(page: Document, _: Library) -> Iterator[Finding]:
    """A page of a chapter cites at least one work.

    The reader learns where the idea came from and where it went, and can
    look it up.
    """
    roles = (m.name for t in page.texts for m in t.of_kind("role"))
    if page.is_chapter_page and not any(n.startswith("cite") for n in roles):
        yield page.title_line, "say where the idea came from"


@rule(
    "summary",
    wrong="# Convolution\n\n## Summary\n\nA kernel has few weights.",
    right="# Convolution\n\n## Summary\n\nA kernel has few weights. Moving "
    "the input moves the output. The output is smaller than the input.",
)
def summary(page: Document, _: Library) -> Iterator[Finding]:
    """A page of a chapter has a section Summary of three to six sentences.

    They are what the reader should still know in a year. The paragraph
    after them may say where the idea came from.
    """
    if not page.is_chapter_page:
        return
    line = page.section("Summary")
    if line == page.title_line:
        yield line, "end the page with a section '## Summary'"
        return
    after = (t for t in page.texts if t.line > line)
    first = next(after, None)
    if first is None or not 3 <= len(first.sentences) <= 6:
        count = len(first.sentences) if first else 0
        yield line, f"summarize in three to six sentences, not {count}"


@rule(
    "exercises",
    wrong="# Convolution\n\n" + EXERCISE.replace("NUMBER", "1"),
    right="# Convolution\n\n"
    + "\n\n".join(EXERCISE.replace("NUMBER", n) for n in "1234"),
)
def exercises(page: Document, _: Library) -> Iterator[Finding]:
    """A page of a chapter has four to eight exercises.

    They rise: check what was understood, derive, change the code and
    predict first, explore an open question. None asks for what the page
    just showed.
    """
    count = len(page.named(*EXERCISES))
    if page.is_chapter_page and not 4 <= count <= 8:
        yield (
            page.section("Exercises"),
            f"have four to eight exercises, not {count}",
        )


@rule(
    "solutions",
    wrong="# Convolution\n\n"
    + "\n\n".join(EXERCISE.replace("NUMBER", n) for n in "12"),
    right="# Convolution\n\n"
    + EXERCISE.replace("NUMBER", "1")
    + "\n\n"
    + SOLUTION,
)
def solutions(page: Document, _: Library) -> Iterator[Finding]:
    """All exercises of a page have a solution, but one open question.

    Who learns alone can't ask.
    """
    asked = [exercise.label for exercise in page.named(*EXERCISES)]
    solved = {solution.argument for solution in page.named(*SOLUTIONS)}
    open_ = [label for label in asked if label not in solved]
    if page.is_chapter_page and len(open_) > 1:
        yield (
            page.section("Exercises"),
            f"solve all but one of the {len(asked)} exercises; "
            f"without a solution are {', '.join(filter(None, open_))}",
        )


@rule(
    "solution-target",
    wrong=EXERCISE.replace("NUMBER", "1")
    + "\n\n"
    + SOLUTION.replace("ex-1", "ex-one"),
    right=EXERCISE.replace("NUMBER", "1") + "\n\n" + SOLUTION,
)
def solution_target(page: Document, _: Library) -> Iterator[Finding]:
    """A solution names an exercise of its page.

    The two are linked by the exercise's label; otherwise the reader finds
    a solution of nothing.
    """
    asked = {exercise.label for exercise in page.named(*EXERCISES)}
    for solution in page.named(*SOLUTIONS):
        if solution.argument not in asked:
            yield (
                solution.line,
                f"no exercise of this page is labelled {solution.argument!r}",
            )


@rule(
    "solution-folded",
    wrong=EXERCISE.replace("NUMBER", "1")
    + "\n\n"
    + SOLUTION.replace(":class: dropdown\n", ""),
    right=EXERCISE.replace("NUMBER", "1") + "\n\n" + SOLUTION,
)
def solution_folded(page: Document, _: Library) -> Iterator[Finding]:
    """A solution is folded away, with `:class: dropdown`.

    Who sees the answer next to the question has not been asked.
    """
    for solution in page.named(*SOLUTIONS):
        if "dropdown" not in str(solution.options.get("class", "")):
            yield solution.line, "fold the solution with :class: dropdown"


GATED = (
    "```{solution-start} ex-1\n:class: dropdown\n```\n\n"
    "```{code-cell} python\nx = torch.zeros(2)\nCHECK\n```\n\n"
    "```{solution-end}\n```"
)


@rule(
    "solution-check",
    wrong=EXERCISE.replace("NUMBER", "1")
    + "\n\n"
    + GATED.replace("CHECK", "print(x.sum())"),
    right=EXERCISE.replace("NUMBER", "1")
    + "\n\n"
    + GATED.replace("CHECK", "assert x.sum() == 0"),
)
def solution_check(page: Document, _: Library) -> Iterator[Finding]:
    """The code of a solution ends in an assertion or a figure.

    A solution that nobody checks is the first thing on a page to go stale.
    """
    drawing = drawing_cells(page.cells)
    last: Directive | None = None
    is_inside = False
    for directive in page.directives:
        if directive.name == "solution-start":
            is_inside, last = True, None
        elif directive.name == "code-cell" and is_inside:
            last = directive
        elif directive.name == "solution-end":
            is_inside = False
            if last and last not in drawing and not assertions(last):
                yield last.line, "end the solution in an assertion or a figure"
