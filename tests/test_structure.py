"""Joins and parts: against the spec for our own networks, against networkx and the generator for random graphs, and
against what their authors would state for other people's."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace as copy
from typing import Any

import networkx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (as everybody writes it)

import resnet_viz as rv
from resnet_viz.steps import (
    Activation,
    Add,
    Attention,
    AvgPool,
    ChannelConv,
    Concat,
    Conv,
    ConvTranspose,
    Input,
    Join,
    JoinKind,
    Linear,
    MatMul,
    Multiply,
    Norm,
    Op,
    Other,
    Pad,
    Part,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Sliding,
    Step,
    Trace,
    joins,
    structure,
)
from resnet_viz.steps.main_path import main_path, map_stages

from .facts import foreign_models
from .facts.foreign_models import OWN
from .foreign_zoo import ZOO
from .rows import each
from .strategies import specs

WAYS = {"identity": "identity", "projection": "projection", "zero-pad": "padding"}


def _stripped(trace: Trace) -> Trace:
    """The trace as of somebody else's network: nothing known of stages, blocks and paths."""
    bare = tuple(step._replace(stage=None, block=None, path="main") for step in trace.steps)
    return copy(trace, steps=bare, spec=None)


def _same_places(trace: Trace) -> None:
    bare = _stripped(trace)
    placed = structure.place(bare.steps, bare.joins, bare.parts)
    told = [(step.name, step.stage, step.block, step.path) for step in placed]
    assert told == [(step.name, step.stage, step.block, step.path) for step in trace.steps]


