"""The server before its first visitor: warm, its collector told what stays, and set for many people."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[1]

# Starts the app as an ASGI server does, and says what stands when it reports to be ready.
_START = """
import asyncio, gc, importlib, json, sys

async def main():
    app = importlib.import_module(sys.argv[1]).app
    assert "torch" not in sys.modules, "the warm-up is to load it"
    said = asyncio.Queue()
    heard = asyncio.Queue()
    heard.put_nowait({"type": "lifespan.startup"})
    serving = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, heard.get, said.put))
    message = await said.get()
    import resnet_viz as rv
    from resnet_viz.picture.layout import PLAIN, WHOLE
    from resnet_viz.ui import cache
    from resnet_viz.ui.subject import Known
    from streamlit import config
    spec, size = rv.variant("resnet34"), (224, 224)
    known = Known(spec, size)
    print(json.dumps({
        "said": message["type"],
        "torch": "torch" in sys.modules,
        "enabled": gc.isenabled(),
        "frozen": gc.get_freeze_count() > 100_000,
        "collects after each run": config.get_option("runner.postScriptGC"),
        "compresses": config.get_option("server.enableWebsocketCompression"),
        "cached": [
            cache.knows(cache.figure, known, WHOLE, PLAIN),
            cache.knows(cache.trace, spec, size, 1, "meta") or cache.knows(cache.trace, spec, size, 1, "cuda:0"),
            cache.knows(cache.findings, known, "eval", "", 0.0, "sgd"),
            cache.knows(cache.shape_table, known),
        ],
    }))
    told = asyncio.Queue()
    page = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "", "scheme": "http", "headers": [(b"accept", b"text/html")]}
    await app(page, lambda: asyncio.sleep(60), told.put)
    headers = dict((await told.get())["headers"])
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"], headers
    heard.put_nowait({"type": "lifespan.shutdown"})
    await serving

asyncio.run(main())
"""


@pytest.mark.parametrize("module", ["app", "resnet_viz.ui.app"])
def test_the_server_is_warm_before_it_says_that_it_is_ready(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", _START, module], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "said": "lifespan.startup.complete",
        "torch": True,
        "enabled": True,
        "frozen": True,
        "collects after each run": False,
        "compresses": False,
        "cached": [True] * 4,
    }
    assert "did not open" not in done.stderr
