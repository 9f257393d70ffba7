"""Makes the theme's pages light: one style sheet, one script, drawn icons.

The theme and the extensions load some thirty files on every page, most of
them an icon library. Here what they need is bundled into `book.css` and
`book.js`, icons are drawn into the page, and what only the search page or a
reader who asks for it needs is loaded there.
"""

import hashlib
import re
import shutil
from functools import cached_property
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any
from urllib.parse import quote

from lightningcss import process_stylesheet
from sphinx.application import Sphinx
from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript
from sphinx.config import Config
from sphinx.jinja2glue import BuiltinTemplateLoader
from sphinx_design.icons import get_octicon

from tooling import ROOT

TEMPLATES = ROOT / "assets" / "templates"
BUNDLES = ("book.css", "book.js")
BUNDLE = re.compile(r"_static/book\.(css|js)(\?v=\w+)?")
THEME_STYLES = (
    "basic.css",  # which the next ones import
    "styles/theme.css",
    "styles/pydata-sphinx-theme.css",
)
THEME_SCRIPTS = ("scripts/bootstrap.js", "scripts/pydata-sphinx-theme.js")
# Scripts of extensions that no page of the book needs.
DROPPED = re.compile(r"design-tabs|DOCUMENTATION_OPTIONS\.")
# Folders that the theme copies in each build, and no page uses any more.
UNPUBLISHED = ("scripts", "styles", "vendor", "locales", "images")
ICON = re.compile(
    r'<(i|span) class="((?:[\w-]+ )*fa[bs]?(?:-solid|-brands)? +fa-([\w-]+)'
    r'[^"]*)"([^>]*)></\1>'
)
# The theme's icons by their names in Octicons.
OCTICONS = {
    "angle-left": "chevron-left",
    "angle-right": "chevron-right",
    "arrow-up": "arrow-up",
    "bars": "three-bars",
    "chevron-down": "chevron-down",
    "circle-half-stroke": "device-desktop",
    "download": "download",
    "file": "file",
    "file-code": "file-code",
    "file-pdf": "book",
    "github": "mark-github",
    "home": "home",
    "lightbulb": "comment-discussion",
    "list": "list-unordered",
    "magnifying-glass": "search",
    "moon": "moon",
    "pencil-alt": "pencil",
    "play": "play",
    "rocket": "rocket",
    "sun": "sun",
}
ICON_FONT = re.compile(r"@font-face ?\{[^}]*fontawesome[^}]*\}")
CLASSES = re.compile(r'class="([^"]*)"')
CLASS_SELECTOR = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
WORD = re.compile(r"[\w-]+")
# What the theme's pages lack for readers without a mouse or scripts.
MENDED = {
    'data-theme="auto"': 'data-theme="light"',
    '<div id="pst-primary-sidebar"': '<div id="pst-primary-sidebar" '
    'role="complementary" aria-label="Sidebar"',
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    ' role="doc-biblioentry"': "",
}
DRAWN = re.compile(r'(?<=")[^"]*_static/((?:logo|favicon)\.svg)[^"]*(?=")')
URL = re.compile(r"""url\((["']?)(?!data:|#|https?:)([^)"']+)\1\)""")


class Templates(BuiltinTemplateLoader):
    """Sphinx's templates; the pages they make load the bundles."""

    def init(self, builder: Any, *rest: Any, **named: Any) -> None:
        """Remember the builder; only the site takes our templates."""
        if builder.name == "html":
            before = builder.config.templates_path
            builder.config.templates_path = [*before, str(TEMPLATES)]
        super().init(builder, *rest, **named)
        self.builder = builder

    def render(  # type: ignore[override]  # Sphinx's is wrong
        self, template: str, context: dict[str, Any]
    ) -> str:
        """Return a page.

        Args:
            template: its name.
            context: what it shows.

        Raises:
            KeyError: if the page has an icon that is not in `OCTICONS`.
        """
        if self.builder.name != "html":
            return str(super().render(template, context))
        if "script_files" in context:
            context |= self.light(context)
        html = super().render(template, context)
        html = BUNDLE.sub(rf"_static/book.\1?v={self.version}", html)
        for old, new in MENDED.items():
            html = html.replace(old, new)
        return ICON.sub(drawn, DRAWN.sub(self.enclosed, html))

    def enclosed(self, picture: re.Match[str]) -> str:
        """Return a small picture of all pages as its own address.

        Args:
            picture: the address of its file.
        """
        svg = Path(self.builder.confdir, "assets", picture[1])
        return "data:image/svg+xml," + quote(svg.read_text("utf8"))

    def light(self, context: dict[str, Any]) -> dict[str, list[Any]]:
        """Return the style sheets and scripts of a page.

        Args:
            context: has what the theme and the extensions ask for.
        """
        styles, scripts = shared(self.builder)
        searches = context["pagename"] == "search"  # its scripts need ours
        order: dict[str, Any] = {} if searches else {"defer": "defer"}
        return {
            "css_files": [
                _CascadingStyleSheet(f"_static/{BUNDLES[0]}"),
                *(s for s in context["css_files"] if s not in styles),
            ],
            "script_files": [
                _JavaScript(f"_static/{BUNDLES[1]}", **order),
                *(
                    s
                    for s in context["script_files"]
                    if s not in scripts and not is_dropped(s)
                ),
            ],
        }

    @cached_property
    def version(self) -> str:
        """What browsers know a state of the bundles by.

        It comes from their sources: the bundles are made after the pages.
        """
        root = Path(self.builder.srcdir)
        total = hashlib.sha256((root / "constraints.txt").read_bytes())
        for folder in self.builder.config.html_static_path:
            for path in sorted((root / folder).glob("*.[cj]s*")):
                total.update(path.read_bytes())
        return total.hexdigest()[:8]


