"""``make load REPLICAS=4``: several servers behind nginx with ``deploy/nginx.conf`` itself, on the loopback alone.

Many people come and choose. In the middle one replica is killed; later it is started again. Who was on it loses the
connection, comes back as a browser does, with the address and the cookie that it has, and must then see what it saw:
its last choice, within :data:`BACK` seconds.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .choices import choices
from .person import Answer, Person
from .server import APP, Server, free_port, serving

CONFIGURATION = APP.parent / "deploy" / "nginx.conf"
BACK = 3.0  # seconds
_COOKIE = "resnet_viz_replica"


def configured(text: str, ports: list[int], listen: int, folder: Path) -> str:
    """The configuration with other servers, another port and folders of its own; nothing else of it is changed."""
    replicas = "\n".join(f"        server 127.0.0.1:{port} max_fails=1 fail_timeout=5s;" for port in ports)
    text = re.sub(r"(?: *server app\d:8501[^\n]*\n)+", lambda _: replicas + "\n", text)
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{listen};").replace(
        "/tmp/resnet_viz_cache", f"{folder}/cache"
    )
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; pid {folder}/pid; error_log {folder}/error.log warn;\n"
    return head + text.replace("http {", f"http {{ {paths} access_log off;", 1)


@contextmanager
def proxy(ports: list[int]) -> Iterator[str]:
    """nginx before the servers at ``ports``; its address."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with tempfile.TemporaryDirectory() as name:
        folder, listen = Path(name), free_port()
        os.chmod(folder, 0o777)  # its workers are nobody
        (folder / "nginx.conf").write_text(configured(CONFIGURATION.read_text(encoding="utf-8"), ports, listen, folder))
        process = subprocess.Popen([program, "-p", name, "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE)
        try:
            time.sleep(0.5)
            if process.poll() is not None:
                raise RuntimeError(f"nginx did not start: {process.stderr and process.stderr.read().decode()[-500:]}")
            yield f"http://127.0.0.1:{listen}"
        finally:
            process.terminate()
            process.wait(10)


def first_cookie(address: str) -> str:
    """What the first answer to a browser sets, as a request's header has it."""
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        told = [value for value in answer.headers.get_all("Set-Cookie") or [] if value.startswith(_COOKIE)]
    if len(told) != 1:
        raise RuntimeError(f"the first answer sets {len(told)} cookies of the proxy's")
    return told[0].partition(";")[0]


async def _opened(person: Person, query: str) -> list[str]:
    """What went wrong on coming to a page."""
    try:
        return (await person.open(query)).errors
    except Exception as error:  # no connection at all, whatever the reason
        return [f"{type(error).__name__}: {error}"]


async def _one(address: str, seed: int, until: float, think: float, found: Counter[str], times: list[float], backs: list[float]) -> None:  # fmt: skip
    dice = random.Random(-seed)
    await asyncio.sleep(dice.uniform(0, think))
    cookie = await asyncio.to_thread(first_cookie, address)
    person = Person(address, headers={"Cookie": cookie})
    found.update(f"at the first page: {error}" for error in await _opened(person, ""))
    for (label, value), _ in choices(seed, "class"):
        await asyncio.sleep(dice.uniform(think / 2, think * 3 / 2))
        if time.perf_counter() > until:
            break
        if label not in person.widgets:
            continue
        answer: Answer = await person.choose(label, value)
        if not answer.errors:
            times.append(answer.ms)
            found["choices"] += 1
            continue
        # the connection is gone: a browser opens another one, and says what it shows
        before, began = person.query, time.perf_counter()
        await person.close()
        while time.perf_counter() - began < 30:
            if not await _opened(person, before):
                break
            await asyncio.sleep(0.2)
        else:
            found["never back"] += 1
            return
        backs.append(time.perf_counter() - began)
        found["lost a choice"] += person.query != before
    await person.close()


def run(replicas: int, people: int, seconds: float, think: float) -> list[str]:
    """Print what they met; what was not as it should be, in words."""
    times, backs, found = list[float](), list[float](), Counter[str]()
    with ExitStack() as stack:
        servers: list[Server] = [stack.enter_context(serving()) for _ in range(replicas)]
        ports = [server.port for server in servers]
        address = stack.enter_context(proxy(ports))
        memory = [server.memory_mib() for server in servers]

        async def everybody() -> None:
            until = time.perf_counter() + seconds
            crowd = asyncio.gather(*(_one(address, seed, until, think, found, times, backs) for seed in range(people)))
            await asyncio.sleep(seconds / 3)
            servers[0].process.kill()
            await asyncio.sleep(seconds / 3)
            await asyncio.to_thread(lambda: stack.enter_context(serving(port=ports[0])))
            found["restarted"] += 1
            await crowd

        asyncio.run(everybody())
        after = [server.memory_mib() for server in servers[1:]]
    ordered, late = sorted(times), [one for one in backs if one > BACK]
    p95 = ordered[int(0.95 * len(ordered))] if ordered else float("nan")
    print(
        f"\n{replicas} replicas behind nginx on {os.cpu_count()} cores, {people} people, {think:.0f} s between choices, {seconds:.0f} s: {found['choices']} choices, "
        f"p50 {ordered[len(ordered) // 2] if ordered else float('nan'):.0f} ms, p95 {p95:.0f} ms\n"
        f"one replica was killed and started again: {len(backs)} people came back, the slowest in {max(backs, default=0):.1f} s, {len(late)} later than {BACK:.0f} s; "
        f"{found['lost a choice']} lost a choice, {found['never back']} did not come back\n"
        f"a replica holds {max(memory):.0f} MiB at first and {max(after):.0f} MiB at the end"
    )
    wrong = {name: number for name, number in found.items() if name.startswith("at the first page") or (name in ("never back", "lost a choice") and number)}  # fmt: skip
    return [*(f"{number} times {name}" for name, number in wrong.items() if number), *([f"{len(late)} came back later than {BACK:.0f} s"] if late else []), *([] if backs else ["nobody was on the replica that was killed"])]  # fmt: skip
