"""What figures and the script that shows them agree on: both sides against the one file."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from starlette.requests import Request

import resnet_viz as rv
from resnet_viz.advise.comparing import align
from resnet_viz.picture import browser
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.failure import describe_broken
from resnet_viz.picture.figures.pair import describe_beside, describe_parts
from resnet_viz.picture.figures.teaching import describe_bars, describe_curves, describe_reads
from resnet_viz.picture.figures.unfolded import describe_unfolded
from resnet_viz.picture.layout import Box, Look, Place, contract, lay_out
from resnet_viz.picture.layout.asked import asked
from resnet_viz.picture.layout.going import drawn_at
from resnet_viz.picture.layout.measure import Measure
from resnet_viz.ui import card, diagram, picture, server
from resnet_viz.ui.subject import Known, Shown

FACTS: dict[str, Any] = json.loads(contract.FILE.read_text(encoding="utf-8"))
TRACE = rv.forecast("resnet18", 64)
SHOWN = Shown(Known(rv.variant("resnet18"), (64, 64)), TRACE, "x", "X")
NODE = shutil.which("node")
FOLDERS = (browser.FOLDER, diagram.FRONTEND)

FIGURES: dict[str, Callable[[], dict[str, Any]]] = {
    "network": lambda: describe(TRACE),
    "stage": lambda: describe(TRACE, Place("stage", "layer2")),
    "block": lambda: describe(TRACE, Place("block", "layer2.0")),
    "beside": lambda: describe_beside((TRACE, TRACE))[0],
    "operation": lambda: describe(TRACE, Place("operation", "conv1")),
    "field": lambda: describe(TRACE, Place("field", "layer2.0.conv1")),
    "solid": lambda: describe(TRACE, look=Look(solid=True)),
    "parts": lambda: describe_parts(align(TRACE, TRACE), ("a", "b")),
    "bars": lambda: describe_bars((("MACs", (("a", 1.0), ("b", 2.0))),)),
    "curves": lambda: describe_curves(tuple((name, (1, 1, 2)) for name in "abc"), 1),
    "reads": lambda: describe_reads(TRACE, "layer2.0.downsample.0"),
    "unfolded": lambda: describe_unfolded(TRACE, "conv1"),
}
FLAT = ("network", "stage", "block", "beside")
CLICKED = (*FLAT, "operation", "field")
MARKED = (*CLICKED, "solid")


@pytest.mark.parametrize("kind", FIGURES)
def test_a_figure_has_the_keys_and_the_traces_that_the_script_looks_for(kind: str) -> None:
    figure = FIGURES[kind]()
    meta = figure["layout"]["meta"]
    volumes = FACTS["meta"]["volumes in one scale"] if kind in FLAT else []
    assert list(meta) == [*FACTS["meta"]["every figure"], *volumes]
    assert isinstance(meta["alt"], str) and len(meta["alt"]) > 20
    names = [trace.get("name") for trace in figure["data"]]
    wanted = [FACTS["traces"][name] for name in ("hits", "selected")]
    assert [names.count(name) for name in wanted] == [kind in CLICKED, kind in MARKED]
    assert FACTS["traces"]["ghost"] not in names  # the script's own
    if kind in CLICKED:  # each bar is a step, or a cell, and has an outline
        hits = next(trace for trace in figure["data"] if trace.get("name") == wanted[0])
        assert len(hits["customdata"]) == len(hits["hovertext"])
        assert {str(step) for step in hits["customdata"]} == meta["outlines"].keys()
        assert set(meta["folds"].values()) <= set(hits["customdata"])


def test_an_outline_goes_around_a_volume_once() -> None:
    """From its near lower left corner along the flow, into the depth, up, and back: the six corners that one sees."""
    corners = FACTS["outline"]
    assert corners[0] == [0, 0, 0] and len(corners) == len({tuple(corner) for corner in corners}) == 6
    for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
        assert sum(a != b for a, b in zip(one, other, strict=True)) == 1  # along an edge
    hidden = [[0, 0, 1], [1, 1, 0]]  # behind the volume, and in the middle of what one sees
    assert not [corner for corner in hidden if corner in corners]
    scene, outlines = lay_out(TRACE), describe(TRACE)["layout"]["meta"]["outlines"]
    for box in scene.boxes:
        xs, ys = outlines[str(box.step)]
        assert xs[-1] is ys[-1] is None
        drawn = list(zip(xs[:-1], ys[:-1], strict=True))
        assert drawn == [*(_corner(box.x, box.y, box, corner) for corner in corners), drawn[0]]


def _corner(x: float, middle: float, box: Box, away: list[int], within: float = 0.051) -> tuple[Any, Any]:
    """Where a corner of a volume with the size of ``box`` is, whose front begins at ``x`` and is in the ``middle``."""
    along, up, back = away
    return (
        pytest.approx(x + along * box.width + back * box.dx, abs=within),
        pytest.approx(middle + (up - 0.5) * box.height + back * box.dy, abs=within),
    )


def test_a_solid_volume_says_its_name_and_its_step() -> None:
    figure = describe(TRACE, look=Look(solid=True))
    mesh = figure["data"][0]
    assert FACTS["solid"] == ["name", "step"]
    assert {told[1] for told in mesh["customdata"]} == {box.step for box in lay_out(TRACE).boxes}
    assert all(told[0].startswith(f"{TRACE.steps[told[1]].name}: ") for told in mesh["customdata"])
    assert mesh["hovertemplate"] == "%{customdata[0]}<extra></extra>"


def test_what_the_page_sends_and_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}
    heard: list[tuple[int, str]] = []
    monkeypatch.setattr(diagram, "_component", lambda: lambda **given: sent.update(given))
    monkeypatch.setattr(st, "session_state", {"key": {FACTS["event"]: {"step": 3, "act": "select"}}})
    diagram.show("{}", "words", 3, "file", lambda step, act: heard.append((step, act)), key="key")
    assert sorted(sent["data"]) == sorted(FACTS["data"])
    sent[f"on_{FACTS['event']}_change"]()
    assert heard == [(3, "select")]


def test_pages_know_each_act(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = FACTS["acts"]
    state: dict[str, Any] = {"level": "block"}
    monkeypatch.setattr(st, "session_state", state)
    picture._picked(SHOWN, 7, acts["select"])
    assert state["step_index"] == asked(TRACE, 7)
    picture._picked(SHOWN, 8, acts["go_in"])
    assert state["go_in"] == 8
    picture._picked(SHOWN, FACTS["no_step"], acts["go_out"])
    assert state["level"] == "stage" and state["focus"] == "layer1"
    state.update(level="operation", operation="layer3.1.conv2")
    picture._picked(SHOWN, FACTS["no_step"], acts["go_out"])
    assert (state["level"], state["focus"]) == ("block", "layer3.1")  # of the operation, whichever was there before
    picture._picked(SHOWN, 1, acts["go_to"])
    assert (state["level"], state["focus"]) == ("stage", "layer3")
    picture._picked(SHOWN, 0, acts["go_to"])
    assert state["level"] == "network"
    card._field_picked(12, acts["select"], 5)
    assert (state["field_row"], state["field_column"]) == (2, 2)
    card._field_picked(12, acts["go_out"], 5)
    assert state["field"] is False


PLACES = [Place("network"), Place("stage", "layer2"), Place("block", "layer2.0"), Place("block", "layer2.1")]


def _drawn(figure: dict[str, Any]) -> set[int]:
    return set(next(trace for trace in figure["data"] if trace.get("name") == FACTS["traces"]["hits"])["customdata"])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.text)
@pytest.mark.parametrize("network", ["resnet18", "resnet50d", "resnetv2_50", "seresnet50", "resnet18_option_a"])
def test_the_mark_stays_on_the_volume_that_was_clicked(
    monkeypatch: pytest.MonkeyPatch, network: str, place: Place
) -> None:
    """Also where its card is about another step: else a second click goes nowhere, and arrow keys turn back there."""
    trace = rv.forecast(network, 64)
    shown = Shown(Known(trace.spec or rv.variant(network), (64, 64)), trace, "x", "X")
    state: dict[str, Any] = {"level": place.level}
    monkeypatch.setattr(st, "session_state", state)
    for volume in _drawn(describe(trace, place)):
        picture._picked(shown, volume, FACTS["acts"]["select"])
        step = trace.steps[state["step_index"]]
        assert picture._marked(shown, step, place.level) == volume
        other = trace.steps[step.index - 1]  # chosen in the table
        assert picture._marked(shown, other, place.level) == drawn_at(trace, other, place.level)


@pytest.mark.parametrize("network", ["resnet18", "resnet50d", "resnetv2_50", "seresnet50", "cifar_resnet110"])
def test_each_step_of_a_network_has_its_mark_in_the_picture_of_it(network: str) -> None:
    trace = rv.forecast(network)
    figure = describe(trace)
    folds = {int(step): volume for step, volume in figure["layout"]["meta"]["folds"].items()}
    marks = {step.name: drawn_at(trace, step, "network") for step in trace.steps}
    assert {name for name, at in marks.items() if folds.get(at or 0, at) not in _drawn(figure)} == set()
    assert marks["flatten"] == trace.step("avgpool").index


# ---- the script ----------------------------------------------------------------------------------------------------


def _data(figure: dict[str, Any], trail: tuple[str, ...] = (), ahead: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "figure": json.dumps(figure), "alt": figure["layout"]["meta"]["alt"], "selected": None, "file": "x", "plotly": "/nowhere.js", "printed": "", "trail": trail,
        "ahead": ahead or {},
    }  # fmt: skip


def _run(
    folder: Path,
    shown: list[tuple[dict[str, Any], list[tuple[str, Any]]]],
    trails: tuple[tuple[str, ...], ...] = (),
    wide: int = 900,
    ahead: dict[str, Any] | None = None,
    pictures: dict[str, dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """What the script made of figures, one after the other, and of what somebody does at each."""
    if NODE is None:
        pytest.skip("node is not installed; the browser tests run the script too")
    script = folder / "diagram.mjs"
    script.write_text(browser.script(), encoding="utf-8")
    asked = {
        "script": script.as_uri(), "contract": FACTS, "pictures": {at: json.dumps(made) for at, made in (pictures or {}).items()},
        "shown": [
            {"data": _data(figure, trails[number] if trails else (), ahead), "does": does, "scrollWidth": wide}
            for number, (figure, does) in enumerate(shown)
        ],
    }  # fmt: skip
    done = subprocess.run(
        [NODE, Path(__file__).with_name("diagram.mjs")], input=json.dumps(asked), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    assert [it["said"] for it in told if "contract" in it["said"]] == []
    return told


def test_the_script_scrolls_to_what_is_wrong_where_that_is_out_of_view(tmp_path: Path) -> None:
    broken = rv.break_it("resnet18@32", "remove-projection").broken
    figure, sound = describe_broken(broken, Place("block", "layer2.0")), describe(TRACE)
    assert list(figure["layout"]["meta"])[-1:] == FACTS["meta"]["where something is wrong"]
    left, right = figure["layout"]["xaxis"]["range"]
    sign = next(trace for trace in figure["data"] if trace.get("name") == "PyTorch stopped here")
    at = 2000 * (sign["x"][0] - left) / (right - left)
    assert 900 < at < 2000
    (fits,) = _run(tmp_path, [(figure, [])])
    scrolls, stays = _run(tmp_path, [(figure, []), (sound, [])], wide=2000)
    assert [fits["scrolled"], scrolls["scrolled"], stays["scrolled"]] == [0, pytest.approx(at - 450), 0]
    assert [fits["overview"], scrolls["overview"], stays["overview"]] == [False, True, True]


def test_the_script_marks_walks_and_tells(tmp_path: Path) -> None:
    trace = rv.forecast("resnet34", 64)
    figure = describe(trace)
    step = {name: trace.step(name).index for name in ("conv1", "maxpool", "layer3.3.add", "layer3.4.relu2")}
    (told,) = _run(
        tmp_path,
        [
            (
                figure,
                [
                    ("key", "Escape"), ("click", step["conv1"]), ("click", step["conv1"]), ("key", "ArrowRight"), ("key", "Enter"), ("key", "Escape"),
                    ("click", step["layer3.4.relu2"]),
                ],
            )
        ],
    )  # fmt: skip
    acts = FACTS["acts"]
    assert told["sent"] == [
        [FACTS["event"], {"step": at, "act": act}]
        for at, act in (
            (FACTS["no_step"], acts["go_out"]), (step["conv1"], acts["select"]), (step["conv1"], acts["go_in"]), (step["maxpool"], acts["select"]),
            (step["maxpool"], acts["go_in"]), (step["maxpool"], acts["go_out"]), (step["layer3.4.relu2"], acts["select"]),
        )
    ]  # fmt: skip
    assert told["label"] == figure["layout"]["meta"]["alt"]
    xs, ys = figure["layout"]["meta"]["outlines"][str(step["layer3.4.relu2"])]
    assert told["drawn"][FACTS["traces"]["selected"]] == {"x": xs, "y": ys}


def test_a_tap_chooses_once_and_a_second_one_goes_in(tmp_path: Path) -> None:
    trace = rv.forecast("resnet34", 64)
    step = trace.step("maxpool").index
    (told,) = _run(tmp_path, [(describe(trace), [("tap", step), ("tap", step)])])
    assert [act["act"] for _, act in told["sent"]] == [FACTS["acts"]["select"], FACTS["acts"]["go_in"]]


def test_keys_walk_in_the_order_in_which_the_network_runs(tmp_path: Path) -> None:
    """A projection and the addition beside their block, and the classes last, in whatever order they are drawn."""
    steps = [TRACE.step(name).index for name in ("layer2.0.downsample.1", "layer2.0.add", "layer2.0.relu2")]
    walk = [("key", "Home"), *[("key", "ArrowRight")] * (len(_drawn(describe(TRACE))) - 1), ("key", "End")]
    (told,) = _run(tmp_path, [(describe(TRACE), walk)])
    order = [act["step"] for _, act in told["sent"]]
    assert order == [*sorted(_drawn(describe(TRACE))), TRACE.step("fc").index]
    at = order.index(steps[0])
    assert order[at : at + 3] == steps


def test_the_way_over_the_picture_leads_back_and_what_one_enters_is_said(tmp_path: Path) -> None:
    stage = describe(TRACE, Place("stage", "layer2"))
    trails = ("ResNet-18",), ("ResNet-18", "layer2"), ("ResNet-18",)
    told = _run(tmp_path, [(describe(TRACE), []), (stage, [("back", 0)]), (describe(TRACE), [])], trails)
    assert told[1]["way"] == [["ResNet-18", None, True], ["layer2", "location", False]]
    assert told[2]["way"] == [["ResNet-18", "location", False]]
    assert told[1]["sent"] == [[FACTS["event"], {"step": 0, "act": FACTS["acts"]["go_to"]}]]
    assert [it["said"] for it in told[:2]] == ["", "ResNet-18, layer2: stage level, layer2 · conv3_x, 2 blocks"]
    assert told[1]["label"] == f"ResNet-18, {stage['layout']['meta']['alt']}"


def test_the_script_marks_a_fold_for_what_is_in_it(tmp_path: Path) -> None:
    trace = rv.forecast("resnet152", 64)
    figure = describe(trace)
    inside = trace.step("layer3.20.relu3").index
    (told,) = _run(tmp_path, [(figure, [("click", inside), ("key", "ArrowLeft"), ("click", inside)])])
    (fold,) = [box for box in lay_out(trace).boxes if inside in box.folded]
    xs, ys = figure["layout"]["meta"]["outlines"][str(fold.step)]
    assert told["drawn"][FACTS["traces"]["selected"]] == {"x": xs, "y": ys}
    walked = told["sent"][1][1]["step"]  # from the fold, and not from the beginning
    assert walked == max(step for step in _drawn(figure) if step < fold.step)


def test_a_press_on_a_solid_volume_chooses_its_step_and_keys_walk_on(tmp_path: Path) -> None:
    """From volume to volume in the order in which the network runs, each with its mark in space and its name said."""
    figure = describe(TRACE, look=Look(solid=True))
    steps = sorted({told[1] for told in figure["data"][0]["customdata"]})
    pressed = next(told for told in figure["data"][0]["customdata"] if told[1] == steps[3])
    does = [("press", pressed), ("key", "ArrowRight"), ("key", "ArrowLeft"), ("key", "Enter"), ("key", "End"), ("key", "Escape")]  # fmt: skip
    (told,) = _run(tmp_path, [(figure, does)], wide=2000)
    assert not told["overview"]  # nothing of it lies flat in a strip
    acts = FACTS["acts"]
    assert told["sent"] == [
        [FACTS["event"], {"step": at, "act": act}]
        for at, act in (
            (steps[3], acts["select"]), (steps[4], acts["select"]), (steps[3], acts["select"]), (steps[3], acts["go_in"]), (steps[-1], acts["select"]),
            (steps[-1], acts["go_out"]),
        )
    ]  # fmt: skip
    x, y, z = figure["layout"]["meta"]["outlines"][str(steps[-1])]
    assert told["drawn"][FACTS["traces"]["selected"]] == {"x": x, "y": y, "z": z}
    assert told["said"] == next(name for name, step in figure["data"][0]["customdata"] if step == steps[-1])  # said


def test_what_stands_for_a_step_in_a_solid_picture() -> None:
    """An addition has a mark of its own there too, and what a volume or a fold stands for that volume's."""
    for name, level, focus in (("resnet152", "network", None), ("seresnet50", "block", "layer2.0")):
        trace = rv.forecast(name, 64)
        flat, solid = (describe(trace, Place(level, focus), Look(solid=on))["layout"]["meta"] for on in (False, True))
        assert solid["outlines"].keys() == flat["outlines"].keys() and solid["folds"] == flat["folds"]
        assert all(len(x) == len(y) == len(z) for x, y, z in solid["outlines"].values())


