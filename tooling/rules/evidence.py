"""Rules of evidence: how many seeds were tried, and if a claim can fail."""

import ast
from collections.abc import Iterator

from tooling.rules import code
from tooling.rules.document import Directive, Document
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule

ENOUGH = 5  # seeds
SHORT = {"s", "init", "order"}  # other names of a seed, if it counts from 0
TWO_SEEDS = """```{code-cell} python
for seed in (0, 1):
    print(accuracy(deep, seed), accuracy(shallow, seed))
```"""
TEN_SEEDS = """```{code-cell} python
runs = over_seeds(both_accuracies, seeds=10)
print((runs.deep > runs.shallow).mean())
```"""
CLAIM = "```{{code-cell}} python\n:tags: [claim]\n\nassert {}\n```"


@rule("seeds", wrong=TWO_SEEDS, right=TEN_SEEDS)
def seeds(page: Document, _: Library) -> Iterator[Finding]:
    """What runs over seeds runs over at least five.

    With two seeds, a difference that isn't there has the same sign twice in
    every second case, with five in one of sixteen. Say in what share of the
    seeds the sentence holds. If fewer are enough, because the effect is far
    larger than what seeds do, the exception says so.
    """
    known: dict[str, int] = {}
    for cell in page.cells:
        tree = code.code_of(cell).tree
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    known[name] = _length(value, known)
                case ast.Assign(
                    targets=[ast.Tuple(elts=names)],
                    value=ast.Call(keywords=keywords),
                ):
                    known |= _scaled(names, keywords)
        for line, over in _loops(cell, tree):
            if 0 < (count := _length(over, known)) < ENOUGH:
                yield line, f"try {ENOUGH} seeds or more, not {count}"


def _loops(
    cell: Directive, tree: ast.Module
) -> Iterator[tuple[int, ast.expr]]:
    """Yield what a cell runs over as seeds, with the lines."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.For(target=ast.Name(id=name), iter=over)
                | ast.comprehension(target=ast.Name(id=name), iter=over)
            ) if name == "seed" or (name in SHORT and _counts(over)):
                yield cell.body_line + over.lineno - 1, over
            case ast.Call(func=ast.Name(id="over_seeds"), args=args):
                named = [k.value for k in node.keywords if k.arg == "seeds"]
                for over in [*args[1:2], *named]:
                    yield cell.body_line + over.lineno - 1, over


def _counts(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "range"


def _scaled(
    names: list[ast.expr], keywords: list[ast.keyword]
) -> dict[str, int]:
    """Return what `scale(cpu=(...), ...)` gives to some names on a laptop."""
    for keyword in keywords:
        match keyword:
            case ast.keyword(arg="cpu", value=ast.Tuple(elts=values)):
                return {
                    name.id: _length(value, {})
                    for name, value in zip(names, values, strict=False)
                    if isinstance(name, ast.Name)
                }
    return {}


def _length(node: ast.expr, known: dict[str, int]) -> int:
    """Return how many values an expression holds, or 0 if that is unknown."""
    match node:
        case ast.Constant(value=int(count)):
            return count
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return len(parts)
        case ast.Call(func=ast.Name(id="range"), args=[ast.expr() as last]):
            return _length(last, known)
        case ast.Call(
            func=ast.Name(id="range"),
            args=[
                ast.Constant(value=int(first)),
                ast.Constant(value=int(last)),
            ],
        ):
            return last - first
        case ast.Name(id=name):
            return known.get(name, 0)
    return 0


@rule(
    "tautology",
    wrong=CLAIM.format('lenet >= lenet, "LeNet is as good as LeNet."'),
    right=CLAIM.format('lenet > softmax, "LeNet beats softmax regression."'),
)
def tautology(page: Document, _: Library) -> Iterator[Finding]:
    """A claim can come out false.

    An assertion about constants, one that compares a thing with itself, or
    one with an alternative that always holds, passes whatever the
    experiment gives, and its check mark is worth nothing.
    """
    for cell in page.cells:
        if "claim" not in cell.tags:
            continue
        for line, assertion in code.assertions(cell):
            if _always(assertion.test):
                yield line, "assert something that could come out false"


def _always(test: ast.expr) -> bool:
    match test:
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(map(_always, parts))
        case ast.BoolOp(values=parts):
            return all(map(_always, parts))
        case ast.Compare(left=left, ops=ops, comparators=[right]):
            same = ast.dump(left) == ast.dump(right)
            reflexive = isinstance(ops[0], ast.Eq | ast.GtE | ast.LtE | ast.Is)
            if same and reflexive:
                return True
    return not any(isinstance(node, ast.Name) for node in ast.walk(test))
