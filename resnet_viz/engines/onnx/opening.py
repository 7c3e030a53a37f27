"""One flat graph out of a slimmed model: local functions written out, order and names checked, inputs of a known size."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import onnx
import onnx.inliner
from google.protobuf.message import DecodeError

from ...spec.configuration import DEFAULT_SIDE
from ...steps import Pair, Shape
from .refusing import RefusedError, clean
from .slimming import MAX_NODES, slim

MAX_DIM = 2**31 - 1
MAX_RANK = 12


@dataclass(slots=True)
class Graph:
    """What the rest of the engine works on.

    ``inputs`` are the sizes of the tensors that the network is given, ``declared`` those that the file says of tensors
    within; ``own_size`` where the inputs have the sizes that the file was exported for.
    """

    nodes: Sequence[onnx.NodeProto]
    inputs: dict[str, Shape]
    outputs: tuple[str, ...]
    types: dict[str, int]
    initializers: dict[str, onnx.TensorProto]
    declared: dict[str, Shape]
    opsets: dict[str, int]
    ir_version: int
    title: str
    own_size: bool
    captured: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])


def open_model(data: bytes | mmap.mmap, input_size: Pair | None, batch: int | None) -> Graph:
    """The graph in ``data``, a whole file or one already slimmed, with its inputs bound to a size.

    Raises :class:`RefusedError`.
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(slim(data))
    except DecodeError:
        raise RefusedError("is broken or cut off, or no ONNX file", "export it again with torch.onnx.export") from None
    if not model.graph.node:
        raise RefusedError("holds no network", "export one with torch.onnx.export")
    if model.functions:
        _check_functions(model)
        try:
            model = onnx.inliner.inline_local_functions(model)
        except Exception as error:  # whatever its C++ trips over
            raise RefusedError(
                f"has functions that cannot be written out ({clean(str(error))})", "export it without functions"
            ) from None
    graph = model.graph
    names = {tensor.name for tensor in graph.initializer}
    given = [value for value in graph.input if value.name not in names]
    if not given:
        raise RefusedError("holds a network without an input", "export it with its input")
    inputs, sizes, own_size = _bind(given, input_size, batch)
    initializers = {tensor.name: tensor for tensor in graph.initializer}
    for sparse in graph.sparse_initializer:
        initializers[sparse.values.name] = onnx.TensorProto(
            name=sparse.values.name, data_type=sparse.values.data_type, dims=sparse.dims
        )
    for tensor in initializers.values():
        _check_dims(tensor.name, tensor.dims)
    captured = _check_order(graph.node, {*inputs, *initializers})
    declared: dict[str, Shape] = {}
    if own_size:
        for value in (*graph.value_info, *graph.output):
            shape = _known_shape(value, sizes)
            if shape is not None:
                declared[value.name] = shape
    opsets = {"" if one.domain == "ai.onnx" else one.domain: one.version for one in model.opset_import}
    opsets.setdefault("", 1)
    made = {name for node in graph.node for name in node.output} | set(inputs)
    outputs = tuple([value.name for value in graph.output if value.name in made])
    types = {value.name: value.type.tensor_type.elem_type for value in given}
    title = clean(graph.name, 80)
    return Graph(
        graph.node, inputs, outputs, types, initializers, declared, opsets, model.ir_version,
        "" if title.lower() in ("main_graph", "main", "torch_jit", "torch-jit-export", "graph") else title,
        own_size, captured,
    )  # fmt: skip


def _check_dims(name: str, dims: Iterable[int]) -> None:
    dims = list(dims)
    if len(dims) > MAX_RANK or not all(0 <= dim <= MAX_DIM for dim in dims):
        raise RefusedError(
            f"has a tensor {clean(name, 60)!r} of an impossible size ({clean('×'.join(map(str, dims[:8])), 80)})",
            "export it again with torch.onnx.export",
        )


