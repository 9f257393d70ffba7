"""Downloads from a real web server on this machine."""

import hashlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pooch  # noqa: F401  # while whoever runs the tests may still read it
import pytest
import requests

from d2l.data import downloads
from d2l.data.catalogue import DataFile, DataSet
from d2l.data.downloads import expect, fetch, prepare

CONTENT = {"a.bin": os.urandom(50_000), "b.bin": b"second file\n" * 100}
FILES = tuple(
    DataFile(name, hashlib.sha256(content).hexdigest(), len(content))
    for name, content in CONTENT.items()
)
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def whole(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def truncated(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def shortened(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    whole(handler, body[:-1])


def login_page(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    whole(handler, b"<html>Please log in</html>")


def garbled(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    whole(handler, body[:-1] + bytes([body[-1] ^ 1]))


def missing(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_error(404)


class Server:
    """Serves `CONTENT` under a path of its own, in the way of `answer`."""

    def __init__(self, path: str, answer: Answer = whole) -> None:
        self.answer = answer
        self.requests: list[str] = []
        self.paths: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                outer.requests.append(name)
                outer.paths.append(self.path)
                outer.answer(self, CONTENT[name])

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/{path}/"
        threading.Thread(
            target=self.http.serve_forever, args=(0.01,), daemon=True
        ).start()

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def serve(request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Answer = whole) -> Server:
        path = re.sub(r"\W", "_", f"{request.node.name}{len(servers)}")
        servers.append(Server(path, answer))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder; downloads allowed, from this machine only."""
    monkeypatch.setenv("D2L_DATA", str(tmp_path))
    monkeypatch.delenv("D2L_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put one data set, `shapes`, into the catalogue."""

    def put(*urls: str) -> None:
        dataset = DataSet("shapes", urls, FILES, "none", "nobody1900")
        monkeypatch.setattr(downloads, "CATALOGUE", {"shapes": dataset})

    return put


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/nobody/"


def holdings(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


WHOLE = {f"shapes/{name}": content for name, content in CONTENT.items()}


def test_downloads_verifies_and_keeps(serve, folder, offer) -> None:
    server = serve()
    offer(server.url)
    paths = fetch("shapes")
    assert paths == {name: folder / "shapes" / name for name in CONTENT}
    assert holdings(folder) == WHOLE, "and no temporary file stays behind"
    assert server.requests == list(CONTENT)
    assert fetch("shapes") == paths and prepare("shapes") == "real"
    assert server.requests == list(CONTENT), "downloaded once only"
    server.stop()
    assert fetch("shapes") == paths, "no server needed any more"


def test_files_are_readable_by_those_who_share_the_folder(
    serve, folder, offer
) -> None:
    offer(serve().url)
    for path in fetch("shapes").values():
        assert path.stat().st_mode & 0o777 == 0o644


def test_only_what_is_missing_is_downloaded(serve, folder, offer) -> None:
    server = serve()
    offer(server.url)
    (folder / "shapes").mkdir()
    (folder / "shapes" / "a.bin").write_bytes(CONTENT["a.bin"])
    fetch("shapes")
    assert server.requests == ["b.bin"]
    assert holdings(folder) == WHOLE


def damaged(kind: str, content: bytes) -> bytes:
    return {
        "empty": b"",
        "truncated": content[:1000],
        "longer": content + b"\0",
        "one bit": bytes([content[0] ^ 1]) + content[1:],
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "truncated", "longer", "one bit"])
def test_a_damaged_file_is_downloaded_again(
    serve, folder, offer, kind: str
) -> None:
    server = serve()
    offer(server.url)
    fetch("shapes")
    victim = folder / "shapes" / "a.bin"
    victim.write_bytes(damaged(kind, CONTENT["a.bin"]))
    fetch("shapes")
    assert server.requests == ["a.bin", "b.bin", "a.bin"]
    assert holdings(folder) == WHOLE


@pytest.mark.parametrize("kind", ["empty", "truncated", "longer", "one bit"])
def test_a_damaged_file_without_network_is_an_error_that_helps(
    folder, offer, kind: str
) -> None:
    offer(closed_port())
    (folder / "shapes").mkdir()
    victim = folder / "shapes" / "a.bin"
    victim.write_bytes(damaged(kind, CONTENT["a.bin"]))
    with pytest.raises(ValueError) as error:
        fetch("shapes")
    message = str(error.value)
    assert str(victim) in message and "damaged" in message
    assert "Delete it" in message and "D2L_DATA=twins" in message
    evidence = "SHA-256" if kind == "one bit" else "50,000"
    assert evidence in message
    assert victim.exists(), "nothing is deleted behind the reader's back"


@pytest.mark.parametrize("answer", [truncated, missing])
def test_a_broken_transfer_leaves_nothing_and_gives_the_twin(
    serve, folder, offer, answer: Answer
) -> None:
    offer(serve(answer).url)
    assert fetch("shapes") is None and prepare("shapes") == "twin"
    assert holdings(folder) == {}


@pytest.mark.parametrize("answer", [login_page, garbled, shortened])
def test_wrong_bytes_are_an_error_that_helps(
    serve, folder, offer, answer: Answer
) -> None:
    server = serve(answer)
    offer(server.url)
    with pytest.raises(ValueError) as error:
        fetch("shapes")
    message = str(error.value)
    assert str(folder / "shapes" / "a.bin") in message
    assert server.url in message and "D2L_DATA=twins" in message
    assert holdings(folder) == {}


@pytest.mark.parametrize("answer", [truncated, missing, garbled])
def test_the_next_server_is_asked(
    serve, folder, offer, answer: Answer
) -> None:
    first, second = serve(answer), serve()
    offer(first.url, closed_port(), second.url)
    fetch("shapes")
    assert holdings(folder) == WHOLE
    assert second.requests == list(CONTENT)


@pytest.mark.parametrize("answer", [truncated, missing, garbled])
def test_a_failed_download_never_replaces_a_file(
    serve, folder, offer, answer: Answer
) -> None:
    offer(serve(answer).url)
    (folder / "shapes").mkdir()
    (folder / "shapes" / "a.bin").write_bytes(b"old")
    with pytest.raises(ValueError, match="damaged"):
        fetch("shapes")
    assert holdings(folder) == {"shapes/a.bin": b"old"}


def test_a_server_that_is_down_gives_the_twin(folder, offer) -> None:
    offer(closed_port(), closed_port())
    assert fetch("shapes") is None


def test_a_name_that_does_not_exist_gives_the_twin(folder, offer) -> None:
    offer("http://no-such-host.invalid/")
    assert fetch("shapes") is None


class Dripper:
    """Sends some bytes, and then what drips, one at a time, without an end.

    Each byte comes in time, so that no single wait is too long. A client
    that does not give up waits for ever, and the test's own limit ends it.
    """

    def __init__(self, start: bytes, drips: bytes) -> None:
        self.start, self.drips, self.asked = start, drips, 0
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/drip/"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.asked += 1
                with connection, suppress(OSError):
                    connection.sendall(self.start)
                    while True:
                        connection.sendall(self.drips)
                        time.sleep(0.05)

    def __enter__(self) -> "Dripper":
        return self

    def __exit__(self, *error: object) -> None:
        self.listener.close()


SLOW = {
    "silent": (b"", b"", "no answer within 0.5 s"),
    "head drips": (b"HTTP/1.0 200 OK\r\nX: ", b"x", "no answer"),
    "body drips": (
        b"HTTP/1.0 200 OK\r\nContent-Length: 50000\r\n\r\n" + b"x" * 20_000,
        b"x",
        r"given up, slower than \d+ bytes/s",
    ),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", SLOW)
def test_a_server_that_is_too_slow_is_given_up_said_and_not_asked_again(
    folder, offer, monkeypatch, kind: str
) -> None:
    monkeypatch.setattr(downloads, "PATIENCE", 0.5)
    start, drips, complaint = SLOW[kind]
    with Dripper(start, drips) as server:
        offer(server.url)
        for _ in range(5):
            assert fetch("shapes") is None
        assert server.asked == 1
        with pytest.warns(UserWarning, match=f"a.bin: {complaint}"):
            downloads.announce_twin("shapes", "drawn squares")
    assert holdings(folder) == {}


def test_who_waits_gives_up_before_the_request_does(
    folder, offer, monkeypatch
) -> None:
    def silence(url: str, stream: bool, timeout: float) -> None:
        time.sleep(0.8 * timeout)  # as if its clock ran fast
        raise requests.ReadTimeout

    monkeypatch.setattr(downloads, "PATIENCE", 0.5)
    monkeypatch.setattr(downloads.requests, "get", silence)
    offer("http://127.0.0.1:9/")
    assert fetch("shapes") is None
    with pytest.warns(UserWarning, match=r"a.bin: no answer within 0.5 s"):
        downloads.announce_twin("shapes", "drawn squares")


@pytest.mark.timeout(60)
def test_after_a_slow_server_the_next_is_asked(
    serve, folder, offer, monkeypatch
) -> None:
    monkeypatch.setattr(downloads, "PATIENCE", 0.5)
    start, drips, _ = SLOW["body drips"]
    with Dripper(start, drips) as slow:
        offer(slow.url, serve().url)
        assert fetch("shapes") is not None
    assert holdings(folder) == WHOLE


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder in which nothing can be written, not even by root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        yield folder
        os.seteuid(user)
        folder.chmod(0o755)


def test_a_folder_without_write_permission_is_an_error_that_names_it(
    serve, folder, offer, monkeypatch, locked
) -> None:
    monkeypatch.setenv("D2L_DATA", str(locked))
    server = serve()
    offer(server.url)
    for _ in range(2):  # not remembered as a failure of the server
        with pytest.raises(ValueError) as error:
            fetch("shapes")
        assert str(locked / "shapes") in str(error.value)
        assert "permission denied" in str(error.value)
        assert "D2L_DATA=twins" in str(error.value)
    monkeypatch.setenv("D2L_DATA", str(folder))
    server.stop()


def test_an_unreachable_server_gives_the_twin_whatever_the_folder(
    folder, offer, monkeypatch, locked
) -> None:
    monkeypatch.setenv("D2L_DATA", str(locked))
    offer(closed_port())
    assert fetch("shapes") is None


def test_a_locked_folder_that_holds_everything_is_used(
    serve, folder, offer, monkeypatch
) -> None:
    offer(serve().url)
    paths = fetch("shapes")
    for path in (*paths.values(), folder / "shapes", folder):
        path.chmod(path.stat().st_mode & 0o555)
    offer(closed_port())
    assert fetch("shapes") == paths
    folder.chmod(0o755)
    (folder / "shapes").chmod(0o755)


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file may grow beyond 1,000 bytes, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_is_an_error_and_leaves_nothing(
    serve, folder, offer, no_room
) -> None:
    offer(serve().url)
    with pytest.raises(ValueError) as error:
        fetch("shapes")
    assert str(folder / "shapes") in str(error.value)
    assert "File too large" in str(error.value)
    assert "make room" in str(error.value)
    assert holdings(folder) == {}


def test_a_failure_is_remembered(serve, folder, offer) -> None:
    server = serve(missing)
    offer(server.url)
    for _ in range(3):
        assert fetch("shapes") is None
    assert server.requests == ["a.bin"]


def test_offline_asks_nobody(serve, folder, offer, monkeypatch) -> None:
    server = serve()
    offer(server.url)
    monkeypatch.setenv("D2L_OFFLINE", "1")
    assert fetch("shapes") is None and server.requests == []
    monkeypatch.delenv("D2L_OFFLINE")
    assert fetch("shapes") is not None, "and nothing is remembered of that"


def test_twins_on_request_ask_nobody(
    serve, folder, offer, monkeypatch
) -> None:
    server = serve()
    offer(server.url)
    fetch("shapes")
    monkeypatch.setenv("D2L_DATA", "twins")
    assert fetch("shapes") is None and prepare("shapes") == "twin"
    assert server.requests == list(CONTENT)


def test_a_folder_that_does_not_exist_is_an_error(
    folder, offer, monkeypatch
) -> None:
    offer(closed_port())
    nowhere = folder / "nowhere"
    monkeypatch.setenv("D2L_DATA", str(nowhere))
    with pytest.raises(ValueError, match=r"nowhere.*D2L_DATA=twins"):
        fetch("shapes")
    assert not nowhere.exists()
    (folder / "file").write_text("")
    monkeypatch.setenv("D2L_DATA", str(folder / "file"))
    with pytest.raises(ValueError, match="is not a folder"):
        fetch("shapes")


def test_home_is_understood(folder, offer, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("D2L_DATA", "~")
    assert downloads.data_folder() == folder


def test_without_d2l_data_a_cache_folder_is_made(
    serve, folder, offer, monkeypatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.delenv("D2L_DATA")
    offer(serve().url)
    paths = fetch("shapes")
    assert paths is not None
    assert paths["b.bin"].read_bytes() == CONTENT["b.bin"]
    assert folder / "cache" in paths["b.bin"].parents


def test_an_unknown_set_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"'mnist'.*fashion_mnist"):
        fetch("mnist")


def test_a_twin_is_announced() -> None:
    with pytest.warns(UserWarning, match="`shapes`.*drawn squares"):
        downloads.announce_twin("shapes", "drawn squares")


OTHER_PROCESS = f"""
import sys
from d2l.data import downloads
from d2l.data.catalogue import DataFile, DataSet
downloads.CATALOGUE = {{"shapes": DataSet(
    "shapes", (sys.argv[1],), {FILES!r}, "none", "nobody1900")}}
print(sorted(downloads.fetch("shapes") or []))
"""


def other_process(url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, url],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_two_processes_may_download_the_same_file(
    serve, folder, offer
) -> None:
    both = threading.Barrier(2, timeout=60)
    seen_half: list[bool] = []

    def together(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:600])
        if body is CONTENT["a.bin"]:
            both.wait()
            seen_half.append((folder / "shapes" / "a.bin").exists())
            both.wait()
        handler.wfile.write(body[600:])

    server = serve(together)
    processes = [other_process(server.url) for _ in range(2)]
    for process in processes:
        output, _ = process.communicate(timeout=100)
        assert output.strip() == str(list(CONTENT))
    assert server.requests.count("a.bin") == 2
    assert seen_half == [False, False], "half a file is nowhere to be seen"
    assert holdings(folder) == WHOLE


def test_a_killed_download_does_not_look_whole(serve, folder, offer) -> None:
    halfway, go = threading.Event(), threading.Event()

    def stuck(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:30_000])
        handler.wfile.flush()
        halfway.set()
        go.wait(60)

    server = serve(stuck)
    process = other_process(server.url)
    assert halfway.wait(60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    go.set()
    assert not (folder / "shapes" / "a.bin").exists()
    server.answer = whole
    offer(server.url)
    assert fetch("shapes") is not None
    assert WHOLE.items() <= holdings(folder).items()


def test_what_nobody_offers_can_be_put_there(folder, offer) -> None:
    offer()
    assert expect("shapes") == "twin" and fetch("shapes") is None
    for name, content in WHOLE.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    assert expect("shapes") == "real" and fetch("shapes") is not None
    (folder / "shapes/a.bin").write_bytes(b"half")
    with pytest.raises(ValueError, match=r"a.bin is damaged.*nobody offers"):
        fetch("shapes")


def test_files_may_lie_in_different_folders_of_a_server(
    serve, folder, monkeypatch
) -> None:
    server = serve()
    files = tuple(replace(file, folder=f"{file.name}s/") for file in FILES)
    dataset = DataSet("shapes", (server.url,), files, "none", "nobody1900")
    monkeypatch.setattr(downloads, "CATALOGUE", {"shapes": dataset})
    assert expect("shapes") == "real"
    assert fetch("shapes") is not None
    assert WHOLE.items() <= holdings(folder).items()
    ends = [path.split("/")[2:] for path in server.paths]
    assert ends == [["a.bins", "a.bin"]] * 2 + [["b.bins", "b.bin"]]


def test_what_would_be_used_is_told_without_a_download(
    serve, folder, offer, monkeypatch
) -> None:
    server = serve()
    offer(closed_port(), server.url)
    assert expect("shapes") == "real"
    assert holdings(folder) == {}
    monkeypatch.setenv("D2L_OFFLINE", "1")
    assert expect("shapes") == "twin"
    monkeypatch.delenv("D2L_OFFLINE")
    assert fetch("shapes") is not None
    offer(closed_port())
    assert expect("shapes") == "real"
    (folder / "shapes/a.bin").write_bytes(b"half")
    assert expect("shapes") == "twin"
    server.answer = missing
    offer(server.url)
    assert expect("shapes") == "twin"
    monkeypatch.setenv("D2L_DATA", "twins")
    assert expect("shapes") == "twin"
