"""What may a step do?  The closed union of operations, each with what PyTorch is told of it."""

from __future__ import annotations

from dataclasses import dataclass

from ..spec.sizes import Pair


@dataclass(frozen=True, slots=True)
class Input:
    kind = "input"


@dataclass(frozen=True, slots=True)
class Conv:
    kernel: Pair
    stride: Pair
    padding: Pair
    groups: int = 1
    bias: bool = False
    dilation: Pair = (1, 1)
    kind = "conv"


@dataclass(frozen=True, slots=True)
class ChannelConv:
    """ECA's conv: slides along the channels of a vector ``(N, C)``, one kernel for all."""

    kernel: int
    kind = "conv1d"


@dataclass(frozen=True, slots=True)
class Norm:
    """Batch norm, or a group norm of ``groups`` groups; ``over`` names another: "layer", "instance", "rms"."""

    groups: int | None = None
    over: str = ""
    kind = "norm"


@dataclass(frozen=True, slots=True)
class Activation:
    """Each number by itself through a fixed function: "relu", "sigmoid", in other people's networks any."""

    function: str = "relu"

    @property
    def kind(self) -> str:
        return self.function


@dataclass(frozen=True, slots=True)
class MaxPool:
    kernel: Pair
    stride: Pair
    padding: Pair
    ceil: bool = False
    dilation: Pair = (1, 1)
    kind = "maxpool"


@dataclass(frozen=True, slots=True)
class AvgPool:
    """An average pool; the global one has the map itself as its kernel. ``ceil`` rounds the size up (ResNet-D)."""

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)
    ceil: bool = False
    kind = "avgpool"


@dataclass(frozen=True, slots=True)
class BlurPool:
    """A fixed 3x3 blur (1 2 1 by 1 2 1, over 16) of stride 2 over a reflected border (1904.11486)."""

    kernel: Pair = (3, 3)
    stride: Pair = (2, 2)
    padding: Pair = (1, 1)
    kind = "blurpool"


@dataclass(frozen=True, slots=True)
class Pad:
    """Option A: keep every ``stride``-th row and column, then add zero channels before and after."""

    stride: Pair
    before: int
    after: int
    kind = "pad"


@dataclass(frozen=True, slots=True)
class Identity:
    kind = "identity"


@dataclass(frozen=True, slots=True)
class Add:
    kind = "add"


@dataclass(frozen=True, slots=True)
class Scale:
    """The channel gate: each channel of the first tensor times its number in the second."""

    kind = "scale"


@dataclass(frozen=True, slots=True)
class Flatten:
    kind = "flatten"


@dataclass(frozen=True, slots=True)
class Linear:
    bias: bool = True
    kind = "linear"


@dataclass(frozen=True, slots=True)
class ConvTranspose:
    """A conv run backwards: each input cell is spread over a kernel's window, ``stride`` apart, so the map grows."""

    kernel: Pair
    stride: Pair
    padding: Pair
    output_padding: Pair = (0, 0)
    groups: int = 1
    bias: bool = False
    dilation: Pair = (1, 1)
    kind = "conv_transpose"


@dataclass(frozen=True, slots=True)
class Sliding:
    """A window over a signal ``(N, C, L)`` or a volume ``(N, C, D, H, W)``: "conv1d", "maxpool3d" …"""

    function: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    groups: int = 1
    bias: bool = False
    dilation: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        return self.function


@dataclass(frozen=True, slots=True)
class Resize:
    """The map on another grid: "nearest" copies cells, "bilinear" and "bicubic" mix neighbours."""

    mode: str = "nearest"
    kind = "resize"


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean over whole axes, counted from 0 and the batch; those axes are gone."""

    axes: tuple[int, ...]
    kind = "mean"


@dataclass(frozen=True, slots=True)
class Concat:
    """Tensors one after the other along ``axis``; ``new`` where the axis is made for it (a stack)."""

    axis: int = 1
    new: bool = False

    @property
    def kind(self) -> str:
        return "stack" if self.new else "concat"


@dataclass(frozen=True, slots=True)
class Multiply:
    """The product of two tensors, number by number: a gate that is not one number a channel (:class:`Scale`)."""

    kind = "multiply"


@dataclass(frozen=True, slots=True)
class MatMul:
    """The matrix product of two tensors of the network."""

    kind = "matmul"


@dataclass(frozen=True, slots=True)
class Attention:
    """Each position asks all others: softmax(Q·Kᵀ)·V, with its projections where the module holds them."""

    heads: int | None = None
    kind = "attention"


@dataclass(frozen=True, slots=True)
class Recurrent:
    """A cell run along a sequence: "LSTM", "GRU", "RNN"."""

    cell: str
    layers: int = 1
    both_ways: bool = False
    kind = "recurrent"


@dataclass(frozen=True, slots=True)
class Rearrange:
    """Numbers are moved, cut, repeated or bordered by zeros; none is computed: "permute", "slice", "pad" …"""

    function: str

    @property
    def kind(self) -> str:
        return "slice" if self.function == "slice" else "reshape"


@dataclass(frozen=True, slots=True)
class Pointwise:
    """A function of each number by itself, or with a constant or parameter: "mul", "exp" …; no multiply-adds counted."""

    function: str
    kind = "pointwise"


@dataclass(frozen=True, slots=True)
class Other:
    """What has no formula here; its shapes are recorded all the same."""

    label: str
    kind = "other"


Op = (
    Input
    | Conv
    | ChannelConv
    | Norm
    | Activation
    | MaxPool
    | AvgPool
    | BlurPool
    | Pad
    | Identity
    | Add
    | Scale
    | Flatten
    | Linear
    | ConvTranspose
    | Sliding
    | Resize
    | Mean
    | Concat
    | Multiply
    | MatMul
    | Attention
    | Recurrent
    | Rearrange
    | Pointwise
    | Other
)


_CONVS = (Conv, ConvTranspose)  # asked of every step several times: a union made at each call takes longer


def is_conv(op: Op) -> bool:
    """Whether it is a conv over a map, a signal or a volume, a transposed one too; a channel gate's is none."""
    return isinstance(op, _CONVS) or (isinstance(op, Sliding) and op.function.startswith("conv"))
