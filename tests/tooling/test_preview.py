"""A running preview: real saves in a small book, seen by real clients."""

import asyncio
import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from threading import Thread
from urllib.parse import urlencode

import psutil
import pytest
from playwright.sync_api import expect, sync_playwright
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import websocket_connect

from tests.tooling.conftest import FRONT, PATIENCE, cell, logs, wait_for
from tooling.serving.preview import plain

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)
INDEX = "# Index\n"
ONE = FRONT + "# One\n\nProse.\n\n" + logs("one") + cell("print(1)")
TWO = (
    FRONT
    + "# Two\n\n"
    + logs("two")
    + cell("import d2l.metrics\nprint(d2l.metrics.__doc__)")
)
WAITS = (
    FRONT
    + "# Waits\n\n"
    + logs("waits")
    + cell(
        "import time\nfrom pathlib import Path\n\n"
        "while not Path('../go').exists():\n    time.sleep(0.1)"
    )
)

pytestmark = pytest.mark.timeout(900)


class Preview:
    """A running `make preview`."""

    def __init__(self, book):
        self.book = book
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tooling", "preview", "--port", "0"],
            cwd=book.root,
            env=book.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        first = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", first)
        assert found, first + self.process.stdout.read()
        self.url, self.port = found[0], int(found[1])
        self.printed = ""
        Thread(target=self.follow, daemon=True).start()

    def follow(self):
        for line in self.process.stdout:
            self.printed += line

    async def get(self, page):
        answer = await AsyncHTTPClient().fetch(
            f"{self.url}{page}.html", raise_error=False
        )
        return answer.body.decode()

    @asynccontextmanager
    async def viewer(self, page):
        viewer = Viewer(self, page)
        await viewer.open()
        yield viewer
        viewer.socket.close()


class Viewer:
    """What the script of a page does, without a browser."""

    def __init__(self, preview, page):
        self.preview, self.page = preview, page

    async def open(self):
        self.html = await self.preview.get(self.page)
        version = re.search(r'data-version="(\w*)"', self.html)[1]
        query = urlencode({"page": f"/{self.page}.html", "version": version})
        url = self.preview.url.replace("http", "ws")
        self.socket = await websocket_connect(f"{url}_preview/socket?{query}")
        self.builds = 0

    async def until(self, wanted):
        """Read messages until a build has ended as wanted."""
        async with asyncio.timeout(PATIENCE):
            while text := await self.socket.read_message():
                state = json.loads(text)
                self.builds += state["building"]
                if not state["building"] and wanted(state):
                    return state
        raise AssertionError("the preview has ended")

    async def reloaded(self):
        """Wait for a build that changed the page, and load it again."""
        state = await self.until(lambda state: state["reload"])
        assert not state["problem"], state["problem"]
        self.socket.close()
        await self.open()

    async def problem(self):
        state = await self.until(lambda state: state["problem"])
        return state["problem"]

    async def mended(self):
        await self.until(lambda state: not state["problem"])


@contextmanager
def started(book):
    preview = Preview(book)
    try:
        yield preview
    finally:
        if preview.process.poll() is None:
            preview.process.send_signal(signal.SIGINT)
        try:
            preview.process.wait(60)
        finally:
            preview.process.kill()


def save(book, name, text):
    """Replace a file at once, as many editors do: it is one change."""
    new = book.root / "new"
    new.write_text(text)
    new.replace(book.root / name)


def test_a_save_executes_and_shows_what_it_touched(make_book):
    book = make_book({"index": INDEX, "one": ONE, "two": TWO})

    async def author(preview):
        async with (
            preview.viewer("book/one") as one,
            preview.viewer("book/two") as two,
        ):
            await one.reloaded()  # there was no page before the first build
            await two.reloaded()
            assert sorted(book.executed()) == ["one", "two"]
            book.write("book/one", ONE.replace("Prose.", "Edited prose."))
            await one.reloaded()
            assert "Edited prose." in one.html and "_preview/" in one.html
            on_disk = (book.root / "_build/html/book/one.html").read_text()
            assert "Edited prose." in on_disk and "_preview" not in on_disk
            assert book.executed() == []
            book.write("book/one", ONE.replace("print(1)", "print(6 * 7)"))
            await one.reloaded()
            assert ">42\n<" in one.html
            assert book.executed() == ["one"]
            # What happened to the other page was none of this one's business.
            state = await two.until(lambda state: two.builds == 2)
            assert not state["reload"] and not state["problem"]
            module = book.root / "d2l/metrics.py"
            module.write_text(module.read_text().replace('"""', '"""New: ', 1))
            await two.reloaded()
            assert "New: " in two.html
            assert book.executed() == ["two"]

    with started(book) as preview:
        asyncio.run(author(preview))
        assert "saved book/one.md" in preview.printed
        assert "saved d2l/metrics.py" in preview.printed


def test_an_error_is_shown_and_survived(make_book):
    book = make_book({"index": INDEX, "one": ONE, "two": TWO})
    files = {
        name: (book.root / name).read_text()
        for name in ("_config.yml", "d2l/metrics.py", "book/one.md")
    }

    async def author(preview):
        async with preview.viewer("book/index") as index:
            await index.reloaded()
            for name, broken, error in (
                ("book/one.md", ONE + cell("1 / 0"), "ZeroDivisionError"),
                ("book/one.md", ONE + "{ref}`nowhere`", "undefined label"),
                ("_config.yml", "title: [", "title: ["),
                ("d2l/metrics.py", "def (", "metrics.py"),
                ("book/one.md", None, "book/one"),
            ):
                path = book.root / name
                path.write_text(broken) if broken else path.unlink()
                assert error in await index.problem()
                wait_for(lambda error=error: error in preview.printed)
                path.write_text(files[name])
                await index.mended()

    with started(book) as preview:
        asyncio.run(author(preview))


