"""``resnet-viz look`` tells what ``rv.look`` does, as text and as JSON, and refuses before anything runs."""

import json
from pathlib import Path

import numpy as np
import pytest

import resnet_viz as rv

from .command_line import call

NET = "resnet18:blocks=1,1,widths=8,12,num_classes=5@32"


@pytest.fixture
def image(tmp_path: Path) -> str:
    np.save(tmp_path / "image.npy", np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
    return str(tmp_path / "image.npy")


def test_text_and_json_tell_what_the_functions_do(image: str) -> None:
    seen = rv.look(NET, image)
    shown = call("look", NET, image)
    assert shown.code == 0 and shown.err == ""
    assert all(line in shown.out for line in seen.said)
    share = seen.residual_share()[1]
    assert f"layer2.0  {share.ratio:.3f}  (norms {share.residual:.4g} and {share.shortcut:.4g})\n" in shown.out
    told = json.loads(call("look", NET, image, "--step", "layer2.0.conv1", "--cell", "5,0,0", "--format", "json").out)
    apart = seen.apart("layer2.0.conv1", 5, 0, 0)
    assert told["apart"]["total"] == apart.total and told["apart"]["summary"] == apart.summary
    assert apart.summary.startswith("72 products, 40 of padding; the ")  # 8 channels of 3×3, 5 of 9 beyond the corner
    assert [term["product"] for term in told["apart"]["terms"]] == [term.product for term in apart.terms]
    assert told["statistics"]["strongest"] == list(seen.statistics("layer2.0.conv1").strongest)
    assert "\n".join(apart.lines()) in call("look", NET, image, "--step", "layer2.0.conv1", "--cell", "5,0,0").out


def test_what_is_cut_and_where_a_class_is_seen(image: str) -> None:
    words = ("--without", "layer2.0", "--without", "conv1:3", "--instead", "mean", "--cam", "--class", "2")
    told = json.loads(call("look", NET, image, *words, "--format", "json").out)
    seen = (
        rv.look(NET, image).without(residual="layer2.0", instead="mean").without(channel=("conv1", 3), instead="mean")
    )
    assert told["said"] == list(seen.said)
    assert told["cam"]["cells"] == seen.cam(2).cells.tolist()
    shown = call("look", NET, image, *words).out
    assert "class 2 is seen at layer2.0.relu2, the last map before the classifier" in shown
    assert len(shown.splitlines()[-1].split()) == 4  # of 4×4 cells


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--cell", "1,2"), "cell='1,2': goes with a step; add --step NAME"),
        (("--class", "3"), "class=3: goes with --cam; add --cam"),
        (("--step", "conv9"), "step='conv9': is not in this network; try conv1"),
        (("--without", "layer7.0"), "step='layer7.0': is not in this network; try "),
        (("--without", "shortcut:"), "without='shortcut:': must be BLOCK, shortcut:BLOCK or STEP:CHANNEL; write e.g. --without layer2.0"),
        (("--without", "gate:layer2.0"), "without='gate:layer2.0': must be BLOCK, shortcut:BLOCK or STEP:CHANNEL; write e.g. --without layer2.0"),
        (("--without", "conv1:900"), "channel=900: conv1 has channels 0 to 63; use one of them"),
        (("--step", "conv1", "--cell", "1,2"), "column=None: conv1 has columns 0 to 15; use one of them"),
        (("--arg", "a=3"), f"arg='{NET}': is no code of your own, which this option is for; name package.module:callable"),
        (("--weights", "none.pth"), "file='none.pth': cannot be read (No such file or directory); check the path"),
    ],
)  # fmt: skip
def test_what_is_refused(words: tuple[str, ...], message: str, image: str) -> None:
    done = call("look", NET, image, *words)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"resnet-viz: {message}")


def test_a_file_that_is_never_run_has_no_numbers(image: str) -> None:
    done = call("look", "net.onnx", image)
    assert done == (2, "", "resnet-viz: name='net.onnx': is read and never run, so it has no numbers; name your code, package.module:callable\n")  # fmt: skip
