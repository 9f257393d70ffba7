"""Plain Markdown from a page as Sphinx has read and resolved it.

What MyST adds to Markdown is told in plain Markdown or HTML, so that every
program that opens notebooks can show it. Links lead to the site.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.builders import Builder
from sphinx.util.math import get_node_equation_number

Part = str | int
"""A block of Markdown, or the index of a code cell of the page."""

NOTHING = (
    "comment",
    "index",
    "meta",
    "substitution_definition",
    "system_message",
    "target",
    "toctree",
)
SPECIAL = re.compile(
    r"[\\`*\[\]<$~]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # within words an underscore is harmless
    r"|&(?=#?\w+;)"
)
AT_START = re.compile(r"(#+|[+>-]|\d+(?=[.)]))(?=[\s.)]|$)")
NOT_IN_TITLES = re.compile(r"[*_`$\\]|<[^>]*>")


class NotPlainError(ValueError):
    """Something on a page that plain Markdown can't say."""


class Translator:
    """Tells one page in plain Markdown.

    Methods are named after the classes of nodes that they tell, `_inline_...`
    for text within a line and `_block_...` for what stands on its own.

    Args:
        builder: knows addresses and numbers.
        name: of the page.
    """

    def __init__(self, builder: Builder, name: str) -> None:
        self.builder: Any = builder
        self.name = name
        self.address = builder.get_target_uri(name)

    def parts(self, node: nodes.Node) -> Iterator[Part]:
        """Return the blocks of a node, and its code cells, in their order.

        Raises:
            NotPlainError: if there is something that can't be told.
        """
        yield from self._method("block", node)(node)

    def inline(self, node: nodes.Element) -> str:
        """Return the content of a node as text within a line."""
        return "".join(
            self._method("inline", child)(child) for child in node.children
        )

    def content(self, node: nodes.Element) -> Iterator[Part]:
        """Return the parts of a node's children."""
        for child in node.children:
            yield from self.parts(child)

    def text(self, node: nodes.Element, between: str = "\n\n") -> str:
        """Return the content of a node as one piece of Markdown.

        Raises:
            NotPlainError: if there is a code cell in it.
        """
        found = list(self.content(node))
        if any(isinstance(part, int) for part in found):
            raise NotPlainError(f"a code cell within a {node.tagname}")
        return between.join(map(str, found))

    def number(self, node: nodes.Element) -> str:
        """Return what a figure, a table or an exercise is numbered as."""
        kind = self.builder.env.domains["std"].get_enumerable_node_type(node)
        numbers = self.builder.fignumbers.get(kind, {})
        for place in node["ids"]:
            if place in numbers:
                digits = ".".join(map(str, numbers[place]))
                return str(self.builder.config.numfig_format[kind] % digits)
        return ""

    def _method(self, prefix: str, node: nodes.Node) -> Any:
        for kind in type(node).__mro__:
            method = getattr(self, f"_{prefix}_{kind.__name__}", None)
            if method:
                return method
        if type(node).__name__ in NOTHING:
            return lambda _: ""
        raise NotPlainError(f"{type(node).__name__}: {node.astext()[:60]!r}")

    # Text within a line.

    def _inline_Text(self, node: nodes.Text) -> str:  # noqa: N802
        return SPECIAL.sub(r"\\\g<0>", node.astext().replace("\n", " "))

    def _inline_inline(self, node: nodes.Element) -> str:
        return self.inline(node)

    _inline_abbreviation = _inline_paragraph = _inline_compact_paragraph = (
        _inline_inline
    )

    def _inline_emphasis(self, node: nodes.Element) -> str:
        return f"*{self.inline(node)}*"

    _inline_title_reference = _inline_emphasis

    def _inline_strong(self, node: nodes.Element) -> str:
        return f"**{self.inline(node)}**"

    def _inline_literal(self, node: nodes.Element) -> str:
        return code_span(node.astext())

    def _inline_math(self, node: nodes.Element) -> str:
        return f"${node.astext().strip()}$"

    def _inline_superscript(self, node: nodes.Element) -> str:
        return f"<sup>{self.inline(node)}</sup>"

    def _inline_subscript(self, node: nodes.Element) -> str:
        return f"<sub>{self.inline(node)}</sub>"

    def _inline_raw(self, node: nodes.Element) -> str:
        return node.astext() if is_html(node) else ""

    def _inline_reference(self, node: nodes.Element) -> str:
        """Link to the web or to the site."""
        for label in node.findall(nodes.literal):
            if "xref" in label["classes"]:  # a number, not code
                label.replace_self(nodes.inline("", "", *label.children))
        target = node.get("refuri") or f"{self.address}#{node['refid']}"
        return f"[{self.inline(node)}]({quote(target, safe=SAFE)})"

    def _inline_download_reference(self, node: nodes.Element) -> str:
        target = f"{self.builder.site}_downloads/{node['filename']}"
        return f"[{self.inline(node)}]({quote(target, safe=SAFE)})"

    def _inline_footnote_reference(self, node: nodes.Element) -> str:
        return f'<sup><a href="#{node["refid"]}">{node.astext()}</a></sup>'

    def _inline_image(self, node: nodes.Element) -> str:
        """Show a picture of the site."""
        uri = node["uri"]
        if uri in self.builder.images:
            uri = f"{self.builder.site}_images/{self.builder.images[uri]}"
        alt = escaped(node.get("alt", "").replace("\n", " "))
        return f"![{alt}]({quote(uri, safe=SAFE)})"

    # What stands on its own.

    def _block_document(self, node: nodes.Element) -> Iterator[Part]:
        yield from self.content(node)

    _block_section = _block_compound = _block_legend = _block_document
    _block_claim_code = _block_caption_wrapper = _block_document

    def _block_compact_paragraph(self, node: nodes.Element) -> Iterator[Part]:
        """Tell a line of a list of contents, or such a list whole."""
        if not node.get("toctree"):
            yield self.inline(node)
            return
        for child in node.children:
            if isinstance(child, nodes.title):
                yield f"**{self.inline(child)}**"
            else:
                yield from self.parts(child)

    def _block_title(self, node: nodes.Element) -> Iterator[Part]:
        level, parent = 0, node.parent
        while parent is not None:
            level += isinstance(parent, nodes.section)
            parent = parent.parent
        place = f"#{node.parent['ids'][0]}" if level > 1 else ""
        numbers = self.builder.env.toc_secnumbers.get(self.name, {})
        number = ".".join(map(str, numbers.get(place, ())))
        yield f"{'#' * level} {number} {self.inline(node)}".replace("  ", " ")

    def _block_rubric(self, node: nodes.Element) -> Iterator[Part]:
        yield f"**{self.inline(node)}**"

    def _block_paragraph(self, node: nodes.Element) -> Iterator[Part]:
        if "what-ran" not in node["classes"]:  # the record of the site's run
            yield AT_START.sub(self._escape_start, self.inline(node), count=1)

    @staticmethod
    def _escape_start(found: re.Match[str]) -> str:
        if found.start():
            return found[0]
        return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"

    def _block_reference(self, node: nodes.Element) -> Iterator[Part]:
        yield self._inline_reference(node)

    def _block_image(self, node: nodes.Element) -> Iterator[Part]:
        yield self._inline_image(node)

    def _block_raw(self, node: nodes.Element) -> Iterator[Part]:
        if is_html(node):
            yield node.astext().strip()

    def _block_transition(self, _: nodes.Element) -> Iterator[Part]:
        yield "---"

    def _block_literal_block(self, node: nodes.Element) -> Iterator[Part]:
        code = node.astext()
        longest = max(map(len, re.findall("`+", code)), default=0)
        fence = "`" * max(3, longest + 1)
        language = node.get("language", "")
        language = "" if language in ("default", "none") else language
        yield f"{fence}{language}\n{code}\n{fence}"

    def _block_math_block(self, node: nodes.Element) -> Iterator[Part]:
        """Show a formula, with its number if it has one."""
        formula = re.sub(r"\n\s*\n", "\n", node.astext().strip())
        tag = ""
        if node.get("number"):
            number = get_node_equation_number(self, node)  # type: ignore[arg-type]
            tag = f"\\tag{{{number}}}"
        if node.get("nowrap"):  # an environment of its own
            if tag:
                body, end, name = formula.rpartition("\\end{")
                formula = f"{body.rstrip()} {tag}\n{end}{name}"
            yield formula
        else:
            yield f"$$\n{formula} {tag}".rstrip() + "\n$$"

    def _block_block_quote(self, node: nodes.Element) -> Iterator[Part]:
        yield indented(self.text(node), "> ", "> ")

    def _block_attribution(self, node: nodes.Element) -> Iterator[Part]:
        yield f"— {self.inline(node)}"

    def _block_Admonition(self, node: nodes.Element) -> Iterator[Part]:  # noqa: N802
        """Quote a note or a warning under its name."""
        first = node.children[0]
        if isinstance(first, nodes.title):
            name = self.inline(first)
            node.remove(first)
        else:
            name = node.tagname.capitalize()
        yield indented(f"**{name}.** {self.text(node)}", "> ", "> ")

    def _block_exercise_node(self, node: nodes.Element) -> Iterator[Part]:
        """Show an exercise below its number and title."""
        title, *content = node.children
        assert isinstance(title, nodes.Element)
        head = self.number(node) + self.inline(title)
        yield f"**{head.strip()}**"
        for child in content:
            yield from self.parts(child)

    _block_exercise_enumerable_node = _block_exercise_node

    def _block_solution_node(self, node: nodes.Element) -> Iterator[Part]:
        """Fold the text of a solution away; its code cells stay cells."""
        title = NOT_IN_TITLES.sub("", node.children[0].astext())
        found = [p for c in node.children[1:] for p in self.parts(c)]
        if isinstance(found[0], int):
            yield f"*{title}:*"
        for is_code, group in groupby(found, lambda p: isinstance(p, int)):
            if is_code:
                yield from group
                title = "Solution, continued"
            else:
                text = "\n\n".join(map(str, group))
                summary = f"<summary>{title}</summary>"
                yield f"<details>{summary}\n\n{text}\n\n</details>"

    def _block_claim(self, node: nodes.Element) -> Iterator[Part]:
        """Leave the cell alone: its assertion holds the sentence."""
        yield from self.parts(node.children[-1])

    def _block_container(self, node: nodes.Element) -> Iterator[Part]:
        """Name a code cell and tell its captions, or tell a wrapper's."""
        if node.get("nb_element") == "cell_code":
            yield int(node["cell_index"])
            for figure in node.findall(nodes.figure):
                yield from self._block_figure(figure)
        elif node.get("literal_block"):
            caption, block = node.children
            yield from self.parts(block)
            yield self._caption(node, caption)
        else:
            yield from self.content(node)

    def _block_figure(self, node: nodes.Element) -> Iterator[Part]:
        """Show a picture, and below it number and caption."""
        for child in node.children:
            if isinstance(child, nodes.caption):
                yield self._caption(node, child)
            else:
                yield from self.parts(child)

    def _caption(self, node: nodes.Element, caption: nodes.Node) -> str:
        assert isinstance(caption, nodes.Element)
        number, text = self.number(node), self.inline(caption)
        return f"**{number}.** {text}" if number else text

    def _block_footnote(self, node: nodes.Element) -> Iterator[Part]:
        label, *rest = node.children
        body = nodes.container("", *rest)
        place = f'<a id="{node["ids"][0]}"></a>'
        yield f"{place}{label.astext()}. {self.text(body)}"

    def _block_bullet_list(self, node: nodes.Element) -> Iterator[Part]:
        yield self._list(node, ["- "] * len(node))

    def _block_enumerated_list(self, node: nodes.Element) -> Iterator[Part]:
        start = node.get("start", 1)
        yield self._list(node, [f"{start + i}. " for i in range(len(node))])

    def _list(self, node: nodes.Element, markers: list[str]) -> str:
        loose = any(
            not isinstance(part, nodes.bullet_list | nodes.enumerated_list)
            for item in node.children
            for part in item.children[1:]
        )
        gap = "\n\n" if loose else "\n"
        items = [
            indented(self.text(item, gap), marker, " " * len(marker))  # type: ignore[arg-type]
            for marker, item in zip(markers, node.children, strict=True)
        ]
        return gap.join(items)

    def _block_definition_list(self, node: nodes.Element) -> Iterator[Part]:
        """Make a list whose items begin with the term."""
        items = []
        for item in node.children:
            *terms, definition = item.children
            names = ", ".join(self.inline(t) for t in terms)  # type: ignore[arg-type]
            text = f"**{names}**: {self.text(definition)}"  # type: ignore[arg-type]
            items.append(indented(text, "- ", "  "))
        yield "\n".join(items)

    def _block_table(self, node: nodes.Element) -> Iterator[Part]:
        """Make a table of bars and dashes, its caption below."""
        rows = [
            [self._entry(entry) for entry in row.findall(nodes.entry)]
            for row in node.findall(nodes.row)
        ]
        if not any(True for _ in node.findall(nodes.thead)):
            rows.insert(0, [" "] * len(rows[0]))
        rows.insert(1, ["---"] * len(rows[0]))
        yield "\n".join(f"| {' | '.join(row)} |" for row in rows)
        for title in node.children:
            if isinstance(title, nodes.title):
                yield self._caption(node, title)

    def _entry(self, entry: nodes.entry) -> str:
        if entry.get("morecols") or entry.get("morerows"):
            raise NotPlainError("a table with cells that span others")
        for formula in entry.findall(nodes.math):
            bars = formula.astext().replace("\\|", "\\Vert ")
            formula[:] = [nodes.Text(bars.replace("|", "\\vert "))]
        text = self.text(entry, "<br>").replace("\n", " ")
        return re.sub(r"(?<!\\)\|", r"\\|", text)


SAFE = "/:?#@!$&'*+,;=%~"  # of an address; brackets would end the link


def escaped(text: str) -> str:
    """Return text such that Markdown shows it as it is."""
    return SPECIAL.sub(r"\\\g<0>", text)


def code_span(code: str) -> str:
    """Return code within a line, in as many backticks as it needs."""
    runs = set(map(len, re.findall("`+", code)))
    fence = next("`" * n for n in range(1, 9) if n not in runs)
    space = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{fence}{space}{code}{space}{fence}"


def indented(text: str, first: str, others: str) -> str:
    """Return text with a mark before its first line and before the others."""
    lines = [f"{others}{line}".rstrip() for line in text.splitlines()]
    return first + "\n".join(lines)[len(others) :]


def is_html(node: nodes.Element) -> bool:
    """Tell whether raw markup is for a reader of HTML, and no script."""
    formats = node.get("format", "").split()
    return "html" in formats and "<script" not in node.astext()
