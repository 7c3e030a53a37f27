"""What exporters take apart, put together again: one operation of the author's from several of the file's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import onnx

from ...steps import Activation, Attention, Linear, Norm, Op
from .inferring import Facts, attributes, sense
from .opening import Graph

MOST_BACK = 8  # nodes that are looked at upwards of an operation


@dataclass(frozen=True, slots=True)
class Fused:
    """One operation that the nodes ``absorbed`` make together; the last of them stands where it is done.

    ``reads`` are live tensors in order, ``stored`` constants that it uses, ``place`` the node that tells the module.
    """

    op: Op
    absorbed: frozenset[int]
    reads: tuple[str, ...]
    place: int
    stored: tuple[str, ...] = ()
    macs: int | None = 0

    @property
    def last(self) -> int:
        return max(self.absorbed)


class Net:
    """Who makes and who reads each tensor."""

    def __init__(self, graph: Graph, facts: Facts) -> None:
        self.nodes, self.facts, self.returned = graph.nodes, facts, frozenset(graph.outputs)
        self.maker: dict[str, int] = {}
        self.readers: dict[str, list[int]] = {}
        for index, node in enumerate(graph.nodes):
            for name in node.output:
                self.maker[name] = index
            for name in (*node.input, *graph.captured.get(index, ())):
                if name:
                    self.readers.setdefault(name, []).append(index)

    def made(self, name: str, *ops: str) -> int | None:
        """The node that makes ``name``, if it is live and one of ``ops``."""
        index = self.maker.get(name)
        return index if index is not None and name in self.facts.live and self.nodes[index].op_type in ops else None

    def only(self, name: str, *ops: str) -> int | None:
        """The one node that reads ``name``, if it is the only one, reads it once, and is one of ``ops``."""
        readers = self.readers.get(name, [])
        if len(readers) != 1 or name in self.returned or self.nodes[readers[0]].op_type not in ops:
            return None
        return readers[0]

    def other(self, index: int, name: str) -> str:
        """What node ``index``, of two inputs, reads beside ``name``; itself where it reads it twice."""
        first, second = self.nodes[index].input[:2]
        return second if first == name else first

    def constant(self, name: str) -> bool:
        return bool(name) and name not in self.facts.live

    def number(self, name: str) -> float | None:
        return self.facts.number(name) if self.constant(name) else None

    def scaled(self, index: int | None) -> str | None:
        """The live tensor that node ``index`` multiplies or divides by one constant number."""
        if index is None or self.nodes[index].op_type not in ("Mul", "Div") or len(self.nodes[index].input) != 2:
            return None
        first, second = self.nodes[index].input
        if self.number(second) is not None:
            return first
        return second if self.number(first) is not None and self.nodes[index].op_type == "Mul" else None


def find_patterns(graph: Graph, facts: Facts) -> dict[int, Fused]:
    """Every pattern by the last node of it; no node belongs to two."""
    net = Net(graph, facts)
    found: dict[int, Fused] = {}
    taken: set[int] = set()
    for matchers in _MATCHERS:  # the large before what they may be made of
        for index, node in enumerate(graph.nodes):
            matcher = matchers.get(node.op_type)
            if matcher is None or index in taken or node.domain not in ("", "ai.onnx") or not node.output:
                continue
            if not any(name in facts.live for name in node.input):
                continue
            with sense(node):
                fused = matcher(net, index, node)
            if fused and not fused.absorbed & taken and _whole(net, fused):
                found[fused.last] = fused
                taken |= fused.absorbed
    return found


def _whole(net: Net, fused: Fused) -> bool:
    """Whether nothing outside reads what is made within, and every size is known."""
    for index in fused.absorbed - {fused.last}:
        for name in net.nodes[index].output:
            if name in net.returned or not set(net.readers.get(name, ())) <= fused.absorbed:
                return False
    return all(name in net.facts.shapes for name in (*fused.reads, *fused.stored, *net.nodes[fused.last].output[:1]))


# ---- activations --------------------------------------------------------------------------------------------------


def _gated_by_itself(net: Net, index: int, node: onnx.NodeProto) -> Fused | None:
    """``x · f(x)``: silu, hardswish, mish, and GELU's quick form."""
    if len(node.input) != 2:
        return None
    for gate, x in (node.input, reversed(node.input)):
        inner = net.made(gate, "Sigmoid", "HardSigmoid", "Tanh")
        if inner is None or net.only(gate, "Mul") != index or x not in net.facts.live:
            continue
        kind, source = net.nodes[inner].op_type, net.nodes[inner].input[0]
        if source == x:
            if kind == "Tanh":
                continue
            return Fused(
                Activation("silu" if kind == "Sigmoid" else "hardswish"), frozenset((inner, index)), (x,), index
            )
        before = net.maker.get(source)
        if before is None or net.only(source, kind) != inner:
            continue
        if kind == "Tanh" and net.nodes[before].op_type == "Softplus" and net.nodes[before].input[0] == x:
            return Fused(Activation("mish"), frozenset((before, inner, index)), (x,), index)
        if kind == "Sigmoid" and net.scaled(before) == x:
            return Fused(Activation("quick_gelu"), frozenset((before, inner, index)), (x,), index)
    return None