@pytest.mark.parametrize("back", [False, True])
def test_a_ghost_has_the_old_size_in_the_new_scale(tmp_path: Path, back: bool) -> None:
    """Where the two networks have unequal zooms: as the layout itself would draw the old shapes there."""
    small, large = rv.forecast("resnet18", 224), rv.forecast("resnet152", 160)
    sides = [(small, lay_out(small), describe(small)), (large, lay_out(large, unfold=True), describe(large, look=Look(unfold=True)))]  # fmt: skip
    assert sides[0][1].zoom > 1.2 * sides[1][1].zoom
    (old, _, before), (_, scene, after) = reversed(sides) if back else sides
    told = _run(tmp_path, [(before, []), (after, [])])
    name = FACTS["traces"]["ghost"]
    assert name not in told[0]["drawn"]
    ghost = told[1]["drawn"][name]
    size = len(FACTS["outline"]) + 2  # closed, and a gap
    pieces = [list(zip(ghost["x"][at:][:size], ghost["y"][at:][:size], strict=True)) for at in range(0, len(ghost["x"]), size)]  # fmt: skip
    places = {place: int(step) for step, (place, _) in before["layout"]["meta"]["volumes"].items()}
    boxes = {box.step: box for box in scene.boxes}
    measure = Measure.of(old).at(scene.zoom)
    wanted: list[tuple[Box, Box]] = []
    # JavaScript has keys that are numbers in their order
    for step, (place, shape) in sorted(after["layout"]["meta"]["volumes"].items(), key=lambda item: int(item[0])):
        known = places.get(place)
        if known is not None and before["layout"]["meta"]["volumes"][str(known)][1] != shape:
            wanted.append((boxes[int(step)], measure.volume(old.steps[known], "stage1")))
    assert len(pieces) == len(wanted) >= 8
    for piece, (at, was) in zip(pieces, wanted, strict=True):
        if was.width == 3:  # what is so thin that it has the least width at any scale
            continue
        # outlines are rounded to a tenth, which a wider scale makes up to three times as much
        corners = [_corner(at.x, at.y, was, corner, 0.6) for corner in FACTS["outline"]]
        assert piece == [*corners, corners[0], (None, None)]