@given(specs(), st.sampled_from([1, 7, 32, (33, 50), 224]))
def test_our_own_networks_have_the_parts_of_their_spec(spec: rv.ResNetSpec, size: int | tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        return  # what cannot run has no trace
    _same_places(trace)
    stages = [part for part in trace.parts.parts if part.kind == "stage"]
    assert [part.path for part in stages] == [f"layer{n}" for n in range(1, len(spec.blocks) + 1)]
    assert [len(stage.parts) for stage in stages] == list(spec.blocks)
    blocks = [block for stage in stages for block in stage.parts]
    assert [block.path for block in blocks] == [
        f"layer{n}.{k}" for n, count in enumerate(spec.blocks, 1) for k in range(count)
    ]
    for block in blocks:
        residual = [join for join in block.joins if join.kind != "gate"]
        assert len(residual) == 1
        assert residual[0].fork in (block.source, block.start, block.start + 1)  # pre-activation forks after its norm
        assert len(block.joins) == (1 if spec.attention == "none" else 2)


@pytest.mark.sweep
@each("name", rv.variants())
def test_every_network_of_the_catalogue_has_the_parts_of_its_spec(name: str) -> None:
    _same_places(rv.forecast(name, 224))


@pytest.mark.parametrize("name", ["resnet18", "seresnet50", "resnet34_option_a", "resnetv2_50d"])
def test_no_name_is_read_to_place_a_step(name: str) -> None:
    """Modules of other names, within one another as before: each step stands where the spec put it."""
    trace = rv.forecast(name, 64)
    words: dict[str, str] = {}

    def renamed(path: str) -> str:
        return ".".join(
            word if word.isdecimal() else words.setdefault(word, f"m{len(words)}") for word in path.split(".")
        )

    bare = _stripped(trace)
    found = structure.placed(copy(bare, steps=tuple(step._replace(name=renamed(step.name)) for step in bare.steps)))
    assert [step[3:6] for step in found.steps] == [step[3:6] for step in trace.steps]
    assert found.steps[-1].name == renamed("fc") and "layer1" in words


@given(specs())
def test_a_shortcut_is_what_the_spec_makes_it(spec: rv.ResNetSpec) -> None:
    trace = rv.forecast(spec, 128)  # no group norm is left with one value, whatever the stem's stride
    for join in trace.joins:
        step = trace.steps[join.step]
        if join.kind == "gate":
            assert step.kind == "scale"
            continue
        way = [trace.steps[index] for index in join.shortcut]
        convs = sum(step.kind == "conv" for step in way)
        pads = sum(step.kind == "pad" for step in way)
        assert join.kind == ("projection" if convs else "padding" if pads else "identity"), step.name
        assert [step.path for step in way] == ["shortcut"] * len(way)


def _step(index: int, reads: tuple[int, ...], name: str = "") -> Step:
    op = Input() if not reads else Conv((3, 3), (1, 1), (1, 1)) if len(reads) == 1 else Add()
    shape = (1, 4, 8, 8)
    return Step(
        index, name or f"s{index}", op, None, None, "main", reads, (shape,) * len(reads), shape,
        144 if len(reads) == 1 else 0, 0, (1, 1), (1, 1), 1024,
    )  # fmt: skip


@st.composite
def graphs(draw: st.DrawFn) -> list[Step]:
    """A random graph of convs and additions, every step of which depends on the input."""
    steps = [_step(0, ())]
    for index in range(1, draw(st.integers(2, 25))):
        one = draw(st.integers(0, index - 1))
        other = draw(st.one_of(st.none(), st.integers(0, index - 1)))
        steps.append(_step(index, (one,) if other is None or other == one else (one, other)))
    return steps


@given(graphs())
def test_a_fork_is_the_operand_all_others_come_from_or_the_immediate_dominator(steps: list[Step]) -> None:
    graph = networkx.DiGraph([(read, step.index) for step in steps for read in step.reads])
    above = networkx.immediate_dominators(graph, 0)
    found = {join.step: join for join in joins.find_joins(steps)}
    assert list(found) == [step.index for step in steps if len(step.reads) > 1]
    for index, join in found.items():
        first, last = sorted(steps[index].reads)
        assert join.fork == (first if networkx.has_path(graph, first, last) else above[index])
        assert join.fork is not None
        ways = []
        for read in steps[index].reads:
            between = networkx.descendants(graph, join.fork) & (networkx.ancestors(graph, read) | {read})
            ways.append(tuple(sorted(between)) if read != join.fork else ())
        assert sorted(join.ways) == sorted(ways)
        convs = [sum(steps[way].kind == "conv" for way in ways) for ways in (join.main, join.shortcut)]
        assert convs[0] >= convs[1]


@given(graphs())
def test_parts_are_a_tree_over_neighbouring_steps(steps: list[Step]) -> None:
    trace = Trace(tuple(steps), "hooks", "cpu")
    _is_tree(trace.parts, set())
    told = [join for part in trace.parts.walk() for join in part.joins]
    assert sorted(told, key=lambda join: join.step) == list(trace.joins)


def _is_tree(part: Part, paths: set[str]) -> None:
    assert part.path not in paths
    paths.add(part.path)
    at = part.start
    assert part.start < part.stop
    for inner in part.parts:
        assert at <= inner.start and inner.stop <= part.stop
        at = inner.stop
        _is_tree(inner, paths)


def test_two_inputs_have_no_fork() -> None:
    steps = [_step(0, ()), _step(1, ()), _step(2, (0,)), _step(3, (1,)), _step(4, (2, 3))]
    (join,) = joins.find_joins(steps)
    assert (join.fork, join.kind, join.detail) == (None, "merge", "separate inputs")


def test_a_concatenation_of_what_is_made_of_its_first_forks_there() -> None:
    steps = [_step(0, ()), _step(1, (0,)), _step(2, (1,)), _step(3, (2,))]
    steps.append(_step(4, (1, 2, 3))._replace(op=Concat()))
    (join,) = joins.find_joins(steps)
    assert (join.fork, join.kind, join.ways) == (1, "concat", ((), (2,), (2, 3)))


def test_an_unknown_part_is_refused_with_the_nearest() -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.forecast("resnet18").part("layer2.7")
    assert str(caught.value) == "part='layer2.7': is in this network no part; try layer2.1, layer2.0, layer2"


# ---- joins by hand -----------------------------------------------------------------------------------------------

CONV, NORM, RELU, SIGMOID = Conv((3, 3), (1, 1), (1, 1)), Norm(), Activation(), Activation("sigmoid")
POINT = Conv((1, 1), (1, 1), (0, 0))
WEIGHTLESS = (
    Input | Activation | Pad | Add | Concat | Multiply | Scale | Resize | MatMul | Rearrange | AvgPool | Sliding
)


def _joined(join: Op, *ways: list[Op]) -> tuple[list[Step], Join]:
    """``ways`` from step 1, a conv after the input, to ``join``; its steps and what is found of it, the last."""
    rows: list[tuple[Op, tuple[int, ...]]] = [(Input(), ()), (CONV, (0,))]
    ends: list[int] = []
    for way in ways:
        at = 1
        for op in way:
            rows.append((op, (at,)))
            at = len(rows) - 1
        ends.append(at)
    rows.append((join, tuple(ends)))
    steps = [
        _step(index, reads)._replace(op=op, params=0 if isinstance(op, WEIGHTLESS) else 1)
        for index, (op, reads) in enumerate(rows)
    ]
    return steps, joins.find_joins(steps)[-1]


@each(
    ("shortcut", "main", "kind", "detail"),
    [
        ([], [CONV], "identity", ""),
        ([RELU], [CONV], "identity", ""),
        ([], [Linear()], "identity", ""),
        ([], [Attention()], "identity", ""),
        ([], [Recurrent("LSTM")], "identity", ""),
        ([], [ConvTranspose((2, 2), (2, 2), (0, 0))], "identity", ""),
        ([], [Sliding("conv1d", (3,), (1,), (1,))], "identity", ""),
        ([], [NORM], "identity", "inner"),
        ([], [Sliding("maxpool1d", (3,), (1,), (1,))], "identity", "inner"),
        ([Pad((2, 2), 2, 2)], [CONV, CONV], "padding", ""),
        ([AvgPool((2, 2), (2, 2)), Concat()], [CONV, CONV], "padding", ""),
        ([Pad((1, 1), 0, 0), POINT], [CONV, CONV], "projection", ""),
        ([POINT], [CONV, CONV], "projection", ""),
        ([CONV], [CONV, CONV], "projection", ""),
        ([AvgPool((2, 2), (2, 2)), POINT, NORM], [CONV, NORM, CONV, NORM], "projection", ""),
        ([Linear()], [Linear(), Linear()], "projection", ""),
        ([Conv((5, 5), (1, 1), (2, 2))], [CONV, CONV], "merge", ""),
        ([Conv((1, 4), (1, 1), (0, 2))], [CONV, CONV], "merge", ""),
        ([POINT, POINT], [CONV, CONV, CONV], "merge", ""),
        ([POINT], [CONV, NORM], "merge", ""),
        ([POINT, Multiply()], [CONV, CONV], "merge", ""),
        ([POINT, Scale()], [CONV, CONV], "merge", ""),
        ([POINT, Concat()], [CONV, CONV], "merge", ""),
        ([POINT, Add()], [CONV, CONV], "merge", ""),
        ([NORM], [CONV, CONV], "merge", ""),
        ([ChannelConv(3)], [CONV, CONV], "merge", ""),
        ([Other("own")], [CONV, CONV], "merge", ""),
        ([Resize()], [CONV, CONV], "merge", "resized"),
        ([POINT, Resize()], [CONV, CONV], "merge", "resized"),
        ([ConvTranspose((2, 2), (2, 2), (0, 0))], [CONV, CONV], "merge", "resized"),
        ([Rearrange("slice")], [CONV], "merge", "part of the channels"),
        ([MatMul()], [CONV], "merge", "part of the channels"),
        ([Rearrange("permute")], [CONV], "identity", ""),
    ],
)
@each("shortcut_first", [False, True])
def test_an_addition_is_what_its_shortcut_does(
    shortcut: list[Op], main: list[Op], kind: str, detail: str, shortcut_first: bool
) -> None:
    steps, join = _joined(Add(), *([shortcut, main] if shortcut_first else [main, shortcut]))
    assert (join.step, join.fork, join.kind, join.detail) == (len(steps) - 1, 1, kind, detail)
    assert [steps[index].op for index in join.main] == main
    assert [steps[index].op for index in join.shortcut] == shortcut


@pytest.mark.parametrize(
    ("main", "shortcut"),
    [
        ([NORM, NORM], [CONV]),  # what has more parametrised steps
        ([CONV, NORM], [NORM, NORM]),  # as many: more convs
        ([CONV, RELU], [CONV]),  # as many: the longer
        ([CONV, RELU], [CONV, SIGMOID]),  # alike: the first that is written
    ],
)
def test_the_main_way_of_an_addition_is_the_heavier(main: list[Op], shortcut: list[Op]) -> None:
    steps, join = _joined(Add(), main, shortcut)
    assert [steps[index].op for index in join.main] == main
    steps, join = _joined(Add(), shortcut, main)
    alike = main[-1] == RELU and shortcut[-1] == SIGMOID
    assert [steps[index].op for index in join.main] == (shortcut if alike else main)


def test_an_addition_of_three_is_a_merge_its_lightest_last() -> None:
    _, join = _joined(Add(), [], [CONV, CONV], [CONV])
    assert (join.kind, join.detail, join.ways) == ("merge", "", ((2, 3), (4,), ()))


@pytest.mark.parametrize("function", ["sigmoid", "hardsigmoid", "tanh", "softmax", "hardtanh"])
def test_a_bounded_function_is_a_gate_though_it_is_the_shorter_way(function: str) -> None:
    features, gate = [CONV, CONV, RELU], [CONV, Activation(function)]
    for ways in ([features, gate], [gate, features]):
        steps, join = _joined(Multiply(), *ways)
        assert (join.step, join.fork, join.kind, join.detail) == (len(steps) - 1, 1, "gate", "")
        assert [[steps[index].op for index in way] for way in join.ways] == [features, gate]


@pytest.mark.parametrize(
    ("features", "gate"),
    [
        ([], [SIGMOID]),
        ([CONV, RELU], [CONV, CONV]),  # nothing bounded: the longer
        ([RELU, RELU, RELU], [CONV]),  # as counted in parametrised steps
        ([SIGMOID, CONV], [CONV, CONV]),  # a bounded function not at the end is none
        ([CONV, SIGMOID], [CONV, CONV, SIGMOID]),
    ],
)
def test_without_one_bounded_function_the_longer_way_is_the_gate(features: list[Op], gate: list[Op]) -> None:
    for ways in ([features, gate], [gate, features]):
        steps, join = _joined(Multiply(), *ways)
        assert [[steps[index].op for index in way] for way in join.ways] == [features, gate]


def test_a_scale_and_a_concatenation_keep_the_order_of_what_they_read() -> None:
    _, join = _joined(Scale(), [CONV, CONV], [SIGMOID])
    assert (join.step, join.fork, join.kind, join.ways) == (5, 1, "gate", ((2, 3), (4,)))
    _, join = _joined(Concat(), [CONV], [], [CONV, CONV])
    assert (join.step, join.fork, join.kind, join.ways) == (5, 1, "concat", ((2,), (), (3, 4)))


def test_one_tensor_alone_is_no_join() -> None:
    for op in (Add(), Multiply(), Scale(), Concat(), CONV):
        assert joins.find_joins([_step(0, ()), _step(1, (0,)), _step(2, (1,))._replace(op=op)]) == ()
    assert joins.find_joins([_step(0, ()), _step(1, (0,)), _step(2, (0, 1))._replace(op=MatMul())]) == ()


def test_what_is_made_of_two_inputs_is_all_in_the_ways_but_the_inputs() -> None:
    steps = [_step(0, ()), _step(1, ()), _step(2, (0,)), _step(3, (2,)), _step(4, (1,)), _step(5, (4, 3))]
    (join,) = joins.find_joins(steps)
    assert (join.fork, join.ways) == (None, ((2, 3), (4,)))
    (join,) = joins.find_joins([*steps[:2], _step(2, (0, 1))])
    assert (join.fork, join.kind, join.ways) == (None, "merge", ((), ()))


@pytest.mark.parametrize(
    ("op", "kind"), [(Add(), "merge"), (Multiply(), "gate"), (Scale(), "gate"), (Concat(), "concat")]
)
def test_ways_longer_than_what_is_followed_are_left_empty(
    op: Op, kind: JoinKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[list[Op]] = [[CONV, CONV], [CONV]]
    monkeypatch.setattr(joins, "MOST_FOLLOWED", 3)
    _, join = _joined(op, *ways)
    assert (join.detail, join.ways) == ("", ((2, 3), (4,)) if op != Multiply() else ((4,), (2, 3)))
    monkeypatch.setattr(joins, "MOST_FOLLOWED", 2)
    _, join = _joined(op, *ways)
    assert join == Join(5, 1, ((), ()), kind, "too tangled to follow")


def test_what_is_followed_is_counted_over_all_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "MOST_FOLLOWED", 3)
    steps = [_step(0, ()), _step(1, (0,)), _step(2, (1, 0)), _step(3, (2,)), _step(4, (3,)), _step(5, (4, 2))]
    steps += [_step(6, (5,)), _step(7, (6, 5))]
    assert [join.detail for join in joins.find_joins(steps)] == ["", "", "too tangled to follow"]


def test_without_a_limit_of_ours_a_million_steps_are_followed() -> None:
    assert joins.MOST_FOLLOWED == 1_000_000


def test_what_a_step_does_not_lead_to_has_no_dominator_from_there() -> None:
    reads = [(), (0,), (0,), (1,), (1, 2), (3, 4), ()]
    assert joins.dominators(reads) == [None, 0, 0, 1, 0, 0, None]
    assert joins.dominators(reads, only_from=1) == [None, None, None, 1, 1, 1, None]
    assert joins.dominators([(), (), (0, 1), (2,)]) == [None, None, None, 2]


# ---- parts by hand -----------------------------------------------------------------------------------------------


class Does(nn.Module):
    """A module of ``parts`` by name whose forward is a function of the module and its input."""

    def __init__(self, does: Callable[..., Tensor], **parts: nn.Module) -> None:
        super().__init__()
        self.does = does
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.does(self, *inputs)


def _conv(inside: int = 4, outside: int = 4, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, kernel, stride, kernel // 2)


def _two(inside: int = 4, outside: int = 4, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(_conv(inside, outside, 3, stride), nn.ReLU(), _conv(outside, outside))


def _little() -> nn.Sequential:
    return nn.Sequential(_conv(), nn.ReLU())


def _adds(body: nn.Module) -> nn.Module:
    return Does(lambda self, x: x + self.body(x), body=body)


def _rcan() -> nn.Module:
    """1807.02758: residual groups of residual blocks with a conv after them, and a skip round all groups."""
    groups = [_adds(nn.Sequential(_adds(_two()), _adds(_two()), _conv())) for _ in range(2)]
    return Does(
        lambda self, x: self.tail((x := self.head(x)) + self.body(x)),
        head=_conv(3), body=nn.Sequential(*groups, _conv()), tail=_conv(4, 3),
    )  # fmt: skip


def _written_out(self: Any, x: Tensor) -> Tensor:
    x = self.stem(x)
    x = F.relu(self.b(F.relu(self.a(x))) + x)
    return self.last(F.relu(self.d(F.relu(self.c(x))) + self.short(x)))


def _staged() -> nn.Module:
    """Stages as EfficientNet's: a Sequential each, the first and the last of one block that has no shortcut."""
    one, two, three = _two(4, 8, 2), [_two(8, 16, 2), _adds(_two(16, 16))], _two(16, 24, 2)
    stages = nn.Sequential(nn.Sequential(one), nn.Sequential(*two), nn.Sequential(three))
    return nn.Sequential(OrderedDict(stem=_conv(3), stages=stages, pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten()))


def _shared() -> nn.Module:
    return Does(lambda self, x: self.same(F.relu(self.same(self.stem(x)))), stem=_conv(3), same=_adds(_two()))


def _vgg() -> nn.Module:
    layers = (_conv(3), nn.ReLU(), _conv(), nn.ReLU(), nn.MaxPool2d(2), _conv(4, 8), nn.ReLU(), nn.MaxPool2d(2))
    end = OrderedDict(flat=nn.Flatten(), fc=nn.Linear(8 * 16 * 16, 10))
    return nn.Sequential(OrderedDict(features=nn.Sequential(*layers), **end))


def _mean_of_all() -> nn.Module:
    return nn.Sequential(_conv(3), nn.MaxPool2d(2), nn.AvgPool2d(32), _conv(kernel=1), nn.Flatten())


def _pairs() -> nn.Module:
    """No joins, numbered modules of two convs."""
    pairs = nn.Sequential(_two(), _two(4, 8, 2), _two(8, 8))
    return nn.Sequential(OrderedDict(stem=_conv(3), pairs=pairs, head=_conv(8, 3)))


def _wrapped() -> nn.Module:
    """Numbered modules of which a part adds, and a norm after it."""
    layers = [nn.Sequential(OrderedDict(mix=_adds(_two()), norm=nn.BatchNorm2d(4))) for _ in range(2)]
    return nn.Sequential(OrderedDict(stem=_conv(3), layers=nn.Sequential(*layers)))


def _many_additions() -> nn.Module:
    """Four additions in one module: no block, but what is between each fork and its join."""

    def does(self: Any, x: Tensor) -> Tensor:
        for part in self.parts:
            x = x + part(x)
        return x

    body = Does(does, parts=nn.ModuleList(_two() for _ in range(4)))
    return nn.Sequential(OrderedDict(stem=_conv(3), body=body, head=_conv(4, 3)))


def _towers(self: Any, one: Tensor, two: Tensor) -> Tensor:
    return self.body(self.left(one) + self.right(two))


def _adds_all(self: Any, x: Tensor) -> Tensor:
    for part in self.parts:
        x = x + part(x)
    return x


def _partial(self: Any, x: Tensor) -> Tensor:
    """1911.11929, figure 2b: half of the channels go round the blocks, and a conv works on both halves."""
    one, other = self.wide(self.down(x)).chunk(2, 1)
    return self.last(torch.cat((one, self.turn(self.blocks(other))), 1))


def _in_windows(self: Any, x: Tensor) -> Tensor:
    """2204.01697, figure 3, in little: a map as rows of tokens, a residual on these, and the map again."""
    tokens = x.flatten(2).transpose(1, 2)
    return (tokens + self.body(tokens)).transpose(1, 2).reshape(x.shape)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "RCAN": _rcan,
    "cross-stage partial": lambda: nn.Sequential(OrderedDict(stem=_conv(3), stages=nn.Sequential(*(
        Does(
            _partial, down=_conv(4, 4, 3, 2), wide=_conv(4, 8), blocks=nn.Sequential(_adds(_two()), _adds(_two())),
            turn=_conv(), last=_conv(8, 4),
        )
        for _ in range(2)
    )))),
    "a block beside a stage": lambda: nn.Sequential(OrderedDict(stem=_conv(3), stages=nn.Sequential(
        _adds(_two()), nn.Sequential(_conv(4, 8, 3, 2), _adds(_two(8, 8)), _adds(_two(8, 8)))
    ))),
    "convs and windows": lambda: nn.Sequential(OrderedDict(stem=_conv(3), layers=nn.Sequential(*(
        nn.Sequential(OrderedDict(
            conv=_adds(_two()),
            attend=Does(_in_windows, body=nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))),
        ))
        for _ in range(2)
    )))),
    "written out": lambda: Does(
        _written_out, stem=_conv(3), a=_conv(), b=_conv(), c=_conv(4, 8, 3, 2), d=_conv(8, 8), short=_conv(4, 8, 1, 2),
        last=_conv(8, 3),
    ),
    "stages of one block": _staged,
    "shared": _shared,
    "VGG": _vgg,
    "mean of all": _mean_of_all,
    "pairs": _pairs,
    "wrapped": _wrapped,
    "many additions": _many_additions,
    "joins in a row": lambda: nn.Sequential(*(_two(3 + (n > 0), 4) if not n else _adds(_two()) for n in range(3))),
    "five by five": lambda: nn.Sequential(_conv(3), Does(lambda self, x: self.a(x) + self.b(x), a=_two(), b=_conv(kernel=5))),
    "one conv": lambda: nn.Sequential(_conv(3)),
    "merges": lambda: nn.Sequential(
        _conv(3), *(Does(lambda self, x: self.a(x) + self.b(x), a=_two(), b=_two()) for _ in range(2)), _conv()
    ),
    "long way": lambda: Does(
        lambda self, x: (x := self.a(x)) + self.c(self.b(x)), a=_conv(3), b=_adds(_two()), c=_adds(_two())
    ),
    "only vectors": lambda: nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 8), nn.ReLU(), nn.Linear(8, 2)),
    "convs round the blocks": lambda: nn.Sequential(OrderedDict(
        stem=nn.Sequential(_conv(3), nn.ReLU(), _conv()),
        one=nn.Sequential(_conv(), nn.ReLU(), _adds(_two()), _adds(_two()), _conv(), nn.ReLU()),
        two=nn.Sequential(_conv(4, 8, 3, 2), nn.ReLU(), _adds(_two(8, 8)), _adds(_two(8, 8)), nn.BatchNorm2d(8), nn.ReLU()),
        head=nn.Sequential(_conv(8, 3), nn.ReLU()),
    )),
    "two wrappers a layer": lambda: nn.Sequential(OrderedDict(
        stem=_conv(3),
        layers=nn.Sequential(*(nn.Sequential(OrderedDict(mix=_adds(_two()), mlp=_adds(_two()))) for _ in range(2))),
    )),
    "three additions": lambda: nn.Sequential(OrderedDict(
        stem=_conv(3), body=Does(_adds_all, parts=nn.ModuleList(_two() for _ in range(3))), head=_conv(4, 3)
    )),
    "pairs of pairs": lambda: nn.Sequential(OrderedDict(
        stem=_conv(3), body=nn.Sequential(nn.Sequential(_two(), _two()), nn.Sequential(_two(), _two())), head=_conv(),
    )),
    "named pairs": lambda: nn.Sequential(OrderedDict(
        body=nn.Sequential(OrderedDict(one=_two(3), two=_two(4, 8, 2))), head=_conv(8, 3)
    )),
    "one pair": lambda: nn.Sequential(OrderedDict(body=nn.Sequential(_two(3), nn.ReLU()), head=_conv(4, 3, 3, 2))),
    "activation of the head": lambda: Does(
        lambda self, x: self.head((x := self.a(x)) + self.c(self.b(x))),
        a=_conv(3), b=_conv(), c=_conv(), head=nn.Sequential(nn.ReLU(), _conv()),
    ),
    "groups of unlike": lambda: nn.Sequential(OrderedDict(
        stem=_conv(3),
        body=nn.Sequential(*(
            _adds(nn.Sequential(nn.Sequential(_adds(_two()), _conv()), nn.Sequential(_adds(_two()), _conv()))) for _ in range(2)
        )),
    )),
    "joined blocks": lambda: nn.Sequential(OrderedDict(
        stem=_conv(3),
        body=Does(lambda self, x: torch.cat((x, self.path(x)), 1), path=nn.Sequential(_adds(_two()), _adds(_two()))),
        head=_conv(8, 3),
    )),
    "only norms are added": lambda: nn.Sequential(_conv(3), _adds(nn.BatchNorm2d(4)), _conv(4, 4, 3, 2)),
    "gate in the stem": lambda: nn.Sequential(OrderedDict(
        stem=nn.Sequential(_conv(3), Does(lambda self, x: x * torch.sigmoid(self.body(x)), body=_conv())),
        body=nn.Sequential(_adds(_two()), _adds(_two())),
    )),
    "parallel": lambda: nn.Sequential(OrderedDict(
        stem=_conv(3),
        body=Does(lambda self, x: self.a(x) + self.b(x), a=_adds(_two()), b=nn.Sequential(_adds(_two()), _conv())),
    )),
    "modules round the blocks": lambda: nn.Sequential(OrderedDict(
        stem=nn.Sequential(_conv(3), nn.ReLU(), _conv()),
        one=nn.Sequential(_little(), _adds(_two()), _adds(_two()), _little()),
        ones=nn.Sequential(_little(), _adds(_two()), _adds(_two()), _little()),
        head=nn.Sequential(_conv(4, 3), nn.ReLU()),
    )),
    "two rows of pairs": lambda: nn.Sequential(OrderedDict(
        stem=_conv(3), one=nn.Sequential(_two(), _two()), two=nn.Sequential(_two(), _two(), nn.ReLU())
    )),
}  # fmt: skip


