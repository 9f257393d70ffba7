"""The registry of rules: a rule is a function whose docstring explains it."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tooling.rules.document import Document
from tooling.rules.library import Library

Finding = tuple[int, str]
Check = Callable[[Document, Library], Iterator[Finding]]

INTRODUCTION = """\
Made from the rules themselves by `make rules`: change a rule there.
`make lint` checks them; `make lint RULE=opening` shows one. A rule is a
function of `tooling/rules/` whose docstring explains it. A new one needs a
broken page and near misses in `tests/tooling/test_page_rules.py`. The words to
avoid and the book's spelling are listed in `tooling/rules/words.py`.

An exception without a reason, or one that is not needed, is reported too."""
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


def reference() -> str:
    """Return all about all rules, as docs/rules.md has it."""
    pieces = ["# The rules of a page", INTRODUCTION]
    for name in sorted(RULES):
        chosen = RULES[name]
        why = re.sub(r"(?<!\n)\n(?!\n)", " ", chosen.why)
        pieces += [f"## {name}", f"{chosen.wants} {why}"]
        for title in ("wrong", "right"):
            example = getattr(chosen, title)
            pieces += [f"{title.capitalize()}:", f"````\n{example}\n````"]
    return "\n\n".join(pieces) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
