"""From a scene to a figure: the lines' styles, the colours, the faces, the hit boxes and what hovering tells, from its data."""

from math import hypot
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.palette import INK, KINDS, LINK, MUTED, PAPER, RAMP, UNCOUNTED
from resnet_viz.picture.layout import Box, Label, Look, Place, lay_out, stage_names
from resnet_viz.picture.layout.field import field_scene
from resnet_viz.picture.layout.numbers import place_numbers
from resnet_viz.picture.layout.window import window_scene
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Trace
from resnet_viz.why.example import example
from tests.strategies import sizes, specs

TWO_STAGES = ResNetSpec(block="basic", blocks=(2, 1), widths=(64, 100), num_classes=9)
STAGES = ("#0072B2", "#009E73", "#D55E00", "#CC79A7")  # Okabe and Ito's blue, green, vermilion and purple
GREY, ORANGE, SKY = "#8a8a8a", "#E69F00", "#56B4E9"

Point = tuple[float, float]


def _pieces(data: dict[str, Any]) -> list[list[Point]]:
    """The lines or polygons of a trace; a gap separates them."""
    found: list[list[Point]] = [[]]
    for x, y in zip(data["x"], data["y"], strict=True):
        if x is None:
            assert y is None
            found.append([])
        else:
            found[-1].append((x, y))
    assert not found.pop()  # each ends with a gap
    return found


