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


def is_size(p):
    """Whether it only calls a class of its module, a published size."""
    returns = getattr(p.node, "returns", None)
    in_a_model = p.module.startswith("d2l.models.")
    return (
        in_a_model
        and returns is not None
        and any(
            isinstance(node, ast.Return)
            and isinstance(node.value, ast.Call)
            and isinstance(returns, ast.Name)
            and ast.unparse(node.value.func) == returns.id
            for node in p.node.body
        )
    )


@each(is_size)
def test_a_published_size_names_its_source(p):
    """The rest is told by its class."""
    assert [a.arg for a in p.node.args.args] in (
        ["num_classes", "in_channels"],  # of images
        ["vocab_size"],  # of tokens
    )
    assert re.search(r"\([A-Z][^()]*, \d{4}[^()]*\)", p.doc.split("\n\n")[0])


@each(lambda p: p.is_class and p.module.startswith("d2l.models."))
def test_what_takes_sizes_has_a_function_for_a_published_one(p):
    """And is not built without sizes itself."""
    names = [a.arg for a in p.functions()[0].args.args][1:]
    if "in_channels" in names and "num_classes" in names[1:]:
        sizes = [q for q in PUBLIC if is_size(q) and q.module == p.module]
        assert p.name in {ast.unparse(q.node.returns) for q in sizes}
        optional = len(p.functions()[0].args.defaults)
        assert names[-optional:] == ["num_classes", "in_channels"]


@each(lambda p: p.is_class and p.module.startswith(("d2l.models.", "d2l.nn.")))
def test_the_first_sentence_of_a_class_names_the_thing(p):
    """It tells what the class is, and not what it does."""
    first = p.doc.split()[0].strip(",:")
    known = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", p.name).split()[0]
    assert first in ("A", "An", "The") or first.startswith(known), p.doc


@each(lambda p: p.owner is None and p.is_science and not is_size(p))
def test_source_and_equal_are_stated(p):
    """The source on a line of its own or in the first sentence."""
    first = p.doc.split("\n\n")[0]
    author = re.search(r"\([A-Z][^()]*, \d{4}[^()]*\)", first)
    assert "\nSource: " in p.doc or author
    assert "\nSame as: " in p.doc
    assert "\n>>> " in p.doc


@pytest.mark.parametrize("name", MODULES)
def test_what_is_called_is_a_function(name):
    """A partial has no docstring of its own."""
    for node in MODULES[name].body:
        match node:
            case ast.Assign(value=ast.Call(func=ast.Name(id="partial"))):
                pytest.fail(f"line {node.lineno}: make it a function")


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
