"""What joins the volumes: each shortcut is what its spec says, each sum stands between what it adds, folds leave none out."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

import resnet_viz as rv
from resnet_viz.picture.layout import LEVELS, block_names, lay_out, stage_names
from resnet_viz.spec import BLOCKS, ResNetSpec
from tests.strategies import sizes, specs


def test_unfolding_shows_every_block() -> None:
    trace = rv.forecast(rv.variant("resnet152"))
    for level, focus in (("network", None), ("stage", "layer3")):
        scene = lay_out(trace, level, focus, unfold=True)
        assert not any(box.folded for box in scene.boxes)
        assert len(scene.pluses) == (50 if level == "network" else 36)


@pytest.mark.parametrize("option", ["A", "B", "C"])
def test_links_say_what_the_shortcuts_are(option: str) -> None:
    trace = rv.forecast(rv.replace(rv.variant("resnet34"), shortcut=option))
    scene = lay_out(trace)
    adds = {plus.step for plus in scene.pluses}
    count = {
        kind: sum(link.kind == kind and link.target in adds for link in scene.links)
        for kind in ("identity", "projection", "zero-pad")
    }
    assert len(adds) == 16
    assert (
        count
        == {
            "A": {"identity": 13, "projection": 0, "zero-pad": 3},
            "B": {"identity": 13, "projection": 3, "zero-pad": 0},
            "C": {"identity": 0, "projection": 16, "zero-pad": 0},
        }[option]
    )


def test_a_long_stage_folds() -> None:
    scene = lay_out(rv.forecast(rv.variant("resnet152")))
    folds = [box for box in scene.boxes if box.folded]
    assert [len(box.folded) for box in folds] == [33]
    assert any(label.lines == ("× 33",) for label in scene.labels)


@pytest.mark.parametrize("name", ["seresnet50", "ecaresnet26t", "seresnext26t_32x4d"])
def test_each_gate_is_drawn_before_its_addition(name: str) -> None:
    trace = rv.forecast(rv.variant(name))
    scene = lay_out(trace)
    gates, adds = ([plus.x for plus in scene.pluses if plus.gate is gate] for gate in (True, False))
    assert len(gates) == len(adds) == sum(rv.variant(name).blocks)
    assert all(gate + 12 < add for gate, add in zip(gates, adds, strict=True))
    block = lay_out(trace, "block", "layer2.0")
    pool, last = [step for step in trace.steps if step.path == "gate" and step.name.startswith("layer2.0.se")][::3][:2]
    assert next(link.source for link in block.links if link.kind == "gate") == trace.step("layer2.0.conv3").index
    assert {pool.index, last.index} & {box.step for box in block.boxes if box.aside}


def test_unknown_level_and_focus() -> None:
    trace = rv.forecast(rv.variant("resnet18"))
    with pytest.raises(rv.InputError) as caught:
        lay_out(trace, "atom")
    assert str(caught.value) == "level='atom': must be one of network, stage, block; use 'network'"
    assert LEVELS == ("network", "stage", "block", "operation")
    with pytest.raises(rv.InputError) as caught:
        lay_out(trace, "stage", "layer9")
    assert str(caught.value) == "focus='layer9': is no stage of this network; use layer1 … layer4"
    with pytest.raises(rv.InputError) as caught:
        lay_out(trace, "block", "layer9.0")
    assert str(caught.value) == "focus='layer9.0': is no block of this network; use layer1.0 … layer4.1"


def test_a_block_shows_one_filter_of_each_conv() -> None:
    trace = rv.forecast(rv.variant("resnext50_32x4d"))
    scene = lay_out(trace, "block", "layer2.0")
    assert [trace.steps[kernel.step].name for kernel in scene.kernels] == [
        f"layer2.0.{name}" for name in ("conv1", "conv2", "conv3", "downsample.0")
    ]
    told = [label.lines for label in scene.labels]
    for words in (("1×1×256", "× 256"), ("3×3×8", "× 256"), ("1×1×256", "× 512")):
        assert words in told
    one, three = scene.kernels[0], scene.kernels[1]
    assert three.height > 2 * one.height and one.width > three.width


def _kinds(spec: ResNetSpec) -> dict[str, str]:
    """Each block's shortcut as section 3.3 of 1512.03385 has it: A pads, B projects where the shape changes, C always."""
    kinds: dict[str, str] = {}
    expansion = next(kind.expansion for kind in BLOCKS if kind.name == spec.block)
    channels, strided = spec.stem.channels[-1], len(spec.blocks) - spec.dilated_stages
    for stage, (blocks, width) in enumerate(zip(spec.blocks, spec.widths, strict=True)):
        for block in range(blocks):
            stride = 2 if block == 0 and 0 < stage < strided else 1
            changes = stride == 2 or channels != width * expansion
            same = "projection" if spec.shortcut == "C" else "identity"
            kinds[f"layer{stage + 1}.{block}"] = {"A": "zero-pad", "B": "projection", "C": "projection"}[spec.shortcut] if changes else same  # fmt: skip
            channels = width * expansion
    return kinds


