"""The app's pages by AppTest: what they say, and what they keep."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

import resnet_viz as rv
from resnet_viz.export.table import count_text
from resnet_viz.spec.catalogue import CATALOGUE, families

APP = str(Path(__file__).parents[1] / "resnet_viz" / "ui" / "main.py")


def _open(*unfolded: str, **params: str) -> AppTest:
    """The app at a link, with these popovers open."""
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    for key in unfolded:
        app.session_state[key] = True
    app.run()
    assert not app.exception
    return app


def _alt(app: AppTest) -> str:
    return _diagram(app)["alt"]


def _diagram(app: AppTest) -> dict[str, Any]:
    """What the picture's component was given."""
    return json.loads(app.get("bidi_component")[0].proto.json)


def _choose(widget: Any, value: Any) -> None:
    """Choose, and have the whole page drawn again: of a change that draws some parts alone, AppTest keeps no more."""
    widget.set_value(value).run().run()


def _edit(**params: str) -> AppTest:
    """The app with every field of the network open."""
    return _open("more", **params)


def _text(app: AppTest) -> str:
    return "\n".join(
        element.value
        for kind in ("markdown", "caption", "warning", "error", "info", "code")
        for element in getattr(app, kind)
    )


def test_opens_with_resnet34_at_224() -> None:
    app = _open()
    assert "224×224×3 → 112×112×64" in _alt(app)
    assert "**21.8 M** parameters · **3.664 G** MACs" in _text(app)
    assert "Confirmed by forward hooks on " in _text(app)


def test_switching_to_32_and_to_the_cifar_stem() -> None:
    app = _open(size="32")
    second = "The stem leaves the blocks only 8×8"
    assert second not in _text(app)
    _press(app, "⚠️ **The map is 1×1 from layer4.0.conv1 on.**")  # opens the findings
    assert second in _text(app)
    app.run()
    _press(app, "Use a CIFAR stem: one 3×3 of stride 1, no pool")
    assert "final map **4×4×512**" in _text(app)
    assert app.query_params["stem"] == "cifar"


def _press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_the_diagnosis_asks_tells_and_mends() -> None:
    app = _open(
        "diagnosis", "more", net="resnet18", size="32", classes="10", mode="train", images="mnist", memory="0.05", optimizer="adam"
    )  # fmt: skip
    text = _text(app)
    assert "**62.1% of all weights only ever meet padding**: 6,946,816 of 11,181,642 parameters" in text
    assert "3 input channels, and its images have 1" in text
    assert "Memory, an estimate for float32 and batch 1: 17" in text
    _press(app, "Use a batch of 2 or more")
    assert app.number_input(key="batch").value == 2
    _press(app, "Fit it to MNIST")
    assert (app.number_input(key="channels").value, app.text_input(key="hw").value) == (1, "28x28")
    assert app.query_params["size"] == "own" and app.query_params["mode"] == "train"
    _press(app, "Leave out the last stage, layer4")
    assert app.session_state["edits"] == {"blocks": "2,2,2", "widths": "64,128,256"}
    _press(app, "Show maxpool")
    assert app.query_params["step"] == "maxpool"


def test_a_network_that_cannot_run_is_mended() -> None:
    app = _open(net="resnetaa50", size="own", hw="240x240")
    assert app.error[0].value.startswith("This network cannot run at this input.")
    _press(app, "Use an input of 256×256")
    assert "final map **8×8×2048**" in _text(app)


def test_a_link_restores_every_choice() -> None:
    app = _open(
        net="resnet50",
        size="own",
        hw="96x64",
        stem="deep",
        shortcut="C",
        classes="7",
        channels="1",
        batch="2",
        device="meta",
        level="block",
        focus="layer3.1",
        step="layer3.1.conv2",
    )
    spec = rv.replace(rv.variant("resnet50"), stem=rv.DEEP_STEM, shortcut="C", num_classes=7, in_channels=1)
    trace = rv.forecast(spec, (96, 64), 2)
    assert f"{trace.totals.macs / 1e9:.4g} G" in _text(app)
    assert "`layer3.1.conv2` (conv)" in _text(app)
    assert "layer3.1" in _alt(app)
    assert dict(app.query_params) == {
        "net": "resnet50", "size": "own", "hw": "96x64", "stem": "deep", "shortcut": "C", "classes": "7", "channels": "1",
        "batch": "2", "device": "meta", "level": "block", "focus": "layer3.1", "step": "layer3.1.conv2",
    }  # fmt: skip


