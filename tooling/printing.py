"""The landing page as the front matter of the printed book.

On the site the landing page is a page like any other, with the table of
contents among its sections. In print its sections must not become chapters,
the pages must, and the captions of the table of contents are the parts.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

import d2l


class FrontMatter(SphinxTransform):
    """Rearranges the landing page for LaTeX."""

    default_priority = 900  # after the table of contents was inserted

    def apply(self, **_: object) -> None:
        """Turn sections into plain headings and captions into parts."""
        root = self.config.root_doc
        if self.app.builder.format != "latex" or self.env.docname != root:
            return
        top = next(self.document.findall(nodes.section))
        trees = list(self.document.findall(addnodes.toctree))
        for tree in trees:
            tree.parent.parent.remove(tree.parent)  # with its wrapper
        for section in [n for n in top if isinstance(n, nodes.section)]:
            title, *content = section.children
            if content:
                heading = nodes.rubric("", title.astext(), ids=section["ids"])
                section.replace_self([heading, *content])
            else:
                top.remove(section)
        for tree in trees:
            caption, tree["caption"] = tree["caption"], None
            if caption:
                text = f"\\part{{{caption}}}"
                top += nodes.raw("", text, format="latex")
            top += tree


def setup(app: Sphinx) -> None:
    """Register the transform, and the version that the title page shows."""
    app.add_transform(FrontMatter)
    app.config.version = d2l.__version__
    app.config.today = f"Version {d2l.__version__}"
