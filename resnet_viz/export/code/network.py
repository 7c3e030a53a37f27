"""The whole file: what it is, the modules that it needs, the network, and a function of the network's name."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from ...spec import ResNetSpec
from ...spec.catalogue import entry
from ...spec.configuration import Configuration
from ...spec.settings import describe, settings
from ...steps import Trace
from ..registry import Export
from .blocks import block
from .blocks import name as block_name
from .lines import INDENT, WIDTH, call, conv, noted
from .parts import modules
from .plan import Plan
from .recipe import recipe

_STANDARD = ("import argparse", "import math", "import random", "from pathlib import Path")
_OTHERS = (
    "import numpy as np", "import torch", "from PIL import Image", "from torch import Tensor, nn", "from torch.nn import functional",
    "from torch.utils.data import DataLoader, Dataset",
)  # fmt: skip
_DATA = {"num_classes", "in_channels", "zero_init"}  # settings that leave a network its name


def source(export: Export) -> str:
    """The file, as ``ruff format`` would leave it."""
    body = "\n\n".join([*modules_of(export), "\n".join(_main(export)) + "\n"])
    return f"{docstring(export)}\n{imports(body)}\n\n\n{body}"


def modules_of(export: Export) -> list[str]:
    """The network's classes and the function that makes it, each with what it needs before it."""
    trace = export.trace
    plan = Plan.of(_spec(trace))
    written = [block(plan), _stage(plan), _network(plan, trace), _function(plan, _configuration(export))]
    return [*modules(plan), *("\n".join(lines) + "\n" for lines in written if lines)]


def named(export: Export) -> str:
    """What the function is called that makes the network."""
    return called(_configuration(export))


def _spec(trace: Trace) -> ResNetSpec:
    assert trace.spec is not None  # the format says that it needs one
    return trace.spec


def _configuration(export: Export) -> Configuration:
    return Configuration.of(export.configuration or _spec(export.trace))


def called(made: Configuration) -> str:
    """The function's name: the network's, and that it was changed where more than its data was."""
    changed = settings(made.spec, entry(made.name).spec).keys() - _DATA
    return f"{made.name}_changed" if changed else made.name


def docstring(export: Export, use: Sequence[str] = ()) -> str:
    """What the file is, from where, what it costs, how it is ``use``d, and who else has the network."""
    made = _configuration(export)
    known, totals = entry(made.name), export.trace.totals
    changes = describe(made.spec, known.spec)
    family = known.family
    what = f"{known.title}{' with ' + '; '.join(changes) if changes else ''}."
    paper = f"{family.paper}, {family.year}: https://arxiv.org/abs/{family.arxiv}"
    counts = f"{totals.params:,} parameters, {totals.macs:,} multiply-adds at {_sides(export.trace)} px, batch {export.trace.batch}."  # fmt: skip
    said = [
        what,
        "",
        paper,
        counts,
        "",
        f"Written by {', '.join(export.provenance.values()).replace(', ', ' of ', 1)}.",
    ]
    if known.note:
        said += ["", known.note]
    if made.spec.anti_alias == "avg":
        said += ["", f"Height and width have to be multiples of {made.spec.halves_to}: its pools leave out what is odd."]  # fmt: skip
    lines = [piece for line in said for piece in (textwrap.wrap(_plain(line), WIDTH) or [""])]
    lines += [*([""] if use else []), *use, *recipe(made.spec)]
    if len(lines[0]) > WIDTH - 4:  # with the quotes before it
        lines[:1] = textwrap.wrap(lines[0], WIDTH - 4)
    return "\n".join(['"""' + lines[0], *lines[1:], '"""']) + "\n"


def _plain(text: str) -> str:
    """Letters that neither end a text nor look like others; × is an x, and so on."""
    text = text.replace("×", "x").replace("−", "-").replace("–", "-").replace("·", ",")
    return re.sub(r'[^ -~äöüéèáíó…]|["\\]', "", text)


def _sides(trace: Trace) -> str:
    return "x".join(map(str, trace.input_size))


def imports(body: str) -> str:
    """The imports that ``body`` needs, in the order that ruff gives them."""
    lines = [line for line in _STANDARD if _used(line, body)]
    others = [line for line in _OTHERS if _used(line, body)]
    return "\n".join([*lines, *([""] if lines else []), *others])


