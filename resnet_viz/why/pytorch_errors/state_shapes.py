"""A file's weights whose names are the network's and whose shapes are not: what the two shapes tell."""

from __future__ import annotations

import re
from typing import NamedTuple

from ...steps import Shape
from ...wording import plural
from .entry import Cause, sides

HEADS = ("fc", "classifier", "head", "linear", "last_linear", "output", "logits", "heads", "head_fc", "cls_head", "out", "projection", "projector", "predictor", "aux_classifier")  # fmt: skip
_IMAGENET = 1000  # classes that networks are built with unless one says otherwise
_STEM_CONV = re.compile(r"(?:^|\.)(?:conv1|conv_stem|stem\.0|stem\.conv1?|0|features\.0|conv1\.0|patch_embed\.proj|embedder\.embedder\.convolution)\.weight$")  # fmt: skip
_STEM_NORM = re.compile(r"(?:^|\.)(?:bn1|norm1)\.(?:weight|bias|running_mean|running_var)$")
_BLOCK_CONV = re.compile(r"layer\d\.\d{1,4}\.conv\d\.weight$")


_IN_A_BLOCK = re.compile(r"(?:^|\.)[a-z_]{3,8}\d{0,2}\.\d{1,4}\.[a-z]")  # layer1.0.conv1, blocks.3.norm1
_NOT_A_BLOCK = re.compile(r"(?:^|\.)(?:stem|features|conv1)\.\d{1,2}\.")


class Mismatch(NamedTuple):
    """One parameter: its name and its shapes in the file and in the network."""

    name: str
    file: Shape
    own: Shape


def is_head(name: str) -> bool:
    """Whether a parameter is a classifier's, by the customary names."""
    return any(part in HEADS for part in name.split("."))


def _in_stem(name: str, pattern: re.Pattern[str]) -> bool:
    """Whether a name is the stem's; a block's ``layer1.0.conv1.weight`` ends as the stem's does."""
    return bool(pattern.search(name)) and (not _IN_A_BLOCK.search(name) or bool(_NOT_A_BLOCK.search(name)))


def shape_causes(unequal: list[Mismatch], unexpected: list[str], missing: list[str]) -> list[Cause]:
    """Why shapes differ, those of the whole network before those of one layer."""
    if not unequal:
        return []
    head, rest = (
        [one for one in unequal if is_head(one.name) == wanted and one.name.rpartition(".")[2] != "num_batches_tracked"]
        for wanted in (True, False)
    )
    found: list[Cause] = []
    for reason in (_dimensions, _sorts, _stem_colours, _stem_kernel, _stem_width, _widths):
        if cause := reason(rest, unequal):
            found.append(cause)
            break
    found += _head(head)
    for one in rest:
        if not found and (cause := _one(one)):
            found.append(cause)
            break
    if not found:
        found.append(
            Cause(
                "The file is another network's, or has other input channels or another stem.",
                "“Check weights” tells which.",
                "resnet-viz check FILE",
            )
        )
    return found


def _head(head: list[Mismatch]) -> list[Cause]:
    for one in head:
        weights = one.name.endswith("weight") and len(one.file) == len(one.own) >= 2
        if weights and one.file[1] != one.own[1]:
            body = " (512 behind basic blocks, 2,048 behind bottlenecks)" if {one.file[1], one.own[1]} == {512, 2048} else ""  # fmt: skip
            return [
                Cause(
                    f"The head reads {one.file[1]:,} numbers an image in the file and {one.own[1]:,} in the network{body}: the bodies are "
                    "of other networks.",
                    "Build the network that the file is of.",
                    "resnet-viz check FILE",
                )
            ]
    if not head:
        return []
    one = head[0]
    module = one.name.rpartition(".")[0]
    if (
        one.own
        and one.own[0] == _IMAGENET
        and len(one.file) == 2
        and one.file[0] != _IMAGENET
        and module.isidentifier()
    ):
        return [
            Cause(
                f"The head has {plural(one.file[0], 'class', 'classes')} in the file and the {_IMAGENET:,} of ImageNet in the network, which was built "
                "with its default.",
                "Give the network the file's classes, then load all of it.",
                f"model.{module} = nn.Linear({one.file[1]}, {one.file[0]}); model.load_state_dict(state)",
            ),
            _new_head(module),
        ]
    classes = f"{plural(one.file[0], 'class', 'classes')} in the file and {one.own[0]:,} in the network" if one.file and one.own else "the two sizes"  # fmt: skip
    return [
        Cause(
            f"The head is of another number of classes: {classes}.",
            "Leave the file's head out and train a new one, or load first and replace the head afterwards.",
            _new_head(module).code,
        )
    ]


