"""What the code of a page's cells does, read without running it."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from tooling.rules.document import Directive
from tooling.source.listings import read_module

Function = ast.FunctionDef | ast.AsyncFunctionDef
PYPLOT = {"subplots", "figure", "plot", "imshow", "scatter", "bar", "hist"}
CLOCKS = {
    *("perf_counter", "perf_counter_ns", "process_time", "monotonic"),
    *("timeit", "blocked_autorange", "elapsed_time", "time.time"),
}


@dataclass(frozen=True)
class Code:
    """The calls of a cell.

    Args:
        tree: the code, parsed.
        made: those that are made when the cell is executed, and their names.
        held: for each function that the cell defines, names of the calls
            inside of it.
    """

    tree: ast.Module
    made: list[tuple[str, ast.Call]]
    held: dict[str, list[str]]


@cache
def read(source: str) -> Code:
    """Read the code of a cell; one that is not Python makes no calls.

    Args:
        source: the code.
    """
    plain = re.sub(r"^[ \t]*[%!].*", "", source, flags=re.MULTILINE)
    try:
        tree = ast.parse(plain)
    except SyntaxError:
        tree = ast.Module([], [])
    code = Code(tree, [], {})
    _collect(tree, code, [])
    return code


def _collect(node: ast.AST, code: Code, inside: list[str]) -> None:
    if isinstance(node, Function):
        inside = [*inside, node.name]
        code.held.setdefault(node.name, [])
    elif isinstance(node, ast.Call):
        name = _dotted(node.func)
        if not inside:
            code.made.append((name, node))
        for function in inside:
            code.held[function].append(name)
    for child in ast.iter_child_nodes(node):
        _collect(child, code, inside)


def _dotted(function: ast.expr) -> str:
    """Return the name of a function, such as `plot.curves`."""
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_dotted(value)}.{name}"
    return ""


def code_of(cell: Directive) -> Code:
    """Return the calls of a cell.

    Args:
        cell: with code.
    """
    return read("\n".join(cell.body))


def cells_that(
    cells: list[Directive], does: Callable[[str], bool]
) -> list[Directive]:
    """Return the cells that make a call, directly or by their functions.

    Args:
        cells: of a page, in order.
        does: whether a call of this name, such as `plot.curves`, is meant.
    """
    functions: set[str] = set()
    found = []
    for cell in cells:
        code = code_of(cell)
        for function, names in code.held.items():
            if any(does(n) or _last(n) in functions for n in names):
                functions.add(function)
        if any(does(n) or _last(n) in functions for n, _ in code.made):
            found.append(cell)
    return found


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]


@cache
def _helpers() -> set[str]:
    """Return the functions of `d2l.plot` that draw a figure."""
    module = read_module("d2l.plot")
    return {
        f"plot.{node.name}"
        for node in (module.tree.body if module else [])
        if isinstance(node, Function)
        and node.returns
        and ast.unparse(node.returns) == "Figure"
    }


def drawing_cells(cells: list[Directive]) -> list[Directive]:
    """Return the cells that show a figure.

    Args:
        cells: of a page, in order.
    """
    drawing = _helpers() | {f"plt.{name}" for name in PYPLOT}
    hidden = {"remove-output", "remove-cell"}
    return [
        cell
        for cell in cells_that(cells, drawing.__contains__)
        if not hidden.intersection(cell.tags)
        and not any("plt.close" in line for line in cell.body)
    ]


def timing_cells(cells: list[Directive]) -> list[Directive]:
    """Return the cells that look at a clock.

    Args:
        cells: of a page, in order.
    """
    return cells_that(
        cells, lambda name: name in CLOCKS or _last(name) in CLOCKS
    )


def assertions(cell: Directive) -> list[tuple[int, ast.Assert]]:
    """Return the assertions of a cell, with their lines.

    Args:
        cell: with code.
    """
    return [
        (cell.body_line + node.lineno - 1, node)
        for node in ast.walk(code_of(cell).tree)
        if isinstance(node, ast.Assert)
    ]


def glued(cell: Directive) -> tuple[dict[str, int], bool]:
    """Return the keys that a cell glues, with lines, and if these are all.

    Args:
        cell: with calls such as `glue(accuracy=0.9)` or `glue("accuracy", x)`.
    """
    keys: dict[str, int] = {}
    complete = True
    for name, call in code_of(cell).made:
        if _last(name) != "glue":
            continue
        match call.args:
            case [ast.Constant(value=str(key)), *_]:
                keys[key] = cell.body_line + call.lineno - 1
                continue
        for keyword in call.keywords:
            if keyword.arg is None:
                complete = False
            else:
                line = cell.body_line + keyword.value.lineno - 1
                keys[keyword.arg] = line
    return keys, complete


def comments(cell: Directive) -> Iterator[tuple[int, str]]:
    """Yield the comments in the code of a cell, with their lines.

    Args:
        cell: with code.
    """
    text = "\n".join(cell.body)
    if "#" not in text:
        return
    source = io.StringIO(text)
    try:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.COMMENT:
                yield cell.body_line + token.start[0] - 1, token.string[1:]
    except (tokenize.TokenError, IndentationError):
        return  # not Python, so there is nothing to say about it
