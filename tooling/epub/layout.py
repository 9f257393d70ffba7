"""The book as an EPUB: pages that need neither style sheet nor script.

What the site folds stands open, what it draws by script or with the theme's
styles is left out, and mathematics is MathML. The parts of the table of
contents become pages of their own, as in print.
"""

import html
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.builders._epub_base import NavPoint
from sphinx.builders.epub3 import Epub3Builder
from sphinx.config import Config
from sphinx.util.osutil import ensuredir
from sphinx_design.dropdown import dropdown_main, dropdown_title
from sphinx_design.tabs import sd_tab_input, sd_tab_label

from tooling import ROOT
from tooling.pages.claims import claim_code
from tooling.source.book import Book

ASSETS = ROOT / "assets"
# What MyST-NB must not choose among the forms of an output.
UNREADABLE = (
    "application/vnd.jupyter.widget-view+json",
    "application/javascript",
    "text/html",
)
ITEM = re.compile(
    r'(<item id="[^"]*" href="([^"]*\.xhtml)" media-type="[^"]*") />'
)
ACCESSIBLE = """\
    <meta property="schema:accessMode">textual</meta>
    <meta property="schema:accessMode">visual</meta>
    <meta property="schema:accessibilityFeature">alternativeText</meta>
    <meta property="schema:accessibilityFeature">MathML</meta>
    <meta property="schema:accessibilityFeature">tableOfContents</meta>
    <meta property="schema:accessibilityHazard">none</meta>
"""


class Builder(Epub3Builder):
    """Sphinx's builder, less the theme of the site."""

    def init(self) -> None:
        """Prepare the build."""
        # The theme can't make its buttons where it has no pages.
        self.config.html_theme_options.pop("launch_buttons", None)
        language = self.config.epub_language
        self.html_tag = (
            '<html xmlns="http://www.w3.org/1999/xhtml" '
            'xmlns:epub="http://www.idpf.org/2007/ops" '
            f'lang="{language}" xml:lang="{language}">'
        )
        super().init()

    def add_css_file(self, filename: str, **options: object) -> None:
        """Take only the book's own style sheet; extensions add theirs."""
        if filename == "epub.css":
            super().add_css_file(filename, **options)

    def add_js_file(self, filename: str, **_: object) -> None:
        """Take no script."""

    def copy_static_files(self) -> None:
        """Copy the style sheet and the cover, nothing of the site."""
        static = Path(self.outdir, "_static")
        ensuredir(static)
        for name in ("epub.css", "cover.png"):
            shutil.copy(ASSETS / name, static)

    def copy_image_files(self) -> None:
        """Copy the pictures, and mend what the standard doesn't allow."""
        super().copy_image_files()
        for path in Path(self.outdir, self.imagedir).glob("*.svg"):
            path.write_text(unique_ids(path.read_text("utf8")), "utf8")

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write a page, unfolded.

        Args:
            docname: the page.
            doctree: its content, all references resolved.
        """
        unfold(doctree)
        super().write_doc(docname, doctree)

    def get_refnodes(
        self, doctree: nodes.Node, result: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Collect the table of contents, with its parts and numbers.

        Args:
            doctree: of the landing page, or a node in it.
            result: what was collected so far.
        """
        match doctree:
            case nodes.title() if doctree.parent.get("toctree"):
                count = sum("part" in entry for entry in result) + 1
                caption = html.escape(doctree.astext())
                name = f"part-{count}"
                uri = name + self.out_suffix
                entry = {"part": name, "refuri": uri, "text": caption}
                return [*result, entry | {"level": 1}]
            case nodes.reference() if number := doctree.get("secnumber"):
                text = ".".join(map(str, number))
                text += self.config.html_secnumber_suffix
                doctree.insert(0, nodes.Text(text))
        return super().get_refnodes(doctree, result)

    def get_toc(self) -> None:
        """Collect the table of contents and write the pages of its parts."""
        super().get_toc()
        deeper = 0
        for entry in self.refnodes:
            entry["level"] += deeper
            if "part" in entry:
                entry["level"], deeper = 1, 1
                title = entry["text"]
                page = {"title": title, "body": f"<h1>{title}</h1>"}
                name = entry["refuri"].removesuffix(self.out_suffix)
                self.handle_page(name, page)

    def handle_page(
        self, pagename: str, addctx: dict[str, Any], *rest: Any, **named: Any
    ) -> None:
        """Write a page, without a role that the standard has given up.

        Args:
            pagename: the page.
            addctx: what its template gets, with the text as "body".
            rest: further arguments of Sphinx.
            named: the same.
        """
        body = addctx.get("body", "")
        addctx["body"] = body.replace(' role="doc-biblioentry"', "")
        super().handle_page(pagename, addctx, *rest, **named)

    def toc_metadata(
        self, level: int, navpoints: list[NavPoint]
    ) -> dict[str, Any]:
        """Return what the old form of the table of contents says.

        Args:
            level: its depth.
            navpoints: its entries.
        """
        found = super().toc_metadata(level, navpoints)
        return found | {"uid": html.escape(self.config.epub_identifier)}

    def build_content(self) -> None:
        """Write the list of files, and say in it what readers must know."""
        super().build_content()
        path = Path(self.outdir, "content.opf")
        text = path.read_text("utf8")
        text = text.replace(
            'cover.png"', 'cover.png" properties="cover-image"'
        )
        text = text.replace("  </metadata>", ACCESSIBLE + "  </metadata>")
        text = re.sub(r" *<dc:contributor>.*\n", "", text)  # there is no other
        path.write_text(ITEM.sub(self.with_properties, text), "utf8")

    def with_properties(self, item: re.Match[str]) -> str:
        """Return a page's entry with the kinds of content that it holds.

        Args:
            item: the entry.
        """
        page = Path(self.outdir, unquote(item[2])).read_text("utf8")
        has_math = "<math" in page
        return f'{item[1]} properties="mathml" />' if has_math else item[0]


