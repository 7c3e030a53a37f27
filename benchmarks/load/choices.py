"""What people do on Explore: a plausible run of choices, some of them never made before on this server."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from resnet_viz.ui.controls import network_titles

Choice = tuple[str, Any]  # a widget's label, and its new value in the words of the page

# Networks that take every stem and shortcut option, so that no choice is refused: an error in the page is then a fault.
NETWORKS = (
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet26", "resnext50_32x4d", "resnext101_32x8d",
    "wide_resnet50_2", "seresnet18", "seresnet50", "seresnext50_32x4d", "resnet50_v1", "cifar_resnet20",
    "cifar_resnet56", "wrn_28_10", "resnetv2_18", "resnetv2_50", "resnet50_gn", "seresnet34",
)  # fmt: skip
# What a class turns to that follows one lesson: the paper's networks, at inputs that somebody names.
LESSON = ("resnet18", "resnet34", "resnet50", "cifar_resnet20", "cifar_resnet56", "seresnet50")
SIZES = ("80x80", "160x224", "300x300")
COLOURS = ("stage", "kind of operation", "parameters", "MACs", "receptive field")
MIXES = ("class", "crowd")
_TITLES = network_titles()
_STEMS = ("as published", "ImageNet: 7×7/2, pool", "CIFAR: 3×3/1", "deep: three 3×3, pool")
_SHORTCUTS = ("as published", "A: pad zeros", "B: project if needed", "C: always project")
# what is said of each list must be among what the page offers in it
OFFERED = {
    "Network": tuple(_TITLES[name] for name in (*NETWORKS, *LESSON)),
    "Stem": tuple(f"Stem: {stem}" for stem in _STEMS),
    "Shortcut": tuple(f"Shortcut: {shortcut}" for shortcut in _SHORTCUTS),
    "Colour by": tuple(f"Colour: {colour}" for colour in COLOURS),
}
_KINDS = {
    "input": 30,
    "click": 20,
    "network": 15,
    "level": 10,
    "row": 8,
    "stem": 4,
    "shortcut": 3,
    "colour": 5,
    "own": 5,
}
FIRST = (_TITLES["resnet34"], "224", _STEMS[0], _SHORTCUTS[0], COLOURS[0], "network", None)


def choices(seed: int, mix: str) -> Iterator[tuple[Choice, tuple[Any, ...]]]:
    """Choices without end, each with what the page then shows; the same for the same ``seed``.

    A "class" follows one lesson: six networks, and inputs that several choose. In a "crowd" each person goes an own
    way: any network, odd sizes, so that hardly anything was seen before.
    """
    dice = random.Random(seed)
    together = mix == "class"
    networks = LESSON if together else NETWORKS
    network, side, stem, shortcut, colour, level, step = FIRST

    def pick(options: tuple[str, ...], now: str) -> str:
        return dice.choice([option for option in options if option != now])

    while True:
        kind = dice.choices(list(_KINDS), list(_KINDS.values()))[0]
        made: list[Choice]
        match kind:
            case "input":
                side = pick(("32", "64", "96", "128", "224"), side)
                made = [("Input (px)", f"{side} px")]
            case "own":
                made = [] if "x" in side else [("Input (px)", "own size")]
                side = pick(SIZES, side) if together else f"{dice.randint(32, 320)}x{dice.randint(32, 320)}"
                made.append(("Own size (H×W)", side))
            case "network":
                network = pick(tuple(_TITLES[name] for name in networks), network)
                made = [("Network", network)]
            case "stem":
                stem = pick(_STEMS, stem)
                made = [("Stem", f"Stem: {stem}")]
            case "shortcut":
                shortcut = pick(_SHORTCUTS, shortcut)
                made = [("Shortcut", f"Shortcut: {shortcut}")]
            case "colour":
                colour = pick(COLOURS, colour)
                made = [("Colour by", f"Colour: {colour}")]
            case "level":
                level = pick(("network", "stage", "block", "operation"), level)
                made = [("Level", level)]
            case _:
                step = dice.randint(0, 24)
                made = [("bidi_component" if kind == "click" else "dataframe", step)]
        for choice in made:
            yield choice, (network, side, stem, shortcut, colour, level, step)
