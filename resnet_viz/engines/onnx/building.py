"""Steps out of nodes: what the network's author would name, who reads whom, who owns which parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import prod

import onnx

from ...steps import (
    Attention,
    Concat,
    Flatten,
    Input,
    Norm,
    Op,
    Pad,
    Rearrange,
    Shape,
    Step,
    Trace,
    Unowned,
)
from ...steps.structure import placed
from ...why import cost
from ...why.field import reach
from ...why.shape import output_shape
from .inferring import Facts, infer, sense
from .naming import Wanted, find_places, step_names
from .opening import Graph
from .operations import NOT_LEARNT, Meaning, View, meaning
from .patterns import Fused, find_patterns
from .refusing import RefusedError, clean

ITEM_BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 14: 8, 15: 16, 16: 2}
DTYPES = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16"}
LEARNABLE = (1, 2, 3, 10, 11, 16, 17, 18, 19, 20, 21, 22)  # floats, and the bytes of quantised weights
LITERALS = ("val_", "scalar_tensor", "_", "onnx::", "const")  # what exporters call numbers that the code writes out


@dataclass(slots=True)
class _Draft:
    """A step before it has a name."""

    op: Op
    reads: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    params: int
    macs: int | None
    item: int
    place: str
    function: str
    moves: bool = False


@dataclass(slots=True)
class _Made:
    """A live tensor: the step that made it, and the views since."""

    step: int
    views: tuple[View, ...] = ()
    shapes: tuple[Shape, ...] = ()  # before each view


@dataclass(slots=True)
class _Builder:
    graph: Graph
    facts: Facts
    places: list[str]
    drafts: list[_Draft] = field(default_factory=list[_Draft])
    made: dict[str, _Made] = field(default_factory=dict[str, _Made])
    owned: set[str] = field(default_factory=set[str])
    fixed: set[str] = field(default_factory=set[str])  # stored tensors that are statistics, limits, sizes


def build_trace(graph: Graph) -> Trace:
    """The trace of ``graph``. Raises :class:`RefusedError`."""
    facts = infer(graph)
    weights = [_weights(node, facts) for node in graph.nodes]
    builder = _Builder(graph, facts, find_places(graph.nodes, weights))
    for number, (name, shape) in enumerate(graph.inputs.items()):
        builder.made[name] = _Made(number)
        item = ITEM_BYTES.get(graph.types.get(name, 1), 4)
        builder.drafts.append(_Draft(Input(), (), (), shape, 0, 0, item, "", "input"))
    patterns = find_patterns(graph, facts)
    within = {index for fused in patterns.values() for index in fused.absorbed}
    for index, node in enumerate(graph.nodes):
        if index in patterns:
            _fused(builder, patterns[index], node)
        elif index not in within:
            _node(builder, index, node)
    returns: list[int] = []
    for name in graph.outputs:
        if name in builder.made:
            returns.append(_settled(builder, name))
    if len(builder.drafts) == len(graph.inputs):
        raise RefusedError("computes nothing from its input", "export a network with torch.onnx.export")
    if not returns:
        returns = [len(builder.drafts) - 1]
    first = next(iter(graph.inputs.values()))
    kind = graph.types.get(next(iter(graph.inputs)), 1)
    trace = Trace(
        _steps(builder),
        "onnx",
        "none",
        DTYPES.get(kind, "float32"),
        first[0] if first else 1,
        unowned=_unowned(builder),
        returns=tuple(returns),
        title=graph.title,
    )
    return placed(trace)


def _weights(node: onnx.NodeProto, facts: Facts) -> list[str]:
    """Names of the stored tensors that a live node reads itself, or by way of other constants."""
    if not any(name in facts.live for name in node.input):
        return []
    return [root for name in node.input if name not in facts.live for root in facts.roots.get(name, ())]


def _node(builder: _Builder, index: int, node: onnx.NodeProto) -> None:
    facts = builder.facts
    live = [name for name in node.input if name in facts.live]
    captured = [name for name in builder.graph.captured.get(index, ()) if name in facts.live]
    made = [name for name in node.output if name]
    if not (live or captured) or not made or made[0] not in facts.live:
        return
    if made[0] not in facts.shapes:
        return  # what is made is read by nothing, or reading it would have been refused
    with sense(node):
        told = meaning(node, facts)
    if told.view is not None:
        _view(builder, node, replace(told.view, place=builder.places[index]), live[0])
        return
    reads = [*(live if told.reads is None else told.reads), *captured]
    if told.pad is not None:  # what one side is given more than the other, as a step of its own
        reads[0] = _padded(builder, reads[0], told.pad, builder.places[index])
    fixed = NOT_LEARNT.get(node.op_type, ())
    constants = [(place, name) for place, name in enumerate(node.input) if name and name not in facts.live]
    stored = [name for place, name in constants if place not in fixed]
    builder.fixed.update(root for place, name in constants if place in fixed for root in facts.roots.get(name, ()))
    stored += [name for name in builder.graph.captured.get(index, ()) if name not in facts.live]
    if told.stack is not None and len(reads) > 1:
        told = _stacked(builder, told, told.stack, reads)
    _emit(builder, told, reads, stored, made, builder.places[index])


def _fused(builder: _Builder, fused: Fused, node: onnx.NodeProto) -> None:
    reads = list(fused.reads)
    macs = fused.macs
    if macs is None:
        macs = cost.macs(fused.op, (builder.facts.shapes[reads[0]],), builder.facts.shapes[node.output[0]])
    for index in fused.absorbed:
        for name in builder.graph.nodes[index].input:
            builder.fixed.update(builder.facts.roots.get(name, ()))
    told = Meaning(fused.op, _plain(fused.op), macs, True)
    _emit(builder, told, reads, fused.stored, [node.output[0]], builder.places[fused.place])


def _plain(op: Op) -> str:
    match op:
        case Norm():
            return f"{op.over or 'group'}_norm"
        case Attention():
            return "scaled_dot_product_attention"
        case _:
            return op.kind


def _emit(
    builder: _Builder, told: Meaning, reads: Sequence[str], stored: Sequence[str], made: Sequence[str], place: str
) -> None:
    """One step that reads live tensors ``reads`` and constants ``stored``, and makes ``made[0]``."""
    facts = builder.facts
    assert told.op is not None
    indices = tuple([_settled(builder, name) for name in reads])
    inputs = tuple([builder.drafts[index].output for index in indices])
    output = facts.shapes[made[0]]
    macs = told.macs if told.known else cost.macs(told.op, inputs, output)
    params = sum(_own(builder, root) for name in stored for root in facts.roots.get(name, ()))
    item = ITEM_BYTES.get(facts.types.get(made[0], 1), 4)
    builder.drafts.append(_Draft(told.op, indices, inputs, output, params, macs, item, place, told.function))
    step = len(builder.drafts) - 1
    builder.made[made[0]] = _Made(step)
    for name in made[1:]:
        if name in facts.shapes:  # a second result, as a recurrent cell's last state: a piece of what the step made
            builder.made[name] = _Made(step, (View("slice", place),), (output,))


def _own(builder: _Builder, name: str) -> int:
    """How many parameters the stored tensor ``name`` is, for its first reader."""
    if name in builder.owned:
        return 0
    count = _count(builder.graph.initializers[name])
    builder.owned.add(name)
    return count


def _count(tensor: onnx.TensorProto) -> int:
    """Numbers that may have been learnt; of a single number only where it has a name of the author's."""
    if tensor.data_type not in LEARNABLE or (not tensor.dims and tensor.name.startswith(LITERALS)):
        return 0
    return prod(tensor.dims)