def _bind(
    given: Sequence[onnx.ValueInfoProto], input_size: Pair | None, batch: int | None
) -> tuple[dict[str, Shape], dict[str, int], bool]:
    """Inputs by name with every dimension a number; what each symbol stands for; whether no fixed size was changed."""
    sizes: dict[str, int] = {}
    shapes: dict[str, Shape] = {}
    own = True
    sides = input_size or (DEFAULT_SIDE, DEFAULT_SIDE)
    for value in given:
        kind = value.type.WhichOneof("value")
        if kind != "tensor_type" or not value.type.tensor_type.HasField("shape"):
            raise RefusedError(
                f"has an input {clean(value.name, 60)!r} that is no tensor of a known rank",
                "export it with tensors alone",
            )
        dims = value.type.tensor_type.shape.dim
        fixed = [dim.dim_value if dim.HasField("dim_value") else None for dim in dims]
        _check_dims(value.name, [dim for dim in fixed if dim is not None])
        # a photo's layout is (N, C, H, W); TensorFlow's is (N, H, W, C), told by its few channels
        last = len(dims) == 4 and fixed[3] in (1, 3, 4) and fixed[1] not in (1, 3, 4)
        rows, channels = (1, 3) if last else (len(dims) - 2, 1)
        shape: list[int] = []
        for axis, (dim, size) in enumerate(zip(dims, fixed, strict=True)):
            wanted = None
            if axis == 0 and len(dims) > 1:
                wanted, default = batch, batch or 1
            elif len(dims) == 4 and axis in (rows, rows + 1):
                wanted, default = (input_size or (None, None))[axis - rows], sides[axis - rows]
            elif len(dims) == 4 and axis == channels:
                default = 3
            else:
                default = sides[0]
            if size is None:
                size = sizes.setdefault(dim.dim_param, default) if dim.dim_param else default
            elif wanted is not None and wanted != size:
                size, own = wanted, False
            if size < 1:
                raise RefusedError(
                    f"has an input {clean(value.name, 60)!r} of size 0", "export it again with a larger input"
                )
            shape.append(size)
        shapes[value.name] = tuple(shape)
    return shapes, sizes, own


def _known_shape(value: onnx.ValueInfoProto, sizes: dict[str, int]) -> Shape | None:
    """The shape that the file declares, where every dimension is a number or a symbol of the inputs."""
    tensor = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type" or not tensor.HasField("shape"):
        return None
    found = [dim.dim_value if dim.HasField("dim_value") else sizes.get(dim.dim_param) for dim in tensor.shape.dim]
    whole = [size for size in found if size is not None and 0 <= size <= MAX_DIM]
    return tuple(whole) if len(whole) == len(found) <= MAX_RANK else None


def _check_order(nodes: Sequence[onnx.NodeProto], known: set[str]) -> dict[int, tuple[str, ...]]:
    """Every tensor is made once, and before it is read; what the subgraphs of a node read from outside, by the node."""
    captured: dict[int, tuple[str, ...]] = {}
    for index, node in enumerate(nodes):
        outer = _outside(node)
        if outer:
            captured[index] = outer
        for name in (*node.input, *outer):
            if name and name not in known:
                raise RefusedError(
                    f"reads {clean(name, 60)!r} before it is made: its operations are in no order, or go round in a circle",
                    "export it again with torch.onnx.export",
                )
        for name in node.output:
            if name in known:
                raise RefusedError(f"makes {clean(name, 60)!r} twice", "export it again with torch.onnx.export")
            if name:
                known.add(name)
    return captured


def _outside(node: onnx.NodeProto) -> tuple[str, ...]:
    """Tensors that the subgraphs of ``node`` read and do not make."""
    found: dict[str, None] = {}
    for attribute in node.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            own = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
            for inner in graph.node:
                for name in (*inner.input, *_outside(inner)):
                    if name and name not in own:
                        found[name] = None
                own.update(inner.output)
            for value in graph.output:
                if value.name not in own:
                    found[value.name] = None
    return tuple(found)


def _check_functions(model: onnx.ModelProto) -> None:
    """Functions end, and are not more operations than are read once they are written out."""
    bodies = {(one.domain, one.name, one.overload): one for one in model.functions}
    sizes: dict[tuple[str, str, str], int] = {}

    def size(key: tuple[str, str, str], depth: int) -> int:
        if depth > 64 or sizes.get(key) == 0:
            raise RefusedError(
                "has functions that call each other in a circle or too deep", "export it without functions"
            )
        if key not in sizes:
            sizes[key] = 0  # being counted
            sizes[key] = 1 + count(bodies[key].node, depth + 1)
        return sizes[key]

    def count(nodes: Iterable[onnx.NodeProto], depth: int) -> int:
        total = 0
        for node in nodes:
            key = (node.domain, node.op_type, node.overload)
            total += size(key, depth) if key in bodies else 1
            for attribute in node.attribute:
                for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                    total += count(graph.node, depth + 1)
            if total > MAX_NODES:
                raise RefusedError(
                    f"has more than {MAX_NODES:,} operations once its functions are written out",
                    "export a smaller network",
                )
        return total

    count(model.graph.node, 0)