def _named(figure: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [data for data in figure["data"] if data.get("name") == name]
    return found


def _rounded(points: Any) -> list[Point]:
    return [(round(x, 1), round(y, 1)) for x, y in points]


def _silhouette(box: Box) -> list[Point]:
    """The outline of an oblique box, closed: along the foot, up the far edge, back over the top, down the near edge."""
    x, y, w, h, dx, dy = box.x, box.y - box.height / 2, box.width, box.height, box.dx, box.dy
    return _rounded([(x, y), (x + w, y), (x + w + dx, y + dy), (x + w + dx, y + h + dy), (x + dx, y + h + dy), (x, y + h), (x, y)])  # fmt: skip


# ---- lines ---------------------------------------------------------------------------------------------------------

STYLES = {
    "identity": ("solid", "identity shortcut (plain)", "identity shortcut"),
    "projection": ("dash", "projection shortcut, 1×1 conv (dashed)", "projection shortcut"),
    "zero-pad": ("dot", "zero-pad shortcut, option A (dotted; zero channels hatched)", "zero-pad shortcut"),
    "gate": ("dashdot", "channel gate", "channel gate"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("level", "focus"), [("network", None), ("stage", "layer2"), ("block", "layer2.0"), ("block", "layer1.0")])  # fmt: skip
@pytest.mark.parametrize("option", ["A", "B", "C"])
def test_an_identity_is_plain_a_projection_dashed_and_option_a_dotted(option: str, level: str, focus: str | None, theme: str) -> None:  # fmt: skip
    trace = rv.forecast(rv.replace(TWO_STAGES, shortcut=option, attention="se"), (16, 64))
    scene = lay_out(trace, level, focus)
    for solid in (False, True):
        figure = describe(trace, Place(level, focus), Look(theme=theme, solid=solid))
        drawn = [data for data in figure["data"] if data.get("name") in {names[solid + 1] for names in STYLES.values()} and data["type"] != "mesh3d"]  # fmt: skip
        wanted = [kind for kind in STYLES if any(link.kind == kind for link in scene.links)]
        assert len(drawn) == len(wanted) >= 1
        for kind, data in zip(wanted, drawn, strict=True):
            style, *names = STYLES[kind]
            assert (data["line"]["dash"], data["name"], data.get("showlegend", True)) == (style, names[solid], True)
            assert data["line"]["color"] == LINK[kind][theme]
            if solid:  # in the legend alone: what is seen are tubes, see test_solid.py
                assert data["x"] == data["y"] == data["z"] == [None]
                continue
            assert _pieces(data) == [_rounded(link.points) for link in scene.links if link.kind == kind]
    figure = describe(trace, Place(level, focus), Look(theme=theme))
    main = _named(figure, "main path (thick)")
    assert main["line"] == {"color": INK[theme], "width": 2.2, "dash": "solid"} and main.get("showlegend", True)
    assert all(data["line"]["width"] == 1.4 for data in figure["data"] if data.get("name") in {names[1] for names in STYLES.values()})  # fmt: skip
    assert _pieces(main) == [_rounded(link.points) for link in scene.links if link.kind == "main"]


def test_an_arrow_points_where_its_line_ends() -> None:
    """Right along the line (90°), down on a sum (180°), up to a gate's product (0°); a line that ends in a sign has none."""
    trace = rv.forecast(rv.replace(TWO_STAGES, attention="se"), (16, 64))
    for level, focus in (("network", None), ("stage", "layer2"), ("block", "layer2.0")):
        scene = lay_out(trace, level, focus)
        figure = describe(trace, Place(level, focus))
        (heads,) = [data for data in figure["data"] if data.get("marker", {}).get("symbol") == "arrow"]
        order = ["identity", "projection", "zero-pad", "gate", "main"]
        links = [link for kind in order for link in scene.links if link.kind == kind and link.arrow]
        assert list(zip(heads["x"], heads["y"], strict=True)) == [(round(x, 2), round(y, 2)) for x, y in (link.points[-1] for link in links)]  # fmt: skip
        assert heads["marker"]["color"] == [LINK[link.kind]["light"] for link in links]
        for link, angle in zip(links, heads["marker"]["angle"], strict=True):
            kind = trace.steps[link.target].kind
            down, up = kind == "add" and link.kind != "main", kind == "scale" and link.kind == "gate"
            assert angle == (180 if down else 0 if up else 90)
    assert 0 in heads["marker"]["angle"] and 180 in heads["marker"]["angle"]


# ---- volumes -------------------------------------------------------------------------------------------------------


def _fills(figure: dict[str, Any]) -> dict[str, list[list[Point]]]:
    return {data["fillcolor"]: _pieces(data) for data in figure["data"] if data.get("fill") == "toself" and data.get("name") != "strip"}  # fmt: skip


def test_each_part_has_its_colour() -> None:
    trace = rv.forecast(rv.replace(TWO_STAGES, blocks=(1, 1, 1, 1, 1, 1, 1), widths=(8,) * 7), 128)
    scene = lay_out(trace)
    fills = _fills(describe(trace))
    by_name = {trace.steps[box.step].name: box for box in scene.boxes}
    wanted = {
        GREY: ["input"], ORANGE: ["conv1", "maxpool"], SKY: ["avgpool", "fc"],
        STAGES[0]: ["layer1.0.relu2", "layer7.0.relu2", "layer1.0.downsample.1", "layer7.0.downsample.1"],  # the seventh begins again
        STAGES[1]: ["layer2.0.relu2", "layer2.0.downsample.1"], STAGES[2]: ["layer3.0.relu2", "layer3.0.downsample.1"],
        STAGES[3]: ["layer4.0.relu2", "layer4.0.downsample.1"],
    }  # fmt: skip
    for colour, names in wanted.items():
        assert fills[colour] == [_silhouette(by_name[name]) for name in names], colour


@given(specs(), sizes)
def test_each_volume_is_filled_once_in_its_parts_colour_and_lit_from_above(
    spec: ResNetSpec, size: tuple[int, int]
) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    colours = {
        "input": GREY,
        "stem": ORANGE,
        "head": SKY,
        **{f"stage{i + 1}": colour for i, colour in enumerate(STAGES)},
    }
    for level, focus in (
        ("network", None),
        ("stage", stage_names(trace)[-1]),
        ("block", f"{stage_names(trace)[-1]}.0"),
    ):
        scene = lay_out(trace, level, focus)
        fills = _fills(describe(trace, Place(level, focus)))
        boxes = [*scene.kernels, *scene.boxes]
        lit, bright = fills.pop("rgba(255,255,255,0.25)"), fills.pop("rgba(255,255,255,0.6)")
        assert fills.pop("#F0E442", []) == [_silhouette(kernel) for kernel in scene.kernels]
        hollow = [mark for mark in scene.marks if mark.form == "conv" and mark.strided]
        assert len(fills.pop(PAPER["light"], [])) == sum(mark.pieces for mark in hollow)
        assert {colour: set(map(str, shapes)) for colour, shapes in fills.items()} == {
            colours[role]: {str(_silhouette(box)) for box in scene.boxes if box.role == role} for role in {box.role for box in scene.boxes}
        }  # fmt: skip
        assert sum(map(len, fills.values())) == len(scene.boxes)
        for box, front, top in zip(boxes, lit, bright, strict=True):
            low, high, right = box.y - box.height / 2, box.y + box.height / 2, box.x + box.width
            assert front == _rounded([(box.x, low), (right, low), (right, high), (box.x, high), (box.x, low)])
            assert top == _rounded([(box.x, high), (right, high), (right + box.dx, high + box.dy), (box.x + box.dx, high + box.dy), (box.x, high)])  # fmt: skip


def test_colours_by_kind_and_by_quantity() -> None:
    """At network level 4.7 M MACs of a block are the most; each of the ramp's eight colours is an eighth of that."""
    trace = rv.forecast(TWO_STAGES, (16, 64))
    scene = lay_out(trace)
    shapes = {trace.steps[box.step].name: _silhouette(box) for box in scene.boxes}
    kinds = _fills(describe(trace, look=Look(colour="kind")))
    assert {colour: kinds[colour] for colour in KINDS.values() if colour in kinds} == {
        KINDS["input"]: [shapes["input"]], KINDS["conv"]: [shapes["conv1"]], KINDS["projection"]: [shapes["layer2.0.downsample.1"]],
        KINDS["pool"]: [shapes["maxpool"], shapes["avgpool"]], KINDS["linear"]: [shapes["fc"]],
        KINDS["block"]: [shapes["layer1.0.relu2"], shapes["layer1.1.relu2"], shapes["layer2.0.relu2"]],
    }  # fmt: skip
    # shares of 4,718,592: conv1 2,408,448 (0.510), layer2.0 16·100·(576 + 900 + 64) = 2,464,000 (0.522), fc 900 (0.0002)
    macs = _fills(describe(trace, look=Look(colour="macs")))
    assert macs[RAMP[7]] == [shapes["layer1.0.relu2"], shapes["layer1.1.relu2"]]
    assert macs[RAMP[4]] == [shapes["conv1"], shapes["layer2.0.relu2"]]
    assert macs[RAMP[0]] == [shapes["input"], shapes["maxpool"], shapes["avgpool"], shapes["fc"]]
    assert macs[UNCOUNTED] == [shapes["layer2.0.downsample.1"]]  # its cost is in its block's
    # a step of the scale in each colour, as high as the next, and then the bars of that colour, each as wide as its volume
    strips = [data for data in describe(trace, look=Look(colour="macs"))["data"] if data.get("name") == "strip"]
    assert [data["fillcolor"] for data in strips] == list(RAMP) and not any(data["showlegend"] for data in strips)
    scale = [_pieces(data)[0] for data in strips]
    assert [low[2][1] for low in scale[:-1]] == [high[0][1] for high in scale[1:]]
    assert all(piece[2][1] - piece[0][1] == pytest.approx(54 / 8, abs=0.11) for piece in scale)
    for at, names in ((7, ["layer1.0.relu2", "layer1.1.relu2"]), (4, ["conv1", "layer2.0.relu2"])):
        bars = _pieces(strips[at])[1:]
        assert [(bar[0][0], bar[2][0]) for bar in bars] == [(shapes[name][0][0], shapes[name][2][0]) for name in names]
        low, high = scale[at][0][1], scale[at][2][1]
        assert all(low < bar[2][1] <= high and bar[0][1] == scale[0][0][1] for bar in bars)  # up to its own colour
    assert sum(len(_pieces(data)) for data in strips) == len(RAMP) + 4  # none for what costs nothing to the eye
    inside = _fills(describe(trace, Place("block", "layer2.0"), Look(colour="kind")))
    assert [len(inside[KINDS[kind]]) for kind in ("conv", "projection", "block")] == [2, 1, 2]
    padded = rv.forecast(rv.replace(TWO_STAGES, shortcut="A", attention="eca"), (16, 64))
    inside = _fills(describe(padded, Place("block", "layer2.0"), Look(colour="kind")))
    assert [len(inside[KINDS[kind]]) for kind in ("conv", "other")] == [3, 1]  # ECA's conv among the convs, the slice


def _legend(figure: dict[str, Any]) -> dict[str, str]:
    return {data["name"]: data["fillcolor"] for data in figure["data"] if data.get("showlegend") and "fillcolor" in data}  # fmt: skip


def test_the_legend_says_what_each_colour_means() -> None:
    kind, macs = Look(colour="kind"), Look(colour="macs")
    trace = rv.forecast(rv.replace(TWO_STAGES, attention="se"), (16, 64))
    green = KINDS["block"]
    assert _legend(describe(trace, look=kind)) == {
        "input": GREY, "conv": KINDS["conv"], "projection": KINDS["projection"], "pool": KINDS["pool"], "block: all its operations": green,
        "linear layer": KINDS["linear"],
    }  # fmt: skip
    kernel = {"one filter of a conv, kernel × input channels": "#F0E442"}
    block = describe(trace, Place("block", "layer2.0"), kind)
    # the gate's mean and its two convs have kinds of their own
    assert _legend(block) == {
        **kernel, "conv": KINDS["conv"], "projection": KINDS["projection"], "pool": KINDS["pool"], "addition: a block's output": green,
    }  # fmt: skip
    assert _legend(describe(trace, look=macs)) == {"shortcut: counted with its block": UNCOUNTED}
    assert _legend(describe(trace, Place("block", "layer1.1"), macs)) == {
        **kernel, "beside the main path: not counted here": UNCOUNTED,
    }  # fmt: skip
    plain = rv.forecast(TWO_STAGES, (16, 64))
    assert _legend(describe(plain, Place("block", "layer1.1"), macs)) == kernel  # no volume is grey
    assert _legend(describe(plain)) == {}  # stages are named under their volumes
    solid = describe(trace, look=Look(colour="kind", solid=True))
    keys = {
        data["name"]: data["marker"]["color"]
        for data in solid["data"]
        if data.get("marker", {}).get("symbol") == "square"
    }
    assert keys == _legend(describe(trace, look=kind))
    (bar,) = [data["marker"] for data in describe(trace, look=Look(colour="macs", solid=True))["data"] if data.get("marker", {}).get("showscale")]  # fmt: skip
    assert bar["colorbar"]["ticktext"] == ["4.72 M", "2.36 M", "0"] and bar["colorbar"]["tickvals"] == [1, 0.5, 0]
    assert [colour for _, colour in bar["colorscale"][::2]] == list(RAMP)


def test_a_legend_of_many_entries_has_room_under_the_picture() -> None:
    padded = rv.forecast(rv.replace(TWO_STAGES, shortcut="A"), (16, 64))
    for look, rows in ((Look(), 2), (Look(colour="kind"), 4)):
        layout = describe(padded, Place("block", "layer2.0"), look)["layout"]
        bottom, top = layout["yaxis"]["range"]
        assert layout["margin"]["b"] == 4 + 19 * rows
        assert layout["height"] == pytest.approx(top - bottom + 4 + 4 + 19 * rows)


def test_zero_channels_are_hatched_and_nothing_else() -> None:
    """64 of 144 channels between 40 and 40 of zeros: strokes over the first and the last 40/144 of the front face."""
    trace = rv.forecast(rv.replace(TWO_STAGES, shortcut="A", widths=(64, 144)), (16, 64))
    (zeros,) = [box for box in lay_out(trace).boxes if box.aside]
    strokes = _pieces(_named(describe(trace), "zero channels"))
    share = 40 / 144 * zeros.width
    sides = {(x0, x1) for (x0, _), (x1, _) in strokes}
    assert sides == {(round(zeros.x, 1), round(zeros.x + share, 1)), (round(zeros.x + zeros.width - share, 1), round(zeros.x + zeros.width, 1))}  # fmt: skip
    low, high = zeros.y - zeros.height / 2, zeros.y + zeros.height / 2
    for side in sides:
        mine = [(y0, y1) for (x0, y0), (x1, y1) in strokes if (x0, x1) == side]
        # 3 px up on their way, 4 px apart, from the foot as long as there is room
        assert mine == [(round(low + 4 * i, 1), round(low + 4 * i + 3, 1)) for i in range(len(mine))]
        assert low + 4 * len(mine) + 3 > high >= low + 4 * (len(mine) - 1) + 3
    for other in (rv.forecast(TWO_STAGES, (16, 64)), rv.forecast(rv.variant("resnet34"))):
        assert not any(data.get("name") == "zero channels" for data in describe(other)["data"])


def test_a_fold_has_two_lines_on_its_front() -> None:
    trace = rv.forecast(rv.replace(TWO_STAGES, blocks=(12, 1)), (16, 64))
    (fold,) = [box for box in lay_out(trace).boxes if box.folded]
    (lines,) = [data for data in describe(trace)["data"] if data.get("line") == {"color": PAPER["light"], "width": 2}]
    low, high = fold.y - fold.height / 2, fold.y + fold.height / 2
    assert _pieces(lines) == [_rounded([(fold.x + part * fold.width, low), (fold.x + part * fold.width, high)]) for part in (0.33, 0.66)]  # fmt: skip
    plain = rv.forecast(TWO_STAGES, (16, 64))
    assert not [data for data in describe(plain)["data"] if data.get("line") == {"color": PAPER["light"], "width": 2}]


# ---- signs, marks and what is clicked ------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("level", "focus", "size"), [("network", None, 13), ("stage", "layer2", 18), ("block", "layer2.0", 18)])  # fmt: skip
def test_signs_and_brackets(level: str, focus: str | None, size: int, theme: str) -> None:
    trace = rv.forecast(rv.replace(TWO_STAGES, attention="se"), (16, 64))
    scene = lay_out(trace, level, focus)
    figure = describe(trace, Place(level, focus), Look(theme=theme))
    # 64 and 100 channels through a sixteenth, but never less than 8
    gated = "channel gate (⊗): two layers through 8" if level == "network" else "channel gate (⊗): each channel times its own number"  # fmt: skip
    for gate, symbol, name, ink in (
        (False, "circle-cross", "addition (⊕): two equal shapes", INK), (True, "circle-x", gated, LINK["gate"]),
    ):  # fmt: skip
        data = _named(figure, name)
        assert (data["marker"]["symbol"], data["marker"]["size"]) == (symbol, size)
        assert data["marker"]["color"] == PAPER[theme] and data["marker"]["line"]["color"] == ink[theme]
        assert list(zip(data["x"], data["y"], strict=True)) == [
            (sign.x, 0) for sign in scene.pluses if sign.gate == gate
        ]
        assert data.get("showlegend", True)
    brackets = [data for data in figure["data"] if data.get("line") == {"color": MUTED[theme], "width": 1}]
    lines = [_rounded([(a, y + 4), (a, y), (b, y), (b, y + 4)]) for a, b, y in scene.brackets]
    assert [_pieces(data) for data in brackets] == ([lines] if lines else [])
    plain = describe(rv.forecast(TWO_STAGES, (16, 64)), Place(level, focus))
    assert not any("⊗" in str(data.get("name")) for data in plain["data"])


@given(specs(), sizes, st.sampled_from(["network", "stage", "block"]))
def test_what_is_clicked_covers_each_volume_and_sign(spec: ResNetSpec, size: tuple[int, int], level: str) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    scene = lay_out(trace, level)
    figure = describe(trace, Place(level))
    hits = _named(figure, "hits")
    assert hits["type"] == "bar" and hits["opacity"] == 0
    places = [(box.step, box.left, box.right, box.bottom, box.top) for box in scene.boxes]
    places += [(sign.step, sign.x - 8, sign.x + 8, -8.0, 8.0) for sign in scene.pluses]
    assert hits["customdata"] == [step for step, *_ in places]
    assert len(set(hits["ids"])) == len(places)
    assert [text.removesuffix("+") for text in hits["ids"]] == [str(step) for step, *_ in places]
    for i, (_, left, right, bottom, top) in enumerate(places):
        middle, width, base, height = (hits[key][i] for key in ("x", "width", "base", "y"))
        assert (middle - width / 2, middle + width / 2) == pytest.approx((left, right), abs=0.02)
        assert (base, base + height) == pytest.approx((bottom, top), abs=0.02)
    # it alone answers the pointer, and no line has dots at its corners
    for data in figure["data"]:
        assert data is hits or (data["hoverinfo"], data["type"]) == ("skip", "scatter")
        assert data is hits or data["mode"] == ("markers" if "marker" in data else "lines")
    # the mark around a chosen volume is its silhouette, around a sign a ring that leaves it free
    outlines = figure["layout"]["meta"]["outlines"]
    assert {int(step) for step in outlines} == {step for step, *_ in places}
    for box in scene.boxes:
        x, y = outlines[str(box.step)]
        assert _pieces({"x": x, "y": y}) == [_silhouette(box)]
    for sign in scene.pluses:
        if sign.step not in {box.step for box in scene.boxes}:
            x, y = outlines[str(sign.step)]
            free = (13 if level == "network" else 18) / 2 + 0.7 + 3.5 / 2  # the sign, half its line, half the mark's
            assert all(hypot(a - sign.x, b) > free for (ring,) in [_pieces({"x": x, "y": y})] for a, b in ring)


def test_the_chosen_volume_is_marked() -> None:
    trace = rv.forecast(rv.replace(TWO_STAGES, blocks=(12, 1)), (16, 64))
    scene = lay_out(trace)
    for name, shown in (("conv1", "conv1"), ("layer1.5.relu2", "layer1.10.relu2"), ("layer2.0.add", None)):
        chosen = _named(describe(trace, look=Look(theme="dark"), selected=trace.step(name).index), "selected")
        assert chosen["line"] == {"color": INK["dark"], "width": 3.5}
        if shown:  # what is inside a fold is marked at the fold
            assert _pieces(chosen) == [_silhouette(next(box for box in scene.boxes if box.step == trace.step(shown).index))]  # fmt: skip
        else:
            assert len(_pieces(chosen)[0]) > 8
    for nothing in (None, trace.step("bn1").index):
        chosen = _named(describe(trace, selected=nothing), "selected")
        assert list(chosen["x"]) == list(chosen["y"]) == []


def _hover(trace: Trace, level: str, focus: str | None, name: str) -> list[str]:
    hits = _named(describe(trace, Place(level, focus)), "hits")
    return hits["hovertext"][hits["customdata"].index(trace.step(name).index)].split("<br>")


def test_what_hovering_tells() -> None:
    """H ≠ W: both sides with their own formula; a block's last step tells what the whole block costs."""
    trace = rv.forecast(rv.replace(TWO_STAGES, blocks=(12, 1)), (16, 64))
    assert _hover(trace, "network", None, "conv1") == [
        "<b>conv1</b> (conv)", "shape 1×64×8×32 (N×C×H×W)", "height: ⌊(16 + 2·3 − 7)/2⌋ + 1 = 8", "width: ⌊(64 + 2·3 − 7)/2⌋ + 1 = 32",
        "9,408 parameters, 2,408,448 MACs", "receptive field 7×7 px, 65,536 bytes",
    ]  # fmt: skip
    assert _hover(trace, "network", None, "layer2.0.relu2") == [
        "<b>layer2.0.relu2</b> (relu)", "shape 1×100×2×8 (N×C×H×W)", "size: max(0, x) for every cell: the shape stays",
        "block: 154,600 parameters, 2,464,000 MACs", f"receptive field {11 + 24 * 8 + 8 + 16}×{11 + 24 * 8 + 8 + 16} px, 6,400 bytes",
    ]  # fmt: skip
    assert _hover(trace, "network", None, "layer1.10.relu2")[:2] == ["<b>layer1.2 … layer1.10</b>: 9 equal blocks", "shape 1×64×4×16 (N×C×H×W)"]  # fmt: skip
    assert _hover(trace, "network", None, "fc")[:3] == ["<b>fc</b> (linear)", "shape 1×9", "909 parameters, 900 MACs"]
    assert _hover(trace, "stage", "layer2", "layer2.0.conv1")[:2] == ["<b>layer2.0.conv1</b> (conv)", "shape 1×100×2×8 (N×C×H×W)"]  # fmt: skip
    assert _hover(trace, "network", None, "layer2.0.add")[3] == "0 parameters, 0 MACs"
    # 3·3·16·16 twice and two norms of 16; the last step of a pre-activation block is its sum
    preact = rv.forecast("preact_resnet110")
    assert _hover(preact, "block", "layer1.1", "layer1.1.add")[3] == "block: 4,672 parameters, 4,718,592 MACs"


# ---- words and frame -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_are_where_the_scene_has_them(theme: str) -> None:
    trace = rv.forecast(TWO_STAGES, (16, 64))
    for level, focus in (("network", None), ("block", "layer2.0")):
        scene = lay_out(trace, level, focus)
        figure = describe(trace, Place(level, focus), Look(theme=theme))
        notes = figure["layout"]["annotations"]
        assert [(note["x"], note["y"]) for note in notes] == [(round(label.x, 1), round(label.y, 1)) for label in scene.labels]  # fmt: skip
        for note, label in zip(notes, scene.labels, strict=True):
            first, *rest = note["text"].split("<br>")
            assert (first.startswith("<b>") and first.endswith("</b>")) == label.strong
            assert (first.removeprefix("<b>").removesuffix("</b>"), *rest) == label.lines
            assert note["font"] == {"size": 12, "color": LINK["projection"][theme] if label.kind == "projection" else INK[theme]}  # fmt: skip
            assert (note["xanchor"], note["yanchor"], note["borderpad"], note["showarrow"]) == ("center", "top", 0, False)  # fmt: skip


@pytest.mark.parametrize(("level", "focus"), [("network", None), ("stage", "layer1"), ("block", "layer2.0")])
def test_one_px_is_one_unit(level: str, focus: str | None) -> None:
    """What collides nowhere in the scene collides nowhere on the page: its plot is as large as its bounds."""
    trace = rv.forecast(TWO_STAGES, (16, 64))
    left, bottom, right, top = lay_out(trace, level, focus).bounds
    look = describe(trace, Place(level, focus))["layout"]
    assert look["xaxis"]["range"] == [left, right] and look["yaxis"]["range"] == [bottom, top]
    margin = look["margin"]
    assert look["width"] - margin["l"] - margin["r"] == pytest.approx(right - left)
    assert look["height"] - margin["t"] - margin["b"] == pytest.approx(top - bottom)
    assert not look["xaxis"]["visible"] and not look["yaxis"]["visible"]
    assert look["meta"]["scale"] == "root" and look["meta"]["zoom"] == 1
    assert describe(trace, Place(level, focus), Look(true_scale=True))["layout"]["meta"]["scale"] == "true 56 100"


def test_where_each_volume_is_in_the_network() -> None:
    """A page finds a volume again in a changed network by its block, or by its step, and sees whether its shape is another."""
    trace = rv.forecast(TWO_STAGES, (16, 64))
    step = {known.name: str(known.index) for known in trace.steps}
    assert describe(trace)["layout"]["meta"]["volumes"] == {
        step["input"]: ("input", "1x3x16x64"), step["conv1"]: ("conv1", "1x64x8x32"), step["maxpool"]: ("maxpool", "1x64x4x16"),
        step["layer1.0.relu2"]: ("layer1.0", "1x64x4x16"), step["layer1.1.relu2"]: ("layer1.1", "1x64x4x16"), step["layer2.0.relu2"]: ("layer2.0", "1x100x2x8"),
        step["avgpool"]: ("avgpool", "1x100x1x1"), step["fc"]: ("fc", "1x9"), step["layer2.0.downsample.1"]: ("layer2.0.downsample.1", "1x100x2x8"),
    }  # fmt: skip
    assert describe(trace, Place("stage", "layer2"))["layout"]["meta"]["volumes"][step["layer2.0.relu2"]] == ("layer2.0.relu2", "1x100x2x8")  # fmt: skip


def test_alt_text_of_gates_and_of_no_shortcut() -> None:
    gated = describe(rv.forecast(rv.replace(TWO_STAGES, attention="se", shortcut="A"), (16, 64)))["layout"]["meta"][
        "alt"
    ]
    assert gated == (
        "network level, 1×3×16×64. Volumes (height×width×channels): 16×64×3 → 8×32×64 → 4×16×64 → 2×8×100 → 1×1×100 → 9. "
        "Drawn: 2 identity shortcuts, 1 zero-pad shortcut. F(x) of each block, 2 convs: 3×3, 3×3; where maps get smaller, "
        "stride 2 in the first 3×3. 3 channel gates."
    )
    stage = describe(rv.forecast(TWO_STAGES, (16, 64)), Place("stage", "layer2"))["layout"]["meta"]["alt"]
    assert stage == (
        "stage level, layer2 · conv3_x, 1 block. Volumes (height×width×channels): 4×16×64 → 2×8×100. Drawn: 1 projection shortcut."
    )
    block = describe(rv.forecast(rv.replace(TWO_STAGES, attention="se"), (16, 64)), Place("block", "layer1.1"))["layout"]["meta"]["alt"]  # fmt: skip
    assert block.startswith("block level, layer1.1, identity shortcut. ") and block.endswith(" 1 channel gate.")
    assert "Drawn: no shortcuts." in describe(rv.trace(_plain(), 16))["layout"]["meta"]["alt"]


def _plain() -> Any:
    from torch import nn

    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 9, 3))


