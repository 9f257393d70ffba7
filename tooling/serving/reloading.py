"""The server of the preview: pages that reload when a build changed them."""

import hashlib
import re
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from tornado import web, websocket
from tornado.netutil import bind_sockets

SCRIPT = Path(__file__).with_suffix(".js")
SHOWN = re.compile(rb'(?:src|href)="((?:\.\./)*_\w+/[^"?#]+)')  # _images/...
MISSING = "<!doctype html><title>Preview</title><p>There is no such page.</p>"


@dataclass
class State:
    """What the last build did, and who looks at the site.

    Args:
        site: folder of the pages.
        building: whether a build is running.
        problem: what the last build printed, if it failed.
        viewers: pages that are open in a browser.
    """

    site: Path
    building: bool = True
    problem: str = ""
    viewers: set["Viewer"] = field(default_factory=set)

    def tell(self) -> None:
        """Bring all viewers up to date."""
        for viewer in tuple(self.viewers):
            viewer.tell()


class Viewer(websocket.WebSocketHandler):
    """The line to a page that is open in a browser."""

    def initialize(self, state: State) -> None:
        """Remember the state."""
        self.state = state

    def open(self, *_: str, **__: str) -> None:
        """Greet a page, which may have waited through a build or two."""
        self.state.viewers.add(self)
        self.tell()

    def on_close(self) -> None:
        """Forget a page that was left."""
        self.state.viewers.discard(self)

    def tell(self) -> None:
        """Tell the page how the build stands, and whether to reload."""
        page, seen = self.get_argument("page"), self.get_argument("version")
        finished = not self.state.building
        message = {
            "building": self.state.building,
            "problem": self.state.problem,
            "reload": finished and seen != version(self.state.site, page),
        }
        with suppress(websocket.WebSocketClosedError):
            self.write_message(message)


class Page(web.RequestHandler):
    """A page of the site, with the script that reloads it put in."""

    def initialize(self, state: State) -> None:
        """Remember the state."""
        self.site = state.site

    def get(self) -> None:
        """Answer with the page, or with one that waits for it."""
        file = find(self.site, self.request.path)
        self.set_status(200 if file else 404)
        html = file.read_text("utf8") if file else MISSING
        seen = version(self.site, self.request.path)
        script = (
            f'<script src="/_preview/script" data-version="{seen}"></script>'
        )
        before, end, after = html.rpartition("</body>")
        self.set_header("Cache-Control", "no-store")
        self.finish(f"{before}{script}{end}{after}" if end else html + script)


class File(web.StaticFileHandler):
    """Any other file of the site."""

    def set_extra_headers(self, path: str) -> None:
        """Let the browser ask each time whether the file changed."""
        self.set_header("Cache-Control", "no-cache")


class Script(web.RequestHandler):
    """The script that reloads a page and shows what went wrong."""

    def get(self) -> None:
        """Answer with the script."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.finish(SCRIPT.read_text("utf8"))


def bind(port: int, command: str) -> list[socket.socket]:
    """Return sockets that listen on this machine only.

    Args:
        port: to listen on; 0 for any that is free.
        command: of make, which is to be repeated with another port.

    Raises:
        ValueError: if the port can't be used.
    """
    try:
        return bind_sockets(port, "127.0.0.1")
    except (OSError, OverflowError) as error:
        raise ValueError(
            f"port {port} can't be used ({error}); "
            f"name another one: make {command} PORT=8001"
        ) from None


def find(site: Path, address: str) -> Path | None:
    """Return a page's file, or None if the site has no such page.

    Args:
        site: folder of the pages.
        address: of the page, from the root of the site.
    """
    file = (site / unquote(address).lstrip("/")).resolve()
    if file.is_dir():
        file /= "index.html"
    inside = file.is_relative_to(site.resolve()) and file.suffix == ".html"
    return file if inside and file.is_file() else None


def version(site: Path, address: str) -> str:
    """Return a digest of a page and of the files that it shows.

    Args:
        site: folder of the pages.
        address: of the page, from the root of the site.

    Returns:
        An empty string if there is no such page.
    """
    file = find(site, address)
    if file is None:
        return ""
    html = file.read_bytes()
    total = hashlib.sha256(html)
    for name in SHOWN.findall(html):
        shown = file.parent / unquote(name.decode())
        total.update(shown.read_bytes() if shown.is_file() else b"")
    return total.hexdigest()


def application(state: State) -> web.Application:
    """Return what answers to a browser.

    Args:
        state: shared with what builds.
    """
    given = {"state": state}
    return web.Application(
        [
            ("/_preview/socket", Viewer, given),
            ("/_preview/script", Script),
            (r"(?:/|/.*/|/.*\.html)", Page, given),
            ("/(.*)", File, {"path": str(state.site)}),
        ],
        log_function=lambda _: None,  # the terminal is for the builds
    )
