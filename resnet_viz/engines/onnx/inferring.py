"""Every tensor's shape, and the small constants that shapes are made of.

Node by node: onnx's own shape inference of one operation, given the shapes and constants found so far. Constants are
numbers that shapes and windows are written with; they are worked out here, at most ``MAX_ELEMENTS`` at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import numpy as np
import onnx
from onnx import defs, helper, numpy_helper
from onnx.shape_inference import infer_node_outputs

from ...steps import Shape
from .opening import MAX_DIM, MAX_RANK, Graph
from .refusing import RefusedError, clean

MAX_ELEMENTS = 4096
SHAPE_OPS = ("Shape", "Size")
STATIC = (*SHAPE_OPS, "Constant", "ConstantOfShape", "Range", "EyeLike", "RandomNormal", "RandomUniform")

Array = Any  # numpy.ndarray; its own generic type says nothing more here


@dataclass(slots=True)
class Facts:
    """What is known of tensors by name. ``live`` are those that depend on an input, all others are constants.

    Every live tensor that is read or returned has a shape. ``roots`` are the stored tensors that a constant was made of.
    """

    shapes: dict[str, Shape]
    types: dict[str, int]
    values: dict[str, Array]
    live: set[str]
    roots: dict[str, tuple[str, ...]]

    def number(self, name: str) -> float | None:
        """The constant of that name where it is one number."""
        value = self.values.get(name)
        return float(value.reshape(-1)[0]) if value is not None and value.size == 1 else None

    def whole(self, name: str) -> list[int] | None:
        """The constant of that name as whole numbers."""
        value = self.values.get(name)
        return None if value is None else [int(one) for one in value.reshape(-1)]


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """Attributes by name; texts as text."""
    found: dict[str, Any] = {}
    for attribute in node.attribute:
        try:
            value = helper.get_attribute_value(attribute)
        except ValueError:  # a reference to a function's attribute that nobody gave
            continue
        found[attribute.name] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return found


@contextmanager
def sense(node: onnx.NodeProto) -> Iterator[None]:
    """What a node of a hostile file makes the code about it trip over, as a refusal that names the node."""
    try:
        yield
    except (TypeError, ValueError, IndexError, KeyError, ArithmeticError, AttributeError):
        raise _senseless(node) from None


def _senseless(node: onnx.NodeProto) -> RefusedError:
    return RefusedError(
        f"has an operation whose inputs or attributes are none of its kind: {_called(node)}",
        "export it again with torch.onnx.export",
    )


def infer(graph: Graph) -> Facts:
    """Shapes and constants of every tensor in ``graph``. Raises :class:`RefusedError`."""
    facts = Facts(dict(graph.inputs), dict(graph.types), {}, set(graph.inputs), {})
    for name, tensor in graph.initializers.items():
        if name in facts.live:
            continue
        facts.shapes[name] = tuple(tensor.dims)
        facts.types[name] = tensor.data_type
        facts.roots[name] = (name,)
        value = _stored(tensor)
        if value is not None:
            facts.values[name] = value
    opset = min(graph.opsets[""], defs.onnx_opset_version())
    for index, node in enumerate(graph.nodes):
        with sense(node):
            _infer_node(index, node, graph, facts, opset)
    for name in graph.outputs:
        _need(name, graph, facts)
    return facts


def _need(name: str, graph: Graph, facts: Facts) -> None:
    """A live tensor must have a size."""
    if name in facts.shapes or name not in facts.live:
        return
    maker = next(node for node in graph.nodes if name in node.output)
    domain = f" of {clean(maker.domain, 40)!r}" if maker.domain else ""
    raise RefusedError(
        f"has sizes that only running it would tell, from {_called(maker)}{domain} on",
        "export the network without what follows it, such as the choice of boxes",
    )


def _infer_node(index: int, node: onnx.NodeProto, graph: Graph, facts: Facts, opset: int) -> None:
    captured = graph.captured.get(index, ())
    read = [name for name in (*node.input, *captured) if name]
    live = node.op_type not in STATIC and any(name in facts.live for name in read)
    for name in read:
        _need(name, graph, facts)
    standard = node.domain in ("", "ai.onnx")
    found: dict[str, onnx.TypeProto] = {}
    problem = ""
    if standard:
        found, problem = _ask(node, read, facts, graph, opset)
        told = _unequal(node, facts, found) if live else ""
        if told:
            raise _mismatch(node, told, facts, graph)
    for place, name in enumerate(node.output):
        if not name:
            continue
        shape = _shape(found.get(name)) or graph.declared.get(name)
        if shape is None and problem and live:
            raise _mismatch(node, problem, facts, graph)
        if shape is None:
            shape = _by_hand(node, place, facts, standard)
        if name in found and found[name].WhichOneof("value") == "tensor_type":
            facts.types[name] = found[name].tensor_type.elem_type
        elif node.input and node.input[0] in facts.types:
            facts.types[name] = facts.types[node.input[0]]
        if live:
            facts.live.add(name)
        else:
            facts.roots[name] = _roots(node, read, facts)
        if shape is not None:
            _check(node, name, shape, live, facts, graph)
            facts.shapes[name] = shape
    if standard and (not live or node.op_type in SHAPE_OPS):
        _fold(node, facts)


def _ask(
    node: onnx.NodeProto, read: Sequence[str], facts: Facts, graph: Graph, opset: int
) -> tuple[dict[str, onnx.TypeProto], str]:
    """The types of the outputs as far as onnx knows them, and what it says against the inputs."""
    schema = _schema(node.op_type, opset)
    if schema is None:
        return {}, ""
    if not schema.min_input <= len(node.input) <= schema.max_input:
        raise _senseless(node)
    for attribute in node.attribute:
        known = schema.attributes.get(attribute.name)
        if known is not None and int(attribute.type) != int(known.type.value):
            raise _senseless(node)
    types = {
        name: helper.make_tensor_type_proto(facts.types.get(name) or onnx.TensorProto.FLOAT, facts.shapes.get(name))
        for name in read
    }
    data = {name: numpy_helper.from_array(facts.values[name], name) for name in node.input if name in facts.values}
    try:
        return infer_node_outputs(
            schema, node, types, data, opset_imports=[helper.make_opsetid("", opset)], ir_version=graph.ir_version
        ), ""
    except Exception as error:  # C++'s own classes, which onnx does not export; MemoryError is none of them
        if isinstance(error, MemoryError):
            raise
        return {}, clean(str(error))


def _unequal(node: onnx.NodeProto, facts: Facts, found: dict[str, onnx.TypeProto]) -> str:
    """What does not fit, where onnx's inference looks at one side alone."""
    shapes = [facts.shapes.get(name, ()) for name in node.input]
    made = _shape(found.get(node.output[0])) if node.output else None
    match node.op_type:
        case "Reshape" if made is not None and prod(made) != prod(shapes[0]):
            return f"{prod(shapes[0]):,} numbers cannot be put into {'×'.join(map(str, made))}"
        case "Conv" if len(shapes[0]) > 2 and len(shapes[1]) == len(shapes[0]):
            wanted = shapes[1][1] * attributes(node).get("group", 1)
            return "" if shapes[0][1] == wanted else f"its weight is for {wanted} channels"
        case "ConvTranspose" if len(shapes[0]) > 2 and len(shapes[1]) == len(shapes[0]):
            return "" if shapes[0][1] == shapes[1][0] else f"its weight is for {shapes[1][0]} channels"
        case "Gemm" if len(shapes[0]) == len(shapes[1]) == 2:
            given = attributes(node)
            inner, wanted = shapes[0][0 if given.get("transA") else 1], shapes[1][1 if given.get("transB") else 0]
            return "" if inner == wanted else f"its weight is for {wanted} numbers"
        case "MatMul" if len(shapes[0]) > 1 and len(shapes[1]) > 1:
            return "" if shapes[0][-1] == shapes[1][-2] else f"its second factor has {shapes[1][-2]} rows"
        case _:
            return ""


