"""Networks under each other: every part of each is its own picture's, moved as a whole and no further than it must be."""

import dataclasses

import pytest
from hypothesis import assume, given

import resnet_viz as rv
from resnet_viz.picture.layout import Scene, beside
from resnet_viz.picture.layout.measure import Measure
from resnet_viz.picture.layout.network import finished, network_canvas, network_scene, zoom_of
from resnet_viz.spec import ResNetSpec, Stem
from resnet_viz.steps import Trace
from tests.ruler import same, wide
from tests.strategies import sizes, specs

HEAD = 99


def _part(trace: Trace, index: int) -> int:
    step = trace.steps[index]
    return step.stage or (HEAD if step.path == "head" else 0)


def _begins(scene: Scene, trace: Trace) -> dict[int, float]:
    """Left end of the first volume or sign of each part."""
    found: dict[int, float] = {}
    places = [(box.step, box.left) for box in scene.boxes if not box.aside] + [(sign.step, sign.x) for sign in scene.pluses]  # fmt: skip
    for index, x in places:
        part = _part(trace, index)
        found[part] = min(found.get(part, x), x)
    return found


def _moves(scene: Scene, alone: Scene, trace: Trace) -> dict[int, float]:
    """How far each part stands from where it stands alone; every volume and sign of a part agrees."""
    moves: dict[int, float] = {}
    for now, before in zip((*scene.boxes, *scene.pluses), (*alone.boxes, *alone.pluses), strict=True):
        move = now.x - before.x
        assert moves.setdefault(_part(trace, now.step), move) == pytest.approx(move)
        assert (now.step, now.y) == (before.step, before.y)
    return moves


@given(specs(), specs(), sizes, sizes)
def test_each_part_is_moved_as_one(a: ResNetSpec, b: ResNetSpec, one: tuple[int, int], two: tuple[int, int]) -> None:
    try:
        traces = rv.forecast(a, one), rv.forecast(b, two)
    except rv.InputError:
        assume(False)
        raise
    for true_scale in (False, True):
        _each_part_is_moved_as_one(traces, true_scale)


def _each_part_is_moved_as_one(traces: tuple[Trace, Trace], true_scale: bool) -> None:
    scenes = beside(traces, true_scale)
    measure = Measure.of(*traces, true=true_scale)
    measure = measure.at(min(zoom_of(trace, measure) for trace in traces))
    canvases = [network_canvas(trace, measure) for trace in traces]
    alone = [finished(trace, canvas) for trace, canvas in zip(traces, canvases, strict=True)]
    assert {scene.scale for scene in scenes} == {measure.scale}
    begins = [_begins(scene, trace) for scene, trace in zip(scenes, traces, strict=True)]
    moves = [_moves(*each) for each in zip(scenes, alone, traces, strict=True)]
    for part in sorted({*begins[0], *begins[1]}):
        having = [i for i in (0, 1) if part in begins[i]]
        if len(having) == 2:  # at the same place in both
            assert begins[0][part] == pytest.approx(begins[1][part])
        # further than the part before only for the sake of the other, which then is not moved further itself
        more = [moves[i][part] - max((move for p, move in moves[i].items() if p < part), default=0) for i in having]
        assert min(more) == pytest.approx(0, abs=1e-6)
    for scene, before, move, trace in zip(scenes, alone, moves, traces, strict=True):
        _everything_goes_with_its_part(scene, before, move, trace)
        assert scene.zoom == measure.zoom
        assert scene.bounds[0] == before.bounds[0] == -12
        assert (scene.bounds[1], scene.bounds[3]) == (before.bounds[1], before.bounds[3])
    right = [max(480, canvas.reach + 12 + max(move.values())) for canvas, move in zip(canvases, moves, strict=True)]
    assert scenes[0].bounds[2] == scenes[1].bounds[2] == pytest.approx(max(right))