def _gelu(net: Net, index: int, node: onnx.NodeProto) -> Fused | None:
    """``x/2 · (1 + erf(x/√2))``, or with tanh of a polynomial, the factors in any order."""
    plus = net.only(node.output[0], "Add")
    if plus is None or net.number(net.other(plus, node.output[0])) != 1:
        return None
    absorbed, x, halved, at = {index, plus}, None, False, plus
    while not (x and halved):
        after = net.only(net.nodes[at].output[0], "Mul")
        if after is None:
            return None
        factor = net.other(after, net.nodes[at].output[0])
        half = net.made(factor, "Mul", "Div")
        if net.constant(factor):
            halved = True
        elif half is not None and net.scaled(half) and net.only(factor, "Mul") == after:
            x, halved = net.scaled(half), True
            absorbed.add(half)
        else:
            x = factor
        absorbed.add(after)
        at = after
    back, todo = set[int](), [node.input[0]]
    while todo:
        name = todo.pop()
        if name == x or net.constant(name):
            continue
        made = net.made(name, "Mul", "Div", "Add", "Pow")
        if made is None or len(back) > MOST_BACK:
            return None
        back.add(made)
        todo += net.nodes[made].input
    return Fused(Activation("gelu"), frozenset(back | absorbed), (x,), at) if x else None


def _hard(net: Net, index: int, node: onnx.NodeProto) -> Fused | None:
    """``clip(x + 3, 0, 6) / 6``, and times ``x``: hardsigmoid, hardswish."""
    plus = net.made(node.input[0], "Add")
    if plus is None or net.only(node.input[0], "Clip") != index or clip_limits(net.facts, node) != (0, 6):
        return None
    x = next((name for name in net.nodes[plus].input if name in net.facts.live), "")
    if net.number(net.other(plus, x)) != 3:
        return None
    absorbed, at, gated, divided = {plus, index}, index, False, False
    for _ in range(2):
        after = net.only(net.nodes[at].output[0], "Mul", "Div")
        if after is None:
            break
        beside = net.other(after, net.nodes[at].output[0])
        if net.number(beside) is not None and not divided:
            divided = True
        elif beside == x and net.nodes[after].op_type == "Mul" and not gated:
            gated = True
        else:
            break
        absorbed.add(after)
        at = after
    if not divided:
        return None
    return Fused(Activation("hardswish" if gated else "hardsigmoid"), frozenset(absorbed), (x,), at)


