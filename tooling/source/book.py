"""The book as its files describe it: pages, configuration, folders."""

import os
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import nbformat
import yaml
from myst_nb.core.read import (
    is_myst_markdown_notebook,
    read_myst_markdown_notebook,
)
from myst_parser.config.main import MdParserConfig
from sphinx_external_toc.parsing import parse_toc_yaml

from tooling.source.dependencies import digest, imported_modules
from tooling.source.listings import Expanded, expand

KERNELSPEC = re.compile(r"^kernelspec: \{", re.MULTILINE)


@dataclass(frozen=True)
class Book:
    """A folder with `_config.yml`, `_toc.yml` and `constraints.txt`.

    Args:
        root: that folder.
        cache_folder: where executed pages are kept, below the output folder
            if not given.
    """

    root: Path
    cache_folder: Path | None = None

    @property
    def output(self) -> Path:
        """Folder of everything that a build makes."""
        return self.root / "_build"

    @property
    def cache(self) -> Path:
        """Folder of the executed pages, shared by all builders."""
        return self.cache_folder or self.output / ".jupyter_cache"

    @cached_property
    def config(self) -> dict[str, Any]:
        """The settings of `_config.yml`.

        The environment variable D2L_REPOSITORY replaces the address of the
        repository there, so that a fork's site leads to the fork.
        """
        text = (self.root / "_config.yml").read_text("utf8")
        return _settings(text, os.environ.get("D2L_REPOSITORY", ""))

    @property
    def repository(self) -> str:
        """Address of the repository, `https://github.com/OWNER/NAME`."""
        return str(self.config["repository"]["url"]).rstrip("/")

    @property
    def site(self) -> str:
        """Address of the published site, ending in a slash."""
        html = self.config.get("html", {})
        *_, owner, name = self.repository.split("/")
        default = f"https://{owner}.github.io/{name}"
        return f"{html.get('baseurl') or default}".rstrip("/") + "/"

    @cached_property
    def names(self) -> list[str]:
        """Pages in reading order, without their suffix."""
        toc = parse_toc_yaml(self.root / "_toc.yml")
        return [
            name
            for name in map(str, toc)
            if (self.root / f"{name}.md").is_file()
        ]

    def page(self, name: str) -> "Page":
        """Read one page.

        Args:
            name: path below the root, without suffix.
        """
        text = (self.root / f"{name}.md").read_text("utf8")
        return Page(self, name, text)

    def executable_pages(self) -> list["Page"]:
        """Return the pages that hold code cells, in reading order."""
        pages = map(self.page, self.names)
        return [page for page in pages if page.is_executable]


@dataclass(frozen=True)
class Page:
    """One page, as written.

    Args:
        book: where it belongs.
        name: path below the book's folder, without suffix.
        text: its Markdown.
    """

    book: Book
    name: str
    text: str

    @property
    def path(self) -> Path:
        """The page's file."""
        return self.book.root / f"{self.name}.md"

    @property
    def is_executable(self) -> bool:
        """Whether the page's front matter makes it a notebook."""
        return _is_notebook(self.text)

    @cached_property
    def expanded(self) -> Expanded:
        """The page with its listings as cells."""
        return expand(self.text, f"{self.name}.md")

    @cached_property
    def modules(self) -> frozenset[str]:
        """Modules of the package that the page imports or shows."""
        return self.expanded.modules | imported_modules(self.expanded.text)

    @property
    def uses_gpu(self) -> bool:
        """Whether the page does more where there is a GPU."""
        return "cuda=" in self.expanded.text

    @cached_property
    def digest(self) -> str:
        """Fingerprint of all that the outputs depend on but the cells."""
        return digest(self.modules, self.book.root / "constraints.txt")

    @cached_property
    def source(self) -> str:
        """What Sphinx reads: listings expanded, digest in the front matter.

        jupyter-cache hashes the kernelspec, so the digest becomes part of
        its key. It is added within a line, so that line numbers stay true.
        """
        if not self.is_executable:
            return self.text
        text, count = KERNELSPEC.subn(
            f"kernelspec: {{digest: {self.digest}, ",
            self.expanded.text,
            count=1,
        )
        if not count:
            raise ValueError(
                f"{self.name}.md: the front matter needs the line "
                "'kernelspec: {name: python3, display_name: Python 3}'"
            )
        return text

    @cached_property
    def notebook(self) -> nbformat.NotebookNode:
        """The page as a notebook without outputs, as Sphinx will see it."""
        return self._read(self.source)

    def line(self, cell: int, line: int) -> int:
        """Return the line of the page's file for a line of a cell.

        Args:
            cell: index of the cell, counted from 0.
            line: line in the cell, counted from 1.
        """
        start: int = self.notebook.metadata["source_map"][cell]
        source = self.source.splitlines()
        # Skip the cell's options, which are not part of its code.
        code = self.notebook.cells[cell].source.splitlines() or [""]
        while start < len(source) and source[start] != code[0]:
            start += 1
        index = min(start + line, len(source)) - 1
        return self.expanded.lines[index]

    def _read(self, text: str) -> nbformat.NotebookNode:
        parse = self.book.config.get("parse", {})
        extensions = parse.get("myst_enable_extensions", [])
        notebook: nbformat.NotebookNode = read_myst_markdown_notebook(
            text,
            config=MdParserConfig(enable_extensions=set(extensions)),
            add_source_map=True,
            path=str(self.path),
        )
        return notebook


@cache  # or each page of a build would parse them again
def _settings(text: str, repository: str) -> dict[str, Any]:
    settings = dict(yaml.safe_load(text))
    if repository:
        settings.setdefault("repository", {})["url"] = repository
    return settings


@cache
def _is_notebook(text: str) -> bool:
    return bool(is_myst_markdown_notebook(text))
