"""Links to the glossary, at the first use of a term on each page.

Authors need not mark terms: where a page first uses one, in the singular or
the plural, the site leads to its entry. The page that the entry itself names
as the explanation gets no link, nor one that enters the term in the index.

Words that also have an everyday sense, `glossary_common` in `_config.yml`, are
linked where authors write `` {term}`kernel` ``, and only there. A build of
the site lists in `_build/glossary.txt` the sentence of each link, and of each
first use of such a word, of which it can't be sure.
"""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from tooling.pages.doctree import ancestors

# Within these no link is made.
CLOSED = (
    nodes.caption,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.reference,
    nodes.rubric,
    nodes.term,
    nodes.title,
    addnodes.desc_signature,
    addnodes.glossary,
)
CHINESE = re.compile("[\u4e00-\u9fff]+")
CLASSES = ["xref", "std", "std-term"]  # as Sphinx marks what {term} makes


class Entry(NamedTuple):
    """An entry of the glossary.

    Attributes:
        page: on which it stands.
        place: its anchor there.
        explained: the page that its definition refers to first, if any.
        chinese: the Chinese terms that its definition gives.
    """

    page: str
    place: str
    explained: str
    chinese: tuple[str, ...]


def entries(env: BuildEnvironment) -> dict[str, Entry]:
    """Return the entries by their terms.

    Args:
        env: after the pages were read.
    """
    std = env.domaindata["std"]
    found = {
        place: (term, page)
        for (kind, term), (page, place) in std["objects"].items()
        if kind == "term"
    }
    known = {}
    for page in sorted({page for _, page in found.values()}):
        glossary = env.get_doctree(page)
        for item in glossary.findall(nodes.definition_list_item):
            references = item.findall(addnodes.pending_xref)
            labels = (r["reftarget"] for r in references if is_ref(r))
            explained = std["labels"].get(next(labels, ""), ("",))[0]
            chinese = tuple(CHINESE.findall(item.children[-1].astext()))
            for place in (
                i for t in item.findall(nodes.term) for i in t["ids"]
            ):
                if place in found:
                    term, _ = found[place]
                    known[term.lower()] = Entry(
                        page, place, explained, chinese
                    )
    return known


def is_ref(node: nodes.Element) -> bool:
    """Tell whether a reference was made by {ref}."""
    return bool(node["reftype"] == "ref")


@cache  # all pages share the terms, and compiling takes milliseconds
def pattern(terms: frozenset[str]) -> re.Pattern[str]:
    """Return what finds the longest term at each place of a text.

    Args:
        terms: at least one.

    >>> terms = frozenset({"batch", "mini-batch", "loss"})
    >>> pattern(terms).findall("Mini-batches, loss")
    ['Mini-batch', 'loss']
    """
    longest = sorted(terms, key=len, reverse=True)
    words = (r"\s+".join(map(re.escape, term.split())) for term in longest)
    return re.compile(
        rf"(?<![\w-])({'|'.join(words)})(?:e?s)?(?![\w-])", re.IGNORECASE
    )


class LinkTerms(SphinxPostTransform):
    """Links the first use of each term on a page of the site."""

    default_priority = 700  # references, and so what {term} made, are resolved
    formats = ("html",)

    def run(self, **_unused: object) -> None:
        """Put the links in."""
        page = self.env.docname
        uses_of(self.env)[page] = []
        left = {
            term: entry
            for term, entry in entries_of(self.env).items()
            if page not in (entry.page, entry.explained)
        }
        for index in self.document.findall(addnodes.index):
            for entry in index["entries"]:
                left.pop(entry[1].lower(), None)
        for node in self.document.findall(nodes.inline):
            if "std-term" in node["classes"]:
                target = node.parent.get("refuri", "").partition("#")[2]
                for term in [t for t in left if left[t].place == target]:
                    del left[term]
        join_lines(self.document)
        for text in list(self.document.findall(nodes.Text)):
            if left and not is_closed(text):
                parts = self.linked(text, left)
                if len(parts) > 1:
                    text.parent.replace(text, parts)

    def linked(
        self, node: nodes.Text, left: dict[str, Entry]
    ) -> list[nodes.Node]:
        """Return a text in parts, some of which are links.

        Args:
            node: plain text.
            left: the entries to link to; what was met is removed.
        """
        parts: list[nodes.Node] = []
        text, end = node.astext(), 0
        uses = uses_of(self.env)[self.env.docname]
        terms = frozenset(entries_of(self.env))
        for match in pattern(terms).finditer(text):
            term = " ".join(match[1].lower().split())
            if term not in left:
                continue
            entry = left.pop(term)
            sure = term not in self.config.glossary_common
            kind = "linked" if sure else "unsure"
            uses.append(f"{kind} {term}: {sentence(node, match.start())}")
            if sure:
                parts.append(nodes.Text(text[end : match.start()]))
                parts.append(self.link(match[0], entry))
                end = match.end()
        return [*parts, nodes.Text(text[end:])]

    def link(self, text: str, entry: Entry) -> nodes.reference:
        """Return a link to an entry.

        Args:
            text: as it stands on the page.
            entry: where it leads.
        """
        uri = self.app.builder.get_relative_uri(self.env.docname, entry.page)
        inline = nodes.inline("", text, classes=CLASSES)
        return nodes.reference(
            "", "", inline, internal=True, refuri=f"{uri}#{entry.place}"
        )


