"""The server under load, in a process of its own, and what it costs."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

APP = Path(__file__).parents[2] / "app.py"
START_PATIENCE = 120.0


@dataclass
class Server:
    """A running server; ``started`` is how many seconds it took from nothing to healthy."""

    address: str
    process: psutil.Process
    log: Path
    started: float

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.address.rpartition(":")[2])

    def cpu_ms(self) -> float:
        """Processor time used so far, by its threads together."""
        times = self.process.cpu_times()
        return (times.user + times.system) * 1e3

    def complaints(self) -> list[str]:
        """What its log says was raised, without the way there."""
        return re.findall(r"^[\w.]*(?:Error|Exception)\b.*", self.log.read_text(errors="replace"), re.MULTILINE)

    def memory_mib(self) -> float:
        """Memory in use now."""
        return self.process.memory_info().rss / 2**20


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(script: Path = APP, port: int | None = None) -> Iterator[Server]:
    """Start ``streamlit run script`` on a free port of the loopback, or on ``port``, wait until it is healthy, and end it after."""
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false", "--logger.enableRich=false"]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with log.open("wb") as out:
            began = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(script), *options],
                stdout=out, stderr=subprocess.STDOUT, cwd=script.parent,
            )  # fmt: skip
        try:
            while not _healthy(address):
                if process.poll() is not None or time.perf_counter() - began > START_PATIENCE:
                    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.02)
            yield Server(address, psutil.Process(process.pid), log, time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=30) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
