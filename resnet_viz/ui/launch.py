"""``resnet-viz app``: the app as a checkout's ``streamlit run app.py`` serves it, from wherever the package lies."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path

from ..errors import InputError
from ..extras import EXTRAS, require

_FOLDER = Path(__file__).parent
_LOOPBACK = "127.0.0.1"  # as in .streamlit/config.toml


def launch(port: int | None = None, address: str | None = None) -> int:
    """Serve the app until it is interrupted; returns the exit code.

    ``port`` None is 8501, or the next one that is free; ``address`` None is this machine alone, ``"0.0.0.0"`` everybody
    who can reach it. Raises :class:`InputError` for a port or an address that cannot be had,
    :class:`MissingPackageError` where a package of the extra ``app`` is absent.
    """
    if port is not None and not 1 <= port <= 65535:
        raise InputError("port", port, "must be a whole number from 1 to 65535", "use 8501")
    for module in (*EXTRAS["app"], "PIL", *EXTRAS["torch"]):
        require(module, "the app")
    check_free(address or _LOOPBACK, port or 0)
    from click import Abort
    from streamlit.web.cli import main

    # Streamlit reads its settings from the folder that it is started in: here they are, in .streamlit
    os.chdir(_FOLDER)
    if address not in (None, _LOOPBACK, "localhost", "::1"):
        there = f"http://{socket.gethostname()}:{port}" if port else f"{socket.gethostname()}, at the port below"
        print(f"Open to everybody who can reach this machine, {there}; there is no password.", file=sys.stderr)
    options = [] if port is None else ["--server.port", str(port)]
    if address is not None:
        options += ["--server.address", address]
    try:
        return main(["run", str(_FOLDER / "app.py"), *options], prog_name="streamlit", standalone_mode=False) or 0
    except Abort:  # Ctrl-C is how it is meant to end
        return 0


def check_free(address: str, port: int) -> None:
    """Raise :class:`InputError` where nothing can listen there; port 0 is any."""
    try:
        socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError("port", port, "is in use", "leave it out for the next one that is free") from None
        if error.errno == errno.EACCES:
            raise InputError("port", port, "may not be used by this account", "use 8501") from None
        raise InputError(
            "address", address, "is none of this machine's", "use 127.0.0.1, or 0.0.0.0 to let others in"
        ) from None
