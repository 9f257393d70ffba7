"""The published site: its pages, and all that readers can take along."""

import shutil
import zipfile
from pathlib import Path

from tooling import building, gates, notebooks
from tooling.book import Book
from tooling.downloads import ARCHIVE, EPUB, NOTEBOOKS, PDF

ROOT = "do-to-learn"  # folder in the archive


def build(book: Book) -> Path:
    """Build the site with PDF, EPUB, notebooks and an archive of it all.

    Args:
        book: its pages should be in the cache.

    Returns:
        The folder of the site.

    Raises:
        BuildError: if one of them failed, or the site has a problem.
    """
    site = building.build_html(book)
    for name in (NOTEBOOKS, PDF, EPUB, ARCHIVE):  # of the last time
        path = site / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.copytree(notebooks.build(book), site / NOTEBOOKS)
    shutil.copy(building.build_epub(book), site / EPUB)
    shutil.copy(building.build_pdf(book), site / PDF)
    shutil.move(pack(site, book.output / ARCHIVE), site)
    found = gates.problems(site)
    if found:
        raise building.BuildError(
            "the built site has problems:\n" + "\n".join(found)
        )
    return site


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
