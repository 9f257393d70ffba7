"""A page as the rules see it: its blocks, with their lines."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tooling.rules.inline import Text

# Directives that become cells, if they stand at the top level.
CELLS = {"code-cell", "raw-cell", "listing"}


@dataclass(frozen=True)
class Directive:
    """A fenced block with a name.

    Args:
        name: in the braces.
        argument: what follows them.
        options: from `:key: value` lines (as text) or a YAML block.
        line: of its opening fence.
        body_line: where its body begins.
        body: lines without the options.
        where: names of the directives around it, outermost first.
        is_top: whether it stands in no other block at all.
    """

    name: str
    argument: str
    options: dict[str, Any]
    line: int
    body_line: int
    body: list[str]
    where: tuple[str, ...]
    is_top: bool

    @property
    def tags(self) -> list[str]:
        """Tags of a cell."""
        return list(self.options.get("tags") or [])

    @property
    def figure(self) -> dict[str, Any]:
        """Caption and name of the figure that a cell draws."""
        return self._drawn("figure")

    @property
    def alt(self) -> str:
        """Alternative text of a cell's or a directive's image."""
        image = self._drawn("image") if self.name in CELLS else self.options
        return str(image.get("alt") or "")

    def _drawn(self, part: str) -> dict[str, Any]:
        settings = self.options.get("mystnb")
        found = settings.get(part) if isinstance(settings, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def label(self) -> str:
        """The name under which it can be referred to."""
        own = self.options.get("label") or self.options.get("name")
        return str(own or self.figure.get("name") or "")


@dataclass(frozen=True)
class Comment:
    """A line of the page that the reader does not see.

    Args:
        line: where it stands.
        content: without the percent sign.
        covers: first and last line of the block that follows it.
        before: type of the token that it follows without an empty line.
    """

    line: int
    content: str
    covers: tuple[int, int]
    before: str


@dataclass(frozen=True)
class Heading:
    """A heading, and where it stands."""

    level: int
    text: str
    line: int


@dataclass
class Document:
    """A page as the rules see it.

    Args:
        name: path below the book's folder, without suffix.
        front: its front matter.
        opening: what follows the title: type of the token, and line.
        directives, texts, comments, headings: in reading order.
        labels: names and lines of what can be referred to.
        equations: the same for equations.
    """

    name: str
    front: dict[str, Any] = field(default_factory=dict)
    front_lines: list[str] = field(default_factory=list)
    opening: tuple[str, int] = ("", 1)
    directives: list[Directive] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    labels: list[tuple[str, int]] = field(default_factory=list)
    equations: list[tuple[str, int]] = field(default_factory=list)

    @property
    def is_chapter_page(self) -> bool:
        """Whether it teaches an idea; front and back matter do not."""
        return self.name.count("/") >= 2 and not self.is_opening

    @property
    def is_opening(self) -> bool:
        """Whether it opens a chapter."""
        return self.name.count("/") >= 2 and self.name.endswith("/index")

    @property
    def title_line(self) -> int:
        """Line of the title, the first if there is none."""
        return self.headings[0].line if self.headings else 1

    @cached_property
    def cells(self) -> list[Directive]:
        """Code cells that are executed, listings excepted."""
        found = self.named("code-cell")
        return [cell for cell in found if cell.is_top]

    @cached_property
    def _gates(self) -> list[tuple[int, int]]:
        starts = [d.line for d in self.named("exercise-start")]
        ends = [d.line for d in self.named("exercise-end")]
        return list(zip(starts, ends, strict=False))

    def asks(self, text: Text) -> bool:
        """Tell whether a text belongs to an exercise.

        Args:
            text: of this page.
        """
        return any(name.startswith("exercise") for name in text.where) or any(
            start < text.line < end for start, end in self._gates
        )

    def named(self, *names: str) -> list[Directive]:
        """Return the directives of some names.

        Args:
            names: of the directives.
        """
        return [d for d in self.directives if d.name in names]

    def section(self, title: str) -> int:
        """Return the line of a heading, the title's if there is none.

        Args:
            title: text of the heading.
        """
        lines = [h.line for h in self.headings if h.text == title]
        return lines[0] if lines else self.title_line
