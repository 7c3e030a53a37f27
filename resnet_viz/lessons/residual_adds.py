"""What the residual adds, in real numbers."""

from __future__ import annotations

from statistics import median

from .base import Answer, Lesson, Page, Question, choices, hwc, right
from .figure import Added
from .first_maps import DRAWING
from .scene import Scene
from .shipped import looked, trained

_SMALL, _LARGE = 0.2, 5.0  # of the shortcut: below it is a correction, above it the shortcut hardly counts
_CORRECTS, _EQUALS, _REPLACES = (
    "a small correction of it",
    "about as large as it",
    "many times as large: the shortcut hardly counts",
)


def build(scene: Scene) -> Page:
    own, told = trained(scene)
    shares = [(share.block, share.ratio) for share in looked(DRAWING).residual_share() if share.ratio is not None]
    ratios = dict(shares)
    changing = [block.name for block in own.blocks() if any(step.kind in ("conv", "pad") for step in block.way)]
    keeping = [name for name in ratios if name not in changing]
    middle = median(ratios.values())
    truth = _CORRECTS if middle < _SMALL else _REPLACES if middle > _LARGE else _EQUALS
    least, most = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    measured = f"from {ratios[least]:.2f} times the shortcut in `{least}` to {ratios[most]:.2f} times in `{most}`"
    block = next(block for block in (*own.blocks(2), *own.blocks()) if block.name in keeping)
    chosen = block.name
    whys = {
        _CORRECTS: "That is the idea, and deep networks come nearer to it: the more blocks, the less each one has to change. "
        f"With as few as {len(ratios)} blocks each does a good part of the work.",
        _EQUALS: "It adds where it is positive and takes away where it is negative: much of what the block reads it changes.",
        _REPLACES: "Then the shortcut would carry next to nothing, and to cut it would hardly matter.",
    }
    return Page(
        f"{told}At each ⊕ of the trained network two real volumes meet: what the shortcut brings, and the **residual** that the convs have made. In "
        f"`{chosen}` both are {hwc(block.add.output)}. The shortcut comes from a ReLU and is never negative; the residual is both.",
        Added(own, DRAWING, chosen),
        Question(
            "Measure each by the root of its summed squares. How large is the residual against the shortcut, in most blocks?",
            choices(
                "residual-adds",
                right(truth, f"On this drawing it is {measured}. {whys[truth] if truth != _CORRECTS else ''}".strip()),
                [Answer(text, f"It is {measured}. {why}" if text == _REPLACES else f"{why} It is {measured}.") for text, why in whys.items() if text != truth],
            ),
        ),
        f"{_compared(ratios, changing, keeping)}Is a block needed at all? Its residual can be set to zero, so that the shortcut alone goes on, and the network be asked "
        "again: the bars count its right answers then, block by block. Veit, Wilber and Belongie did so with networks many times as deep: nearly any single block can go "
        "there, and most answers stay. They read a ResNet as many short ways at once, of which a shallow one has fewer.",
    )  # fmt: skip


def _compared(ratios: dict[str, float], changing: list[str], keeping: list[str]) -> str:
    """The blocks that change the shape against the others."""
    first, other = (median(ratios[name] for name in names) for names in (changing, keeping))
    if first <= 1.1 * other:
        return ""
    return (
        f"In the blocks that change the shape, {' and '.join(f'`{name}`' for name in changing)}, it is larger: {first:.2f} times the shortcut, against {other:.2f} in the middle of the "
        "others. There the shortcut drops cells and has only zeros in its new channels, which the residual alone can fill. "
    )


LESSON = Lesson(
    "residual-adds",
    "What the residual adds",
    "The residual is no trifle: it reshapes what the shortcut carries.",
    "cifar_resnet20:stem.stride=2@64",
    ("residual", "shortcut", "ReLU"),
    build,
    deeper=True,
)