def _traced(name: str) -> Trace:
    if name in OWN:
        return rv.trace(foreign_models.BUILDERS[name](), inputs=foreign_models.INPUTS[name], device="meta")
    make, shape = ZOO[name] if name in ZOO else (NETWORKS[name], (1, 3, 64, 64))
    return rv.trace(make().eval(), inputs=[shape], device="meta")


def _outline(trace: Trace) -> str:
    """A line a part: its kind and title, first and last step (~ is its path) and what it reads; a line a join of it."""
    lines: list[str] = []

    def short(name: str, part: Part) -> str:
        return "~" + name.removeprefix(part.path + ".") if name.startswith(part.path + ".") else name

    def tell(part: Part, indent: str) -> None:
        steps = trace.steps
        source = "" if part.source is None else f", reads {steps[part.source].name}"
        first, last = (short(steps[at].name, part) for at in (part.start, part.stop - 1))
        lines.append(f"{indent}{part.kind} {part.title}: {first} … {last}{source}")
        for inner in part.parts:
            tell(inner, indent + "  ")
        for join in part.joins:
            fork = "" if join.fork is None else f" from {steps[join.fork].name}"
            detail = f" ({join.detail})" if join.detail else ""
            name = short(steps[join.step].name, part)
            lines.append(f"{indent}  + {name}: {join.kind}{detail}{fork}")

    tell(trace.parts, "")
    return "\n".join(lines)


