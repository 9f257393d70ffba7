"""Listings: a page names an object of the package, its source becomes a cell.

    ```{listing} d2l.models.lenet.LeNet
    ```

is replaced, before anything else reads the page, by a code cell with the
object's own source, preceded by the imports that it needs. Docstrings keep
their first paragraph only: the reference of the package has the rest. The
object gets an entry in the index.
"""

import ast
import copy
import re
import sys
import textwrap
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path

OPENING = re.compile(r"^(?P<fence>`{3,}|:{3,})\{listing\}(?P<names>.*)$")
WIDTH = 79  # columns, as much as a page in print holds
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class ListingError(ValueError):
    """A listing that can't be made; says where and what to do."""


@dataclass(frozen=True)
class Expanded:
    """A page whose listings are cells.

    Args:
        text: the whole page.
        lines: for each line of `text`, the line of the page it came from,
            counted from 1.
        modules: modules of the package that the listings show.
    """

    text: str
    lines: tuple[int, ...]
    modules: frozenset[str]


@dataclass(frozen=True)
class Module:
    """A module of the package, read and never imported."""

    name: str
    path: Path
    source: str
    tree: ast.Module


def expand(text: str, where: str) -> Expanded:
    """Replace the listings of a page by code cells.

    Args:
        text: the page, as its author wrote it.
        where: name of the page, for messages.

    Raises:
        ListingError: if an object does not exist or a listing is not closed.
    """
    out: list[str] = []
    origin: list[int] = []
    modules: set[str] = set()
    lines = text.splitlines()
    i = 0
    while i < len(lines):
        opening = OPENING.match(lines[i])
        if opening is None:
            out.append(lines[i])
            origin.append(i + 1)
            i += 1
            continue
        fence = opening["fence"]
        end = next(
            (j for j in range(i + 1, len(lines)) if lines[j].strip() == fence),
            None,
        )
        if end is None:
            raise ListingError(f"{where}:{i + 1}: this listing is not closed")
        try:
            cell, shown = listing_cell(opening["names"].replace(",", " "))
        except ListingError as error:
            raise ListingError(f"{where}:{i + 1}: {error}") from None
        options = lines[i + 1 : end] or [":tags: [listing]"]
        new = ["```{code-cell} python", *options, "", *cell, "```"]
        new = [*index_entries(opening["names"]), *new]
        out.extend(new)
        origin.extend([i + 1] * len(new))
        modules |= shown
        i = end + 1
    return Expanded("\n".join(out) + "\n", tuple(origin), frozenset(modules))


def index_entries(names: str) -> list[str]:
    """Return the lines that put some objects into the index of the book.

    Args:
        names: full names, separated by spaces or commas.
    """
    pairs = (n.rpartition(".") for n in names.replace(",", " ").split())
    entries = ", ".join(f"{name} ({module})" for module, _, name in pairs)
    return [f"```{{index}} {entries}", "```", ""]


def listing_cell(names: str) -> tuple[list[str], set[str]]:
    """Return the lines of the cell that shows some objects, and their modules.

    Args:
        names: full names, separated by spaces.

    Raises:
        ListingError: if there is no name, or no such object.
    """
    if not names.split():
        raise ListingError("a listing needs the full name of an object")
    found = [(find(name), name) for name in names.split()]
    blocks: list[str] = []
    imports: list[str] = []
    shown = {name.rsplit(".", 1)[-1] for name in names.split()}
    for (module, node), _ in found:
        imports += needed_imports(module, node, shown)
        blocks.append(source_of(module, node))
    modules = {module.name: None for (module, _), _ in found}
    heading = [f"# {name.replace('.', '/')}.py" for name in modules]
    lines = map(_folded, sorted(_merged(imports), key=_import_order))
    text = "\n".join([*heading, *lines])
    body = "\n\n\n".join(blocks)
    cell = f"{text}\n\n\n{body}" if imports else f"{text}\n{body}"
    return cell.splitlines(), set(modules)


def find(name: str) -> tuple[Module, ast.stmt]:
    """Find a class, function, method or constant by its full name.

    Raises:
        ListingError: if it does not exist; names the nearest match.
    """
    parts = name.split(".")
    for split in range(len(parts), 0, -1):
        module = read_module(".".join(parts[:split]))
        if module is None:
            continue
        objects = definitions(module)
        wanted = ".".join(parts[split:])
        if wanted in objects:
            return module, objects[wanted]
        near = get_close_matches(wanted, objects, n=1, cutoff=0)
        hint = f"; the nearest is {module.name}.{near[0]}" if near else ""
        raise ListingError(
            f"{module.name} has no object {wanted or '(none named)'!r}{hint}"
        )
    raise ListingError(f"there is no module that could hold {name!r}")


