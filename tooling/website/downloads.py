"""The buttons above a page: open its notebook elsewhere, take it along.

Colab and Binder can't open pages, so their buttons lead to the notebooks on
their branch. What is offered for download lies in the site after `make site`.
"""

from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname
from typing import Any

from sphinx.application import Sphinx

from tooling.pdf.chapters import file_name
from tooling.source.book import Book

NOTEBOOKS = "notebooks"  # the branch, and the folder in the site
CHAPTERS = "chapters"  # the folder of the PDFs by chapter
PDF, EPUB, ARCHIVE = "d2l.pdf", "d2l.epub", "d2l.zip"
ADDED = (f"{NOTEBOOKS}/", f"{CHAPTERS}/", PDF, EPUB, ARCHIVE)
"""What `make site` adds to the pages: prefixes of paths below the site."""

Button = dict[str, Any]


def add(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doc: Any
) -> None:
    """Replace the theme's download button, and offer to launch notebooks.

    Args:
        app: of the build.
        page: its name.
        template: that will be rendered.
        context: of the template.
        doc: the page's content, none for a page made from a template alone.
    """
    if doc is None or app.builder.name != "html":
        return
    book = Book(Path(app.srcdir))
    buttons = [
        button
        for button in context["header_buttons"]
        if button.get("label") != "download-buttons"
    ]
    has_notebook = book.page(page).is_executable
    if has_notebook:
        launches = list(launch(book, page))
        buttons.insert(0, group("launch", "rocket", launches))
    source = context["pathto"](f"_sources/{context['sourcename']}", True)
    files = list(downloads(context["pathto"], page, has_notebook, source))
    opening = opening_page(app, page)
    if opening:
        title = app.env.titles[opening].astext()
        address = context["pathto"](f"{CHAPTERS}/{file_name(title)}", True)
        tooltip = "This chapter as a PDF"
        files.insert(-3, link("Chapter", address, tooltip, "file-pdf"))
        if page == opening:
            offer = f'</h1>\n<p><a href="{address}">{tooltip}</a></p>'
            context["body"] = context["body"].replace("</h1>", offer, 1)
    buttons.insert(1, group("download", "download", files))
    context["header_buttons"] = buttons


def opening_page(app: Sphinx, page: str) -> str:
    """Return the page that opens the chapter of a page, if there is one.

    Args:
        app: of the build.
        page: its name.
    """
    opening = f"{dirname(page)}/index"
    is_known = opening in app.env.titles
    return opening if is_known and opening != app.config.root_doc else ""


def group(name: str, icon: str, buttons: list[Button]) -> Button:
    """Return a button that opens a menu.

    Args:
        name: what it does, "launch" or "download".
        icon: its name in the theme.
        buttons: of the menu.
    """
    return {
        "type": "group",
        "tooltip": f"{name.capitalize()} this page",
        "icon": f"fas fa-{icon}",
        "buttons": buttons,
        "label": f"{name}-buttons",
    }


def launch(book: Book, page: str) -> Iterator[Button]:
    """Yield a button for each service that can run a page's notebook.

    Args:
        book: its settings name the repository.
        page: its name.
    """
    *_, owner, name = book.repository.split("/")
    places = {
        "Colab": "https://colab.research.google.com/github/"
        f"{owner}/{name}/blob/{NOTEBOOKS}/{page}.ipynb",
        "Binder": f"https://mybinder.org/v2/gh/{owner}/{name}/{NOTEBOOKS}"
        f"?urlpath=lab/tree/{page}.ipynb",
    }
    for service, address in places.items():
        yield link(
            service, address, f"Open the notebook in {service}", "rocket"
        )


def downloads(
    pathto: Any, page: str, has_notebook: bool, source: str
) -> Iterator[Button]:
    """Yield a button for each form of the page and of the book.

    Args:
        pathto: returns the address of a file of the site.
        page: its name.
        has_notebook: whether it has cells.
        source: address of its Markdown.
    """
    if has_notebook:
        address = pathto(f"{NOTEBOOKS}/{page}.ipynb", True)
        yield link("Notebook", address, "This page as a notebook", "file-code")
    yield link("Markdown", source, "This page as it was written", "file")
    for text, file, tooltip in (
        ("PDF", PDF, "The whole book, for paper"),
        ("EPUB", EPUB, "The whole book, for e-readers"),
        ("Website", ARCHIVE, "The whole site, to read without a network"),
    ):
        yield link(text, pathto(file, True), tooltip, "file-pdf")


def link(text: str, address: str, tooltip: str, icon: str) -> Button:
    """Return a button that leads to an address.

    Args:
        text: on the button.
        address: where it leads.
        tooltip: says more.
        icon: its name in the theme.
    """
    return {
        "type": "link",
        "text": text,
        "url": address,
        "tooltip": tooltip,
        "icon": f"fas fa-{icon}",
        "label": f"{text.lower()}-button",
    }


def setup(app: Sphinx) -> None:
    """Register with Sphinx, after the theme has made its buttons."""
    app.connect("html-page-context", add, priority=600)