def test_the_picture_at_another_input_is_drawn_with_the_click_and_once(tmp_path: Path) -> None:
    """Before the server answers; its answer, or the late one to an earlier click, draws nothing again; another figure counts."""
    at = {side: describe(rv.forecast("resnet18", side)) for side in (32, 64, 224)}
    ahead = {"where": "#inputs", "key": "64", "at": {f"{side} px": [f"k{side}", f"/{side}"] for side in (32, 224, 7)}}
    shown = [
        (at[64], [("input", "32 px")]), (at[32], []), (at[32], [("input", "7 px"), ("input", "own size")]), (at[32], [("input", "224 px"), ("input", "32 px")]),
        (at[224], []), (at[32], []), (at[64], []),
    ]  # fmt: skip
    told = _run(tmp_path, shown, ahead=ahead, pictures={f"/{side}": at[side] for side in (32, 224)})
    assert [it["draws"] for it in told] == [2, 0, 0, 2, 0, 0, 1]
    seen = [it["drawn"][FACTS["traces"]["hits"]]["x"] for it in told]
    hits = {side: next(t for t in figure["data"] if t.get("name") == FACTS["traces"]["hits"])["x"] for side, figure in at.items()}  # fmt: skip
    assert len(set(map(tuple, hits.values()))) == 3
    assert seen == [hits[side] for side in (32, 32, 32, 32, 32, 32, 64)]


