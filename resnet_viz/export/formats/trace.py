"""The whole trace, to be read back."""

from __future__ import annotations

from ..registry import Export, Exporter


def write(export: Export) -> str:
    """All that is known, its spec and how it was traced included; ``Trace.from_json`` and ``resnet-viz open`` read it."""
    return export.trace.to_json()


EXPORTER = Exporter(
    "trace", "Trace, to open again", (".trace",), "application/json", "all that is known; `resnet-viz open` reads it back", write
)  # fmt: skip
