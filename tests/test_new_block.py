"""Adding a block takes its module's file, its forecast's file and one line in BLOCKS: here a made-up one is added."""

from pathlib import Path

import pytest
import torch

import resnet_viz as rv
import resnet_viz.engines.formulas
import resnet_viz.engines.model.blocks
from resnet_viz.spec import BlockKind
from resnet_viz.spec import spec as spec_module

MODEL = '''"""One 5x5 and nothing else."""

from torch import Tensor, nn

from resnet_viz.engines.model.parts import Add, add_shortcut, conv2d, make_norm


class Block(nn.Module):
    last_norm = "bn1"

    def __init__(self, spec, in_channels, width, stride, dilation, device):
        super().__init__()
        self.conv1 = conv2d(in_channels, 2 * width, 5, stride, device, 1, dilation)
        self.bn1 = make_norm(spec, 2 * width, device)
        add_shortcut(self, spec, in_channels, 2 * width, stride, device)
        self.add = Add()
        self.relu1 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn1(self.conv1(x))
        shortcut = self.downsample(x) if hasattr(self, "downsample") else self.shortcut(x)
        return self.relu1(self.add(y, shortcut))
'''
FORECAST = '''"""One 5x5 and nothing else."""

from resnet_viz.engines.formulas.shortcut import record_shortcut
from resnet_viz.steps import Activation, Add, Conv


def record(recorder, spec, source, width, stride, dilation):
    d = (dilation, dilation)
    conv = Conv((5, 5), (stride, stride), (2 * dilation, 2 * dilation), 1, False, d)
    at = recorder.add("conv1", conv, (source,), "main", 2 * width)
    at = recorder.add("bn1", recorder.norm, (at,), "main")
    at = recorder.add("add", Add(), (at, record_shortcut(recorder, spec, source, 2 * width, stride)), "main")
    return recorder.add("relu1", Activation(), (at,), "main")
'''
LINE = BlockKind("single", 2, False, "", "one 5x5 conv")


@pytest.fixture
def single(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package, folder, text in (
        (resnet_viz.engines.model.blocks, tmp_path / "model", MODEL),
        (resnet_viz.engines.formulas, tmp_path / "forecast", FORECAST),
    ):
        folder.mkdir()
        (folder / "single.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    monkeypatch.setattr(spec_module, "BLOCKS", (*spec_module.BLOCKS, LINE))


@pytest.mark.usefixtures("single")
@pytest.mark.parametrize(
    "changes", [{}, {"shortcut": "A"}, {"dilated_stages": 1}, {"norm": "group", "zero_init": True}]
)
def test_both_engines_know_it_and_it_is_drawn(changes: dict[str, object]) -> None:
    spec = rv.ResNetSpec(block="single", blocks=(1, 2), widths=(32, 64), stem=rv.CIFAR_STEM, **changes)  # type: ignore[arg-type]
    forecast = rv.forecast(spec, (31, 20))
    assert rv.trace(spec, (31, 20), device="meta").confirm(forecast) == []
    assert rv.trace(spec, (31, 20), device="cpu").confirm(forecast) == []
    assert sum(p.numel() for p in rv.build(spec).parameters()) == forecast.totals.params
    assert rv.build(spec)(torch.zeros(2, 3, 8, 8)).shape == (2, 1000)
    assert "31×20×64" in rv.draw(forecast).layout.meta["alt"]
    assert rv.ResNetSpec.from_json(spec.to_json()) == spec


@pytest.mark.usefixtures("single")
def test_it_has_no_form_that_nobody_wrote() -> None:
    with pytest.raises(rv.SpecError) as caught:
        rv.ResNetSpec(block="single", preact=True)
    assert (
        str(caught.value) == "preact=True: block='single' has no pre-activation form; use preact=False or another block"
    )


def test_without_the_line_it_is_unknown() -> None:
    with pytest.raises(rv.SpecError, match=r"^block='single': must be one of 'basic', 'bottleneck'; use 'basic'$"):
        rv.ResNetSpec(block="single")