def _used(line: str, body: str) -> bool:
    """Whether a name that the line brings is read somewhere, of a module something that is in it."""
    names = line.split(" import ")[-1].removeprefix("import ").split(" as ")[-1].split(", ")
    behind = r"\.\w" if line.startswith("import ") else r"\b"
    return any(re.search(rf"(?<![\w.]){name}{behind}", body) for name in names)


def _stage(plan: Plan) -> list[str]:
    """What puts the blocks of a stage together, where any stage has several."""
    if max(stage.blocks for stage in plan.stages) == 1:
        return []
    times = plan.spec.expansion
    strided, dilated = plan.strided, plan.dilated
    parameters = ["blocks: int", "in_channels: int", "width: int"]
    parameters += ["stride: int"] * strided + ["first_dilation: int", "dilation: int"] * dilated
    first = ["in_channels", "width", *(["stride"] * strided), *(["first_dilation"] * dilated)]
    others = ["width" if times == 1 else f"{times} * width", "width", *(["1"] * strided), *(["dilation"] * dilated)]
    name = block_name(plan)
    said = "Blocks one after the other; only the first may stride or change the channels." if strided else "Blocks one after the other; only the first may change the channels."  # fmt: skip
    made, times_over = f"{name}({', '.join(others)})", "for _ in range(blocks - 1)"
    loop = [f"    others = [{made} {times_over}]"]
    if len(loop[0]) > WIDTH:
        loop = ["    others = [", f"        {made} {times_over}", "    ]"]
    return [
        *call(0, "def stage(", parameters, ") -> nn.Sequential:"),
        f'    """{said}"""',
        *call(1, f"first = {name}(", first),
        *loop,
        "    return nn.Sequential(first, *others)",
    ]


def _network(plan: Plan, trace: Trace) -> list[str]:
    spec = plan.spec
    channels = plan.out(plan.stages[-1])
    return [
        "class ResNet(nn.Module):",
        f'    """(N, {spec.in_channels}, H, W) to (N, num_classes).',
        "",
        f"    The shapes beside the lines are those of an input of {_sides(trace)} px.",
        '    """',
        "",
        f"    def __init__(self, num_classes: int = {spec.num_classes}) -> None:",
        "        super().__init__()",
        *_stem(plan, trace),
        *[line for stage in _stages(plan) for line in stage],
        *([f"        self.last_norm = {plan.norm(str(channels))}"] if spec.preact else []),
        "        self.avgpool = nn.AdaptiveAvgPool2d(1)",
        f"        self.fc = nn.Linear({channels}, num_classes)",
        *_weights(plan),
        "",
        "    def forward(self, x: Tensor) -> Tensor:",
        *_forward(plan, trace),
    ]


def _stem(plan: Plan, trace: Trace) -> list[str]:
    spec, stem = plan.spec, plan.spec.stem
    last, before = stem.channels[-1], spec.in_channels
    lines: list[str] = []
    if len(stem.channels) == 1:
        lines += call(2, "self.conv1 = nn.Conv2d(", conv(str(before), str(last), stem.kernel, str(stem.stride)))
    else:
        lines.append("        self.conv1 = nn.Sequential(")
        for i, channels in enumerate(stem.channels):
            if i:
                lines += [f"            {plan.norm(str(before))},", "            nn.ReLU(inplace=True),"]
            made = call(3, "nn.Conv2d(", conv(str(before), str(channels), stem.kernel, str(stem.stride) if not i else "1"), "),")  # fmt: skip
            lines += [*made[:-1], noted(made[-1], _shape(trace, f"conv1.{3 * i}"))]
            before = channels
        lines.append("        )")
    normed = not spec.preact or stem.pool == "conv"  # else the first block norms what it reads
    if normed:
        lines.append(f"        self.bn1 = {plan.norm(str(last))}")
    if normed or spec.preact:
        lines.append("        self.relu = nn.ReLU(inplace=True)")
    return [*lines, *_pool(plan)]


