"""Live code: the cells of a page become editable and run on a server.

A page carries a button and what the script behind it has to know; thebe and
its styles are fetched from the site itself when the button is pressed. This
replaces sphinx-thebe, which puts scripts on every page, names a release of
thebe that is gone, and knows no server but Binder's.
"""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from tooling.source.book import Book
from tooling.website.downloads import NOTEBOOKS

LOADED = ("live.css", "thebe/thebe.css", "thebe/index.js")
BUTTON = {
    "type": "javascript",
    "tooltip": "Live code: edit and run this page",
    "icon": "fas fa-play",
    "label": "launch-thebe",
    "javascript": "liveCode()",
}


def take_over(app: Sphinx, config: Config) -> None:
    """Keep sphinx-thebe, which Jupyter Book loads, from adding anything.

    Args:
        app: of the build.
        config: of the build.
    """
    for listeners in list(app.events.listeners.values()):
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    styles = app.registry.css_files
    styles[:] = [style for style in styles if style[0] != "sphinx-thebe.css"]


def add_button(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give a page with cells the button, and the script its settings.

    Args:
        app: of the build.
        page: its name.
        template: that will be rendered.
        context: of the template.
        doctree: the page's content, if any.
    """
    shown = placed(doctree) if doctree else {}
    if app.builder.name != "html" or not any(shown.values()):
        return
    book = Book(Path(app.srcdir))
    cells = book.page(page).notebook.cells
    settings = {
        "path": f"{page}.ipynb",
        "kernel": "python3",
        "server": app.config.live_server,
        "binder": binder(book.repository),
        "files": {
            name.rpartition("/")[2]: context["pathto"](f"_static/{name}", 1)
            + f"?v={digest(app, name)}"
            for name in LOADED
        },
        # In order: null for a cell whose code the page shows or folds, else
        # that code, and whether the page has a place for what it puts out.
        "cells": [
            None
            if shown.get(index)
            else {"source": cell.source, "placed": index in shown}
            for index, cell in enumerate(cells)
            if cell.cell_type == "code"
        ],
    }
    text = json.dumps(settings).replace("<", "\\u003c")
    context["body"] += (
        f'<script type="application/json" id="live-code">{text}</script>\n'
    )
    context["header_buttons"].insert(0, BUTTON)


def placed(doctree: nodes.document) -> dict[int, bool]:
    """Tell for each cell that a page shows whether that includes its code.

    Args:
        doctree: the page's content.
    """
    found = {}
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code":
            parts = cell.findall(nodes.container)
            kinds = {part.get("nb_element") for part in parts}
            found[int(cell["cell_index"])] = "cell_code_source" in kinds
    return found


def binder(repository: str) -> dict[str, str]:
    """Return how Binder finds the notebooks.

    Args:
        repository: its address.

    >>> binder("https://github.com/an-owner/a-name")["repo"]
    'an-owner/a-name'
    """
    on_github = urlsplit(repository).netloc == "github.com"
    name = urlsplit(repository).path.strip("/") if on_github else repository
    provider = "github" if on_github else "git"
    return {"repo": name, "repoProvider": provider, "ref": NOTEBOOKS}


def digest(app: Sphinx, name: str) -> str:
    """Return a fingerprint of a static file, to get past old copies of it.

    Args:
        app: of the build.
        name: of the file, below the folders of static files.
    """
    for folder in app.config.html_static_path:
        file = Path(app.confdir, folder, name)
        if file.is_file():
            return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    raise FileNotFoundError(f"no folder of html_static_path holds {name}")


def add_script(app: Sphinx) -> None:
    """Let all pages of the site share the script."""
    if app.builder.name == "html":
        app.add_js_file("live.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the setting and the button, which comes after the theme's."""
    app.connect("builder-inited", add_script)
    app.add_config_value("live_server", "", "html", str)
    app.connect("config-inited", take_over)
    app.connect("html-page-context", add_button, priority=900)
