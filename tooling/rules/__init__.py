"""The rules of a page that a machine can check: `make lint`."""

from tooling.rules import (
    cells,
    evidence,
    exceptions,
    figures,
    language,
    letters,
    numbers,
    openings,
    references,
    teaching,
)
from tooling.rules.document import Document
from tooling.rules.library import Library
from tooling.rules.registry import RULES, explain, reference
from tooling.source.book import Book

__all__ = ["RULES", "check", "explain", "reference"]

# Importing them enters their rules.
GROUPS = (
    cells,
    evidence,
    figures,
    numbers,
    references,
    teaching,
    openings,
    language,
    letters,
    exceptions,
)


def check(book: Book) -> list[str]:
    """Return every finding as `file:line: rule: what to do`.

    Args:
        book: all its pages are checked.

    Raises:
        ValueError: if a page can't be read.
    """
    library = Library(book)
    return [
        f"{page.name}.md:{line}: {rule}: {advice}"
        for page in library.documents
        for line, rule, advice in findings(page, library)
    ]


def findings(page: Document, library: Library) -> list[tuple[int, str, str]]:
    """Return line, rule and advice of what is wrong with a page.

    Args:
        page: the page.
        library: all pages.
    """
    found = [
        (line, rule.name, advice)
        for rule in RULES.values()
        for line, advice in rule.check(page, library)
    ]
    exempt = list(exceptions.exemptions(page))
    left = [
        (line, name, advice)
        for line, name, advice in found
        if not any(e.holds(name, line) for e in exempt)
    ]
    needless = [
        (e.line, "exception", f"{e.rule} holds here: delete the exception")
        for e in exempt
        if not any(e.holds(name, line) for line, name, _ in found)
    ]
    return sorted({*left, *needless})