def definitions(module: Module) -> dict[str, ast.stmt]:
    """Return the classes, functions, methods and constants of a module."""
    found: dict[str, ast.stmt] = {}
    for node in module.tree.body:
        if isinstance(node, Definition):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, Definition):
                    found[f"{node.name}.{method.name}"] = method
        for target in _targets(node):
            found[target] = node
    return found


def source_of(module: Module, node: ast.stmt) -> str:
    """Return the source of an object, docstrings cut to their summary."""
    lines: list[str | None] = [*module.source.splitlines()]
    for child in _documented(node):
        doc = child.body[0]
        assert doc.end_lineno is not None
        summary = (ast.get_docstring(child) or "").split("\n\n")[0]
        text = textwrap.indent(f'"""{summary}"""', " " * doc.col_offset)
        place = range(doc.lineno - 1, doc.end_lineno)
        short = text.splitlines()
        for i, line in zip_longest(place, short[: len(place)]):
            lines[i] = line
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    kept = lines[first - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(s for s in kept if s is not None))


def needed_imports(
    module: Module, node: ast.stmt, shown: set[str]
) -> list[str]:
    """Return the import lines without which the object would not run.

    Args:
        module: where the object lives.
        node: the object.
        shown: names that the same listing defines.
    """
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    used -= shown
    lines = []
    for statement in ast.walk(module.tree):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names = [
                alias
                for alias in statement.names
                if (alias.asname or alias.name.split(".")[0]) in used
            ]
            if names:
                kept = copy.copy(statement)
                kept.names = names
                lines.append(ast.unparse(kept))
    own = sorted(used & {n for n in definitions(module) if "." not in n})
    if own:
        lines.append(f"from {module.name} import {', '.join(own)}")
    return lines


@cache
def _read(path: Path, changed: int) -> tuple[str, ast.Module]:
    source = path.read_text("utf8")
    return source, ast.parse(source)


def read_module(name: str) -> Module | None:
    """Read a module's file without importing the module itself.

    Returns:
        None if there is no such module.
    """
    path = module_path(name)
    if path is None:
        return None
    source, tree = _read(path, path.stat().st_mtime_ns)
    return Module(name, path, source, tree)


def module_path(name: str) -> Path | None:
    """Return the file of a module of the package, found by name alone."""
    package, *rest = name.split(".")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]).joinpath(*rest)
    for path in (folder.with_suffix(".py"), folder / "__init__.py"):
        if path.is_file():
            return path
    return None


def _documented(node: ast.stmt) -> list[Definition]:
    return [
        child
        for child in ast.walk(node)
        if isinstance(child, Definition) and ast.get_docstring(child)
    ]


def _targets(node: ast.stmt) -> list[str]:
    match node:
        case ast.Assign(targets=targets):
            return [t.id for t in targets if isinstance(t, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def _merged(lines: list[str]) -> list[str]:
    """Return one import for each module that some lines import from."""
    names: dict[str, set[str]] = {}
    for line in lines:
        source, found, some = line.partition(" import ")
        names.setdefault(source, set()).update(some.split(", "))
        if not found:
            names[line] = set()
    return [
        f"{source} import {', '.join(sorted(some, key=_kind_of_name))}"
        if some
        else source
        for source, some in names.items()
    ]


def _kind_of_name(name: str) -> tuple[bool, bool, str]:
    """Return what orders constants before classes before functions."""
    return not name.isupper(), name[0].islower(), name


def _folded(line: str) -> str:
    """Return an import on several lines if it is too long for one."""
    if len(line) <= WIDTH:
        return line
    source, _, names = line.partition(" import ")
    block = textwrap.fill(
        names, WIDTH, initial_indent="    ", subsequent_indent="    "
    )
    return f"{source} import (\n{block},\n)"


def _import_order(line: str) -> tuple[int, str]:
    module = line.split()[1].split(".")[0]
    own = module == "d2l"
    standard = module in sys.stdlib_module_names
    return (2 if own else 0 if standard else 1, line)
