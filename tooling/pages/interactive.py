"""Figures that move: a still, which a script on the site brings to life.

    ```{interactive} convolution
    :name: fig-convolution
    :alt: What the still shows.

    The caption.
    ```

is a figure with the diagram `assets/diagrams/convolution.*`. On the site
the page loads `assets/static/interactive/convolution.js` too, which puts
controls and a drawing in the place of the still. Where no script runs, in
the PDF, the EPUB and the notebooks, the still stays.
"""

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.directives.patches import Figure

from tooling import ROOT

SCRIPTS = ROOT / "assets" / "static" / "interactive"


def names() -> list[str]:
    """Return the names of the figures that have a script."""
    return sorted(path.stem for path in SCRIPTS.glob("*.js"))


class Interactive(Figure):
    """Makes the figure with the still, under classes that the script knows."""

    option_spec: ClassVar[dict[str, Any]] = {
        "name": directives.unchanged_required,
        "alt": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return the figure."""
        name = self.arguments[0]
        if name not in names():
            known = ", ".join(names())
            raise self.error(
                f"there is no interactive figure {name!r}; there are {known}"
            )
        given = {**self.options, "caption": self.content}
        for part in ("name", "alt", "caption"):
            if not given.get(part):
                raise self.error(f"the figure {name!r} has no {part}")
        self.arguments[0] = f"/assets/diagrams/{name}.*"
        self.options["figclass"] = ["diagram", "interactive", name]
        return super().run()


def add_scripts(
    app: Sphinx, _page: str, _template: str, _context: dict[str, Any], doc: Any
) -> None:
    """Let a page load the scripts of its figures, and no others.

    Args:
        app: of the build.
        doc: the page's content, if it has a source.
    """
    if app.builder.format != "html" or doc is None:
        return
    classes = [set(figure["classes"]) for figure in doc.findall(nodes.figure)]
    found = set().union(*(c for c in classes if "interactive" in c))
    for name in names():
        if name in found:
            app.add_js_file(f"interactive/{name}.js", loading_method="defer")


def add_shared(app: Sphinx) -> None:
    """Let all pages of the site share what the figures have in common."""
    if app.builder.name == "html":
        app.add_css_file("interactive.css")
        app.add_js_file("interactive.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the directive and what it needs."""
    app.add_directive("interactive", Interactive)
    app.connect("builder-inited", add_shared)
    app.connect("html-page-context", add_scripts)
