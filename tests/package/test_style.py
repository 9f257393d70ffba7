"""Code stays short enough to read.

Lines are counted without docstrings, comments and blank lines.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "d2l").rglob("*.py"))
}
Function = ast.FunctionDef | ast.AsyncFunctionDef
every_file = pytest.mark.parametrize("name", FILES)


def lines_of_code(source, node):
    """Count the lines between the first and the last of a node."""
    lines = source.splitlines()
    counted = {
        number
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.strip().startswith("#")
    }
    for part in ast.walk(node):
        documented = isinstance(part, ast.Module | ast.ClassDef | Function)
        if documented and ast.get_docstring(part) is not None:
            doc = part.body[0]
            counted -= set(range(doc.lineno, doc.end_lineno + 1))
    first = getattr(node, "lineno", 1)
    last = getattr(node, "end_lineno", len(lines))
    return len(counted & set(range(first, last + 1)))


def test_lines_are_counted_right():
    source = '"""A\nB"""\n\n# c\nx = (\n    1,  # d\n    # e\n)\ndef f():\n'
    source += '    """G."""\n    return x\n'
    tree = ast.parse(source)
    assert lines_of_code(source, tree) == 5
    assert lines_of_code(source, tree.body[-1]) == 2


@every_file
def test_files_are_short(name):
    assert lines_of_code(FILES[name], ast.parse(FILES[name])) <= 250


def test_trainer_fits_on_a_page():
    source = FILES["d2l/train/trainer.py"]
    assert lines_of_code(source, ast.parse(source)) <= 160
    assert len(source.splitlines()) <= 250


@every_file
def test_functions_are_short(name):
    for node in ast.walk(ast.parse(FILES[name])):
        if isinstance(node, Function):
            count = lines_of_code(FILES[name], node)
            assert count <= 45, f"{node.name} has {count} lines"


@pytest.mark.parametrize(
    "name", [n for n in FILES if n.startswith(("d2l/models", "d2l/nn"))]
)
def test_constructors_take_few_arguments(name):
    for node in ast.walk(ast.parse(FILES[name])):
        if isinstance(node, Function) and node.name == "__init__":
            given = node.args
            count = len(given.posonlyargs + given.args + given.kwonlyargs) - 1
            assert count <= 8, f"line {node.lineno}: {count} arguments"
            assert given.kwarg is None, "arguments are explicit"
