"""What a volume costs, and its bar: sums worked out by hand, bars in proportion, numbers as they are written."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz.picture.layout import COLOURS, QUANTITIES, lay_out, quantity, stage_names, values, with_strip
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Step, Trace
from tests.ruler import LINE, wide
from tests.strategies import sizes, specs

TWO_STAGES = ResNetSpec(block="basic", blocks=(2, 1), widths=(64, 100), num_classes=9)


def _by_name(trace: Trace, level: str, focus: str | None, name: str) -> dict[str, float]:
    return {trace.steps[step].name: value for step, value in values(lay_out(trace, level, focus), trace, quantity(name)).items()}  # fmt: skip


def test_what_each_volume_of_two_stages_costs() -> None:
    """16×64 px: a 7×7 of 3·64, its norm of 2·64, two blocks of two 3×3 of 64·64, one of 64·100, 100·100 and a 1×1 between."""
    trace = rv.forecast(TWO_STAGES, (16, 64))
    block = 2 * (64 * 64 * 9 + 2 * 64)
    second = 64 * 100 * 9 + 100 * 100 * 9 + 64 * 100 + 3 * 2 * 100
    assert _by_name(trace, "network", None, "params") == {
        "input": 0, "conv1": 3 * 64 * 49 + 2 * 64, "maxpool": 0, "layer1.0.relu2": block, "layer1.1.relu2": block, "layer2.0.relu2": second,
        "avgpool": 0, "fc": 100 * 9 + 9,
    }  # fmt: skip
    cells, late = 4 * 16, 2 * 8
    work = 2 * cells * 64 * 64 * 9
    assert _by_name(trace, "network", None, "macs") == {
        "input": 0, "conv1": 8 * 32 * 64 * 147, "maxpool": 0, "layer1.0.relu2": work, "layer1.1.relu2": work,
        "layer2.0.relu2": late * 100 * (64 * 9 + 100 * 9 + 64), "avgpool": 0, "fc": 900,
    }  # fmt: skip
    # four bytes a number: conv1, norm and ReLU; the pool; conv, norm, ReLU, conv, norm, sum, ReLU; the same and two of the projection
    assert _by_name(trace, "network", None, "bytes") == {
        "input": 0, "conv1": 3 * 4 * 8 * 32 * 64, "maxpool": 4 * cells * 64, "layer1.0.relu2": 7 * 4 * cells * 64, "layer1.1.relu2": 7 * 4 * cells * 64,
        "layer2.0.relu2": 9 * 4 * late * 100, "avgpool": 400, "fc": 36,
    }  # fmt: skip
    # 7, +2·2, then 2 px more on each side for each 3×3 at stride 4, and at stride 8 for the last
    assert _by_name(trace, "network", None, "field") == {
        "input": 1, "conv1": 7, "maxpool": 11, "layer1.0.relu2": 11 + 16, "layer1.1.relu2": 11 + 32, "layer2.0.relu2": 43 + 8 + 16,
        "avgpool": 43 + 24 + 7 * 8, "fc": 43 + 24 + 7 * 8,
    }  # fmt: skip
    # inside a block each conv has the norm and the ReLU behind it; the sum counts for the last conv, the projection for nothing
    inside = {
        "layer1.1.relu2": 0,
        "layer2.0.conv1": 64 * 100 * 9 + 200,
        "layer2.0.conv2": 100 * 100 * 9 + 200,
        "layer2.0.relu2": 0,
    }
    assert _by_name(trace, "block", "layer2.0", "params") == _by_name(trace, "stage", "layer2", "params") == inside
    assert _by_name(trace, "block", "layer2.0", "bytes") == {
        "layer1.1.relu2": 4 * cells * 64, "layer2.0.conv1": 3 * 4 * late * 100, "layer2.0.conv2": 3 * 4 * late * 100, "layer2.0.relu2": 4 * late * 100,
    }  # fmt: skip


def test_a_pre_activation_norm_counts_for_the_conv_behind_it() -> None:
    trace = rv.forecast(rv.replace(TWO_STAGES, preact=True), (16, 64))
    found = _by_name(trace, "block", "layer1.1", "params")
    assert found == {"layer1.0.add": 0, "layer1.1.conv1": 128 + 36864 + 128, "layer1.1.conv2": 36864, "layer1.1.add": 0}


@given(specs(), sizes)
def test_the_volumes_of_a_network_sum_to_its_totals(spec: ResNetSpec, size: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    totals = trace.totals
    for name, total in (("params", totals.params), ("macs", totals.macs), ("bytes", totals.activation_bytes)):
        scene = lay_out(trace, unfold=True)
        found = values(scene, trace, quantity(name))
        assert sum(found.values()) == total
        # a block's volume has all that its block costs, its shortcut and gate too
        whole = {"params": lambda s: s.params, "macs": lambda s: s.macs, "bytes": lambda s: 0 if s.kind in ("identity", "flatten") else s.output_bytes}[name]  # fmt: skip
        for box in scene.boxes:
            last = trace.steps[box.step]
            if last.stage and not box.aside:
                part = [step for step in trace.steps if (step.stage, step.block) == (last.stage, last.block)]
                assert found[box.step] == sum(whole(step) for step in part)
    stage = stage_names(trace)[-1]
    inside = values(lay_out(trace, "stage", stage, unfold=True), trace, quantity("macs"))
    assert sum(inside.values()) - inside[min(inside)] == sum(step.macs for step in trace.steps if step.name.startswith(f"{stage}.") and step.path == "main")  # fmt: skip


@given(specs(), sizes, st.sampled_from(["params", "macs", "bytes", "field"]), st.booleans())
def test_a_bar_is_as_long_as_its_share_of_the_most(
    spec: ResNetSpec, size: tuple[int, int], name: str, stage: bool
) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    chosen = quantity(name)
    plain = lay_out(trace, *(("stage", stage_names(trace)[0]) if stage else ()))
    scene = with_strip(plain, trace, chosen)
    found = values(plain, trace, chosen)
    main = [box for box in plain.boxes if not box.aside]
    assert len(scene.bars) == len(main)
    for box, (left, low, right, high, step) in zip(main, scene.bars, strict=True):
        assert (left, right, step) == (box.left, box.right, box.step)
        assert high - low == pytest.approx(54 * found[box.step] / max(found.values()))
    assert len({bar.bottom for bar in scene.bars}) == 1
    # the scale is as high as the longest bar, and free of every bar that one sees; its numbers are in the picture
    axis = scene.axis
    assert axis and (axis.bottom, axis.top) == pytest.approx((scene.bars[0].bottom, max(bar.top for bar in scene.bars)))
    assert all(axis.right < bar.left for bar in scene.bars if bar.top - bar.bottom > 1)
    for label, height, share in zip(axis.labels, axis.ticks, (1, 0.5, 0), strict=True):
        assert label.lines == (chosen.show(share * max(found.values())),)
        left, low, right, high = label.rect
        assert scene.bounds[0] + 11.9 < left and right < axis.left and scene.bounds[1] < low
        assert right < scene.labels[-1].rect[0]  # the line over the bars begins beside the numbers
        assert (low + high) / 2 == pytest.approx(height) == axis.bottom + share * 54
    assert scene.labels[:-1] == plain.labels and scene.boxes == plain.boxes


def test_the_strip_by_hand() -> None:
    """Its words 4 px under the picture, its bars 10 px and a line below that, of 54 px at most; half a number's line under them the end.

    Activation bytes of the block's input stand where else the scale is: it has its room left of the picture.
    """
    trace = rv.forecast(TWO_STAGES, (16, 64))
    for level, focus, name, words, most in (
        ("network", None, "macs", "MACs per block: colours and bars on one scale", "4.72 M"),
        ("network", None, "params", "parameters per block: colours and bars on one scale", "155 k"),
        ("stage", "layer2", "macs", "MACs per step: colours and bars on one scale", "1.44 M"),
        ("block", "layer2.0", "bytes", "activation bytes per step: colours and bars on one scale", "18.8 KiB"),
        ("network", None, "field", "receptive field at each volume: colours and bars on one scale", "123 px"),
    ):
        plain = lay_out(trace, level, focus)
        scene = with_strip(plain, trace, quantity(name))
        label = scene.labels[-1]
        left, bottom, right, top = plain.bounds
        assert label.lines == (words,) and not label.strong
        assert scene.axis and scene.axis.labels[0].lines == (most,)
        moved = name == "bytes"
        assert (scene.axis.right + 9 == pytest.approx(plain.boxes[0].left)) == moved
        assert (scene.bounds[0] < left) == moved
        left = scene.bounds[0]
        assert (label.x, label.y) == pytest.approx((scene.axis.left + wide(words) / 2, bottom - 4))
        base = bottom - 10 - LINE - 54
        assert min(bar[1] for bar in scene.bars) == pytest.approx(base)
        assert max(bar[3] for bar in scene.bars) == pytest.approx(base + 54)
        assert scene.bounds == pytest.approx((left, base - LINE / 2 - 2, right, top))


def test_nothing_to_count() -> None:
    """Formulas know no times: no bar, and a line that says so."""
    trace = rv.forecast(TWO_STAGES, (16, 64))
    scene = with_strip(lay_out(trace), trace, quantity("time"))
    assert scene.bars == () and scene.labels[-1].lines == ("time per block: nothing to show",) and scene.axis is None


def test_measured_times_are_added_up() -> None:
    trace = rv.forecast(TWO_STAGES, (16, 64))
    timed = Trace(tuple(step._replace(time_ms=(step.index + 1) / 8) for step in trace.steps), "hooks", "cpu")
    found = values(lay_out(timed), timed, quantity("time"))
    assert found[0] == 1 / 8 and found[1] == (2 + 3 + 4) / 8 and found[12] == sum(range(6, 14)) / 8
    assert sum(found.values()) == sum(range(34)) / 8
    axis = with_strip(lay_out(timed), timed, quantity("time")).axis
    assert axis and [label.lines for label in axis.labels] == [("29.2 ms",), ("14.6 ms",), ("0 ms",)]


def test_a_bar_of_less_than_one() -> None:
    trace = rv.forecast(TWO_STAGES, (16, 64))
    quick = Trace(tuple(step._replace(time_ms=0.01) for step in trace.steps), "hooks", "cpu")
    bars = with_strip(lay_out(quick), quick, quantity("time")).bars
    assert [bar[3] - bar[1] for bar in bars] == pytest.approx([54 * n / 9 for n in (1, 3, 1, 8, 8, 9, 2, 1)])


def test_numbers_as_they_are_written() -> None:
    count, of_bytes = quantity("macs").show, quantity("bytes").show
    assert [count(n) for n in (0, 999, 1000, 1234, 999_999, 1_000_000, 2_340_000, 10**9, 4_110_000_000)] == [
        "0", "999", "1 k", "1.23 k", "1000 k", "1 M", "2.34 M", "1 G", "4.11 G",
    ]  # fmt: skip
    assert [of_bytes(n) for n in (0, 1023, 1024, 1536, 2**20 - 1, 2**20, 3 * 2**20, 2**30, 5 * 2**29)] == [
        "0 B", "1023 B", "1 KiB", "1.5 KiB", "1024 KiB", "1 MiB", "3 MiB", "1 GiB", "2.5 GiB",
    ]  # fmt: skip
    assert quantity("params").show(25_557_032) == "25.6 M" and (count(999_400), count(999_500)) == ("999 k", "1000 k")
    assert quantity("time").show(1234.5) == "1234 ms"  # and not 1.23e+03
    assert quantity("field").show(483) == "483 px" and quantity("time").show(0.12345) == "0.123 ms"


def test_the_quantities() -> None:
    assert COLOURS == ("stage", "kind", "params", "macs", "bytes", "field", "time")
    assert [(known.name, known.title, known.summed) for known in QUANTITIES] == [
        ("params", "parameters", True), ("macs", "MACs", True), ("bytes", "activation bytes", True), ("field", "receptive field", False), ("time", "time", True),
    ]  # fmt: skip
    wide_field: Step = rv.forecast(TWO_STAGES, (16, 64)).steps[5]._replace(receptive_field=(5, 9))
    assert quantity("field").of(wide_field) == 9


@pytest.mark.parametrize("name", ["seresnet50", "resnetv2_50", "cifar_resnet20", "resnetblur50"])
def test_a_stage_counts_its_own_main_path_and_nothing_else(name: str) -> None:
    trace = rv.forecast(rv.variant(name), 64)
    for focus in stage_names(trace):
        found = values(lay_out(trace, "stage", focus), trace, quantity("params"))
        mine = [step for step in trace.steps if step.name.startswith(f"{focus}.") and step.path == "main"]
        assert sum(found.values()) == sum(step.params for step in mine)
        assert found[min(found)] == 0


def test_the_same_work_in_each_block_of_resnet34() -> None:
    """The paper's rule, half the size and twice the channels, keeps a block's MACs."""
    trace = rv.forecast(rv.variant("resnet34"))
    found = values(lay_out(trace), trace, quantity("macs"))
    plain = {step: found[step] for step in found if trace.steps[step].stage and trace.steps[step].block}
    assert set(plain.values()) == {231_211_008}


def test_unknown_quantity() -> None:
    with pytest.raises(rv.InputError) as caught:
        quantity("weight")
    assert str(caught.value) == (
        "colour='weight': must be one of stage, kind, params, macs, bytes, field, time; use 'stage'"
    )
