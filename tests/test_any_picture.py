"""The picture of any network: nothing collides, nothing is too wide, every part draws; and of known families what they are."""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.palette import LINK
from resnet_viz.picture.figures.still import svg
from resnet_viz.picture.layout import Box, Look, Place, Scene, lay_out, values, with_strip
from resnet_viz.picture.layout.axes import extents
from resnet_viz.picture.layout.strip import homes, quantity
from resnet_viz.steps import Trace
from resnet_viz.steps.structure import place
from tests.any_ops import traces
from tests.drawn_graphs import foreign_networks
from tests.foreign_zoo import ZOO, DenseNet, HRNet
from tests.ruler import overlap, rect_of

WIDEST = 1600
Rect = tuple[float, float, float, float]


@cache
def traced(name: str) -> Trace:
    make, shape = ZOO[name]
    torch.manual_seed(0)
    return rv.trace(make().eval(), inputs=(torch.zeros(shape),))


def faults(scene: Scene) -> list[object]:
    """What collides: texts, volumes, signs, kernels, straight lines through fronts; and what is cut off."""
    texts = [(label.rect, label.lines) for label in scene.labels]
    boxes = [(rect_of(box), box.step) for box in scene.boxes]
    signs = [((sign.x - 7, sign.y - 7, sign.x + 7, sign.y + 7), sign.step) for sign in scene.pluses]
    kernels = [(rect_of(kernel), "kernel") for kernel in scene.kernels]
    every: list[tuple[Rect, object]] = [*texts, *boxes, *signs, *kernels]
    found: list[object] = [
        (one[1], other[1]) for i, one in enumerate(every) for other in every[i + 1 :] if overlap(one[0], other[0])
    ]
    left, bottom, right, top = scene.bounds
    for rect, what in every:
        if not (left <= rect[0] and bottom <= rect[1] and rect[2] <= right and rect[3] <= top):
            found.append(("cut off", what))
    for link in scene.links:
        ends = (link.source, link.target)
        found += [("cut off", ends) for x, y in link.points if not (left <= x <= right and bottom <= y <= top)]
        for (x0, y0), (x1, y1) in pairwise(link.points):
            if abs(x1 - x0) > 1 and abs(y1 - y0) > 1:
                continue  # bent
            line = (min(x0, x1) + 0.5, min(y0, y1), max(x0, x1) - 0.5, max(y0, y1) + 0.1)
            if abs(x1 - x0) <= 1:
                line = (min(x0, x1), min(y0, y1) + 0.5, max(x0, x1) + 0.1, max(y0, y1) - 0.5)
            found += [
                ("line through", ends, box.step)
                for box in scene.boxes
                if box.step not in ends and overlap(line, _front(box))
            ]
    return found


def _front(box: Box) -> Rect:
    return box.x, box.bottom, box.x + box.width, box.bottom + box.height


def places(trace: Trace) -> list[tuple[str, str | None]]:
    """Every level of every part."""
    parts = [part.path for part in trace.parts.walk() if part.kind != "network"]
    return [("network", None), *((level, path) for path in parts for level in ("stage", "block"))]


def check(trace: Trace) -> None:
    for level, focus in places(trace):
        scene = lay_out(trace, level, focus)
        assert not faults(scene), (level, focus)
        describe(trace, Place(level, focus))
    scene = lay_out(trace)
    assert scene.bounds[2] - scene.bounds[0] <= WIDEST
    ends_meet(trace, scene)


def ends_meet(trace: Trace, scene: Scene) -> None:
    """A line begins at the volume or sign that it is told to come from and ends at the one that it leads to."""
    boxes = {box.step: box for box in scene.boxes}
    signs = {sign.step: sign for sign in scene.pluses}
    for link in scene.links:
        for index, (x, y) in ((link.source, link.points[0]), (link.target, link.points[-1])):
            box, sign = boxes.get(index), signs.get(index)
            at_box = box and box.left - 1 <= x <= box.right + 13 and box.bottom - 1 <= y <= box.top + 1
            at_sign = sign and abs(sign.x - x) <= 12 and abs(sign.y - y) <= 10
            assert at_box or at_sign, (trace.steps[index].name, x, y)


