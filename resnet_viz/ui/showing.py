"""``rv.show``: the app, opened from Python on a network of one's own."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import webbrowser
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from ..checks import check_flag, check_text, check_whole
from ..engines.given import trace_of
from ..errors import InputError
from ..extras import require
from ..spec.catalogue import nearest
from ..steps import Pair, Trace
from . import handing

_LOOPBACK = "127.0.0.1"
MAX_TITLE = 200  # characters
_PATIENCE = 120.0  # seconds until the server answers: it loads PyTorch first
# The server ends when this process does, however that ends: then what it reads from is closed.
_SERVE = "import sys; from resnet_viz.ui.showing import serve; serve(int(sys.argv[1]))"


class Showing:
    """A network that the app shows: its ``address``, and :meth:`stop`. A notebook shows the app itself.

    The server is one for all networks that this Python shows. It listens to this machine alone and ends with this
    Python, or when the last of them is stopped.

    >>> import resnet_viz as rv
    >>> shown = rv.show("resnet18@64", browse=False)
    ResNet Viz shows ResNet-18 at http://127.0.0.1:.../model?model=...
    >>> shown.stop()
    >>> shown
    Showing ResNet-18: stopped
    """

    def __init__(self, server: _Server, token: str, title: str) -> None:
        self._server, self._token, self._title = server, token, title

    @property
    def address(self) -> str:
        """The page's address."""
        return f"{self._server.address}/model?model={self._token}"

    @property
    def running(self) -> bool:
        """Whether the app still shows it."""
        return self._token in self._server.tokens and self._server.process.poll() is None

    def stop(self) -> None:
        """Show it no longer; the server ends with the last one. Nothing happens where it is stopped already."""
        self._server.drop(self._token)

    def wait(self) -> bool:
        """Until Ctrl-C, which stops it; False where the app ended by itself."""
        try:
            self._server.process.wait()
        except KeyboardInterrupt:
            self.stop()
            return True
        return False

    def __enter__(self) -> Showing:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Showing {self._title} at {self.address}" if self.running else f"Showing {self._title}: stopped"

    def _repr_html_(self) -> str:
        if not self.running:
            return f"<p>{escape(repr(self))}</p>"
        link = f'<p>{escape(self._title)}: <a href="{self.address}" target="_blank">{self.address}</a></p>'
        return f'{link}<iframe src="{self.address}&embed=true" width="100%" height="800" style="border:0"></iframe>'


def show(
    network: Any,
    input_size: int | Pair | None = None,
    batch: int = 1,
    device: str = "auto",
    *,
    inputs: Any = None,
    port: int | None = None,
    browse: bool = True,
    block: bool = False,
    title: str | None = None,
) -> Showing:
    """Open the app on a network: a module of your own, a trace, or a network of the catalogue.

    A module is run once, as :func:`resnet_viz.trace` does with the same ``input_size``, ``batch``, ``device`` and
    ``inputs``; the app gets the trace and not the module. The app's address is printed, and opened in a browser where
    this machine has a screen, unless ``browse`` is False. ``port`` None is any that is free. With ``block`` it waits
    until Ctrl-C, for a script that would end; otherwise the app ends with this Python, or by ``.stop()``. ``title`` is
    what the page calls the network, by default its class.

    Raises what :func:`resnet_viz.trace` raises, :class:`InputError` for a port that cannot be had, and
    :class:`MissingPackageError` where a package of the extra ``app`` is absent.

    >>> import resnet_viz as rv
    >>> with rv.show(rv.forecast("resnet18", 64), browse=False) as shown:
    ...     shown.running
    ResNet Viz shows ResNet-18 at http://127.0.0.1:.../model?model=...
    True
    """
    check_flag("browse", browse)
    check_flag("block", block)
    if port is not None:
        check_whole("port", port, 1, 65_535)
    require("streamlit", "the app")
    made = trace_of(network, input_size, batch, device, inputs)
    if title is not None:
        made = replace(made, title=check_text("title", title, "my network")[:MAX_TITLE])
    elif not made.title and made.spec is not None:
        made = replace(made, title=nearest(made.spec).title)
    server = _running(port)
    token = server.add(made)
    shown = Showing(server, token, made.title or "a network")
    print(f"ResNet Viz shows {made.title or 'a network'} at {shown.address}", flush=True)
    if browse and _has_screen():
        webbrowser.open(shown.address)
    if block:
        shown.wait()
    return shown


def _has_screen() -> bool:
    """Whether a browser would come up in a window: in a terminal it would take the terminal over."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class _Server:
    """The app in a process of its own, and the folder of what it shows."""

    def __init__(self, port: int | None) -> None:
        self.tokens: set[str] = set()
        self.folder: tempfile.TemporaryDirectory[str] = handing.new_folder()
        self.port = port or _free_port()
        self.address = f"http://{_LOOPBACK}:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            env={**os.environ, handing.VARIABLE: self.folder.name},
        )
        atexit.register(self.end)
        try:
            self._wait()
        except BaseException:
            self.end()
            raise

    def _wait(self) -> None:
        until = time.monotonic() + _PATIENCE
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine needs no proxy
        while self.process.poll() is None and time.monotonic() < until:
            try:
                opener.open(f"{self.address}/_stcore/health", timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise InputError("port", self.port, "did not answer", "try another port, or run resnet-viz app to see why")

    def add(self, trace: Trace) -> str:
        token = handing.hand_over(self.folder.name, trace)
        self.tokens.add(token)
        return token

    def drop(self, token: str) -> None:
        if token not in self.tokens:
            return
        self.tokens.discard(token)
        handing.take_back(self.folder.name, token)
        if not self.tokens:
            self.end()

    def end(self) -> None:
        """End the process, and remove the folder."""
        atexit.unregister(self.end)
        self.tokens.clear()
        if self.process.stdin:
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


_servers: list[_Server] = []


def _running(port: int | None) -> _Server:
    """The server that runs, or a new one where none does, or none at that port."""
    _servers[:] = [server for server in _servers if server.process.poll() is None]
    for server in _servers:
        if port in (None, server.port):
            return server
    if port is not None:
        from .launch import check_free

        check_free(_LOOPBACK, port)
    _servers.append(_Server(port))
    return _servers[-1]


def _free_port() -> int:
    with socket.create_server((_LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def serve(port: int) -> None:
    """The whole of the other process: the app, until the process that reads from it is gone."""
    from threading import Thread

    from .launch import launch

    def follow() -> None:
        sys.stdin.buffer.read()  # until its writer is gone
        os._exit(0)

    Thread(target=follow, daemon=True).start()
    launch(port, _LOOPBACK)