def test_the_script_has_an_address_that_says_its_content() -> None:
    (route,) = (known for known in server.ROUTES if known.path.startswith(server.SCRIPT_URL))
    name, content = diagram.script_file()
    assert content.decode() == browser.script() and name.startswith(server.SCRIPT_URL)
    answers = [
        route.endpoint(Request({"type": "http", "method": "GET", "server": ("x", 1), "path": path, "query_string": b"", "headers": []}))
        for path in (name, f"{server.SCRIPT_URL}-0123456789ab.js")
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].body == content and "immutable" in answers[0].headers["cache-control"]
    assert "cache-control" not in answers[1].headers


def test_faces_under_all_else_are_shapes_in_the_page(tmp_path: Path) -> None:
    """Each of the figure's leading traces that is only seen, in its order and colour, filled where it overlaps itself too."""
    figure = describe(TRACE)
    (told,) = _run(tmp_path, [(figure, [])])
    first = [trace.get("showlegend") for trace in figure["data"]].index(None)  # the first with a line in the legend
    faces = figure["data"][:first]
    assert first >= 8 and all(trace["fill"] == "toself" for trace in faces)
    assert told["traces"] == len(figure["data"]) - first
    assert [(shape["fillcolor"], shape["line"], shape["layer"], shape["fillrule"]) for shape in told["shapes"]] == [
        (trace["fillcolor"], trace["line"], "below", "nonzero") for trace in faces
    ]
    for shape, trace in zip(told["shapes"], faces, strict=True):
        points = [point for point in zip(trace["x"], trace["y"], strict=True) if point[0] is not None]
        assert [tuple(map(float, point.split(","))) for point in re.split("[ML]", shape["path"])[1:]] == points
        assert shape["path"].count("M") == trace["x"].count(None)


