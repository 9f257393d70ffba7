"""The sidebar: parts and chapters, and the pages of the open chapter.

The theme would put the whole tree of pages into each page and fold it, so that
a page gets longer with each other one, and the time of a build grows with the
square of their number. Here a page's sidebar holds the chapters, and the pages
of the chapter that it belongs to. All are links: no script unfolds anything.
"""

import html
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from pydata_sphinx_theme import toctree
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import url_re

by_theme = toctree.add_toctree_functions
Entry = tuple[str | None, str]  # a title of its own, and a page or an address


@cache
def parts(app: Sphinx) -> list[tuple[str, list[Entry]]]:
    """Return the captions of the parts, with the chapters of each.

    Args:
        app: of the build.
    """
    root = app.env.get_doctree(app.config.root_doc)
    return [
        (part.get("caption") or "", part["entries"])
        for part in root.findall(addnodes.toctree)
    ]


@cache
def title(app: Sphinx, page: str) -> str:
    """Return the number and the title of a page as HTML.

    Args:
        app: of the build.
        page: its name.
    """
    builder: Any = app.builder
    return str(builder.render_partial(app.env.titles[page])["title"])


def sidebar(app: Sphinx, page: str, pathto: Callable[[str], str]) -> str:
    """Return the sidebar of a page as HTML.

    Args:
        app: of the build.
        page: its name.
        pathto: returns the address of a page.
    """
    above = {page, *ancestors(app, page)}
    pieces = []
    for caption, chapters in parts(app):
        if caption:
            pieces.append(
                '<p aria-level="2" class="caption" role="heading">'
                f'<span class="caption-text">{html.escape(caption)}</span></p>'
            )
        pieces += ['<ul class="nav bd-sidenav">']
        pieces += [*items(app, chapters, above, pathto, 1), "</ul>"]
    return "".join(pieces)


@cache
def places(app: Sphinx) -> dict[str, str]:
    """Return for each page the one that it lies below."""
    return {
        page: above
        for above, pages in app.env.toctree_includes.items()
        for page in pages
    }


def ancestors(app: Sphinx, page: str) -> Iterator[str]:
    """Yield the pages that a page lies below, nearest first."""
    while page := places(app).get(page, ""):
        yield page


def items(
    app: Sphinx,
    entries: Iterable[Entry],
    above: set[str],
    pathto: Callable[[str], str],
    level: int,
) -> Iterator[str]:
    """Yield the items of a list, and below the open one its own.

    Args:
        app: of the build.
        entries: to list.
        above: the current page, and all that it lies below.
        pathto: returns the address of a page.
        level: how deep the list is nested, from 1.
    """
    for own_title, name in entries:
        is_away = bool(url_re.match(name))
        kind = "external" if is_away else "internal"
        href = html.escape(name if is_away else pathto(name))
        text = html.escape(own_title) if own_title else title(app, name)
        opened = name in above
        state = " current active" if opened else ""
        yield f'<li class="toctree-l{level}{state}">'
        here = ' aria-current="page"' if href == "#" else ""
        yield f'<a class="reference {kind}" href="{href}"{here}>{text}</a>'
        below = [(None, n) for n in app.env.toctree_includes.get(name, [])]
        if opened and below:
            yield "<ul>"
            yield from items(app, below, above, pathto, level + 1)
            yield "</ul>"
        yield "</li>"


def add_functions(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doc: Any
) -> None:
    """Give a page the theme's functions, but the sidebar from here.

    Args:
        app: of the build.
        page: its name.
        template: that will be rendered.
        context: of the template.
        doc: the page's content, if any.
    """
    by_theme(app, page, template, context, doc)
    generate = context["generate_toctree_html"]

    @cache  # the theme also asks whether it is empty
    def generate_toctree_html(**options: Any) -> Any:
        if options["kind"] == "sidebar" and not options["startdepth"]:
            return sidebar(app, page, context["pathto"])
        return generate(**options)

    context["generate_toctree_html"] = generate_toctree_html


def forget(*_: object) -> None:
    """Forget the titles and parts of a build before."""
    parts.cache_clear()
    places.cache_clear()
    title.cache_clear()


def setup(app: Sphinx) -> None:
    """Take the place of the theme's function before the theme connects it.

    It can't be wrapped by a later handler: the theme's next one renders the
    sidebar already, to see whether it is empty.
    """
    toctree.add_toctree_functions = add_functions
    app.connect("env-updated", forget)
