"""A file's names as a tree of modules, each with its kind as its shapes tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...steps import Shape
from .schemes import LEAF, scheme_of, spelled, turned

Path = tuple[str, ...]
MAX_LEVELS = 24  # of names; what lies deeper is not looked into


@dataclass(frozen=True, slots=True)
class Tensor:
    """A name, its shape, and the keys of the dictionaries around it."""

    where: Path
    name: str
    shape: Shape


@dataclass(slots=True, eq=False)
class Node:
    """A module: its parameters by role, and the modules in it."""

    path: Path = ()
    parent: Node | None = None
    params: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    shapes: dict[str, Shape] = field(default_factory=dict[str, Shape])  # as PyTorch has them
    children: dict[str, Node] = field(default_factory=dict[str, "Node"])
    kind: str = ""  # conv, linear, norm, gate (ECA's conv along the channels), other; "" without parameters of its own
    convs: int = 0  # in it and below it

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""

    @property
    def weight(self) -> Shape:
        return self.shapes.get("weight", ())

    @property
    def out(self) -> int:
        return self.weight[0]

    @property
    def kernel(self) -> Shape:
        return self.weight[2:]

    @property
    def pointwise(self) -> bool:
        return all(side == 1 for side in self.kernel)

    @property
    def width(self) -> int:
        """A norm's channels."""
        return (self.weight or self.shapes.get("running_mean") or self.shapes.get("bias") or (0,))[0]

    def modules(self) -> Iterator[Node]:
        """Those that have parameters, this one included, in order."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            if node.params:
                yield node
            waiting.extend(reversed(node.children.values()))

    def ancestors(self) -> Iterator[Node]:
        """This node, its parent, and so on to the root."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent


def grow(tensors: Sequence[Tensor], *, ordered: bool) -> Node:
    """The tree of all names. ``ordered``: they stand as the network has its modules, not by the alphabet."""
    scheme = scheme_of(tensor.name for tensor in tensors)
    last = _channels_last([tensor.shape for tensor in tensors])
    dotted = any("." in tensor.name or "/" in tensor.name for tensor in tensors) or scheme is not None
    root = Node()
    for tensor in tensors:
        name = spelled(tensor.name, scheme)
        whole = dotted or name in LEAF  # running_mean is one word
        parts = [part for part in re.split(r"[./]" if whole else r"[._/]", name) if part]
        path = (*tensor.where, *parts)
        if not parts or len(path) > MAX_LEVELS:
            continue
        leaf = LEAF.get(parts[-1].split(":")[0].lower())
        # a bare tensor of a larger code: its name is the module's
        route, role = (path[:-1], leaf) if leaf else (path, "weight" if len(tensor.shape) > 1 else "bias")
        node = root
        for part in route:
            if part not in node.children:
                node.children[part] = Node((*node.path, part), node)
            node = node.children[part]
        if role not in node.params:
            node.params[role] = tensor
            node.shapes[role] = turned(tensor.shape) if last else tensor.shape
    _settle(root, ordered=ordered and not _alphabetical(tensors))
    return root


def _channels_last(shapes: Sequence[Shape]) -> bool:
    """Whether the kernels stand first, as TensorFlow and JAX write them: 1×1×64×256."""
    kernels = [shape for shape in shapes if len(shape) == 4]
    first = sum(shape[0] == shape[1] <= 11 and shape[2:] != shape[:2] and max(shape[2:]) > 11 for shape in kernels)
    return first > len(kernels) / 2


def _alphabetical(tensors: Sequence[Tensor]) -> bool:
    names = [tensor.name for tensor in tensors]
    return len(names) > 3 and names == sorted(names)


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key that puts ``layer10`` behind ``layer9``."""
    parts = re.split(r"(\d{1,9})", text)
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts if part)


def _kind(node: Node) -> str:
    shape = node.weight
    if len(shape) == 3 and shape[:2] == (1, 1):
        return "gate"
    if len(shape) in (3, 4, 5):
        return "conv"
    if len(shape) == 2:
        return "linear"
    return "norm" if len(shape) == 1 or "running_mean" in node.shapes else "other"


def _settle(root: Node, *, ordered: bool) -> None:
    """Children in order, what each node is, and how many convs it has."""
    nodes: list[Node] = [root]
    for node in nodes:
        numbered = node.children and all(name.isdigit() for name in node.children)
        if numbered or not ordered:
            node.children = {name: node.children[name] for name in sorted(node.children, key=natural)}
        nodes.extend(node.children.values())
    for node in reversed(nodes):
        node.kind = _kind(node) if node.params else ""
        node.convs = (node.kind == "conv") + sum(child.convs for child in node.children.values())


def common(nodes: Sequence[Node]) -> Node:
    """The deepest node that has all of ``nodes`` below it; of one alone, its parent."""
    if len(nodes) == 1:
        return nodes[0].parent or nodes[0]
    paths = [node.path for node in nodes]
    depth = 0
    while all(len(path) > depth for path in paths) and len({path[depth] for path in paths}) == 1:
        depth += 1
    return next(node for node in nodes[0].ancestors() if len(node.path) == depth)


def flat(shapes: Mapping[str, Shape]) -> list[Tensor]:
    """Names without dictionaries around them."""
    return [Tensor((), name, tuple(shape)) for name, shape in shapes.items()]