@pytest.mark.parametrize("name", ZOO)
def test_every_level_of_every_part_of_each_family(name: str) -> None:
    check(traced(name))


@given(foreign_networks())
def test_every_level_of_every_part_of_random_networks(trace: Trace) -> None:
    check(trace)


@given(traces())
def test_pictures_of_operations_that_fit_nowhere(trace: Trace) -> None:
    placed = replace(trace, steps=place(trace.steps, trace.joins, trace.parts))
    for level, focus in places(placed):
        assert not faults(lay_out(placed, level, focus))


@given(foreign_networks(most=3), st.sampled_from(["params", "macs", "bytes"]))
def test_the_volumes_of_any_network_sum_to_its_totals(trace: Trace, name: str) -> None:
    scene, chosen = lay_out(trace), quantity(name)
    known = {"params": trace.totals.params, "macs": trace.totals.macs, "bytes": trace.totals.activation_bytes}
    found = values(scene, trace, chosen)
    if all(step.macs is not None for step in trace.steps) or name != "macs":
        assert sum(value or 0 for value in found.values()) == known[name]
    assert not faults(with_strip(scene, trace, chosen))


# ---- what each family is ---------------------------------------------------------------------------------------------


def test_a_resnet_of_anybody_looks_as_our_own() -> None:
    """Volumes, signs, lines and stages of the spec's picture; only the steps' own names may differ."""
    mine, theirs = lay_out(rv.forecast("resnet18")), lay_out(traced("ResNet"))
    volumes = [[(b.x, b.y, b.width, b.height, b.dx, b.dy, b.role, b.aside) for b in s.boxes] for s in (mine, theirs)]
    assert volumes[0] == volumes[1]
    assert [(p.x, p.y, p.form) for p in mine.pluses] == [(p.x, p.y, p.form) for p in theirs.pluses]
    assert [link.points for link in mine.links] == [link.points for link in theirs.links]
    assert [label.lines for label in mine.labels] == [label.lines for label in theirs.labels]
    stage, block = lay_out(traced("ResNet"), "stage", "layer2"), lay_out(traced("ResNet"), "block", "layer2.0")
    assert stage.title == "layer2 · conv3_x, 2 blocks" and block.title == "layer2.0, projection shortcut"


def signs(name: str) -> Counter[str]:
    return Counter(sign.form for sign in lay_out(traced(name)).pluses)


def lines(name: str) -> Counter[str]:
    return Counter(link.kind for link in lay_out(traced(name)).links)


def test_a_unet_has_its_skips_over_each_other() -> None:
    scene = lay_out(traced("U-Net"))
    assert signs("U-Net") == {"concat": 3} and lines("U-Net")["skip"] == 3
    skips = sorted((link for link in scene.links if link.kind == "skip"), key=lambda link: link.points[0][0])
    roofs = [max(y for _, y in link.points) for link in skips]
    assert roofs == sorted(roofs, reverse=True) and len(set(roofs)) == 3  # the first to leave is the last to land
    assert [link.points[-1][0] for link in skips] == sorted((link.points[-1][0] for link in skips), reverse=True)
    assert "3 concatenations, 3 skips to them." in describe(traced("U-Net"))["layout"]["meta"]["alt"]


def test_a_dense_block_grows_by_what_each_layer_puts_beside_it() -> None:
    trace = traced("DenseNet")
    widths = [trace.steps[box.step].output[1] for box in lay_out(trace).boxes if box.role == "stage1"]
    assert widths == [24, 32, 40]  # 16 channels come in, each layer adds 8
    assert signs("DenseNet") == {"concat": 7} and lines("DenseNet")["skip"] == 7


