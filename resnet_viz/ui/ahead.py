"""The same picture at another input, before anybody asks the page for it.

From a click to the picture most of the time goes to the way through the page: a run, its messages, and all that they change.
So the browser gets the figure while somebody points at an input, or has it of earlier, and draws it with the click. The page
then says the same; what it says otherwise, or where it refuses the input, counts.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from resnet_viz.errors import InputError
from resnet_viz.ui import cache
from resnet_viz.ui.controls import SIZES, size_title
from resnet_viz.ui.diagram import address
from resnet_viz.ui.printing import Printed, shown
from resnet_viz.ui.server import AHEAD_URL
from resnet_viz.ui.subject import Known

_SIDES = tuple(side for side in SIZES if side != "own")


def offered(token: str, what: Printed) -> dict[str, Any]:
    """What the browser has to know of what is shown under ``token``: a ``key`` that says what is in its picture, ``where`` the
    inputs stand in the page, and ``at`` each of them the key and the address of that picture. Nothing where another input
    changes more of a picture than its numbers, or takes a device's time.
    """
    if not isinstance(what.subject, Known) or what.subject.device or what.place.level == "operation":
        return {}
    at = {size_title(side): [_key(_at(what, side)), address(f"{AHEAD_URL}/{token}/{side}")] for side in _SIDES}
    return {"key": _key(what), "where": ".st-key-size", "at": at}


def figure(token: str, side: str) -> str | None:
    """The figure that an address leads to, None where no session shows it any more or the network cannot run there."""
    what = shown(token)
    if side not in _SIDES or not isinstance(what, Printed) or not offered(token, what):
        return None
    there = _at(what, side)
    try:
        return cache.figure(there.subject, there.place, there.look).json
    except InputError:
        return None


def _at(what: Printed, side: str) -> Printed:
    assert isinstance(what.subject, Known)
    return Printed(what.title, what.subject._replace(size=(int(side), int(side))), what.place, what.look, what.what)


def _key(what: Printed) -> str:
    return blake2b(repr((what.subject, what.place, what.look)).encode(), digest_size=8).hexdigest()
