"""Keeps an incremental build equal to a fresh one.

Sphinx writes a page again when its own text changed. But pages also show
each other's titles and numbers, in the sidebar, in references and in the
links to the next page. When any of these changed, or what gives all pages
their look, all are written again, without being read or executed again.
"""

import hashlib
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tooling import ROOT
from tooling.pages import glossary

# What gives all pages their look.
PATTERNS = (
    "tooling/**/*.py",
    "assets/*.js",
    "assets/templates/*",
    "assets/static/*.*",
)


def shown_elsewhere(env: BuildEnvironment) -> str:
    """Return a digest of all that a page may show of another one.

    Args:
        env: after the pages were read and numbered.
    """
    tables = (
        {name: str(title) for name, title in env.titles.items()},
        {name: _trees(toc) for name, toc in env.tocs.items()},
        env.domaindata["std"]["labels"],
        env.domaindata["std"]["anonlabels"],
        env.toc_secnumbers,
        env.toc_fignumbers,
        glossary.entries_of(env),
        env.domaindata["py"]["objects"],
    )
    total = hashlib.sha256(repr([sorted(t.items()) for t in tables]).encode())
    for file in getattr(env.config, "bibtex_bibfiles", ()):
        total.update(Path(env.srcdir, file).read_bytes())
    for pattern in PATTERNS:
        for path in sorted(ROOT.glob(pattern)):
            total.update(path.read_bytes())
    return total.hexdigest()


def _trees(toc: nodes.Node) -> list[object]:
    trees = toc.findall(addnodes.toctree)
    return [(tree.get("caption"), tree["entries"]) for tree in trees]


def changed(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages to write again.

    Args:
        app: of the build.
        env: which remembers the digest of the build before.
    """
    before, now = getattr(env, "shown_elsewhere", ""), shown_elsewhere(env)
    env.shown_elsewhere = now  # type: ignore[attr-defined]
    return [] if before == now else sorted(env.found_docs)


def delete_old_pages(app: Sphinx, error: Exception | None) -> None:
    """Delete from the site the pages that the book no longer has.

    Args:
        app: of the build; beside a page's HTML lies a copy of its source.
        error: that ended the build, if any.
    """
    if error or app.builder.name != "html":
        return
    sources = Path(app.outdir, "_sources")
    for source in [path for path in sources.rglob("*") if path.is_file()]:
        name = app.env.path2doc(str(source.relative_to(sources)))
        if name and name not in app.env.found_docs:
            source.unlink()
            page = app.builder.get_outfilename(name)  # type: ignore[attr-defined]
            Path(page).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Register both; pages have their numbers when 900 is reached."""
    app.connect("env-get-updated", changed, priority=900)
    app.connect("build-finished", delete_old_pages)