def test_branches_lie_above_each_other_and_are_a_fan_where_a_block_is_one_volume() -> None:
    trace = traced("GoogLeNet")
    scene = lay_out(trace, "block", "inception3a")
    lanes = sorted({round(box.y, 2) for box in scene.boxes})
    assert len(lanes) == 4 and 0 in lanes
    fans = Counter(link.target for link in lay_out(trace).links if len(link.points) == 13)
    assert list(fans.values()) == [4, 4, 4]


def test_ways_that_are_summed_are_a_fan_where_their_block_is_one_volume() -> None:
    """2101.03697, figure 2b: a conv of 3×3 beside one of 1×1."""

    class Beside(torch.nn.Module):
        def __init__(self, inside: int) -> None:
            super().__init__()
            self.three, self.one = torch.nn.Conv2d(inside, 8, 3, padding=1), torch.nn.Conv2d(inside, 8, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.three(x) + self.one(x)

    trace = rv.trace(torch.nn.Sequential(*(Beside(inside) for inside in (3, 8, 8))), 16, device="meta")
    check(trace)
    scene = lay_out(trace)
    assert [sign.form for sign in scene.pluses] == ["sum"] * 3
    fans = Counter(link.target for link in scene.links if len(link.points) == 13)
    assert fans == {sign.step: 2 for sign in scene.pluses}


def test_gates_are_products_and_inverted_blocks_add_only_where_they_can() -> None:
    assert signs("MobileNet") == {"sum": 4}
    assert signs("EfficientNet") == {"sum": 4, "gate": 6}
    names = {data.get("name") for data in describe(traced("EfficientNet"))["data"]}
    assert "channel gate (⊗): each channel times its own number" in names
    # a gate is in a lane under the main path
    trace = traced("EfficientNet")
    block = next(part.path for part in trace.parts.walk() if part.kind == "block" and any(j.kind == "gate" for j in part.joins))  # fmt: skip
    scene = lay_out(trace, "block", block)
    assert {box.y < 0 for box in scene.boxes if trace.steps[box.step].path == "gate"} == {True}


def test_each_resolution_of_an_hrnet_has_a_lane() -> None:
    trace = traced("HRNet")
    scene = lay_out(trace)
    heights: dict[float, set[int]] = {}
    for box in scene.boxes:
        if box.role.startswith("stage"):
            heights.setdefault(round(box.y, 2), set()).add(trace.steps[box.step].output[2])
    assert sorted(map(sorted, heights.values())) == [[4], [8], [16]]
    assert [min(sizes) for _, sizes in sorted(heights.items())] == [4, 8, 16]  # the finest on top


def test_tokens_are_plates_and_say_that_they_are_not_to_scale() -> None:
    trace = traced("ViT")
    scene = lay_out(trace)
    plates = [box for box in scene.boxes if box.plate]
    assert plates and {box.words for box in plates} == {"65×24"}
    # as high as the square map of as many tokens: 13 px for each root of its side √65
    assert {round(box.height, 6) for box in plates} == {round(13 * 65**0.25, 6)}
    note = "A row of tokens or a signal is a plate as high as a square map of as many cells, and not to scale."
    assert note in describe(trace)["layout"]["meta"]["alt"]
    assert lay_out(traced("ResNet")).notes == () == lay_out(traced("ConvNeXt")).notes


def test_channels_are_found_wherever_they_stand() -> None:
    by_name = {step.name: (extent.form, extent.words) for step, extent in zip(traced("ConvNeXt").steps, extents(traced("ConvNeXt")), strict=True)}  # fmt: skip
    assert by_name["stage1.0.dwconv"] == ("map", "16×16×12")
    assert by_name["stage1.0.pwconv1"] == ("map", "16×16×48")  # (1, 16, 16, 48): channels last
    forms = {extent.form for extent in extents(traced("Signal"))}
    assert forms == {"plate", "vector"}
    volume = lay_out(traced("Volume"))
    assert volume.notes == ("of a volume D×H×W the picture shows H and W",)
    assert volume.boxes[0].words == "16×32×32×1" and volume.boxes[0].height == pytest.approx(13 * 32**0.5)


# ---- large ones -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("network", "least"), [(DenseNet((12, 24, 24, 12), 4), 450), (HRNet(6, 4), 900)])
def test_large_networks_fold_into_the_page(network: torch.nn.Module, least: int) -> None:
    trace = rv.trace(network.eval(), 64)
    assert len(trace.steps) > least
    scene = lay_out(trace)
    assert scene.bounds[2] - scene.bounds[0] <= WIDEST
    assert not faults(scene)


def test_equal_blocks_fold_and_like_ones_are_counted() -> None:
    from tests.foreign_zoo import ViT

    trace = rv.trace(ViT(12).eval(), 64)
    scene = lay_out(trace)
    assert [len(box.folded) for box in scene.boxes if box.folded] == [9]
    assert ("× 9",) in [label.lines for label in scene.labels]
    dense = lay_out(rv.trace(DenseNet((12, 24, 24, 12), 4).eval(), 64))
    assert any(label.lines[0].startswith("+ ") and label.lines[0].endswith(" more") for label in dense.labels)


# ---- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ZOO)
def test_figures_of_each_family(name: str, theme: str) -> None:
    """Legend entries for what is drawn and nothing else; a click finds a step; the still picture has the same signs."""
    trace = traced(name)
    figure = describe(trace, look=Look(theme=theme))
    scene = lay_out(trace)
    forms, kinds = {sign.form for sign in scene.pluses}, {link.kind for link in scene.links}
    marks = {mark.form for mark in scene.marks}
    shown = [data["name"] for data in figure["data"] if data.get("name") and data.get("showlegend", True)]
    assert len(shown) == len(forms) + len(kinds) + len(marks)
    hits = next(data for data in figure["data"] if data.get("name") == "hits")
    assert set(hits["customdata"]) == {*(box.step for box in scene.boxes), *(sign.step for sign in scene.pluses)}
    assert all("None" not in text for text in hits["hovertext"])
    if "skip" in kinds:
        skip = next(data for data in figure["data"] if data.get("name") == "skip to a concatenation")
        assert skip["line"]["color"] == LINK["skip"][theme]
    still = svg(figure, theme=theme)
    boxes = sum(sign.form == "concat" for sign in scene.pluses)
    assert still.count('stroke-width="1.4"/>') >= boxes


def test_a_step_that_is_not_drawn_is_marked_on_its_volume() -> None:
    trace = traced("MobileNet")
    scene = lay_out(trace)
    folds = describe(trace)["layout"]["meta"]["folds"]
    drawn = {box.step for box in scene.boxes} | {sign.step for sign in scene.pluses}
    assert {int(step) for step in folds} | drawn == set(range(len(trace.steps)))
    assert set(homes(scene).values()) <= {box.step for box in scene.boxes}
    inner = next(step.index for step in trace.steps if step.name.endswith("features.2.block.1.0"))
    block = next(part for part in trace.parts.walk() if part.kind == "block" and inner in part.steps)
    assert folds[str(inner)] == block.stop - 1


def test_networks_of_two_kinds_stand_under_each_other_in_one_scale() -> None:
    from resnet_viz.picture.layout import beside

    pair = beside((traced("U-Net"), rv.forecast("resnet18", 64)))
    assert pair[0].bounds[2] == pair[1].bounds[2] and pair[0].scale == pair[1].scale
    assert all(not faults(scene) for scene in pair)


def test_a_focus_that_is_no_part_is_refused() -> None:
    with pytest.raises(rv.InputError) as caught:
        lay_out(traced("ViT"), "block", "layers.9")
    assert str(caught.value) == "focus='layers.9': is no block of this network; use layers.0 … layers.2"
    with pytest.raises(rv.InputError) as caught:
        lay_out(traced("ViT"), "stage", "layer1")
    assert str(caught.value) == "focus='layer1': is no stage of this network; use layers"
