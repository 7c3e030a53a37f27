"""The lessons on real tensors say what PyTorch computes, what the drawings show and what was recorded."""

import json
import subprocess
import sys

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch.nn import functional

import resnet_viz as rv
from resnet_viz.inside.activations import Activations
from resnet_viz.inside.kernels import balance, evenness, of_one_sign, strongest, weights_of, window
from resnet_viz.inside.leaving_out import leave_out
from resnet_viz.learned.loading import SHOWN
from resnet_viz.learned.twins import Start
from resnet_viz.lessons import LESSONS, Added, Maps, Page, Scene, Starts, Training
from resnet_viz.lessons.first_maps import DRAWING
from resnet_viz.lessons.shipped import looked, study, untrained
from resnet_viz.picture.figures import palette
from resnet_viz.picture.figures.depth import describe_starts, describe_training
from resnet_viz.picture.figures.shares import describe_left_out
from tests.test_learn import _figures, _open, _text
from training import shipped as training
from training.fitting import steady

NAMES = ("first-maps", "residual-adds", "degradation", "first-gradients")


@pytest.fixture(scope="module")
def seen() -> Activations:
    return looked(DRAWING)


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {lesson.name: lesson.build(Scene.read(lesson.start)) for lesson in LESSONS if lesson.name in NAMES}


# ---- what is computed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "stride"), [("conv1", 2), ("layer1.0.conv1", 1)])
def test_a_window_is_what_the_conv_multiplies(seen: Activations, step: str, stride: int) -> None:
    read = seen.maps(seen.trace.steps[seen.step(step).reads[0]])
    expected = functional.conv2d(read[None], weights_of(seen, step), stride=stride, padding=1)[0]
    for channel, row, column in ((0, 0, 0), (3, 0, 31), (15, 31, 31), (7, 12, 20)):
        found = window(seen, step, channel, row, column)
        assert found.total == pytest.approx(float(expected[channel, row, column]), abs=1e-5)
        assert torch.equal(found.products, found.read * found.weights)
    assert not window(seen, step, 0, 0, 0).read[:, 0].any()  # the padding above the map
    with pytest.raises(rv.LookError, match="is no conv"):
        weights_of(seen, "bn1")


def test_what_a_filter_looks_for() -> None:
    sobel = torch.tensor([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]]).expand(3, 3, 3)
    colour = torch.tensor([1.0, -1.0, 0.5]).view(3, 1, 1).expand(3, 3, 3)
    both = torch.stack([sobel, colour])
    assert balance(both).tolist() == pytest.approx([0, 1]) and evenness(both).tolist() == pytest.approx([0, 1])
    assert of_one_sign(both) == 3 and of_one_sign(torch.stack([sobel])) == 0
    lots = torch.randn(4000, 3, 3, 3, generator=torch.Generator().manual_seed(1))
    assert float(evenness(lots).mean()) == pytest.approx(1 / 9, abs=0.01)
    ring = torch.zeros(9, 11)
    ring[3:6, 5:8] = torch.tensor([[-2.0, 2, 2], [2, 0, 2], [2, 2, 2]])
    ring[5, 6], ring[0, 0] = 3, 9  # the second is at the edge, where padding is read
    assert strongest(ring) == ((5, 6), (4, 6))


def test_leaving_a_block_out_is_cutting_its_residual() -> None:
    network = rv.learned.load()
    drawings = [rv.learned.drawing(label, SHOWN) for label in (0, 2, 9)]
    labels = torch.tensor([0, 2, 9])
    answers = leave_out(network.module, network.prepared(np.stack(drawings)), labels)
    looks = [rv.look(network, drawing) for drawing in drawings]
    assert answers.images == 3 and [name for name, _ in answers.without] == [share.block for share in looks[0].residual_share()]  # fmt: skip
    assert answers.whole == sum(look.classes(1)[0].index == label for look, label in zip(looks, labels.tolist(), strict=True))  # fmt: skip
    for block, right in (answers.without[0], answers.without[6]):
        cut = [look.without(residual=block).classes(1)[0].index for look in looks]
        assert right == sum(one == label for one, label in zip(cut, labels.tolist(), strict=True)), block
    assert leave_out(network.module, network.prepared(np.stack(drawings)), labels) == answers  # nothing stays behind


def test_the_random_weights_are_those_that_training_began_with(seen: Activations) -> None:
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    try:
        steady(training.PLAN.seed)
        model = rv.build(training.NETWORK)
    finally:
        torch.set_rng_state(state)
        torch.set_num_threads(threads)
    before = untrained(seen)
    assert torch.equal(weights_of(before, "conv1"), model.conv1.weight)
    assert torch.equal(before.maps("input"), seen.maps("input"))


# ---- what is said ---------------------------------------------------------------------------------------------------


