"""What the server gives out beside the pages: plotly.js, out of the plotly package, so that nothing comes from outside."""

from __future__ import annotations

from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

MAIN = Path(__file__).with_name("main.py")
_FILE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PLOTLY_URL = f"/vendor/plotly-{plotly.__version__}.min.js"


async def _plotly(_: Request) -> Response:
    # the name carries the version, so a browser may keep it
    return FileResponse(
        _FILE, media_type="text/javascript", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )


ROUTES = (Route(PLOTLY_URL, _plotly),)
