"""What autodoc shows of a docstring and a signature of the package.

Docstrings are written for whoever reads the code: sections as napoleon knows
them, code in single backticks, and fields of our own. Types in signatures and
values of constants stand as their author wrote them.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.ext.autodoc import DataDocumenter

# Lines of a docstring that say what they say in one word at the beginning.
FIELD = re.compile(r"(Source|Same as|Cost|Differs from [^:]+): |(Shape):$")
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
ITEM = re.compile(r"[^():;]+: |returns\b")  # of what is said about shapes
SHAPE = re.compile(r"(?<!\w)\([^()`]*\)")


def prepare_docstring(
    app: Sphinx,
    what: str,
    name: str,
    thing: object,
    options: object,
    lines: list[str],
) -> None:
    """Make a docstring reStructuredText, as far as napoleon does not.

    Args:
        app: of the build.
        what: kind of thing.
        name: its full name.
        thing: itself.
        options: of the directive.
        lines: of its docstring, changed in place.

    >>> text = ["Shape:", "    x: (B, d), `f(d)`", "    y: (B,),", "    or ()"]
    >>> text += ["", "Source: Lin et al.", "(2014), `a`.", "Same as: b."]
    >>> prepare_docstring(None, "class", "d2l.A", None, None, text)
    >>> for line in text:
    ...     print(line)
    :Shape:
        - x: ``(B, d)``, ``f(d)``
        - y: ``(B,)``,
          or ``()``
    <BLANKLINE>
    :Source: Lin et al.
        (2014), ``a``.
    :Same as: b.
    """
    field = ""
    for i, line in enumerate(lines):
        text = line.strip()
        begins = FIELD.match(line)
        if begins:
            field = begins[1] or begins[2]
            line = f":{field}: {line[begins.end() :]}".rstrip()
        elif not text:
            field = ""
        elif field == "Shape":
            item = ITEM.match(text) or lines[i - 1] == ":Shape:"
            text = SHAPE.sub(r"``\g<0>``", text)
            line = f"    - {text}" if item else f"      {text}"
        elif field:
            line = f"    {text}"
        if not text.startswith((">>>", "...")):
            line = CODE.sub(r"``\1``", line)
        lines[i] = line


def signature(
    app: Sphinx,
    what: str,
    name: str,
    thing: object,
    options: object,
    arguments: str,
    returns: str,
) -> tuple[str, str | None] | None:
    """Return a signature as its source has it, with short names of types.

    Args:
        app: of the build.
        what: kind of thing.
        name: its full name.
        thing: itself.
        options: of the directive.
        arguments: as autodoc would show them.
        returns: likewise.

    Returns:
        Arguments and type, or None where the source has no such function.
    """
    function = getattr(thing, "__init__", None) if what == "class" else thing
    inherited = what == "class" and "__init__" not in vars(thing)
    if inherited or not callable(function):
        return None
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return None
    (definition,) = ast.parse(source).body
    if not isinstance(definition, ast.FunctionDef):
        return None
    positional = definition.args.args
    if positional and positional[0].arg in ("self", "cls"):
        del positional[0]
    result = definition.returns if what != "class" else None
    return f"({ast.unparse(definition.args)})", (
        ast.unparse(result).strip("'") if result else None
    )


def skip(
    app: Sphinx,
    what: str,
    name: str,
    thing: object,
    is_skipped: bool,
    options: object,
) -> bool | None:
    """Skip the fields of a named tuple, which its arguments explain.

    Args:
        app: of the build.
        what: kind of what has the thing.
        name: of the thing.
        thing: itself.
        is_skipped: whether autodoc would skip it.
        options: of the directive.

    Returns:
        True, or None to leave it to others.
    """
    return True if type(thing).__name__ == "_tuplegetter" else None


class Constant(DataDocumenter):
    """Shows a constant that a comment explains, with its value as written."""

    def should_suppress_directive_header(self) -> bool:
        """Show the value of a name for a type, too."""
        return False

    def process_doc(self, docstrings: list[list[str]]) -> Iterator[str]:
        """Yield the lines of the comment, in which nothing but code is marked.

        Napoleon would take what precedes a colon for a type.
        """
        for lines in docstrings:
            yield from (CODE.sub(r"``\1``", line) for line in lines)

    def update_content(self, more_content: StringList) -> None:
        """Do not say of a name for a type what it stands for once more."""

    def add_directive_header(self, sig: str) -> None:
        """Begin the entry."""
        value = written(self.modname, self.objpath[-1])
        self.options = self.options.copy()  # it is shared with others
        self.options["annotation"] = f"= {value}"
        super().add_directive_header(sig)


def written(module: str, name: str) -> str:
    """Return the value of a constant as it is written.

    Args:
        module: which is imported.
        name: of the constant.

    Raises:
        ValueError: if the module has no such constant.

    >>> written(__name__, "CODE").partition("(")[0]
    're.compile'
    """
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=found)], value=value)
                | ast.AnnAssign(
                    target=ast.Name(id=found), value=ast.expr() as value
                )
            ) if found == name:
                return ast.unparse(value)
    raise ValueError(f"{module} has no constant {name}")


def address(root: Path, repository: str, info: dict[str, str]) -> str | None:
    """Return where the source of something can be read.

    Args:
        root: the folder that holds the outermost package.
        repository: with the branch, as in an address of a file.
        info: names the module, and what of it.
    """
    thing: Any = sys.modules.get(info["module"])
    for part in info["fullname"].split("."):
        thing = getattr(thing, part, None)
    if not inspect.isroutine(thing) and not inspect.isclass(thing):
        return None  # a constant has no lines of its own
    thing = inspect.unwrap(thing)  # a context manager is the function's
    try:
        file = Path(inspect.getsourcefile(thing) or "")
        start = inspect.getsourcelines(thing)[1]
    except (OSError, TypeError):
        return None
    if not file.is_relative_to(root):  # another name of what others made
        return None
    return f"{repository}/{file.relative_to(root).as_posix()}#L{start}"


def setup(app: Sphinx) -> None:
    """Register it with autodoc."""
    # Before napoleon, which knows nothing of our fields.
    app.connect("autodoc-process-docstring", prepare_docstring, priority=400)
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-skip-member", skip)
    app.add_autodocumenter(Constant, override=True)
