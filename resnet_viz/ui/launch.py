"""``resnet-viz app``: the app as a checkout's ``streamlit run app.py`` serves it, from wherever the package lies."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import InputError
from ..extras import EXTRAS, require

_FOLDER = Path(__file__).parent


def launch(port: int | None = None, address: str | None = None) -> int:
    """Serve the app until it is interrupted; returns the exit code.

    ``port`` None is 8501, or the next one that is free; ``address`` None is this machine alone, ``"0.0.0.0"`` everybody
    who can reach it. Raises :class:`InputError` for a port that there cannot be, :class:`MissingPackageError` where a
    package of the extra ``app`` is absent.
    """
    if port is not None and not 1 <= port <= 65535:
        raise InputError("port", port, "must be a whole number from 1 to 65535", "use 8501")
    for module in (*EXTRAS["app"], "PIL", *EXTRAS["torch"]):
        require(module, "the app")
    from streamlit.web.cli import main

    # Streamlit reads its settings from the folder that it is started in: here they are, in .streamlit
    os.chdir(_FOLDER)
    options = [] if port is None else ["--server.port", str(port)]
    if address is not None:
        options += ["--server.address", address]
    return main(["run", str(_FOLDER / "app.py"), *options], prog_name="streamlit", standalone_mode=False) or 0