@given(specs(), sizes)
def test_each_shortcut_is_drawn_once_as_what_it_is_and_ends_on_its_sum(spec: ResNetSpec, size: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    kinds, stages = _kinds(spec), range(1, len(spec.blocks) + 1)
    shown = [(f"layer{stage}.{block}") for stage in stages for block in range(spec.blocks[stage - 1])]
    scenes = [(lay_out(trace, unfold=True), shown)]
    scenes += [(lay_out(trace, "stage", f"layer{stage}", unfold=True), [name for name in shown if name.startswith(f"layer{stage}.")]) for stage in stages]  # fmt: skip
    scenes += [(lay_out(trace, "block", name), [name]) for name in shown[:: max(1, len(shown) - 1)]]
    for scene, blocks in scenes:
        boxes = {box.step: box for box in scene.boxes}
        sums = {f"layer{trace.steps[plus.step].stage}.{trace.steps[plus.step].block}": plus for plus in scene.pluses if not plus.gate}  # fmt: skip
        assert list(sums) == blocks
        main = sorted((box for box in scene.boxes if not box.aside), key=lambda box: box.left)
        for name, plus in sums.items():
            ends = [link for link in scene.links if link.target == plus.step and link.kind != "main"]
            assert [link.kind for link in ends] == [kinds[name]]
            (end,) = ends
            # from the left of the sum to the sum, over the line and down on it
            assert end.points[-1] == (plus.x, 7 if scene.level == "network" else 9.0)
            assert all(y >= -1e-9 for _, y in end.points)
            if kinds[name] != "identity":
                hung = boxes[end.source]
                assert hung.aside and trace.steps[hung.step].path == "shortcut"
                (begin,) = [link for link in scene.links if link.target == hung.step]
                assert begin.kind == kinds[name] and begin.points[-1] == pytest.approx((hung.left, hung.y))
                assert hung.left - 0.01 <= end.points[0][0] <= hung.right + 0.01
            else:
                begin = end
            # it begins on what the block reads: the volume before, or the sum before where that is not a volume of its own
            source = boxes.get(begin.source)
            if source is not None and not source.aside and begin.points[0][1] > 0:
                assert begin.points[0] == pytest.approx((source.middle, source.top))
                assert source.right <= plus.x
            else:
                assert begin.points[0] == pytest.approx(
                    (next(p.x for p in scene.pluses if p.step == begin.source) + 15, 0)
                )
            # ⊕ lies between the last volume that it adds up and the volume of its result
            before = [box for box in main if box.right <= plus.x]
            after = [box for box in main if box.left >= plus.x]
            assert len(before) + len(after) == len(main) and before
            own = [trace.steps[box.step].name for box in before]
            assert not any(other.startswith(tuple(f"{later}." for later in blocks[blocks.index(name) + 1 :])) for other in own)  # fmt: skip
        assert len([link for link in scene.links if link.kind in ("identity", "projection", "zero-pad")]) == sum(1 if kinds[name] == "identity" else 2 for name in blocks)  # fmt: skip


@given(st.lists(st.integers(1, 30), min_size=1, max_size=3))
def test_shown_blocks_and_folded_ones_are_all_blocks(blocks: list[int]) -> None:
    trace = rv.forecast(ResNetSpec("basic", tuple(blocks), tuple(range(4, 4 + len(blocks)))), 64)
    ends = {step.index for step in trace.steps if step.name.endswith("relu2")}
    scene = lay_out(trace)
    shown = [box.step for box in scene.boxes if not box.aside and not box.folded and trace.steps[box.step].stage]
    folded = [step for box in scene.boxes for step in box.folded]
    assert sorted(shown + folded) == sorted(ends)
    numbers = [int(label.lines[0].removeprefix("× ")) for label in scene.labels if label.lines[0].startswith("× ")]
    assert numbers == [count - 3 for count in blocks if count > 8] == [len(box.folded) for box in scene.boxes if box.folded]  # fmt: skip
    told = [label.lines[2] for label in scene.labels if label.lines[0].startswith("layer")]
    assert told == [f"{count} block{'s' if count > 1 else ''}" for count in blocks]
    for number, count in enumerate(blocks, 1):
        stage = lay_out(trace, "stage", f"layer{number}")
        assert stage.title.endswith(f", {count} block{'s' if count > 1 else ''}")
        hidden = [step for box in stage.boxes for step in box.folded]
        assert len(stage.pluses) + len(hidden) == count
        if hidden:
            assert (f"× {count - 3}", f"equal blocks: layer{number}.2 …") in [label.lines for label in stage.labels]


def test_a_network_without_stages_and_blocks_has_its_parts_instead() -> None:
    named = nn.Sequential()
    named.layer1 = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())  # the name alone, and nothing is added
    for network in (nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), named):
        trace = rv.trace(network, 16)
        names = tuple(part.path for part in trace.parts.parts)
        assert block_names(trace) == stage_names(trace) == names
        for level in ("stage", "block"):
            for focus in (None, *names):
                assert lay_out(trace, level, focus).level == level
    known = rv.forecast(rv.variant("resnet18"))
    assert block_names(known) == tuple(f"layer{stage}.{block}" for stage in range(1, 5) for block in (0, 1))
    assert stage_names(known) == ("layer1", "layer2", "layer3", "layer4")
    assert lay_out(known, "stage").title == "layer1 · conv2_x, 2 blocks"
    assert lay_out(known, "stage", "layer3.1").title == "layer3 · conv4_x, 2 blocks"  # a block's name finds its stage
    assert lay_out(known, "block").title == "layer1.0, identity shortcut"