def test_nonsense_in_every_parameter_is_said_and_replaced() -> None:
    bad = {
        "net": "<b>",
        "size": "999",
        "hw": "",
        "stem": "x",
        "shortcut": "Z",
        "classes": "-1",
        "channels": "0",
        "batch": "1e9",
        "device": "tpu",
        "level": "q",
        "block": "1",
        "focus": "1",
        "blocks": "3,x",
        "stem.kernel": "seven",
        "preact": "maybe",
        "operation": "a b",
        "row": "-1",
        "colour": "red",
        "true": "yes",
        "step": "a b",
    }
    app = _open(**bad)
    assert "224×224×3 → 112×112×64" in _alt(app)
    assert app.warning[0].value == "The link asked for what does not exist, so the default stands instead:"
    assert all(f"{name}={value}" in app.code[0].value for name, value in bad.items())


def test_a_bad_own_size_keeps_everything_else() -> None:
    app = _open("more", net="resnet50", size="own", hw="12x-3", classes="7")
    assert app.error[0].value.startswith("Own size: input_size='12x-3': must be one side or HxW")
    app.text_input(key="hw").set_value("48").run()
    assert not app.error
    assert app.selectbox(key="net").value == "resnet50"
    assert app.number_input(key="classes").value == 7


def test_what_is_hidden_for_a_while_is_kept() -> None:
    app = _open("more", level="block", focus="layer3.1", size="own", hw="48", classes="7")
    app.segmented_control(key="level").set_value("network").run()
    app.text_input(key="hw").set_value("nonsense").run()
    assert app.error
    app.text_input(key="hw").set_value("64").run()
    app.segmented_control(key="level").set_value("block").run()
    assert app.selectbox(key="focus").value == "layer3.1"
    assert app.number_input(key="classes").value == 7


def test_the_input_follows_the_network_unless_chosen() -> None:
    app = _open()
    app.selectbox(key="net").set_value("cifar_resnet20").run()
    assert "32×32×3 → 32×32×16" in _alt(app)
    app.session_state["size"] = "64"
    app.run()
    app.selectbox(key="net").set_value("resnet50").run()
    assert "64×64×3" in _alt(app)


def test_an_impossible_combination_is_said_beside_the_controls() -> None:
    app = _open(device="cpu", batch="1000000")
    assert "Not run on the cpu from here" in _text(app)
    app = _open(device="cuda") if not _cuda() else None
    if app is not None:
        assert "device='cuda': is not on this machine" in app.error[0].value


def _cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def test_torchinfo_beside_ours() -> None:
    app = _open(net="resnet18")
    app.toggle(key="torchinfo").set_value(True).run()
    assert "| difference | 0 | 10,600 |" in _text(app)
    assert "torchinfo also counts each norm's weights" in _text(app)


FIRST_OF_EACH_FAMILY = [next(v.name for v in CATALOGUE if v.family == family) for family in families()]


@pytest.mark.parametrize("name", FIRST_OF_EACH_FAMILY)
def test_a_network_of_each_family_opens(name: str) -> None:
    app = _open(net=name, level="block")
    assert not app.error
    assert "Confirmed" in _text(app)


def test_a_choice_is_one_entry_of_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    app = _open(net="resnet18", step="layer3.0.conv1")
    sent: list[str] = []
    monkeypatch.setattr(QueryParams, "_send_query_param_msg", lambda self: sent.append(str(self)))
    app.segmented_control(key="level").set_value("stage").run()  # and with it the stage that it is
    assert len(sent) == 1 and "'level': 'stage'" in sent[0] and "'focus': " in sent[0]
    app.run()
    assert len(sent) == 1


def test_an_old_link_to_a_block_still_works() -> None:
    app = _open(level="block", block="layer3.1")
    assert app.selectbox(key="focus").value == "layer3.1"
    assert "layer3.1" in _alt(app)


@pytest.mark.parametrize("focus", ["layer5", "layer9.0", "layer3.6", "stem", "layer3.0.conv1", "x" * 300])
def test_a_link_to_a_part_that_this_network_does_not_have_is_said_and_replaced(focus: str) -> None:
    app = _open(level="block", focus=focus)  # resnet34's third stage has six blocks
    assert app.warning[0].value == "The link asked for what does not exist, so the default stands instead:"
    assert app.code[0].value == f"focus={focus[:40]}"
    assert app.selectbox(key="focus").value == app.query_params["focus"] == "layer2.0"
    app.selectbox(key="focus").set_value("layer3.5").run()
    assert app.code[0].value == f"focus={focus[:40]}" and app.query_params["focus"] == "layer3.5"