def test_the_script_has_no_copy_of_the_facts() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for folder in FOLDERS for path in folder.glob("*.js")}
    del files[browser.PLOTLY_BASIC.name]  # is Plotly's
    source = "\n".join(files.values())
    shared = [*FACTS["traces"].values(), FACTS["event"], *FACTS["acts"].values()]
    assert [word for word in shared if f'"{word}"' in source] == []
    assert set(files) == {
        *browser.PARTS,
        "maps.js",
        "saving.js",
        "turn.js",
    }  # the last three have elements of their own
    assert all(files[name] in browser.script() for name in browser.PARTS)


@pytest.mark.parametrize("name", FIGURES)
def test_what_the_basic_part_of_plotly_does_not_draw_asks_for_the_whole(name: str) -> None:
    """It has bars and scatters, flat ones; the script goes by the figure's text."""
    figure = FIGURES[name]()
    more = re.search("MORE = /(.*?)/;", (browser.FOLDER / "plotly.js").read_text(encoding="utf-8"))
    assert more
    basic = all(trace["type"] in ("scatter", "bar") for trace in figure["data"]) and "scene" not in figure["layout"]
    for text in (json.dumps(figure), json.dumps(figure, separators=(",", ":"))):
        assert (re.search(more[1], text) is None) == basic