def test_the_first_maps_filter_answers_to_the_outline(seen: Activations, pages: dict[str, Page]) -> None:
    """Held against the drawing's own pixels: where the shape's colour begins, and nowhere else."""
    page = pages["first-maps"]
    assert isinstance(page.view, Maps) and page.question.right.text.startswith("along parts of the outline")
    pixels = torch.from_numpy(rv.learned.drawing(DRAWING, SHOWN).copy()).float()
    inside = (pixels - pixels[20, 44]).abs().sum(2) > 90  # the ground, far from the shape, is dark
    assert 0.05 < inside.float().mean() < 0.3
    # of a cell's nine pixels some belong to the shape and some do not
    counted = functional.avg_pool2d(inside.float()[None, None], 3, 2, 1, count_include_pad=False)[0, 0]
    outline, even = (counted > 0) & (counted < 1), (counted == 0) | (counted == 1)
    numbers = seen.maps("conv1")[page.view.channel].abs()
    for mask in (outline, even):
        mask[[0, -1]] = False
        mask[:, [0, -1]] = False
    assert numbers[outline].mean() > 8 * numbers[even].mean()
    assert outline[page.view.cell]
    marked = window(seen, "conv1", page.view.channel, *page.view.cell).total
    assert f"{marked:.2f} at the marked cell" in page.question.right.why
    # the filter that is said to show colour shows the whole of the shape
    colour = int(page.reason.partition("Filter ")[2].split()[0])
    numbers = seen.maps("conv1")[colour]
    assert abs(numbers[counted == 1].mean() - numbers[counted == 0].mean()) > 4 * numbers[counted == 0].std()


def test_what_the_residual_adds_is_what_flows(pages: dict[str, Page]) -> None:
    """By hooks of this test on the module, and not by the page's own."""
    network, norms = rv.learned.load(), dict[str, tuple[float, float]]()
    for name, block in network.module.blocks():
        block.add.register_forward_hook(lambda _, args, __, name=name: norms.update({name: (float(args[0].norm()), float(args[1].norm()))}))  # fmt: skip
    with torch.no_grad():
        network.module(network.prepared(rv.learned.drawing(DRAWING, SHOWN)))
    ratios = {name: residual / shortcut for name, (residual, shortcut) in norms.items()}
    page = pages["residual-adds"]
    least, most = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    assert page.question.right.text == "about as large as it" and ratios[least] > 0.2 and ratios[most] < 5
    assert f"from {ratios[least]:.2f} times the shortcut in `{least}` to {ratios[most]:.2f} times in `{most}`" in page.question.right.why  # fmt: skip
    changing = {name: ratios.pop(name) for name in ("layer2.0", "layer3.0")}  # option A has no other
    assert min(changing.values()) > max(ratios.values()) and "`layer2.0` and `layer3.0`, it is larger" in page.reason
    assert isinstance(page.view, Added) and page.view.block in ratios


def test_what_is_said_of_depth_is_what_was_recorded(pages: dict[str, Page]) -> None:
    recorded = {(run["depth"], run["residual"], run["seed"]): run for run in rv.learned.depth_study()["runs"]}
    final = {key: run["curves"]["accuracy"][-1] for key, run in recorded.items()}
    for seed in (0, 1):  # the claim itself
        assert final[56, False, seed] < 0.2 < 0.8 < final[56, True, seed]
        assert recorded[56, False, seed]["parameters"] == recorded[56, True, seed]["parameters"]
    page = pages["degradation"]
    assert page.question.right.text == "hardly more of them than by guessing, which gets 10 %"
    told = page.claim + page.question.right.why + page.reason
    for key, share in final.items():
        assert f"{100 * share:.3g} %" in told, key
    assert "At 20 layers the seeds disagree" in page.reason
    over = next(answer for answer in page.question.answers if "unseen" in answer.text)
    assert not over.right and "overfitting" in over.why
    assert f"{100 * recorded[56, False, 0]['curves']['unseen_accuracy'][-1]:.3g} %" in over.why
    assert "make train" in page.view.said if isinstance(page.view, Training) else False


def test_what_is_said_of_gradients_is_what_was_recorded(pages: dict[str, Page]) -> None:
    recorded = {(run["depth"], run["residual"], run["seed"]): run["sizes"] for run in rv.learned.depth_study()["runs"]}
    for seed in (0, 1):  # the claim itself, for both seeds: it grows a hundredfold and more, its twin's does not
        start = {(depth, residual): recorded[depth, residual, seed]["0"]["gradient"][0] for depth in (8, 56) for residual in (True, False)}  # fmt: skip
        assert start[56, False] > 500 * start[8, False] and start[56, True] < 20 * start[8, True]
        assert recorded[56, False, seed]["1"]["weight"][0] > 5 * recorded[56, False, seed]["0"]["weight"][0]
        assert recorded[56, False, seed]["24"]["gradient"][0] < recorded[56, True, seed]["24"]["gradient"][0]
    page = pages["first-gradients"]
    assert page.question.right.text.startswith("far larger") and page.question.right.why.endswith("recorded were 31 against 0.012, 2.6 thousand times.")  # fmt: skip
    assert "it is 0.17" in page.reason and "are 16 times what they were, in the twin 1.1 times" in page.reason
    assert isinstance(page.view, Starts) and (page.view.depth, page.after.depth) == (8, 56)  # type: ignore[union-attr]