def test_a_link_to_a_part_of_an_edited_network_is_followed() -> None:
    app = _open(level="block", focus="layer3.6", blocks="3,4,7,3")
    assert not app.warning and app.selectbox(key="focus").value == "layer3.6"


def test_editing_a_field_says_what_changed_and_is_in_the_link() -> None:
    app = _edit(net="resnet50")
    app.text_input(key="edit_groups").set_value("32").run()
    app.text_input(key="edit_width_per_group").set_value("4").run()
    assert "**ResNet-50, changed:** the 3×3 in 32 groups, of 4 channels each in layer1." in _text(app)
    assert "That is **ResNeXt-50 32×4d** (`resnext50_32x4d`), as published." in _text(app)
    assert (app.query_params["groups"], app.query_params["width_per_group"]) == ("32", "4")
    assert "25.03 M** parameters" in _text(app).replace("**25.03 M", "25.03 M")
    app.button[0].click().run()
    assert "changed" not in _text(app)
    assert set(app.query_params) == {"net"}


def test_levels_colours_scale_and_folds_are_in_the_link() -> None:
    app = _open(net="resnet152", level="stage", focus="layer3", colour="macs", true="1", unfold="1", device="meta")
    given = json.loads(_diagram(app)["figure"])
    assert given["layout"]["meta"]["alt"].startswith("stage level, layer3 · conv4_x, 36 blocks")
    assert any("MACs per step" in label["text"] for label in given["layout"]["annotations"])
    assert len(next(data for data in given["data"] if data.get("name") == "hits")["customdata"]) > 36 * 4
    _choose(app.toggle(key="unfold"), False)
    app.segmented_control(key="level").set_value("block").run()
    assert app.selectbox(key="focus").value == "layer3.0"
    assert {"net", "level", "focus", "colour", "true", "device"} == set(app.query_params)
    assert "time" not in app.selectbox(key="colour").options


def test_times_colour_the_picture_where_a_device_really_ran() -> None:
    app = _open(net="cifar_resnet20", device="cpu", colour="time")
    assert any(
        "time per block" in label["text"] for label in json.loads(_diagram(app)["figure"])["layout"]["annotations"]
    )


def test_the_papers_table_and_the_line_of_code() -> None:
    app = _open(net="resnet50", step="layer3.0.conv2")
    assert "in PyTorch: `nn.Conv2d(256, 256, 3, stride=2, padding=1, bias=False)`" in _text(app)
    app.toggle(key="paper").set_value(True).run()
    table = app.dataframe[-1].value
    assert list(table["paper"])[2:6] == ["conv2_x", "conv3_x", "conv4_x", "conv5_x"]
    assert list(table["made of"])[4] == "[1×1, 256, 3×3, 256, 1×1, 1024] × 6"
    assert sum(table["MACs"]) == 4_089_184_256


def test_the_solid_view_by_link() -> None:
    app = _open(solid="1", net="seresnet50", colour="params")
    assert _alt(app).startswith("solid view, ")
    assert json.loads(_diagram(app)["figure"])["data"][0]["type"] == "mesh3d"
    app.toggle(key="solid").set_value(False).run()
    assert _alt(app).startswith("network level")
    assert "solid" not in app.query_params


def test_one_operation_at_work() -> None:
    app = _open(level="operation", operation="layer2.0.conv1", row="3", column="99", size="32")
    assert app.selectbox(key="operation").value == "layer2.0.conv1"
    assert (app.slider(key="row").value, app.slider(key="column").value) == (3, 3)
    assert _alt(app).startswith("operation level, layer2.0.conv1, output cell (3, 3). input 8×8, padding 1, stride 2")
    app.slider(key="column").set_value(1).run()
    assert app.query_params["column"] == "1"
    assert "output channel 1 of 128, " in _alt(app) and app.number_input(key="channel").max == 128
    app.number_input(key="channel").set_value(100).run()
    assert "output channel 100 of 128, " in _alt(app) and app.query_params["channel"] == "100"
    app.selectbox(key="operation").set_value("conv1").run()  # of 64
    assert app.number_input(key="channel").value == 64 and "output channel 64 of 64, " in _alt(app)
    app.selectbox(key="operation").set_value("maxpool").run()
    assert not [it for it in app.number_input if it.key == "channel"]
    app.selectbox(key="operation").set_value("layer4.0.conv2").run()  # a map of one cell has nowhere to go
    assert "output cell (0, 0)" in _alt(app)
    app.segmented_control(key="level").set_value("network").run()
    assert "operation" not in app.query_params
    app = _open(level="operation", step="layer3.0.downsample.0")
    assert app.selectbox(key="operation").value == "layer3.0.downsample.0"


