"""Reading a page: MyST's own parser, applied once to every block."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from tooling.rules import inline
from tooling.rules.document import (
    CELLS,
    Comment,
    Directive,
    Document,
    Heading,
)

OPTION = re.compile(r":([\w-]+):\s*(.*)$")
DIRECTIVE = re.compile(r"\{([\w:.-]+)\}\s*(.*)$")
# Directives whose body is not Markdown.
LITERAL = CELLS | {
    "bibliography",
    "code",
    "code-block",
    "csv-table",
    "eval-rst",
    "glossary",
    "graphviz",
    "image",
    "literalinclude",
    "math",
    "mermaid",
    "raw",
    "tableofcontents",
    "toctree",
}
# Blocks that the reader does not see.
INVISIBLE = {"myst_line_comment", "myst_target"}
# Directives whose argument is no title but a path or a label.
UNTITLED = LITERAL | {
    "figure",
    "include",
    "interactive",
    "solution",
    "solution-start",
}


@cache
def parser(extensions: frozenset[str]) -> MarkdownIt:
    """Return the parser that MyST itself uses.

    Args:
        extensions: of MyST's syntax that the book switches on.
    """
    config = MdParserConfig(enable_extensions=set(extensions))
    return create_md_parser(config, RendererHTML)


def parse(name: str, text: str, extensions: Sequence[str] = ()) -> Document:
    """Parse a page.

    Args:
        name: of the page.
        text: its Markdown, as its author wrote it.
        extensions: of MyST's syntax that the book switches on.

    Raises:
        ValueError: if options or front matter are no YAML; says where.
    """
    document = Document(name)
    _Reader(document, parser(frozenset(extensions))).markdown(text, 0, ())
    return document


class _Reader:
    """Fills a document, token by token."""

    def __init__(self, document: Document, markdown: MarkdownIt) -> None:
        self.document = document
        self.parser = markdown

    def markdown(self, text: str, offset: int, where: tuple[str, ...]) -> None:
        """Read Markdown whose first line is that after `offset`."""
        tokens = self.parser.parse(text, {})
        around: list[str] = []
        for i, token in enumerate(tokens):
            line = offset + (token.map[0] if token.map else 0) + 1
            if token.nesting == 1:
                around.append(token.type.removesuffix("_open"))
            elif token.nesting == -1:
                around.pop()
            elif token.type == "inline":
                self._inline(token, line, where, around)
            elif token.type in ("fence", "colon_fence"):
                self._directive(token, line, where)
            else:
                self._other(tokens, i, line, offset)
            if token.type == "heading_open":
                level = int(token.tag[1])
                content = tokens[i + 1].content
                self.document.headings.append(Heading(level, content, line))
            self._opening(token, line)

    def _opening(self, token: Token, line: int) -> None:
        document = self.document
        if document.opening[0] or not document.headings:
            return
        is_block = token.map and token.level == 0
        is_below = line > document.headings[0].line
        if is_block and is_below and token.type not in INVISIBLE:
            document.opening = (token.type, line)

    def _inline(
        self,
        token: Token,
        line: int,
        where: tuple[str, ...],
        around: list[str],
    ) -> None:
        kind = "table" if "table" in around else around[-1]
        text = inline.read(token, kind, line, where)
        self.document.texts.append(text)
        self.document.labels += text.labels

    def _directive(
        self, token: Token, line: int, where: tuple[str, ...]
    ) -> None:
        match = DIRECTIVE.match(token.info.strip())
        if match is None:
            return
        name, argument = match.groups()
        lines = token.content.splitlines()
        try:
            options, start = split_options(lines)
        except yaml.YAMLError:
            place = f"{self.document.name}.md:{line}"
            raise ValueError(f"{place}: these options are no YAML") from None
        found = Directive(
            name,
            argument,
            options,
            line,
            line + 1 + start,
            lines[start:],
            where,
            self._is_top(token, name, where),
        )
        self.document.directives.append(found)
        inside = (*where, name)
        if found.label:
            equation = name == "math"
            labels = (
                self.document.equations if equation else self.document.labels
            )
            labels.append((found.label, line))
        if argument and name not in UNTITLED:
            self._title(argument, line, inside)
        if name not in LITERAL:
            body = "\n".join(found.body)
            self.markdown(body, line + start, inside)
        if found.figure.get("caption"):
            self._caption(found, lines[:start], line + 1, inside)

    @staticmethod
    def _is_top(token: Token, name: str, where: tuple[str, ...]) -> bool:
        # The reader of notebooks finds cells between back-ticks only.
        is_cell = token.type == "fence" or name == "listing"
        return is_cell and not where and token.level == 0

    def _title(self, text: str, line: int, where: tuple[str, ...]) -> None:
        for token in self.parser.parseInline(text, {}):
            self._inline(token, line, where, ["title"])

    def _caption(
        self,
        cell: Directive,
        options: list[str],
        line: int,
        where: tuple[str, ...],
    ) -> None:
        """Read the caption of a cell, which may be a YAML block of lines."""
        i = next(
            (i for i, s in enumerate(options) if s.strip()[:8] == "caption:"),
            0,
        )
        text = str(cell.figure["caption"])
        is_block = options[i].split(":", 1)[-1].strip()[:1] in ("|", ">")
        if is_block:
            indent = len(options[i]) - len(options[i].lstrip())
            block = []
            for row in options[i + 1 :]:
                if row.strip() and len(row) - len(row.lstrip()) <= indent:
                    break
                block.append(row.strip())
            text = "\n".join(block)
        self.markdown(text, line - 1 + i + is_block, (*where, "caption"))

    def _other(
        self, tokens: list[Token], i: int, line: int, offset: int
    ) -> None:
        token, document = tokens[i], self.document
        match token.type:
            case "front_matter":
                document.front_lines = token.content.splitlines()
                try:
                    document.front = yaml.safe_load(token.content) or {}
                except yaml.YAMLError:
                    place = f"{document.name}.md:{line}"
                    raise ValueError(
                        f"{place}: the front matter is no YAML"
                    ) from None
            case "myst_target":
                document.labels.append((token.content, line))
            case "math_block_label":
                document.equations.append((token.info, line))
            case "amsmath" | "math_block":
                for match in re.finditer(r"\\label\{(.+?)\}", token.content):
                    lines = token.content[: match.start()].count("\n")
                    document.equations.append((match[1], line + lines))
            case "myst_line_comment":
                document.comments += _comments(tokens, i, offset)


def _comments(tokens: list[Token], i: int, offset: int) -> Iterator[Comment]:
    """Yield the lines of a comment, and which block they stand before."""
    token = tokens[i]
    assert token.map is not None
    start = token.map[0]
    before, covers = "", (0, 0)
    for other in tokens[:i]:
        if other.map and other.level == token.level and other.map[1] == start:
            before = other.type
    for other in tokens[i + 1 :]:
        if other.level < token.level:
            break
        if other.level > token.level or other.type in INVISIBLE:
            continue
        if other.map:
            covers = (offset + other.map[0] + 1, offset + other.map[1])
            break
    if offset == 0 and {t.type for t in tokens[:i]} <= {"front_matter"}:
        covers = (1, covers[1])  # what stands first is about the whole page
    for line, content in enumerate(token.content.split("\n"), start + 1):
        yield Comment(offset + line, content.strip(), covers, before)


def split_options(lines: list[str]) -> tuple[dict[str, Any], int]:
    """Return the options of a directive, and how many lines they take.

    Args:
        lines: of the directive, without its fences.
    """
    if lines and lines[0].startswith("---"):
        rest = range(1, len(lines))
        end = next((i for i in rest if lines[i].startswith("---")), len(lines))
        found = yaml.safe_load("\n".join(lines[1:end])) or {}
        return (found if isinstance(found, dict) else {}), end + 1
    options: dict[str, Any] = {}
    for i, line in enumerate(lines):
        match = OPTION.match(line)
        if match is None:
            return options, i
        key, value = match.groups()
        options[key] = yaml.safe_load(value) if key == "tags" else value
    return options, len(lines)
