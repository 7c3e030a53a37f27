"""Put on PYTHONPATH, it notes every use of a socket by this Python and its children, and stops what would leave this machine.

Python imports a module of this name when it starts. A line of JSON each, in the file that SOCKET_WATCH names.
"""

import ipaddress
import json
import os
import socket
import sys
from typing import Any

# the address, or the name looked up, is this argument of the event
_ARGUMENT = {
    "socket.bind": 1,
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
    "socket.getnameinfo": 0,
}


def _note(event: str, host: str, local: bool) -> None:
    file = os.open(os.environ["SOCKET_WATCH"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, (json.dumps({"process": os.getpid(), "event": event, "host": host, "local": local}) + "\n").encode())
    os.close(file)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _ARGUMENT:
        return
    place = arguments[_ARGUMENT[event]]
    if place is None or getattr(arguments[0], "family", None) == getattr(socket, "AF_UNIX", object()):
        return  # on a socket that is connected already, which was seen; or within this machine's files
    host = place[0] if isinstance(place, tuple) else place
    host = host.decode() if isinstance(host, bytes) else str(host)
    local = _is_local(host)
    _note(event, host, local)
    if not local and event != "socket.bind":  # listening sends nothing
        raise PermissionError(f"{event} {host}: stopped: it is not this machine")


_note("start", " ".join(sys.orig_argv), True)
sys.addaudithook(_watch)