def _new_head(module: str) -> Cause:
    return Cause(
        "The file's body alone is wanted:",
        "leave its head out and train a new one.",
        f'state = {{name: value for name, value in state.items() if not name.startswith("{module}.")}}; '
        "model.load_state_dict(state, strict=False)",
    )


def _dimensions(rest: list[Mismatch], unequal: list[Mismatch]) -> Cause | None:
    """2-D weights for a 3-D network, and the other way round."""
    for one in rest:
        if not one.name.endswith("weight") or len(one.file) < 3 or len(one.own) < 3:
            continue
        if len(one.own) == len(one.file) + 1:
            depth = one.own[2]
            return Cause(
                f"The file's filters are {len(one.file) - 2}-D ({sides(one.file)}) and the network's {len(one.own) - 2}-D ({sides(one.own)}): "
                f"{len(one.file) - 2}-D weights for a {len(one.own) - 2}-D network.",
                "Repeat each filter along the new axis and divide by its length, so that a constant input gives the same.",
                f'state["{one.name}"] = state["{one.name}"].unsqueeze(2).repeat(1, 1, {depth}, {", ".join("1" * len(one.own[3:]))}) / {depth}',
            )
        if len(one.file) == len(one.own) + 1:
            return Cause(
                f"The file's filters are {len(one.file) - 2}-D ({sides(one.file)}) and the network's {len(one.own) - 2}-D ({sides(one.own)}): "
                f"{len(one.file) - 2}-D weights for a {len(one.own) - 2}-D network.",
                "Build the network of the file's dimension, or sum the filters over the axis that goes.",
                f'state["{one.name}"] = state["{one.name}"].sum(2)',
            )
    return None


def _sorts(rest: list[Mismatch], unequal: list[Mismatch]) -> Cause | None:
    """Basic blocks against bottlenecks: conv1 is 3×3 in the one and 1×1 in the other."""
    for one in rest:
        if not _BLOCK_CONV.search(one.name) or len(one.file) != 4 or len(one.own) != 4:
            continue
        kernels = (one.file[2:], one.own[2:])
        if one.name.endswith("conv1.weight") and set(kernels) == {(1, 1), (3, 3)}:
            file, own = ("bottlenecks", "basic blocks") if kernels[0] == (1, 1) else ("basic blocks", "bottlenecks")
            return Cause(
                f"The file's {one.name} is {one.file[2]}×{one.file[3]}, as in {file}, and the network's {one.own[2]}×{one.own[3]}, as in {own}.",
                f"Build a network of {file}, such as ResNet-{'50, 101 or 152' if file == 'bottlenecks' else '18 or 34'}.",
                f"model = torchvision.models.resnet{50 if file == 'bottlenecks' else 34}()",
            )
    return None


def _stem_colours(rest: list[Mismatch], unequal: list[Mismatch]) -> Cause | None:
    for one in rest:
        if not _in_stem(one.name, _STEM_CONV) or len(one.file) != len(one.own) or len(one.file) < 4:
            continue
        (_, have, *kernel), (_, want, *own_kernel) = one.file, one.own
        if have == want or kernel != own_kernel or one.file[0] != one.own[0]:
            continue
        says = f"The file's first conv reads {plural(have, 'channel')} and the network's {want:,}, the kernel and the filters are equal."
        key = f'state["{one.name}"]'
        if want == 1:
            return Cause(
                says + " Images of colour against grey.",
                "Sum the filters over the colours: a grey image then gives what its three equal channels would.",
                f"{key} = {key}.sum(1, keepdim=True)",
            )
        if have == 1:
            return Cause(
                says + " Grey images against colour.",
                f"Repeat the filters over the channels and divide by {want}.",
                f"{key} = {key}.repeat(1, {want}, {', '.join('1' * len(kernel))}) / {want}",
            )
        if want > have:
            return Cause(
                says,
                "Give the new channels the mean of the others' filters, or train the first conv anew.",
                f"{key} = torch.cat([{key}, {key}.mean(1, keepdim=True).repeat(1, {want - have}, {', '.join('1' * len(kernel))})], 1)",
            )
        return Cause(
            says, f"Keep the first {want} channels' filters, if these are the same.", f"{key} = {key}[:, :{want}]"
        )
    return None


