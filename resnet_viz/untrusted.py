"""A process of its own for a file that may be hostile: bounded in memory and time, and whatever it does, only its answer counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE = 60  # seconds by the clock, for a machine that is busy


def printed(code: str, *arguments: str) -> bytes:
    """What ``code`` prints, run in another Python with ``arguments``; nothing where that took too long."""
    command = [sys.executable, "-c", code, *arguments]
    try:
        return subprocess.run(command, capture_output=True, timeout=PATIENCE, cwd=Path(__file__).parents[1]).stdout
    except subprocess.TimeoutExpired:
        return b""


def ask(code: str, *arguments: str) -> dict[str, Any] | None:
    """The JSON object that ``code`` prints so; None where it died, dawdled or printed something else."""
    try:
        answer: object = json.loads(printed(code, *arguments))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def bound(memory: int, seconds: int) -> None:
    """A bound on this process's memory, in bytes, and processor time, where the system has them."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    # where what was loaded for the reading takes most of it, as PyTorch built for GPUs may, half is left for the file
    memory = max(memory, _in_use(resource.getpagesize()) + memory // 2)
    for kind, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CPU, seconds)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1])
    )  # killed, it leaves nothing


def _in_use(page: int) -> int:
    """Bytes that RLIMIT_DATA counts for this process; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[5]) * page
    except OSError:
        return 0
