"""What the outputs of a page depend on besides its own cells."""

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import grimp

import d2l
from d2l.data import downloads
from d2l.data.catalogue import CATALOGUE
from tooling import ROOT
from tooling.source.listings import module_path
from tooling.source.versions import fingerprinted

PACKAGE = "d2l"
#: What kernels are started with and run besides the cells of a page.
KERNEL = ROOT / "tooling/execution/in_kernel"
IMPORT = re.compile(
    r"(?:^|[;:])[ \t]*(?:from[ \t]+(?P<source>[\w.]+)[ \t]+)?import[ \t]+"
    r"(?P<names>\([^)]*\)|(?:\\\n|[^;\n])*)",
    re.MULTILINE,
)


def forget() -> None:
    """Read the package anew from now on: it may have changed."""
    for remembered in (import_graph, reached_modules, _naming):
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

    The package itself, which each kernel imports first, is always there.

    Args:
        direct: modules imported by a page.
    """
    graph = import_graph()
    reached: set[str] = set()
    todo = {PACKAGE, *direct}
    while todo:
        module = todo.pop()
        reached.add(module)
        parent = module.rpartition(".")[0]
        new = set(graph.find_upstream_modules(module))
        new |= {parent} & graph.modules
        todo |= new - reached
    return frozenset(reached)


@cache
def data_modes() -> dict[str, str]:
    """Return for each data set whether it is "real" or a "twin".

    A set that could be downloaded counts as real: only pages that execute
    need it (`fetch_data`).
    """
    names = list(CATALOGUE)
    with ThreadPoolExecutor(len(names)) as pool:  # servers may be silent
        return dict(zip(names, pool.map(downloads.expect, names), strict=True))


def fetch_data(modules: Iterable[str]) -> bool:
    """Fetch the data sets that some modules read.

    Args:
        modules: all modules that some pages reach.

    Returns:
        Whether they came as expected; else the digests of pages change.
    """
    expected = data_sets(modules)
    found = {name: downloads.prepare(name) for name in expected}
    data_modes().update(found)
    return found == expected


def data_sets(modules: Iterable[str]) -> dict[str, str]:
    """Return the data sets that some modules read, and which kind is used.

    Args:
        modules: all modules that a page reaches.
    """
    prefix = f"{PACKAGE}.data."
    names = {m.removeprefix(prefix) for m in modules if m.startswith(prefix)}
    names &= set(CATALOGUE)
    return {name: data_modes()[name] for name in sorted(names)}


def data_files(modules: Iterable[str]) -> list[Path]:
    """Return the files of the package, other than Python, for some modules.

    A file belongs to the modules in whose text its name stands, and to all
    if no module names it.

    Args:
        modules: all modules that a page reaches.
    """
    reached = set(modules)
    return [
        path
        for path, naming in _naming().items()
        if not naming or naming & reached
    ]


@cache
def _naming() -> dict[Path, set[str]]:
    """Return each data file of the package with the modules that name it."""
    texts = {m: _source(m).decode() for m in import_graph().modules}
    return {
        path: {m for m, text in texts.items() if path.name in text}
        for path in sorted(package_folder().rglob("*"))
        if path.is_file()
        and path.suffix not in (".py", ".pyc")
        and not path.name.startswith(".")
    }


def package_folder() -> Path:
    """Return the folder of the package."""
    return Path(d2l.__file__).parent


def device() -> str:
    """Return the device that kernels compute on, as `D2L_DEVICE` names it."""
    return os.environ.get("D2L_DEVICE") or _best_device()


@cache
def _best_device() -> str:
    drivers = map(Path, ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg"))
    if sys.platform == "linux" and not any(p.exists() for p in drivers):
        return "cpu"
    from d2l.train.device import best_device  # torch takes seconds to import

    return str(best_device())


def digest(modules: frozenset[str], constraints: Path) -> str:
    """Return a fingerprint of all that a page's outputs depend on.

    Args:
        modules: modules that the page imports or shows.
        constraints: the file of exact versions.
    """
    total = hashlib.sha256()
    for name, content in ingredients(modules, constraints):
        total.update(f"{name} {len(content)}\n".encode() + content)
    return total.hexdigest()[:32]


def ingredients(
    modules: frozenset[str], constraints: Path
) -> Iterator[tuple[str, bytes]]:
    """Yield all that a page's outputs depend on besides its own cells.

    Args:
        modules: modules that the page imports or shows.
        constraints: the file of exact versions.

    Yields:
        A name, and what is to be fingerprinted.
    """
    reached = sorted(reached_modules(modules))
    yield "Python", f"{sys.version_info[0]}.{sys.version_info[1]}".encode()
    yield "versions", fingerprinted(constraints)
    yield "device", device().encode()
    for path in sorted(KERNEL.glob("*.py")):
        yield f"kernel's {path.name}", path.read_bytes()
    for module in reached:
        yield module, _source(module)
    for path in data_files(reached):
        yield str(path.relative_to(package_folder())), path.read_bytes()
    for name, mode in data_sets(reached).items():
        yield name, f"{mode} {CATALOGUE[name]}".encode()


def _source(module: str) -> bytes:
    path = module_path(module)
    assert path is not None, module
    return path.read_bytes()
