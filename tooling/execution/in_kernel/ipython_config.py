"""Configuration of the kernels that execute the book.

Figures come out as SVG for the site and PDF for print, the same ones every
time, and a claim that fails says which values it compared.
"""

import ast
import os

os.environ["SOURCE_DATE_EPOCH"] = "0"  # figures bear no date

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


class ShowComparedValues(ast.NodeTransformer):
    """Adds to the message of an assertion the values that it looked at."""

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        """Rewrite the message; operands are evaluated only if it is shown."""
        parts: list[ast.expr] = []
        for operand in self.operands(node.test):
            parts.append(ast.Constant(f"\n    {ast.unparse(operand)} = "))
            parts.append(ast.FormattedValue(operand, conversion=114))
        message = node.msg or ast.Constant(ast.unparse(node.test))
        shown = ast.FormattedValue(message, conversion=-1)
        node.msg = ast.JoinedStr([shown, *parts])
        return ast.fix_missing_locations(node)

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