def _field_alt(app: AppTest) -> str:
    return json.loads(app.get("bidi_component")[1].proto.json)["alt"]


def test_the_receptive_field_of_a_chosen_cell() -> None:
    app = _open(step="layer2.0.conv1", field="1", field_row="3", field_column="999")
    assert app.slider(key="field_row").value == 3
    assert app.slider(key="field_column").value == 27  # the map's last
    assert _field_alt(app).startswith(
        "receptive field of layer2.0.conv1, cell (3, 27). image 224×224 px, field 67×67 px"
    )
    app.slider(key="field_column").set_value(5).run()
    assert app.query_params["field_column"] == "5"
    assert "cell (3, 5)" in _field_alt(app)
    app.file_uploader(key="field_image").set_value(("own.png", b"not an image", "image/png")).run()
    assert app.error[0].value == (
        "Own image: image='the file': cannot be read as PNG, JPEG, WEBP; save it as PNG. The sample stands instead."
    )
    app.toggle(key="field").set_value(False).run()
    assert "field" not in app.query_params and len(app.get("bidi_component")) == 1
    app = _open(step="layer4.2.relu2", field="1", size="32")  # a map of one cell has nowhere to go
    assert "one cell for the whole image" in _field_alt(app)


@pytest.mark.parametrize(
    ("level", "act", "after"),
    [("network", "in", ("stage", "layer2")), ("stage", "in", ("block", "layer2.1")), ("block", "out", ("stage", "layer2")), ("network", "out", ("network", None))],
)  # fmt: skip
def test_going_in_and_out(level: str, act: str, after: tuple[str, str | None]) -> None:
    app = _open(level=level, focus="layer2.1" if level == "block" else "layer2")
    step = rv.forecast(rv.variant("resnet34")).step("layer2.1.conv2").index
    if act == "in":
        app.session_state["go_in"] = step
    else:
        app.segmented_control(key="level").set_value({"block": "stage", "network": "network"}[level])
    app.run()
    assert app.segmented_control(key="level").value == after[0]
    assert app.query_params.get("focus") == after[1]


def _find(app: AppTest) -> Selectbox[str]:
    (field,) = (field for field in app.selectbox if field.label == "Find a step")
    return field


def test_a_step_is_found_by_its_name_and_shown_where_it_is_drawn() -> None:
    app = _open(net="resnet18", size="64")
    assert _find(app).options == [step.name for step in rv.forecast("resnet18").steps]
    assert _diagram(app)["trail"] == ["ResNet-18"]
    _find(app).set_value("layer3.0.downsample.0").run()
    assert "find" not in app.session_state  # which is the field of the page of networks
    assert {name: app.query_params[name] for name in ("step", "level", "focus")} == {
        "step": "layer3.0.downsample.0", "level": "block", "focus": "layer3.0"
    }  # fmt: skip
    assert _diagram(app)["trail"] == ["ResNet-18", "layer3", "layer3.0"]
    key = _find(app).key
    _find(app).set_value("conv1").run()
    assert "level" not in app.query_params and "`conv1` (conv), row 1" in _text(app)
    assert _find(app).key == key  # the field stays where the hand is
    _find(app).set_value(None).run()
    assert "step" not in app.query_params and "Why this shape?" not in _text(app)


def test_a_browser_that_is_a_step_behind_finds_no_step_again() -> None:
    app = _open(net="resnet18", size="64", step="layer1.1.conv2")
    late = app._tree.get_widget_states()
    app.session_state["step_index"] = rv.forecast("resnet18").step("layer1.0.conv1").index
    app.run()
    assert _find(app).value == app.query_params["step"] == "layer1.0.conv1"
    app._run(late)
    assert app.query_params["step"] == "layer1.0.conv1" and "level" not in app.query_params


def test_a_link_carries_every_field() -> None:
    app = _open(**{"net": "resnet18", "block": "bottleneck", "blocks": "1,2,1", "widths": "32,64,96", "stem.channels": "32,32",
                   "stem.kernel": "5", "stem.stride": "1", "stem.pool": "conv", "preact": "true", "attention": "se", "se_ratio": "0.25",
                   "norm": "group", "dilated_stages": "1", "shortcut_pool": "true", "zero_init": "true", "size": "64"})  # fmt: skip
    assert not app.error
    assert not app.warning
    spec = rv.ResNetSpec(
        blocks=(1, 2, 1), widths=(32, 64, 96), stem=rv.Stem((32, 32), 5, 1, "conv"), preact=True, attention="se", se_ratio=0.25,
        norm="group", dilated_stages=1, shortcut_pool=True, zero_init=True,
    )  # fmt: skip
    assert f"{count_text(rv.forecast(spec, 64).totals.macs)}** MACs" in _text(app)
    assert app.selectbox(key="stem").value == "own"


