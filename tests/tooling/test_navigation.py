"""The tree that is made once is the theme's own tree, on every page."""

import pytest
import yaml

from tests.tooling.conftest import ROOT
from tooling.website.navigation import marked

# Asks theme and tooling for the tree of each page, as the template does.
COMPARE = """
from pathlib import Path

from pydata_sphinx_theme import toctree
from sphinx.util import logging

from tooling.website import navigation

made = []
by_theme = navigation.by_theme


def counted(app, page, *others):
    made.append(page)
    by_theme(app, page, *others)


def compare(app, page, template, context, doc):
    assert toctree.add_toctree_functions is navigation.add_functions
    theme = dict(context)
    by_theme(app, page, template, theme, doc)
    for collapse in (False, True):
        for level in (1, 2):
            options = dict(
                startdepth=0, kind="sidebar", maxdepth=4, collapse=collapse,
                includehidden=True, titles_only=True, show_nav_level=level,
            )
            own = str(context["generate_toctree_html"](**options))
            expected = str(theme["generate_toctree_html"](**options))
            if own != expected:
                logging.getLogger(__name__).warning(
                    "%s:\\n%s\\n%s", page, own, expected
                )
    with open("compared", "a") as log:
        current = own.count('<li class="toctree-l1 current active')
        print(page, current, own.count('open="open"'), file=log)


def finished(app, error):
    Path("made").write_text(str(made.count(navigation.NOWHERE)))


def setup(app):
    navigation.by_theme = counted
    app.connect("html-page-context", compare, priority=900)
    app.connect("build-finished", finished)
"""
TOC = """
format: jb-book
root: book/index
parts:
  - caption: First & <foremost>
    numbered: true
    chapters:
      - file: book/one
      - file: book/a/two
        title: A "title" of its own
        sections:
          - file: book/a/three
            sections:
              - file: book/a/b/four
          - file: book/five & six
      - url: https://example.org/page.html?a=1&b=2
        title: Elsewhere
  - caption: Second
    chapters:
      - file: seven
        sections:
          - file: book/a/eight
"""


def test_every_page_has_the_tree_that_the_theme_would_make(make_book):
    names = [
        *("book/one", "book/a/two", "book/a/three", "book/a/b/four"),
        *("book/five & six", "seven", "book/a/eight"),
    ]
    book = make_book({"index": "# Index\n"})
    for name in names:
        book.write(name, f"# *On* `{name}` & $x$\n\n## A section\n\nText.\n")
    (book.root / "_toc.yml").write_text(TOC)
    (book.root / "compare.py").write_text(COMPARE)
    config = yaml.safe_load((book.root / "_config.yml").read_text())
    config["sphinx"]["local_extensions"] |= {"compare": "."}
    (book.root / "_config.yml").write_text(yaml.safe_dump(config))
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (book.root / "compared").read_text().splitlines()
    found = {
        name: (int(current), int(unfolded))
        for name, current, unfolded in (s.rsplit(" ", 2) for s in lines)
    }
    generated = {"404", "genindex", "search"}
    assert {*names, "book/index", *generated} == set(found)
    assert {n for n, (current, _) in found.items() if current} == set(names)
    assert found["book/a/b/four"] > found["book/one"]
    # Made once for each set of options, not once for each page.
    assert int((book.root / "made").read_text()) <= 3
    theme = yaml.safe_load((ROOT / "_config.yml").read_text())
    options = theme["sphinx"]["config"]["html_theme_options"]
    assert not options.get("collapse_navbar")  # or it would be no gain


@pytest.mark.parametrize(
    ("tag", "current"),
    [
        ("<ul>", '<ul class="current">'),
        ('<ul class="nav">', '<ul class="current nav">'),
        ("<details>", '<details open="open">'),
        (
            '<li class="toctree-l1 has-children">',
            '<li class="toctree-l1 current active has-children">',
        ),
    ],
)
def test_the_branch_of_a_page_is_marked(tag, current):
    assert marked(tag) == current
