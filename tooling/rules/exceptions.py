"""Exceptions from the rules, written on the page with their reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tooling.rules.document import Document
from tooling.rules.library import Library
from tooling.rules.registry import EXCEPTION, RULES, Finding, rule

FORM = re.compile(r"lint: allow ([\w-]+) because (\S.*)")


@dataclass(frozen=True)
class Exemption:
    """A rule that need not hold in some lines."""

    rule: str
    line: int
    covers: tuple[int, int]

    def holds(self, name: str, line: int) -> bool:
        """Tell whether it excuses a finding.

        Args:
            name: of the rule.
            line: of the finding.
        """
        first, last = self.covers
        return name == self.rule and first <= line <= last


@rule(
    "exception",
    wrong="% lint: allow typed-number\n\nLeNet reaches 99.2%.",
    right="% lint: allow typed-number because the trial was run in 1998\n\n"
    "LeNet reaches 99.2%.",
)
def exception(page: Document, _: Library) -> Iterator[Finding]:
    """An exception names a rule, gives its reason, and is needed.

    It stands on a line of its own, with an empty line before it, and holds
    for the block that follows: a paragraph, a list, a cell. A rule about
    the whole page is excepted at its very top, before the label and the
    title. The reader of the page does not see it.
    """
    for comment in page.comments:
        if not comment.content.startswith("lint"):
            continue
        match = FORM.fullmatch(comment.content)
        if match is None:
            form = EXCEPTION.format("words")
            yield comment.line, f"write an exception as '{form}'"
        elif match[1] not in RULES or match[1] == "exception":
            yield (
                comment.line,
                f"there is no rule {match[1]!r} to except from; "
                "make lint RULE=list names all",
            )
        if comment.before == "paragraph_open":
            yield comment.line, "put an empty line before the exception"
        elif comment.before == "myst_target":
            yield comment.line, "put the exception before the label"


def exemptions(page: Document) -> Iterator[Exemption]:
    """Yield the exceptions of a page that are written as they should be.

    Args:
        page: the page.
    """
    for comment in page.comments:
        match = FORM.fullmatch(comment.content)
        if match and match[1] in RULES and match[1] != "exception":
            yield Exemption(match[1], comment.line, comment.covers)