def _unowned(builder: _Builder) -> tuple[Unowned, ...]:
    found: list[Unowned] = []
    for name, tensor in builder.graph.initializers.items():
        count = _count(tensor)
        if name not in builder.owned and name not in builder.fixed and count:
            found.append(Unowned(clean(name), count, "not run"))
    return tuple(found)


# ---- views --------------------------------------------------------------------------------------------------------


def _view(builder: _Builder, node: onnx.NodeProto, view: View, source: str) -> None:
    facts, before = builder.facts, builder.made[source]
    for name in node.output:
        if not name or name not in facts.shapes:
            continue
        if view.function == "" or (view.keeps and facts.shapes[name] == facts.shapes[source]):
            builder.made[name] = before
            continue
        builder.made[name] = _Made(before.step, (*before.views, view), (*before.shapes, facts.shapes[source]))


def _settled(builder: _Builder, name: str) -> int:
    """The step whose output is ``name``: one step stands for all views since the last, if they changed anything."""
    made = builder.made[name]
    if not made.views:
        return made.step
    views, shape = made.views, builder.facts.shapes[name]
    source = builder.drafts[made.step]
    if shape == source.output and _in_order(views):
        builder.made[name] = _Made(made.step)
        return made.step
    op, view = _moved(views, source.output, shape)
    builder.drafts.append(
        _Draft(op, (made.step,), (source.output,), shape, 0, 0, source.item, view.place, _function(op), True)
    )
    builder.made[name] = _Made(len(builder.drafts) - 1)
    return len(builder.drafts) - 1