# what the author would draw round the code: ~ is the path of the part
OUTLINES = {
    "ResNet": """
network ResNet: input … fc
  stem stem: input … maxpool
  stage layer1: ~0.conv1 … ~1.relu#2, reads maxpool
    block layer1.0: ~conv1 … ~relu#2, reads maxpool
      + ~add: identity from maxpool
    block layer1.1: ~conv1 … ~relu#2, reads layer1.0.relu#2
      + ~add: identity from layer1.0.relu#2
  stage layer2: ~0.conv1 … ~1.relu#2, reads layer1.1.relu#2
    block layer2.0: ~conv1 … ~relu#2, reads layer1.1.relu#2
      + ~add: projection from layer1.1.relu#2
    block layer2.1: ~conv1 … ~relu#2, reads layer2.0.relu#2
      + ~add: identity from layer2.0.relu#2
  stage layer3: ~0.conv1 … ~1.relu#2, reads layer2.1.relu#2
    block layer3.0: ~conv1 … ~relu#2, reads layer2.1.relu#2
      + ~add: projection from layer2.1.relu#2
    block layer3.1: ~conv1 … ~relu#2, reads layer3.0.relu#2
      + ~add: identity from layer3.0.relu#2
  stage layer4: ~0.conv1 … ~1.relu#2, reads layer3.1.relu#2
    block layer4.0: ~conv1 … ~relu#2, reads layer3.1.relu#2
      + ~add: projection from layer3.1.relu#2
    block layer4.1: ~conv1 … ~relu#2, reads layer4.0.relu#2
      + ~add: identity from layer4.0.relu#2
  head head: avgpool … fc, reads layer4.1.relu#2
""",
    "DenseNet": """
network DenseNet: input … classifier
  stem stem: input … ~1
  stage features.0: ~0.pad … ~cat, reads stem.1
    block features.0.0: ~pad … ~conv2, reads stem.1
    block features.0.1: ~cat … ~conv2, reads stem.1
      + ~cat: concat from stem.1
    block features.0.2: ~cat … ~conv2, reads stem.1
      + ~cat: concat from stem.1
    + ~cat: concat from stem.1
  stage features.2: features.1.0 … ~cat, reads features.0.cat
    block features.2.0: ~pad … ~conv2, reads features.1.3
    block features.2.1: ~cat … ~conv2, reads features.1.3
      + ~cat: concat from features.1.3
    block features.2.2: ~cat … ~conv2, reads features.1.3
      + ~cat: concat from features.1.3
    block features.2.3: ~cat … ~conv2, reads features.1.3
      + ~cat: concat from features.1.3
    + ~cat: concat from features.1.3
  head head: relu … classifier, reads features.2.cat
""",
    "GoogLeNet": """
network GoogLeNet: input … fc
  stem stem: input … pool
  stage stage1: inception3a … inception3b: inception3a.branch1.0 … inception3b.cat, reads pool
    block inception3a: ~branch1.0 … ~cat, reads pool
      + ~cat: concat from pool
    block inception3b: ~branch1.0 … ~cat, reads inception3a.cat
      + ~cat: concat from inception3a.cat
  stage stage2: inception4a: pool#2 … inception4a.cat, reads inception3b.cat
    block inception4a: ~branch1.0 … ~cat, reads pool#2
      + ~cat: concat from pool#2
  head head: mean … fc, reads inception4a.cat
""",
    "MobileNet": """
network Mobile: input … classifier.1
  stem stem: input … features.0.2
  stage stage1: features.1: features.1.block.0.0 … features.1.add, reads features.0.2
    block features.1: ~block.0.0 … ~add, reads features.0.2
      + ~add: identity from features.0.2
  stage stage2: features.2 … 4: features.2.block.0.0 … features.4.add, reads features.1.add
    block features.2: ~block.0.0 … ~block.3, reads features.1.add
    block features.3: ~block.0.0 … ~add, reads features.2.block.3
      + ~add: identity from features.2.block.3
    block features.4: ~block.0.0 … ~add, reads features.3.add
      + ~add: identity from features.3.add
  stage stage3: features.5 … 6: features.5.block.0.0 … features.6.add, reads features.4.add
    block features.5: ~block.0.0 … ~block.3, reads features.4.add
    block features.6: ~block.0.0 … ~add, reads features.5.block.3
      + ~add: identity from features.5.block.3
  head head: features.7.0 … classifier.1, reads features.6.add
""",
    "EfficientNet": """
network Mobile: input … classifier.1
  stem stem: input … features.0.2
  stage stage1: features.1: features.1.block.0.0 … features.1.add, reads features.0.2
    block features.1: ~block.0.0 … ~add, reads features.0.2
      + ~block.2.mul: gate from features.1.block.1.2
      + ~add: identity from features.0.2
  stage stage2: features.2 … 4: features.2.block.0.0 … features.4.add, reads features.1.add
    block features.2: ~block.0.0 … ~block.4, reads features.1.add
      + ~block.2.mul: gate from features.2.block.1.2
    block features.3: ~block.0.0 … ~add, reads features.2.block.4
      + ~block.2.mul: gate from features.3.block.1.2
      + ~add: identity from features.2.block.4
    block features.4: ~block.0.0 … ~add, reads features.3.add
      + ~block.2.mul: gate from features.4.block.1.2
      + ~add: identity from features.3.add
  stage stage3: features.5 … 6: features.5.block.0.0 … features.6.add, reads features.4.add
    block features.5: ~block.0.0 … ~block.4, reads features.4.add
      + ~block.2.mul: gate from features.5.block.1.2
    block features.6: ~block.0.0 … ~add, reads features.5.block.4
      + ~block.2.mul: gate from features.6.block.1.2
      + ~add: identity from features.5.block.4
  head head: features.7.0 … classifier.1, reads features.6.add
""",
    "ConvNeXt": """
network ConvNeXt: input … head
  stem stem: input … stem
  stage stage1: ~0.dwconv … ~1.add, reads stem
    block stage1.0: ~dwconv … ~add, reads stem
      + ~add: identity from stem
    block stage1.1: ~dwconv … ~add, reads stage1.0.add
      + ~add: identity from stage1.0.add
  stage stage2: downsample … ~2.add, reads stage1.1.add
    block stage2.0: ~dwconv … ~add, reads downsample
      + ~add: identity from downsample
    block stage2.1: ~dwconv … ~add, reads stage2.0.add
      + ~add: identity from stage2.0.add
    block stage2.2: ~dwconv … ~add, reads stage2.1.add
      + ~add: identity from stage2.1.add
  head head: mean … head, reads stage2.2.add
""",
    "Res2Net": """
network Res2Net: input … head
  stem stem: input … ~2
  stage layer1: ~0.conv1.0 … ~1.relu, reads stem.2
    block layer1.0: ~conv1.0 … ~relu, reads stem.2
      + ~add: merge (part of the channels) from layer1.0.conv1.2
      + ~add#2: merge (part of the channels) from layer1.0.conv1.2
      + ~cat: concat from layer1.0.conv1.2
      + ~add#3: identity from stem.2
    block layer1.1: ~conv1.0 … ~relu, reads layer1.0.relu
      + ~add: merge (part of the channels) from layer1.1.conv1.2
      + ~add#2: merge (part of the channels) from layer1.1.conv1.2
      + ~cat: concat from layer1.1.conv1.2
      + ~add#3: identity from layer1.0.relu
  head head: mean … head, reads layer1.1.relu
""",
    "HRNet": """
network HRNet: input … last
  stem stem: input … transition1.2
  stage stage2: ~0.branches.0.0.conv1 … ~0.relu#2, reads stem.1.2
    block stage2.0: ~branches.0.0.conv1 … ~relu#2, reads stem.1.2
      block stage2.0.branches.0.0: ~conv1 … ~relu#2, reads stem.1.2
        + ~add: identity from stem.1.2
      block stage2.0.branches.0.1: ~conv1 … ~relu#2, reads stage2.0.branches.0.0.relu#2
        + ~add: identity from stage2.0.branches.0.0.relu#2
      block stage2.0.branches.1.0: ~conv1 … ~relu#2, reads transition1.2
        + ~add: identity from transition1.2
      block stage2.0.branches.1.1: ~conv1 … ~relu#2, reads stage2.0.branches.1.0.relu#2
        + ~add: identity from stage2.0.branches.1.0.relu#2
      + ~add: merge from stem.1.2
      + ~add#2: merge from stem.1.2
  stage stage3: transition2.0 … ~0.relu#3, reads stage2.0.relu#2
    block stage3.0: ~branches.0.0.conv1 … ~relu#3, reads stage2.0.relu
      block stage3.0.branches.0.0: ~conv1 … ~relu#2, reads stage2.0.relu
        + ~add: identity from stage2.0.relu
      block stage3.0.branches.0.1: ~conv1 … ~relu#2, reads stage3.0.branches.0.0.relu#2
        + ~add: identity from stage3.0.branches.0.0.relu#2
      block stage3.0.branches.1.0: ~conv1 … ~relu#2, reads stage2.0.relu#2
        + ~add: identity from stage2.0.relu#2
      block stage3.0.branches.1.1: ~conv1 … ~relu#2, reads stage3.0.branches.1.0.relu#2
        + ~add: identity from stage3.0.branches.1.0.relu#2
      block stage3.0.branches.2.0: ~conv1 … ~relu#2, reads transition2.2
        + ~add: identity from transition2.2
      block stage3.0.branches.2.1: ~conv1 … ~relu#2, reads stage3.0.branches.2.0.relu#2
        + ~add: identity from stage3.0.branches.2.0.relu#2
      + ~add: merge (resized) from stem.1.2
      + ~add#2: merge (resized) from stem.1.2
      + ~add#3: merge from stem.1.2
      + ~add#4: merge (resized) from stem.1.2
      + ~add#5: merge from stem.1.2
      + ~add#6: merge from stem.1.2
  head head: upsample_nearest2d … last, reads stage3.0.relu#2
    + cat: concat from stem.1.2
""",
    "ViT": """
network ViT: input … head
  stem stem: input … cat
  stage layers: ~0.ln_1 … ~2.add#2, reads cat
    block layers.0: ~ln_1 … ~add#2, reads cat
      + ~add: identity from cat
      + ~add#2: identity from layers.0.add
    block layers.1: ~ln_1 … ~add#2, reads layers.0.add#2
      + ~add: identity from layers.0.add#2
      + ~add#2: identity from layers.1.add
    block layers.2: ~ln_1 … ~add#2, reads layers.1.add#2
      + ~add: identity from layers.1.add#2
      + ~add#2: identity from layers.2.add
  head head: slice … head, reads layers.2.add#2
""",
    "Swin": """
network Swin: input … head
  stem stem: input … patch
  stage stage1: stages.0: stages.0.permute … stages.0.reduction, reads patch
    block stages.0: ~permute … ~reduction, reads patch
      block stages.0.block: ~ln_1 … ~add#2, reads stages.0.permute
        + ~add: identity from stages.0.permute
        + ~add#2: identity from stages.0.block.add
      + ~cat: concat from stages.0.block.add#2
  stage stage2: stages.1: stages.1.permute … stages.1.reduction, reads stages.0.reduction
    block stages.1: ~permute … ~reduction, reads stages.0.reduction
      block stages.1.block: ~ln_1 … ~add#2, reads stages.1.permute
        + ~add: identity from stages.1.permute
        + ~add#2: identity from stages.1.block.add
      + ~cat: concat from stages.1.block.add#2
  head head: mean … head, reads stages.1.reduction
""",
    "Signal": """
network Signal: input … fc
  stem stem: input … fc
""",
    "Volume": """
network Volume: input … fc
  stem stem: input … fc
""",
    "written out": """
network Does: input … last
  stem stem: input … stem
  stage stage1: add: a … relu#2, reads stem
    block add: a … relu#2, reads stem
      + add: identity from stem
  stage stage2: add#2: c … relu#4, reads relu#2
    block add#2: c … relu#4, reads relu#2
      + add#2: projection from relu#2
  head head: last … last, reads relu#4
""",
    "stages of one block": """
network Sequential: input … flat
  stem stem: input … stem
  stage stages.0: ~0.0 … ~0.2, reads stem
    block stages.0.0: ~0 … ~2, reads stem
  stage stages.1: ~0.0 … ~1.add, reads stages.0.0.2
    block stages.1.0: ~0 … ~2, reads stages.0.0.2
    block stages.1.1: ~body.0 … ~add, reads stages.1.0.2
      + ~add: identity from stages.1.0.2
  stage stages.2: ~0.0 … ~0.2, reads stages.1.1.add
    block stages.2.0: ~0 … ~2, reads stages.1.1.add
  head head: pool … flat, reads stages.2.0.2
""",
    "shared": """
network Does: input … same.add#2
  stem stem: input … stem
  stage stage1: same: same.body.0 … same.add#2, reads stem
    block same: ~body.0 … ~add, reads stem
      + ~add: identity from stem
    block same#2: same.body.0#2 … same.add#2, reads relu
      + same.add#2: identity from relu
""",
    "VGG": """
network Sequential: input … fc
  stage stage1: features.0 … features.3: input … features.3
  stage stage2: features.4 … features.6: features.4 … features.6, reads features.3
  stage stage3: features.7: features.7 … features.7, reads features.6
  head head: flat … fc, reads features.7
""",
    "mean of all": """
network Sequential: input … 4
  stage stage1: 0: input … 0
  stage stage2: 1: 1 … 1, reads 0
  head head: 2 … 4, reads 1
""",
    "pairs": """
network Sequential: input … head
  stem stem: input … stem
  stage stage1: pairs.0: pairs.0.0 … pairs.0.2, reads stem
    block pairs.0: ~0 … ~2, reads stem
  stage stage2: pairs.1 … 2: pairs.1.0 … pairs.2.2, reads pairs.0.2
    block pairs.1: ~0 … ~2, reads pairs.0.2
    block pairs.2: ~0 … ~2, reads pairs.1.2
  head head: head … head, reads pairs.2.2
""",
    "wrapped": """
network Sequential: input … layers.1.norm
  stem stem: input … stem
  stage layers: ~0.mix.body.0 … ~1.norm, reads stem
    block layers.0: ~mix.body.0 … ~norm, reads stem
      + ~mix.add: identity from stem
    block layers.1: ~mix.body.0 … ~norm, reads layers.0.norm
      + ~mix.add: identity from layers.0.norm
""",
    "many additions": """
network Sequential: input … head
  stem stem: input … stem
  stage body: ~parts.0.0 … ~add#4, reads stem
    block body.add: body.parts.0.0 … body.add, reads stem
      + body.add: identity from stem
    block body.add#2: body.parts.1.0 … body.add#2, reads body.add
      + body.add#2: identity from body.add
    block body.add#3: body.parts.2.0 … body.add#3, reads body.add#2
      + body.add#3: identity from body.add#2
    block body.add#4: body.parts.3.0 … body.add#4, reads body.add#3
      + body.add#4: identity from body.add#3
  head head: head … head, reads body.add#4
""",
    "only vectors": """
network Sequential: input … 3
  stem stem: input … 3
""",
    "joins in a row": """
network Sequential: input … 2.add
  stem stem: input … 0.2
  stage stage1: 1 … 2: 1.body.0 … 2.add, reads 0.2
    block 1: ~body.0 … ~add, reads 0.2
      + ~add: identity from 0.2
    block 2: ~body.0 … ~add, reads 1.add
      + ~add: identity from 1.add
""",
    "five by five": """
network Sequential: input … 1.add
  stem stem: input … 0
  stage stage1: 1: 1.a.0 … 1.add, reads 0
    block 1: ~a.0 … ~add, reads 0
      + ~add: merge from 0
""",
    "one conv": """
network Sequential: input … 0
  stage stage1: 0: input … 0
""",
    "merges": """
network Sequential: input … 3
  stem stem: input … 0
  stage stage1: 1 … 2: 1.a.0 … 2.add, reads 0
    block 1: ~a.0 … ~add, reads 0
      + ~add: merge from 0
    block 2: ~a.0 … ~add, reads 1.add
      + ~add: merge from 1.add
  head head: 3 … 3, reads 2.add
""",
    "long way": """
network Does: input … add
  stem stem: input … a
  stage stage1: b … c: b.body.0 … c.add, reads a
    block b: ~body.0 … ~add, reads a
      + ~add: identity from a
    block c: ~body.0 … ~add, reads b.add
      + ~add: identity from b.add
  head head: add … add, reads a
    + add: identity from a
""",
    "own chunk and tuple": """
network ChunkTuple: input … right
  stage stage1: stem … right: input … right
""",
    "own shared twice": """
network SharedTwice: input … head
  stem stem: input … stem
  stage stage1: add: shared … add, reads stem
    block add: shared … add, reads stem
      + add: identity from stem
  head head: mean … head, reads add
""",
    "own two inputs": """
network TwoInputs: input … head
  stem stem: input … add
    + add: merge (separate inputs)
  stage stage1: add#2: body.0 … add#2, reads add
    block add#2: body.0 … add#2, reads add
      + add#2: identity from add
  head head: mean … head, reads add#2
""",
    "own upsample skip": """
network UpsampleSkip: input … out
  stage stage1: full … relu: input … relu
  stage stage2: down … relu#2: down … relu#2, reads relu
  stage stage3: up … out: up … out, reads relu#2
    + cat: concat from relu
""",
    "own Sequential wrappers": """
network SequentialWrappers: input … head
  stem stem: input … stem
  stage stage1: res1 … dense: res1.0 … dense.cat, reads stem
    block res1: ~0 … ~add, reads stem
      + ~add: identity from stem
    block res2: ~0 … ~add, reads res1.add
      + ~add: identity from res1.add
    block dense: ~0 … ~cat, reads res2.add
      + ~cat: concat from res2.add
  head head: head … head, reads dense.cat
""",
    "own sigmoid gate": """
network SigmoidGate: input … out
  stage stage1: stem … mul: input … mul
    + mul: gate from stem
  stage stage2: out: out … out, reads mul
""",
    "own BatchNormAct": """
network BatchNormActNet: input … head
  stem stem: input … bn1.act
  stage stage1: add: conv2 … add, reads bn1.act
    block add: conv2 … add, reads bn1.act
      + add: identity from bn1.act
  head head: mean … head, reads add
""",
    "own LSTM head": """
network LSTMHead: input … fc
  stage stage1: conv.0 … conv.1: input … conv.1
  stage stage2: conv.2 … conv.3: conv.2 … conv.3, reads conv.1
  head head: permute … fc, reads conv.3
""",
    "convs round the blocks": """
network Sequential: input … head.1
  stem stem: input … ~2
  stage one: ~0 … ~5, reads stem.2
    block one.2: ~body.0 … ~add, reads one.1
      + ~add: identity from one.1
    block one.3: ~body.0 … ~add, reads one.2.add
      + ~add: identity from one.2.add
  stage two: ~0 … ~5, reads one.5
    block two.2: ~body.0 … ~add, reads two.1
      + ~add: identity from two.1
    block two.3: ~body.0 … ~add, reads two.2.add
      + ~add: identity from two.2.add
  head head: ~0 … ~1, reads two.5
""",
    "two wrappers a layer": """
network Sequential: input … layers.1.mlp.add
  stem stem: input … stem
  stage layers: ~0.mix.body.0 … ~1.mlp.add, reads stem
    block layers.0: ~mix.body.0 … ~mlp.add, reads stem
      block layers.0.mix: ~body.0 … ~add, reads stem
        + ~add: identity from stem
      block layers.0.mlp: ~body.0 … ~add, reads layers.0.mix.add
        + ~add: identity from layers.0.mix.add
    block layers.1: ~mix.body.0 … ~mlp.add, reads layers.0.mlp.add
      block layers.1.mix: ~body.0 … ~add, reads layers.0.mlp.add
        + ~add: identity from layers.0.mlp.add
      block layers.1.mlp: ~body.0 … ~add, reads layers.1.mix.add
        + ~add: identity from layers.1.mix.add
""",
    "convs and windows": """
network Sequential: input … layers.1.attend.permute#2
  stem stem: input … stem
  stage layers: ~0.conv.body.0 … ~1.attend.permute#2, reads stem
    block layers.0: ~conv.body.0 … ~attend.permute#2, reads stem
      block layers.0.conv: ~body.0 … ~add, reads stem
        + ~add: identity from stem
      block layers.0.attend: ~permute … ~permute#2, reads layers.0.conv.add
        + ~add: identity from layers.0.attend.permute
    block layers.1: ~conv.body.0 … ~attend.permute#2, reads layers.0.attend.permute#2
      block layers.1.conv: ~body.0 … ~add, reads layers.0.attend.permute#2
        + ~add: identity from layers.0.attend.permute#2
      block layers.1.attend: ~permute … ~permute#2, reads layers.1.conv.add
        + ~add: identity from layers.1.attend.permute
""",
    "a block beside a stage": """
network Sequential: input … stages.1.2.add
  stem stem: input … stem
  stage stage1: stages.0: stages.0.body.0 … stages.0.add, reads stem
    block stages.0: ~body.0 … ~add, reads stem
      + ~add: identity from stem
  stage stages.1: ~0 … ~2.add, reads stages.0.add
    block stages.1.1: ~body.0 … ~add, reads stages.1.0
      + ~add: identity from stages.1.0
    block stages.1.2: ~body.0 … ~add, reads stages.1.1.add
      + ~add: identity from stages.1.1.add
""",
    "cross-stage partial": """
network Sequential: input … stages.1.last
  stem stem: input … stem
  stage stages.0: ~down … ~last, reads stem
    block stages.0.blocks.0: ~body.0 … ~add, reads stages.0.slice
      + ~add: identity from stages.0.slice
    block stages.0.blocks.1: ~body.0 … ~add, reads stages.0.blocks.0.add
      + ~add: identity from stages.0.blocks.0.add
    + ~cat: concat from stages.0.wide
  stage stages.1: ~down … ~last, reads stages.0.last
    block stages.1.blocks.0: ~body.0 … ~add, reads stages.1.slice
      + ~add: identity from stages.1.slice
    block stages.1.blocks.1: ~body.0 … ~add, reads stages.1.blocks.0.add
      + ~add: identity from stages.1.blocks.0.add
    + ~cat: concat from stages.1.wide
""",
    "three additions": """
network Sequential: input … head
  stem stem: input … stem
  stage stage1: body: body.parts.0.0 … body.add#3, reads stem
    block body: ~parts.0.0 … ~add#3, reads stem
      + ~add: identity from stem
      + ~add#2: identity from body.add
      + ~add#3: identity from body.add#2
  head head: head … head, reads body.add#3
""",
    "pairs of pairs": """
network Sequential: input … head
  stem stem: input … stem
  stage body: ~0.0.0 … ~1.1.2, reads stem
    block body.0: ~0.0 … ~1.2, reads stem
    block body.1: ~0.0 … ~1.2, reads body.0.1.2
  head head: head … head, reads body.1.1.2
""",
    "named pairs": """
network Sequential: input … head
  stage stage1: body.one.0 … body.one.2: input … body.one.2
  stage stage2: body.two.0 … head: body.two.0 … head, reads body.one.2
""",
    "one pair": """
network Sequential: input … head
  stage stage1: body.0.0 … body.1: input … body.1
  stage stage2: head: head … head, reads body.1
""",
    "activation of the head": """
network Does: input … head.1
  stem stem: input … a
  stage stage1: add: b … add, reads a
    block add: b … add, reads a
      + add: identity from a
  head head: ~0 … ~1, reads add
""",
    "groups of unlike": """
network Sequential: input … body.1.add
  stem stem: input … stem
  stage body: ~0.body.0.0.body.0 … ~1.add, reads stem
    block body.0: ~body.0.0.body.0 … ~add, reads stem
      block body.0.body.0.0: ~body.0 … ~add, reads stem
        + ~add: identity from stem
      block body.0.body.1.0: ~body.0 … ~add, reads body.0.body.0.1
        + ~add: identity from body.0.body.0.1
      + ~add: identity from stem
    block body.1: ~body.0.0.body.0 … ~add, reads body.0.add
      block body.1.body.0.0: ~body.0 … ~add, reads body.0.add
        + ~add: identity from body.0.add
      block body.1.body.1.0: ~body.0 … ~add, reads body.1.body.0.1
        + ~add: identity from body.1.body.0.1
      + ~add: identity from body.0.add
""",
    "joined blocks": """
network Sequential: input … head
  stem stem: input … stem
  stage body.path: ~0.body.0 … ~1.add, reads stem
    block body.path.0: ~body.0 … ~add, reads stem
      + ~add: identity from stem
    block body.path.1: ~body.0 … ~add, reads body.path.0.add
      + ~add: identity from body.path.0.add
  head head: body.cat … head, reads stem
    + body.cat: concat from stem
""",
    "only norms are added": """
network Sequential: input … 2
  stage stage1: 0 … 1.add: input … 1.add
    + 1.add: identity (inner) from 0
  stage stage2: 2: 2 … 2, reads 1.add
""",
    "gate in the stem": """
network Sequential: input … body.1.add
  stem stem: input … ~1.mul
    + ~1.mul: gate from stem.0
  stage body: ~0.body.0 … ~1.add, reads stem.1.mul
    block body.0: ~body.0 … ~add, reads stem.1.mul
      + ~add: identity from stem.1.mul
    block body.1: ~body.0 … ~add, reads body.0.add
      + ~add: identity from body.0.add
""",
    "parallel": """
network Sequential: input … body.add
  stem stem: input … stem
  stage stage1: body: body.a.body.0 … body.add, reads stem
    block body: ~a.body.0 … ~add, reads stem
      block body.a: ~body.0 … ~add, reads stem
        + ~add: identity from stem
      block body.b.0: ~body.0 … ~add, reads stem
        + ~add: identity from stem
      + ~add: merge from stem
""",
    "modules round the blocks": """
network Sequential: input … head.1
  stem stem: input … ~2
  stage one: ~0.0 … ~3.1, reads stem.2
    block one.1: ~body.0 … ~add, reads one.0.1
      + ~add: identity from one.0.1
    block one.2: ~body.0 … ~add, reads one.1.add
      + ~add: identity from one.1.add
  stage ones: ~0.0 … ~3.1, reads one.3.1
    block ones.1: ~body.0 … ~add, reads ones.0.1
      + ~add: identity from ones.0.1
    block ones.2: ~body.0 … ~add, reads ones.1.add
      + ~add: identity from ones.1.add
  head head: ~0 … ~1, reads ones.3.1
""",
    "two rows of pairs": """
network Sequential: input … two.2
  stem stem: input … stem
  stage one: ~0.0 … ~1.2, reads stem
    block one.0: ~0 … ~2, reads stem
    block one.1: ~0 … ~2, reads one.0.2
  stage two: ~0.0 … ~2, reads one.1.2
    block two.0: ~0 … ~2, reads one.1.2
    block two.1: ~0 … ~2, reads two.0.2
""",
}


