"""Where in a file is a residual network, and what of it is there?  Blocks that follow each other, a stem, a head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .blocks import BlockFound, blocks_in
from .schemes import HEAD, Scheme, scheme_of
from .tree import Node, Tensor, common, grow

MOST_COPIES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A residual network in a file's tree: its blocks by stage, and what belongs to them."""

    stages: tuple[tuple[BlockFound, ...], ...]
    root: Node  # has stem and blocks below it, and the head where that is not elsewhere
    stem: tuple[Node, ...]
    stem_norms: tuple[Node | None, ...]  # one for each conv of the stem
    last_norm: Node | None
    heads: tuple[tuple[Node, ...], ...]  # what reads the last block's channels: of each head its layers and norms
    unexplained: tuple[Node, ...]  # among the blocks, and of no kind that is known here
    besides: tuple[Node, ...]  # elsewhere below the root
    scheme: Scheme | None

    @property
    def blocks(self) -> tuple[BlockFound, ...]:
        return tuple(block for stage in self.stages for block in stage)

    @property
    def preact(self) -> bool:
        return any(block.preact for block in self.blocks) or (self.last_norm is not None and not _told(self.blocks))

    @property
    def plain_head(self) -> Node | None:
        """A single layer that gives the classes, with its bias."""
        single = self.heads[0][0] if len(self.heads) == 1 and len(self.heads[0]) == 1 else None
        return single if single is not None and "bias" in single.shapes else None

    def nodes(self) -> Iterator[Node]:
        """All modules that are explained, the head included."""
        yield from (*self.stem, *(norm for norm in self.stem_norms if norm))
        for head in self.heads:
            yield from head
        if self.last_norm:
            yield self.last_norm
        for block in self.blocks:
            yield from (*block.main, *block.norms, *block.gate)
            yield from (node for node in (block.shortcut, block.shortcut_norm) if node)


def _told(blocks: Sequence[BlockFound]) -> bool:
    return any(block.preact is False for block in blocks)


def find(tensors: Sequence[Tensor], *, ordered: bool) -> tuple[Chain, ...]:
    """The residual networks among ``tensors``, those with most blocks first; of equal ones, in the file's order."""
    root = grow(tensors, ordered=ordered)
    blocks = blocks_in(root)
    runs = [run for run in _runs(blocks) if _is_residual(run)]
    roots = [common([block.node for block in run]) for run in runs]
    chains = [
        chain
        for number, run in enumerate(runs[: 4 * MOST_COPIES])
        if (chain := _chain(run, roots[number], [r for r in roots if r is not roots[number]])) is not None
        and not _broken(chain, blocks)
    ]
    return tuple(sorted(chains, key=lambda chain: -len(chain.blocks))[:MOST_COPIES])


def _broken(chain: Chain, blocks: Sequence[BlockFound]) -> bool:
    """Whether what was read is a part of something: blocks that may follow it beside it, or convs between its own."""
    own, last = {id(block) for block in chain.blocks}, chain.blocks[-1]
    others = [b for b in blocks if id(b) not in own and _inside(b.node, chain.root) and b.sort == last.sort]
    return any(last.out <= b.into <= b.out for b in others) or any(m.kind == "conv" for m in chain.unexplained if not any(m in b.extras for b in chain.blocks))  # fmt: skip


def _runs(blocks: Sequence[BlockFound]) -> list[list[BlockFound]]:
    """Blocks that follow each other: each reads what the one before gives, and is of the same sort."""
    runs: list[list[BlockFound]] = []
    for block in blocks:
        last = runs[-1][-1] if runs else None
        follows = last is not None and last.out == block.into and last.sort == block.sort
        if follows and (block.shortcut is not None or block.out >= block.into):
            runs[-1].append(block)
        else:
            runs.append([block])
    return runs


def _is_residual(run: Sequence[BlockFound]) -> bool:
    """Two convs in a row are half of many networks: a shortcut's projection shows a sum, or blocks that keep their width."""
    projected = any(block.shortcut for block in run)
    kept = sum(block.into == block.out for block in run)
    return len(run) > 1 and (projected or (kept > 1 and kept >= len(run) / 2)) and run[0].into > 4


def _chain(run: Sequence[BlockFound], home: Node, others: Sequence[Node]) -> Chain | None:
    taken = {id(module) for block in run for module in block.node.modules()}
    into, out = run[0].into, run[-1].out
    for root in home.ancestors():
        if any(_inside(other, root) and not _inside(other, home) for other in others):
            break  # what lies there may be another copy's
        rest = [module for module in root.modules() if id(module) not in taken]
        stem = _stem([module for module in rest if module.kind == "conv"], into)
        if stem and any(_within_another(module, root, stem, taken) for module in stem):
            return None  # what seems to be a stem is a part of a stage that is not understood
        if stem:
            return _completed(run, root, stem, [module for module in rest if module not in stem], out)
    return None


def _within_another(module: Node, root: Node, stem: tuple[Node, ...], taken: set[int]) -> bool:
    """Whether ``module`` lies below ``root`` in something that has convs beside the stem's and the blocks'."""
    between = [node for node in module.ancestors() if node is not module and len(node.path) > len(root.path)]
    own = {id(conv) for conv in stem} | taken
    return any(other.kind == "conv" and id(other) not in own for node in between for other in node.modules())


def _inside(node: Node, root: Node) -> bool:
    return node.path[: len(root.path)] == root.path


