"""Every public name of `d2l` says what a reader needs to know about it."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef
# Where everything comes out of the literature.
SCIENCE = ("losses", "metrics", "models", "nn", "optim")


class Public(NamedTuple):
    """A public class, function or method, and the class that holds it."""

    module: str
    name: str
    node: ast.ClassDef | Function
    owner: ast.ClassDef | None

    @property
    def doc(self):
        return ast.get_docstring(self.node) or ""

    @property
    def is_class(self):
        return isinstance(self.node, ast.ClassDef)

    @property
    def doc_of_owner(self):
        return (self.owner and ast.get_docstring(self.owner)) or ""

    @property
    def is_science(self):
        return self.module.split(".")[1] in SCIENCE

    def functions(self):
        """What runs under this docstring: itself, or `__init__` and such."""
        if not self.is_class:
            return [self.node]
        return [
            f
            for f in self.node.body
            if isinstance(f, Function)
            and f.name in ("__init__", "__call__", "__iter__", "forward")
        ]


def modules():
    for path in sorted((ROOT / "d2l").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def public():
    for module, tree in modules():
        for node in tree.body:
            if not isinstance(node, ast.ClassDef | Function):
                continue
            if node.name.startswith("_"):
                continue
            yield Public(module, node.name, node, None)
            for part in getattr(node, "body", ()):
                if (
                    isinstance(node, ast.ClassDef)
                    and isinstance(part, Function)
                    and not part.name.startswith("_")
                ):
                    name = f"{node.name}.{part.name}"
                    yield Public(module, name, part, node)


MODULES = dict(modules())
PUBLIC = list(public())


def each(condition=lambda p: True):
    chosen = [p for p in PUBLIC if condition(p)]
    ids = [f"{p.module}.{p.name}" for p in chosen]
    return pytest.mark.parametrize("p", chosen, ids=ids)


def mentions_tensor(function):
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    hints = [a.annotation for a in (*every, arguments.vararg) if a]
    return any(
        re.search(r"\bTensor\b", ast.unparse(hint))
        for hint in (*hints, function.returns)
        if hint
    )


def raises_value_error(function):
    return any(
        isinstance(node, ast.Raise)
        and node.exc is not None
        and ast.unparse(node.exc).startswith("ValueError")
        for node in ast.walk(function)
    )


@pytest.mark.parametrize("name", MODULES)
def test_module_has_a_docstring(name):
    assert ast.get_docstring(MODULES[name])


@each()
def test_has_a_docstring(p):
    first = p.doc.split("\n\n")[0]
    assert first.endswith("."), "the first paragraph is a sentence"


@each(lambda p: any(mentions_tensor(f) for f in p.functions()))
def test_shapes_are_stated(p):
    """A method may leave it to its class."""
    assert "Shape:\n" in p.doc + p.doc_of_owner


@each(lambda p: any(raises_value_error(f) for f in p.functions()))
def test_errors_are_stated(p):
    """A method may leave it to its class."""
    assert re.search(r"Raises:\n\s+ValueError: ", p.doc + p.doc_of_owner)


@each(lambda p: p.owner is None and p.is_science)
def test_source_and_equal_are_stated(p):
    """The source on a line of its own or in the first sentence."""
    first = p.doc.split("\n\n")[0]
    author = re.search(r"\([A-Z][^()]*, \d{4}[^()]*\)", first)
    assert "\nSource: " in p.doc or author
    assert "\nSame as: " in p.doc
    assert "\n>>> " in p.doc


@pytest.mark.parametrize("name", MODULES)
def test_published_sizes_are_explained(name):
    """By a comment that the API reference shows."""
    file = ROOT / f"{name.replace('.', '/')}.py"
    lines = file.read_text("utf8").splitlines() if file.is_file() else []
    for node in MODULES[name].body:
        match node:
            case ast.Assign(value=ast.Call(func=ast.Name(id="partial"))):
                assert lines[node.lineno - 2].startswith("#: "), node.lineno


@pytest.mark.parametrize("name", MODULES)
def test_named_tests_exist(name):
    text = " ".join(
        ast.get_docstring(node) or ""
        for node in ast.walk(MODULES[name])
        if isinstance(node, ast.Module | ast.ClassDef | Function)
    )
    for path, test in re.findall(r"\b(tests/[\w/]+\.py)(?:::(\w+))?", text):
        assert (ROOT / path).is_file(), path
        source = (ROOT / path).read_text(encoding="utf-8")
        assert not test or re.search(rf"def {test}\b", source), test
