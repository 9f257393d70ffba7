"""Live code in a browser, against real Jupyter servers on this machine."""

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.tooling.conftest import FRONT, PATIENCE, cell, wait_for
from tests.tooling.test_preview import CHROMIUM, FLAGS
from tooling.serving.reloading import bind
from tooling.source.book import Book
from tooling.website.live import binder

TAGGED = ":tags: [{}]\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
ONE = (
    FRONT
    + "# One\n\n"
    + cell("x = 20")
    + cell('print(x + 1)\n"""<b>&amp;</b>"""')
    + cell("hidden = x + 100", TAGGED.format("remove-cell"))
    + cell("print(hidden)", TAGGED.format("remove-input"))
    + cell("folded = hidden", TAGGED.format("hide-input"))
    + cell("from pathlib import Path\n\nprint(Path.cwd().name, folded)")
    + cell('assert x < 50, "It is small."', TAGGED.format("claim"))
    + cell(
        "from IPython.display import SVG, Markdown, display\n\n"
        f"display(SVG('{SVG}'))\n"
        "display(Markdown('> **Note.** A *word* & `code`.'))\n"
        "print('wide ' * 99)",
        "---\nmystnb:\n  image: {alt: A dot.}\n---",
    )
)
PAGES = {"index": "# Index\n", "one": ONE}
CELLS = 8  # of the page
# What a kernel would say at its end, and what it would leave behind.
LAST_WORDS = "import atexit, sys; atexit.register(sys.__stderr__.write, 'Bye')"
CHILD = "import subprocess; subprocess.Popen(['sleep', '900'])"
SITE = "/site/book/one.html"

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def book(make_shared_book):
    made = make_shared_book(PAGES)
    done = made.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@contextmanager
def make_live(book):
    """Run what `make live` runs; yield its process and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tooling", "live", "--port", "0"],
        cwd=book.root,
        env=book.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(60)


@contextmanager
def jupyter(book, origin):
    """Run a server as a reader would; yield its address, with the token."""
    (socket,) = bind(0, "")
    port = socket.getsockname()[1]
    socket.close()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_server", "--allow-root"),
            *(f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1"),
            *("--IdentityProvider.token=secret", "--no-browser"),
            f"--ServerApp.allow_origin={origin}",
        ],
        cwd=book.root,
        env=book.environment | {"JUPYTER_NO_CONFIG": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(lambda: status(f"{address}api/status?token=secret") == 200)
        yield f"{address}lab?token=secret"
    finally:
        process.kill()  # Asked politely, it may wait for a kernel for ever.
        process.wait(60)


@contextmanager
def published(book):
    """Serve the site as a plain web server would; yield its address."""
    folder = str(book.root / "_build/html")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = partial(Quiet, directory=folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def status(address):
    try:
        return urllib.request.urlopen(address, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@contextmanager
def opened():
    """Yield a page of a browser that notes what it asks for and complains."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS)
        )
        page = browser.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        expect.set_options(timeout=1000 * PATIENCE)
        page.asked, page.errors = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on(
            "console",
            lambda m: m.type == "error" and page.errors.append(m.text),
        )
        yield page
        browser.close()


def press(page):
    """Press the button, by the keyboard; return what is said of it."""
    page.get_by_role("button", name="Live code").press("Enter")
    return page.locator(".live-status")


def editors(page):
    return page.evaluate(
        "[...document.querySelectorAll('.CodeMirror')]"
        ".map((editor) => editor.CodeMirror.getValue())"
    )


def run(page, number):
    page.get_by_role("button", name=f"Run cell {number}", exact=True).click()


def output(page, number):
    return page.locator(f"#live-{number}-output")


def write(page, number, code):
    """Replace the code of a cell, by the keyboard."""
    page.get_by_label(f"Code of cell {number}.").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(code)