@pytest.mark.parametrize("name", OUTLINES)
def test_the_parts_and_joins_are_those_that_the_author_would_state(name: str) -> None:
    assert _outline(_traced(name)) == OUTLINES[name].strip()


def _blocks(trace: Trace) -> list[str]:
    return [part.path for part in trace.parts.walk() if part.kind == "block"]


def _named(trace: Trace) -> list[tuple[str, str | None, str]]:
    steps = trace.steps
    return [
        (steps[join.step].name, None if join.fork is None else steps[join.fork].name, join.kind) for join in trace.joins
    ]


def test_each_step_up_of_a_unet_joins_the_encoder_s_map_of_its_size() -> None:
    trace = _traced("U-Net")
    assert _blocks(trace) == ["inc", "down1", "down2", "down3", "up1", "up2", "up3"]
    assert _named(trace) == [
        ("up1.cat", "down2.2.2", "concat"),
        ("up2.cat", "down1.2.2", "concat"),
        ("up3.cat", "inc.1.2", "concat"),
    ]
    for join, up in zip(trace.joins, trace.stages[4:], strict=True):
        assert join.ways == ((), tuple(range((join.fork or 0) + 1, join.step)))  # the skip itself computes nothing
        assert up.parts[0].joins == (join,)
    assert map_stages(trace) == [
        ((64, 64), [8]),
        ((32, 32), [8, 16]),
        ((16, 16), [16, 32]),
        ((8, 8), [32, 64]),
        ((16, 16), [32, 64, 32]),
        ((32, 32), [16, 32, 16]),
        ((64, 64), [8, 16, 8, 2]),
    ]


