"""How does a figure live in a browser?  The script, styles and elements around plotly.js, for every page that shows one.

The script's function ``diagram`` draws a figure into an element; what it is given and tells back is in
:mod:`resnet_viz.picture.layout.contract`. Nothing here knows which page that is: the app's, a notebook's or another.
"""

from __future__ import annotations

import json
from pathlib import Path

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


def styles() -> str:
    """What the elements look like."""
    return joined(FOLDER, *STYLES)