def test_another_network_is_told_that_these_stand_in(pages: dict[str, Page]) -> None:
    for lesson in LESSONS:
        if lesson.name in NAMES:
            own, other = pages[lesson.name], lesson.build(Scene.of("resnet50", 64))
            assert other.claim.endswith(own.claim) and other.claim.startswith(("For ResNet-50 at 64×64 no", "ResNet-50 at 64×64 was not"))  # fmt: skip
            assert other.view.scene.text == Scene.read(lesson.start).text == lesson.start


# ---- what is drawn --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figures_show_these_numbers(theme: str) -> None:
    found = study()
    curves = [(run.depth, run.residual, run.seed, run.accuracy) for run in found.runs]
    figure = describe_training(curves, 0.1, theme=theme)
    go.Figure({"data": figure["data"], "layout": {**figure["layout"], "meta": None}})
    drawn = [tuple(data["y"]) for data in figure["data"] if data["name"] != "by guessing"]
    assert sorted(drawn) == sorted(values for *_, values in curves)
    assert {note["text"] for note in figure["layout"]["annotations"]} == {f"<b>{depth} layers</b>" for depth in (8, 20, 56)}  # fmt: skip
    figure = describe_starts(("conv1", "fc"), (30.0, 0.01), (0.2, 0.03), theme=theme)
    go.Figure({"data": figure["data"], "layout": {**figure["layout"], "meta": None}})
    assert {data["name"]: data["y"] for data in figure["data"]} == {"residual": [0.2, 0.03], "plain": [30.0, 0.01]}
    assert figure["layout"]["yaxis"]["range"] == [-2, 2] and figure["layout"]["font"]["color"] == palette.INK[theme]
    figure = describe_left_out((("layer1.0", 3), ("layer1.1", 5)), 6, 9, "layer1.1", theme)
    go.Figure(figure)
    assert figure["data"][0]["y"] == [3, 5] and figure["data"][0]["marker"]["line"]["width"] == [0, 2]


def test_a_chosen_map_and_depth_are_computed(monkeypatch: pytest.MonkeyPatch, seen: Activations) -> None:
    right = {name: [answer.right for answer in lesson.build(Scene.read(lesson.start)).question.answers].index(True) for name in NAMES for lesson in LESSONS if lesson.name == name}  # fmt: skip
    app = _open(lesson="first-maps", given=f"first-maps~{right['first-maps']}")
    maps = next(figure for figure in _figures(app) if len(figure["groups"]) == 2)
    assert [len(group["channels"]) for group in maps["groups"]] == [16, 16]
    app.session_state["lesson_first-maps_channel"], app.session_state["lesson_first-maps_cell"] = 11, (4, 7)
    app.run()
    expected = f"{float(seen.maps('conv1')[11, 4, 7]):.3g}".replace("-", "−")
    assert f"`conv1[11, 4, 7]` = what the window reads × the filter's weights, summed = **{expected}**" in _text(app)
    assert "./inside?image=drop&step=conv1&channel=11" in _text(app)
    app = _open(lesson="residual-adds", given=f"residual-adds~{right['residual-adds']}")
    app.button_group(key="lesson_residual-adds_block").set_value("layer3.0").run()
    assert "show=addition&cut=residual%3Alayer3.0" in _text(app) and not app.exception
    asked: list[int] = []

    def start(depth: int) -> Start:
        asked.append(depth)
        return Start(depth, ("conv1", "fc"), (30.0 + depth, 0.01), (0.2, 0.03))

    monkeypatch.setattr("resnet_viz.learned.twins.start", start)
    app = _open(lesson="first-gradients", given=f"first-gradients~{right['first-gradients']}")
    app.select_slider[0].set_value(14).run()
    assert 14 in asked and "plain 44, residual 0.2. Computed now for 14 layers" in _text(app)
    app = _open(lesson="adding")
    assert asked.count(14) == 1 and len(asked) <= 2  # another step computes none


@pytest.mark.processes
def test_lessons_are_there_without_pytorch() -> None:
    code = (
        "import sys, json; sys.modules.update(dict.fromkeys(['torch', 'numpy', 'safetensors']))\n"
        "from resnet_viz.lessons import LESSONS, Scene\n"
        "by = {lesson.name: lesson for lesson in LESSONS}\n"
        "by['adding'].build(Scene.of('resnet18')); by['degradation'].build(Scene.of('resnet18'))\n"
        "try: by['first-maps'].build(Scene.of('resnet18'))\n"
        "except ImportError as error: print(json.dumps(str(error)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch" in json.loads(done.stdout)