def _stem(convs: Sequence[Node], into: int) -> tuple[Node, ...]:
    """The first convs in a row that lead from an image to the first block's channels."""
    for start, first in enumerate(convs):
        run = [first]
        for conv in convs[start + 1 : start + 8]:
            pools = conv.kernel == (3,) * len(conv.kernel) and conv.weight[:2] == (into, into)
            if conv.weight[1] != run[-1].out or not (conv.kernel == first.kernel or pools) or "bias" in conv.shapes:
                break
            run.append(conv)
        while run and run[-1].out != into:
            run.pop()
        grows = run and (len(run) == 1 or run[0].weight[1] <= run[0].out)
        if run and grows and run[0].weight[1] < max(into, 5) and all(side % 2 for side in run[0].kernel):
            return tuple(run)
    return ()


def _completed(run: Sequence[BlockFound], root: Node, stem: tuple[Node, ...], rest: list[Node], out: int) -> Chain:
    preact = any(block.preact for block in run)
    told = _told(run)
    taken = {id(module) for block in run for module in block.node.modules()}
    norms = [m for m in rest if m.kind == "norm" and not _within_another(m, root, stem, taken)]
    stem_norms: list[Node | None] = []
    for place, conv in enumerate(stem):
        near = [norm for norm in norms if norm.width == conv.out and norm not in stem_norms]
        if preact and place == len(stem) - 1 and out == conv.out:
            near = near[:-1]  # the norm at the end has the same width
        stem_norms.append(_beside(near, conv))
    left = [norm for norm in norms if norm not in stem_norms and norm.width == out]
    last_norm = next(iter(left), None) if (preact or not told) else None
    if not preact and not told and last_norm is not None and stem_norms[-1] is not None:
        last_norm = None  # a norm behind the stem already: these blocks end with theirs
    if preact and last_norm is None and root.parent is not None:
        outside = [m for m in root.parent.modules() if m.kind == "norm" and m.width == out and not _inside(m, root)]
        last_norm = outside[0] if len(outside) == 1 else None
    rest = [module for module in rest if module not in stem_norms and module is not last_norm]
    heads = _heads(rest, root, out)
    rest = [module for module in rest if not any(module in head for head in heads)]
    stages = _stages(run)
    homes = [common([block.node for block in stage]) for stage in stages]
    among = [m for m in rest if any(h is not root and _inside(m, h) for h in homes) and m.kind in ("conv", "norm", "gate")]  # fmt: skip
    extras = [module for block in run for module in block.extras]
    besides = tuple(module for module in rest if module not in among)
    names = [tensor.name for tensor in _all_tensors(root)]
    return Chain(
        stages, root, stem, tuple(stem_norms), last_norm, heads, (*extras, *among), besides, scheme_of(names)
    )  # fmt: skip


def _beside(norms: Sequence[Node], conv: Node) -> Node | None:
    """The norm that stands nearest to ``conv`` in the tree: in it, then in the same module, then the first."""
    inside = [norm for norm in norms if norm.parent is conv]
    siblings = [norm for norm in norms if norm.parent is conv.parent]
    return next(iter((*inside, *siblings, *norms)), None)


def _all_tensors(root: Node) -> Iterator[Tensor]:
    for module in root.modules():
        yield from module.params.values()


def _heads(rest: Sequence[Node], root: Node, out: int) -> tuple[tuple[Node, ...], ...]:
    """What reads the last block's channels: below ``root``, else beside it under a head's name or as a Sequential's next."""
    found = _from(rest, root, out)
    parent = root.parent
    if found or parent is None:
        return found
    if root.name.isdigit():  # a body and a head in a Sequential; the head may pool twice, so it reads twice as many
        modules = list(after.modules()) if (after := parent.children.get(str(int(root.name) + 1))) else []
        layers = [module for module in modules if module.kind == "linear"]
        return (tuple(modules),) if layers and layers[0].weight[1] in (out, 2 * out) else ()
    beside = [module for module in parent.modules() if not _inside(module, root)]
    heads = [head for head in _from(beside, parent, out) if _named_head(head[0]) and "bias" in head[0].shapes]
    near = [head for head in heads if len(head[0].path) <= len(parent.path) + 2]
    return tuple(near) if len({head[0].path[: len(parent.path) + 1] for head in near}) == 1 else ()


def _is_layer(module: Node) -> bool:
    return module.kind == "linear" or (module.kind == "conv" and module.pointwise and len(module.weight) == 4)


def _from(rest: Sequence[Node], root: Node, out: int) -> tuple[tuple[Node, ...], ...]:
    """Heads below ``root``: layers that read ``out`` channels, each with what follows it in its module."""
    heads: list[tuple[Node, ...]] = []
    for layer in rest:
        if not _is_layer(layer) or any(layer in head for head in heads):
            continue
        if layer.weight[1] != out or not (layer.kind == "linear" or _named_head(layer)):
            continue
        home = layer.parent
        within = [m for m in rest if home is not None and home is not root and m.parent is home]
        layers = [module for module in within if _is_layer(module)]
        beside = all(other.weight[1] == out != other.out for other in layers)  # each reads the blocks, none the other
        heads.append((layer,) if beside else tuple(within[within.index(layer) :]))
    called = [head for head in heads if _named_head(head[0])]
    return tuple(called or heads)


def _named_head(layer: Node) -> bool:
    """By its own name or its module's; what stands further up may call all of a larger network so."""
    return bool(HEAD.search(".".join(layer.path[-2:])))


def _stages(run: Sequence[BlockFound]) -> tuple[tuple[BlockFound, ...], ...]:
    """A stage begins where the channels change, or where a projection stands though not every block has one."""
    always = all(block.shortcut for block in run)
    stages = [[run[0]]]
    for before, block in pairwise(run):
        changed = block.out != before.out
        projected = block.shortcut is not None and not always
        if changed or projected:
            stages.append([])
        stages[-1].append(block)
    return tuple(tuple(stage) for stage in stages)
