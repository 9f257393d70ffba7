"""The built site, served as it will be, and a browser that sees only it."""

import gzip
import shutil
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tooling.source.book import Book

ROOT = Path(__file__).parents[2]
BOOK = Book(ROOT)
SITE = ROOT / "_build" / "html"
PREFIX = urlsplit(BOOK.site).path
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
WIDE, NARROW = 1400, 390
PAGES = [
    *(f"{name}.html" for name in BOOK.names),
    *("genindex.html", "search.html", "404.html"),
]


class Handler(SimpleHTTPRequestHandler):
    """Serves the site below the path that it is published at."""

    def translate_path(self, path: str) -> str:
        """Return the file for an address."""
        below = path.removeprefix(PREFIX) if path.startswith(PREFIX) else "-"
        return super().translate_path(f"/{below}")

    def send_error(self, code: int, *rest: object, **named: object) -> None:
        """Answer what is missing with the site's page for it."""
        if code != 404:
            super().send_error(code)
            return
        body = (SITE / "404.html").read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@cache  # most pages load the same files
def gzipped(path: Path) -> int:
    """Return the bytes that a file takes on the line."""
    content = path.read_bytes()
    plain = path.suffix in {".woff2", ".png", ".jpg"}
    return len(content) if plain else len(gzip.compress(content, 6))


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Serve the site and return its address."""
    if not (SITE / "sitemap.xml").exists():
        pytest.fail("these tests look at a whole site: `make site` first")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(SITE))
    )
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    if CHROMIUM is None:
        pytest.fail("these tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )


@pytest.fixture
def visit(browser, address, request):
    """Return a function that opens a page and listens to what it says.

    A request to anywhere but the site is refused and counts as a complaint,
    and so does an error in the console.
    """
    contexts = []

    def open_page(
        name: str, width: int = WIDE, theme: str = "light", **options: object
    ) -> Page:
        base = options.pop("base", address)
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.loaded = [], {}

        def guard(route: Route) -> None:
            url = route.request.url
            if not url.startswith((str(base), "data:")):
                page.complaints.append(f"asks for {url}")
                route.abort()
                return
            path = SITE / urlsplit(url).path.removeprefix(
                urlsplit(str(base)).path
            )
            if path.is_file():
                page.loaded[url] = gzipped(path)
            route.continue_()

        page.route("**", guard)
        page.on(
            "console",
            lambda said: (
                said.type in {"error", "warning"}
                and page.complaints.append(f"console: {said.text}")
            ),
        )
        page.on("pageerror", lambda e: page.complaints.append(f"raises {e}"))
        page.on(  # what is left when one moves on is no failure
            "requestfailed",
            lambda r: (
                r.failure != "net::ERR_ABORTED"
                and page.complaints.append(f"fails to load {r.url}")
            ),
        )
        page.goto(f"{base}{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
