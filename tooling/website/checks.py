"""What a built site must not have: checked after every build."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

RAW_MARKUP = (
    *("{glue:text}", "{ref}`", "{numref}`", "{cite}`", "{eq}`"),
    *(":::", "% lint:"),
)
CODE = ["pre", "code", "script", "style"]
GENERATED = {"404.html", "genindex.html", "search.html"}


@dataclass(frozen=True)
class Page:
    """What one page says by itself.

    Args:
        images: addresses of its pictures.
        links: where it leads, each once.
        places: ids that a link can name.
        problems: faults that can be seen without other files.
    """

    images: list[str]
    links: list[str]
    places: frozenset[str]
    problems: list[str]


@dataclass(frozen=True)
class Site:
    """A folder with the pages of a built site."""

    folder: Path

    @cached_property
    def files(self) -> set[str]:
        """All files, as paths below the folder."""
        return {
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    @cached_property
    def pages(self) -> dict[str, Page]:
        """The pages by their path below the folder."""
        return {
            name: read((self.folder / name).read_bytes())
            for name in sorted(self.files)
            if name.endswith(".html") and not name.startswith("_static/")
        }

    def target(self, page: str, link: str) -> str | None:
        """Return the file that a relative link on a page leads to, if any."""
        path = join(dirname(page), unquote(link)) if link else page
        for name in (normpath(path), normpath(join(path, "index.html"))):
            if name in self.files:
                return name
        return None

    def has(self, file: str, place: str) -> bool:
        """Tell whether a link into a file finds its place there."""
        return file not in self.pages or place in self.pages[file].places


def problems(folder: Path, *, missing: tuple[str, ...] = ()) -> list[str]:
    """Return everything that is wrong with a built site, a line each.

    Args:
        folder: the site's.
        missing: how the paths of files begin that a later step adds.
    """
    site = Site(folder)
    if not site.pages:
        return [f"{folder}: there is no page"]
    found = [
        f"{name}: error report of a page"
        for name in sorted(site.files)
        if name.startswith("reports/") and name.endswith(".log")
    ]
    for name, page in site.pages.items():
        for problem in (*page.problems, *elsewhere(site, name, page, missing)):
            found.append(f"{name}: {problem}")
    return found


def read(html: bytes) -> Page:
    """Read one page.

    Args:
        html: its whole text.
    """
    tree = LexborHTMLParser(html)
    article = tree.css_first("article") or tree.root
    assert article is not None
    images = tree.css(":is(article, main) img")
    return Page(
        images=[image.attributes.get("src") or "" for image in images],
        links=list(dict.fromkeys(_attribute(tree, "href", "a[href]"))),
        places=frozenset(_attribute(tree, "id", "[id]")),
        problems=[*_images(images), *_text(article)],
    )


def _attribute(
    tree: LexborHTMLParser, name: str, selector: str
) -> Iterator[str]:
    return (node.attributes[name] or "" for node in tree.css(selector))


def _images(images: list[LexborNode]) -> Iterator[str]:
    for image in images:
        alt = (image.attributes.get("alt") or "").strip()
        if not alt or alt.startswith("../") or "_images/" in alt:
            source = image.attributes.get("src")
            yield f"image {source} has no alternative text"


def _text(article: LexborNode) -> Iterator[str]:
    if article.css_first(".cell_output .traceback, .output.traceback"):
        yield "a cell shows a traceback"
    if article.css_first(".system-message, .problematic"):
        yield "an error message of the builder"
    if "<Figure size" in article.text():
        yield "a figure came out as text"
    article.strip_tags(CODE)  # so this comes last
    text = article.text()
    yield from (f"raw markup {raw}" for raw in RAW_MARKUP if raw in text)


def elsewhere(
    site: Site, name: str, page: Page, missing: tuple[str, ...]
) -> Iterator[str]:
    """Check what a page needs of others.

    Args:
        site: where it belongs.
        name: its path below the site's folder.
        page: what it says.
        missing: how the paths of files begin that a later step adds.
    """
    for source in page.images:
        if not urlsplit(source).scheme and not site.target(name, source):
            yield f"image {source} does not exist"
    if name in GENERATED:
        return
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or link == "#":
            continue
        file = site.target(name, parts.path)
        place = unquote(parts.fragment)
        if file is None:
            path = normpath(join(dirname(name), unquote(parts.path)))
            if path.startswith(missing):
                continue
            yield f"link to {link}, which does not exist"
        elif place and not site.has(file, place):
            yield f"link to {link}: there is no such place on the page"
