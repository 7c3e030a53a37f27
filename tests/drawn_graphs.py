"""Random networks of fitting shapes, made of steps alone: chains, forks, residuals, gates, concatenations, side outputs."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from resnet_viz.steps import (
    Activation,
    Add,
    AvgPool,
    Concat,
    Conv,
    ConvTranspose,
    Input,
    Norm,
    Op,
    Resize,
    Scale,
    Shape,
    Step,
    Trace,
)
from resnet_viz.steps.structure import place

from .any_ops import step


class _Growing:
    """A network that grows step by step; each method gives the index of what it made."""

    def __init__(self, shape: Shape) -> None:
        self.steps: list[Step] = [step(0, "input", Input(), {}, shape)]
        self.names: dict[str, int] = {}

    def shape(self, index: int) -> Shape:
        return self.steps[index].output

    def add(self, path: str, name: str, op: Op, reads: list[int], output: Shape, **more: Any) -> int:
        whole = f"{path}.{name}" if path else name
        count = self.names[whole] = self.names.get(whole, 0) + 1
        index = len(self.steps)
        # two reads of one step are two inputs
        made = step(index, whole if count == 1 else f"{whole}#{count}", op, {}, output, **more)
        self.steps.append(made._replace(reads=tuple(reads), inputs=tuple(self.shape(read) for read in reads)))
        return index

    def conv(self, path: str, at: int, channels: int, stride: int = 1, kernel: int = 3) -> int:
        n, c, h, w = self.shape(at)
        side = (kernel, kernel)
        op = Conv(side, (stride, stride), (kernel // 2, kernel // 2))
        output = (n, channels, -(-h // stride), -(-w // stride))
        return self.add(path, "conv", op, [at], output, params=c * channels * kernel * kernel, macs=1)

    def norm(self, path: str, at: int) -> int:
        return self.add(path, "bn", Norm(), [at], self.shape(at), params=2 * self.shape(at)[1])

    def relu(self, path: str, at: int) -> int:
        return self.add(path, "relu", Activation(), [at], self.shape(at))

    def pool(self, path: str, at: int) -> int:
        n, c, h, w = self.shape(at)
        return self.add(path, "pool", AvgPool((2, 2), (2, 2)), [at], (n, c, max(1, h // 2), max(1, w // 2)))

    def fitted(self, path: str, at: int, like: int) -> int:
        """``at`` on the grid of ``like``."""
        if self.shape(at)[2:] == self.shape(like)[2:]:
            return at
        return self.add(path, "resize", Resize(), [at], (*self.shape(at)[:2], *self.shape(like)[2:]))

    def sum(self, path: str, one: int, other: int) -> int:
        """Their sum, the second fitted by a resize and a 1×1 conv where it must be."""
        other = self.fitted(path, other, one)
        if self.shape(other)[1] != self.shape(one)[1]:
            other = self.conv(f"{path}.fit" if path else "fit", other, self.shape(one)[1], kernel=1)
        return self.add(path, "add", Add(), [one, other], self.shape(one))

    def concat(self, path: str, ends: list[int]) -> int:
        fitted = [self.fitted(path, end, ends[0]) for end in ends]
        n, _, h, w = self.shape(ends[0])
        return self.add(path, "cat", Concat(), fitted, (n, sum(self.shape(end)[1] for end in fitted), h, w))

    def gate(self, path: str, at: int) -> int:
        n, c, h, w = self.shape(at)
        mean = self.add(path, "mean", AvgPool((h, w), (h, w)), [at], (n, c, 1, 1))
        bounded = self.add(path, "sigmoid", Activation("sigmoid"), [self.conv(f"{path}.fc", mean, c, kernel=1)], (n, c, 1, 1))  # fmt: skip
        return self.add(path, "scale", Scale(), [at, bounded], self.shape(at))


@st.composite
def foreign_networks(draw: st.DrawFn, most: int = 6) -> Trace:
    """Modules of random sorts in a row, some in stages, with skips between any two, side outputs and second inputs."""
    net = _Growing((1, 3, draw(st.sampled_from([8, 33, 64])), draw(st.sampled_from([8, 40, 64]))))
    at = net.conv("stem", 0, draw(st.integers(1, 64)))
    ends, side = [at], list[int]()
    for number in range(draw(st.integers(1, most))):
        sort = draw(st.sampled_from(SORTS))
        repeats = draw(st.integers(1, 4))
        for k in range(repeats):
            path = f"body{number}.{k}" if draw(st.booleans()) or repeats > 1 else f"part{number}"
            at = _module(draw, net, path, at, sort, ends)
            ends.append(at)
    if draw(st.booleans()):
        for end in draw(st.lists(st.sampled_from(ends), max_size=2)):
            side.append(net.conv("side", end, 4))
    n, c = net.shape(at)[:2]
    height, width = net.shape(at)[2:]
    net.add("head", "pool", AvgPool((height, width), (height, width)), [at], (n, c, 1, 1))
    steps = tuple(net.steps)
    trace = Trace(steps, "hooks", "cpu", returns=(len(steps) - 1, *side), title="Random")
    return replace(trace, steps=place(steps, trace.joins, trace.parts))


SORTS = ("plain", "residual", "projection", "twice", "gated", "branches", "dense", "skip", "top-down", "woven", "up", "pool")  # fmt: skip


def _module(draw: st.DrawFn, net: _Growing, path: str, at: int, sort: str, ends: list[int]) -> int:
    channels = net.shape(at)[1]
    wide = draw(st.integers(1, 96))
    stride = draw(st.sampled_from([1, 1, 2]))
    match sort:
        case "plain":
            return net.relu(path, net.norm(path, net.conv(path, at, wide, stride)))
        case "residual":
            inner = net.conv(path, net.relu(path, net.conv(path, at, wide)), channels)
            return net.relu(path, net.sum(path, inner, at))
        case "projection":
            inner = net.conv(path, net.relu(path, net.conv(path, at, wide, stride)), wide)
            return net.relu(path, net.sum(path, inner, net.conv(f"{path}.short", at, wide, stride, kernel=1)))
        case "twice":
            for _ in range(2):
                at = net.sum(path, net.conv(path, net.norm(path, at), channels), at)
            return at
        case "gated":
            inner = net.gate(f"{path}.se", net.conv(path, net.conv(path, at, wide), channels))
            return net.sum(path, inner, at) if draw(st.booleans()) else inner
        case "branches":
            ways = []
            for way in range(draw(st.integers(2, 5))):
                end = at
                for _ in range(draw(st.integers(0 if way == 0 else 1, 3))):
                    end = net.relu(path, net.conv(f"{path}.way{way}", end, wide, kernel=draw(st.sampled_from([1, 3]))))
                ways.append(end)
            return net.concat(path, ways)
        case "dense":
            made = [at]
            for k in range(draw(st.integers(1, 5))):
                before = net.concat(f"{path}.layer{k}", made) if len(made) > 1 else at
                made.append(net.conv(f"{path}.layer{k}", net.conv(f"{path}.layer{k}", before, wide), 8))
            return net.concat(path, made)
        case "skip":
            return net.conv(path, net.concat(path, [at, draw(st.sampled_from(ends))]), wide)
        case "top-down":
            return net.sum(path, at, draw(st.sampled_from(ends)))
        case "woven":
            low = net.conv(f"{path}.down", at, wide, 2)
            for k in range(draw(st.integers(1, 3))):
                at, low = net.conv(f"{path}.high{k}", at, channels), net.conv(f"{path}.low{k}", low, wide)
                at, low = net.sum(f"{path}.fuse{k}", at, low), net.sum(f"{path}.fuse{k}", low, net.conv(f"{path}.over{k}", at, wide, 2))  # fmt: skip
            return net.sum(path, at, low) if draw(st.booleans()) else net.concat(path, [at, low])
        case "up":
            n, _, h, w = net.shape(at)
            return net.add(path, "up", ConvTranspose((2, 2), (2, 2), (0, 0)), [at], (n, wide, min(2 * h, 256), min(2 * w, 256)), params=wide)  # fmt: skip
        case _:
            return net.pool(path, at)
