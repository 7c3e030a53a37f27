"""What one node of a file means: an operation of ours, a view, or something without a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import onnx

from ...steps import (
    Activation,
    Add,
    Attention,
    Concat,
    Linear,
    MatMul,
    Mean,
    Multiply,
    Norm,
    Op,
    Other,
    Pointwise,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Shape,
)
from ...why import cost
from ...why.axis import extent
from .. import windows
from .inferring import Facts, attributes
from .patterns import clip_limits
from .refusing import clean


@dataclass(frozen=True, slots=True)
class View:
    """Numbers under another shape, or some of them: no step by itself.

    ``perm`` is a turn's order of axes; ``strides`` what a slice keeps of rows and columns; ``channels`` how many zero
    channels are put before and after; ``new_axis`` the axis that is made. With ``keeps`` an equal shape means that
    nothing was done at all.
    """

    function: str
    place: str = ""
    perm: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    new_axis: int | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Meaning:
    """An operation and its plain name, or a view. ``reads`` are its live inputs in our order, where that is another.

    ``macs`` is as the file's own sizes tell, where ``known``; otherwise the formula of the operation holds. ``pad`` is
    what is put around the input first, ``stack`` the axis of a concatenation that may be a stack.
    """

    op: Op | None = None
    function: str = ""
    macs: int | None = None
    known: bool = False
    reads: tuple[str, ...] | None = None
    view: View | None = None
    pad: tuple[int, ...] | None = None
    stack: int | None = None


SAME = View("")

# Inputs, by place, whose numbers are no parameters: statistics, limits, scales of quantisation, sizes.
NOT_LEARNT: dict[str, tuple[int, ...]] = {
    "BatchNormalization": (3, 4),
    "Clip": (1, 2),
    "Resize": (1, 2, 3),
    "Upsample": (1,),
    "Pad": (1, 2, 3),
    "Dropout": (1, 2),
    "LSTM": (4, 5, 6),
    "GRU": (4, 5),
    "RNN": (4, 5),
    "QLinearConv": (1, 2, 4, 5, 6, 7),
    "QLinearMatMul": (1, 2, 4, 5, 6, 7),
    "ConvInteger": (2, 3),
    "MatMulInteger": (2, 3),
    "QuantizeLinear": (1, 2),
    "DequantizeLinear": (1, 2),
}

ACTIVATIONS = {
    "Relu": "relu", "LeakyRelu": "leaky_relu", "PRelu": "prelu", "Elu": "elu", "Celu": "celu", "Selu": "selu",
    "Sigmoid": "sigmoid", "HardSigmoid": "hardsigmoid", "HardSwish": "hardswish", "Tanh": "tanh", "Softplus": "softplus",
    "Softsign": "softsign", "ThresholdedRelu": "threshold", "Gelu": "gelu", "FastGelu": "gelu", "BiasGelu": "gelu",
    "QuickGelu": "quick_gelu", "Mish": "mish", "Softmax": "softmax", "LogSoftmax": "log_softmax", "Hardmax": "hardmax",
    "Swish": "silu", "Silu": "silu",
}  # fmt: skip
POINTWISE = {
    name: name.lower()
    for name in (
        "Exp", "Log", "Sqrt", "Abs", "Neg", "Floor", "Ceil", "Round", "Sign", "Reciprocal", "Erf", "Sin", "Cos", "Tan",
        "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Pow", "Sub", "Div", "Mod", "Max", "Min",
        "Where", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or", "Xor", "Not", "IsNaN",
        "IsInf", "Trilu", "BitShift", "Shrink", "Bernoulli",
    )
}  # fmt: skip
MOVES = {
    "Reshape": "reshape", "Flatten": "reshape", "Squeeze": "squeeze", "Slice": "slice", "Split": "slice",
    "DepthToSpace": "pixel_shuffle", "SpaceToDepth": "pixel_unshuffle", "Expand": "expand", "Tile": "repeat",
}  # fmt: skip
NOTHING = (
    "Identity", "Cast", "CastLike", "Dropout", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear",
    "StringNormalizer", "BitCast",
)  # fmt: skip
GATHERS = {
    "GatherND": "gather", "GatherElements": "gather", "ScatterND": "scatter", "ScatterElements": "scatter",
    "Scatter": "scatter", "ReverseSequence": "flip", "Compress": "slice", "TensorScatter": "scatter", "Col2Im": "fold",
}  # fmt: skip
NO_PRODUCTS = {
    "ReduceMax": "amax", "ReduceMin": "amin", "ReduceSum": "sum", "ReduceL1": "norm", "ReduceL2": "norm",
    "ReduceProd": "prod", "ReduceLogSum": "logsum", "ReduceLogSumExp": "logsumexp", "ReduceSumSquare": "sum_squares",
    "ArgMax": "argmax", "ArgMin": "argmin", "TopK": "topk", "CumSum": "cumsum", "CumProd": "cumprod", "OneHot": "one_hot",
    "NonMaxSuppression": "nms", "Unique": "unique",
}  # fmt: skip
MOST_AXES = 8


def meaning(node: onnx.NodeProto, facts: Facts) -> Meaning:
    """What ``node`` does; its first output has a known shape, and it reads at least one tensor that depends on an input."""
    op_type = node.op_type
    if node.domain not in ("", "ai.onnx") and op_type not in _FOREIGN:
        return Meaning(Other(clean(op_type, 40)), clean(op_type, 40).lower())
    if op_type in NOTHING:
        return Meaning(view=SAME)
    how = _MEANINGS.get(op_type)
    if how is not None:
        found = how(node, facts, attributes(node))
        if found is not None:
            return found
    if op_type in ACTIVATIONS:
        return Meaning(Activation(ACTIVATIONS[op_type]), ACTIVATIONS[op_type])
    if op_type in POINTWISE:
        return Meaning(Pointwise(POINTWISE[op_type]), POINTWISE[op_type])
    if op_type in GATHERS:
        return Meaning(Rearrange(GATHERS[op_type]), GATHERS[op_type])
    if op_type in NO_PRODUCTS:
        return Meaning(Other(NO_PRODUCTS[op_type]), NO_PRODUCTS[op_type], 0, True)
    if op_type in MOVES:
        return Meaning(view=View(MOVES[op_type], keeps=True))
    return Meaning(Other(clean(op_type, 40)), clean(op_type, 40).lower())


_FOREIGN = (
    "Gelu", "FastGelu", "BiasGelu", "QuickGelu", "Silu", "LayerNormalization", "SimplifiedLayerNormalization",
    "RMSNormalization",
)  # fmt: skip

_Given = dict[str, Any]


# ---- windows ------------------------------------------------------------------------------------------------------


def _window(node: onnx.NodeProto, facts: Facts, given: _Given, kernel: tuple[int, ...]) -> tuple[Any, ...]:
    """Stride, dilation, padding of a window over ``len(kernel)`` axes; the border that is more on one side."""
    rank = len(kernel)
    stride = tuple(given.get("strides") or [1] * rank)
    dilation = tuple(given.get("dilations") or [1] * rank)
    pads = list(given.get("pads") or [0] * 2 * rank)
    auto = given.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        pads = [0] * 2 * rank
        for axis, side in enumerate(facts.shapes[node.input[0]][-rank:]):
            whole = max(0, (-(-side // stride[axis]) - 1) * stride[axis] + extent(kernel[axis], dilation[axis]) - side)
            less, more = whole // 2, whole - whole // 2
            pads[axis], pads[axis + rank] = (less, more) if auto == "SAME_UPPER" else (more, less)
    elif auto == "VALID":
        pads = [0] * 2 * rank
    padding = tuple(min(pads[axis], pads[axis + rank]) for axis in range(rank))
    rest = tuple(pads[i] - padding[i % rank] for i in range(2 * rank))
    return stride, dilation, padding, rest if any(rest) else None


def _conv(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    weight_at = 3 if node.op_type == "QLinearConv" else 1
    weight = facts.shapes.get(node.input[weight_at], ()) if len(node.input) > weight_at else ()
    kernel = tuple(given.get("kernel_shape") or weight[2:])
    if not kernel or len(weight) != len(kernel) + 2:
        return None
    stride, dilation, padding, rest = _window(node, facts, given, kernel)
    bias_at = {"QLinearConv": 8, "ConvInteger": 99}.get(node.op_type, 2)
    bias = len(node.input) > bias_at and bool(node.input[bias_at])
    groups = int(given.get("group", 1))
    if groups < 1 or min((*stride, *dilation, *kernel)) < 1:
        return None
    op = windows.conv(kernel, stride, padding, dilation, groups, bias)
    return Meaning(op, f"conv{len(kernel)}d", pad=rest)


def _conv_transpose(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    weight = facts.shapes.get(node.input[1], ())
    kernel = tuple(given.get("kernel_shape") or weight[2:])
    if not kernel or len(weight) != len(kernel) + 2:
        return None
    rank = len(kernel)
    stride = tuple(given.get("strides") or [1] * rank)
    dilation = tuple(given.get("dilations") or [1] * rank)
    padding = tuple((given.get("pads") or [0] * rank)[:rank])
    more = tuple(given.get("output_padding") or [0] * rank)
    bias = len(node.input) > 2 and bool(node.input[2])
    groups = int(given.get("group", 1))
    if groups < 1 or min((*stride, *dilation, *kernel)) < 1:
        return None
    op = windows.conv_transpose(kernel, stride, padding, more, dilation, groups, bias)
    return Meaning(op, f"conv_transpose{rank}d")


def _pool(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    kernel = tuple(given.get("kernel_shape", ()))
    what: windows.Pooling = "maxpool" if node.op_type == "MaxPool" else "avgpool"
    if not kernel:
        return None
    stride, dilation, padding, rest = _window(node, facts, given, kernel)
    if min((*stride, *dilation, *kernel)) < 1:
        return None
    op = windows.pool(what, kernel, stride, padding, dilation, bool(given.get("ceil_mode", 0)))
    return Meaning(op, _called(what, kernel), pad=rest)


def _global_pool(node: onnx.NodeProto, facts: Facts, _: _Given) -> Meaning | None:
    return _over_all("maxpool" if node.op_type == "GlobalMaxPool" else "avgpool", facts.shapes[node.input[0]])


def _over_all(what: windows.Pooling, shape: Shape) -> Meaning | None:
    sides = shape[2:]
    return Meaning(windows.whole(what, sides), f"adaptive_{_called(what, sides)}") if sides else None


def _called(what: windows.Pooling, sides: Shape) -> str:
    """PyTorch's function for such a pool: ``max_pool2d``."""
    return f"{what.removesuffix('pool')}_pool{len(sides)}d"


