"""The residual block as a class: its operations in order, what its shortcut does, how both meet."""

from __future__ import annotations

from .lines import call, conv, noted
from .parts import gate
from .plan import Plan


def name(plan: Plan) -> str:
    """What the class is called."""
    plain = "BasicBlock" if plan.spec.block == "basic" else "Bottleneck"
    return f"PreAct{plain}" if plan.spec.preact else plain


def block(plan: Plan) -> list[str]:
    """The class of this network's blocks."""
    spec = plan.spec
    basic = spec.block == "basic"
    out = "width" if basic else "out_channels"
    convs = "Two 3x3 convs" if basic else "1x1, 3x3 and 1x1 convs"
    order = ", each after its norm and ReLU," if spec.preact else ""
    to = "(N, width, " if basic else "(N, 4 * width, "
    sizes = "H / stride, W / stride), rounded up." if plan.strided else "H, W)."
    return [
        f"class {name(plan)}(nn.Module):",
        f'    """{convs}{order} and a shortcut.',
        "",
        f"    (N, in_channels, H, W) to {to}{sizes}",
        '    """',
        "",
        *call(1, "def __init__(", ["self", *_parameters(plan)], ") -> None:"),
        "        super().__init__()",
        *([] if basic else ["        out_channels = 4 * width"]),
        *_operations(plan),
        *_shortcut(plan, out),
        *_start(plan),
        "",
        "    def forward(self, x: Tensor) -> Tensor:",
        *(_after(plan) if spec.preact else _before(plan)),
    ]


def _parameters(plan: Plan) -> list[str]:
    return ["in_channels: int", "width: int", *(["stride: int"] if plan.strided else []), *(["dilation: int"] if plan.dilated else [])]  # fmt: skip


def _operations(plan: Plan) -> list[str]:
    """The main path, one line an operation."""
    spec = plan.spec
    stride = "stride" if plan.strided else "1"
    dilation = "dilation" if plan.dilated else "1"
    aliased = bool(plan.pool) and plan.strided
    out = "width" if spec.block == "basic" else "out_channels"
    lines: list[str] = []
    if spec.block == "basic":
        channels = ["in_channels", "width", "width"]
        kernels = [conv("in_channels", "width", 3, "1" if aliased else stride, dilation), conv("width", "width", 3, "1", dilation)]  # fmt: skip
        pooled = 1
    else:
        middle = plan.middle()
        if middle != "width":
            lines.append(f"        middle = {middle}")
            middle = "middle"
        channels = ["in_channels", middle, middle, "out_channels"]
        first, second = (stride, "1") if spec.stride_in == "1x1" else ("1", stride)
        kernels = [
            conv("in_channels", middle, 1, first),
            conv(middle, middle, 3, "1" if aliased else second, dilation, spec.groups),
            conv(middle, "out_channels", 1),
        ]
        pooled = 2
    for number, arguments in enumerate(kernels, 1):
        made = call(2, f"self.conv{number} = nn.Conv2d(", arguments)
        norm = f"        self.bn{number} = {plan.norm(channels[number - 1] if spec.preact else channels[number])}"
        lines += [norm, *made] if spec.preact else [*made, norm]
        if aliased and number == pooled:
            lines.append("        # anti-aliasing: not the conv halves, but this after it")
            lines.append(f"        self.aa = {plan.pool} if stride != 1 else nn.Identity()")
    lines.append("        self.relu = nn.ReLU(inplace=True)")
    if spec.attention != "none":
        lines.append(f"        self.se = {gate(plan)}({out})")
    return lines


def _shortcut(plan: Plan, out: str) -> list[str]:
    if not plan.changes:
        return []
    spec, depth = plan.spec, 3 if plan.passes else 2
    lines: list[str] = []
    if plan.passes:
        asked = ["stride != 1"] * plan.strided + [f"in_channels != {out}"] * plan.widened
        lines += [f"        self.{_name(plan)} = None", f"        if {' or '.join(asked)}:"]
    if spec.shortcut == "A":
        stride = "stride" if plan.strided else "1"
        return [*lines, *call(depth, "self.pad = ZeroPad(", ["in_channels", out, stride])]
    parts: list[str] = []
    stride = "stride" if plan.strided and not spec.shortcut_pool else "1"
    if spec.shortcut_pool and plan.strided:
        lines.append("    " * depth + "pool = nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False)")
        parts.append("pool if stride != 1 else nn.Identity()")
    elif spec.shortcut_pool:
        parts.append("nn.Identity()")
    parts.append(f"nn.Conv2d({', '.join(conv('in_channels', out, 1, stride))})")
    if not spec.preact:
        parts.append(plan.norm(out))
    return [*lines, *call(depth, "self.downsample = nn.Sequential(", parts, each=True)]


