"""What the site's search finds beside titles and words of the pages.

Sphinx forgets the index entries of the pages that it does not write again;
they are put back. It cuts English words out of the pages and takes a run of
Chinese for one word. Here each Chinese term becomes an entry of the search:
it leads to the page that explains the term, then to the glossary. So do its
pairs of characters, after what is found in full.
"""

from collections import defaultdict
from itertools import pairwise
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.index_entries import split_index_msg

from tooling.pages import glossary

Entries = dict[str, set[tuple[str, str, str]]]  # by page: term, place, "main"


def chinese_entries(terms: list[glossary.Entry]) -> Entries:
    """Return what leads to the pages of the terms, as Sphinx lists it.

    Args:
        terms: of the glossary.
    """
    found: Entries = defaultdict(set)
    for term in terms:
        for chinese in term.chinese:
            pairs = {a + b for a, b in pairwise(chinese)} - {chinese}
            explained, main = term.explained, "main"
            if explained:
                found[explained].add((chinese, "", main))
                found[explained] |= {(pair, "", "") for pair in pairs}
                main = ""
            found[term.page].add((chinese, term.place, main))
            found[term.page] |= {(pair, term.place, "") for pair in pairs}
    return found


def written_entries(env: BuildEnvironment) -> Entries:
    """Return what the pages' index entries lead to, written again or not.

    Args:
        env: after all pages were read.
    """
    return {
        page: {
            (word, place or "", main or "")
            for kind, value, place, main, _ in entries
            for word in split_index_msg(kind, value)
        }
        for page, entries in env.domaindata["index"]["entries"].items()
    }


def add(app: Sphinx) -> list[Any]:
    """Add the entries to the index, after Sphinx has fed it all pages.

    Args:
        app: of the build.

    Returns:
        No pages.
    """
    indexer = getattr(app.builder, "indexer", None)
    if indexer is not None:
        terms = list(glossary.entries(app.env).values())
        for found in (written_entries(app.env), chinese_entries(terms)):
            for page, entries in found.items():
                known = set(indexer._index_entries.get(page, ()))
                indexer._index_entries[page] = sorted(known | entries)
    return []


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-collect-pages", add)
