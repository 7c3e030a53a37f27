"""PyTorch's operations as ours: what one call of the dispatcher is to a network's author."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any, Literal, cast

import torch
from torch import Tensor
from torch.utils.flop_counter import flop_registry

from ...steps import (
    Activation,
    Add,
    Attention,
    AvgPool,
    Concat,
    Linear,
    MatMul,
    Mean,
    Multiply,
    Norm,
    Op,
    Other,
    Pointwise,
    Recurrent,
    Resize,
    Scale,
)
from .. import windows

# make: only the shape of what it reads matters · view: another look at the same numbers · copy: the same numbers
# elsewhere · join: tensors one after the other · move: numbers are cut, bordered or repeated · write: numbers go into another tensor · same: nothing, in
# evaluation · step: an operation · inside: made of others, which are looked at
Kind = Literal["make", "view", "copy", "join", "move", "write", "same", "step", "inside"]


class Arguments:
    """The arguments of one call by their names in the operation's schema."""

    __slots__ = ("args", "kwargs", "plan")

    def __init__(self, plan: Plan, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.plan, self.args, self.kwargs = plan, args, kwargs

    def __call__(self, name: str, default: Any = None) -> Any:
        place = self.plan.places.get(name)
        if place is not None and place < len(self.args):
            found = self.args[place]
        else:
            found = self.kwargs.get(name, self.plan.defaults.get(name, default))
        return default if found is None else found


@dataclass(frozen=True, slots=True)
class Context:
    """One call, as the rules see it: ``active`` are the tensors it reads that depend on an input."""

    get: Arguments
    active: Sequence[Tensor]
    output: Tensor

    def is_active(self, name: str) -> bool:
        value = self.get(name)
        return any(value is tensor for tensor in self.active)


Rule = Callable[[Context], Op]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done about one operation, worked out at its first call."""

    kind: Kind
    word: str
    places: dict[str, int]
    defaults: dict[str, Any]
    writes: bool  # into its first argument
    reads_written: bool
    rule: Rule
    free: bool  # no products are in it
    formula: bool  # its products are known without a count
    zeros: bool  # is what it makes
    pads: bool  # where the shape stays, nothing was done


# ---- windows -----------------------------------------------------------------------------------------------------


def tupled(value: Any, axes: int) -> tuple[int, ...]:
    """A size of each of so many axes."""
    several = tuple(int(one) for one in cast("list[int]", value)) if isinstance(value, list | tuple) else (int(value),)
    return several * axes if len(several) == 1 else several


def hashable(value: Any) -> Any:
    return tuple(cast("list[int]", value)) if isinstance(value, list) else value


def same_padding(kernel: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """What "same" puts before: of an odd sum the smaller half."""
    return tuple([gap * (side - 1) // 2 for side, gap in zip(kernel, dilation, strict=True)])


@lru_cache(4096)
def convolution(
    kernel: Sequence[int],
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    bias: bool,
    *,
    transposed: bool = False,
    output_padding: Any = 0,
) -> Op:
    """A conv over as many axes as its kernel has, forwards or transposed."""
    axes = len(kernel)
    sides, steps, gaps = tuple(kernel), tupled(stride, axes), tupled(dilation, axes)
    if isinstance(padding, str):
        border = same_padding(kernel, gaps) if padding == "same" else (0,) * axes
    else:
        border = tupled(padding, axes)
    if transposed:
        return windows.conv_transpose(sides, steps, border, tupled(output_padding, axes), gaps, groups, bias)
    return windows.conv(sides, steps, border, gaps, groups, bias)


def pool(
    what: windows.Pooling, axes: int, kernel: Any, stride: Any, padding: Any = 0, ceil: bool = False, dilation: Any = 1
) -> Op:
    """A pool over so many axes; without a stride its windows lie side by side."""
    sides = tupled(kernel, axes)
    steps = sides if stride is None or stride == () else tupled(stride, axes)
    return windows.pool(what, sides, steps, tupled(padding, axes), tupled(dilation, axes), ceil)


def adaptive(what: windows.Pooling, axes: int, before: Sequence[int], after: Sequence[int], label: str) -> Op:
    """A pool to a given size, where that is windows of one size side by side."""
    sides, wanted = tuple(before)[-axes:], tuple(after)[-axes:]
    if any(side % parts for side, parts in zip(sides, wanted, strict=True)):
        return Other(label)
    window = tuple([side // parts for side, parts in zip(sides, wanted, strict=True)])
    return pool(what, axes, window, window)


def _conv(context: Context) -> Op:
    get = context.get
    weight = get("weight")
    transposed = bool(get("transposed", False)) or "transpose" in get.plan.word
    return convolution(
        tuple(weight.shape[2:]),
        hashable(get("stride", 1)),
        hashable(get("padding", 0)),
        hashable(get("dilation", 1)),
        get("groups", 1),
        get("bias") is not None,
        transposed=transposed,
        output_padding=hashable(get("output_padding", 0)),
    )


_WINDOW = (("kernel_size", None), ("stride", None), ("padding", 0), ("dilation", 1))


def _pool(what: windows.Pooling, axes: int) -> Rule:
    def rule(context: Context) -> Op:
        get = context.get
        kernel, stride, border, gaps = (hashable(get(name, fallback)) for name, fallback in _WINDOW)
        return pool(what, axes, kernel, stride, border, bool(get("ceil_mode", False)), gaps)

    return rule


def _adaptive(what: windows.Pooling, axes: int) -> Rule:
    def rule(context: Context) -> Op:
        return adaptive(what, axes, context.active[0].shape, context.output.shape, context.get.plan.word)

    return rule


def _mean(context: Context) -> Op:
    (read, *_), get = context.active, context.get
    axes = sorted(axis % max(1, read.dim()) for axis in get("dim", range(read.dim())))
    if not get("keepdim", False):
        return Mean(tuple(axes))
    if axes == [2, 3] and read.dim() == 4:
        whole = (read.shape[2], read.shape[3])
        return AvgPool(whole, whole)
    return Other("mean")


# ---- sums and products -------------------------------------------------------------------------------------------


def _linear(context: Context) -> Op:
    if context.is_active("weight") or not context.is_active("input"):
        return MatMul()
    return Linear(context.get("bias") is not None)


def _matmul(context: Context) -> Op:
    """A product with a parameter is a linear layer where the parameter comes second."""
    if len(context.active) > 1:
        return MatMul()
    bias = context.get("bias") if context.get.plan.word == "addmm" else None
    first = next(iter(context.get.args[1:]), None) if context.get.plan.word == "addmm" else context.get.args[0]
    second = context.get.args[-1]
    if first is context.active[0] and isinstance(second, Tensor) and second.dim() == 2:
        return Linear(bias is not None or context.get.plan.word == "addmm")
    return Other(context.get.plan.word)


def _einsum(context: Context) -> Op:
    """A matrix product where it is one of the last axis with a matrix; else as it is called."""
    operands = [tensor for tensor in context.get("tensors")]
    first, size = context.active[0], context.output.shape
    if len(operands) == 2 and first is operands[0] and "." not in context.get("equation"):
        left, _, right = context.get("equation").replace(" ", "").partition("->")[0].partition(",")
        made = context.get("equation").replace(" ", "").partition("->")[2]
        summed = set(left) & set(right) - set(made)
        if summed == {left[-1]} and len(set(left)) == len(left) and prod(size):
            plain = len(context.active) == 1 and len(right) == 2 and made == left[:-1] + right.replace(left[-1], "")
            return Linear(False) if plain else MatMul() if len(context.active) == 2 else Other("einsum")
    return Other("einsum")


def _add(context: Context) -> Op:
    return Add() if len(context.active) > 1 else Pointwise(context.get.plan.word)


def _multiply(context: Context) -> Op:
    if len(context.active) < 2 or context.active[0] is context.active[1]:
        return Pointwise("mul")
    a, b = (tuple(tensor.shape) for tensor in context.active[:2])
    for large, small in ((a, b), (b, a)):
        if len(large) == len(small) == 4 and small[1:] == (large[1], 1, 1) and large[2:] != (1, 1):
            return Scale()
    return Multiply()


def _attention(context: Context) -> Op:
    query = context.get("query")
    return Attention(int(query.shape[1]) if isinstance(query, Tensor) and query.dim() == 4 else None)


def _concat(context: Context) -> Op:
    axes = context.output.dim()
    if len(context.active) < 2 and context.get.plan.word != "stack":
        return Concat(int(context.get("dim", 0)) % axes)
    return Concat(int(context.get("dim", 0)) % axes, context.get.plan.word == "stack")


def _hardtanh(context: Context) -> Op:
    low, high = context.get("min_val", -1), context.get("max_val", 1)
    return Activation("relu6" if (low, high) == (0, 6) else "hardtanh")


def _group_norm(context: Context) -> Op:
    return Norm(int(context.get("num_groups", context.get("group", 1))))


def _fixed(op: Op) -> Rule:
    return lambda _: op


def _resize(mode: str) -> Rule:
    return lambda _: Resize(mode)


def _named(kind: type[Pointwise] | type[Other]) -> Rule:
    return lambda context: kind(context.get.plan.word)


_ACTIVATIONS = {
    "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "gelu": "gelu", "silu": "silu", "mish": "mish",
    "hardswish": "hardswish", "hardsigmoid": "hardsigmoid", "elu": "elu", "selu": "selu", "celu": "celu",
    "leaky_relu": "leaky_relu", "prelu": "prelu", "_prelu_kernel": "prelu", "softplus": "softplus", "softmax": "softmax",
    "_softmax": "softmax", "log_softmax": "log_softmax", "_log_softmax": "log_softmax", "log_sigmoid": "log_sigmoid",
    "rrelu": "rrelu", "hardshrink": "hardshrink", "softshrink": "softshrink", "threshold": "threshold",
    "rrelu_with_noise": "rrelu", "glu": "glu",
}  # fmt: skip
_NORMS = {
    "batch_norm": "", "native_batch_norm": "", "_native_batch_norm_legit": "", "_native_batch_norm_legit_no_training": "",
    "cudnn_batch_norm": "", "miopen_batch_norm": "", "_batch_norm_impl_index": "", "_batch_norm_with_update": "",
    "_batch_norm_no_update": "", "layer_norm": "layer", "native_layer_norm": "layer", "instance_norm": "instance",
    "rms_norm": "rms", "_fused_rms_norm": "rms",
}  # fmt: skip

_RULES: dict[str, Rule] = {
    **{name: _fixed(Activation(function)) for name, function in _ACTIVATIONS.items()},
    "hardtanh": _hardtanh,
    **{name: _fixed(Norm(None, over)) for name, over in _NORMS.items()},
    "group_norm": _group_norm,
    "native_group_norm": _group_norm,
    **dict.fromkeys(
        (
            "conv1d", "conv2d", "conv3d", "convolution", "_convolution", "cudnn_convolution", "conv_transpose1d",
            "conv_transpose2d", "conv_transpose3d", "_convolution_mode", "mkldnn_convolution", "thnn_conv2d",
        ),
        _conv,
    ),
    **{f"max_pool{axes}d": _pool("maxpool", axes) for axes in (1, 2, 3)},
    **{f"max_pool{axes}d_with_indices": _pool("maxpool", axes) for axes in (1, 2, 3)},
    **{f"avg_pool{axes}d": _pool("avgpool", axes) for axes in (1, 2, 3)},
    **{f"adaptive_avg_pool{axes}d": _adaptive("avgpool", axes) for axes in (1, 2, 3)},
    **{f"_adaptive_avg_pool{axes}d": _adaptive("avgpool", axes) for axes in (2, 3)},
    **{f"adaptive_max_pool{axes}d": _adaptive("maxpool", axes) for axes in (1, 2, 3)},
    "mean": _mean,
    "linear": _linear,
    "addmm": _matmul,
    **dict.fromkeys(("mm", "matmul", "bmm", "baddbmm"), _matmul),
    "add": _add,
    **dict.fromkeys(("mul", "multiply"), _multiply),
    **dict.fromkeys(("cat", "concat", "concatenate", "stack"), _concat),
    "einsum": _einsum,
    "scaled_dot_product_attention": _attention,
    **{f"upsample_{name}": _resize(name[:-2]) for name in ("nearest1d", "nearest2d", "nearest3d", "bilinear2d", "bicubic2d", "trilinear3d", "linear1d")},
    **{f"_upsample_{name}_aa": _resize(name[:-2]) for name in ("bilinear2d", "bicubic2d")},
    **{f"_upsample_nearest_exact{axes}d": _resize("nearest") for axes in (1, 2, 3)},
    "lstm": _fixed(Recurrent("LSTM")),
    "gru": _fixed(Recurrent("GRU")),
    "rnn_tanh": _fixed(Recurrent("RNN")),
    "rnn_relu": _fixed(Recurrent("RNN")),
}  # fmt: skip

_MAKES = {
    "empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like", "new_empty",
    "new_zeros", "new_ones", "new_full", "new_empty_strided", "sym_size", "sym_stride", "sym_numel", "is_same_size",
}  # fmt: skip
_COPIES = {
    "clone", "contiguous", "to", "_to_copy", "type_as", "detach", "alias", "cpu", "cuda",
    "detach_copy", "alias_copy", "view_as_real", "lift_fresh", "lift", "positive", "resolve_conj", "resolve_neg",
    "_reshape_copy", "_autocast_to_reduced_precision", "_autocast_to_full_precision", "_conj", "_neg_view",
    "_cast_Float", "_cast_Half", "expand_copy", "to_dense", "to_mkldnn",
}  # fmt: skip
_MOVES = {
    "pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "replication_pad1d",
    "replication_pad2d", "replication_pad3d", "roll", "flip", "fliplr", "flipud", "rot90", "repeat", "tile",
    "repeat_interleave", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle", "im2col",
    "col2im", "unfold", "index_select", "index", "tril", "triu", "_pad_circular", "unfold_copy", "take_along_dim",
    "narrow_copy",
}  # fmt: skip
# Views by what they may be; where the numbers were copied after all, that is seen.
_VIEWS = {
    "reshape", "flatten", "chunk", "split", "split_with_sizes", "tensor_split", "unsafe_chunk", "unsafe_split",
    "unsafe_split_with_sizes", "unflatten", "expand_as", "view_as", "reshape_as", "unbind", "hsplit", "vsplit", "dsplit",
    "_unsafe_view", "permute", "transpose", "t", "squeeze", "unsqueeze", "slice", "select", "narrow", "view", "ravel",
    "movedim", "moveaxis", "swapaxes", "swapdims", "atleast_1d", "atleast_2d", "atleast_3d", "diagonal", "expand",
    "broadcast_to", "as_strided", "squeeze_", "unsqueeze_", "numpy_T", "mT", "mH", "adjoint", "matrix_H", "real",
}  # fmt: skip
_SAME = {"dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "native_dropout"}
_WRITES = {"copy", "fill", "zero", "index_put", "set_data", "masked_scatter", "index_copy", "scatter", "slice_scatter"}
# Neither pointwise nor a reduction by PyTorch's own tags, and yet free of products.
_FREE = {
    "embedding", "max", "min", "sum", "mean", "topk", "sort", "argsort", "argmax", "argmin", "cumsum", "gather", "where",
    "masked_fill", "clamp", "clip", "amax", "amin", "any", "all", "nonzero", "scatter", "scatter_add", "max_unpool2d",
    "one_hot", "norm", "linalg_vector_norm", "std", "var", "var_mean", "std_mean", "logsumexp", "prod",
    "lerp", "addcmul", "addcdiv", "square", "masked_select", "bucketize", "searchsorted", "isnan",
    "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "fractional_max_pool2d", "true_divide",
    "divide", "subtract", "rsub", "sub", "div", "cosine_similarity", "pairwise_distance", "embedding_bag", "bernoulli",
    "adaptive_avg_pool1d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool3d", "_adaptive_avg_pool2d",
    "_adaptive_avg_pool3d", "scatter_reduce", "cummax", "cummin", "index_add", "index_put", "floor_divide", "item",
    "count_nonzero", "kthvalue", "median", "mode", "meshgrid", "tril", "triu", "renorm", "multinomial",
}  # fmt: skip

_MATRICES = {"mm": 0, "bmm": 0, "matmul": 0, "addmm": 1, "baddbmm": 1}  # where the first factor is
_FORMULAS = {"linear", "scaled_dot_product_attention", *_MATRICES} | {
    name for name, rule in _RULES.items() if rule is _conv
}
_PRODUCTS = {"einsum", "lstm", "gru", "rnn_tanh", "rnn_relu", "bilinear"}  # of many forms
_ZEROS = {"zeros", "zeros_like", "new_zeros"}
_OVERWRITES = {"copy", "fill", "zero"}

_PLANS: dict[Any, Plan] = {}


def plan(function: Any) -> Plan:
    """The plan of one overload of an operation."""
    known = _PLANS.get(function)
    if known is None:
        known = _PLANS[function] = _made(function)
    return known


def counted(function: Any) -> Any:
    """PyTorch's own formula for the products in an operation, or None."""
    return flop_registry.get(getattr(function, "overloadpacket", function))


def _made(function: Any) -> Plan:
    schema = getattr(function, "_schema", None)
    name = str(schema.name).rpartition("::")[2] if schema else getattr(function, "__name__", str(function))
    aten = bool(schema) and str(schema.name).startswith("aten::")
    bare = name if name.startswith("__") else name.removesuffix("_")
    places = {argument.name: place for place, argument in enumerate(schema.arguments)} if schema else {}
    defaults = {argument.name: argument.default_value for argument in schema.arguments} if schema else {}
    first = schema.arguments[0] if schema and schema.arguments else None
    writes = bool(first is not None and first.alias_info is not None and first.alias_info.is_write)
    tags = set(getattr(function, "tags", ()))
    known = aten and bare in _RULES
    elementwise = torch.Tag.pointwise in tags
    products = bare in _PRODUCTS or bare in _FORMULAS
    free = aten and ((known and not products) or elementwise or torch.Tag.reduction in tags or bare in _FREE)
    rule = _RULES[bare] if known else _named(Pointwise if elementwise and aten else Other)
    kind: Kind = "step"
    if aten:
        if bare in _MAKES:
            kind = "make"
        elif bare in _SAME:
            kind = "same"
        elif writes and bare in _WRITES:
            kind = "write"
        elif bare in _COPIES:
            kind = "copy"
        elif bare in _VIEWS or (_aliases(schema) and not writes):
            kind = "view"
        elif bare in _MOVES:
            kind = "move"
        elif bare in ("cat", "concat", "concatenate"):
            kind = "join"
        elif not known and not free and getattr(function, "_can_decompose", lambda: False)():
            kind = "inside"
    return Plan(
        kind,
        bare.strip("_") or bare,
        places,
        defaults,
        writes,
        reads_written=bare not in _OVERWRITES,
        rule=rule,
        free=free,
        formula=aten and bare in _FORMULAS,
        zeros=aten and bare in _ZEROS,
        pads="pad" in bare,
    )


def _aliases(schema: Any) -> bool:
    """Whether what is returned may be a view of what is read."""
    return any(made.alias_info is not None and not made.alias_info.is_write for made in schema.returns)


def matrix_macs(word: str, args: Sequence[Any], output: Sequence[int]) -> int | None:
    """Each number of a matrix product is a row of the first factor times a column; None where it is none."""
    place = _MATRICES.get(word)
    return None if place is None else prod(output) * int(args[place].shape[-1])
