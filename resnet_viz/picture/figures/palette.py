"""The only colours. Okabe and Ito's set, told apart with colour-blind eyes; faces are equal in light and dark."""

from __future__ import annotations

_ROLES = {"input": "#8a8a8a", "stem": "#E69F00", "head": "#56B4E9", "kernel": "#F0E442"}
_STAGES = ("#0072B2", "#009E73", "#D55E00", "#CC79A7", "#8C6BB1", "#7F6000")
ON_ACCENT = "#10212e"  # words on the dark theme's light accent
INK = {"light": "#1f2a37", "dark": "#e8ecf1"}
MUTED = {"light": "#5b6673", "dark": "#a9b4c0"}
LINK = {
    "main": INK,
    "identity": {"light": "#1f5fbf", "dark": "#82b4ff"},
    "projection": {"light": "#b3261e", "dark": "#ff8a80"},
    "zero-pad": {"light": "#6a3fa0", "dark": "#c3a2f2"},
    "gate": {"light": "#00695c", "dark": "#5ec8b8"},
    "skip": {"light": "#4c190f", "dark": "#ffcc66"},
}
STOP = {"light": "#b3261e", "dark": "#ff8a80"}  # what is wrong
HALO = {"light": "#ffd84d", "dark": "#b38600"}  # a marker pen's, around what differs
PAPER = {"light": "#ffffff", "dark": "#171614"}
GRID = {"light": "#dde3ea", "dark": "#2b3440"}
FONTS = "Arial, Helvetica, sans-serif"


def base(role: str) -> str:
    """The colour of a role; stages beyond the sixth start again."""
    return _ROLES.get(role) or _STAGES[(int(role.removeprefix("stage")) - 1) % len(_STAGES)]


def shade(colour: str, towards: str, share: float) -> str:
    """``colour`` mixed with ``share`` of another, both ``#rrggbb``."""
    mixed = [round(int(colour[i : i + 2], 16) * (1 - share) + int(towards[i : i + 2], 16) * share) for i in (1, 3, 5)]
    return "#" + "".join(f"{value:02x}" for value in mixed)


# Cividis in eight steps: read by colour-blind eyes as by others, dark to bright.
RAMP = ("#1c3d6e", "#434e6c", "#5f636f", "#7c7b78", "#989177", "#b6a86f", "#d8c45e", "#fde737")
# Numbers below and above 0 on a map: blue and orange, and between them the page's own paper or nearly it.
SIGNED = {
    "light": ("#003f66", "#0072B2", "#f4f4f2", "#D55E00", "#7a3500"),
    "dark": ("#8fd0ff", "#0072B2", "#262523", "#D55E00", "#ffc299"),
}
UNCOUNTED = "#d9e2ec"  # a volume without a number of its own: paler than the ramp, whose middle is grey
# What a volume is of, in the order of a legend; at whatever level, a block's output has the colour of a block.
KINDS = {
    "input": "#8a8a8a",
    "conv": "#0072B2",
    "projection": "#D55E00",
    "norm": "#882255",
    "activation": "#DDCC77",
    "pool": "#E69F00",
    "block": "#009E73",
    "linear": "#56B4E9",
    "other": "#CC79A7",
}


def hover(theme: str) -> dict[str, object]:
    """What hovering tells, in the page's own colours."""
    return {
        "align": "left", "bgcolor": PAPER[theme], "bordercolor": MUTED[theme], "namelength": 0,
        "font": {"color": INK[theme], "family": FONTS, "size": 13},
    }  # fmt: skip


def on_ramp(share: float) -> str:
    """The colour of a share of the largest, from 0 to 1: each colour stands for an equal part of the way."""
    return RAMP[min(len(RAMP) - 1, int(share * len(RAMP)))]


def clear(colour: str, share: float) -> str:
    """``#rrggbb`` with an opacity from 0 to 1."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


# For print without colours: hues that would be one grey are set apart, stages from dark to bright.
_GREYS = {
    "#0072B2": "#3d3d3d", "#009E73": "#6b6b6b", "#D55E00": "#8f8f8f", "#CC79A7": "#b3b3b3", "#8C6BB1": "#545454", "#7F6000": "#7d7d7d",
    "#8a8a8a": "#d6d6d6", "#E69F00": "#c4c4c4", "#56B4E9": "#e3e3e3", "#882255": "#242424", "#DDCC77": "#a1a1a1",
}  # fmt: skip


def grey(colour: str) -> str:
    """``#rrggbb`` without its colour: of a volume's hue its own grey, else as light as eyes find it.

    >>> grey("#ffffff"), grey("#1f2a37"), grey("#0072B2")
    ('#ffffff', '#292929', '#3d3d3d')
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return _GREYS.get(colour) or "#" + f"{round(0.2126 * red + 0.7152 * green + 0.0722 * blue):02x}" * 3