@cache
def _schema(op_type: str, opset: int) -> Any:
    try:
        return defs.get_schema(op_type, opset, "")
    except defs.SchemaError:
        return None


def _shape(kind: onnx.TypeProto | None) -> Shape | None:
    if kind is None or kind.WhichOneof("value") != "tensor_type" or not kind.tensor_type.HasField("shape"):
        return None
    dims = kind.tensor_type.shape.dim
    return tuple(dim.dim_value for dim in dims) if all(dim.HasField("dim_value") for dim in dims) else None


SAME_SHAPE = (
    "Gelu", "FastGelu", "QuickGelu", "BiasGelu", "LayerNormalization", "SimplifiedLayerNormalization", "Silu",
    "SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "RotaryEmbedding", "Dropout", "QuantizeLinear",
    "DequantizeLinear",
)  # fmt: skip


def _by_hand(node: onnx.NodeProto, place: int, facts: Facts, standard: bool) -> Shape | None:
    """Where onnx has no rule: operations of other domains that keep their first input's shape, and old resizings."""
    first = facts.shapes.get(node.input[0]) if node.input else None
    if first is None:
        return None
    if not standard and place == 0 and node.op_type in SAME_SHAPE:
        return first
    if standard and node.op_type == "Upsample":
        given = attributes(node)
        scales: list[Any] = given.get("scales") or [given.get("height_scale"), given.get("width_scale")]
        if len(scales) == 2 and len(first) == 4:
            scales = [1, 1, *scales]
        if len(scales) == len(first) and all(isinstance(scale, float | int) for scale in scales):
            return tuple(int(side * scale) for side, scale in zip(first, scales, strict=True))
    return None


