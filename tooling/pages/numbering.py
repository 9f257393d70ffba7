"""The numbers of chapters, of their pages and of the sections in these.

A chapter is a file of a numbered part of `_toc.yml`, and the pages below it
are its sections: 7 Convolutional networks, 7.6 LeNet, 7.6.1 for a heading of
that page. The headings of a chapter's opening page have no numbers, or they
would take those of its pages. Numbers go on through the parts; those with
`style: alphaupper` are appendices, with letters, and their headings have no
numbers either. Sphinx numbers figures,
tables, listings, exercises and equations after the number of their page.
"""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles

Number = tuple[int | str, ...]
DEPTH = 3  # deeper headings have no number, as in print


def assign_section_numbers(_: object, env: BuildEnvironment) -> list[str]:
    """Number all pages and headings, in place of Sphinx.

    Args:
        env: after the pages were read.

    Returns:
        The pages that must be written anew, since their numbers changed.
    """
    before = env.toc_secnumbers
    env.toc_secnumbers = {}
    for title in env.titles.values():
        title.attributes.pop("secnumber", None)
    for number, name in chapters(env):
        number_page(env, name, (number,))
    numbers = env.toc_secnumbers
    names = numbers.keys() | before.keys()
    return sorted(n for n in names if numbers.get(n) != before.get(n))


def chapters(env: BuildEnvironment) -> Iterator[tuple[int | str, str]]:
    """Yield the number of each chapter and appendix, and its first page."""
    chapter = appendix = 0
    for part in env.get_doctree(env.config.root_doc).findall(addnodes.toctree):
        if not part.get("numbered"):
            continue
        for _, name in part["entries"]:
            if part.get("style") == "alphaupper":
                appendix += 1
                yield chr(ord("A") + appendix - 1), name
            else:
                chapter += 1
                yield chapter, name


def number_page(env: BuildEnvironment, name: str, number: Number) -> None:
    """Number a page, and the pages below it or else its headings.

    Args:
        env: where the numbers are kept.
        name: the page.
        number: its own.
    """
    pages = env.toctree_includes.get(name, [])
    is_appendix = isinstance(number[0], str)
    depth = len(number) if pages or is_appendix else DEPTH
    env.titles[name]["secnumber"] = list(number)
    env.toc_secnumbers[name] = numbers = {}
    for reference, below in headings(env.tocs[name], ()):
        own = (*number, *below[1:])  # the first heading is the page's title
        is_numbered = len(own) <= depth
        reference["secnumber"] = list(own) if is_numbered else None
        place = reference["anchorname"]
        numbers[place] = own if is_numbered else ()
    for count, page in enumerate(pages, 1):
        number_page(env, page, (*number, count))


def headings(
    toc: nodes.Element, above: tuple[int, ...]
) -> Iterator[tuple[nodes.reference, tuple[int, ...]]]:
    """Yield the headings of a page as links, with their places in the list.

    Args:
        toc: the list, nested.
        above: the place of the heading that the list belongs to.
    """
    items = [i for i in toc.children if isinstance(i, nodes.list_item)]
    for count, item in enumerate(items, 1):
        heading, *lists = item.children
        assert isinstance(heading, addnodes.compact_paragraph)
        if "skip_section_number" in heading:  # an object of the API
            continue
        reference = heading.children[0]
        assert isinstance(reference, nodes.reference)
        yield reference, (*above, count)
        for deeper in lists:
            assert isinstance(deeper, nodes.Element)
            yield from headings(deeper, (*above, count))


def setup(app: Sphinx) -> None:
    """Take the place of what the table of contents would number by."""
    collector: Any = TocTreeCollectorWithStyles
    collector.assign_section_numbers = assign_section_numbers
