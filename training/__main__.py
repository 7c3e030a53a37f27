"""``make train``: train the networks of ``resnet_viz/learned/networks`` anew, and write what was measured beside them."""

from __future__ import annotations

import sys

from . import depths, shipped

PARTS = {"drawings": shipped.main, "depths": depths.main}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