def clip_limits(facts: Facts, node: onnx.NodeProto) -> tuple[float | None, float | None]:
    """Between which numbers a Clip holds its input: inputs since opset 11, attributes before."""
    given = attributes(node)
    low, high = given.get("min"), given.get("max")
    if len(node.input) > 1 and node.input[1]:
        low = facts.number(node.input[1])
    if len(node.input) > 2 and node.input[2]:
        high = facts.number(node.input[2])
    return low, high


# ---- norms --------------------------------------------------------------------------------------------------------


def _affine(net: Net, at: int, absorbed: set[int]) -> tuple[int, tuple[str, ...]]:
    """Behind a norm, its weight and its bias: the last node, and the constants; what is neither stays."""
    stored: list[str] = []
    for op in ("Mul", "Add"):
        name = net.nodes[at].output[0]
        after = net.only(name, op)
        if after is None or not net.constant(beside := net.other(after, name)) or not net.facts.roots.get(beside):
            break
        if net.facts.shapes.get(net.nodes[after].output[0]) != net.facts.shapes.get(name):
            break
        stored.append(beside)
        absorbed.add(after)
        at = after
    return at, tuple(stored)


def _group_norm(net: Net, index: int, node: onnx.NodeProto) -> Fused | None:
    """An instance norm of ``(N, groups, -1)`` between two reshapes, which is a group norm."""
    before = net.made(node.input[0], "Reshape")
    after = net.only(node.output[0], "Reshape")
    if before is None or after is None or net.only(node.input[0], "InstanceNormalization") != index:
        return None
    x, shapes = net.nodes[before].input[0], net.facts.shapes
    inside, shape = shapes.get(node.input[0], ()), shapes.get(x, ())
    if len(inside) != 3 or len(shape) < 2 or shapes.get(net.nodes[after].output[0]) != shape or inside[0] != shape[0]:
        return None
    absorbed = {before, index, after}
    _, stored = _affine(net, after, absorbed)
    return Fused(Norm(inside[1]), frozenset(absorbed), (x,), index, stored)


def _layer_norm(net: Net, index: int, node: onnx.NodeProto) -> Fused | None:
    """``(x − mean)/√(var + ε)``, or without the mean, as files before opset 17 spell it."""
    plus = net.made(node.input[0], "Add")
    if plus is None or net.only(node.input[0], "Sqrt") != index:
        return None
    variance = next((name for name in net.nodes[plus].input if name in net.facts.live), "")
    mean = net.made(variance, "ReduceMean")
    square = net.made(net.nodes[mean].input[0], "Pow", "Mul") if mean is not None else None
    if mean is None or square is None:
        return None
    centred = net.nodes[square].input[0]
    if net.nodes[square].op_type == "Mul" and net.nodes[square].input[1] != centred:
        return None
    absorbed = {plus, mean, square, index}
    at = net.only(node.output[0], "Div", "Reciprocal")
    if at is not None and net.nodes[at].op_type == "Reciprocal":
        absorbed.add(at)
        at = net.only(net.nodes[at].output[0], "Mul")
        if at is None or centred not in net.nodes[at].input:
            return None
    elif at is None or list(net.nodes[at].input) != [centred, node.output[0]]:
        return None
    absorbed.add(at)
    source, over = centred, "rms"
    less = net.made(centred, "Sub")
    if less is not None:
        x, average = net.nodes[less].input
        first = net.made(average, "ReduceMean")
        if first is not None and net.nodes[first].input[0] == x and set(net.readers[centred]) <= {square, at}:
            absorbed |= {less, first}
            source, over = x, "layer"
    _, stored = _affine(net, at, absorbed)
    return Fused(Norm(over=over), frozenset(absorbed), (source,), index, stored)


# ---- products -----------------------------------------------------------------------------------------------------


