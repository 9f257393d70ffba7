"""Serves the site from a Jupyter server, on which its live code runs.

Page, server and kernels have one address, so no other site is let in. As
with any Jupyter server, only who knows the token may see and run anything:
it stands in the address that is printed, and a cookie keeps it from then on.
"""

import json
import os
import secrets
import signal
import sys
from pathlib import Path

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from tornado import web
from traitlets.config import Config

from tooling.execution.environment import prepare_environment
from tooling.serving.reloading import bind, find
from tooling.source.book import Book

SITE = "/site/"  # Jupyter's own addresses are beside it
IDLE = 600  # seconds that a kernel is kept which no page uses any more


class File(JupyterHandler, web.StaticFileHandler):
    """A file of the site; pages are told the server they come from."""

    @web.authenticated
    async def get(  # type: ignore[override]
        self, path: str, include_body: bool = True
    ) -> None:
        """Answer with the file.

        Args:
            path: of the file, below the folder of the site.
            include_body: False to answer with headers only.
        """
        page = find(Path(self.root), path)
        if page is None:
            await web.StaticFileHandler.get(self, path, include_body)
            return
        address = json.dumps({"server": f"/?token={self.token}"})
        script = f'<script type="application/json" id="live-make">{address}'
        before, end, after = page.read_text("utf8").rpartition("</body>")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        await self.finish(f"{before}{script}</script>{end}{after}")

    def compute_etag(self) -> None:
        """Leave it out: only a file as it lies there has one."""

    def set_extra_headers(self, path: str) -> None:
        """Let the browser ask each time whether the file changed."""
        self.set_header("Cache-Control", "no-cache")


class Kernel(ServerKernelManager):
    """A kernel that is killed, with all it started, when its page is left.

    Asked to end, ipykernel closes sockets that another of its threads may be
    about to use, and then prints a traceback. Interrupted, it prints an error.
    """

    async def shutdown_kernel(  # type: ignore[override]
        self, now: bool = False, restart: bool = False
    ) -> None:
        """Kill it.

        Args:
            now: of no effect.
            restart: whether it will be started again.
        """
        self.shutting_down = True  # it did not die, and is not to start again
        if self.provisioner:
            await self.provisioner.kill()
        await super().shutdown_kernel(now=True, restart=restart)


def serve(book: Book, port: int) -> int:
    """Serve a built book until a signal ends it; return the exit status.

    Args:
        book: which is built.
        port: to listen on; 0 for any that is free.

    Raises:
        ValueError: if the port can't be used.
    """
    (socket,) = bind(port, "live")
    port = socket.getsockname()[1]
    socket.close()
    prepare_environment(book)
    os.environ["JUPYTER_NO_CONFIG"] = "1"  # the user's own serves other ends
    site, token = book.output / "html", secrets.token_urlsafe(24)
    app = ServerApp.instance(config=settings(book, port, token))
    app.initialize([], find_extensions=False)
    files = (f"{SITE}(.*)", File, {"path": site})
    app.web_app.add_handlers(".*$", [files])  # type: ignore[no-untyped-call]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: app.stop(from_signal=True))
    address = f"http://127.0.0.1:{port}{SITE}?token={token}"
    print(f"{address}\nshows the site, whose code runs here; Ctrl-C ends")
    sys.stdout.flush()
    app.start()
    return 0


def settings(book: Book, port: int, token: str) -> Config:
    """Return the settings of the server.

    Args:
        book: its folder is where kernels start.
        port: to listen on.
        token: lets a browser in.
    """
    return Config(
        ServerApp={
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "root_dir": str(book.root),
            "default_url": SITE,
            "open_browser": False,
            "allow_root": True,
            "log_level": "ERROR",
        },
        IdentityProvider={"token": token},
        MappingKernelManager={
            "kernel_manager_class": f"{__name__}.{Kernel.__name__}",
            "cull_idle_timeout": IDLE,
            "cull_interval": 60,
        },
    )
