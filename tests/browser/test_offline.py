"""The app talks to its own page and to nobody else: every socket of its processes is watched, and every request."""

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch
from playwright.sync_api import Browser

import resnet_viz as rv
from tests.browser.driving import READY, ROOT, Watched, free_port, serving

pytestmark = pytest.mark.browser
WATCH = Path(__file__).with_name("socket_watch")


def _watched_environment(record: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(WATCH), str(ROOT)]), "SOCKET_WATCH": str(record)}


def _events(record: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


def _outside(record: Path) -> set[str]:
    """What is not loopback: addresses connected to, sent to or listened on, and names looked up."""
    return {f"{event['event']} {event['host']}" for event in _events(record) if not event["local"]}


def _sockets(process: psutil.Process) -> set[str]:
    """This end and the far end of each socket of the process and its children, as the system tells it."""
    family = [process, *process.children(recursive=True)]
    sockets = [socket for member in family for socket in member.net_connections("inet")]
    return {end.ip for socket in sockets for end in (socket.laddr, socket.raddr) if end}


def test_the_app_uses_loopback_alone(browser: Browser, tmp_path: Path) -> None:
    record, weights, port = tmp_path / "sockets", tmp_path / "mine.pth", free_port()
    state = rv.build(rv.variant("resnet18"), init=False).state_dict()
    torch.save(state, weights, _use_new_zipfile_serialization=False)  # which is read with PyTorch, and watched so
    command = [sys.executable, "-m", "resnet_viz", "app", "--port", str(port)]
    with serving(command, port, tmp_path, _watched_environment(record)) as server:
        watched = Watched(browser, f"http://127.0.0.1:{port}")
        page = watched.open()
        page.get_by_role("link", name="Learn").click()
        page.locator("h2").first.wait_for(timeout=READY)
        page.get_by_role("link", name="Inside").click()
        page.locator(".group canvas").first.wait_for(timeout=READY)
        page.get_by_role("link", name="Compare").click()
        page.get_by_text("139 of 139 steps differ").wait_for(timeout=READY)
        page.get_by_role("link", name="Break it").click()
        page.get_by_text("RuntimeError in layer2.0.add").wait_for(timeout=READY)
        page.get_by_role("link", name="Networks").click()
        page.locator(".js-plotly-plot .scatterlayer .point").first.wait_for(timeout=READY)
        page.get_by_role("link", name="Check weights").click()
        page.get_by_role("heading", name="Which network do these weights fit?").wait_for(timeout=READY)
        page.set_input_files("input[type=file]", weights)
        page.get_by_text("This is a resnet18").first.wait_for(timeout=READY)
        assert _status_of_a_socket_from("https://elsewhere.example", port) == 403
        assert _status_of_a_socket_from(f"http://127.0.0.1:{port}", port) == 101
        assert _sockets(psutil.Process(server.pid)) == {"127.0.0.1"}
        page.close()
    assert watched.outside == [] and watched.errors == []
    assert _outside(record) == set()
    started = [event["host"] for event in _events(record) if event["event"] == "start"]
    assert any("resnet_viz app" in line for line in started) and any("serve(*sys.argv[1:])" in line for line in started)
    assert "127.0.0.1" in {event["host"] for event in _events(record) if event["event"] == "socket.bind"}


def test_opened_to_others_it_listens_for_them_and_asks_nobody(tmp_path: Path) -> None:
    record, port = tmp_path / "sockets", free_port()
    (tmp_path / ".streamlit").mkdir()  # the settings of somebody else's app, in the folder where ours is started
    (tmp_path / ".streamlit" / "config.toml").write_text('[server]\nbaseUrlPath = "elsewhere"\n', encoding="utf-8")
    command = [sys.executable, "-m", "resnet_viz", "app", "--port", str(port), "--address", "0.0.0.0"]
    with serving(command, port, tmp_path, _watched_environment(record)):
        assert _status_of_a_socket_from("https://elsewhere.example", port) == 403
    assert _outside(record) == {"socket.bind 0.0.0.0"}


def _status_of_a_socket_from(origin: str, port: int) -> int:
    """The answer to a page of ``origin`` that opens the app's websocket; 101 is yes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Origin": origin}
    try:
        connection.request(
            "GET", "/_stcore/stream", headers=headers | {"Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
        )
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("import socket; s = socket.socket(); s.settimeout(0.01); s.connect(('192.0.2.1', 80))", "socket.connect 192.0.2.1"),
        ("import socket; socket.getaddrinfo('example.com', 80)", "socket.getaddrinfo example.com"),
        ("import socket; socket.gethostbyname('example.com')", "socket.gethostbyname example.com"),
        ("import urllib.request; urllib.request.urlopen('http://example.com')", "socket.getaddrinfo example.com"),
        ("import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))", "socket.sendto 192.0.2.1"),
        ("import socket; socket.socket().bind(('', 0))", "socket.bind "),
        ("import socket; socket.socket().bind(('0.0.0.0', 0))", "socket.bind 0.0.0.0"),
        ("import socket; socket.socket(socket.AF_INET6).bind(('::', 0))", "socket.bind ::"),
    ],
)  # fmt: skip
def test_the_watch_sees_and_stops_what_is_not_loopback(code: str, seen: str, tmp_path: Path) -> None:
    record = tmp_path / "sockets"
    child = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {code!r}]))"
    done = subprocess.run(
        [sys.executable, "-c", child], env=_watched_environment(record), capture_output=True, text=True, timeout=30
    )
    assert _outside(record) == {seen}
    assert (seen.startswith("socket.bind"), "stopped" in done.stderr) in ((True, False), (False, True))


def test_the_watch_sees_what_streamlit_does_without_our_settings(tmp_path: Path) -> None:
    record, port = tmp_path / "sockets", free_port()
    (tmp_path / "app.py").write_text((ROOT / "app.py").read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    options = ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    with serving([*command, *options], port, tmp_path, _watched_environment(record)):
        pass
    outside = _outside(record)
    assert {"socket.connect 8.8.8.8", "socket.getaddrinfo checkip.amazonaws.com"} <= outside
    assert {"socket.bind ::", "socket.bind 0.0.0.0"} & outside
