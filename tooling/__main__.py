"""The commands behind the Makefile: `python -m tooling html`."""

import argparse
import os
import sys
from pathlib import Path

from tooling import building, page_rules
from tooling.book import Book
from tooling.execution import execute, reproduce, stale_pages
from tooling.report import summary


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status tells whether it succeeded."""
    parser = argparse.ArgumentParser(prog="tooling", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("execute", help="execute what is stale")
    commands.add_parser("html", help="execute what is stale, build the site")
    commands.add_parser("pdf", help="execute what is stale, set the PDF")
    commands.add_parser("reproduce", help="execute all again and compare")
    commands.add_parser("lint", help="check the rules of the pages")
    page = commands.add_parser("page", help="execute and build one page")
    page.add_argument("path", help="for example book/convolutions/lenet.md")
    preview = commands.add_parser("preview", help="serve, rebuild on saves")
    preview.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    book = Book(options.root.resolve())
    try:
        return run(book, options)
    except (ValueError, building.BuildError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def run(book: Book, options: argparse.Namespace) -> int:
    """Run a parsed command.

    Raises:
        ValueError: if a page can't be read.
        BuildError: if a build failed.
    """
    if options.command == "lint":
        found = page_rules.check(book)
        print("\n".join(found) or f"{len(book.names)} pages: no findings")
        return 1 if found else 0
    if options.command == "preview":
        from tooling.preview import serve  # no other command needs a server

        return serve(book.root, options.port)
    if options.command == "pdf":
        building.require_tex()
    chosen = book.executable_pages()
    if options.command == "page":
        name = Path(options.path).with_suffix("").as_posix()
        if name not in book.names:
            raise ValueError(f"{options.path} is not a page of _toc.yml")
        chosen = [p for p in chosen if p.name == name]
    if options.command == "reproduce":
        different = reproduce(book, chosen, options.workers)
        print("\n".join(different) or f"{len(chosen)} pages: same outputs")
        return 1 if different else 0
    report = execute(book, chosen, options.workers)
    print(summary(report))
    if report.failures or options.command == "execute":
        return 1 if report.failures else 0
    if options.command == "pdf":
        wrote = building.build_pdf(book)
    elif options.command == "page":
        others = stale_pages(book, book.executable_pages())
        wrote = building.build_page(book, name, [p.name for p in others])
    else:
        wrote = building.build_html(book)
    print(f"wrote {wrote}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
