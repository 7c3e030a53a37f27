"""The solid view: the flat picture's volumes as boxes in space."""

import json
import math
from typing import Any

import pytest

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.layout import Look, Place, Scene, lay_out
from resnet_viz.picture.layout.solid import HEIGHT, ROOM, Solid, solid_scene
from resnet_viz.picture.layout.tubes import Triangles, dashed
from resnet_viz.steps import Trace
from tests.ruler import LETTER, LINE, overlap, seen


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
    assert len(json.dumps(figure)) < 120_000
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


# ---- what the camera sees -------------------------------------------------------------------------------------------


def solid(name: str, level: str, focus: str | None) -> tuple[Trace, Scene, Solid, dict[str, Any]]:
    trace = rv.forecast(rv.variant(name), rv.entry(name).input_size)
    scene = lay_out(trace, level, focus)
    return trace, scene, solid_scene(scene), describe(trace, Place(level, focus), Look(solid=True))


def mesh(figure: dict[str, Any], name: str) -> list[tuple[float, float, float]]:
    (found,) = [data for data in figure["data"] if data["name"] == name and data["type"] == "mesh3d"]
    return list(zip(found["x"], found["y"], found["z"], strict=True))


VIEWS = [
    (name, level, focus)
    for name in ("resnet34", "seresnet50", "resnet152", "preact_resnet164")
    for level, focus in (("network", None), ("stage", "layer2"), ("block", "layer2.0"))
]


@pytest.mark.parametrize(("name", "level", "focus"), VIEWS)
def test_names_and_shapes_are_read_at_the_first_camera(name: str, level: str, focus: str | None) -> None:
    """Each volume that the flat picture names has its name and its shape; no two lie over each other, over a volume or
    over a sign, and all of it is in the picture, also of a narrow page.
    """
    _, scene, _, figure = solid(name, level, focus)
    (words,) = [data for data in figure["data"] if data.get("mode") == "text"]
    wanted = [label for label in scene.labels if label.strong]
    assert len(words["text"]) == sum(min(2, len(label.lines)) for label in wanted)
    shapes = {box.words for box in scene.boxes}
    assert len([text for text in words["text"] if text in shapes]) == len(wanted)
    rects = []
    for *point, text in zip(words["x"], words["y"], words["z"], words["text"], strict=True):
        x, y = seen(figure, tuple(point))
        rects.append((x - LETTER * len(text) / 2, y - LINE / 2 + 1, x + LETTER * len(text) / 2, y + LINE / 2 - 1))
    low, high = 30 - HEIGHT / 2, HEIGHT / 2  # over the legend
    for i, rect in enumerate(rects):
        assert rect[0] >= -ROOM / 2 and rect[2] <= ROOM / 2 and low <= rect[1] and rect[3] <= high
        assert not [words["text"][j] for j in range(i + 1, len(rects)) if overlap(rect, rects[j])], words["text"][i]
    boxes = figure["data"][0]
    points = [seen(figure, point) for point in zip(boxes["x"], boxes["y"], boxes["z"], strict=True)]
    for number in range(len(scene.boxes)):
        xs, ys = zip(*points[8 * number : 8 * number + 8], strict=True)
        assert min(xs) >= -ROOM / 2 and max(xs) <= ROOM / 2 and low <= min(ys) and max(ys) <= high
        assert not [rect for rect in rects if overlap(rect, (min(xs), min(ys), max(xs), max(ys)))]
    assert max(x for x, _ in points) - min(x for x, _ in points) > 0.5 * ROOM