def test_a_bad_field_is_said_beside_it_and_nothing_is_lost() -> None:
    app = _edit(net="resnet50", classes="7")
    app.text_input(key="edit_blocks").set_value("3,4,six,3").run()
    assert [error.value for error in app.error] == [
        "Blocks per stage: must be written like 3,4,6,3; write blocks=3,4,6,3",
        "This combination cannot be built. blocks='3,4,six,3': must be written like 3,4,6,3; write blocks=3,4,6,3",
    ]
    assert app.text_input(key="edit_blocks").value == "3,4,six,3"
    app.text_input(key="edit_blocks").set_value("3,4,0,3").run()
    assert app.error[0].value == "Blocks per stage: every stage needs at least 1 block; drop the stage instead"
    app.text_input(key="edit_blocks").set_value("3,4,2,3").run()
    assert not app.error
    assert app.number_input(key="classes").value == 7
    assert "blocks per stage 3, 4, 2, 3 instead of 3, 4, 6, 3; 7 classes" in _text(app)


def test_each_network_keeps_its_own_edits() -> None:
    app = _edit(net="resnet50")
    app.selectbox(key="edit_attention").set_value("eca").run()
    app.text_input(key="edit_stem.kernel").set_value("5").run()
    assert app.selectbox(key="stem").value == "own"
    app.selectbox(key="net").set_value("resnet34").run()
    assert "changed" not in _text(app)
    assert app.selectbox(key="stem").value == "published"
    app.selectbox(key="net").set_value("resnet50").run()
    assert "stem: one 5×5 conv of 64 channels, stride 2, then max pool; efficient channel attention" in _text(app)
    app.selectbox(key="stem").set_value("cifar").run()
    assert "stem: one 3×3 conv of 64 channels, stride 1, no pool; efficient channel attention" in _text(app)


def test_an_own_network_is_loaded_from_json(tmp_path: Path) -> None:
    spec = rv.replace(rv.variant("resnext50_32x4d"), blocks=(1, 1, 2, 1), num_classes=5, in_channels=1, attention="se")
    app = _edit()
    app.file_uploader(key="spec_file").set_value(("own.json", spec.to_json().encode(), "application/json")).run()
    assert not app.error
    assert app.selectbox(key="net").value == "seresnext50_32x4d"
    assert "blocks per stage 1, 1, 2, 1 instead of 3, 4, 6, 3" in _text(app)
    assert "5 classes" in _text(app) and "1 input channel" in _text(app)
    app = _edit()
    app.file_uploader(key="spec_file").set_value(("own.json", b'{"blocks": [0]}', "application/json")).run()
    assert app.error[0].value.startswith("Not loaded. blocks=(0,): every stage needs at least 1 block")
    assert "224×224×3 → 112×112×64" in _alt(app)


def test_an_input_that_an_anti_aliased_network_refuses() -> None:
    app = _open(net="resnetaa50", size="own", hw="240")
    assert app.error[0].value == (
        "This network cannot run at this input. input_size=(240, 240): layer4.0.add cannot run: the main path brings "
        "2048×7×7 and the shortcut 2048×8×8, which cannot be added; use sides that are multiples of 32"
    )


NETWORKS = """
import streamlit as st
from resnet_viz.ui.screens import networks
networks.page(lambda name, size: st.session_state.update(opened=(name, size)))
"""
WEIGHTS = NETWORKS.replace("networks", "weights")


