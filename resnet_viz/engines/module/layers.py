"""PyTorch's layers as our operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from torch import Tensor, nn

from ...steps import Activation, Attention, Flatten, Identity, Linear, Norm, Op, Other, Rearrange, Recurrent, Resize
from ...why import cost
from .operations import adaptive, convolution, hashable, pool

_LAYERS = "torch.nn.modules."
_CONTAINERS = ("torch.nn.modules.container", "torch.nn.modules.module", "torch.nn.modules.transformer")
_ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.ReLU: "relu", nn.ReLU6: "relu6", nn.Sigmoid: "sigmoid", nn.Tanh: "tanh", nn.GELU: "gelu", nn.SiLU: "silu",
    nn.Mish: "mish", nn.Hardswish: "hardswish", nn.Hardsigmoid: "hardsigmoid", nn.Hardtanh: "hardtanh", nn.ELU: "elu",
    nn.SELU: "selu", nn.CELU: "celu", nn.LeakyReLU: "leaky_relu", nn.PReLU: "prelu", nn.RReLU: "rrelu",
    nn.Softplus: "softplus", nn.Softsign: "softsign", nn.Softmax: "softmax", nn.Softmax2d: "softmax",
    nn.LogSoftmax: "log_softmax", nn.LogSigmoid: "log_sigmoid", nn.Hardshrink: "hardshrink",
    nn.Softshrink: "softshrink", nn.Tanhshrink: "tanhshrink", nn.Threshold: "threshold", nn.GLU: "glu",
    nn.Softmin: "softmin",
}  # fmt: skip
_NORMS: tuple[tuple[type[nn.Module], str], ...] = (
    (nn.modules.batchnorm._BatchNorm, ""),
    (nn.LayerNorm, "layer"),
    (nn.RMSNorm, "rms"),
    (nn.LocalResponseNorm, "response"),
)  # fmt: skip
_PADS = (
    nn.modules.padding._ConstantPadNd,
    nn.modules.padding._ReflectionPadNd,
    nn.modules.padding._ReplicationPadNd,
    nn.modules.padding._CircularPadNd,
)
_DROPOUTS = (nn.Identity, nn.modules.dropout._DropoutNd)
_FREE = (*_PADS, nn.Embedding, nn.EmbeddingBag, nn.ChannelShuffle, nn.Fold, nn.Unfold, nn.LPPool1d, nn.LPPool2d, nn.MaxUnpool1d, nn.MaxUnpool2d, nn.MaxUnpool3d, nn.CosineSimilarity, nn.PairwiseDistance)  # fmt: skip


def is_layer(module: nn.Module) -> bool:
    """Whether a call of ``module`` is one operation by PyTorch's own documentation: a layer, its forward untouched."""
    forward = getattr(type(module), "forward", None)
    where = getattr(forward, "__module__", "")
    if not where.startswith(_LAYERS) or where in _CONTAINERS:
        return False
    own = module.__dict__.get("forward")  # its class's too, where somebody replaced it and put it back
    return own is None or getattr(own, "__func__", None) is forward


