"""The reference of the package: its docstrings on the site, and links there.

The fence `{api}` with the name of a package becomes a section for each of its
modules, made by autodoc. In print and in the EPUB, where nobody looks up an
argument, a sentence for each module is left. Wherever a page of the site
writes the full name of something that the reference holds, or imports it, that
leads there.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from tooling.pages import docstrings
from tooling.source.book import Book

FENCE = re.compile(r"^```\{api\} ([\w.]+)\n```$", re.MULTILINE)
SECTION = """### `{module}`

```{{eval-rst}}
.. automodule:: {module}
```
"""
NAME = re.compile(r"d2l(\.\w+)+")
# In HTML: the lines of a signature; the heading of a listing; what follows
# the name of a package in an import, over several lines if in parentheses.
LINES = re.compile(r'<dl>(\s*<dd><em class="sig-param".*?)</dl>', re.DOTALL)
HEADING = re.compile(r'(<span class="c1"># )(d2l/[\w/]+)(\.py</span>)')
IMPORT = re.compile(
    r'(?<=<span class="nn">)(d2l[\w.]*)(</span>[^\n(]*(?:\([^)]*\))?)'
)
IMPORTED = re.compile(r'(?<=<span class="n">)\w+(?=</span>)')


def modules(root: Path, package: str) -> list[str]:
    """Return the public modules of a package, without those of its parts.

    Args:
        root: the folder that holds the outermost package.
        package: its full name.

    Raises:
        ValueError: if there is no such package, or nothing in it.

    >>> from tooling import ROOT
    >>> modules(ROOT, "d2l.nn")[0]
    'd2l.nn.attention'
    """
    folder = root.joinpath(*package.split("."))
    files = sorted(folder.glob("[!_]*.py"))
    if not files:
        raise ValueError(f"{package} is no package with public modules")
    return [f"{package}.{file.stem}" for file in files]


def expand(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace the fences of a page.

    Args:
        app: of the build.
        name: of the page.
        source: its text, a list of one.
    """
    pages(app.env).pop(name, None)
    packages = FENCE.findall(source[0])
    if not packages:
        return
    root = Path(app.srcdir)
    try:
        shown = {package: modules(root, package) for package in packages}
    except ValueError as error:
        raise ExtensionError(f"{name}.md: {error}") from None
    pages(app.env)[name] = shown
    on_site = app.builder.name == "html"

    def content(fence: re.Match[str]) -> str:
        found = shown[fence[1]]
        if on_site:
            return "\n".join(SECTION.format(module=m) for m in found)
        return "\n".join(f"- `{m}`: {sentence(root, m)}" for m in found)

    source[0] = FENCE.sub(content, source[0])


def sentence(root: Path, module: str) -> str:
    """Return the first sentence of a module's docstring.

    Args:
        root: the folder that holds the outermost package.
        module: its full name.
    """
    file = root.joinpath(*module.split(".")).with_suffix(".py")
    doc = ast.get_docstring(ast.parse(file.read_text("utf8"))) or ""
    return doc.partition("\n\n")[0].replace("\n", " ")


def pages(env: BuildEnvironment) -> dict[str, dict[str, list[str]]]:
    """Return the modules that each page shows, by their package.

    Args:
        env: of the build.
    """
    if not hasattr(env, "reference_pages"):
        env.reference_pages = {}  # type: ignore[attr-defined]
    return env.reference_pages  # type: ignore[attr-defined]


def outdated(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> Iterator[str]:
    """Name the pages whose packages have other modules now.

    That a module itself has changed is known to autodoc.
    """
    root = Path(app.srcdir)
    for name, shown in pages(env).items():
        now = {package: modules(root, package) for package in shown}
        if name in env.found_docs and now != shown:
            yield name


class LinkNames(SphinxPostTransform):
    """Links the full names of what the reference holds."""

    default_priority = 700  # what was written as a reference is resolved
    formats = ("html",)

    def run(self, **_unused: object) -> None:
        """Put the links in."""
        objects = self.env.domaindata["py"]["objects"]
        for literal in list(self.document.findall(nodes.literal)):
            name = literal.astext()
            entry = objects.get(name) if NAME.fullmatch(name) else None
            inside = isinstance(literal.parent, nodes.reference | nodes.title)
            if entry is None or inside or entry.docname == self.env.docname:
                continue
            literal.replace_self(
                make_refnode(
                    self.app.builder,
                    self.env.docname,
                    entry.docname,
                    entry.node_id,
                    literal.deepcopy(),
                )
            )


def finish(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Make signatures what they are to the ear, and link what code imports.

    Of the lines of a long signature Sphinx makes a list of definitions that
    defines nothing.

    Args:
        app: of the build.
        page: its name.
        template: that will be rendered.
        context: of the template.
        doctree: the page's content, if any.
    """

    def lines(found: re.Match[str]) -> str:
        each = found[1].replace("<dd>", '<span class="sig-line">')
        return each.replace("</dd>", "</span>")

    def link(name: str, text: str) -> str:
        entry = objects.get(name)
        if entry is None:
            return text
        uri = app.builder.get_relative_uri(page, entry.docname)
        return f'<a class="api" href="{uri}#{entry.node_id}">{text}</a>'

    def heading(found: re.Match[str]) -> str:
        name = found[2].replace("/", ".")
        return found[1] + link(name, found[2] + ".py") + "</span>"

    def statement(found: re.Match[str]) -> str:
        def name(word: re.Match[str]) -> str:
            return link(f"{found[1]}.{word[0]}", word[0])

        return link(found[1], found[1]) + IMPORTED.sub(name, found[2])

    objects = app.env.domaindata["py"]["objects"]
    if page in pages(app.env):
        context["body"] = LINES.sub(lines, context["body"])
    elif "body" in context:
        linked = HEADING.sub(heading, context["body"])
        context["body"] = IMPORT.sub(statement, linked)


def prepare(app: Sphinx, config: Config) -> None:
    """Tell autodoc what to show, and where the sources are."""
    root = Path(app.srcdir)
    book = Book(root)
    branch = book.config["repository"]["branch"]
    sources = f"{book.repository}/blob/{branch}"
    config.linkcode_resolve = lambda _domain, info: docstrings.address(
        root, sources, info
    )
    # Nothing is known here of other libraries, nor of variables for types.
    config.nitpick_ignore_regex = [("py:.*", r"(?!d2l\.).*|.*\.[A-Z]")]


def setup(app: Sphinx) -> None:
    """Register it, and what it is made with."""
    # A collector looks at all objects, and wakes an old name in torch.
    warnings.filterwarnings("ignore", "`torch.distributed.reduce_op`")
    # Asked for by linkcode before the settings are read.
    app.connect("config-inited", prepare, priority=1)
    app.connect("source-read", expand)
    app.connect("env-get-outdated", outdated)
    docstrings.setup(app)
    app.connect("html-page-context", finish)
    app.add_post_transform(LinkNames)
