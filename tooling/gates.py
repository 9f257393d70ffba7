"""What a built site must not have: checked after every build."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

RAW_MARKUP = (
    *("{glue:text}", "{ref}`", "{numref}`", "{cite}`", "{eq}`"),
    *(":::", "% lint:"),
)
CODE = ["pre", "code", "script", "style"]
GENERATED = {"genindex.html", "search.html", "py-modindex.html"}


def problems(site: Path) -> list[str]:
    """Return everything that is wrong with a built site, a line each.

    Args:
        site: folder of the HTML pages.
    """
    found = [
        f"{path.relative_to(site)}: error report of a page"
        for path in (site / "reports").rglob("*.log")
    ]
    pages = {
        path.relative_to(site).as_posix(): BeautifulSoup(
            path.read_text("utf8"), "html.parser"
        )
        for path in sorted(site.rglob("*.html"))
        if not path.is_relative_to(site / "_static")
    }
    if not pages:
        return [f"{site}: there is no page"]
    targets = {
        name: {str(t["id"]) for t in soup.find_all(id=True)}
        for name, soup in pages.items()
    }
    for name, soup in pages.items():
        checks = (*_text(soup), *_images(site, name, soup))
        found += [f"{name}: {problem}" for problem in checks]
        found += [
            f"{name}: {problem}"
            for problem in _links(site, name, soup, targets)
        ]
    return found


def _text(soup: BeautifulSoup) -> Iterator[str]:
    article = soup.find("article") or soup
    assert isinstance(article, Tag)
    if article.select(".cell_output .traceback, .output.traceback"):
        yield "a cell shows a traceback"
    if article.select(".system-message, .problematic"):
        yield "an error message of the builder"
    text = "".join(
        part for part in article.strings if not part.find_parent(CODE)
    )
    yield from (f"raw markup {raw}" for raw in RAW_MARKUP if raw in text)
    if "<Figure size" in article.get_text():
        yield "a figure came out as text"


def _images(site: Path, name: str, soup: BeautifulSoup) -> Iterator[str]:
    for image in soup.select("article img, main img"):
        source = str(image.get("src", ""))
        alt = str(image.get("alt", "")).strip()
        if not alt or alt.startswith("../") or "_images/" in alt:
            yield f"image {source} has no alternative text"
        if not urlsplit(source).scheme and not _file(site, name, source):
            yield f"image {source} does not exist"


def _links(
    site: Path, name: str, soup: BeautifulSoup, targets: dict[str, set[str]]
) -> Iterator[str]:
    if name in GENERATED:
        return
    for link in soup.select("a[href]"):
        href = str(link["href"])
        parts = urlsplit(href)
        if parts.scheme or parts.netloc or href == "#":
            continue
        path = _file(site, name, parts.path) if parts.path else site / name
        if path is None:
            yield f"link to {href}, which does not exist"
            continue
        page = path.relative_to(site.resolve() if parts.path else site)
        place = unquote(parts.fragment)
        if place and place not in targets.get(page.as_posix(), {place}):
            yield f"link to {href}: there is no such place on the page"


def _file(site: Path, page: str, link: str) -> Path | None:
    """Return the file that a relative link on a page leads to, if any."""
    path = ((site / page).parent / unquote(link)).resolve()
    if path.is_dir():
        path /= "index.html"
    inside = path.is_relative_to(site.resolve())
    return path if inside and path.is_file() else None