def _stem_kernel(rest: list[Mismatch], unequal: list[Mismatch]) -> Cause | None:
    for one in rest:
        if _in_stem(one.name, _STEM_CONV) and len(one.file) == len(one.own) == 4 and one.file[2:] != one.own[2:]:
            file, own = sides(one.file[2:]), sides(one.own[2:])
            small = min(one.file[2], one.own[2]) == 3
            deep = f" Or the {'network' if one.own[2] == 3 else 'file'} has a deep stem, three convs of 3×3." if small else ""  # fmt: skip
            return Cause(
                f"The first conv is {file} in the file and {own} in the network: "
                + (
                    f"the 3×3 one is for small images such as CIFAR's, the 7×7 one for ImageNet's.{deep}"
                    if small
                    else "another stem."
                ),
                "Build the network with the file's stem, or leave the first conv out and train it anew.",
                f"model.{one.name.removesuffix('.weight')} = nn.Conv2d({one.file[1]}, {one.file[0]}, {one.file[2]}, stride={2 if one.file[2] > 3 else 1}, padding={one.file[2] // 2}, bias=False)",
            )
    return None


def _stem_width(rest: list[Mismatch], unequal: list[Mismatch]) -> Cause | None:
    """bn1 of 64 against 128: the last conv of a deep stem makes twice the width."""
    blocks = any(_BLOCK_CONV.search(one.name) and not re.search(r"layer1\.0\.", one.name) for one in rest)
    for one in rest:
        if blocks or not _in_stem(one.name, _STEM_NORM) or len(one.file) != 1 or len(one.own) != 1:
            continue
        file, own = one.file[0], one.own[0]
        if {file, own} == {64, 128}:
            deep, plain = ("network", "file") if own > file else ("file", "network")
            return Cause(
                f"The norm behind the stem has {file:,} channels in the file and {own:,} in the network: the {deep} has a deep stem, "
                f"of three 3×3 convs that end in {max(file, own):,} channels ({min(file, own)}-{min(file, own)}-{max(file, own)}), "
                f"where the {plain} has one conv of {min(file, own):,}.",
                "Build the network with the file's stem.",
                "resnet-viz check FILE",
            )
    return None


def _widths(rest: list[Mismatch], unequal: list[Mismatch]) -> Cause | None:
    for one in rest:
        if not _BLOCK_CONV.search(one.name) or len(one.file) != 4 or len(one.own) != 4:
            continue
        grouped = one.file[2:] == one.own[2:] == (3, 3)
        if one.file[1] != one.own[1] and grouped and min(one.file[1], one.own[1]) * 4 < max(one.file[1], one.own[1]):  # fmt: skip
            side = "file" if one.file[1] < one.own[1] else "network"
            return Cause(
                f"A filter of {one.name} reads {one.file[1]:,} channels in the file and {one.own[1]:,} in the network: the {side}'s convs are "
                "in groups, as ResNeXt's.",
                "Build the network that the file is of.",
                "model = torchvision.models.resnext50_32x4d()",
            )
    for one in rest:
        if _BLOCK_CONV.search(one.name) and len(one.file) == len(one.own) == 4 and one.file[0] != one.own[0]:
            wide = "file" if one.file[0] > one.own[0] else "network"
            ratio = max(one.file[0], one.own[0]) / min(one.file[0], one.own[0])
            return Cause(
                f"{one.name} makes {one.file[0]:,} channels in the file and {one.own[0]:,} in the network: the {wide} is {ratio:g} times as "
                "wide, such as a Wide ResNet.",
                "Build the network of the file's width.",
                "resnet-viz check FILE",
            )
    return None


def _one(one: Mismatch) -> Cause | None:
    """Two shapes of the same numbers."""
    key = f'state["{one.name}"]'
    if len(one.file) == len(one.own) == 2 and one.file == one.own[::-1]:
        return Cause("The file's matrix is the network's on its side, as TensorFlow and others keep it.", "Transpose it.", f"{key} = {key}.t()")  # fmt: skip
    if [side for side in one.file if side != 1] == [side for side in one.own if side != 1]:
        return Cause(
            "They hold the same numbers and differ in axes of 1, as a 1×1 conv from a linear layer does, or a scalar from an older version.",
            "Arrange them as the network's.",
            f"{key} = {key}.reshape({list(one.own)})",
        )
    if len(one.file) == len(one.own) == 4 and one.file[:2] == one.own[:2]:
        return Cause(
            f"The kernel is {sides(one.file[2:])} in the file and {sides(one.own[2:])} in the network: another network's conv of that name.",
            "“Check weights” tells which.",
            "resnet-viz check FILE",
        )
    return None