def _mean(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    shape = facts.shapes[node.input[0]]
    axes = given.get("axes")
    if axes is None and len(node.input) > 1 and node.input[1]:
        axes = facts.whole(node.input[1])
    if axes is None:
        axes = [] if given.get("noop_with_empty_axes") else range(len(shape))
    whole = sorted({int(axis) % len(shape) for axis in axes} if shape else set())
    if not whole:
        return Meaning(view=SAME)
    if whole == list(range(2, len(shape))) and given.get("keepdims", 1):
        return _over_all("avgpool", shape)
    return Meaning(Mean(tuple(whole)), "mean")


# ---- products and sums --------------------------------------------------------------------------------------------


def _gemm(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    first, second = node.input[:2]
    out, shape = facts.shapes[node.output[0]], facts.shapes[first]
    inner = shape[0] if given.get("transA") else shape[-1]
    macs = prod(out) * inner
    if first in facts.live and second not in facts.live and facts.roots.get(second):
        return Meaning(Linear(len(node.input) > 2 and bool(node.input[2])), "linear", macs, True)
    return Meaning(MatMul(), "matmul", macs, True)


def _matmul(node: onnx.NodeProto, facts: Facts, _: _Given) -> Meaning | None:
    at = 3 if node.op_type == "QLinearMatMul" else 1
    first, second = node.input[0], node.input[at]
    macs = prod(facts.shapes[node.output[0]]) * (facts.shapes[first] or (1,))[-1]
    if first in facts.live and second not in facts.live and len(facts.shapes[second]) == 2 and facts.roots.get(second):
        return Meaning(Linear(False), "linear", macs, True)
    return Meaning(MatMul(), "matmul", macs, True)


def _einsum(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    equation = str(given.get("equation", "")).replace(" ", "")
    terms = equation.partition("->")[0].split(",")
    sizes: dict[str, int] = {}
    if len(terms) != 2 or len(node.input) != 2:
        return None
    for term, name in zip(terms, node.input, strict=True):
        if len(term) != len(facts.shapes[name]) or not term.isalpha():
            return None
        sizes |= dict(zip(term, facts.shapes[name], strict=True))
    return Meaning(MatMul(), "einsum", prod(sizes.values()), True)


def _attention(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    query, key, value = (facts.shapes[name] for name in node.input[:3])
    if len(query) == 4:
        heads, rows, width, columns = query[1], query[2], query[3], key[2]
        depth = value[3]
    else:
        heads, kv_heads = given.get("q_num_heads"), given.get("kv_num_heads")
        if not heads or not kv_heads:
            return None
        rows, width, columns, depth = query[1], query[2] // heads, key[1], value[2] // kv_heads
    if len(node.input) > 4 and node.input[4]:
        return Meaning(
            Attention(heads), "scaled_dot_product_attention", None, True
        )  # and what came before, unseen here
    queries = (query[0], heads, rows, width)
    macs = cost.attention_macs(queries, (columns, width), (columns, depth))
    return Meaning(Attention(heads), "scaled_dot_product_attention", macs, True)


def _recurrent(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    shape = facts.shapes[node.input[0]]
    hidden = given.get("hidden_size")
    both = given.get("direction") == "bidirectional"
    macs = None
    if hidden and len(shape) == 3:
        macs = (2 if both else 1) * cost.recurrent_macs(node.op_type, shape[0] * shape[1], shape[2], hidden)
    return Meaning(Recurrent(node.op_type, 1, both), node.op_type.lower(), macs, True)


def _sum(node: onnx.NodeProto, facts: Facts, _: _Given) -> Meaning | None:
    live = [name for name in node.input if name in facts.live]
    return Meaning(Add(), "add") if len(live) > 1 else Meaning(Pointwise("add"), "add")


def _product(node: onnx.NodeProto, facts: Facts, _: _Given) -> Meaning | None:
    live = [name for name in node.input if name in facts.live]
    if len(live) < 2:
        return Meaning(Pointwise("mul"), "mul")
    if live[0] == live[1]:
        return Meaning(Pointwise("square"), "square", reads=(live[0],))
    for whole, gate in (live, live[::-1]):
        shape, small = facts.shapes[whole], facts.shapes[gate]
        if len(shape) == len(small) == 4 and small == (*shape[:2], 1, 1) and prod(shape[2:]) > 1:
            return Meaning(Scale(), "mul", reads=(whole, gate))
    return Meaning(Multiply(), "mul")


def _concat(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    axis = int(given.get("axis", 1)) % max(1, len(facts.shapes[node.output[0]]))
    if sum(bool(name) for name in node.input) == 1:
        return Meaning(view=SAME)
    return Meaning(Concat(axis), "cat", stack=axis)


# ---- norms and activations ----------------------------------------------------------------------------------------


def _norm(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    match node.op_type:
        case "BatchNormalization":
            return Meaning(Norm(), "batch_norm")
        case "GroupNormalization":
            return Meaning(Norm(int(given["num_groups"])), "group_norm") if given.get("num_groups") else None
        case "InstanceNormalization":
            return Meaning(Norm(over="instance"), "instance_norm")
        case "LayerNormalization":
            return Meaning(Norm(over="layer"), "layer_norm")
        case "LRN":
            return Meaning(Norm(over="local response"), "local_response_norm")
        case "MeanVarianceNormalization" | "LpNormalization":
            return Meaning(Norm(over="length" if node.op_type[0] == "L" else "instance"), "normalize")
        case _:
            return Meaning(Norm(over="rms"), "rms_norm")


def _clip(node: onnx.NodeProto, facts: Facts, _: _Given) -> Meaning | None:
    limits = clip_limits(facts, node)
    name = {(0, 6): "relu6", (-1, 1): "hardtanh", (0, None): "relu"}.get(limits)
    return Meaning(Activation(name), name) if name else Meaning(Pointwise("clip"), "clip")


# ---- views --------------------------------------------------------------------------------------------------------


def _transpose(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    rank = len(facts.shapes[node.input[0]])
    perm = tuple(given.get("perm") or range(rank - 1, -1, -1))
    if sorted(perm) != list(range(rank)):
        return None
    return Meaning(view=SAME if perm == tuple(range(rank)) else View("permute", perm=perm))


def _unsqueeze(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    axes = facts.whole(node.input[1]) if len(node.input) > 1 else given.get("axes")
    rank = len(facts.shapes[node.output[0]])
    return Meaning(view=View("unsqueeze", new_axis=int(axes[0]) % rank if axes and len(axes) == 1 and rank else None))


def _slice(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    """A slice; one that keeps every second row and column may be the half of a padding shortcut."""
    shape, out = facts.shapes[node.input[0]], facts.shapes[node.output[0]]
    steps = facts.whole(node.input[4]) if len(node.input) > 4 and node.input[4] else []
    starts = facts.whole(node.input[1]) if len(node.input) > 1 else given.get("starts")
    axes = facts.whole(node.input[3]) if len(node.input) > 3 and node.input[3] else given.get("axes")
    if steps and min(steps) < 0:
        return Meaning(view=View("slice"))
    strides: tuple[int, ...] = ()
    if len(shape) == 4 and steps and starts is not None and axes is not None and len(axes) == len(steps) == len(starts):
        every = [1, 1, 1, 1]
        for axis, step in zip(axes, steps, strict=True):
            every[axis % 4] = step
        if not any(starts) and out == tuple(-(-side // step) for side, step in zip(shape, every, strict=True)):
            strides = tuple(every[2:]) if every[:2] == [1, 1] else ()
    return Meaning(view=View("slice", strides=strides, keeps=True))


def _pad(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    pads = facts.whole(node.input[1]) if len(node.input) > 1 else given.get("pads") or given.get("paddings")
    rank = len(facts.shapes[node.input[0]])
    channels: tuple[int, ...] = ()
    if rank == 4 and pads and len(pads) == 8 and given.get("mode", "constant") == "constant" and len(node.input) < 4:
        rest = [pads[i] for i in range(8) if i not in (1, 5)]
        channels = (pads[1], pads[5]) if not any(rest) and min(pads) >= 0 else ()
    return Meaning(view=View("pad", channels=channels, keeps=True))


def _gather(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    data, indices = node.input[:2]
    if data in facts.live:
        return Meaning(view=View("slice")) if indices not in facts.live else Meaning(Rearrange("gather"), "gather")
    return Meaning(Other("embedding"), "embedding", 0, True)  # a row of a table for each number: nothing is multiplied


def _resize(node: onnx.NodeProto, facts: Facts, given: _Given) -> Meaning | None:
    if facts.shapes[node.input[0]] == facts.shapes[node.output[0]]:
        return Meaning(view=SAME)
    mode = str(given.get("mode", "nearest"))
    rank = len(facts.shapes[node.input[0]])
    if mode == "linear":
        mode = {3: "linear", 4: "bilinear", 5: "trilinear"}.get(rank, "linear")
    mode = {"cubic": "bicubic"}.get(mode, mode)
    return Meaning(Resize(clean(mode, 20)), "interpolate")


_MEANINGS: dict[str, Callable[[onnx.NodeProto, Facts, _Given], Meaning | None]] = {
    **dict.fromkeys(("Conv", "ConvInteger", "QLinearConv"), _conv),
    "ConvTranspose": _conv_transpose,
    **dict.fromkeys(("MaxPool", "AveragePool"), _pool),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global_pool),
    "ReduceMean": _mean,
    "Gemm": _gemm,
    **dict.fromkeys(("MatMul", "MatMulInteger", "QLinearMatMul"), _matmul),
    "Einsum": _einsum,
    "Attention": _attention,
    **dict.fromkeys(("LSTM", "GRU", "RNN"), _recurrent),
    **dict.fromkeys(("Add", "Sum"), _sum),
    "Mul": _product,
    "Concat": _concat,
    **dict.fromkeys(
        (
            "BatchNormalization", "InstanceNormalization", "GroupNormalization", "LayerNormalization", "LRN",
            "RMSNormalization", "SimplifiedLayerNormalization", "MeanVarianceNormalization", "LpNormalization",
        ),
        _norm,
    ),
    "Clip": _clip,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Slice": _slice,
    "Pad": _pad,
    "Gather": _gather,
    **dict.fromkeys(("Resize", "Upsample"), _resize),
}  # fmt: skip
