"""Which pages of the book a change touches, for those who review it."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from tooling.source.book import Book, Page
from tooling.source.dependencies import data_files, reached_modules
from tooling.source.listings import module_path

#: What every page may be made from; drawings touch those that show them.
EVERYWHERE = (
    "_config.yml",
    "_toc.yml",
    "constraints.txt",
    "tooling/",
    "assets/",
)


def changed_files(root: Path, base: str) -> list[str]:
    """Return the files that differ from where this branch left another one.

    Args:
        root: folder of the book, within a git repository.
        base: a revision, for example "origin/main".

    Returns:
        Paths below the root, those not yet committed included.

    Raises:
        ValueError: if git does not know the revision.
    """
    commands = (
        ["diff", "--name-only", "--relative", "--merge-base", base],
        ["ls-files", "--others", "--exclude-standard"],
    )
    files: set[str] = set()
    for command in commands:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", *command, "--", "."],
            cwd=root,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise ValueError(f"git {' '.join(command)}: {done.stderr.strip()}")
        files |= set(done.stdout.splitlines())
    return sorted(files)


def changed_pages(book: Book, files: Iterable[str]) -> dict[str, list[str]]:
    """Return the pages that some files touch, each with those files.

    Args:
        book: its pages are looked at as they are now.
        files: paths below the book's root.
    """
    touched: dict[str, list[str]] = {}
    files = sorted(files)
    for page in map(book.page, book.names):
        reasons = [file for file in files if touches(book, file, page)]
        if reasons:
            touched[page.name] = reasons
    return touched


def touches(book: Book, file: str, page: Page) -> bool:
    """Tell whether a page is made from a file.

    That is the page itself, a drawing that it shows, the bibliography if it
    cites, or a file of the package that it imports, shows or reads, directly
    or through other modules.

    Args:
        book: the book that the page belongs to.
        file: path below the book's root.
        page: the page.
    """
    if file.startswith("assets/"):  # named with a star for its format
        return f"/{Path(file).with_suffix('')}." in page.text
    if file in book.config.get("bibtex_bibfiles", ()):
        return "{cite" in page.text or "{bibliography}" in page.text
    return file == f"{page.name}.md" or book.root / file in sources(page)


def sources(page: Page) -> set[Path]:
    """Return the files of the package that a page's outputs depend on."""
    if not page.is_executable:
        return set()
    reached = reached_modules(page.modules)
    found = {module_path(module) for module in reached}
    return {path for path in found if path} | set(data_files(reached))


def title(page: Page) -> str:
    """Return the first heading of a page."""
    for line in page.text.splitlines():
        if line.startswith("# "):
            return line.removeprefix("# ").strip()
    return page.name


def markdown(book: Book, base: str, site: str = "") -> str:
    """Return the changed pages as a list, with their files in the built site.

    Args:
        book: the book.
        base: the revision to compare with.
        site: address where the built site can be had.

    Raises:
        ValueError: if git does not know the revision.
    """
    files = changed_files(book.root, base)
    touched = changed_pages(book, files)
    lines = [
        f"- {title(book.page(name))}, `{name}.html`: {quoted(reasons)}"
        for name, reasons in touched.items()
    ]
    placed = {file for reasons in touched.values() for file in reasons}
    whole = [
        file
        for file in files
        if file.startswith(EVERYWHERE) and file not in placed
    ]
    if whole:
        lines.append(f"- every page, perhaps: {quoted(whole)}")
    where = f" in [the built site]({site})" if site else ""
    return "\n".join([f"### Changed pages{where}", "", *(lines or ["None."])])


def quoted(files: Iterable[str]) -> str:
    """Return file names as Markdown shows them."""
    return ", ".join(f"`{file}`" for file in files)