def _function(op: Op) -> str:
    return op.function if isinstance(op, Rearrange) else op.kind


def _in_order(views: Sequence[View]) -> bool:
    """Whether numbers lie as before: only new shapes, or turns that undo each other."""
    if all(view.function in ("reshape", "flatten", "squeeze", "unsqueeze") for view in views):
        return True
    if not all(view.perm for view in views):
        return False
    order = tuple(range(len(views[0].perm)))
    for view in views:
        order = tuple([order[axis] for axis in view.perm])
    return order == tuple(range(len(order)))


def _moved(views: Sequence[View], before: Shape, after: Shape) -> tuple[Op, View]:
    """What a chain of views is called, and the one that it is named after."""
    strided = [view for view in views if view.strides]
    padded = [view for view in views if view.channels]
    if len(before) == len(after) == 4 and padded and len(strided) + len(padded) == len(views):
        rows, columns = (prod(view.strides[axis] for view in strided) for axis in (0, 1))
        low, high = (sum(view.channels[side] for view in padded) for side in (0, 1))
        op = Pad((rows, columns), low, high)
        if output_shape(op, (before,)) == after:
            return op, padded[-1]
    for name in ("slice", "pixel_shuffle", "pixel_unshuffle"):
        for view in views:
            if view.function == name:
                return Rearrange(name), view
    plain = all(view.function in ("reshape", "flatten", "squeeze") for view in views)
    if plain and len(before) > 2 and after == (before[0], prod(before[1:])):
        return Flatten(), views[-1]
    meaningful = [view for view in views if view.function not in ("squeeze", "unsqueeze", "reshape", "flatten")]
    view = (meaningful or views)[-1]
    return Rearrange(view.function), view


def _padded(builder: _Builder, name: str, pad: tuple[int, ...], place: str) -> str:
    """A bordered copy of ``name``: the border that is more than a window's even padding."""
    index = _settled(builder, name)
    before = builder.drafts[index]
    half = len(pad) // 2
    shape = tuple(
        [*before.output[:-half], *[side + pad[a] + pad[a + half] for a, side in enumerate(before.output[-half:])]]
    )
    builder.drafts.append(
        _Draft(Rearrange("pad"), (index,), (before.output,), shape, 0, 0, before.item, place, "pad", True)
    )
    made = f"{name}\0{len(builder.drafts)}"  # no name in a file has a zero in it
    builder.made[made] = _Made(len(builder.drafts) - 1)
    builder.facts.shapes[made] = shape
    return made


def _stacked(builder: _Builder, told: Meaning, axis: int, reads: list[str]) -> Meaning:
    """A concatenation of what was just given the axis for it is a stack of what it was before."""
    made = [builder.made[name] for name in reads]
    if not all(one.views and one.views[-1].new_axis == axis for one in made):
        return told
    for place, (name, one) in enumerate(zip(reads, made, strict=True)):
        bare = f"{name}\0bare"
        builder.made[bare] = _Made(one.step, one.views[:-1], one.shapes[:-1])
        builder.facts.shapes[bare] = one.shapes[-1]
        reads[place] = bare
    return replace(told, op=Concat(axis, new=True), function="stack")


# ---- steps --------------------------------------------------------------------------------------------------------


def _steps(builder: _Builder) -> tuple[Step, ...]:
    count = len(builder.graph.inputs)
    names = step_names([Wanted(one.place, one.function, one.moves) for one in builder.drafts[count:]])
    names = ["input", *[f"input.{number}" for number in range(1, count)], *names]
    steps: list[Step] = []
    for index, (name, one) in enumerate(zip(names, builder.drafts, strict=True)):
        known = [(steps[read].receptive_field, steps[read].output_stride) for read in one.reads]
        field_, stride = reach(one.op, one.inputs, one.output, known)
        steps.append(Step(index, name, one.op, None, None, "main", one.reads, one.inputs, one.output, one.params, one.macs, field_, stride, prod(one.output) * one.item))  # fmt: skip
    return tuple(steps)