def _everything_goes_with_its_part(scene: Scene, before: Scene, move: dict[int, float], trace: Trace) -> None:
    """Texts, brackets and ends of lines, with the part of the volume that they belong to."""
    main, hung = ([box for box in before.boxes if box.aside == aside] for aside in (False, True))
    folds = iter(box for box in main if box.folded)
    for label, was in zip(scene.labels, before.labels, strict=True):
        name = was.lines[0]
        if was.strong:  # a stage's own words, or a step's
            part = int(name.split(" ")[0].removeprefix("layer")) if name.startswith("layer") else _part(trace, trace.step(name).index)  # fmt: skip
        elif was.kind == "main":
            part = _part(trace, next(folds).step)
        else:
            part = _part(trace, next(box for box in hung if box.middle == was.x and was.y > box.top).step)
        assert (label.lines, label.y) == (was.lines, was.y) and label.x - was.x == pytest.approx(move[part])
    for (left, right, y), (was_left, was_right, was_y) in zip(scene.brackets, before.brackets, strict=True):
        part = _part(trace, next(box for box in main if box.left == was_left).step)
        assert (left - was_left, right - was_right, y) == pytest.approx((move[part], move[part], was_y))
    for mark, was in zip(scene.marks, before.marks, strict=True):
        assert mark.x - was.x == pytest.approx(move[_part(trace, mark.step)])
        assert dataclasses.replace(mark, x=was.x) == was
    for link, was in zip(scene.links, before.links, strict=True):
        first, last = move[_part(trace, link.source)], move[_part(trace, link.target)]
        assert (link.source, link.target, link.kind, link.arrow) == (was.source, was.target, was.kind, was.arrow)
        assert [y for _, y in link.points] == [y for _, y in was.points]
        assert link.points[0][0] - was.points[0][0] == pytest.approx(first)
        assert link.points[-1][0] - was.points[-1][0] == pytest.approx(last)
        # what lies between is stretched evenly: a third of the way stays a third of the way
        span, was_span = link.points[-1][0] - link.points[0][0], was.points[-1][0] - was.points[0][0]
        for (x, _), (was_x, _) in zip(link.points, was.points, strict=True):
            share = min(max((was_x - was.points[0][0]) / was_span, 0), 1) if was_span else 1
            assert x == pytest.approx(was_x + first + share * (last - first))
            if 0 < share < 1:
                assert (x - link.points[0][0]) / span == pytest.approx(share)


def test_two_networks_by_hand() -> None:
    """The second has no pool and so larger volumes; its third stage pushes the first's head to the right."""
    plain = ResNetSpec(block="basic", blocks=(2, 1), widths=(64, 100), num_classes=9)
    early = rv.replace(plain, stem=Stem((64,), 3, 1, "none"), blocks=(1, 2, 1), widths=(64, 100, 144))
    traces = rv.forecast(plain, (16, 64)), rv.forecast(early, (16, 64))
    begins = [_begins(scene, trace) for scene, trace in zip(beside(traces), traces, strict=True)]
    # alone layer1's ⊕ stands at 201.8 in the one (image, conv and pool 57.9 px each, by their texts) and at 196 in the other
    alone = [_begins(network_scene(trace, Measure.of(trace)), trace) for trace in traces]
    assert same([alone[0][1], alone[0][2]], [201.76, 383.338])
    image = wide("16×64×3") + 10  # more than 3 + 28.8 + 20 px
    conv = wide("16×64×64") + 10  # more than 7.2 + 28.8 + 20 px
    name = 16 * 6.84 + 10  # layer1 · conv2_x: more than a volume of 36 px and its gap
    assert same(alone[1][1], image + conv + name - 36 - 10)
    assert same(begins[1], {0: 13.04, 1: 201.76, 2: 383.338, 3: 383.338 + alone[1][3] - alone[1][2], HEAD: begins[0][HEAD]})  # fmt: skip
    assert same(begins[0], {0: 13.04, 1: 201.76, 2: 383.338, HEAD: 383.338 + alone[1][HEAD] - alone[1][2]})


def test_networks_of_unequal_width_have_one_zoom() -> None:
    traces = tuple(rv.forecast(rv.variant(name), 64) for name in ("resnet18", "resnet152", "cifar_resnet20"))
    scenes = beside(traces)
    alone = [zoom_of(trace, Measure.of(*traces)) for trace in traces]
    assert max(alone) > min(alone)
    assert [scene.zoom for scene in scenes] == [min(alone)] * 3
    assert len({scene.bounds[2] for scene in scenes}) == 1
    begins = [_begins(scene, trace) for scene, trace in zip(scenes, traces, strict=True)]
    for part in (1, 2, 3):
        assert len({round(begin[part], 3) for begin in begins}) == 1
