"""The sidebar's tree of pages, made once a build rather than once a page.

The theme resolves and rewrites the whole tree for each page, so that the
time of a build grows with the square of the number of pages. But the trees
differ only in their links, which are relative, and in the marks of the
current page. Here the theme makes one tree in which no page is current; for
each page its links are turned and its branch is marked, as the theme would.
"""

import re
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from pydata_sphinx_theme import toctree
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

by_theme = toctree.add_toctree_functions
NOWHERE = "no-page"  # lies at the root, so that links start from there
LINK = re.compile(r'<a class="reference internal" href="(.*)">')


class Tree:
    """The tree in which no page is current.

    Args:
        html: as the theme makes it for a page at the root.
    """

    def __init__(self, html: str) -> None:
        self.pieces = re.split("(<[^>]*>)", html)
        self.links: dict[int, str] = {}
        self.branches: dict[str, list[int]] = {}
        self.details: dict[int, int] = {}  # by the list item they unfold
        open_tags: list[int] = []  # list items and lists around a piece
        for i, piece in enumerate(self.pieces):
            if link := LINK.fullmatch(piece):
                self.links[i] = link[1]
                self.branches[link[1]] = [*open_tags, i]
            elif piece == "<details>":
                self.details[open_tags[-1]] = i
            elif re.match("<(ul|li)[ >]", piece):
                open_tags.append(i)
            elif piece in ("</ul>", "</li>"):
                open_tags.pop()

    def seen_from(self, page: str) -> str:
        """Return the HTML of the tree for one page.

        Args:
            page: its address, from the root of the site.
        """
        pieces = self.pieces.copy()
        for i, target in self.links.items():
            address = relative_uri(page, target) or "#"
            pieces[i] = f'<a class="reference internal" href="{address}">'
        for i in self._opened(self.branches.get(page, [])):
            pieces[i] = marked(pieces[i])
        return "".join(pieces)

    def _opened(self, branch: list[int]) -> Iterator[int]:
        for i in branch:
            yield i
            if i in self.details:
                yield self.details[i]


def marked(tag: str) -> str:
    """Return an opening tag on the branch of the current page."""
    if tag.startswith("<details"):
        return '<details open="open">'
    if tag.startswith("<li"):
        return re.sub(r"toctree-l\d+", r"\g<0> current active", tag)
    if tag == "<ul>":
        return '<ul class="current">'
    return tag.replace('class="', 'class="current ', 1)


@cache
def tree(app: Sphinx, **options: Any) -> Tree:
    """Return the tree in which no page is current.

    Args:
        app: of the build.
        options: with which the theme's template asks for the tree.
    """
    local = app.builder._get_local_toctree  # type: ignore[attr-defined]
    context: dict[str, Any] = {"toctree": partial(local, NOWHERE)}
    by_theme(app, NOWHERE, "", context, None)
    return Tree(str(context["generate_toctree_html"](**options)))


def add_functions(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doc: Any
) -> None:
    """Give a page's templates the theme's functions, but the tree from here.

    Args:
        app: of the build.
        page: its name.
        template: that will be rendered.
        context: of the template.
        doc: the page's content, if any.
    """
    by_theme(app, page, template, context, doc)
    generate = context["generate_toctree_html"]

    def generate_toctree_html(**options: Any) -> Any:
        whole = options["kind"] == "sidebar" and not options["startdepth"]
        # The page for what is missing has absolute links.
        missing = page == getattr(app.config, "notfound_pagename", None)
        if not whole or options["collapse"] or missing:
            return generate(**options)
        address = app.builder.get_target_uri(page)
        return tree(app, **options).seen_from(address)

    context["generate_toctree_html"] = generate_toctree_html


def setup(app: Sphinx) -> None:
    """Take the place of the theme's function before the theme connects it.

    It can't be wrapped by a later handler: the theme's next one renders the
    sidebar already, to see whether it is empty.
    """
    toctree.add_toctree_functions = add_functions
    app.connect("env-updated", lambda *_: tree.cache_clear())
