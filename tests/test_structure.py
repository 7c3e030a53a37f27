"""Joins and parts: against the spec for our own networks, against networkx and the generator for random graphs."""

from dataclasses import replace as copy

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz import joins, structure
from resnet_viz.steps import Add, Concat, Conv, Input, Part, Step, Trace

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


@pytest.mark.parametrize("name", rv.variants())
def test_every_network_of_the_catalogue_has_the_parts_of_its_spec(name: str) -> None:
    _same_places(rv.forecast(name, 224))


@given(specs())
def test_a_shortcut_is_what_the_spec_makes_it(spec: rv.ResNetSpec) -> None:
    trace = rv.forecast(spec, 64)
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