# ---- a window, a field, and solid boxes ----------------------------------------------------------------------------


def _rects(data: dict[str, Any]) -> list[tuple[float, float, float, float]]:
    """The rectangles of a filled trace; each must be one."""
    found: list[tuple[float, float, float, float]] = []
    for piece in _pieces(data):
        (left, bottom), (right, low), (far, top), (back, high), end = piece
        assert (left, bottom) == end and (left, right) == (back, far) and (bottom, top) == (low, high)
        found.append((left, bottom, right, top))
    return found


def _near(found: Any, wanted: Any) -> bool:
    return len(found) == len(wanted) and all(
        a == pytest.approx(b, abs=0.06) for a, b in zip(found, wanted, strict=True)
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_window_as_a_figure(theme: str) -> None:
    """The 3×3 of stride 2 of a dilated network: each kind of cell in its colour, the unread ones in red."""
    spec = rv.replace(TWO_STAGES, blocks=(1, 1, 2), widths=(8, 9, 10), dilated_stages=1)
    trace = rv.forecast(spec, (32, 48))
    scene = window_scene(trace, "layer2.0.conv1", (0, 2))
    figure = describe(trace, Place("operation", "layer2.0.conv1", (0, 2)), Look(theme=theme))
    areas = {data["name"]: data for data in figure["data"] if data.get("name") and data.get("fill") == "toself"}
    assert list(areas) == ["padding (zeros)", "input map", "read by no window", "window", "output map", "the cell that is made", "kernel"]  # fmt: skip
    assert all(data["showlegend"] for data in areas.values())
    on_map = [tap for tap in scene.taps if tap[3] <= scene.map[3]]  # the window's first row lies on the padding
    assert len(scene.taps) == 9 and len(on_map) == 6
    for name, rects in (
        ("padding (zeros)", [scene.padded]), ("input map", [scene.map]), ("read by no window", scene.unread), ("window", on_map),
        ("output map", [scene.output]), ("the cell that is made", [scene.filled]),
    ):  # fmt: skip
        assert _near(_rects(areas[name]), rects) and len(rects) > 0
    assert areas["padding (zeros)"]["line"]["dash"] == "dot" and areas["the cell that is made"]["line"]["width"] == 2
    assert {name: data["line"]["color"] for name, data in areas.items()} == {
        "padding (zeros)": MUTED[theme], "input map": "#56B4E9", "read by no window": LINK["projection"]["light"], "window": "#D55E00", "output map": "#009E73",
        "the cell that is made": INK[theme], "kernel": MUTED["light"],
    }  # fmt: skip
    # a colour has one meaning, which the legend tells: of maps, of the close-up and of the numbers
    fills = {name: data["fillcolor"] for name, data in areas.items()}
    assert len(set(fills.values())) == len(fills) and not any(fill.startswith("rgba") for fill in fills.values())
    plain = [data for data in figure["data"] if data.get("fill") == "toself" and not data["name"]]
    (frame,) = [data for data in plain if data["line"]["width"] == 2.5 and data["line"]["color"] == "#D55E00"]
    assert _near(_rects(frame), [scene.window]) and frame["fillcolor"] == "rgba(0,0,0,0)"
    close = {data["fillcolor"]: _rects(data) for data in plain if data["line"]["color"] == PAPER[theme]}
    for what, name in (("padding", "padding (zeros)"), ("tap", "window")):
        rects = [rect for rect, kind in scene.close if kind == what]
        assert rects and _near(close[fills[name]], rects)
    told = example(trace.step("layer2.0.conv1"), (0, 2))
    assert told is not None
    numbers = place_numbers(told, 0.0, scene.bounds[1] - 14)
    for name, kinds in (("padding (zeros)", ("padding",)), ("window", ("input",)), ("kernel", ("weight",)), ("the cell that is made", ("output",))):  # fmt: skip
        rects = [cell.rect for cell in numbers.cells if cell.kind in kinds]
        (drawn,) = [data for data in figure["data"] if data.get("fillcolor") == fills[name] and data["line"]["width"] == 0.6]  # fmt: skip
        assert rects and _near(_rects(drawn), rects)
    cells, names, signs = [data for data in figure["data"] if data.get("mode") == "text"]
    assert list(zip(cells["x"], cells["y"], cells["text"], strict=True)) == [
        (round((c.rect[0] + c.rect[2]) / 2, 1), round((c.rect[1] + c.rect[3]) / 2, 1), c.text) for c in numbers.cells
    ]
    assert cells["textfont"]["color"] == INK["light"]  # on pale cells, in both themes
    assert names["textfont"]["color"] == signs["textfont"]["color"] == INK[theme] and signs["text"] == ["×", "=", "→"]
    gaps = describe(trace, Place("operation", "layer3.1.conv1", (2, 3)), Look(theme=theme))
    wanted = [rect for rect, kind in window_scene(trace, "layer3.1.conv1", (2, 3)).close if kind == "gap"]
    assert wanted and _near(_rects(next(data for data in gaps["data"] if data.get("fillcolor") == "#e4e8ec")), wanted)
    grids, arrows = [data for data in figure["data"] if data.get("mode") == "lines" and "fill" not in data]
    assert _near([[n for point in piece for n in point] for piece in _pieces(grids)], [[n for point in line for n in point] for line in scene.grids])  # fmt: skip
    assert _near([[n for point in piece for n in point] for piece in _pieces(arrows)], [[n for point in line for n in point] for line in scene.arrows])  # fmt: skip
    (heads,) = [data for data in figure["data"] if data.get("marker", {}).get("symbol") == "arrow"]
    assert list(zip(heads["x"], heads["y"], strict=True)) == [end for _, end in scene.arrows]
    assert heads["marker"]["angle"] == 90 and heads["marker"]["color"] == MUTED[theme]
    # a page finds its two layers here too, empty
    assert _named(figure, "hits")["x"] == _named(figure, "selected")["x"] == []
    pool = describe(trace, Place("operation", "maxpool"), Look(theme=theme))
    assert "beyond the map (not counted)" in {data.get("name") for data in pool["data"]}
    left, _, right, top = scene.bounds
    bounds = (left, numbers.bounds[1] - 6, max(right, numbers.bounds[2] + 12), top)
    _is_framed(figure, bounds, (*scene.labels, *numbers.labels), theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_field_as_a_figure(theme: str) -> None:
    """The image is dimmed but where the field lies; what the field has beyond the image is tinted."""
    trace = rv.forecast(TWO_STAGES, (40, 64))
    name, cell = "layer2.0.conv1", (0, 1)
    scene = field_scene(trace, name, cell)
    figure = describe(trace, Place("field", name, cell), Look(theme=theme))
    areas = {data["name"]: data for data in figure["data"] if data.get("name") and data.get("fill") == "toself"}
    assert list(areas) == [
        "beyond the border (padding)",
        "field of the next cell",
        "receptive field",
        "output map",
        "selected",
    ]
    assert scene.neighbour is not None and areas["selected"]["x"] == [] and not areas["selected"]["showlegend"]
    for key, rect in (
        ("beyond the border (padding)", scene.view), ("field of the next cell", scene.neighbour), ("receptive field", scene.field), ("output map", scene.output),
    ):  # fmt: skip
        assert _near(_rects(areas[key]), [rect]) and areas[key]["showlegend"]
    assert areas["receptive field"]["line"] == {"color": "#D55E00", "width": 3, "dash": "solid"}
    assert areas["field of the next cell"]["line"]["dash"] == areas["beyond the border (padding)"]["line"]["dash"] == "dot"  # fmt: skip
    dim, tint = (_rects(next(data for data in figure["data"] if data.get("fillcolor") == colour)) for colour in (
        {"light": "rgba(255,255,255,0.62)", "dark": "rgba(23,22,20,0.62)"}[theme], "rgba(213,94,0,0.28)",
    ))  # fmt: skip
    for frame, outer in ((dim, scene.image), (tint, scene.field)):
        # the pieces lie in the outer, none of them in what is seen, none over another, and they leave nothing out
        pieces = [*frame, scene.seen]
        for i, piece in enumerate(pieces):
            assert outer[0] - 0.1 <= piece[0] and outer[1] - 0.1 <= piece[1] and piece[2] <= outer[2] + 0.1 and piece[3] <= outer[3] + 0.1  # fmt: skip
            for other in pieces[i + 1 :]:
                assert min(piece[2], other[2]) - max(piece[0], other[0]) < 0.11 or min(piece[3], other[3]) - max(piece[1], other[1]) < 0.11  # fmt: skip
        assert sum(map(_area, pieces)) == pytest.approx(_area(outer), rel=0.01)
    dots = _named(figure, "middles of all fields, one effective stride apart")
    assert list(zip(dots["x"], dots["y"], strict=True)) == _rounded(scene.centres) and dots["x"]
    hits = _named(figure, "hits")
    rows, columns = trace.step(name).output[2:]
    assert hits["hovertext"] == [f"cell ({i}, {j})" for i in range(rows) for j in range(columns)]
    assert hits["customdata"] == list(range(rows * columns)) and hits["opacity"] == 0
    for (left, bottom, right, top), middle, width, base, height in zip((rect for rect, _ in scene.cells), hits["x"], hits["width"], hits["base"], hits["y"], strict=True):  # fmt: skip
        assert (middle - width / 2, base, middle + width / 2, base + height) == pytest.approx((left, bottom, right, top), abs=0.2)  # fmt: skip
    outlines = figure["layout"]["meta"]["outlines"]
    for rect, number in scene.cells:
        x, y = outlines[str(number)]
        assert (min(x), min(y), max(x), max(y)) == pytest.approx(rect, abs=0.06) and (x[0], y[0]) == (x[-1], y[-1])
    (image,) = figure["layout"]["images"]
    left, bottom, right, top = scene.image
    assert (image["x"], image["y"], image["sizex"], image["sizey"]) == (left, top, right - left, top - bottom)
    assert (image["xref"], image["yref"], image["sizing"]) == ("x", "y", "stretch")
    (arrow,) = [data for data in figure["data"] if data.get("marker", {}).get("symbol") == "arrow"]
    assert (arrow["x"], arrow["y"]) == ([scene.arrow[1][0]], [scene.arrow[1][1]])
    assert figure["layout"]["meta"]["alt"] == f"{scene.title}. " + "; ".join(", ".join(label.lines) for label in scene.labels) + "."  # fmt: skip
    _is_framed(figure, scene.bounds, scene.labels, theme)
    whole = describe(trace, Place("field", "conv1", (3, 3)), Look(theme=theme), image="data:image/png;base64,AA==")
    assert whole["layout"]["images"][0]["source"] == "data:image/png;base64,AA=="


def _area(rect: tuple[float, float, float, float]) -> float:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def _is_framed(figure: dict[str, Any], bounds: tuple[float, float, float, float], labels: tuple[Label, ...], theme: str) -> None:  # fmt: skip
    """One px is one unit, cells are square, and the words are the scene's."""
    left, bottom, right, top = bounds
    look = figure["layout"]
    assert look["xaxis"]["range"] == [left, right] and look["yaxis"]["range"] == [bottom, top]
    assert look["yaxis"]["scaleanchor"] == "x"
    margin = look["margin"]
    assert look["width"] - margin["l"] - margin["r"] == pytest.approx(right - left)
    assert look["height"] - margin["t"] - margin["b"] == pytest.approx(top - bottom)
    for note, label in zip(look["annotations"], labels, strict=True):
        assert (note["x"], note["y"], note["yanchor"]) == (round(label.x, 1), round(label.y, 1), "top")
        first, *rest = note["text"].split("<br>")
        assert first == (f"<b>{label.lines[0]}</b>" if label.strong else label.lines[0]) and tuple(rest) == label.lines[1:]  # fmt: skip
        assert note["font"]["color"] == INK[theme]


def test_solid_boxes_by_hand() -> None:
    """4×16 cells of 64 channels: 7.2 px along the flow, 13·√16 = 52 px deep around the middle, 13·√4 = 26 px high."""
    trace = rv.forecast(TWO_STAGES, (16, 64))
    scene = lay_out(trace)
    figure = describe(trace, look=Look(solid=True))
    mesh = figure["data"][0]
    for number, box in enumerate(scene.boxes):
        _, channels, rows, columns = (*trace.steps[box.step].output, 1, 1)[:4]
        x0, x1, deep, low, high = box.x, box.x + max(3, 0.9 * channels**0.5), 13 * columns**0.5 / 2, box.y - 6.5 * rows**0.5, box.y + 6.5 * rows**0.5  # fmt: skip
        corners = [
            (x0, -deep, low), (x1, -deep, low), (x1, deep, low), (x0, deep, low), (x0, -deep, high), (x1, -deep, high), (x1, deep, high), (x0, deep, high),
        ]  # fmt: skip
        mine = slice(8 * number, 8 * number + 8)
        found = list(zip(mesh["x"][mine], mesh["y"][mine], mesh["z"][mine], strict=True))
        assert _near(found, corners)
        faces = range(12 * number, 12 * number + 12)
        sides: dict[str, list[set[Point]]] = {}
        for face in faces:
            points = [found[mesh[corner][face] - 8 * number] for corner in "ijk"]
            # of a box seen from outside, each triangle lies in one face: its side is the axis that its corners share
            for axis, (less, more) in enumerate((("left", "right"), ("front", "back"), ("bottom", "top"))):
                if len({point[axis] for point in points}) == 1:
                    side = more if points[0][axis] == pytest.approx(corners[6][axis], abs=0.06) else less
                    sides.setdefault(side, []).append(set(points))
                    # the top is lit most, the ends less, the far and near walls have the colour itself
                    lit = {"top": 0.45, "front": 0.2, "back": 0.2}.get(side, 0.0)
                    base = [int(_base(box.role)[i : i + 2], 16) for i in (1, 3, 5)]
                    assert mesh["facecolor"][face] == "#" + "".join(f"{round(n * (1 - lit) + 255 * lit):02x}" for n in base)  # fmt: skip
        assert len(sides) == 6
        for one, other in sides.values():  # two halves of a rectangle, on the two sides of a diagonal
            assert len(one | other) == 4
            start, end = one & other
            assert sum(a != b for a, b in zip(start, end, strict=True)) == 2
    assert mesh["customdata"][0] == ("input: 16×64×3", 0)
    folded = describe(rv.forecast(rv.replace(TWO_STAGES, blocks=(12, 1)), (16, 64)), look=Look(solid=True))["data"][0][
        "customdata"
    ]
    assert "layer1.10.relu2: 4×16×64, × 9" in {name for name, _ in folded}


def _base(role: str) -> str:
    return {"input": GREY, "stem": ORANGE, "head": SKY}.get(role) or STAGES[int(role.removeprefix("stage")) - 1]