def test_a_page_loads_nothing_and_knows_its_cells(book):
    site = book.root / "_build/html"
    index = (site / "book/index.html").read_text()
    assert "live-code" not in index and "thebe" not in index
    one = (site / "book/one.html").read_text()
    script = re.compile(r'<script type="application/json" id="live-code">.*')
    (found,) = script.findall(one)
    assert "thebe" not in script.sub("", one).replace("btn-launch-thebe", "")
    assert "live.js" not in one  # it is in the script of all pages
    assert "window.liveCode =" in (site / "_static/book.js").read_text()
    settings = json.loads(re.sub("<.*?>", "", found))
    assert settings["path"] == "book/one.ipynb"
    assert settings["cells"] == [
        *(None, None),
        {"source": "hidden = x + 100", "placed": False},
        {"source": "print(hidden)", "placed": True},
        *(None, None, None, None),
    ]
    for address in settings["files"].values():
        assert (site / "book" / address.partition("?")[0]).is_file()
    assert not list(site.glob("_static/sphinx-thebe*"))


def test_binder_finds_the_notebooks_of_any_repository():
    assert binder("https://github.com/owner/name/") == {
        "repo": "owner/name",
        "repoProvider": "github",
        "ref": "notebooks",
    }
    other = binder("https://codeberg.org/owner/name")
    assert other["repo"] == "https://codeberg.org/owner/name"
    assert other["repoProvider"] == "git"


def test_cells_are_edited_and_run_where_the_site_is_served(book):
    with make_live(book) as (process, url), opened() as page:
        site, token = url.split("/site/?token=")
        assert (
            status(site + SITE) != 200
            or "password"
            in urllib.request.urlopen(site + SITE).read().decode()
        )
        page.goto(url)  # the cookie lets the browser in from now on
        page.wait_for_url("**/book/index.html")
        page.goto(site + SITE)
        page.wait_for_load_state("networkidle")
        assert not [address for address in page.asked if "thebe" in address]
        page.errors.clear()  # the theme complains of its own settings

        said = press(page)
        expect(said).to_contain_text("Connected to 127.0.0.1")
        source = Book(book.root).page("book/one").notebook.cells
        sources = [c.source for c in source if c.cell_type == "code"]
        assert len(sources) == CELLS
        assert editors(page) == sources[:2] + sources[4:]

        # Edited and run by the keyboard; the next cell sees the variable.
        write(page, 1, "x = 41")
        page.keyboard.press("Shift+Enter")
        expect(page.get_by_label("Code of cell 2.")).to_be_focused()
        page.keyboard.press("Shift+Enter")
        expect(output(page, 2)).to_contain_text("42")
        expect(page.get_by_text("21", exact=True)).to_be_hidden()
        page.keyboard.press("Escape")

        # A cell needs one above that did not run, and says so.
        run(page, 6)
        expect(said).to_contain_text("“Run to here” does that")
        button = page.get_by_role("button", name="Run to here: all")
        button.nth(3).click()
        expect(output(page, 6)).to_contain_text("book 141")
        expect(output(page, 4)).to_contain_text("141")  # its code is not shown

        # All; and then a claim that no longer holds.
        page.get_by_role("button", name="Run all").click()
        expect(said).to_contain_text("All have run")
        assert page.locator("[data-live=done]").count() == CELLS - 1
        mark = page.locator(".claim-mark")
        expect(mark).to_have_text("✓")
        assert (
            page.locator(".live-output img").get_attribute("alt") == "A dot."
        )
        expect(output(page, 8).locator("blockquote em")).to_have_text("word")
        found = Axe().run(
            page, options={"resultTypes": ["violations"], "preload": False}
        )
        assert [
            (v["id"], [node["html"] for node in v["nodes"]])
            for v in found.response["violations"]
            if v["impact"] in ("serious", "critical")
        ] == []
        write(page, 1, "x = 60")
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")
        page.locator("summary", has_text="How this was checked").click()
        run(page, 7)
        expect(mark).to_have_text("✗")
        expect(said).to_contain_text("Cell 7 stopped with AssertionError")
        page.get_by_role("button", name="Restore the code of cell 1").click()
        assert editors(page)[0] == "x = 20"

        # A cell that never ends is stopped; a kernel that dies is told of.
        write(page, 1, "while True: pass")
        run(page, 1)
        expect(said).to_contain_text("Cell 1 runs")
        page.get_by_role("button", name="Stop").click()
        expect(said).to_contain_text("Stopped.")
        assert page.errors == []
        assert all(a.startswith((site, "data:", "blob:")) for a in page.asked)

        # Whoever leaves the page leaves no kernel behind, nor what it started.
        write(page, 1, CHILD)
        run(page, 1)
        expect(said).to_contain_text("has run")
        others = psutil.Process(process.pid).children(recursive=True)
        assert ["sleep", "900"] in [other.cmdline() for other in others]
        sessions = f"{site}/api/sessions?token={token}"
        assert len(json.load(urllib.request.urlopen(sessions))) == 1
        page.reload()
        wait_for(lambda: not json.load(urllib.request.urlopen(sessions)))
        assert psutil.wait_procs(others, timeout=60)[1] == []

        # The server goes, without a word.
        expect(press(page)).to_contain_text("Connected")
        write(page, 1, LAST_WORDS)
        run(page, 1)
        expect(said).to_contain_text("has run")
        others = psutil.Process(process.pid).children(recursive=True)
        assert others
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert psutil.wait_procs(others, timeout=60)[1] == []
        says = "shows the site, whose code runs here; Ctrl-C ends\n"
        assert process.stdout.read() == says
        expect(said).to_contain_text("connection to the server is lost")
        run(page, 1)
        expect(said).to_contain_text("No server answers at 127.0.0.1")


