"""The page Your model by AppTest: files, links, what was handed over, and what is told where something is refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

import resnet_viz as rv
from resnet_viz.engines.onnx import EXAMPLES
from resnet_viz.ui import cache, handing
from resnet_viz.ui.screens import model

PAGE = "from resnet_viz.ui import links\nfrom resnet_viz.ui.screens import model\nlinks.keep()\nmodel.page()"
GONE_FILE = (
    "This link is to a file that somebody opened here from their own machine. Files are not kept, so it is not there any "
    "more. Open the same file, and the view of the link returns."
)
GONE_TRACE = (
    "This link is to a network that was opened from Python or a terminal, and it is not there any more: it stays as long as "
    "that session shows it."
)

pytestmark = pytest.mark.usefixtures("warm_reader")


def opened(**params: str) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=120)
    for name, value in params.items():
        app.query_params[name] = value
    return checked(app)


def checked(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    kinds = ("markdown", "caption", "warning", "error", "info", "code")
    return "\n".join(element.value for kind in kinds for element in getattr(app, kind))


def alt(app: AppTest) -> str:
    return json.loads(app.get("bidi_component")[0].proto.json)["alt"]


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader(key="model_file").set_value((name, data, ""))
    return checked(app)


def test_an_empty_page_says_how_a_network_gets_here() -> None:
    app = opened()
    assert [code.value for code in app.code] == [model.FROM_PYTORCH, model.FROM_PYTHON, model.FROM_TERMINAL]
    assert not app.error and not app.dataframe and not dict(app.query_params)


def test_the_code_that_it_shows_is_right() -> None:
    assert compile(model.FROM_PYTORCH + "\n" + model.FROM_PYTHON, "page", "exec")
    from resnet_viz.cli.parser import parse

    for line in model.FROM_TERMINAL.splitlines():
        assert callable(parse(line.split()[1:]).run)


@pytest.mark.parametrize("title", EXAMPLES)
def test_each_example_is_shown_by_choice_and_by_its_link(title: str) -> None:
    app = opened()
    app.selectbox(key="model_sample").set_value(title)
    checked(app)
    trace = rv.read_onnx(EXAMPLES[title])
    assert f"**{len(trace.steps) - 1:,}** steps at " in text(app)
    assert app.dataframe[0].value["name"].tolist() == [step.name for step in trace.steps]
    link = dict(app.query_params)
    assert link.keys() == {"model"} and link["model"].startswith("sample-")
    again = opened(**link)
    assert alt(again) == alt(app)


def test_a_file_is_uploaded_at_another_input_and_taken_away() -> None:
    data = EXAMPLES["U-Net"].read_bytes()
    app = upload(opened(), "mine.onnx", data)
    assert "at 64×64 px, batch 1" in text(app)
    link = app.query_params["model"]
    assert link.startswith("file-") and len(link) == 21
    app.text_input(key="model_size").set_value("96x128")
    checked(app)
    assert "at 96×128 px, batch 1" in text(app) and app.query_params["at"] == "96x128"
    app.text_input(key="model_size").set_value("many")
    checked(app)
    assert app.error[0].value == (
        "Input: input_size='many': must be one side or HxW in whole pixels from 1 to 16384; write 224 or 160x224"
    )
    app.text_input(key="model_size").set_value("")
    checked(app)
    assert "at 64×64 px, batch 1" in text(app)
    app.file_uploader(key="model_file").set_value(None)
    checked(app)
    assert not app.info and "model" not in app.query_params


@pytest.mark.parametrize(("link", "told"), [("file-0123456789abcdef", GONE_FILE), ("A" * 22, GONE_TRACE), ("sample-none", GONE_TRACE)])  # fmt: skip
def test_a_link_to_what_is_not_here_is_told_kindly(link: str, told: str) -> None:
    app = opened(model=link)
    assert [info.value for info in app.info] == [told]
    assert len(app.code) == 3 and not app.error


def test_the_same_file_brings_back_the_view_of_a_link() -> None:
    data = EXAMPLES["SE-ResNet"].read_bytes()
    link = upload(opened(), "mine.onnx", data).query_params["model"]
    app = upload(opened(model=link, level="stage", colour="macs", step="body.1.0.conv2"), "renamed.onnx", data)
    assert app.query_params["level"] == "stage" and app.query_params["colour"] == "macs"
    assert "`body.1.0.conv2` (conv)" in text(app)
    other = upload(app, "other.onnx", EXAMPLES["U-Net"].read_bytes())
    assert "level" not in other.query_params and "step" not in other.query_params  # another network begins anew


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "file='bad.onnx': is empty; export it again with torch.onnx.export"),
        (b"hello", "file='bad.onnx': is broken or cut off, or no ONNX file; export it again with torch.onnx.export"),
    ],
)
def test_a_file_that_is_refused_is_told_in_one_line(data: bytes, message: str) -> None:
    app = upload(opened(), "bad.onnx", data)
    assert [error.value for error in app.error] == [message]
    assert len(app.code) == 3  # and how to make one


def test_nonsense_in_the_address_is_said_and_replaced() -> None:
    bad = {
        "model": "<b>",
        "level": "q",
        "colour": "z",
        "focus": "a b",
        "step": "<i>",
        "row": "-1",
        "beside": "resnet35",
        "true": "yes",
    }
    app = opened(**bad)
    assert all(f"{name}={value}" in app.code[0].value for name, value in bad.items())
    assert not dict(app.query_params)


class Odd(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.unused_one = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with handing.new_folder() as made:
        monkeypatch.setenv(handing.VARIABLE, made)
        yield Path(made)


def test_what_was_handed_over_is_shown_with_what_its_totals_leave_out(folder: Path) -> None:
    token = handing.hand_over(folder, rv.trace(Odd(), 16))
    app = opened(model=token)
    assert "**112** parameters" in text(app)
    assert "112 of 122 parameters are in the steps shown; unused\\_one.weight \\(not run\\)" in text(app)
    assert "Colour: time" in app.selectbox(key="colour").options  # it really ran
    assert app.query_params["model"] == token
    (folder / f"{token}.json").write_text("{}", encoding="utf-8")
    again = opened(model=token)
    assert again.error[0].value == (
        "What was handed over cannot be read. trace='batch': the file lacks it; give what Trace.to_json wrote"
    )


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (nn.LSTM(4, 4), [(3, 1, 4)]),
        (nn.Linear(4, 4), [(1, 4)]),
        (nn.Conv1d(2, 4, 3), [(1, 2, 50)]),
        (nn.Conv3d(2, 4, 3), [(1, 2, 9, 9, 9)]),
        (nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten()), [(1, 3, 1, 1)]),
        (nn.Bilinear(3, 4, 5), [(2, 3), (2, 4)]),
        (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), [(1, 5, 8)]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_network_has_every_level_its_table_and_a_card_for_each_step(
    module: nn.Module, inputs: list[tuple[int, ...]], folder: Path
) -> None:
    trace = rv.trace(module, inputs=inputs)
    token = handing.hand_over(folder, trace)
    for level in ("network", "stage", "block", "operation"):
        app = opened(model=token, level=level)
        assert app.dataframe[0].value["name"].tolist() == [step.name for step in trace.steps]
    for step in trace.steps:
        assert f"`{step.name}` ({step.kind})" in text(opened(model=token, step=step.name))
    app = opened(model=token)
    app.selectbox(key="model_beside").set_value("a network of the catalogue")
    assert "Step by step" in text(checked(app))


def test_it_is_compared_with_a_network_and_with_itself() -> None:
    app = opened(model="sample-se-resnet")
    app.selectbox(key="model_beside").set_value("a network of the catalogue")
    checked(app)
    assert app.query_params["beside"] == "resnet50@32" and "Step by step" in text(app)
    app.selectbox(key="model_beside").set_value("itself at another input")
    checked(app)
    app.text_input(key="model_other").set_value("64")
    checked(app)
    assert "beside" not in app.query_params
    totals = app.dataframe[1].value
    assert list(totals.columns) == [
        "quantity",
        "A: se-resnet.onnx at 32×32 px, batch 1",
        "B: se-resnet.onnx at 64×64 px, batch 1",
    ]
    assert totals.iloc[0, 1] == totals.iloc[0, 2]  # as many parameters


def test_it_says_which_network_of_the_catalogue_it_is(folder: Path) -> None:
    import dataclasses

    trace = dataclasses.replace(rv.forecast("resnet34:num_classes=4@64"), spec=None, title="theirs")
    app = opened(model=handing.hand_over(folder, trace))
    assert "**This is ResNet-34 (resnet34) with 4 classes.**" in text(app)


def test_findings_are_told_and_show_their_step(folder: Path) -> None:
    import dataclasses

    trace = dataclasses.replace(rv.forecast("resnet18@32"), spec=None, title="theirs")
    token = handing.hand_over(folder, trace)
    app = opened(model=token, mode="train")
    worst = next(found for found in rv.diagnose(trace, batch=1, mode="train") if found.severity != "note")
    assert any(button.label.endswith(f"**{worst.title}.**") for button in app.button)
    app.session_state["diagnosis"] = True
    assert worst.explanation in text(checked(app))
    next(button for button in app.button if button.label.startswith("Show ")).click()
    assert checked(app).query_params["step"] in {step.name for step in trace.steps}
    assert worst.explanation not in text(app)  # the findings lay over what is shown


def test_names_out_of_a_file_are_never_read_as_markdown_or_html(folder: Path) -> None:
    data = json.loads(rv.trace(Odd(), 16).to_json())
    data["unowned"] = [["**bold** <img src=x> [a](b) :red[x] $y$", 10, "not run"]]
    data["title"] = "<script>alert(1)</script>"
    token = "B" * 22
    (folder / f"{token}.json").write_text(json.dumps(data), encoding="utf-8")
    app = opened(model=token)
    assert r"\*\*bold\*\* \<img src=x\> \[a\]\(b\) \:red\[x\] \$y\$" in text(app)
    assert "<script>" not in text(app)


def test_a_refusal_is_remembered_and_the_same_file_is_read_once() -> None:
    cache.forget_everything()
    first = cache.network_file("some digest", None, None, "bad.onnx", b"hello")
    assert isinstance(first, cache.Refusal)
    assert cache.network_file("some digest", None, None, "bad.onnx", b"hello") is first
