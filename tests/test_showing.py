"""The app opened from Python: what is handed over, to whom, and that nothing is left of it."""

import os
import re
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

import resnet_viz as rv
from resnet_viz.ui import handing, showing

from .own_network import own_network

pytestmark = pytest.mark.processes

TRACE = rv.forecast("resnet18", 64)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with handing.new_folder() as made:
        monkeypatch.setenv(handing.VARIABLE, made)
        yield Path(made)


def test_what_is_handed_over_is_data_in_a_folder_of_this_user_alone(folder: Path) -> None:
    token = handing.hand_over(folder, TRACE)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [f"{token}.json"]
    text = handing.handed(token)
    assert text is not None and rv.Trace.from_json(text) == TRACE
    handing.take_back(folder, token)
    assert handing.handed(token) is None


@pytest.mark.parametrize("token", ["", "a", "../../etc/passwd", "a/b", "x" * 22, "x" * 23, "ä" * 22, "sample-u-net", "file-0123456789abcdef"])  # fmt: skip
def test_nothing_but_a_token_is_looked_for(folder: Path, token: str) -> None:
    (folder.parent / "secret.json").unlink(missing_ok=True)
    assert handing.handed(token) is None


def test_without_a_folder_nothing_was_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(handing.VARIABLE, raising=False)
    assert handing.handed("x" * 22) is None


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def listening(port: int) -> set[str]:
    """The addresses at which something listens on ``port``, as the kernel tells."""
    found: set[str] = set()
    for file in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(file).read_text(encoding="ascii").splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if state == "0A" and int(address.rpartition(":")[2], 16) == port:
                found.add(address.rpartition(":")[0])
    return found


def test_the_app_opens_on_a_module_and_is_gone_when_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("resnet_viz.ui.showing.webbrowser.open", opened.append)
    monkeypatch.setenv("DISPLAY", ":0")
    with rv.show(Small(), input_size=16) as shown:
        assert capsys.readouterr().out == f"ResNet Viz shows Small at {shown.address}\n"
        assert opened == [shown.address]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/model\?model=[\w-]{22}", shown.address)
        server = showing._servers[-1]
        assert listening(server.port) == {"0100007F"}  # 127.0.0.1, this machine alone
        files = list(Path(server.folder.name).iterdir())
        assert len(files) == 1 and rv.Trace.from_json(files[0].read_text(encoding="utf-8")).title == "Small"
        with rv.show(TRACE, browse=False) as other:  # the same server, at once
            assert other.address.split("?")[0] == shown.address.split("?")[0]
            assert shown.running and other.running
        assert shown.running and not other.running
        assert f'<iframe src="{shown.address}&embed=true"' in shown._repr_html_()
        page = urllib.request.urlopen(shown.address, timeout=10)
        assert page.status == 200
    assert not shown.running and server.process.poll() is not None
    assert not Path(server.folder.name).exists()
    assert repr(shown) == "Showing Small: stopped"
    shown.stop()  # once more does nothing


def test_the_app_ends_with_the_python_that_opened_it() -> None:
    code = "import os, resnet_viz as rv\nshown = rv.show('resnet18@32', browse=False)\nprint(shown._server.process.pid, flush=True)\nos.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    child = int(done.stdout.split()[-1])
    for _ in range(600):
        if not Path(f"/proc/{child}").exists() or " Z " in Path(f"/proc/{child}/stat").read_text():
            break
        os.sched_yield()
        subprocess.run(["true"], check=True)
    else:
        raise AssertionError("the server outlives its opener")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"network": 3}, "network=3: must be an nn.Module or a network's name, configuration or ResNetSpec, not int; pass a module itself, or write e.g. 'resnet18@64'"),
        ({"network": Small}, "network='Small': is a class of modules and no module; make one: Small(…)"),
        ({"network": "resnet35"}, "name='resnet35': is not in the catalogue; did you mean resnet50, resnet34, resnetrs350?"),
        ({"network": TRACE, "input_size": 32}, "input_size=32: is said by the trace; leave it out, or give the network itself"),
        ({"network": "resnet18", "inputs": (1, 3, 8, 8)}, "inputs=(1, 3, 8, 8): are for a module of your own; use input_size and batch"),
        ({"network": TRACE, "port": 0}, "port=0: must be a whole number from 1 to 65535; use e.g. 1"),
        ({"network": TRACE, "block": 1}, "block=1: must be True or False, not int; use True or False"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_before_a_server_starts(arguments: dict[str, object], message: str) -> None:
    before = list(showing._servers)
    with pytest.raises(rv.ResNetVizError) as caught:
        rv.show(**arguments)  # type: ignore[arg-type]
    assert (str(caught.value), showing._servers) == (message, before)


def test_the_command_opens_until_it_is_interrupted(tmp_path: Path) -> None:
    own_network(tmp_path)
    words = ["open", "mynet:Net", "--arg", "num_classes=4", "--input", "32", "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    # what was started in the background ignores an interrupt, and so would its children
    begun = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    with subprocess.Popen(
        [sys.executable, "-m", "resnet_viz", *words],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **begun,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None and process.stderr is not None
            said = process.stdout.readline()
            found = re.fullmatch(
                r"ResNet Viz shows mynet:Net at (http://127\.0\.0\.1:(\d+)/model\?model=[\w-]{22})\n", said
            )
            assert found, said
            assert listening(int(found[2])) == {"0100007F"}
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
            assert (process.stdout.read(), process.stderr.read()) == ("", "made by somebody\n")
        finally:
            process.kill()
    assert listening(int(found[2])) == set()