def shared(builder: Any) -> tuple[list[Any], list[Any]]:
    """Return the style sheets and the scripts that all pages ask for.

    Args:
        builder: Sphinx's.
    """
    found = builder._orig_css_files, builder._orig_js_files
    styles, scripts = (sorted(f, key=lambda x: int(x.priority)) for f in found)
    return styles, scripts


def is_dropped(script: Any) -> bool:
    """Tell whether no page needs a script.

    Args:
        script: as Sphinx lists it, a file or inline.
    """
    what = script.filename or script.attributes.get("body", "")
    return bool(DROPPED.search(str(what)))


def path_below_static(file: Any) -> str:
    """Return the path of a style sheet or script below `_static`.

    Args:
        file: as Sphinx lists it.
    """
    return str(file.filename).removeprefix("_static/")


def drawn(icon: re.Match[str]) -> str:
    """Return an icon of the theme as a picture in the page.

    Args:
        icon: the theme's element for it.

    Raises:
        KeyError: if it is not in `OCTICONS`.
    """
    _, classes, name, attributes = icon.groups()
    kept = [c for c in classes.split() if not re.match(r"fa[bs]?(-|$)", c)]
    svg = get_octicon(OCTICONS[name], "1.1em", ["drawn-icon", *kept])
    attributes = re.sub(r' title="[^"]*"', "", attributes)
    return svg.replace("<svg ", f"<svg{attributes} ", 1)


def style_bundle(static: Path, names: list[str]) -> str:
    """Return style sheets as one, in their order.

    Args:
        static: the folder that they are in.
        names: of the files.
    """
    sheets = []
    for name in names:
        text = (static / name).read_text("utf8").removeprefix("\ufeff")
        text = re.sub(r"@(charset|import) ?[^;]*;", "", text)

        def turned(found: re.Match[str], name: str = name) -> str:
            path = normpath(join(dirname(name), found[2]))
            return f'url("{relpath(path)}")'

        sheets.append(URL.sub(turned, text))
    return ICON_FONT.sub("", "\n".join(sheets))


def script_bundle(static: Path, scripts: list[Any]) -> str:
    """Return scripts as one, each once, in their order after inline ones.

    Args:
        static: the folder that they are in.
        scripts: as Sphinx lists them, files below that folder or inline.
    """
    pieces = []
    for script in sorted(scripts, key=lambda s: bool(s.filename)):
        if script.filename:
            body = (static / path_below_static(script)).read_text("utf8")
        else:
            body = script.attributes["body"]
        pieces.append(re.sub(r"//# sourceMappingURL=.*", "", body))
    return "\n;\n".join(dict.fromkeys(pieces))


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write the bundles, and leave in the site only what its pages use.

    Some extensions copy their files at the end of a build, others in each,
    so this comes last.

    Args:
        app: of the build.
        error: that ended it, if any.
    """
    if app.builder.name != "html" or error:
        return
    site = Path(app.outdir)
    static = site / "_static"
    if not (static / "scripts").exists():
        return  # nothing was written
    styles, scripts = shared(app.builder)
    wanted = [s for s in scripts if not is_dropped(s)]
    wanted += [_JavaScript(f"_static/{name}") for name in THEME_SCRIPTS]
    script = script_bundle(static, wanted)
    (static / BUNDLES[1]).write_text(script, "utf8")
    names = [*THEME_STYLES, *(path_below_static(s) for s in styles)]
    sheet = style_bundle(static, names)
    for name in UNPUBLISHED:
        shutil.rmtree(static / name, ignore_errors=True)
    used: set[str] = set()
    for page in site.rglob("*.html"):
        for classes in CLASSES.findall(page.read_text("utf8")):
            used.update(classes.split())
    for path in static.glob("*.js"):
        used.update(WORD.findall(path.read_text("utf8")))
    (static / BUNDLES[0]).write_text(pruned(sheet, used), "utf8")


def pruned(sheet: str, used: set[str]) -> str:
    """Return a style sheet without the rules for classes that are not used.

    Args:
        sheet: CSS.
        used: names of classes, and any other words.

    Raises:
        ValueError: if it can't be parsed.
    """
    unused = set(CLASS_SELECTOR.findall(sheet)) - used
    try:
        return str(process_stylesheet(sheet, unused_symbols=unused))
    except Exception as problem:
        raise ValueError(f"{BUNDLES[0]}: {problem}") from problem


def settings(app: Sphinx, config: Config) -> None:
    """Set what makes Sphinx use all this."""
    config.template_bridge = "tooling.website.theme.Templates"
    config.html_context = {**config.html_context, "default_mode": "auto"}


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("config-inited", settings)
    app.connect("build-finished", finish, priority=900)
