"""A pool whose window does not fit its map, or whose padding does not fit its window."""

from __future__ import annotations

from ...steps import AvgPool, MaxPool
from .entry import Cause, Entry, Found, Told, names, shape, sides

_SMALL = Cause(
    "The map has shrunk too far before it: the input is smaller than the network was made for, or its stem and stages reduce too much.",
    "Use an adaptive pool, a larger input, or a stem that reduces less.",
    "self.avgpool = nn.AdaptiveAvgPool2d(1)",
)  # fmt: skip


def _small(found: Found) -> Told | None:
    given = found.shape("given")
    steps = [s for s in found.trace.steps if isinstance(s.op, AvgPool | MaxPool) and s.inputs[0][1:] == given] if found.trace else []  # fmt: skip
    read = f" than the map it reads, {sides(given)} (C×H×W)" if given else " than the map it reads"
    return Told(f"A pool's window, or a conv's kernel, is larger{read}, so nothing would be left.", (_SMALL,), names(steps))  # fmt: skip


def _padding(found: Found) -> Told | None:
    pad, kernel = found.number("pad"), found.number("kernel")
    if pad is None or kernel is None:
        says = "A pool's padding is more than half its window."
        code = "nn.MaxPool2d(kernel_size, padding=kernel_size // 2)"
    else:
        says = (
            f"A pool's padding, {pad}, is more than half its window of {kernel}: some windows would see padding alone."
        )
        code = f"nn.MaxPool2d({kernel}, padding={kernel // 2})"
    cause = Cause(
        "A pool may pad by half its window at most, unlike a conv.", "Pad less, or pad before with nn.ZeroPad2d.", code
    )
    return Told(says, (cause,))


def _border(found: Found) -> Told | None:
    given = found.shape("given")
    return Told(
        f"A border of {found.word('pad')} was to be mirrored around a map of {sides(given)}, and a mirror reaches no farther than the map.",
        (
            Cause("The map has shrunk too far before it, or the border is too wide.", "Use a larger input, or a narrower border.", "nn.ZeroPad2d(padding)"),
        ),
    )  # fmt: skip


_N = r"\d{1,12}"
ENTRIES = (
    Entry(
        "pool",
        _small,
        (
            (rf"Given input size: {shape('given')}\. Calculated output size: \([-\dx ]{{1,60}}\)\. Output size is too small", "0.3–"),
            (r"[Oo]utput size is too small", "0.3–"),
            (r"output size too small", "0.3–"),
        ),
    ),
    Entry(
        "pool's padding",
        _padding,
        (
            (rf"pad should be at most half of effective kernel size, but got pad=(?P<pad>{_N}), kernel_size=(?P<kernel>{_N})", "1.10–"),
            (rf"pad should be smaller than (?:or equal to )?half of kernel size,? but got padW = (?P<pad>{_N}), padH = {_N}, kW = (?P<kernel>{_N})", "0.3–1.9"),
            (r"pad should be (?:smaller than|at most|smaller than or equal to) half of (?:effective )?kernel size", "0.3–"),
        ),
    ),
    Entry("mirrored border", _border, ((rf"Padding size should be less than the corresponding input dimension, but got: padding \((?P<pad>{_N}), {_N}\) at dimension \d of input {shape('given')}", "0.4–"),)),
)  # fmt: skip
