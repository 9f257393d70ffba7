"""The published site: its pages, and all that readers can take along."""

import shutil
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from tooling.epub.build import build_epub
from tooling.execution import sharing
from tooling.execution.published import FILE, LIST
from tooling.jupyter_book import BuildError
from tooling.notebooks.build import build_notebooks
from tooling.pdf.build import build_pdf
from tooling.source.book import Book
from tooling.website import checks
from tooling.website.build import build_site
from tooling.website.downloads import ARCHIVE, CHAPTERS, EPUB, NOTEBOOKS, PDF

SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
ROOT = "do-to-learn"  # folder in the archive


def publish(book: Book) -> Path:
    """Build the site with PDF, EPUB, notebooks and an archive of it all.

    Args:
        book: its pages should be in the cache.

    Returns:
        The folder of the site.

    Raises:
        BuildError: if one of them failed, or the site has a problem.
    """
    site = build_site(book)
    for name in (
        NOTEBOOKS,
        CHAPTERS,
        PDF,
        EPUB,
        ARCHIVE,
        LIST,
        FILE,
    ):  # of the last time
        path = site / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.copytree(build_notebooks(book), site / NOTEBOOKS)
    shutil.copy(build_epub(book), site / EPUB)
    pdf = build_pdf(book)
    shutil.copy(pdf, site / PDF)
    shutil.copytree(pdf.parent / CHAPTERS, site / CHAPTERS)
    write_sitemap(book, site / "sitemap.xml")
    shutil.move(pack(site, book.output / ARCHIVE), site)
    sharing.publish(book, site)
    found = checks.problems(site)
    if found:
        raise BuildError("the built site has problems:\n" + "\n".join(found))
    return site


def write_sitemap(book: Book, file: Path) -> None:
    """Write the addresses of all pages for search engines.

    Args:
        book: with the pages.
        file: to write, XML of sitemaps.org.
    """
    root = ElementTree.Element("urlset", xmlns=SITEMAPS)
    for name in book.names:
        url = ElementTree.SubElement(root, "url")
        ElementTree.SubElement(url, "loc").text = f"{book.site}{name}.html"
    tree = ElementTree.ElementTree(root)
    tree.write(file, encoding="utf8", xml_declaration=True)


def pack(folder: Path, archive: Path) -> Path:
    """Write an archive of a folder, the same bytes for the same files.

    Args:
        folder: what it holds; hidden files are left out.
        archive: the file, not in that folder.

    Returns:
        The file.
    """
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name[0] != ".":
                name = f"{ROOT}/{path.relative_to(folder).as_posix()}"
                about = zipfile.ZipInfo(name)
                content = path.read_bytes()
                packed.writestr(about, content, zipfile.ZIP_DEFLATED)
    return archive
