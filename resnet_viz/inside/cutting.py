"""What if this were not there?  Parts of a network that can be taken out of a pass: a residual, a shortcut, channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ..checks import check_one_of
from ..errors import InputError, LookError
from ..steps import Step
from ..wording import plural
from .run import Cut, Instead

_FIX = "use e.g. channel=('conv1', 3)"


def check_instead(instead: object) -> Instead:
    return cast("Instead", check_one_of("instead", instead, ("zero", "mean")))


def operand_cut(step: Step, operand: int, what: str, block: str, instead: Instead) -> Cut:
    """Without one of the two that meet at an addition."""
    words = "is 0" if instead == "zero" else "is its mean in each channel"
    return Cut(step.index, instead, f"cut: the {what} of {block} {words}", operand=operand)


def named_channels(channel: object) -> tuple[str, tuple[int, ...]]:
    """A step's name and channels out of ``("conv1", 3)`` or ``("conv1", (3, 4))``. Raises :class:`InputError`."""
    given: Any = channel
    if not isinstance(given, tuple | list) or len(cast("Sequence[Any]", given)) != 2:
        raise InputError("channel", channel, "must be a step's name and a channel", _FIX)
    name, numbers = cast("Sequence[Any]", given)
    name = name.name if isinstance(name, Step) else name
    several: list[Any] = [numbers] if isinstance(numbers, int) else list(numbers) if isinstance(numbers, tuple | list | range) else []  # fmt: skip
    fits = several and all(isinstance(one, int) and not isinstance(one, bool) for one in several)
    if not isinstance(name, str) or not fits:
        raise InputError("channel", channel, "must be a step's name and a channel, or several", _FIX)
    return name, tuple(dict.fromkeys(several))


def channel_cut(step: Step, channels: tuple[int, ...], refused: str, instead: Instead) -> Cut:
    """Without some of a step's channels. Raises :class:`LookError`."""
    if refused:
        raise LookError(
            "channel", step.name, refused.partition("; ")[0], refused.partition("; ")[2] or "cut another step"
        )
    if not step.reads:
        raise LookError("channel", step.name, "is the image itself", "look at an image without it")
    if len(step.output) < 2:
        raise LookError("channel", step.name, "has no channels", "cut another step")
    most = step.output[1] - 1
    for one in channels:
        if not 0 <= one <= most:
            raise InputError("channel", one, f"{step.name} has channels 0 to {most}", "use one of them")
    named = f"channel {channels[0]}" if len(channels) == 1 else plural(len(channels), "channel")
    verb = "is" if len(channels) == 1 else "are"
    end = "0" if instead == "zero" else "the mean of its map" if len(channels) == 1 else "the means of their maps"
    return Cut(step.index, instead, f"cut: {named} of {step.name} {verb} {end}", channels)
