"""Results from a site, asked from a real web server on this machine."""

import hashlib
import json
import os
import threading
import time
import zipfile
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tooling.execution import download as downloads
from tooling.execution import published
from tooling.source.book import Book

KEYS = ["a" * 64, "b" * 64, "c" * 64]
CONTENTS = {KEYS[0]: b"first " * 9000, KEYS[1]: b"second"}


class Server:
    """Serves files by name; `ways` says for which ones it misbehaves."""

    def __init__(self, files):
        self.files = files
        self.ways = {}
        self.asked = []
        self.ended = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                outer.asked.append(name)
                content = outer.files.get(name)
                with suppress(OSError):  # the other side has left
                    if content is None:
                        self.send_error(404)
                    else:
                        outer.ways.get(name, whole)(self, outer, content)

            def log_message(self, *arguments):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        serve = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        serve.start()

    def stop(self):
        self.ended.set()
        self.http.shutdown()
        self.http.server_close()


def begin(handler, length):
    handler.send_response(200)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def whole(handler, server, content):
    begin(handler, len(content))
    handler.wfile.write(content)


def cut_off(handler, server, content):
    begin(handler, len(content))
    handler.wfile.write(content[: len(content) // 2])


def shorter(handler, server, content):
    whole(handler, server, content[: len(content) // 2])


def one_bit(handler, server, content):
    middle = len(content) // 2
    changed = bytes([content[middle] ^ 1])
    whole(handler, server, content[:middle] + changed + content[middle + 1 :])


def hangs(handler, server, content):
    server.ended.wait()


def drips(handler, server, content):
    begin(handler, len(content))
    while not server.ended.wait(0.02):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def drips_headers(handler, server, content):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
    while not server.ended.wait(0.02):
        handler.wfile.write(b"x")


def stops_in_the_middle(handler, server, content):
    cut_off(handler, server, content)
    server.ended.wait()


def leads_away(handler, server, content):
    handler.send_response(302)
    handler.send_header("Location", "/elsewhere.json")
    handler.end_headers()


def endless(handler, server, content):
    handler.send_response(200)
    handler.end_headers()
    while not server.ended.is_set():
        handler.wfile.write(b"x" * 2**16)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    results = {k: (f"page{k[0]}", 9.0, c) for k, c in CONTENTS.items()}
    published.write(folder, results)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def server(files, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(downloads, "PATIENCE", 0.5)
    started = Server({**files, "elsewhere.json": files[published.LIST]})
    started.memory = tmp_path / "answer.json"
    yield started
    started.stop()


def fetch(server, wanted):
    return published.fetch(server.url, wanted, server.memory)


def test_only_what_is_wanted_is_taken(server):
    assert fetch(server, {*KEYS}) == CONTENTS
    assert fetch(server, {KEYS[1]}) == {KEYS[1]: b"second"}


def test_a_site_is_not_asked_at_each_build(server, capsys):
    server.ways[published.FILE] = cut_off
    for _ in range(2):
        assert fetch(server, {*KEYS}) == {}
    assert server.asked == [published.LIST, published.FILE]
    assert len(capsys.readouterr().err.splitlines()) == 2
    del server.ways[published.FILE]
    long_ago = time.time() - 2 * published.ASK_AGAIN
    os.utime(server.memory, (long_ago, long_ago))
    assert fetch(server, {*KEYS}) == CONTENTS
    assert fetch(server, {KEYS[2]}) == {}
    assert server.asked == [published.LIST, published.FILE] * 2
    # Another site is another matter, and so is a memory that is damaged.
    other = server.url.replace("127.0.0.1", "localhost")
    assert published.fetch(other, {KEYS[2]}, server.memory) == {}
    server.memory.write_text("[")
    assert fetch(server, {KEYS[2]}) == {}
    assert server.asked[4:] == [published.LIST] * 2


def test_the_file_is_not_fetched_in_vain(server):
    assert fetch(server, {KEYS[2]}) == {}
    assert server.asked == [published.LIST]


def test_the_file_is_not_fetched_where_executing_is_quicker(server):
    listed = json.loads(server.files[published.LIST])
    listed["entries"][KEYS[0]]["seconds"] = 1e-9
    server.files[published.LIST] = json.dumps(listed).encode()
    assert fetch(server, {KEYS[0]}) == {}
    assert server.asked == [published.LIST]


BAD = [
    cut_off,
    shorter,
    one_bit,
    hangs,
    drips,
    drips_headers,
    stops_in_the_middle,
    leads_away,
    endless,
]


@pytest.mark.parametrize("way", BAD, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", [published.LIST, published.FILE])
def test_a_bad_answer_gives_nothing_and_one_line(server, name, way, capsys):
    server.ways[name] = way
    assert fetch(server, {*KEYS}) == {}
    error = capsys.readouterr().err.splitlines()
    assert len(error) == (1 if name == published.LIST else 2)
    assert server.url in error[-1] and name in error[-1]
    assert "elsewhere.json" not in server.asked
    waits = ("hangs", "drips", "drips_headers", "stops_in_the_middle")
    if way.__name__ in waits:
        assert "Timeout" in error[-1] or "less than" in error[-1]


def test_without_a_server_there_is_one_line(server, capsys):
    server.stop()
    assert fetch(server, {*KEYS}) == {}
    [line] = capsys.readouterr().err.splitlines()
    assert "none from the site" in line and "Connection" in line


def test_a_site_without_results_says_so(server, capsys):
    server.files.clear()
    assert fetch(server, {*KEYS}) == {}
    assert "HTTP status 404" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("where", "field", "value"),
    [
        ("entry", "sha256", "0" * 64),
        ("entry", "size", 5),
        ("entry", "size", -1),
        ("entry", "size", 2**40),
        ("entry", "size", "large"),
        ("file", "sha256", "0" * 64),
        ("file", "size", -1),
        ("file", "size", 2**40),
        ("file", "size", 10),
    ],
)
def test_a_list_that_lies_gives_nothing(server, where, field, value, capsys):
    listed = json.loads(server.files[published.LIST])
    about = listed["file"] if where == "file" else listed["entries"][KEYS[0]]
    about[field] = value
    server.files[published.LIST] = json.dumps(listed).encode()
    assert fetch(server, {*KEYS}) == {}
    assert capsys.readouterr().err.count(server.url) >= 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'{"entries": 3}',
        json.dumps({"entries": {KEYS[0]: {}}}).encode(),
        b"[" * 10**5,
    ],
)
def test_what_is_no_list_gives_nothing(server, content, capsys):
    server.files[published.LIST] = content
    assert fetch(server, {*KEYS}) == {}
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bomb_is_not_unpacked(server, files, tmp_path, monkeypatch, capsys):
    """A file whose entry is larger than listed, and its hash is right."""
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{KEYS[0]}.json", bytes(2**24))
        packed.writestr("../outside", b"outside")
    server.files[published.FILE] = bomb.read_bytes()
    listed = json.loads(files[published.LIST])
    listed["file"]["size"] = bomb.stat().st_size
    sha256 = hashlib.sha256(bomb.read_bytes()).hexdigest()
    listed["file"]["sha256"] = sha256
    server.files[published.LIST] = json.dumps(listed).encode()
    read = []
    original = zipfile.ZipExtFile.read

    def watched(self, n=-1):
        read.append(n)
        return original(self, n)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", watched)
    monkeypatch.chdir(tmp_path)
    assert fetch(server, {KEYS[0]}) == {}
    assert "SHA-256" in capsys.readouterr().err
    assert read == [len(CONTENTS[KEYS[0]]) + 1]
    assert not (tmp_path.parent / "outside").exists()


def test_two_sites_of_the_same_results_are_the_same_bytes(files, tmp_path):
    results = {k: (f"page{k[0]}", 9.0, CONTENTS[k]) for k in KEYS[1::-1]}
    published.write(tmp_path, results)
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert again == files


def test_what_nobody_would_take_is_not_published(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(published, "ENTRY_LIMIT", 10)
    results = {k: (f"page{k[0]}", 9.0, c) for k, c in CONTENTS.items()}
    published.write(tmp_path, results)
    assert "pagea is too large" in capsys.readouterr().err
    listed = json.loads((tmp_path / published.LIST).read_text())
    assert [*listed["entries"]] == [KEYS[1]]
    monkeypatch.setattr(published, "FILE_LIMIT", 10)
    with pytest.raises(ValueError, match="a clone takes at most 10"):
        published.write(tmp_path, results)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("true", "https://them.github.io/book/"),
        ("false", None),
        ("https://example.org/other", "https://example.org/other/"),
        ("http://localhost:8000", "http://localhost:8000/"),
    ],
)
def test_one_setting_names_the_site(tmp_path, monkeypatch, setting, expected):
    monkeypatch.delenv("D2L_OFFLINE", raising=False)
    monkeypatch.delenv("D2L_REPOSITORY", raising=False)
    (tmp_path / "_config.yml").write_text(
        "repository: {url: 'https://github.com/them/book'}\n"
        f"sphinx: {{config: {{shared_results: {setting}}}}}\n"
    )
    assert published.address(Book(tmp_path)) == expected
    monkeypatch.setenv("D2L_OFFLINE", "1")
    assert published.address(Book(tmp_path)) is None


def test_outputs_come_only_by_a_safe_connection(tmp_path, monkeypatch):
    monkeypatch.delenv("D2L_OFFLINE", raising=False)
    (tmp_path / "_config.yml").write_text(
        "sphinx: {config: {shared_results: 'http://example.org'}}\n"
    )
    with pytest.raises(ValueError, match="begins with https://"):
        published.address(Book(tmp_path))