def _alone(script: str, **params: str) -> AppTest:
    app = AppTest.from_string(script, default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


COMPARE = "from resnet_viz.ui.screens import compare\ncompare.page()"


def _sides(app: AppTest) -> tuple[str, str]:
    return app.session_state["text_a"], app.session_state["text_b"]


def test_the_compare_page_starts_with_224_against_32() -> None:
    app = _alone(COMPARE)
    assert _sides(app) == ("resnet34@224", "resnet34@32")
    totals = app.dataframe[0].value.set_index("quantity")
    assert totals.loc["MACs", "B: resnet34@32"] == "75.27 M (÷48.7)"
    alts = [json.loads(part.proto.json)["alt"] for part in app.get("bidi_component")]
    assert "224×224×3 → 112×112×64" in alts[0] and "32×32×3 → 16×16×64" in alts[1]
    rows = app.dataframe[1].value
    assert len(rows) == 139 and rows.loc[1, "output_shape"] == "1x64x112x112 → 1x64x16x16"
    assert "**Step by step**: 139 of 139 steps differ" in _text(app)
    _press(app, "Use a CIFAR stem: one 3×3 of stride 1, no pool")
    assert _sides(app)[1] == "resnet34:stem=cifar@32" and app.query_params["b"] == "resnet34:stem=cifar@32"


def test_comparing_by_link_by_preset_by_hand_and_four_at_once() -> None:
    app = _alone(
        COMPARE, a="resnet50@160x224", b="resnet50:stride_in=1x1,num_classes=10@224", c="resnet18@64", d="<b>@9"
    )
    assert "d=<b>@9" in app.code[0].value
    assert _sides(app) == ("resnet50@160x224", "resnet50:stride_in=1x1,num_classes=10@224")
    assert len(app.dataframe[0].value.columns) == 4
    _press(app, "Add another")
    assert app.session_state["text_d"] == app.session_state["text_b"]
    _press(app, "Take away D")
    _press(app, "Take away C")
    assert len(app.dataframe[0].value.columns) == 3 and "c" not in app.query_params
    _press(app, "Swap A and B")
    assert _sides(app) == ("resnet50:stride_in=1x1,num_classes=10@224", "resnet50@160x224")
    _press(app, "Copy A to B")
    assert _sides(app)[0] == _sides(app)[1]
    app.toggle(key="compare_only").set_value(True).run()
    assert len(app.dataframe[1].value) == 0
    app.selectbox(key="compare_preset").set_value("pre-activation").run()
    assert _sides(app) == ("resnet50@224", "resnetv2_50@224")
    app.text_input(key="b_more").set_value("norm=layer").run()
    assert app.error[0].value == "B: norm='layer': must be one of 'batch', 'group'; use 'batch'"
    app.text_input(key="b_more").set_value("norm=group").run()
    assert _sides(app)[1] == "resnetv2_50:norm=group@224"
    app.text_input(key="a_size").set_value("0").run()
    assert app.error[0].value.startswith("A: input_size=")
    app.text_input(key="a_size").set_value("64").run()
    app.selectbox(key="a_net").set_value("resnetaa50").run()
    app.text_input(key="a_size").set_value("240").run()
    assert "layer4.0.add cannot run" in app.error[0].value
    assert not app.exception


def test_adapting_to_ones_own_images() -> None:
    app = _alone(COMPARE)
    app.text_input(key="adapt_size").set_value("64").run()
    app.number_input(key="adapt_channels").set_value(1).run()
    app.number_input(key="adapt_classes").set_value(4).run()
    best = "resnet18:stem.pool=none,in_channels=1,num_classes=4@64"
    row = "| ✓ | `resnet18:stem.pool=none` | the whole image | 4×4 | all but conv1, fc |"
    assert row in _text(app).replace("\u00a0", " ")
    _press(app, "Show beside resnet34")
    assert _sides(app) == ("resnet34:in_channels=1,num_classes=4@64", best)
    assert app.query_params["for"] == "64" and app.query_params["for_channels"] == "1"
    app = _alone(COMPARE, **{"for": "0", "for_memory": "-1"})
    assert app.error[0].value.startswith("input_size=") and "for_memory=-1" in app.code[0].value
    app = _alone(COMPARE, **{"for": "2048", "for_memory": "1", "for_ms": "5", "for_speed": "resnet50@224=300"})
    assert app.info[0].value.startswith("None of 9 networks fits images of 2048×2048 px")
    assert "(misses memory, time)" in _text(app) and "`resnet18` (misses memory, time)" in _text(app).replace(
        "\u00a0", " "
    )


BREAK = "from resnet_viz.ui.screens import breaks\nbreaks.page()"


def test_breaking_and_mending() -> None:
    app = _alone(BREAK)
    assert app.error[0].value == "**RuntimeError in layer2.0.add, which was given 1×128×28×28 and 1×64×56×56.**"
    assert app.code[1].value.endswith("must match the size of tensor b (56) at non-singleton dimension 3")
    assert _alt(app).startswith("block level, layer2.0, identity shortcut")
    assert _alt(app).endswith("It stopped in layer2.0.add: 28×28×128 + 56×56×64 unequal: raises. Nothing after it ran.")
    assert "28×28×128<br>+ 56×56×64<br>unequal: raises" in [
        note["text"] for note in json.loads(_diagram(app)["figure"])["layout"]["annotations"]
    ]
    assert "**Put the 1×1 conv back, with the block's stride.**" in _text(app)
    _press(app, "Mend it")
    assert "The sound network ran on 1 image: out come 1×1000 numbers." in app.success[0].value
    assert _alt(app).startswith("block level, layer2.0, projection shortcut") and "not run" not in _alt(app)
    app.selectbox(key="break_case").set_value("floor-pool").run()
    assert "at this input the mistake does not show" in app.info[0].value
    _press(app, "Try an input of 225")
    assert "1×128×28×28" in app.error[0].value and app.query_params["at"] == "225"
    app.selectbox(key="break_case").set_value("fixed-head").run()
    assert _alt(app).startswith("network level") and "It stopped in fc: fc given 2048 takes 512" in _alt(app)


def test_a_broken_link_to_the_bench_and_a_pasted_error() -> None:
    app = _alone(BREAK, net="resnet18", at="32", case="forgotten-stride", block="layer4.0")
    assert "from layer4.0.add on the map is 512×2×2" in app.warning[0].value
    app.text_area(key="break_text").set_value(
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x2048 and 512x1000)"
    ).run()
    assert "In resnet18 at this input it fits: `fc`." in _text(app)
    fits = json.loads(json.loads(app.get("bidi_component")[1].proto.json)["figure"])
    (texts,) = [trace["hovertext"] for trace in fits["data"] if trace["type"] == "bar"]
    sign = next(trace for trace in fits["data"] if trace.get("name") == "the error fits here")
    assert len(sign["x"]) == 1 and texts[-1].startswith("<b>fc</b>")  # what is hovered at the sign
    assert [block.value for block in app.code][-2:] == [
        "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)",  # resnet18 at 32 px ends in 512×1×1; 2,048 is also 512·2·2
        "model.fc = nn.Linear(2048, 1000)",
    ]
    app.text_area(key="break_text").set_value("hello").run()
    assert app.info[-1].value.startswith("No error stands in this text")
    app.text_area(key="break_text").set_value("").run()
    _press(app, "Try a sample")
    assert "8,192 = 2,048·2·2" in _text(app)
    app = _alone(BREAK, net="resnet18", at="0", case="x", block="y")
    assert app.error[0].value.startswith("input_size=") and "case=x\nblock=y" in app.code[0].value
    app = _alone(BREAK, net="resnet18", at="64", block="layer1.0")  # is there, but its shortcut changes no shape
    assert app.code[0].value == "block=layer1.0" and app.query_params["block"] == "layer2.0"
    app.text_area(key="break_text").set_value("ValueError: expected 4D input (got 3D input)").run()
    assert "The batch dimension is missing" in _text(app)  # also where no network is chosen well
    app.text_area(key="break_text").set_value('Unexpected key(s) in state_dict: "![x](http://a/b.png)"').run()
    assert "!\\[x\\]\\(http\\://a/b.png\\)" in _text(app)
    app = _alone(BREAK, net="resnetv2_152x4_bit")
    assert "is too large to be run for this" in app.error[0].value