def test_residual_groups_are_opened_into_their_blocks() -> None:
    trace = _traced("RCAN")
    assert _blocks(trace) == ["body.0.body.0", "body.0.body.1", "body.1.body.0", "body.1.body.1"]
    assert _named(trace) == [
        ("body.0.body.0.add", "head", "identity"),
        ("body.0.body.1.add", "body.0.body.0.add", "identity"),
        ("body.0.add", "head", "identity"),
        ("body.1.body.0.add", "body.0.add", "identity"),
        ("body.1.body.1.add", "body.1.body.0.add", "identity"),
        ("body.1.add", "body.0.add", "identity"),
        ("add", "head", "identity"),
    ]


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("ResNet", [((112, 112), [64]), ((56, 56), [64]), ((28, 28), [128]), ((14, 14), [256]), ((7, 7), [512])]),
        ("VGG", [((64, 64), [4]), ((32, 32), [4, 8]), ((16, 16), [8])]),
        ("Swin", [((32, 32), [8])]),
        ("own transposed decoder", [((16, 16), [16]), ((8, 8), [32]), ((16, 16), [16]), ((32, 32), [8, 1])]),
        ("own two inputs", [((16, 16), [16])]),
        ("only vectors", []),
        ("Signal", []),
    ],
)
def test_the_channels_of_each_map_along_the_main_path(name: str, stages: list[Any]) -> None:
    found = map_stages(_traced(name))
    assert found[: len(stages)] == stages if name == "Swin" else found == stages


