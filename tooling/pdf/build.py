"""The PDF: set by TeX from the executed pages, and checked."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tooling.jupyter_book import BuildError, jupyter_book
from tooling.pdf import chapters, checks, layout
from tooling.pdf.paper import read
from tooling.source.book import Book

TEX_PACKAGES = (
    "latexmk texlive-xetex texlive-latex-recommended texlive-latex-extra "
    "texlive-plain-generic texlive-fonts-recommended texlive-lang-chinese "
    "tex-gyre fonts-texgyre fonts-texgyre-math fonts-dejavu fonts-noto-cjk "
    "poppler-utils"
)


def require_tex() -> None:
    """Stop if the programs that set the PDF are not installed.

    Raises:
        BuildError: with the line that installs them.
    """
    needed = ("xelatex", "latexmk", "pdftotext", "pdftoppm")
    missing = [p for p in needed if shutil.which(p) is None]
    if missing:
        raise BuildError(
            f"make pdf needs TeX Live ({', '.join(missing)} not found). "
            f"On Debian or Ubuntu:\n  sudo apt-get install {TEX_PACKAGES}"
        )


def build_pdf(book: Book) -> Path:
    """Set the book as a PDF, and cut its chapters out of it.

    Args:
        book: its pages should be in the cache.

    Returns:
        The file, `_build/pdf/d2l.pdf`; beside it is the folder `chapters`.

    Raises:
        BuildError: if TeX is missing or fails, or the PDF has a problem,
            such as a character without a glyph or a line in the margin.
    """
    require_tex()
    folder = book.output / "pdf"
    jupyter_book(book, "latex", folder / "_build")
    tex = folder / "_build" / "latex"
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "d2l.tex"]
    changed = layout.last_change(book.root) or 0
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
    printed = read(tex / "d2l.pdf")
    text = (tex / "d2l.tex").read_text("utf8")
    found = [*checks.log_problems(log), *checks.rasters(text)]
    found += checks.problems(printed, book)
    if found:
        raise BuildError("the PDF has problems:\n" + "\n".join(found))
    whole = Path(shutil.copy(tex / "d2l.pdf", folder / "d2l.pdf"))
    chapters.cut(whole, printed, folder / "chapters")
    return whole