@pytest.mark.parametrize(("name", "level", "focus"), VIEWS[:6])
def test_each_sign_is_seen_before_the_volumes(name: str, level: str, focus: str | None) -> None:
    """On the near side of all that it could be hidden behind, where the flat picture has it, and as a ring of 7 px."""
    _, scene, space, figure = solid(name, level, focus)
    pluses = [plus for plus in scene.pluses if plus.form == "sum"]
    (key,) = [data for data in figure["data"] if data["name"] == "⊕ addition" and data["type"] == "scatter3d"]
    assert key["showlegend"] and len(pluses) == len([form for form, _ in space.signs if form == "sum"]) > 0
    eye = [figure["layout"]["scene"]["camera"]["eye"][axis] for axis in "xyz"]
    points = mesh(figure, "⊕ addition")
    each = len(points) // len(pluses)
    for number, (plus, (_, place)) in enumerate(zip(pluses, [sign for sign in space.signs if sign[0] == "sum"], strict=True)):  # fmt: skip
        assert (place[0], place[2]) == (plus.x, plus.y)
        beside = [box for box in scene.boxes if not box.aside and box.x > plus.x]
        assert (
            place[1] < -min(beside, key=lambda box: box.x).dy / 5.4 * 13 / 2
        )  # before the near face of what it leads to
        middle = seen(figure, place)
        away = [math.dist(middle, seen(figure, point)) for point in points[each * number : each * (number + 1)]]
        assert 5 < min(away) < 7.2 and max(away) == pytest.approx(7, abs=0.3)
        for box in scene.boxes:  # no volume stands between it and the eye
            for share in range(1, 60, 2):
                x, y, z = (a + share * b for a, b in zip(place, eye, strict=True))
                half = box.dy / 5.4 * 13 / 2
                assert not (box.x < x < box.x + box.width and -half < y < half and box.bottom < z < box.bottom + box.height)  # fmt: skip


def test_lines_run_from_volume_to_volume() -> None:
    """On the near faces, from the very edge of one to that of the next: the flat picture's depth to the right is gone."""
    _, scene, space, _ = solid("resnet34", "stage", "layer2")
    boxes = {box.step: box for box in scene.boxes}
    met = 0
    for link, (kind, way) in zip(scene.links, space.ways, strict=True):
        assert kind == link.kind
        for step, point in ((link.source, way[0]), (link.target, way[-1])):
            box = boxes.get(step)
            if box is not None and step not in {plus.step for plus in scene.pluses}:
                met += 1
                assert box.x <= point[0] <= box.x + box.width and box.bottom <= point[2] <= box.bottom + box.height
                assert point[1] == pytest.approx(-box.dy / 5.4 * 13 / 2)
    assert met > 10


def test_a_volume_is_as_deep_as_it_is_high() -> None:
    """Axes are in one scale, so that a square map is seen as a square from the side."""
    scene = solid("resnet34", "network", None)[3]["layout"]["scene"]
    units = [scene["aspectratio"][axis] / (scene[f"{axis}axis"]["range"][1] - scene[f"{axis}axis"]["range"][0]) for axis in "xyz"]  # fmt: skip
    assert units == pytest.approx([units[0]] * 3, rel=1e-3)


def test_dashes_of_a_way() -> None:
    """10 px along x and 4 up, drawn 3 and not 2 by turns: 0–3, 5–8, around the corner from 10 to 13."""
    way = [(0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (10.0, 0.0, 4.0)]
    pieces = dashed(way, (3.0, 2.0))
    assert [(piece[0], piece[-1]) for piece in pieces] == [
        ((0, 0, 0), (3, 0, 0)), ((5, 0, 0), (8, 0, 0)), ((10, 0, 0), (10, 0, 3)),
    ]  # fmt: skip
    assert dashed(way, ()) == [tuple(way)]


def test_a_tube_is_closed_around_its_way() -> None:
    made = Triangles()
    made.tube([(0, 0, 0), (4, 0, 0), (4, 0, 4)], 1.0)
    assert len(made.points) == 9 and len(made.faces) == 2 * 6
    for number, at in ((0, (0, 0, 0)), (6, (4, 0, 4))):
        assert [math.dist(point, at) for point in made.points[number : number + 3]] == pytest.approx([1, 1, 1])
    edges = [tuple(sorted(pair)) for a, b, c in made.faces for pair in ((a, b), (b, c), (c, a))]
    # each edge is of two triangles but for those around the two open ends
    assert sorted(edge for edge in set(edges) if edges.count(edge) == 1) == [(0, 1), (0, 2), (1, 2), (6, 7), (6, 8), (7, 8)]  # fmt: skip
