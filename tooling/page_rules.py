"""The rules of a page that a machine can check."""

import re
from collections.abc import Iterator

from tooling.book import Book, Page

MAX_LINES, MAX_COLUMNS = 35, 79


def check(book: Book) -> list[str]:
    """Return every finding as `file:line: rule: what to do`.

    Args:
        book: all its pages are checked.
    """
    found = []
    for page in map(book.page, book.names):
        for line, rule, advice in (*cells(page), *whole(page)):
            found.append(f"{page.name}.md:{line}: {rule}: {advice}")
    return found


def cells(page: Page) -> Iterator[tuple[int, str, str]]:
    """Check the code cells of one page: length, width, place, kernel."""
    if not page.is_executable:
        return
    if page.notebook.metadata.kernelspec.get("name") != "python3":
        yield 1, "kernel", "name the kernel python3, which exists everywhere"
    top_level = 0
    for i, cell in enumerate(page.notebook.cells):
        if cell.cell_type != "code":
            continue
        top_level += 1
        lines = cell.source.splitlines()
        tags = cell.metadata.get("tags", [])
        if len(lines) > MAX_LINES and "listing" not in tags:
            yield (
                page.line(i, 1),
                "cell-length",
                f"split this cell of {len(lines)} lines (at most {MAX_LINES})",
            )
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS:
                yield (
                    page.line(i, number),
                    "cell-width",
                    f"break this line of {len(line)} columns "
                    f"(at most {MAX_COLUMNS})",
                )
        drawn = cell.metadata.get("mystnb", {})
        if "figure" in drawn and not drawn.get("image", {}).get("alt"):
            yield page.line(i, 1), "alt-text", "describe the figure in alt"
    written = page.expanded.text.count("{code-cell}")
    if written != top_level:
        yield (
            1,
            "nested-cell",
            f"{written - top_level} code cells stand inside another block, "
            "where they would vanish; use the gated exercise or solution",
        )


def whole(page: Page) -> Iterator[tuple[int, str, str]]:
    """Check what a chapter's page must have: claims, exercises, citations."""
    if page.name.count("/") < 2:  # front and back matter teach no one idea
        return
    text = page.text
    exercises = len(re.findall(r"\{exercise(?:-start)?\}", text))
    solutions = len(re.findall(r"\{solution(?:-start)?\}", text))
    if not 4 <= exercises <= 8:
        yield 1, "exercises", f"have four to eight exercises, not {exercises}"
    if 4 * solutions < 3 * exercises:
        yield (
            1,
            "solutions",
            f"solve at least three quarters of the {exercises} exercises "
            f"(there are {solutions} solutions)",
        )
    tags = [c.metadata.get("tags", []) for c in page.notebook.cells]
    if page.is_executable and not any("claim" in t for t in tags):
        yield 1, "claim", "assert what the page says about its results"
    if "{cite" not in text:
        yield 1, "citation", "say where the idea came from"
