"""Configuration of the kernels that execute the book.

Figures come out as SVG for the site and PDF for print, the same ones every
time, and a claim that fails says which values it compared.
"""

import ast
import copy
import importlib
import os
import sys
from typing import Any

# The package of the book that is built, however many others are installed.
sys.path.insert(0, os.environ["D2L_CHECKOUT"])
importlib.import_module("d2l")
del sys.path[0]

c = get_config()  # type: ignore[name-defined]  # noqa: F821

# A file to run first, see tooling/execution/run.py.
if first := os.environ.get("D2L_RUN_FIRST"):
    c.InteractiveShellApp.exec_lines = [
        f"import runpy; runpy.run_path({first!r}, run_name='__main__')",
        "del runpy",
    ]
c.HistoryManager.enabled = False
c.IPKernelApp.log_level = "ERROR"  # no warning about local connections
c.InlineBackend.figure_formats = {"svg", "pdf"}
c.InlineBackend.rc = {
    "svg.hashsalt": "d2l",
    "figure.facecolor": "white",
    "font.size": 10,
}


ATTEMPT = """
try:
    __claim__ += f" = {0!r}"
except Exception:
    __claim__ += f": {__import__('sys').exc_info()[0].__name__}"
"""


def parsed(statement: str) -> Any:
    """Return the syntax tree of one statement."""
    return ast.parse(statement).body[0]


class ShowComparedValues(ast.NodeTransformer):
    """Adds to the message of an assertion the values that it looked at."""

    def visit_Assert(self, node: ast.Assert) -> ast.If:
        """Return the assertion as a condition under which it is raised.

        The operands are evaluated once more only then, and one that can't
        be, as `a.x` in `a is not None and a.x`, hides nothing.
        """
        message = node.msg or ast.Constant(ast.unparse(node.test))
        failed = parsed("__claim__ = f'{0}'")
        failed.value.values[0].value = message
        body = [failed]
        for operand in self.operands(node.test):
            text = ast.unparse(operand)
            attempt = parsed(ATTEMPT)
            value, error = attempt.body[0].value, attempt.handlers[0].body[0]
            value.values[0].value = f"\n    {text} = "
            value.values[1].value = copy.deepcopy(operand)
            error.value.values[0].value = f"\n    {text}: "
            body.append(attempt)
        body.append(parsed("raise AssertionError(__claim__)"))
        for part in (part for new in body for part in ast.walk(new)):
            ast.copy_location(part, node)
        made = ast.If(ast.UnaryOp(ast.Not(), node.test), body, [])
        return ast.fix_missing_locations(ast.copy_location(made, node))

    def operands(self, test: ast.expr) -> list[ast.expr]:
        """Return what a condition compares, constants left out."""
        match test:
            case ast.Compare(left=left, comparators=rest):
                sides = [left, *rest]
            case ast.BoolOp(values=values):
                sides = [o for value in values for o in self.operands(value)]
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                sides = self.operands(operand)
            case ast.Call(args=arguments):
                sides = list(arguments)
            case _:
                sides = [test]
        return [s for s in sides if not isinstance(s, ast.Constant)]


c.InteractiveShell.ast_transformers = [ShowComparedValues()]
