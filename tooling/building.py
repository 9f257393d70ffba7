"""Runs Jupyter Book on the executed pages: website, PDF, EPUB, notebooks."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from click import ClickException
from jupyter_book.cli.main import BUILDER_OPTS
from jupyter_book.cli.main import main as jupyter_book_command

from tooling import gates, paper, printing
from tooling.book import Book
from tooling.downloads import ADDED

TEX_PACKAGES = (
    "latexmk texlive-xetex texlive-latex-recommended texlive-latex-extra "
    "texlive-plain-generic texlive-fonts-recommended texlive-lang-chinese "
    "tex-gyre fonts-texgyre fonts-texgyre-math fonts-dejavu fonts-noto-cjk "
    "poppler-utils"
)
NEEDED = 2**20  # bytes; with less than this, nothing can be built
STRICT = ["-W", "-n", "--keep-going"]


class BuildError(RuntimeError):
    """A build that failed; the message tells the author what to do."""


def build_html(book: Book) -> Path:
    """Build the website and check it.

    Args:
        book: its pages should be in the cache.

    Returns:
        The folder of the site.

    Raises:
        BuildError: if there was a warning, or the site has a problem.
    """
    site = book.output / "html"
    shutil.rmtree(site / "reports", ignore_errors=True)
    jupyter_book(book, "html", book.output)
    found = gates.problems(site, missing=ADDED)
    if found:
        raise BuildError("the built site has problems:\n" + "\n".join(found))
    return site


def build_page(book: Book, name: str, stale: list[str]) -> Path:
    """Build the website for the sake of one page, executing nothing else.

    Args:
        book: the page should be in its cache.
        name: the page.
        stale: pages that will stand there without outputs for now; the next
            full build mends them.

    Returns:
        The built page.

    Raises:
        BuildError: if the build failed; warnings are only shown.
    """
    skip = {"D2L_NOT_EXECUTED": os.pathsep.join(stale)}
    jupyter_book(book, "html", book.output, strict=False, environment=skip)
    return book.output / "html" / f"{name}.html"


def jupyter_book(
    book: Book,
    builder: str,
    folder: Path,
    *,
    strict: bool = True,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Run Jupyter Book in this process, normally with warnings as errors.

    A page that was read once is not read again until it changes, and then
    says nothing of its warnings. So after a build that had any, or was
    killed, the next one starts afresh.

    Args:
        book: what to build.
        builder: "html", "latex", or one that Jupyter Book does not know by
            name.
        folder: a folder `_build`; the output goes below it.
        strict: whether warnings are errors. A build that is not strict does
            not count as finished.
        environment: further environment variables.

    Raises:
        BuildError: if there was an error, or a warning in a strict build.
    """
    # Jupyter Book adds "_build" to the output path that it is given.
    assert folder.name == "_build"
    doctrees = folder / ".doctrees"
    unfinished = folder / f".{builder}-unfinished"
    if unfinished.exists():
        shutil.rmtree(doctrees, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    known = builder in BUILDER_OPTS
    named = [builder] if known else ["custom", "--custom-builder", builder]
    arguments = [
        *("build", str(book.root), "--path-output", str(folder.parent)),
        *("--builder", *named),
        *(STRICT if strict else []),
        "-q",
    ]
    os.environ |= environment
    try:
        jupyter_book_command.main(arguments, standalone_mode=False)
    except (SystemExit, RuntimeError, ClickException):
        failed = f"the {builder} build failed; the reasons are above"
        reason = full_disk(book) if is_full(book) else failed
        raise BuildError(reason) from None
    if strict:
        unfinished.unlink()


def is_full(book: Book) -> bool:
    """Tell whether the disk has no space left for building.

    Args:
        book: a build of it has just failed.
    """
    return shutil.disk_usage(book.output).free < NEEDED


def full_disk(book: Book) -> str:
    """Say what to do about a full disk.

    Args:
        book: what was to be built.
    """
    return (
        f"the disk that holds {book.output} is full. Free some space and "
        "run the same command again; finished pages are kept"
    )


def require_tex() -> None:
    """Stop if the programs that set the PDF are not installed.

    Raises:
        BuildError: with the line that installs them.
    """
    needed = ("xelatex", "latexmk", "pdftotext")
    missing = [p for p in needed if shutil.which(p) is None]
    if missing:
        raise BuildError(
            f"make pdf needs TeX Live ({', '.join(missing)} not found). "
            f"On Debian or Ubuntu:\n  sudo apt-get install {TEX_PACKAGES}"
        )


def build_pdf(book: Book) -> Path:
    """Set the book as a PDF.

    Args:
        book: its pages should be in the cache.

    Returns:
        The file, `_build/pdf/d2l.pdf`.

    Raises:
        BuildError: if TeX is missing or fails, or the PDF has a problem,
            such as a character without a glyph or a line in the margin.
    """
    require_tex()
    folder = book.output / "pdf"
    jupyter_book(book, "latex", folder / "_build")
    tex = folder / "_build" / "latex"
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "d2l.tex"]
    changed = printing.last_change(book.root) or 0
    # The date is that of the commit, and lines of the log are not broken.
    settings = {"SOURCE_DATE_EPOCH": str(changed), "max_print_line": "999"}
    done = subprocess.run(
        command,
        cwd=tex,
        capture_output=True,
        text=True,
        env=os.environ | settings,
    )
    log_file = tex / "d2l.log"
    log = log_file.read_text("utf8", "replace") if log_file.exists() else ""
    if done.returncode:
        errors = re.findall(r"^!.*(?:\n.*){3}", log, re.MULTILINE)
        detail = "\n".join(errors) or done.stdout[-2000:] + done.stderr[-500:]
        raise BuildError(f"xelatex failed:\n{detail}\nSee {log_file}")
    printed = paper.read(tex / "d2l.pdf")
    text = (tex / "d2l.tex").read_text("utf8")
    found = [*log_problems(log), *paper.rasters(text)]
    found += paper.problems(printed, book)
    if found:
        raise BuildError("the PDF has problems:\n" + "\n".join(found))
    return Path(shutil.copy(tex / "d2l.pdf", folder / "d2l.pdf"))


def build_epub(book: Book) -> Path:
    """Make the book an EPUB.

    Args:
        book: its pages should be in the cache.

    Returns:
        The file, `_build/epub/d2l.epub`.

    Raises:
        BuildError: if there was a warning.
    """
    folder = book.output / "epub"
    built = folder / "_build" / "epub"
    shutil.rmtree(built, ignore_errors=True)  # all that lies there goes in
    jupyter_book(book, "epub", folder / "_build")
    return Path(shutil.copy(built / "d2l.epub", folder / "d2l.epub"))


def log_problems(log: str) -> list[str]:
    """Return what TeX reports as missing or as running into the margin.

    Args:
        log: the log file of the last run, lines at most 79 characters.
    """
    found = sorted(set(re.findall(r"Missing character: .*", log)))
    found += sorted(set(re.findall(r"eference `.*' .*undefined", log)))
    for width, place in re.findall(
        r"Overfull \\hbox \(([\d.]+)pt too wide\) (.*)", log
    ):
        if float(width) > 10:  # the margin takes less without harm
            found.append(f"{width} points too wide: {place}")
    return found
