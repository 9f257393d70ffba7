"""Pages at former addresses, which lead on to where their content is now."""

import html
from pathlib import Path
from posixpath import dirname, relpath

from sphinx.application import Sphinx

from tooling.source import addresses
from tooling.source.book import Book

PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={link}">
<link rel="canonical" href="{address}">
<meta name="robots" content="noindex">
</head>
<body>
<main><h1>{title}</h1><p>This page has moved: <a href="{link}">{title}</a></p>
</main>
</body>
</html>
"""


def write(app: Sphinx, error: Exception | None) -> None:
    """Write a page for each former address.

    Args:
        app: of the build.
        error: that ended it, if any.
    """
    if app.builder.name != "html" or error:
        return
    book = Book(Path(app.srcdir))
    for old, new in addresses.moved(book).items():
        text = PAGE.format(
            language=app.config.language,
            title=html.escape(app.env.titles[new].astext()),
            link=html.escape(relpath(f"{new}.html", dirname(old) or ".")),
            address=html.escape(f"{book.site}{new}.html"),
        )
        path = addresses.file_of(Path(app.outdir), old, ".html")
        path.write_text(text, "utf8")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("build-finished", write)