def test_the_networks_page_lists_filters_and_counts() -> None:
    app = _alone(NETWORKS)
    frame = app.dataframe[0].value
    imagenet = [known for known in CATALOGUE if known.family.dataset == "ImageNet-1k"]
    assert list(frame["name"]) == [known.name for known in imagenet]
    row = frame.set_index("name").loc["resnet50"]
    assert (row["layers"], row["top1"], row["output_stride"], row["receptive_field"]) == (50, 76.13, 32, 427)
    assert round(row["params"] * 1e6) == 25557032 and round(row["macs"] * 1e9) == 4089184256
    app.text_input(key="find").set_value("seresnet").run()
    assert set(app.dataframe[0].value["name"]) >= {"seresnet18", "seresnet50_v1"}
    assert len(app.dataframe[0].value) < 20
    app.text_input(key="find").set_value("nothing of that name").run()
    assert "Nothing matches" in _text(app)
    assert dict(app.query_params) == {"find": "nothing of that name"}


def test_the_networks_page_at_another_input_and_for_cifar() -> None:
    app = _alone(NETWORKS, data="CIFAR-10", at="32", find="wrn")
    assert list(app.dataframe[0].value["final_map"]) == ["8x8"] * 5
    app = _alone(NETWORKS, at="other", at_hw="240", find="aa50")
    assert "Cannot run at this input, so without counts: resnetaa50, resnetaa50d, seresnetaa50d." in _text(app)
    app.text_input(key="at_hw").set_value("12y").run()
    assert app.error[0].value.startswith("Input: input_size='12y': must be one side or HxW")


def test_the_networks_page_says_what_a_link_asked_in_vain() -> None:
    app = _alone(NETWORKS, data="MNIST", at="7")
    assert "data=MNIST\nat=7" in app.code[0].value
    assert len(app.dataframe[0].value) > 100