def _maps(*rows: tuple[tuple[int, ...], int]) -> list[Step]:
    """Steps that read so and make square maps of that side."""
    return [_step(index, reads)._replace(output=(1, 4, side, side)) for index, (reads, side) in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "output", "chain"),
    [
        ([((), 8), ((0,), 8), ((1,), 4), ((2,), 4)], 3, [0, 1, 2, 3]),
        ([((), 8), ((0,), 8), ((1,), 8), ((1, 2), 8), ((3,), 4)], 4, [0, 1, 3, 4]),  # the shortcut's way round 2
        ([((), 8), ((0,), 8), ((1,), 4), ((2,), 8), ((1, 3), 8), ((4,), 8)], 5, [0, 1, 2, 3, 4, 5]),  # down and up
        ([((), 8), ((0,), 4), ((1,), 4), ((1,), 4), ((2, 3), 4)], 4, [0, 1, 4]),
        ([((), 8), ((0,), 4), ((1,), 4), ((1,), 2)], 2, [0, 1, 3]),  # the smallest map leads to no output
        ([((), 8), ((0,), 4), ((1,), 4), ((2,), 2)], 2, [0, 1, 2, 3]),
        ([((), 8), ((0,), 2), ((1,), 4), ((1,), 4), ((2,), 4)], 4, [0, 1, 2, 4]),  # what 3 makes is thrown away
        ([((), 8), ((0,), 4), ((1,), 1)], 2, [0, 1, 2]),  # one cell is no map
        ([((), 1), ((0,), 1)], 1, []),
    ],
)
def test_the_main_path_is_what_every_way_passes(
    rows: list[tuple[tuple[int, ...], int]], output: int, chain: list[int]
) -> None:
    assert main_path(_maps(*rows), output) == chain


@pytest.mark.parametrize("sides", [(1, 2), (2, 1)])
def test_two_cells_are_a_map(sides: tuple[int, int]) -> None:
    steps = [_step(0, ()), _step(1, (0,))._replace(output=(1, 4, *sides))]
    assert main_path(steps, 1) == [0, 1]
    assert map_stages(Trace(tuple(steps), "hooks", "cpu")) == [(sides, [4])]
    smaller = [*steps, _step(2, (0,))._replace(output=(1, 4, 1, 3)), _step(3, (2,))._replace(output=(1, 4, 1, 3))]
    assert main_path(smaller, 3) == [0, 1]  # the smallest map, though nothing is made of it


def test_steps_bear_stage_block_and_path_of_their_part() -> None:
    trace = _traced("EfficientNet")
    told = [(step.stage, step.block, step.path) for step in trace.steps]
    assert told[:4] == [(None, None, "stem")] * 4
    assert told[4:19] == [(1, 0, "main")] * 6 + [(1, 0, "gate")] * 5 + [(1, 0, "main")] * 4
    assert told[19:33] == [(2, 0, "main")] * 6 + [(2, 0, "gate")] * 5 + [(2, 0, "main")] * 3
    assert [told[at][:2] for at in (33, 47, 48, 62, 63, 91)] == [(2, 1), (2, 1), (2, 2), (2, 2), (3, 0), (3, 1)]
    assert told[92:] == [(None, None, "head")] * 7
    assert structure.place_names(trace) == {
        (1, None): "stage1", (1, 0): "features.1", (2, None): "stage2", (2, 0): "features.2", (2, 1): "features.3",
        (2, 2): "features.4", (3, None): "stage3", (3, 0): "features.5", (3, 1): "features.6",
    }  # fmt: skip


def test_a_projection_is_the_shortcut_s_path_and_what_is_between_blocks_the_stage_s() -> None:
    trace = _traced("written out")
    assert [(step.name, step.stage, step.block, step.path) for step in trace.steps[7:]] == [
        ("c", 2, 0, "main"),
        ("relu#3", 2, 0, "main"),
        ("d", 2, 0, "main"),
        ("short", 2, 0, "shortcut"),
        ("add#2", 2, 0, "main"),
        ("relu#4", 2, 0, "main"),
        ("last", None, None, "head"),
    ]
    trace = _traced("ConvNeXt")
    assert trace.step("downsample")[3:6] == (2, None, "main")
    assert trace.step("stage2.0.dwconv")[3:6] == (2, 0, "main")


def test_a_gate_outside_the_stages_is_of_the_stem() -> None:
    paths = [step.path for step in _traced("gate in the stem").steps]
    assert paths == ["stem"] * 5 + ["main"] * 8


def test_blocks_within_a_block_are_the_block_s_steps() -> None:
    trace = _traced("HRNet")
    assert {step.block for step in trace.steps if step.stage == 1} == {0}
    assert structure.place_names(trace) == {
        (1, None): "stage2",
        (1, 0): "stage2.0",
        (2, None): "stage3",
        (2, 0): "stage3.0",
    }


def test_the_steps_of_a_network_without_stages_are_its_stem() -> None:
    assert {(step.stage, step.block, step.path) for step in _traced("Signal").steps} == {(None, None, "stem")}


def test_blocks_are_of_one_signature_where_they_do_the_same() -> None:
    signature = {part.path: part.signature for part in _traced("ResNet").parts.walk()}
    assert signature["layer1.0"] == signature["layer1.1"]
    others = [signature[path] for path in ("layer1.0", "layer2.0", "layer2.1", "layer3.0", "layer3.1")]
    assert len(set(others)) == len(others)

    def of(*blocks: nn.Module) -> int:
        trace = rv.trace(nn.Sequential(_conv(3), *blocks), inputs=[(1, 3, 8, 8)], device="meta")
        assert _blocks(trace) == [str(at) for at in range(1, len(blocks) + 1)]
        return len({trace.part(path).signature for path in _blocks(trace)})

    assert of(_adds(_two()), _adds(_two()), _adds(_two())) == 1
    assert of(_adds(_two()), _adds(nn.Sequential(_conv(), nn.SiLU(), _conv()))) == 2  # another operation
    assert of(_adds(_two()), _adds(nn.Sequential(_conv(), nn.ReLU(), _conv(kernel=1)))) == 2  # another kernel
    other = Does(lambda self, x: self.body(x) + self.body[0](x), body=_two())
    assert of(_adds(_two()), other) == 2  # who reads whom