def test_a_warning_does_not_keep_a_page_from_being_shown(make_book):
    book = make_book({"index": INDEX, "one": "# One\n"})

    async def author(preview):
        async with preview.viewer("book/one") as one:
            await one.reloaded()
            book.write("book/one", "# One\n\nMore. {ref}`nowhere`\n")
            state = await one.until(lambda state: state["problem"])
            assert state["reload"]
            assert "undefined label: 'nowhere'" in state["problem"]
            assert "More." in await preview.get("book/one")

    with started(book) as preview:
        asyncio.run(author(preview))


def test_saves_during_a_build_lead_to_one_more(make_book):
    book = make_book({"index": INDEX, "one": "# One\n", "waits": WAITS})

    async def author(preview):
        async with preview.viewer("book/one") as one:
            await asyncio.to_thread(wait_for, lambda: book.executed())
            for i in range(3):
                save(book, "book/one.md", f"# One\n\nSave {i}.\n")
                wait_for(lambda i=i: preview.printed.count("saved") > i)
            (book.root / "go").touch()
            await asyncio.to_thread(
                wait_for, lambda: preview.printed.count("built in") == 2
            )
            assert "Save 2." in await preview.get("book/one")
            await one.reloaded()
            for i in range(3, 6):
                save(book, "book/one.md", f"# One\n\nSave {i}.\n")
                await one.reloaded()
                assert f"Save {i}." in one.html
            await asyncio.to_thread(
                wait_for, lambda: preview.printed.count("built in") >= 5
            )
            assert preview.printed.count("built in") == 5
            async with preview.viewer("book/one") as idle:
                await idle.until(lambda _: True)
                assert idle.builds == 0

    with started(book) as preview:
        asyncio.run(author(preview))


def test_only_the_site_is_served_and_only_to_this_machine(make_book):
    book = make_book({"index": INDEX, "waits": WAITS})
    site = book.root / "_build/html"
    site.mkdir(parents=True)
    for name in ("secret.html", "secret.txt"):
        (site.parent / name).write_text("secret")
        (site / f"open-{name}").write_text("open")
    with started(book) as preview:

        def get(path):
            connection = http.client.HTTPConnection("127.0.0.1", preview.port)
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

        for name in ("secret.html", "secret.txt"):
            assert get(f"/open-{name}")[0] == 200
            for path in (
                *(f"/../{name}", f"/%2e%2e/{name}", f"/..%2f{name}"),
                *(f"/book/../../{name}", f"//..//{name}", f"/./../{name}"),
                f"/{site.parent}/{name}",
                f"/%2f{site.parent}/{name}",
            ):
                status, text = get(path)
                assert status != 200 and "secret" not in text, path
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", preview.port), timeout=10)
        second = book.run("preview", "--port", str(preview.port))
        assert second.returncode == 1
        assert f"error: port {preview.port} can't be used" in second.stderr
        assert "make preview PORT=" in second.stderr


def test_it_ends_cleanly_in_the_middle_of_a_build(make_book):
    book = make_book({"index": INDEX, "waits": WAITS})
    with started(book) as preview:
        wait_for(book.executed)
        others = psutil.Process(preview.process.pid).children(recursive=True)
        assert len(others) >= 3  # the forking process, a build, its kernel
        preview.process.send_signal(signal.SIGINT)
        assert preview.process.wait(60) == 0
        assert psutil.wait_procs(others, timeout=60)[1] == []
        assert "Traceback" not in preview.printed


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_a_browser_stays_at_its_place_and_shows_errors(make_book):
    long = "# One\n\n" + "A paragraph.\n\n" * 200 + "## Far\n\nHere.\n\n"
    long += "Another paragraph.\n\n" * 200
    book = make_book({"index": INDEX, "one": long, "two": "# Two\n"})
    with started(book) as preview, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS)
        )
        page = browser.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        expect.set_options(timeout=1000 * PATIENCE)
        page.goto(f"{preview.url}book/one.html")
        article = page.locator("article")
        expect(article).to_contain_text("Here.")
        page.evaluate("history.replaceState(null, '', '#far')")
        page.evaluate("scrollTo({top: 1234, behavior: 'instant'})")
        page.wait_for_function("scrollY === 1234")
        book.write("book/one", long.replace("Here.", "Edited."))
        expect(article).to_contain_text("Edited.")
        page.wait_for_function("scrollY === 1234")
        assert page.url.endswith("/book/one.html#far")
        # Another page is saved: nothing happens here.
        page.evaluate("window.same = true")
        book.write("book/two", "# Two\n\nNew.\n")
        wait_for(lambda: preview.printed.count("built in") >= 3)
        assert page.evaluate("window.same && scrollY") == 1234
        alert = page.get_by_role("alert")
        expect(alert).to_be_hidden()
        book.write("book/two", FRONT + "# Two\n\n" + cell("1 / 0"))
        expect(alert).to_be_visible()
        expect(alert).to_contain_text("ZeroDivisionError")
        book.write("book/two", "# Two\n\nMended.\n")
        expect(alert).to_be_hidden()
        assert page.evaluate("window.same && scrollY") == 1234
        browser.close()


def test_output_is_kept_as_a_terminal_would_show_it():
    text = (
        "\x1b[91mred\x1b[0m\r\n\r  0%\r      \rdone\n\r 50%\r100%\n\n\n\n.\n"
    )
    assert plain(text) == "red\ndone\n100%\n\n."
