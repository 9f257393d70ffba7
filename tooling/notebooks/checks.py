"""What a notebook must not have: checked when it is made."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import nbformat
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from tooling.source.book import Book, Page

ROLE = re.compile(r"\{[a-z][\w:+.-]*\}$")
LEFT = re.compile(r"^ *:{3,}|<Figure size", re.MULTILINE)
ADDRESS = re.compile(r"\b(?:href|src)=[\"']([^\"']*)")
PLACE = re.compile(r"\bid=[\"']([^\"']+)")


def problems(
    notebook: nbformat.NotebookNode, page: Page, site: str
) -> Iterator[str]:
    """Yield what must not be in a notebook.

    Args:
        notebook: that was made.
        page: it was made from.
        site: address of the published site.
    """
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"not valid: {error.message}"
    source, made = (
        [cell.source for cell in cells if cell.cell_type == "code"]
        for cells in (page.notebook.cells, notebook.cells[1:])
    )
    if source != made:
        yield "its code cells are not those of the page"
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    places = {place for text in texts for place in PLACE.findall(text)}
    for text in texts:
        links = []
        for before, token in pairs(tokens(text)):
            if token.type in ("text", "html_block", "html_inline"):
                for found in LEFT.finditer(token.content):
                    yield f"raw markup {found[0].strip()}"
                links += ADDRESS.findall(token.content)
            role = ROLE.search(before)
            if role and token.type == "code_inline":
                yield f"raw markup {role[0]}`{token.content}`"
            if token.type == "fence" and token.info.startswith("{"):
                yield f"raw markup {token.info}"
            links += [
                str(value)
                for key, value in token.attrs.items()
                if key in ("href", "src")
            ]
        for link in links:
            yield from wrong_link(link, places, page.book, site)


def tokens(text: str) -> Iterator[Token]:
    """Yield what a reader of Markdown finds in a cell, in its order."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.use(dollarmath_plugin).use(amsmath_plugin)
    for token in parser.parse(text):
        yield from token.children or [token]


def pairs(found: Iterator[Token]) -> Iterator[tuple[str, Token]]:
    """Yield each token with the text before it."""
    before = ""
    for token in found:
        yield before, token
        before = token.content if token.type == "text" else ""


def wrong_link(
    link: str, places: set[str], book: Book, site: str
) -> Iterator[str]:
    """Yield what is wrong with where a link leads.

    Args:
        link: its address.
        places: ids in the same notebook.
        book: has the pages that a link to the site may lead to.
        site: address of the published site.
    """
    parts = urlsplit(link)
    if link.startswith("#"):
        if unquote(parts.fragment) not in places:
            yield f"link to {link}: there is no such place"
    elif parts.scheme not in ("http", "https", "mailto", "data"):
        yield f"link to {link}, which is not absolute"
    elif link.startswith(site):
        path = unquote(parts._replace(query="", fragment="").geturl())
        name = path.removeprefix(site)
        file = name.startswith(("_images/", "_downloads/"))
        if not file and name.removesuffix(".html") not in book.names:
            yield f"link to {link}, which the site does not have"