def test_a_published_site_uses_binder_or_the_server_of_its_reader(book):
    build = "https://mybinder.org/build/gh/do-to-learn/do-to-learn/notebooks"
    with (
        published(book) as site,
        jupyter(book, site) as own,
        opened() as page,
    ):
        address, _, token = own.partition("lab?token=")
        messages = (
            {"phase": "building", "message": "Step 1"},
            {"phase": "ready", "message": "", "url": address, "token": token},
        )
        page.route(
            "https://mybinder.org/**",
            lambda route: route.fulfill(
                content_type="text/event-stream",
                headers={"Access-Control-Allow-Origin": "*"},
                body="".join(f"data: {json.dumps(m)}\n\n" for m in messages),
            ),
        )
        page.goto(f"{site}/book/one.html")
        said = press(page)
        host = address.split("/")[2]
        expect(said).to_contain_text(f"Connected to {host}")
        assert page.asked.count(build) == 1
        page.get_by_role(
            "button", name="Run to here: all cells up to 6"
        ).click()
        expect(output(page, 6)).to_contain_text("book 120")

        def choose(where, button="Use this server"):
            page.get_by_role("button", name="Server …").click()
            page.get_by_label("Its address").fill(where)
            page.get_by_role("button", name=button).click()

        choose(f"{address}?token=wrong")
        expect(said).to_contain_text(f"{host} refuses this token")
        choose(site)
        expect(said).to_contain_text("No Jupyter server answers")
        choose("http://127.0.0.1:1/")
        expect(said).to_contain_text(f"allow_origin={site}")
        choose(own)
        expect(said).to_contain_text(f"Connected to {host}")
        # It is remembered for the other pages.
        page.reload()
        expect(press(page)).to_contain_text(f"Connected to {host}")
        run(page, 1)
        run(page, 2)
        expect(output(page, 2)).to_contain_text("21")
        assert page.asked.count(build) == 1
        choose("", "Use the default")
        expect(said).to_contain_text(f"Connected to {host}")
        assert page.evaluate("sessionStorage.getItem('live-server')") is None


def test_editors_that_can_not_be_loaded_are_told_of_and_tried_again(book):
    with published(book) as site, opened() as page:
        page.route("**/thebe/index.js*", lambda route: route.abort())
        page.goto(f"{site}/book/one.html")
        expect(press(page)).to_contain_text("could not be loaded")
        page.unroute("**/thebe/index.js*")
        page.route("https://mybinder.org/**", lambda route: route.abort())
        expect(press(page)).to_contain_text("Binder gave no server")
        assert page.locator(".CodeMirror").count() == CELLS - 2
