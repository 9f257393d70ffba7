"""The registry of rules: a rule is a function whose docstring explains it."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tooling.rules.document import Document
from tooling.rules.library import Library

Finding = tuple[int, str]
Check = Callable[[Document, Library], Iterator[Finding]]

EXCEPTION = "% lint: allow {} because the reason stands here"


@dataclass(frozen=True)
class Rule:
    """What a page must keep to.

    Args:
        name: short, in words joined by hyphens.
        check: finds the lines of a page that break the rule, and says of
            each what to do. The first line of its docstring says what the
            rule wants, the others say why.
        wrong: a piece of a page that breaks the rule.
        right: the same piece, mended.
    """

    name: str
    check: Check
    wrong: str
    right: str

    @property
    def wants(self) -> str:
        """What the rule wants, in one sentence."""
        return (inspect.getdoc(self.check) or "").split("\n\n")[0]

    @property
    def why(self) -> str:
        """The reasons."""
        return (inspect.getdoc(self.check) or "").partition("\n\n")[2]


RULES: dict[str, Rule] = {}


def rule(name: str, *, wrong: str, right: str) -> Callable[[Check], Check]:
    """Enter a function as a rule.

    Args:
        name: of the rule.
        wrong: example that breaks it.
        right: the example, mended.
    """

    def enter(check: Check) -> Check:
        RULES[name] = Rule(name, check, wrong.strip("\n"), right.strip("\n"))
        return check

    return enter


def explain(name: str) -> str:
    """Say all about one rule, or name all rules if there is no such rule.

    Args:
        name: of the rule.
    """
    if name not in RULES:
        width = max(map(len, RULES))
        rows = [f"{n:{width}}  {RULES[n].wants}" for n in sorted(RULES)]
        return "\n".join([*rows, "", "make lint RULE=... explains one."])
    chosen = RULES[name]
    return "\n".join(
        [
            f"{name}: {chosen.wants}",
            f"\n{chosen.why}",
            "\nWrong:\n",
            _indented(chosen.wrong),
            "\nRight:\n",
            _indented(chosen.right),
            "\nAn exception, with its reason, on a line of its own before the "
            "paragraph,\nlist or cell (for a whole page, before its label and "
            "title):\n",
            _indented(EXCEPTION.format(name)),
        ]
    )


def table() -> str:
    """Return the rules as the Markdown table of CONTRIBUTING.md."""
    rows = [f"| `{n}` | {RULES[n].wants} |" for n in sorted(RULES)]
    return "\n".join(["| rule | wants |", "| --- | --- |", *rows]) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
