"""What ran, visible: the executor's records on the site and in print.

Every page with code ends with a line on its own execution; the directive
`what-ran` makes the table of all of them, and the role `minutes` says how long
a chapter took, on its opening page. All are put in when a page is written,
from the records that lie beside the outputs.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tooling.execution.records import Record
from tooling.execution.results import Results
from tooling.source.book import Book

MEBIBYTE = 2**20
COLUMNS = {"Page": 8, "Seconds": 3, "MiB": 2, "Data": 5, "On": 1, "Date": 4}


class what_ran(nodes.General, nodes.Element):  # noqa: N801 (docutils' habit)
    """The place of the table."""


class minutes(nodes.Inline, nodes.Element):  # noqa: N801
    """The place of the time that a page and those below it took."""


def minutes_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Leave a place, which is filled when the page is written."""
    environment = inliner.document.settings.env
    environment.metadata[environment.docname]["minutes"] = True
    return [minutes()], []


class WhatRan(Directive):
    """Stands on the page that shows all records."""

    def run(self) -> list[nodes.Node]:
        """Leave a place, which is filled when the page is written."""
        environment = self.state.document.settings.env
        environment.metadata[environment.docname]["what_ran"] = "table"
        return [what_ran()]


def records(app: Sphinx) -> dict[str, Record]:
    """Return the records of all pages whose outputs are there."""
    book = Book(Path(app.srcdir))
    results = Results(book)
    found = {p.name: results.find(p) for p in book.executable_pages()}
    return {name: record for name, record in found.items() if record}


def outdated(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> Iterator[str]:
    """Name the pages that show a record which is no longer the last one."""
    shown: dict[str, Record] = getattr(env, "records", {})
    env.records = records(app)  # type: ignore[attr-defined]
    new = {n for n, r in env.records.items() if shown.get(n) != r}  # type: ignore[attr-defined]
    if new or shown.keys() - env.records.keys():  # type: ignore[attr-defined]
        new |= {n for n, d in env.metadata.items() if "minutes" in d}
        new |= set(tables(env))
    yield from new & env.found_docs


def refresh(app: Sphinx, env: BuildEnvironment) -> None:
    """Take note of what Sphinx itself has executed while it read pages."""
    env.records = records(app)  # type: ignore[attr-defined]


def tables(env: BuildEnvironment) -> list[str]:
    """Return the pages with a table of records."""
    return [name for name, data in env.metadata.items() if "what_ran" in data]


def show(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Put a page's record at its end, and all of them into their table.

    In print, where all pages are one document, there is only the table.
    """
    env = app.env
    in_print = app.builder.format == "latex"
    places = list(doctree.findall(what_ran))
    found: dict[str, Record] = env.records  # type: ignore[attr-defined]
    for place in places:
        titles = {n: env.titles[n].astext() for n in found}
        links = {n: app.builder.get_relative_uri(name, n) for n in found}
        made = table(found, titles, links)
        if in_print:
            made[1]["classes"].append("colwidths-given")
        place.replace_self(made)
    chapter = [name, *env.toctree_includes.get(name, [])]
    for time in list(doctree.findall(minutes)):
        ran = [found[page] for page in chapter if page in found]
        time.replace_self(nodes.Text(told(ran)))
    section = next(doctree.findall(nodes.section), None)
    if name in found and section is not None and not in_print:
        line = nodes.paragraph(classes=["what-ran"])
        line += nodes.inline("", sentence(found[name]))
        for target in tables(env):
            uri = app.builder.get_relative_uri(name, target)
            title = env.titles[target].astext()
            line += nodes.Text(" ")
            line += nodes.reference("", title, internal=True, refuri=uri)
        section += line


def told(found: list[Record]) -> str:
    """Return how long pages ran, in words.

    Args:
        found: their records.

    >>> told([])
    'less than a minute'
    """
    count = round(sum(record.execution_seconds for record in found) / 60)
    if not count:
        return "less than a minute"
    return f"about {count} minutes" if count > 1 else "about a minute"


def sentence(record: Record) -> str:
    """Return the short form of a record."""
    text = f"This page ran in {record.execution_seconds:.1f} s"
    if record.peak_memory:
        text += f" and {record.peak_memory / MEBIBYTE:,.0f} MiB of memory"
    if record.device:
        text += f" on {environment(record)}"
    if record.finished:
        text += f", {record.finished[:10]}"
    data = data_sets(record)
    if record.origin:
        text += f". Its results are those of {record.origin}"
    return f"{text}. Data: {data}." if data else f"{text}."


def environment(record: Record) -> str:
    """Return device and versions as text."""
    versions = [f"{name} {v}" for name, v in record.versions.items()]
    return ", ".join(
        [record.device or "a device that was not noted", *versions]
    )


def origin(record: Record) -> str:
    """Return on what a page ran, and whose results it shows."""
    text = environment(record)
    return f"{text}; results of {record.origin}" if record.origin else text


def data_sets(record: Record) -> str:
    """Return the data sets of a record as text."""
    return ", ".join(f"{name} ({kind})" for name, kind in record.data.items())


def table(
    found: dict[str, Record], titles: dict[str, str], links: dict[str, str]
) -> list[nodes.Element]:
    """Return the table of all records, and what its letters stand for.

    Args:
        found: records by page, in the order of the rows.
        titles: of the pages.
        links: of the pages, seen from the page with the table.
    """
    kinds = list(dict.fromkeys(map(origin, found.values())))
    letters = {kind: chr(ord("A") + i) for i, kind in enumerate(kinds)}
    legend = nodes.bullet_list()
    for kind, letter in letters.items():
        text = f"{letter}: {kind}"
        legend += nodes.list_item("", nodes.paragraph("", text))
    group = nodes.tgroup(cols=len(COLUMNS))
    for width in COLUMNS.values():
        group += nodes.colspec(colwidth=width)
    group += nodes.thead("", row(map(nodes.Text, COLUMNS)))
    body = nodes.tbody()
    for name, record in found.items():
        link = nodes.reference(
            "", titles[name], internal=True, refuri=links[name]
        )
        memory = (record.peak_memory or 0) / MEBIBYTE
        cells = (
            f"{record.execution_seconds:.1f}",
            f"{memory:,.0f}" if memory else "",
            data_sets(record),
            letters[origin(record)],
            (record.finished or "")[:10],
        )
        body += row([link, *map(nodes.Text, cells)])
    total = sum(r.execution_seconds for r in found.values())
    text = f"{len(found)} pages, {total:,.0f} s in all."
    group += body
    whole = nodes.table("", group, classes=["what-ran-table", "longtable"])
    return [nodes.paragraph("", text), whole, legend]


def row(cells: Iterable[nodes.Node]) -> nodes.row:
    """Return a row of a table."""
    made = nodes.row()
    for cell in cells:
        made += nodes.entry("", nodes.paragraph("", "", cell))
    return made


def setup(app: Sphinx) -> None:
    """Register the directive and what fills it."""
    app.add_node(what_ran)
    app.add_node(minutes)
    app.add_role("minutes", minutes_role)
    app.add_directive("what-ran", WhatRan)
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", refresh)
    app.connect("doctree-resolved", show)