def _attention(net: Net, index: int, node: onnx.NodeProto) -> Fused | None:
    """``softmax(Q·Kᵀ·scale + mask)·V``"""
    last = net.only(node.output[0], "MatMul")
    if last is None or net.nodes[last].input[0] != node.output[0] or net.nodes[last].input[1] not in net.facts.live:
        return None
    absorbed, stored, name = {index, last}, list[str](), node.input[0]
    for _ in range(4):
        made = net.made(name, "Add", "Mul", "Div")
        if made is None:
            break
        live = [one for one in net.nodes[made].input if one in net.facts.live]
        if len(live) != 1 or len(net.readers[net.nodes[made].output[0]]) != 1:
            return None
        stored += [one for one in net.nodes[made].input if one != live[0]]
        absorbed.add(made)
        name = live[0]
    product = net.made(name, "MatMul")
    if product is None or len(net.readers[name]) != 1 or not set(net.nodes[product].input) <= net.facts.live:
        return None
    absorbed.add(product)
    query, key = net.nodes[product].input
    value = net.nodes[last].input[1]
    shapes = net.facts.shapes
    if any(one not in shapes for one in (query, key, value, name, net.nodes[last].output[0])) or len(shapes[query]) < 3:
        return None
    scores, out, width = shapes[name], shapes[net.nodes[last].output[0]], shapes[query][-1]
    query, passed = _back(net, query, shapes[query], frozenset(("Mul", "Div")))
    absorbed |= passed
    turned = (*shapes[key][:-2], shapes[key][-1], shapes[key][-2])
    source, passed = _back(net, key, turned, frozenset(("Mul", "Div", "Transpose", "Reshape")))
    if not passed:  # turned together with other axes
        source, passed = _back(net, key, shapes[key], frozenset(("Mul", "Div")))
    key = source
    absorbed |= passed
    heads = scores[1] if len(scores) == 4 else None
    macs = prod(scores) * width + prod(out) * scores[-1]
    return Fused(Attention(heads), frozenset(absorbed), (query, key, value), last, tuple(stored), macs)


def _back(net: Net, name: str, shape: Sequence[int], ops: frozenset[str]) -> tuple[str, set[int]]:
    """Up from ``name``, past ``ops`` that do only this, to the furthest tensor of ``shape``; the nodes passed."""
    passed, best, at = set[int](), (name, frozenset[int]()), name
    for _ in range(MOST_BACK):
        made = net.made(at, *ops)
        if made is None or len(net.readers.get(at, ())) != 1 or at in net.returned:
            break
        if net.nodes[made].op_type in ("Mul", "Div"):
            source = net.scaled(made)
            if source is None:
                break
        else:
            source = net.nodes[made].input[0]
        passed.add(made)
        at = source
        if net.facts.shapes.get(at) == tuple(shape):
            turns = "Transpose" not in ops or any(net.nodes[one].op_type == "Transpose" for one in passed)
            if turns:
                best = (at, frozenset(passed))
                if "Transpose" in ops:
                    break
    return best[0], set(best[1])


def _linear(net: Net, index: int, node: onnx.NodeProto) -> Fused | None:
    """``x·W + b``, which exporters write for a linear layer of more than two axes."""
    x, weight = node.input[:2]
    if x not in net.facts.live or not net.constant(weight) or len(net.facts.shapes.get(weight, ())) != 2:
        return None
    if not net.facts.roots.get(weight):
        return None
    after = net.only(node.output[0], "Add")
    if after is not None:
        bias = net.other(after, node.output[0])
        if net.constant(bias) and net.facts.shapes.get(bias) == net.facts.shapes.get(weight, ())[1:]:
            return Fused(Linear(True), frozenset((index, after)), (x,), index, (weight, bias), None)
    return Fused(Linear(False), frozenset((index,)), (x,), index, (weight,), None)


_Matcher = Callable[[Net, int, onnx.NodeProto], Fused | None]
_MATCHERS: tuple[dict[str, _Matcher], ...] = (
    {"Softmax": _attention, "InstanceNormalization": _group_norm, "Sqrt": _layer_norm, "Erf": _gelu, "Tanh": _gelu, "Clip": _hard},
    {"Mul": _gated_by_itself, "MatMul": _linear},
)  # fmt: skip
