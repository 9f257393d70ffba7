"""What the outputs of a page depend on besides its own cells."""

import hashlib
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import grimp

from d2l.data import catalogue
from tooling.source.listings import module_path

PACKAGE = "d2l"
IMPORT = re.compile(
    r"(?:^|[;:])[ \t]*(?:from[ \t]+(?P<source>[\w.]+)[ \t]+)?import[ \t]+"
    r"(?P<names>\([^)]*\)|(?:\\\n|[^;\n])*)",
    re.MULTILINE,
)


def forget() -> None:
    """Read the package anew from now on: it may have changed."""
    for remembered in (import_graph, reached_modules):
        remembered.cache_clear()


@cache
def import_graph(package: str = PACKAGE) -> grimp.ImportGraph:
    """Return the import graph of the package, read from its source.

    Raises:
        ValueError: if a module is no Python; names its line.
    """
    try:
        return grimp.build_graph(package, cache_dir=None)
    except grimp.exceptions.SourceSyntaxError as error:
        where = f"{error.filename}:{error.lineno}"
        raise ValueError(f"{where}: no Python: {error.text}") from None


def imported_modules(text: str) -> set[str]:
    """Return the modules of the package that a page imports directly.

    The text is searched, not parsed: an import in prose makes a page depend
    on more than it needs, which does no harm, and all pages are read in no
    time.

    Args:
        text: a page with its listings expanded.
    """
    modules = import_graph().modules
    found: set[str] = set()
    for statement in IMPORT.finditer(text):
        named = re.findall(r"[\w.]+", statement["names"])
        source = statement["source"]
        if source:
            found |= {source, *(f"{source}.{name}" for name in named)}
        else:
            found |= set(named)
    return found & modules


@cache
def reached_modules(direct: frozenset[str]) -> frozenset[str]:
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
    return frozenset(reached)


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


def digest(modules: frozenset[str], constraints: Path) -> str:
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
        record = path.with_suffix(".json")  # data that the module reads
        if record.exists():
            total.update(record.read_bytes() + b"\0")
    for name, mode in data_sets(reached).items():
        total.update(f"{name}={mode}\0".encode())
    total.update(os.environ.get("D2L_DEVICE", "").encode())
    return total.hexdigest()[:32]
