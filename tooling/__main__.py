"""The commands behind the Makefile: `python -m tooling html`."""

import argparse
import errno
import os
import sys
from pathlib import Path

from sqlalchemy.exc import OperationalError

from tooling import rules
from tooling.epub.build import build_epub
from tooling.execution import engines
from tooling.execution.locking import only_build
from tooling.execution.report import summary
from tooling.execution.results import Results
from tooling.execution.run import execute, pretend_cuda, reproduce
from tooling.jupyter_book import BuildError, full_disk
from tooling.notebooks.build import build_notebooks
from tooling.pdf.build import build_pdf, require_tex
from tooling.source import addresses
from tooling.source.book import Book
from tooling.upkeep import changes, links
from tooling.website.build import build_page, build_site
from tooling.website.publish import publish


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status tells whether it succeeded."""
    options = parser().parse_args(arguments)
    book = Book(options.root.resolve())
    try:
        match options.command:
            case "lint":
                return lint(book, options.rule)
            case "changed":
                site = os.environ.get("SITE", "")
                print(changes.markdown(book, options.base, site))
                return 0
            case "preview":
                from tooling.serving.preview import (
                    serve,  # others need no server
                )

                return serve(book.root, options.port)
            case "live":
                from tooling.serving import live_server

                return live_server.serve(book, options.port)
            case "pdf" | "site":
                require_tex()
        with only_build(book):
            return build(book, options)
    except KeyboardInterrupt:
        print("stopped; finished pages are kept", file=sys.stderr)
        return 130
    except (ValueError, BuildError, engines.EngineError) as error:
        message: object = error
    except (OSError, RuntimeError, OperationalError) as error:
        if not is_full(error):
            raise
        message = full_disk(book)
    print(f"error: {message}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = argparse.ArgumentParser(prog="tooling", description=__doc__)
    made.add_argument("--root", type=Path, default=Path.cwd())
    made.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    made.add_argument("--executor", default="", help="dask://host:port")
    commands = made.add_subparsers(dest="command", required=True)
    commands.add_parser("execute", help="execute what is stale")
    commands.add_parser("html", help="execute what is stale, build the site")
    commands.add_parser("pdf", help="execute what is stale, set the PDF")
    commands.add_parser("epub", help="execute what is stale, make the EPUB")
    commands.add_parser("notebooks", help="export pages as notebooks")
    commands.add_parser("site", help="all that a published site holds")
    page = commands.add_parser("page", help="execute and build one page")
    page.add_argument("path", help="for example book/convolutions/lenet.md")
    commands.add_parser("reproduce", help="execute all again and compare")
    pretend = commands.add_parser("pretend-cuda", help="as if on a GPU")
    pretend.add_argument("path", nargs="?", help="of a page, else all")
    commands.add_parser("links", help="ask the addresses that pages link to")
    preview = commands.add_parser("preview", help="serve, rebuild on saves")
    preview.add_argument("--port", type=int, default=8000)
    live = commands.add_parser("live", help="serve with a Jupyter server")
    live.add_argument("--port", type=int, default=8000)
    lint = commands.add_parser("lint", help="check the rules of the pages")
    lint.add_argument("--rule", help="explain this rule; 'list' names all")
    changed = commands.add_parser("changed", help="list the changed pages")
    changed.add_argument("base", help="for example origin/main")
    return made


def is_full(error: BaseException | None) -> bool:
    """Tell whether an error, or what it was raised from, is a full disk."""
    if error is None:
        return False
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "disk is full" in str(error) or is_full(error.__context__)


def lint(book: Book, rule: str | None) -> int:
    """Check the rules of the pages, or explain one."""
    if rule:
        print(rules.explain(rule))
        return 0 if rule in {"list", *rules.RULES} else 1
    found = [*rules.check(book), *addresses.problems(book)]
    print("\n".join(found) or f"{len(book.names)} pages: no findings")
    return 1 if found else 0


def build(book: Book, options: argparse.Namespace) -> int:
    """Execute pages, and build what the command says from them.

    Raises:
        ValueError: if a page or an option can't be read.
        BuildError: if a build failed.
        EngineError: if the cluster can't be used.
    """
    engine = engines.choose(options.executor, options.workers)
    chosen = book.executable_pages()
    if options.command == "pretend-cuda":
        chosen = [p for p in chosen if p.uses_gpu]
    if getattr(options, "path", None):
        name = Path(options.path).with_suffix("").as_posix()
        if name not in book.names:
            raise ValueError(f"{options.path} is not a page of _toc.yml")
        chosen = [p for p in chosen if p.name == name]
    if options.command == "reproduce":
        different = reproduce(book, chosen, engine)
        print("\n".join(different) or f"{len(chosen)} pages: same outputs")
        return 1 if different else 0
    if options.command == "pretend-cuda":  # other machines can't
        engine = engines.choose("", options.workers)
        report = pretend_cuda(book, chosen, engine)
    else:
        report = execute(book, chosen, engine)
    print(summary(report))
    if report.failures or options.command in ("execute", "pretend-cuda"):
        return 1 if report.failures else 0
    match options.command:
        case "pdf":
            wrote = build_pdf(book)
        case "epub":
            wrote = build_epub(book)
        case "page":
            results = Results(book)
            others = book.executable_pages()
            stale = [p.name for p in others if not results.find(p)]
            wrote = build_page(book, name, stale)
        case "notebooks":
            wrote = build_notebooks(book)
        case "site":
            wrote = publish(book)
        case "links":
            wrote = links.check(book)
        case _:
            wrote = build_site(book)
    print(f"wrote {wrote}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
