"""The only colours. Okabe and Ito's set, told apart with colour-blind eyes; faces are equal in light and dark."""

from __future__ import annotations

_ROLES = {"input": "#8a8a8a", "stem": "#E69F00", "head": "#56B4E9"}
_STAGES = ("#0072B2", "#009E73", "#D55E00", "#CC79A7", "#8C6BB1", "#7F6000")
INK = {"light": "#1f2a37", "dark": "#e8ecf1"}
MUTED = {"light": "#5b6673", "dark": "#a9b4c0"}
LINK = {
    "main": MUTED,
    "identity": {"light": "#4b5b6b", "dark": "#b9c6d3"},
    "projection": {"light": "#b3261e", "dark": "#ff8a80"},
    "zero-pad": {"light": "#6a3fa0", "dark": "#c3a2f2"},
    "gate": {"light": "#00695c", "dark": "#5ec8b8"},
}
PAPER = {"light": "#ffffff", "dark": "#0e1117"}
GRID = {"light": "#dde3ea", "dark": "#2b3440"}
THEMES = ("light", "dark")


def base(role: str) -> str:
    """The colour of a role; stages beyond the sixth start again."""
    return _ROLES.get(role) or _STAGES[(int(role.removeprefix("stage")) - 1) % len(_STAGES)]


def shade(colour: str, towards: str, share: float) -> str:
    """``colour`` mixed with ``share`` of another, both ``#rrggbb``."""
    mixed = [round(int(colour[i : i + 2], 16) * (1 - share) + int(towards[i : i + 2], 16) * share) for i in (1, 3, 5)]
    return "#" + "".join(f"{value:02x}" for value in mixed)


def faces(role: str, ghost: bool = False) -> tuple[str, str, str]:
    """Front, side and top colour of a volume; a ghost is paler."""
    colour = shade(base(role), "#ffffff", 0.5) if ghost else base(role)
    return shade(colour, "#ffffff", 0.25), colour, shade(colour, "#ffffff", 0.6)
