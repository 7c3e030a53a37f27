"""How does a figure live in a browser?  The script, styles and elements around plotly.js, for every page that shows one.

The script's function ``diagram`` draws a figure into an element; what it is given and tells back is in
:mod:`resnet_viz.picture.layout.contract`. Nothing here knows which page that is: the app's, a notebook's or another.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from plotly.offline import get_plotlyjs_version

from resnet_viz.picture.layout import contract

FOLDER = Path(__file__).parent
PARTS = (
    "plotly.js",
    "paper.js",
    "tip.js",
    "trail.js",
    "ahead.js",
    "under.js",
    "overview.js",
    "travel.js",
    "diagram.js",
)
PLOTLY_BASIC = FOLDER / "plotly-basic.min.js"
"""Plotly.js with bars and scatters alone, as its makers publish it: a browser reads it in a fifth of the time."""
STYLES = ("diagram.css", "paper.css")
HTML = """
<nav class="trail" aria-label="Where in the network" hidden><ol></ol></nav>
<div class="stage">
  <div class="room" tabindex="0" role="application" aria-roledescription="diagram; arrow keys walk, Enter goes in, Escape out">
    <div class="plot"></div>
  </div>
</div>
<div class="overview" hidden>
  <div class="strip" tabindex="0" role="slider" aria-label="Part of the picture that is seen" aria-valuemin="0" aria-valuemax="100">
    <canvas></canvas><div class="seen"></div>
  </div>
  <div class="here"></div>
</div>
<div class="tip" aria-hidden="true" hidden></div>
<div class="said" aria-live="polite"></div>
"""


def joined(folder: Path, *names: str) -> str:
    """Files of a folder one after the other, as one."""
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def source() -> str:
    """The parts of the script in one, with the contract before them, so that they have no copy of what the figures say."""
    facts = json.dumps(json.loads(contract.FILE.read_text(encoding="utf-8")))
    return f"const CONTRACT = {facts};\n{joined(FOLDER, *PARTS)}"


def script() -> str:
    """A module whose default export is ``diagram``."""
    return f"{source()}\nexport default diagram;\n"


@cache
def basic_version() -> str | None:
    """The version of :data:`PLOTLY_BASIC`; None where the installed Plotly has another, for then the two do not mix."""
    with PLOTLY_BASIC.open(encoding="utf-8") as file:
        found = re.search(r"v(\d+\.\d+\.\d+)", file.read(200))
    return found[1] if found and found[1] == get_plotlyjs_version() else None


def styles() -> str:
    """What the elements look like."""
    return joined(FOLDER, *STYLES)
