"""What rules know of the whole book: labels, works cited, shape letters."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from tooling.rules.document import Document
from tooling.rules.reader import parse
from tooling.source.book import Book

ENTRY = re.compile(r"^@\w+\{\s*([^,\s]+)\s*,", re.MULTILINE)
NOTATION = "book/notation"
LEGEND = re.compile(
    r"^## Letters of shapes\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL
)
# Pages that Sphinx itself adds.
BUILT_IN = {"genindex", "modindex", "py-modindex", "search"}


class Library:
    """All pages of a book, each parsed once.

    Args:
        book: whose pages are read.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        parse_options = book.config.get("parse", {})
        extensions = parse_options.get("myst_enable_extensions", [])
        self.documents = [
            parse(name, book.page(name).text, extensions)
            for name in book.names
        ]

    @cached_property
    def labels(self) -> set[str]:
        """Labels of sections, figures, tables and exercises."""
        found = {name for d in self.documents for name, _ in d.labels}
        return BUILT_IN | {name.lower() for name in found}

    @cached_property
    def equations(self) -> set[str]:
        """Labels of equations."""
        return {name for d in self.documents for name, _ in d.equations}

    @cached_property
    def citations(self) -> set[str]:
        """Keys of the works in the bibliography."""
        files = self.book.config.get("bibtex_bibfiles", [])
        texts = [(self.book.root / f).read_text("utf8") for f in files]
        return {key for text in texts for key in ENTRY.findall(text)}

    @cached_property
    def legend(self) -> set[str]:
        """Letters that stand for the lengths of axes.

        They are those of the table on the page of the notation; without
        such a page there is no legend.

        Raises:
            ValueError: if that page has no such table.
        """
        if NOTATION not in self.book.names:
            return set()
        section = LEGEND.search(self.book.page(NOTATION).text)
        rows = re.findall(r"^\| `([^`]+)`", section[1] if section else "", 8)
        letters = {letter for row in rows for letter in row.split()}
        if not letters:
            raise ValueError(
                f"{NOTATION}.md: there must be a section 'Letters of shapes' "
                "with a table, whose first column names the letters"
            )
        return letters

    def earlier_labels(
        self, document: Document
    ) -> Iterator[tuple[str, int, str]]:
        """Find the labels of a page that are defined before.

        Args:
            document: the page.

        Yields:
            Label, line, and where the label is defined first.
        """
        for label, line, page in self._duplicates:
            if page is document:
                yield label, line, self._places[label]

    @cached_property
    def _places(self) -> dict[str, str]:
        places: dict[str, str] = {}
        for document in self.documents:
            for label, line in (*document.labels, *document.equations):
                places.setdefault(label, f"{document.name}.md:{line}")
        return places

    @cached_property
    def _duplicates(self) -> list[tuple[str, int, Document]]:
        return [
            (label, line, document)
            for document in self.documents
            for label, line in (*document.labels, *document.equations)
            if self._places[label] != f"{document.name}.md:{line}"
        ]

    def exists(self, document: Document, target: str) -> bool:
        """Tell whether a link of a page leads to a page or a file.

        Args:
            document: the page.
            target: a path, from the page or, with a slash, from the book.
        """
        root = self.book.root
        start = root if target.startswith("/") else self._folder(document)
        path = (start / target.lstrip("/")).resolve()
        return path.is_file() or self.is_page(document, target)

    def is_page(self, document: Document, target: str) -> bool:
        """Tell whether a path, with or without suffix, leads to a page.

        Args:
            document: the page that it starts from.
            target: the path.
        """
        root = self.book.root
        start = root if target.startswith("/") else self._folder(document)
        path = (start / target.lstrip("/").removesuffix(".md")).resolve()
        inside = path.is_relative_to(root.resolve())
        return inside and (
            path.relative_to(root.resolve()).as_posix() in self.book.names
        )

    def _folder(self, document: Document) -> Path:
        return (self.book.root / document.name).parent