def test_a_path_that_is_taken_bears_a_number() -> None:
    names = OrderedDict(head=_conv(3), stem=_adds(_two()), stage1=_adds(_two()), again=_adds(_two()))
    trace = rv.trace(Does(_thrice, **names), inputs=[(1, 3, 8, 8)], device="meta")
    assert [(part.kind, part.path, part.title) for part in trace.parts.walk()] == [
        ("network", "", "Does"),
        ("stem", "stem", "stem"),
        ("stage", "stage1#2", "stage1#2: stem … again"),  # a module's own path goes first
        ("block", "stem#2", "stem"),
        ("block", "stage1", "stage1"),
        ("block", "again", "again"),
        ("block", "again#2", "again#2"),
        ("block", "again#3", "again#3"),
        ("head", "head", "head"),
    ]


def _thrice(self: Any, x: Tensor) -> Tensor:
    x = self.stage1(self.stem(self.head(x)))
    for _ in range(3):
        x = F.relu(self.again(x))
    return x


def test_the_map_of_a_block_is_that_before_what_only_renames_it() -> None:
    halves = nn.Sequential(_conv(), nn.ReLU(), _conv(stride=2), nn.Identity(), nn.Identity())
    blocks = nn.Sequential(halves, _adds(_two()), _adds(_two()))
    trace = rv.trace(nn.Sequential(_conv(3), blocks), inputs=[(1, 3, 8, 8)], device="meta")
    assert [part.title for part in trace.parts.walk()] == ["Sequential", "stem", "1", "1.0", "1.1", "1.2"]


def test_a_stage_ends_where_the_map_changes_on_one_axis_alone() -> None:
    narrower, lower = (nn.Sequential(_conv(), nn.ReLU(), nn.Conv2d(4, 4, 3, stride, 1)) for stride in ((1, 2), (2, 1)))
    blocks = nn.Sequential(_adds(_two()), narrower, _adds(_two()), lower, _adds(_two()))
    trace = rv.trace(nn.Sequential(_conv(3), blocks), inputs=[(1, 3, 8, 8)], device="meta")
    assert [part.title for part in trace.parts.parts] == ["stem", "stage1: 1.0", "stage2: 1.1 … 2", "stage3: 1.3 … 4"]
    sizes = [trace.steps[part.stop - 1].output[2:] for part in trace.parts.parts]
    assert sizes == [(8, 8), (8, 8), (8, 4), (4, 4)]


def test_blocks_beside_each_other_are_of_one_signature_however_far_back_they_read() -> None:
    trace = _traced("parallel")
    assert trace.part("body.a").signature == trace.part("body.b.0").signature


def test_a_module_called_head_is_not_the_head() -> None:
    trace = rv.trace(
        nn.Sequential(OrderedDict(stem=_conv(3), head=_adds(_two()))), inputs=[(1, 3, 8, 8)], device="meta"
    )
    assert [part.path for part in trace.parts.walk()] == ["", "stem", "stage1", "head#2"]


class _Decodes(nn.Module):
    """A level of a decoder: what comes from below, grown, beside the encoder's map of its size."""

    def __init__(self, below: int, skip: int) -> None:
        super().__init__()
        self.grow = nn.ConvTranspose2d(below, skip, 2, 2)
        self.convs = _two(2 * skip, skip)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.convs(torch.cat((skip, self.grow(x)), 1))


def _encodes_and_decodes(self: Any, x: Tensor) -> Tensor:
    one = self.level1(self.first(x))
    two = self.level2(self.pool(one))
    return self.last(self.up1(self.up2(self.bridge(self.bottom(self.pool(two))), two), one))


def test_the_encoder_s_levels_at_the_root_are_blocks_beside_the_decoder_s() -> None:
    parts = OrderedDict(first=_two(3), level1=_two(), pool=nn.MaxPool2d(2), level2=_two(4, 8), bottom=_two(8, 16))
    parts["bridge"] = nn.Sequential(_conv(16, 16), nn.ReLU())  # one conv is no level
    ups = OrderedDict(up2=_Decodes(16, 8), up1=_Decodes(8, 4), last=_conv(4, 3))
    trace = rv.trace(Does(_encodes_and_decodes, **parts, **ups), inputs=[(1, 3, 32, 32)], device="meta")
    # before the first skip nothing tells an encoder's level from a stem
    assert trace.steps[trace.parts.parts[0].stop - 1].name == "first.2"
    assert [part.path for part in trace.blocks] == ["level1", "level2", "bottom", "up2", "up1"]
    assert [trace.steps[stage.stop - 1].output[2] for stage in trace.stages] == [32, 16, 8, 16, 32]
    # what forks right before the module that joins is no long skip, so what comes before that is no level
    row = OrderedDict(first=_two(3), a=_inception(), b=_inception(), last=_conv(4, 3))
    trace = rv.trace(nn.Sequential(row), inputs=[(1, 3, 8, 8)], device="meta")
    assert [part.path for part in trace.blocks] == ["a", "b"]


def _inception() -> nn.Module:
    """As an Inception block: two ways from its input, one after the other."""
    return Does(lambda self, x: torch.cat((self.a(x), self.b(x)), 1), a=_two(4, 2), b=_conv(4, 2))


def test_the_addition_round_a_residual_group_ends_its_stage() -> None:
    def group(inside: int, stride: int) -> nn.Module:
        """1807.02758's, with a conv before that changes the map and an activation after the addition."""
        body = nn.Sequential(_adds(_two(inside, inside)), _adds(_two(inside, inside)), _conv(inside, inside))
        added = Does(lambda self, x: F.relu(x + self.body(x)), body=body)
        return nn.Sequential(OrderedDict(enter=_conv(4, inside, 3, stride), group=added))

    network = nn.Sequential(OrderedDict(stem=_conv(3), one=group(4, 1), two=group(8, 2), head=_conv(8, 3)))
    trace = rv.trace(network, inputs=[(1, 3, 32, 32)], device="meta")
    names = [[trace.steps[index].name for index in (part.start, part.stop - 1)] for part in trace.parts.parts]
    assert names[1:] == [
        ["one.group.body.0.body.0", "one.group.relu"],
        ["two.enter", "two.group.relu"],
        ["head", "head"],
    ]
    assert [stage.path for stage in trace.stages] == ["one.group", "two.group"]
    assert [[trace.steps[join.step].name for join in stage.joins] for stage in trace.stages] == [
        ["one.group.add"],
        ["two.group.add"],
    ]


def test_an_addition_round_several_groups_is_not_the_last_one_s() -> None:
    groups = nn.ModuleList(nn.Sequential(_adds(_two()), _adds(_two())) for _ in range(4))
    # so many additions that the module is no block
    many = Does(lambda self, x: _adds_all(self, x) + x, parts=groups)
    trace = rv.trace(nn.Sequential(OrderedDict(stem=_conv(3), many=many)), inputs=[(1, 3, 8, 8)], device="meta")
    assert [stage.path for stage in trace.stages] == [f"many.parts.{at}" for at in range(4)]
    ends = ["many.add", "many.add#2", "many.add#3", "many.add#4"]
    assert [trace.steps[stage.stop - 1].name for stage in trace.stages] == ends
    assert [trace.steps[join.step].name for join in trace.part("head").joins] == ["many.add#5"]


def test_a_module_called_again_at_once_is_a_block_each_time() -> None:
    def traced(does: Callable[..., Tensor], **parts: nn.Module) -> Trace:
        return rv.trace(Does(does, stem=_conv(3), **parts), inputs=[(1, 3, 8, 8)], device="meta")

    trace = traced(lambda self, x: self.same(self.same(self.same(self.stem(x)))), same=_adds(_two()))
    assert _blocks(trace) == ["same", "same#2", "same#3"]
    blocks = [trace.part(path) for path in _blocks(trace)]
    assert [len(block.steps) for block in blocks] == [4, 4, 4]
    assert [len(block.joins) for block in blocks] == [1, 1, 1]
    assert blocks[1].signature == blocks[2].signature  # the first owns the parameters
    # one conv twice, with a way round both: one block
    trace = traced(
        lambda self, x: self.twice(self.stem(x)), twice=Does(lambda self, x: x + self.same(self.same(x)), same=_conv())
    )
    assert _blocks(trace) == ["twice"]
    # a ReLU that is used twice within a block begins nothing anew
    acts = Does(lambda self, x: self.act(x + self.a(self.act(x))), a=_conv(), act=nn.ReLU())
    trace = traced(lambda self, x: self.body(self.stem(x)), body=acts)
    assert [[trace.steps[index].name for index in block.steps] for block in trace.blocks] == [
        ["body.act", "body.a", "body.add", "body.act#2"]
    ]
    # nor does one conv that is called twice beside a block: the two are its like
    row = nn.Sequential(_adds(_two()), Does(lambda self, x: self.same(self.same(x)), same=_conv()))
    assert _blocks(traced(lambda self, x: self.row(self.stem(x)), row=row)) == ["row.0", "row.1"]
