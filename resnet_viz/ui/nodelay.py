"""An answer is sent when it is written. Small ones came 40 ms late.

Asyncio turns Nagle's algorithm off for TCP alone, which it knows by a socket's protocol number. Streamlit binds its own
socket and leaves that number at 0, so the system holds the second write of an answer, its body, back until the browser has
acknowledged the first, which browsers put off for 40 ms. A page asks for a hundred small files.
"""

from __future__ import annotations

import socket
from asyncio import base_events
from typing import Any

_INTERNET = (socket.AF_INET, getattr(socket, "AF_INET6", socket.AF_INET))


def _set(sock: Any) -> None:
    """Of a stream socket of the internet, whose protocol can only be TCP."""
    if sock.family in _INTERNET and sock.type == socket.SOCK_STREAM and sock.proto in (0, socket.IPPROTO_TCP):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def always() -> None:
    """For every connection that this process accepts from now on; another event loop than asyncio's does it by itself."""
    if hasattr(base_events, "_set_nodelay"):
        base_events._set_nodelay = _set  # pyright: ignore[reportAttributeAccessIssue]
