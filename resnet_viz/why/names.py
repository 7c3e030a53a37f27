"""How do others say it?  A step as a line of PyTorch, and the network as the paper's Table 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from ..steps import (
    Activation,
    Add,
    Attention,
    AvgPool,
    BlurPool,
    ChannelConv,
    Concat,
    Conv,
    ConvTranspose,
    Flatten,
    Identity,
    Input,
    Linear,
    MatMul,
    MaxPool,
    Mean,
    Multiply,
    Norm,
    Other,
    Pad,
    Pair,
    Pointwise,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Sliding,
    Step,
    Trace,
    known,
)
from ..steps.structure import place_names


def pytorch_line(step: Step) -> str:
    """The step as PyTorch code, ``nn.Conv2d(64, 128, 3, stride=2, padding=1, bias=False)``; empty where there is none."""
    op = step.op
    if isinstance(op, Conv | MaxPool | AvgPool | BlurPool | Pad | Norm) and not len(step.output) == 4 == len(
        (*step.inputs, ())[0]
    ):
        return ""  # somebody else's tensor that is no map
    match op:
        case Input():
            return ""
        case Conv():
            before, after = step.inputs[0][1], step.output[1]
            parts = [f"{before}, {after}, {_pair(op.kernel)}"]
            for name, value, plain in (("stride", op.stride, (1, 1)), ("padding", op.padding, (0, 0)), ("dilation", op.dilation, (1, 1))):  # fmt: skip
                if value != plain:
                    parts.append(f"{name}={_pair(value)}")
            if op.groups > 1:
                parts.append(f"groups={op.groups}")
            return f"nn.Conv2d({', '.join(parts)}{'' if op.bias else ', bias=False'})"
        case ChannelConv():
            return f"nn.Conv1d(1, 1, {op.kernel}, padding={op.kernel // 2}, bias=False)  # along the channels"
        case Norm():
            channels = step.output[1]
            if op.over:
                return ""
            return f"nn.GroupNorm({op.groups}, {channels})" if op.groups else f"nn.BatchNorm2d({channels})"
        case Activation():
            return {"sigmoid": "nn.Sigmoid()", "relu": "nn.ReLU()"}.get(op.function, "")
        case MaxPool():
            more = ", ceil_mode=True" if op.ceil else ""
            return f"nn.MaxPool2d({_pair(op.kernel)}, {_pair(op.stride)}, {_pair(op.padding)}{more})"
        case AvgPool():
            if op.kernel == step.inputs[0][2:] and step.path in ("head", "gate"):
                return "nn.AdaptiveAvgPool2d(1)"
            more = ", ceil_mode=True, count_include_pad=False" if op.ceil else ""
            return f"nn.AvgPool2d({_pair(op.kernel)}, {_pair(op.stride)}{more})"
        case BlurPool():
            return 'F.avg_pool2d(F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), 2, 1), 2, 2)'
        case Pad():
            stride = "" if op.stride == (1, 1) else f"[:, :, ::{op.stride[0]}, ::{op.stride[1]}]"
            return f"F.pad(x{stride}, (0, 0, 0, 0, {op.before}, {op.after}))"
        case Identity():
            return "x"
        case Add():
            return "y + shortcut"
        case Scale():
            return "x * gate"
        case Flatten():
            return "torch.flatten(x, 1)"
        case Linear():
            return f"nn.Linear({step.inputs[0][-1]}, {step.output[-1]}{'' if op.bias else ', bias=False'})"
        case Other():
            return f"{op.label}(…)"
        case (
            ConvTranspose() | Sliding() | Resize() | Mean() | Concat() | Multiply() | MatMul() | Attention()
            | Recurrent() | Rearrange() | Pointwise()
        ):  # fmt: skip
            return ""  # of somebody else's code, whose own line is not known
        case _:
            assert_never(op)


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else str(pair)


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A row of the paper's Table 1: its name there and in PyTorch, the map after it, what it is made of, its cost.

    ``steps`` are the first and last step of the row.
    """

    paper: str
    pytorch: str
    output: str
    made_of: str
    params: int
    macs: int
    steps: Pair


def paper_table(trace: Trace) -> tuple[PaperRow, ...]:
    """The network as the paper's Table 1 writes it: conv1, conv2_x … conv5_x, the head, with these very numbers."""
    steps = trace.steps
    rows: list[PaperRow] = []
    stem = [step for step in steps if step.path == "stem" and step.index]
    pools = [step for step in stem if step.name.startswith("maxpool")]
    first = [step for step in stem if step not in pools]
    if first:
        rows.append(_row("conv1", "conv1", first, ", ".join(_kernel(s) for s in first if s.kind == "conv")))
    if pools:
        rows.append(
            _row("pool", "maxpool", pools, ", ".join(_kernel(s) for s in pools if s.kind not in ("norm", "relu")))
        )
    stages = place_names(trace)
    for stage in sorted({step.stage for step in steps if step.stage is not None}):
        part = [step for step in steps if step.stage == stage]
        blocks = len({step.block for step in part})
        # the last block's convs: the first one may stride or project
        inside = [step for step in part if step.block == blocks - 1 and step.path == "main" and step.kind == "conv"]
        gate = ", gate" if any(step.path == "gate" for step in part) else ""
        made_of = f"[{', '.join(_kernel(step) for step in inside)}{gate}] × {blocks}"
        rows.append(_row(f"conv{stage + 1}_x", stages[stage, None], part, made_of))
    head = [step for step in steps if step.path == "head"]
    if head:
        rows.append(_row("average pool, fc", "avgpool, fc", head, f"{head[-1].output[-1]:,}-d fc"))
    return tuple(rows)


def _kernel(step: Step) -> str:
    """``3×3, 64`` as the paper writes a conv, with its stride and groups where it has them."""
    op = step.op
    if isinstance(op, Conv):
        stride = f", /{op.stride[0]}" if max(op.stride) > 1 else ""
        groups = f", {op.groups} groups" if op.groups > 1 else ""
        return f"{op.kernel[0]}×{op.kernel[1]}, {step.output[1]}{stride}{groups}"
    if isinstance(op, MaxPool | AvgPool | BlurPool):
        name = {"maxpool": "max pool", "avgpool": "average pool", "blurpool": "blur"}[op.kind]
        return f"{op.kernel[0]}×{op.kernel[1]} {name}" + (f", /{op.stride[0]}" if max(op.stride) > 1 else "")
    return step.kind


def _row(paper: str, pytorch: str, part: list[Step], made_of: str) -> PaperRow:
    maps = [step.output for step in part if len(step.output) == 4 and step.path != "gate"]
    output = "×".join(map(str, maps[-1][2:]))
    return PaperRow(
        paper, pytorch, output, made_of, sum(step.params for step in part), sum(known(step.macs) for step in part),
        (part[0].index, part[-1].index),
    )  # fmt: skip
