"""What the outputs of a page depend on besides its own cells."""

import ast
import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import grimp

from d2l.data import catalogue
from tooling.listings import module_path

PACKAGE = "d2l"


@cache
def import_graph(package: str = PACKAGE) -> grimp.ImportGraph:
    """Return the import graph of the package, read from its source."""
    return grimp.build_graph(package, cache_dir=None)


def imported_modules(code: str) -> set[str]:
    """Return the modules of the package that some code imports directly.

    Args:
        code: the source of a cell; lines that are no Python are passed over.
    """
    lines = code.splitlines()
    python = [
        "pass" if line.startswith(("%", "!")) else line for line in lines
    ]
    try:
        tree = ast.parse("\n".join(python))
    except SyntaxError:
        return set()  # the cell itself will report it when it runs
    modules = import_graph().modules
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & modules
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {node.module} | (names & modules)
    return found


def reached_modules(direct: Iterable[str]) -> set[str]:
    """Return modules and everything that importing them reads.

    Args:
        direct: modules imported by a page.
    """
    graph = import_graph()
    reached: set[str] = set()
    todo = set(direct)
    while todo:
        module = todo.pop()
        reached.add(module)
        parent = module.rpartition(".")[0]
        new = set(graph.find_upstream_modules(module))
        new |= {parent} & graph.modules
        todo |= new - reached
    return reached


@cache
def data_mode(name: str) -> str:
    """Return "real" or "twin" for a data set, fetching it if need be."""
    return catalogue.prepare(name)


def data_sets(modules: Iterable[str]) -> dict[str, str]:
    """Return the data sets that some modules read, and which kind is used.

    Args:
        modules: all modules that a page reaches.
    """
    prefix = f"{PACKAGE}.data."
    names = {m.removeprefix(prefix) for m in modules if m.startswith(prefix)}
    return {n: data_mode(n) for n in sorted(names & set(catalogue.CATALOGUE))}


def digest(modules: Iterable[str], constraints: Path) -> str:
    """Return a fingerprint of all that a page's outputs depend on.

    Args:
        modules: modules that the page imports or shows.
        constraints: the file of exact versions.
    """
    reached = sorted(reached_modules(modules))
    total = hashlib.sha256(constraints.read_bytes())
    for module in reached:
        path = module_path(module)
        assert path is not None, module
        total.update(module.encode() + b"\0" + path.read_bytes() + b"\0")
    for name, mode in data_sets(reached).items():
        total.update(f"{name}={mode}\0".encode())
    total.update(os.environ.get("D2L_DEVICE", "").encode())
    return total.hexdigest()[:32]