def join_lines(document: nodes.document) -> None:
    """Make one text of the lines of a paragraph, which are one for each."""
    for element in list(document.findall(nodes.Element)):
        for place in range(len(element) - 1, 0, -1):
            pair = element.children[place - 1 : place + 1]
            if all(isinstance(node, nodes.Text) for node in pair):
                joined = "".join(node.astext() for node in pair)
                element[place - 1 : place + 1] = [nodes.Text(joined)]


def sentence(text: nodes.Text, start: int) -> str:
    """Return the sentence in which a text uses a word.

    Args:
        text: part of a paragraph, or of whatever it stands in.
        start: where the word begins in it.
    """
    block = next(a for a in ancestors(text) if not isinstance(a, nodes.Inline))
    pieces = list(block.findall(nodes.Text))
    place = next(i for i, piece in enumerate(pieces) if piece is text)
    before = "".join(piece.astext() for piece in pieces[:place])
    begun, rest = before + text[:start], text[start:]
    after = rest + "".join(piece.astext() for piece in pieces[place + 1 :])
    head = re.split(r"(?<=[.?!])\s", begun)[-1]
    tail = re.split(r"(?<=[.?!])\s", after)[0]
    return " ".join(f"{head}{tail}".split())


def is_closed(text: nodes.Node) -> bool:
    """Tell whether a text stands where no link is made."""
    return any(isinstance(node, CLOSED) for node in ancestors(text))


def entries_of(env: BuildEnvironment) -> dict[str, Entry]:
    """Return the entries that were collected, if there is a glossary."""
    return getattr(env, "glossary", {})


def uses_of(env: BuildEnvironment) -> defaultdict[str, list[str]]:
    """Return what was found of the terms, by page."""
    if not hasattr(env, "glossary_uses"):
        env.glossary_uses = defaultdict(list)  # type: ignore[attr-defined]
    return env.glossary_uses  # type: ignore[attr-defined]


def report(app: Sphinx, error: Exception | None) -> None:
    """List the first uses of terms on all pages, each with its sentence.

    Args:
        app: of the build; of pages that it did not write the list is kept.
        error: that ended the build, if any.
    """
    if app.builder.name != "html" or error:
        return
    uses = uses_of(app.env)
    file = Path(app.outdir).parent / "glossary.txt"
    lines = file.read_text("utf8").splitlines() if file.exists() else []
    kept = app.env.found_docs - set(uses)
    for page, _, use in (line.partition(": ") for line in lines):
        if page in kept:
            uses[page].append(use)
    text = [f"{page}: {use}\n" for page in sorted(uses) for use in uses[page]]
    file.write_text("".join(text), "utf8")
    uses.clear()


def collect(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Remember the entries before pages are written.

    Args:
        env: after the pages were read.
    """
    env.glossary = entries(env)  # type: ignore[attr-defined]
    return []


def setup(app: Sphinx) -> None:
    """Register both; what others show of the glossary is collected first."""
    app.add_config_value("glossary_common", [], "html", list)
    app.connect("env-get-updated", collect)
    app.connect("build-finished", report)
    app.add_post_transform(LinkTerms)
