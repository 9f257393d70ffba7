"""The book's Sphinx extension: expands pages and shows checked claims."""

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pybtex.plugin import find_plugin, register_plugin
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

import d2l
from tooling.epub import layout as epub
from tooling.execution.environment import prepare_environment
from tooling.execution.results import Results
from tooling.execution.sharing import Sharing, settle
from tooling.notebooks import builder as notebooks
from tooling.pages import (
    claims,
    glossary,
    interactive,
    mathematics,
    numbering,
    reference,
    rewriting,
    what_ran,
)
from tooling.pdf import layout as pdf
from tooling.source.book import Book, Page
from tooling.source.listings import ListingError
from tooling.source.versions import installed, require_pinned
from tooling.website import (
    downloads,
    figures,
    fonts,
    landing,
    live,
    moved,
    navigation,
    search,
    theme,
)

PARTS = (
    claims,
    downloads,
    epub,
    figures,
    fonts,
    glossary,
    interactive,
    pdf,
    mathematics,
    numbering,
    landing,
    what_ran,
    live,
    moved,
    navigation,
    notebooks,
    reference,
    rewriting,
    search,
    theme,
)


def prepare(app: Sphinx, config: Config) -> None:
    """Make Sphinx execute pages just as the executor does.

    A plain `jupyter-book build .` then gives the same outputs, and finds
    those that the executor left in the cache.
    """
    book = Book(Path(app.srcdir))
    config.version = config.release = d2l.__version__
    config.html_theme_options["repository_url"] = book.repository
    config.html_baseurl = config.ogp_site_url = book.site
    config.notfound_urls_prefix = urlsplit(book.site).path
    try:
        require_pinned(installed(), book.root / "constraints.txt")
    except ValueError as error:
        raise ExtensionError(str(error)) from None
    prepare_environment(book)
    config.nb_execution_cache_path = str(book.cache)
    names = os.environ.get("D2L_NOT_EXECUTED", "").split(os.pathsep)
    pages = [p for p in book.executable_pages() if p.name not in names]
    settle(book, Results(book), pages, Sharing(book))
    skipped = [f"{name}.md" for name in names if name]
    config.nb_execution_excludepatterns += skipped
    quiet = Quiet(book.root / name for name in skipped)
    for handler in logging.getLogger("sphinx").handlers:
        handler.addFilter(quiet)


class Quiet(logging.Filter):
    """Drops what Sphinx says of some pages, as they lack their outputs.

    Args:
        pages: files of the pages.
    """

    def __init__(self, pages: Iterable[Path]) -> None:
        super().__init__()
        self.pages = set(map(str, pages))

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a message is to be shown."""
        place = str(getattr(record, "location", None) or "")
        return not {place, place.rpartition(":")[0]} & self.pages


def expand(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace a page's text by its expansion, and remember its digest."""
    page = Page(Book(Path(app.srcdir)), name, source[0])
    if page.is_executable:
        try:
            source[0] = page.source
        except ListingError as error:
            raise ExtensionError(str(error)) from None
        digests(app.env)[name] = page.digest


def outdated(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> Iterator[str]:
    """Name the pages whose outputs changed though their text did not."""
    book = Book(Path(app.srcdir))
    for name, digest in digests(env).items():
        if name in env.found_docs and book.page(name).digest != digest:
            yield name


def digests(env: BuildEnvironment) -> dict[str, str]:
    """Return the digests of the pages that the environment has read."""
    if not hasattr(env, "page_digests"):
        env.page_digests = {}  # type: ignore[attr-defined]
    return env.page_digests  # type: ignore[attr-defined]


def remember_plugins() -> None:
    """Spare each citation a search through all installed packages."""
    for group, name in (
        ("pybtex.backends", "docutils"),
        ("pybtex.backends", "plaintext"),
        ("pybtex.style.formatting", "alpha"),
    ):
        plugin = find_plugin(group, name)
        register_plugin(group, name, plugin, force=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    remember_plugins()
    app.connect("config-inited", prepare)
    app.connect("source-read", expand)
    app.connect("env-get-outdated", outdated)
    app.add_config_value("page_memory_limit", 4, "")
    app.add_config_value("shared_results", True, "", (bool, str))
    app.add_config_value("results_limit", 1, "", (int, float))
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": False}