def _check(node: onnx.NodeProto, name: str, shape: Shape, live: bool, facts: Facts, graph: Graph) -> None:
    if len(shape) > MAX_RANK or any(not 0 <= side <= MAX_DIM for side in shape) or prod(shape) >= 2**53:
        words = clean("×".join(map(str, shape[:8])), 80)
        raise RefusedError(
            f"has a tensor {clean(name, 60)!r} of an impossible size ({words})",
            "export it again with torch.onnx.export",
        )
    if live and 0 in shape:
        given = " and ".join("×".join(map(str, size)) for size in graph.inputs.values())
        raise RefusedError(
            f"has nothing left after {_called(node)} at an input of {clean(given, 80)}: {'×'.join(map(str, shape))}",
            "use a larger input_size",
        )


def _mismatch(node: onnx.NodeProto, problem: str, facts: Facts, graph: Graph) -> RefusedError:
    given = " and ".join("×".join(map(str, facts.shapes[name])) for name in node.input if name in facts.live)
    fix = (
        "export it again with torch.onnx.export"
        if graph.own_size
        else "leave input_size and batch out, or export it with dynamic axes"
    )
    return RefusedError(f"does not fit together at {_called(node)} ({clean(given, 80)}): {problem}", fix)


def _called(node: onnx.NodeProto) -> str:
    return f"{clean(node.op_type, 40)} {clean(node.name or (node.output[0] if node.output else ''), 60)!r}"


