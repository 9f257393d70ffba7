"""The check of the outside web, with a server of our own as the web."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.tooling.conftest import FRONT, logs


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200 if self.path == "/there" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()

    def log_message(self, *_):
        pass


@pytest.fixture
def web():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_broken_link_is_named_and_no_page_runs_again(make_book, web):
    text = FRONT + f"# Index\n\n[It]({web}/there) is there.\n\n{logs('index')}"
    book = make_book({"index": text})
    done = book.run("links")
    assert done.returncode == 0, done.stdout + done.stderr
    assert book.executed() == ["index"]
    book.write("book/index", text.replace("/there", "/gone"))
    done = book.run("links")
    assert done.returncode == 1
    assert f"{web}/gone" in done.stderr and "404" in done.stderr
    assert "index.md:8" in done.stderr
    assert book.executed() == []
