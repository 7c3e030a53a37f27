"""Which modules are a residual block?  Read off their shapes: who reads how many channels, and gives how many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...steps import Shape
from .schemes import SHORTCUT
from .tree import Node

MOST_CONVS = 12  # of one block, gates and all


@dataclass(frozen=True, slots=True, eq=False)
class BlockFound:
    """A node that is a residual block: its convs on the main path, their norms, its shortcut, its gate."""

    node: Node
    main: tuple[Node, ...]  # two kxk convs, or 1x1, kxk, 1x1
    norms: tuple[Node, ...]  # as many as the main path has, or none
    preact: bool | None  # None where the widths do not tell
    shortcut: Node | None
    shortcut_norm: Node | None
    gate: tuple[Node, ...]  # SE's two layers, or ECA's one
    extras: tuple[Node, ...]  # what no block here has

    @property
    def bottleneck(self) -> bool:
        return len(self.main) == 3

    @property
    def into(self) -> int:
        return self.main[0].weight[1]

    @property
    def mid(self) -> int:
        return self.main[0].out

    @property
    def out(self) -> int:
        return self.main[-1].out

    @property
    def kernel(self) -> Shape:
        return self.main[1].kernel

    @property
    def groups(self) -> int:
        return self.mid // self.main[1].weight[1] if self.bottleneck else 1

    @property
    def gate_kind(self) -> str:
        return {0: "none", 1: "eca", 2: "se"}[len(self.gate)]

    @property
    def sort(self) -> tuple[object, ...]:
        """What all blocks of one network have in common."""
        return self.bottleneck, self.kernel, self.groups, self.gate_kind, bool(self.norms)


def blocks_in(root: Node) -> list[BlockFound]:
    """All residual blocks below ``root``, in order: the highest node that is exactly one block, each time."""
    found: list[BlockFound] = []
    _collect(root, found)
    return found


def _collect(node: Node, found: list[BlockFound]) -> None:
    if node.convs < 2:
        return
    block = read_block(node) if node.convs <= MOST_CONVS else None
    if block and not block.extras:
        found.append(block)
        return
    before = len(found)
    for child in node.children.values():
        _collect(child, found)
    if block and len(found) == before:
        found.append(block)


def read_block(node: Node) -> BlockFound | None:
    """``node`` as one residual block; None where no two or three of its convs are a block's main path."""
    modules = list(node.modules())
    convs = [module for module in modules if module.kind == "conv"]
    order = {id(module): place for place, module in enumerate(modules)}
    best: BlockFound | None = None
    score = (-99, 0)
    for main in _main_paths(convs):
        places = [order[id(conv)] for conv in main]
        named = [_within(conv, node) for conv in main]
        worth = (
            4 * (not any(SHORTCUT.search(name) for name in named))
            + 2 * (len({re.sub(r"\d+[abc]?", "#", name) for name in named}) == 1)
            + (places == sorted(places))
        )
        if (worth, -places[0]) <= score:
            continue  # what is left over can only make it worth less
        made = _complete(node, main, modules)
        if made and (worth - 3 * len(made.extras), -places[0]) > score:
            best, score = made, (worth - 3 * len(made.extras), -places[0])
    if best and best.extras and not best.bottleneck and any(not e.pointwise for e in best.extras if e.kind == "conv"):
        return None  # two of several convs in a row are no basic block
    return best


def _main_paths(convs: Sequence[Node]) -> Iterator[tuple[Node, ...]]:
    wide = [conv for conv in convs if not conv.pointwise]
    narrow = [conv for conv in convs if conv.pointwise]
    for middle in wide:
        mid = middle.out
        if mid % middle.weight[1]:
            continue
        firsts = [conv for conv in narrow if conv.out == mid]
        lasts = [conv for conv in narrow if conv.weight[1] == mid]
        yield from ((first, middle, last) for first in firsts for last in lasts if first is not last)
    if len(wide) == 2:
        for first, second in (wide, reversed(wide)):
            if second.weight[1] == second.out == first.out and first.kernel == second.kernel:
                yield (first, second)


def _complete(node: Node, main: tuple[Node, ...], modules: Sequence[Node]) -> BlockFound | None:
    """Norms, shortcut and gate around a main path; what is left over is ``extras``."""
    into, out = main[0].weight[1], main[-1].out
    rest = [module for module in modules if not any(module is conv for conv in main)]
    gate = _gate(rest, out)
    rest = [module for module in rest if module not in gate]
    sides = [m for m in rest if m.kind == "conv" and m.pointwise and m.weight[:2] == (out, into)]
    shortcut = max(sides, key=lambda m: bool(SHORTCUT.search(_within(m, node))), default=None)
    rest = [module for module in rest if module is not shortcut]
    norms = [module for module in rest if module.kind == "norm"]
    rest = [module for module in rest if module.kind != "norm"]
    foreign = [norm for norm in norms if norm.width not in (into, main[0].out, out)]
    rest += foreign
    norms = [norm for norm in norms if norm not in foreign]
    side_norm = _shortcut_norm(norms, shortcut, node, len(main)) if shortcut else None
    norms = [norm for norm in norms if norm is not side_norm]
    widths = tuple(norm.width for norm in norms)
    after = tuple(conv.out for conv in main)
    before = tuple(conv.weight[1] for conv in main[:1]) + after[:-1]
    if widths in (after, before):
        preact = None if after == before else widths == before
        chosen = tuple(norms)
    elif not norms:
        preact, chosen = None, ()
    else:
        return None
    return BlockFound(node, main, chosen, preact, shortcut, side_norm, gate, tuple(rest))


def _within(module: Node, node: Node) -> str:
    return ".".join(module.path[len(node.path) :])


def _gate(modules: Sequence[Node], out: int) -> tuple[Node, ...]:
    """SE's two layers from and to ``out`` channels, with fewer between; or ECA's."""
    for module in modules:
        if module.kind == "gate":
            return (module,)
    layers = [m for m in modules if m.kind == "linear" or (m.kind == "conv" and m.pointwise and "bias" in m.shapes)]
    bare = [m for m in modules if m.kind == "conv" and m.pointwise and m not in layers]
    for candidates in (layers, bare):  # some codes' gates have no biases
        for first in candidates:
            for second in candidates:
                if first.weight[1] == second.out == out and first.out == second.weight[1] < out:
                    return first, second
    return ()


def _shortcut_norm(norms: Sequence[Node], shortcut: Node, node: Node, main: int) -> Node | None:
    """The norm that stands beside the shortcut's conv, or is called as it is; else one too many of its width."""
    beside = [
        norm
        for norm in norms
        if (norm.parent is shortcut.parent and shortcut.parent is not node)
        or norm.parent is shortcut
        or SHORTCUT.search(_within(norm, node))
    ]
    if beside:
        return next((norm for norm in beside if norm.width == shortcut.out), None)
    spare = [norm for norm in norms if norm.width == shortcut.out]
    return spare[-1] if len(norms) == main + 1 and spare else None
