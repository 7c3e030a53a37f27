"""The solid view: the flat picture's volumes as boxes in space."""

import json

import pytest

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.layout import Look, Place, lay_out


@pytest.mark.parametrize(("level", "focus"), [("network", None), ("stage", "layer2"), ("block", "layer2.0")])
@pytest.mark.parametrize("name", ["resnet34", "seresnet50", "cifar_resnet1202", "preact_resnet164"])
def test_each_volume_is_a_box_of_twelve_triangles(name: str, level: str, focus: str | None) -> None:
    trace = rv.forecast(rv.variant(name), rv.entry(name).input_size)
    boxes = lay_out(trace, level, focus).boxes
    figure = describe(trace, Place(level, focus), Look(solid=True))
    mesh = figure["data"][0]
    assert len(mesh["x"]) == len(mesh["y"]) == len(mesh["z"]) == 8 * len(boxes)
    for corner in "ijk":
        assert len(mesh[corner]) == 12 * len(boxes)
        assert min(mesh[corner]) >= 0 and max(mesh[corner]) < 8 * len(boxes)
    assert len(mesh["facecolor"]) == len(mesh["customdata"]) == 12 * len(boxes)
    for number, box in enumerate(boxes):
        step = trace.steps[box.step]
        name, index = mesh["customdata"][12 * number]
        assert name.startswith(f"{step.name}: ") and index == step.index
        zs = mesh["z"][8 * number : 8 * number + 8]
        assert max(zs) - min(zs) == pytest.approx(box.height, abs=0.11)
        if len(step.output) == 4 and step.output[2] == step.output[3]:  # a square map is a square
            ys = mesh["y"][8 * number : 8 * number + 8]
            assert max(ys) - min(ys) == pytest.approx(box.height, rel=0.02, abs=0.5)
    assert len(json.dumps(figure)) < 60_000
    assert rv.draw(trace, level, focus, solid=True).layout.scene.camera.projection.type == "orthographic"


def test_triangles_of_a_box_cover_its_six_sides() -> None:
    from resnet_viz.picture.figures.solid import _FACES

    corners = [(x, y, z) for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    for axis in range(3):
        for value in (0, 1):
            side = {number for number, corner in enumerate(corners) if corner[axis] == value}
            one, other = (set(face) for face in _FACES if set(face) <= side)
            assert one | other == side
            first, second = (corners[number] for number in one & other)  # what both share is a diagonal
            assert sum(a != b for a, b in zip(first, second, strict=True)) == 2
    assert len(_FACES) == 12


def test_the_same_colours_as_in_the_flat_picture() -> None:
    trace = rv.forecast(rv.variant("resnet18"))
    plain = describe(trace, look=Look(colour="macs", solid=True))["data"][0]["facecolor"]
    stage = describe(trace, look=Look(solid=True))["data"][0]["facecolor"]
    flat = {str(data.get("fillcolor")).lower() for data in describe(trace)["data"]}
    assert plain != stage
    assert len(flat & set(stage)) >= 6  # the unlit side has the very colour of the flat silhouette
