"""The first screen of the site: what the book is, a figure, ways to start.

The landing page is written, printed and run in reading order, code before
its figure. On the site the page's first figure stands beside its first
sentences and the buttons, above the code that draws it.
"""

import html
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from tooling.source.book import Book
from tooling.website.downloads import EPUB, PDF, launch


class Landing(SphinxPostTransform):
    """Moves the first figure of the landing page beside its first words."""

    default_priority = 800  # outputs of cells have become figures
    builders = ("html",)

    def run(self, **_unused: object) -> None:
        """Move it, if there are both."""
        if self.env.docname != self.config.root_doc:
            return
        figure = next(self.document.findall(nodes.figure), None)
        words = next(self.document.findall(nodes.paragraph), None)
        if figure is None or words is None:
            return
        figure.parent.remove(figure)
        hero = nodes.container(classes=["hero"])
        words.replace_self(hero)
        hero += [nodes.container("", words), figure]


def add_ways_to_start(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doc: Any
) -> None:
    """Put the buttons below the first sentences of the landing page.

    Args:
        app: of the build.
        page: its name.
        template: that will be rendered.
        context: of the template.
        doc: the page's content, none for a page made from a template alone.
    """
    if doc is None or app.builder.name != "html":
        return
    if page == app.config.root_doc:
        book = Book(Path(app.srcdir))
        others = [p.name for p in book.executable_pages() if p.name != page]
        start = ways_to_start(book, context["pathto"], others)
        context["body"] = context["body"].replace("</p>", f"</p>{start}", 1)


def ways_to_start(book: Book, pathto: Any, pages: list[str]) -> str:
    """Return the buttons of the landing page.

    Args:
        book: its settings name the repository.
        pathto: returns the address of a page or a file of the site.
        pages: the other pages with cells; the first is the one to begin with.
    """
    ways = {"PDF": pathto(PDF, True), "EPUB": pathto(EPUB, True)}
    for first in pages[:1]:
        colab = next(launch(book, first))["url"]
        begin = {"Start reading": pathto(first), "Run it in Colab": colab}
        ways = begin | ways
    links = [
        f'<a href="{html.escape(address)}">{text}</a>'
        for text, address in ways.items()
    ]
    return f'\n<p class="start">{" ".join(links)}</p>'


def setup(app: Sphinx) -> None:
    """Register both."""
    app.add_post_transform(Landing)
    app.connect("html-page-context", add_ways_to_start, priority=600)
