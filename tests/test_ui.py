"""The app's pages by AppTest: what they say, and what they keep."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import resnet_viz as rv

APP = str(Path(__file__).parents[1] / "app.py")


def _open(**params: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _alt(app: AppTest) -> str:
    return json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["meta"]["alt"]


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
    assert "the map has shrunk to 1×1 from layer4.0.conv1 on" in _text(app)
    app.button[0].click().run()
    assert "final map **4×4×512**" in _text(app)
    assert app.query_params["stem"] == "cifar"


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
        block="layer3.1",
        step="layer3.1.conv2",
    )
    spec = rv.replace(rv.variant("resnet50"), stem=rv.DEEP_STEM, shortcut="C", num_classes=7, in_channels=1)
    trace = rv.forecast(spec, (96, 64), 2)
    assert f"{trace.totals.macs / 1e9:.4g} G" in _text(app)
    assert "`layer3.1.conv2` (conv)" in _text(app)
    assert "layer3.1" in _alt(app)
    assert dict(app.query_params) == {
        "net": "resnet50", "size": "own", "hw": "96x64", "stem": "deep", "shortcut": "C", "classes": "7", "channels": "1",
        "batch": "2", "device": "meta", "level": "block", "block": "layer3.1", "step": "layer3.1.conv2",
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
        "step": "a b",
    }
    app = _open(**bad)
    assert "224×224×3 → 112×112×64" in _alt(app)
    assert app.warning[0].value == "The link asked for what does not exist, so the default stands instead:"
    assert all(f"{name}={value}" in app.code[0].value for name, value in bad.items())


def test_a_bad_own_size_keeps_everything_else() -> None:
    app = _open(net="resnet50", size="own", hw="12x-3", classes="7")
    assert app.error[0].value.startswith("Own size: input_size='12x-3': must be one side or HxW")
    app.text_input(key="hw").set_value("48").run()
    assert not app.error
    assert app.selectbox(key="net").value == "resnet50"
    assert app.number_input(key="classes").value == 7


def test_what_is_hidden_for_a_while_is_kept() -> None:
    app = _open(level="block", block="layer3.1", size="own", hw="48", classes="7")
    app.segmented_control(key="level").set_value("network").run()
    app.text_input(key="hw").set_value("nonsense").run()
    assert app.error
    app.text_input(key="hw").set_value("64").run()
    app.segmented_control(key="level").set_value("block").run()
    assert app.selectbox(key="block").value == "layer3.1"
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


@pytest.mark.parametrize("name", rv.variants())
def test_every_network_opens(name: str) -> None:
    app = _open(net=name, level="block")
    assert not app.error
    assert "Confirmed" in _text(app)
