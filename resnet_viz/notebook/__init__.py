"""How does a picture live in a notebook?  ``rv.widget``: the same picture as the app's, in Jupyter, VS Code, Colab and marimo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engines.given import trace_of
from ..extras import require
from ..steps import Pair

if TYPE_CHECKING:
    from .live import Widget


def widget(
    network: Any,
    input_size: int | Pair | None = None,
    batch: int = 1,
    device: str = "auto",
    *,
    inputs: Any = None,
    level: str = "network",
    focus: str | None = None,
    colour: str = "stage",
    true_scale: bool = False,
    unfold: bool = False,
    theme: str = "auto",
    table: bool = True,
    title: str | None = None,
) -> Widget:
    """The picture of a network in a notebook: it is clicked, walked in by keys, and opened from level to level.

    ``network`` is a trace, a network of the catalogue or a module of your own, which is run once as
    :func:`resnet_viz.trace` does with the same ``input_size``, ``batch``, ``device`` and ``inputs``. ``level``, ``focus``,
    ``colour``, ``true_scale`` and ``unfold`` are those of :func:`resnet_viz.draw`; ``theme`` "auto" is the notebook's own,
    light or dark. ``table`` puts the shape table under the picture, in which the same step is chosen. ``title`` is
    what the network is called there.

    What is chosen is ``.selected``, a step's name, which can be set and observed; ``.step`` is that step. Nothing is
    asked of the network: the script and Plotly.js come from Python. Where its kernel is gone, a click says to run the cell again.

    Raises what :func:`resnet_viz.trace` and :func:`resnet_viz.draw` raise, and :class:`MissingPackageError` where a
    package of the extra ``notebook`` is absent.

    >>> import resnet_viz as rv
    >>> shown = rv.widget("resnet18@64")
    >>> shown.selected = "layer2.0.conv1"
    >>> shown.step.output
    (1, 128, 8, 8)
    >>> shown.go("block", "layer2.0")
    >>> shown.place.text
    'block layer2.0'
    """
    require("anywidget", "a widget")
    from .live import Widget

    trace = trace_of(network, input_size, batch, device, inputs)
    return Widget(trace, level, focus, colour, true_scale, unfold, theme, table, title)