def unique_ids(svg: str) -> str:
    """Leave each name to the first element that bears it.

    Matplotlib names equal pictures within a figure alike.

    Args:
        svg: a whole file.
    """
    seen: set[str] = set()

    def first(name: re.Match[str]) -> str:
        known = name[1] in seen
        seen.add(name[1])
        return "" if known else name[0]

    return re.sub(r'\sid="([^"]*)"', first, svg)


def unfold(doctree: nodes.document) -> None:
    """Open what is folded, and remove what is only for a browser.

    Args:
        doctree: a page, changed in place.
    """
    seen: set[str] = set()
    for node in list(doctree.findall(nodes.Element)):
        for child in node.children:
            child.parent = node  # where an extension has moved it
        # All exercises bear the same name, which is not allowed.
        node["ids"] = [name for name in node["ids"] if name not in seen]
        seen.update(node["ids"])
        match node:
            case nodes.raw() | sd_tab_input():
                node.parent.remove(node)
            case dropdown_title() | sd_tab_label():
                words = nodes.strong("", "", *node, ids=node["ids"])
                node.replace_self(nodes.paragraph("", "", words))
            case claim_code():
                box = nodes.container("", *node, classes=["claim-code"])
                node.replace_self(box)
            case HideCodeCellNode() | dropdown_main():
                node.replace_self(nodes.container("", *node, ids=node["ids"]))


def settings(app: Sphinx, config: Config) -> None:
    """Set what the builder asks for beyond `_config.yml`."""
    config.epub_basename = "d2l"
    config.epub_uid = "d2l"
    config.epub_scheme = "URL"
    config.epub_identifier = Book(Path(app.srcdir)).repository
    config.epub_css_files = []  # the builder's theme names its own
    config.epub_cover = ("_static/cover.png", "epub-cover.html")
    config.epub_show_urls = "no"
    config.epub_use_index = False
    config.epub_tocscope = "includehidden"
    config.epub_tocdup = False
    config.nb_mime_priority_overrides = [
        *config.nb_mime_priority_overrides,
        *(("epub", kind, None) for kind in UNREADABLE),
    ]


def setup(app: Sphinx) -> None:
    """Register the builder and its settings."""
    app.add_builder(Builder, override=True)
    app.connect("config-inited", settings)
