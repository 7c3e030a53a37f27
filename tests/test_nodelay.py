"""Answers are not held back: on a socket that is bound as Streamlit binds its own, each write is sent at once."""

import asyncio
import socket
from asyncio import base_events

import pytest

from resnet_viz.ui import nodelay
from tests.awaited import awaited


async def _sent_at_once() -> bool:
    """Whether a connection that asyncio accepts on a listener without a protocol number has Nagle's algorithm off."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    assert listener.proto == 0
    listener.bind(("127.0.0.1", 0))
    found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = writer.get_extra_info("socket")
        found.set_result(bool(there.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(accepted, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        told = await asyncio.wait_for(found, 10)
        writer.close()
    return told


def test_each_write_is_sent_at_once() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base_events, "_set_nodelay", base_events._set_nodelay)  # as it is, put back afterwards
        before = awaited(_sent_at_once())
        nodelay.always()
        assert awaited(_sent_at_once())
    assert not before, "asyncio does it by itself now: this module can go"


def test_other_sockets_are_left_alone() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:  # fmt: skip
        nodelay._set(unix)
        nodelay._set(udp)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as tcp:
        nodelay._set(tcp)
        assert tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