def _name(plan: Plan) -> str:
    return "pad" if plan.spec.shortcut == "A" else "downsample"


def _start(plan: Plan) -> list[str]:
    if not plan.spec.zero_init:
        return []
    last = 2 if plan.spec.block == "basic" else 3
    return [noted(f"        nn.init.zeros_(self.bn{last}.weight)", "the block begins as its shortcut alone")]


def _taken(plan: Plan, read: str) -> str:
    """The shortcut as an expression; ``read`` is what reads into a shortcut that changes it."""
    module = f"self.{_name(plan)}"
    if not plan.changes:
        return "x"
    return f"x if {module} is None else {module}({read})" if plan.passes else f"{module}({read})"


def _shapes(plan: Plan) -> tuple[str, str]:
    """A map's sides before and after the block's stride."""
    return "H, W", "H / stride, W / stride" if plan.strided else "H, W"


def _before(plan: Plan) -> list[str]:
    """Norm and ReLU behind each conv."""
    spec, (whole, less) = plan.spec, _shapes(plan)
    aliased = bool(plan.pool) and plan.strided
    lines: list[str] = []
    if spec.block == "basic":
        lines += [noted("        y = self.relu(self.bn1(self.conv1(x)))", f"(N, width, {whole if aliased else less})")]
        if aliased:
            lines.append(noted("        y = self.aa(y)", f"(N, width, {less})"))
        lines.append("        y = self.bn2(self.conv2(y))")
    else:
        middle = "width" if plan.middle() == "width" else "middle"
        first = less if spec.stride_in == "1x1" else whole
        lines.append(noted("        y = self.relu(self.bn1(self.conv1(x)))", f"(N, {middle}, {first})"))
        lines.append(noted("        y = self.relu(self.bn2(self.conv2(y)))", f"(N, {middle}, {whole if aliased else less})"))  # fmt: skip
        if aliased:
            lines.append(noted("        y = self.aa(y)", f"(N, {middle}, {less})"))
        lines.append(noted("        y = self.bn3(self.conv3(y))", f"(N, 4 * width, {less})"))
    if spec.attention != "none":
        lines.append("        y = self.se(y)")
    if plan.changes:
        return [*lines, f"        shortcut = {_taken(plan, 'x')}", "        return self.relu(y + shortcut)"]
    return [*lines, "        return self.relu(y + x)"]


def _after(plan: Plan) -> list[str]:
    """Norm and ReLU before each conv, and nothing behind the addition."""
    spec, (whole, less) = plan.spec, _shapes(plan)
    lines = [noted("        activated = self.relu(self.bn1(x))", f"(N, in_channels, {whole})")]
    if spec.block == "basic":
        lines.append(noted("        y = self.conv1(activated)", f"(N, width, {less})"))
        lines.append("        y = self.conv2(self.relu(self.bn2(y)))")
    else:
        middle = "width" if plan.middle() == "width" else "middle"
        first = less if spec.stride_in == "1x1" else whole
        lines.append(noted("        y = self.conv1(activated)", f"(N, {middle}, {first})"))
        lines.append(noted("        y = self.conv2(self.relu(self.bn2(y)))", f"(N, {middle}, {less})"))
        lines.append(noted("        y = self.conv3(self.relu(self.bn3(y)))", f"(N, 4 * width, {less})"))
    if spec.attention != "none":
        lines.append("        y = self.se(y)")
    if plan.changes:
        return [*lines, f"        shortcut = {_taken(plan, 'activated')}", "        return y + shortcut"]
    return [*lines, "        return y + x"]