def _pool(plan: Plan) -> list[str]:
    spec, stem = plan.spec, plan.spec.stem
    if stem.pool == "none":
        return []
    if stem.pool == "conv":
        last = stem.channels[-1]
        made = [f"nn.Conv2d({', '.join(conv(str(last), str(last), 3, '2'))})"]
        if not spec.preact:
            made += [plan.norm(str(last)), "nn.ReLU(inplace=True)"]
        return call(2, "self.maxpool = nn.Sequential(", made, each=True)
    if spec.anti_alias == "blur":
        return ["        self.maxpool = nn.Sequential(nn.MaxPool2d(3, 1, padding=1), BlurPool())"]
    pools = {
        "max": plan.pool or "nn.MaxPool2d(3, 2, padding=1)",
        "max_ceil": "nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)",
        "max_unpadded": "nn.MaxPool2d(3, 2, ceil_mode=True)",
    }
    return [f"        self.maxpool = {pools[stem.pool]}"]


def _stages(plan: Plan) -> list[list[str]]:
    alone = max(stage.blocks for stage in plan.stages) == 1
    made: list[list[str]] = []
    for stage in plan.stages:
        values = {"in_channels": stage.in_channels, "width": stage.width}
        if plan.strided:
            values["stride"] = stage.stride
        if plan.dilated and alone:
            values["dilation"] = stage.first_dilation
        elif plan.dilated:
            values |= {"first_dilation": stage.first_dilation, "dilation": stage.dilation}
        if alone:
            given = ", ".join(f"{name}={value}" for name, value in values.items())
            made.append(call(2, f"self.{stage.name} = nn.Sequential(", [f"{block_name(plan)}({given})"]))
        else:
            given = [f"{name}={value}" for name, value in {"blocks": stage.blocks, **values}.items()]
            made.append(call(2, f"self.{stage.name} = stage(", given))
    return made


def _weights(plan: Plan) -> list[str]:
    """He initialisation; norms begin as the identity by themselves."""
    kinds = "nn.Conv1d | nn.Conv2d" if plan.spec.attention == "eca" else "nn.Conv2d"
    lines = ["        for module in self.modules():", f"            if isinstance(module, {kinds}):"]
    lines.append(noted('                nn.init.kaiming_normal_(module.weight, mode="fan_out")', "He et al. 2015"))
    if plan.spec.attention == "se":  # the others have no bias
        lines += ["                if module.bias is not None:", "                    nn.init.zeros_(module.bias)"]
    return lines


def _forward(plan: Plan, trace: Trace) -> list[str]:
    spec, stem = plan.spec, plan.spec.stem
    last = len(stem.channels) - 1
    read = "self.conv1(x)" if spec.preact and stem.pool != "conv" else "self.relu(self.bn1(self.conv1(x)))"
    lines = [noted(f"        x = {read}", _shape(trace, "conv1" if not last else f"conv1.{3 * last}"))]
    if stem.pool != "none":
        pooled = next(step for step in reversed(trace.steps) if step.name.partition(".")[0] == "maxpool")
        lines.append(noted("        x = self.maxpool(x)", _shape(trace, pooled.name)))
    for number, stage in enumerate(plan.stages, 1):
        end = next(step for step in reversed(trace.steps) if step.stage == number)
        lines.append(noted(f"        x = self.{stage.name}(x)", _shape(trace, end.name)))
    if spec.preact:
        lines.append("        x = self.relu(self.last_norm(x))")
    lines.append(noted("        x = torch.flatten(self.avgpool(x), 1)", _shape(trace, "flatten")))
    return [*lines, noted("        return self.fc(x)", _shape(trace, "fc"))]


def _shape(trace: Trace, name: str) -> str:
    """``(N, 64, 112, 112)``: what the step gives, of any batch."""
    return f"(N, {', '.join(map(str, trace.step(name).output[1:]))})"


def _function(plan: Plan, made: Configuration) -> list[str]:
    known = entry(made.name)
    changed = ", changed," if called(made) != made.name else ""
    return [
        f"def {called(made)}(num_classes: int = {plan.spec.num_classes}) -> ResNet:",
        f'    """{_plain(known.title)}{changed} with random weights."""',
        f"{INDENT}return ResNet(num_classes)",
    ]


def _main(export: Export) -> list[str]:
    sides = ", ".join(map(str, export.trace.input_size))
    return [
        'if __name__ == "__main__":',
        f"    network = {named(export)}().eval()",
        '    print(f"{sum(one.numel() for one in network.parameters()):,} parameters")',
        f"    print(network(torch.zeros(1, {_spec(export.trace).in_channels}, {sides})).shape)",
    ]
