"""Which shape does an operation make, how is it written, and where would PyTorch refuse?"""

from __future__ import annotations

from math import prod

from ..steps import Add, AvgPool, BlurPool, Conv, Flatten, Linear, MaxPool, Norm, Op, Pad, Shape, Step
from .axis import output_sides


def output_shape(op: Op, inputs: tuple[Shape, ...], channels: int | None = None) -> Shape:
    """Shape ``(N, C, H, W)`` or ``(N, C)`` that ``op`` makes; ``channels`` for what chooses its own (conv, linear).

    For the operations that our own networks are made of; of others the engine that saw them knows the shape.
    """
    first = inputs[0]
    match op:
        case Conv():
            made = channels or first[1]
        case MaxPool() | AvgPool() | BlurPool():
            made = first[1]
        case Pad():
            made = first[1] + op.before + op.after
        case Flatten():
            return (first[0], prod(first[1:]))
        case Linear():
            return (*first[:-1], channels or first[-1])
        case _:
            return first
    return (first[0], made, *output_sides(op, first[2:]))


def refusal(op: Op, inputs: tuple[Shape, ...], output: Shape) -> str:
    """Why PyTorch would refuse this step at this size, as a rule; empty where it would not."""
    first = inputs[0]
    match op:
        case Add() if inputs[0] != inputs[1]:
            main, short = ("×".join(map(str, shape[1:])) for shape in inputs)
            return f"the main path brings {main} and the shortcut {short}, which cannot be added"
        case BlurPool() if min(first[2:]) < 2:
            return f"a blur reflects its map at the border, and {first[2]}×{first[3]} has nothing to reflect"
        case Norm(groups=int(groups)) if first[0] * (first[1] // groups) * prod(first[2:]) == 1:
            return f"a group norm needs more than one value in a group, and {first[1]}×1×1 in {groups} groups has one"
        case Conv() | MaxPool() | AvgPool() if min(output[2:]) < 1:
            return f"its {op.kernel[0]}×{op.kernel[1]} window does not fit into {first[2]}×{first[3]}"
        case _:
            return ""


def is_map_to_map(step: Step) -> bool:
    """Whether it reads a map ``(N, C, H, W)`` and makes one."""
    return len(step.output) == 4 and bool(step.inputs) and len(step.inputs[0]) == 4


def text(shape: Shape) -> str:
    """``64×56×56``, PyTorch's order without the batch; one number an image is ``1``."""
    return "×".join(map(str, shape[1:])) or "1"


def sides(shape: Shape) -> str:
    """``56×56``: what lies behind batch and channels."""
    return "×".join(map(str, shape[2:]))


def shape_text(shapes: tuple[Shape, ...]) -> str:
    """``64×56×56``; several joined by ``+``."""
    return " + ".join(map(text, shapes))


def axes_text(values: Shape) -> str:
    """One number where all axes agree, ``H×W`` where they do not."""
    return str(values[0]) if len(set(values)) == 1 else "×".join(map(str, values))