def _roots(node: onnx.NodeProto, read: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """Stored tensors that a constant is made of; a scale or a length that was only looked at is none."""
    if node.op_type in STATIC:
        return ()
    if node.op_type in ("DequantizeLinear", "Reshape", "Expand", "Tile", "Slice", "Gather"):
        read = read[:1]
    return tuple(dict.fromkeys(root for name in read for root in facts.roots.get(name, ())))[:64]


# ---- constants ----------------------------------------------------------------------------------------------------


def _stored(tensor: onnx.TensorProto) -> Array | None:
    """The numbers of a small tensor; None of one whose numbers were left out."""
    if prod(tensor.dims) > MAX_ELEMENTS or tensor.data_type == onnx.TensorProto.STRING:
        return None
    try:
        return numpy_helper.to_array(tensor)
    except Exception:  # numbers left out, too few for its size, or of no known type
        return None


def _fold(node: onnx.NodeProto, facts: Facts) -> None:
    """Work out the constant that ``node`` makes, where it is small and how is known."""
    how = _FOLDS.get(node.op_type)
    if how is None or not node.output or not node.output[0]:
        return
    shape = facts.shapes.get(node.output[0])
    if shape is not None and prod(shape) > MAX_ELEMENTS:
        return
    inputs: list[Array] = []
    for name in node.input:
        if node.op_type in SHAPE_OPS:
            if name not in facts.shapes:
                return
            inputs.append(np.asarray(facts.shapes[name], np.int64))
        elif not name:
            inputs.append(None)
        elif name in facts.values:
            inputs.append(facts.values[name])
        else:
            return
    try:
        with np.errstate(all="ignore"):
            made = how(inputs, attributes(node))
    except (TypeError, ValueError, IndexError, KeyError, ArithmeticError, AttributeError):
        return  # what does not fit together stays unknown
    several = made if isinstance(made, list) else [made]
    for name, value in zip(node.output, several, strict=False):
        value = np.asarray(value)
        if name and value.size <= MAX_ELEMENTS and value.ndim <= MAX_RANK:
            facts.values[name] = value
            facts.shapes.setdefault(name, value.shape)


def _constant(_: Sequence[Array], given: dict[str, Any]) -> Array:
    for name, kind in (
        ("value_int", np.int64),
        ("value_ints", np.int64),
        ("value_float", np.float32),
        ("value_floats", np.float32),
    ):
        if name in given:
            return np.asarray(given[name], kind)
    value = _stored(given["value"])
    if value is None:
        raise ValueError
    return value


def _slice(x: Sequence[Array], given: dict[str, Any]) -> Array:
    data = x[0]
    if len(x) > 1:
        starts, ends = x[1].reshape(-1), x[2].reshape(-1)
        axes = x[3].reshape(-1) if len(x) > 3 and x[3] is not None else range(len(starts))
        steps = x[4].reshape(-1) if len(x) > 4 and x[4] is not None else [1] * len(starts)
    else:
        starts, ends = given["starts"], given["ends"]
        axes, steps = given.get("axes") or range(len(starts)), [1] * len(starts)
    where = [slice(None)] * data.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        end = int(end)
        where[int(axis)] = slice(int(start), None if step < 0 and end < -data.shape[int(axis)] else end, int(step))
    return data[tuple(where)]


def _axes(x: Sequence[Array], given: dict[str, Any]) -> tuple[int, ...] | None:
    if len(x) > 1 and x[1] is not None:
        return tuple(int(axis) for axis in x[1].reshape(-1))
    return tuple(given["axes"]) if "axes" in given else None


def _divide(a: Array, b: Array) -> Array:
    if not np.issubdtype(a.dtype, np.integer):
        return a / b
    if (b == 0).any():
        raise ValueError
    return np.trunc(a / b).astype(a.dtype)  # towards zero, as in C


def _reshape(x: Sequence[Array], given: dict[str, Any]) -> Array:
    wanted = x[1].reshape(-1).tolist()
    if not given.get("allowzero"):
        wanted = [x[0].shape[i] if side == 0 else side for i, side in enumerate(wanted)]
    return x[0].reshape(wanted)


def _range(x: Sequence[Array], _: dict[str, Any]) -> Array:
    start, limit, delta = (one.reshape(-1)[0] for one in x)
    if abs((limit - start) / delta) > MAX_ELEMENTS:
        raise ValueError
    return np.arange(start, limit, delta, dtype=x[0].dtype)


def _fill(x: Sequence[Array], given: dict[str, Any]) -> Array:
    shape = x[0].reshape(-1).tolist()
    if not all(side >= 0 for side in shape) or prod(shape) > MAX_ELEMENTS:
        raise ValueError
    value = _stored(given["value"]) if "value" in given else np.zeros(1, np.float32)
    if value is None:
        raise ValueError
    return np.full(shape, value.reshape(-1)[0])


def _expand(x: Sequence[Array], _: dict[str, Any]) -> Array:
    shape = np.broadcast_shapes(x[0].shape, tuple(x[1].reshape(-1).tolist()))
    if prod(shape) > MAX_ELEMENTS:
        raise ValueError
    return np.broadcast_to(x[0], shape).copy()


def _tile(x: Sequence[Array], _: dict[str, Any]) -> Array:
    repeats = x[1].reshape(-1).tolist()
    if prod(repeats) * x[0].size > MAX_ELEMENTS:
        raise ValueError
    return np.tile(x[0], repeats)


def _split(x: Sequence[Array], given: dict[str, Any]) -> list[Array]:
    sizes = x[1].reshape(-1).tolist() if len(x) > 1 and x[1] is not None else given["split"]
    return np.split(x[0], np.cumsum(sizes)[:-1], axis=given.get("axis", 0))


def _binary(how: Callable[[Array, Array], Array]) -> Callable[[Sequence[Array], dict[str, Any]], Array]:
    def made(x: Sequence[Array], _: dict[str, Any]) -> Array:
        shape = np.broadcast_shapes(*[one.shape for one in x])
        if prod(shape) > MAX_ELEMENTS:
            raise ValueError
        result = x[0]
        for other in x[1:]:
            result = how(result, other)
        return np.asarray(result)

    return made


def _where(x: Sequence[Array], _: dict[str, Any]) -> Array:
    if prod(np.broadcast_shapes(*[one.shape for one in x])) > MAX_ELEMENTS:
        raise ValueError
    return np.where(*x)


def _unary(how: Callable[[Array], Array]) -> Callable[[Sequence[Array], dict[str, Any]], Array]:
    return lambda x, _: np.asarray(how(x[0]))


def _kept_type(how: Callable[[Array], Array]) -> Callable[[Sequence[Array], dict[str, Any]], Array]:
    return lambda x, _: np.asarray(how(x[0])).astype(x[0].dtype)


_FOLDS: dict[str, Callable[[Sequence[Array], dict[str, Any]], Array]] = {
    "Constant": _constant,
    "Shape": lambda x, given: x[0][given.get("start", 0) : given.get("end", len(x[0]))],
    "Size": lambda x, _: np.asarray(prod(x[0].tolist()), np.int64),
    "Gather": lambda x, given: np.take(x[0], x[1], axis=given.get("axis", 0)),
    "Concat": lambda x, given: np.concatenate(x, axis=given["axis"]),
    "Unsqueeze": lambda x, given: np.expand_dims(x[0], _axes(x, given) or ()),
    "Squeeze": lambda x, given: np.squeeze(x[0], _axes(x, given)),
    "Slice": _slice,
    "Reshape": _reshape,
    "Split": _split,
    "Range": _range,
    "ConstantOfShape": _fill,
    "Expand": _expand,
    "Tile": _tile,
    "Transpose": lambda x, given: np.transpose(x[0], given.get("perm")),
    "Cast": lambda x, given: x[0].astype(helper.tensor_dtype_to_np_dtype(given["to"])),
    "Identity": lambda x, _: x[0],
    "Add": _binary(np.add),
    "Sub": _binary(np.subtract),
    "Mul": _binary(np.multiply),
    "Div": _binary(_divide),
    "Mod": _binary(np.mod),
    "Max": _binary(np.maximum),
    "Min": _binary(np.minimum),
    "Equal": _binary(np.equal),
    "Greater": _binary(np.greater),
    "Less": _binary(np.less),
    "And": _binary(np.logical_and),
    "Or": _binary(np.logical_or),
    "Not": _unary(np.logical_not),
    "Neg": _unary(np.negative),
    "Abs": _unary(np.abs),
    "Floor": _kept_type(np.floor),
    "Ceil": _kept_type(np.ceil),
    "Round": _kept_type(np.round),
    "Sqrt": _kept_type(np.sqrt),
    "Reciprocal": _kept_type(np.reciprocal),
    "Where": _where,
    "ReduceProd": lambda x, given: np.prod(x[0], axis=_axes(x, given), keepdims=bool(given.get("keepdims", 1))),
}  # fmt: skip