def layer(module: nn.Module, inputs: Sequence[Tensor], output: Tensor) -> Op:
    """The operation that a call of one of PyTorch's layers is."""
    function = _ACTIVATIONS.get(type(module))
    if function is not None:
        if type(module) is nn.Hardtanh and (module.min_val, module.max_val) == (0, 6):
            return Activation("relu6")
        return Activation(function)
    some = cast("Any", module)
    if isinstance(module, nn.modules.conv._ConvNd):
        return convolution(
            module.kernel_size,
            module.stride,
            module.padding,
            module.dilation,
            module.groups,
            module.bias is not None,
            transposed=module.transposed,
            output_padding=module.output_padding,
        )
    if isinstance(module, nn.Linear):
        return Linear(module.bias is not None)
    if isinstance(module, nn.modules.instancenorm._InstanceNorm):
        return Norm(None, "instance")
    if isinstance(module, nn.GroupNorm):
        return Norm(module.num_groups)
    for kind, over in _NORMS:
        if isinstance(module, kind):
            return Norm(None, over)
    if isinstance(module, nn.modules.pooling._MaxPoolNd | nn.modules.pooling._AvgPoolNd):
        largest = isinstance(module, nn.modules.pooling._MaxPoolNd)
        axes, gaps = int(type(module).__name__[-2]), some.dilation if largest else 1
        kernel, stride, border, gaps = map(hashable, (some.kernel_size, some.stride, some.padding, gaps))
        return pool("maxpool" if largest else "avgpool", axes, kernel, stride, border, some.ceil_mode, gaps)
    if isinstance(module, nn.modules.pooling._AdaptiveAvgPoolNd | nn.modules.pooling._AdaptiveMaxPoolNd):
        what = "avgpool" if isinstance(module, nn.modules.pooling._AdaptiveAvgPoolNd) else "maxpool"
        name = type(module).__name__
        return adaptive(what, int(name[-2]), inputs[0].shape, output.shape, name)
    if isinstance(module, nn.Flatten):
        whole = len(output.shape) == 2 and inputs[0].dim() > 1 and output.shape[0] == inputs[0].shape[0]
        return Flatten() if whole else Rearrange("reshape")
    if isinstance(module, _DROPOUTS):
        return Identity()
    if isinstance(module, nn.Upsample):
        return Resize("nearest" if module.mode == "nearest-exact" else module.mode)
    if isinstance(module, nn.MultiheadAttention):
        return Attention(module.num_heads)
    if isinstance(module, nn.RNNBase):
        return Recurrent(module.mode.split("_")[0], module.num_layers, module.bidirectional)
    if isinstance(module, nn.RNNCellBase):
        return Recurrent(type(module).__name__.removesuffix("Cell"))
    if isinstance(module, nn.PixelShuffle):
        return Rearrange("pixel_shuffle")
    if isinstance(module, nn.PixelUnshuffle):
        return Rearrange("pixel_unshuffle")
    if isinstance(module, nn.ChannelShuffle):
        return Rearrange("channel_shuffle")
    if isinstance(module, nn.Unflatten):
        return Rearrange("reshape")
    if isinstance(module, _PADS):
        return Rearrange("pad")
    return Other(type(module).__name__)


def layer_macs(module: nn.Module, op: Op, inputs: Sequence[Tensor], output: Tensor) -> int | None:
    """Multiply-adds of a call of one of PyTorch's layers; None where they are not known."""
    shapes = tuple([tuple(tensor.shape) for tensor in inputs])
    if isinstance(module, nn.MultiheadAttention):
        return _multihead(module, shapes)
    if isinstance(module, nn.RNNBase):
        return _recurrent(module, inputs[0])
    if isinstance(module, nn.RNNCellBase):
        gates = module.weight_ih.shape[0]
        rows = shapes[0][0] if len(shapes[0]) > 1 else 1
        return rows * gates * (module.input_size + module.hidden_size)
    if isinstance(module, _FREE) or (isinstance(op, Other) and op.label.startswith("Adaptive")):
        return 0
    return cost.macs(op, shapes, tuple(output.shape))


def _multihead(module: nn.MultiheadAttention, shapes: tuple[tuple[int, ...], ...]) -> int:
    """The projections of query, key and value, the two products between them, and the projection of the result."""
    query, key, value = (*shapes, *shapes[-1:] * 2)[:3]
    batched = len(query) == 3
    batch = (query[0] if module.batch_first else query[1]) if batched else 1
    length, other = ((one[1] if batched and module.batch_first else one[0]) for one in (query, key))
    width = module.embed_dim
    projected = batch * width * (length * query[-1] + other * key[-1] + other * value[-1] + length * width)
    other += int(module.bias_k is not None) + int(module.add_zero_attn)
    heads = (batch, module.num_heads)
    each = (*heads, length, width // module.num_heads)
    return projected + cost.attention_macs(each, (*heads, other, each[-1]), (*heads, other, each[-1]))


def _recurrent(module: nn.RNNBase, read: Tensor) -> int | None:
    """Each step of each layer and direction: its gates times what comes in and what it remembers."""
    if module.proj_size:
        return None
    ways = 2 if module.bidirectional else 1
    positions = read.numel() // module.input_size
    total = 0
    for number in range(module.num_layers):
        inside = module.input_size if number == 0 else ways * module.hidden_size
        total += ways * cost.recurrent_macs(module.mode, positions, inside, module.hidden_size)
    return total