@pytest.mark.usefixtures("warm_reader")
def test_the_sample_of_the_weights_page_says_sentence_table_and_python() -> None:
    app = _alone(WEIGHTS)
    app.toggle(key="weights_sample").set_value(True).run()
    said = app.success[0].value
    assert said.startswith(
        "This is a resnet18 with 1 input channel without its classifier. It lies in “state_dict”, under “encoder.”."
    )
    assert [row["network"] for row in app.dataframe[0].value.to_dict("records")] == ["resnet18", "resnetblur18"]
    assert "model.fc = torch.nn.Identity()" in app.code[1].value


@pytest.mark.usefixtures("warm_reader")
def test_the_weights_page(tmp_path: Path) -> None:
    import torch

    app = _alone(WEIGHTS)
    assert "`resnet-viz check FILE`" in _text(app)
    file = tmp_path / "mine.pth"
    torch.save(rv.build(rv.replace(rv.variant("resnet18"), num_classes=4), init=False).state_dict(), file)
    app.file_uploader(key="weights_file").set_value(("mine.pth", file.read_bytes(), "")).run()
    assert app.success[0].value.startswith("This is a resnet18 with 4 classes.")
    app.button[0].click().run()
    assert app.session_state["opened"] == ("resnet18", None)
    assert app.session_state["classes"] == 4
    assert "model.load_state_dict(held)" in app.code[0].value
    app.selectbox(key="weights_as").set_value("resnet34").run()
    assert app.warning[0].value == "resnet34: does not fit."
    assert "missing: layer1.2.conv1.weight: the network has 64×64×3×3" in app.code[0].value
    app.file_uploader(key="weights_file").set_value(("bad.pth", b"hello", "")).run()
    assert app.error[0].value.startswith("file='bad.pth': is neither a file that torch.save wrote nor safetensors")


def test_back_and_forward_show_what_the_address_says() -> None:
    app = _open()
    for side in ("32", "64"):
        _choose(app.segmented_control(key="size"), side)
    app.selectbox(key="net").set_value("resnet50").run()
    now = dict(app.query_params)
    for address, shown in (({"size": "64"}, "64×64×3 → 32×32×64"), ({}, "224×224×3"), (now, "64×64×3 → 32×32×64")):
        app.query_params.clear()
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception and shown in _alt(app)
        assert dict(app.query_params) == address
    assert app.selectbox(key="net").value == "resnet50"


def test_a_choice_before_the_browser_has_the_last_address_is_no_way_back() -> None:
    app = _open()
    _choose(app.segmented_control(key="size"), "32")
    app.query_params.clear()  # the browser still has the address before
    app.selectbox(key="net").set_value("resnet18").run()
    assert app.segmented_control(key="size").value == "32" and app.selectbox(key="net").value == "resnet18"
    assert dict(app.query_params) == {"net": "resnet18", "size": "32"}


@pytest.mark.parametrize(("page", "key"), [("explore", "net"), ("compare", "a_net"), ("breaks", "break_net")])
def test_a_network_is_found_by_its_name(page: str, key: str) -> None:
    """A list in the page is searched by what it shows; papers and code say resnet50_v1, and no title does."""
    app = AppTest.from_string(f"from resnet_viz.ui.screens import {page}\n{page}.page()", default_timeout=60).run()
    offered = app.selectbox(key=key).options
    assert [name for name in rv.variants() if not any(f" {name} " in shown for shown in offered)] == []


def test_each_step_of_the_image_says_how_far_it_sees() -> None:
    """Also a 1×1, which leaves it: 7, pooled 11, three 3×3 at 4 px, one more, three at 8 px: 91 after layer2."""
    assert "- receptive field: `91 px, as before`" in _text(_open(net="resnet50", step="layer2.3.conv3"))
    assert "- receptive field: `75 + (3 − 1)·8 = 91 px`" in _text(_open(net="resnet50", step="layer2.3.conv2"))
    assert "receptive field: `" not in _text(_open(net="resnet50", step="fc"))


def test_back_on_one_page_leaves_the_others_as_they_were() -> None:
    app = AppTest.from_string(
        "from resnet_viz.ui import links\nfrom resnet_viz.ui.screens import breaks\nlinks.keep()\nbreaks.page()\nlinks.remember()"
    )
    app.session_state["edits"] = {"groups": "32"}  # on Explore
    app.query_params["at"] = "64"
    app.run(timeout=60)
    app.query_params["at"] = "96"
    app.run(timeout=60)
    assert app.text_input(key="break_size").value == "96"
    assert app.session_state["edits"] == {"groups": "32"}
