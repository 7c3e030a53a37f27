"""The code that is written of a network, against the network itself: the same names, the same weights, the same bits out."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import DEFAULT, patch

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import fx, nn

import resnet_viz as rv
from resnet_viz.export.code.network import called
from resnet_viz.export.code.recipe import TIMM, TORCHVISION
from resnet_viz.spec.configuration import Configuration
from tests import facts

from .strategies import sizes, specs
from .test_graphs import IDEAS, NARROW
from .written_code import code, imported, network_in, same, shapes

RUFF = Path(sys.executable).with_name("ruff")
PYRIGHT = Path(sys.executable).with_name("pyright")
OF_EACH_FAMILY = (
    "resnet18", "resnet26", "resnet50_v1", "resnet34_option_a", "resnet18_option_c", "cifar_resnet20", "resnet18_cifar",
    "preact_resnet110", "resnetv2_18", "wrn_16_8", "wide_resnet50_2", "resnext50_32x4d", "resnext29_8x64d", "seresnet18",
    "seresnext50_32x4d", "resnet50_os8", "resnetv2_50d_gn", "resnet50c", "resnet18d", "resnet10t", "ecaresnet26t", "resnetblur18",
    "resnetaa34d", "resnetv2_50x1_bit", "resnetrs50",
)  # fmt: skip


# numbers that the weights which are then loaded write over take half of the time
_NOT_FILLED = patch.multiple(nn.init, kaiming_normal_=DEFAULT, kaiming_uniform_=DEFAULT)


def check(network: Any, size: tuple[int, int], folder: Path, ours: nn.Module, *, scripted: bool = False) -> None:
    """The file's network has the names and shapes of ours, takes our weights, and gives the same bits."""
    trace = rv.forecast(network, size)
    text = code(trace)
    with _NOT_FILLED:
        made = network_in(imported(text, folder), text).eval()
    assert shapes(made) == shapes(ours)
    for buffer in ours.buffers():  # statistics that a norm which forgot one would show
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1.5)
    made.load_state_dict(ours.eval().state_dict())
    assert trace.spec is not None
    # two show an axis that is mistaken for the batch's; of large ones each takes half a second
    image = torch.randn(2 if size[0] < 100 else 1, trace.spec.in_channels, *size)
    with torch.no_grad():
        wanted = ours(image)
        assert same(made(image), wanted)
        if scripted:
            assert same(fx.symbolic_trace(made)(image), wanted)
            with pytest.warns(DeprecationWarning, match="torch.jit"):  # TorchScript itself is deprecated
                assert same(torch.jit.script(made)(image), wanted)


@pytest.mark.parametrize("idea", IDEAS)
def test_each_idea_gives_the_same_bits(idea: str, tmp_path: Path) -> None:
    scripted = idea in ("basic", "pre-activation bottleneck", "eca")
    spec = rv.ResNetSpec(**{**NARROW, **IDEAS[idea]})  # type: ignore[arg-type]
    check(spec, (32, 32), tmp_path, rv.build(spec), scripted=scripted)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(specs(), sizes)
def test_random_networks_give_the_same_bits(tmp_path: Path, spec: rv.ResNetSpec, size: tuple[int, int]) -> None:
    try:
        rv.forecast(spec, size)
    except rv.InputError:  # an anti-aliased one at a size that does not halve
        return
    check(spec, size, tmp_path, rv.build(spec))


@pytest.mark.sweep
@pytest.mark.parametrize("name", OF_EACH_FAMILY)
def test_published_networks_give_the_same_bits(name: str, tmp_path: Path) -> None:
    ours = rv.build(name)
    for size in (224, 225, 33, 32):
        try:
            macs = rv.forecast(name, size).totals.macs
        except rv.InputError:
            assert rv.variant(name).anti_alias == "avg" and size % 32
            continue
        if macs < 5e9:  # a network for small images takes minutes at 224
            check(name, (size, size), tmp_path, ours, scripted=size == 32)


@pytest.mark.parametrize("dump", ["torchvision_shapes/resnet18@224", "torchvision_shapes/resnext50_32x4d@224", "timm_shapes/resnet50d@224", "timm_shapes/seresnet50@224"])  # fmt: skip
def test_the_names_are_the_librarys_own(dump: str, tmp_path: Path) -> None:
    text = code(dump.split("/")[1].split("@")[0])
    made = network_in(imported(text, tmp_path), text)
    assert {name: list(shape) for name, shape in shapes(made)} == facts.dump(dump)["state_dict"]


def shapes_beside(text: str) -> dict[str, tuple[int, ...]]:
    """Of each line of the last ``forward`` the module that it calls first, and the shape in its comment."""
    found = re.findall(
        r"self\.(\w+)\(x\)\)*(?:, 1\))?  # \(N, ([\d, ]+)\)$", text.rsplit("def forward", 1)[1], re.MULTILINE
    )
    return {name: tuple(map(int, shape.split(", "))) for name, shape in found}


@pytest.mark.parametrize(
    "written", ["resnet18@96x64", "resnet50d:blocks=1,1,1,1@65", "preact_resnet110:blocks=1,1,1@32", "resnetrs50:blocks=1,1,1,1@64"]
)  # fmt: skip
def test_the_shapes_beside_the_lines_are_what_runs(written: str, tmp_path: Path) -> None:
    text, size = code(written), Configuration.of(written).size
    made = network_in(imported(text, tmp_path), text).eval()
    ran: dict[str, tuple[int, ...]] = {}
    for name, part in made.named_children():
        part.register_forward_hook(lambda _part, _given, out, name=name: ran.__setitem__(name, tuple(out.shape[1:])))
    made(torch.zeros(1, 3, *size))
    told = shapes_beside(text)
    assert {"conv1", "layer1", "layer3", "avgpool", "fc"} <= told.keys()
    assert told.pop("avgpool") == ran["avgpool"][:1]
    assert told == {name: ran[name] for name in told}


def test_only_what_the_network_needs_is_there() -> None:
    plain = code("resnet18")
    assert (
        "Bottleneck" not in plain
        and "functional" not in plain
        and "dilation" not in plain
        and "import math" not in plain
    )
    assert "resnet_viz" not in plain and "def resnet18(" in plain and "BatchNorm" not in code("resnet50_gn")
    assert "stride" not in code("resnet18:blocks=2,widths=64").split("class BasicBlock")[1].split("class ResNet")[0]


def test_a_changed_network_has_a_name_of_its_own() -> None:
    assert called(Configuration.of("resnet18:num_classes=10,in_channels=1")) == "resnet18"
    assert called(Configuration.of("resnet18:stem=cifar")) == "resnet18_changed"


def test_weights_start_as_in_ours(tmp_path: Path) -> None:
    text = code("resnet18d:blocks=1,1,1,1,zero_init=true")
    made = network_in(imported(text, tmp_path), text)
    assert not made.layer1[0].bn2.weight.any() and made.layer1[0].bn1.weight.all()
    assert made.layer4[0].conv2.weight.std().item() == pytest.approx((2 / (512 * 9)) ** 0.5, rel=0.02)  # He, fan out


def test_a_foreign_network_is_refused() -> None:
    trace = rv.trace(nn.Sequential(nn.Conv2d(3, 2, 3)), 8)
    with pytest.raises(rv.InputError, match="is somebody else's network, and code is written from a ResNetSpec"):
        rv.export_as(trace, "code")


def test_what_is_said_of_libraries_was_verified() -> None:
    """The facts ran both: weights load strictly, and the outputs are equal."""
    sure = {
        (row["source"].split()[0], row["name"])
        for row in facts.variants()
        if row["spec_covered"].startswith("yes: weights load strictly + logits equal")
    }
    assert {("torchvision", name) for name in TORCHVISION} <= sure
    assert {("timm", name) for name in TIMM} <= sure
    assert not set(TIMM) & set(TORCHVISION)


class Torchvision:
    """torchvision as the facts have it: its networks of these names are ours."""

    def __getattr__(self, name: str) -> Any:
        assert name in TORCHVISION

        def make(
            *, num_classes: int = 1000, zero_init_residual: bool = False, replace_stride_with_dilation: list[bool] | None = None
        ) -> nn.Module:  # fmt: skip
            dilates = replace_stride_with_dilation or [False] * 3
            assert dilates == sorted(dilates)
            changed = rv.replace(rv.variant(name), num_classes=num_classes, zero_init=zero_init_residual, dilated_stages=sum(dilates))  # fmt: skip
            return rv.build(changed)

        return make


@pytest.mark.parametrize(
    "written",
    ["resnet18", "resnet18:num_classes=10,stem=cifar", "resnet34:in_channels=1,zero_init=true", "resnet50_os8", "resnet18:stem.pool=max_unpadded"],
)  # fmt: skip
def test_the_recipe_beside_makes_the_same_network(written: str, tmp_path: Path) -> None:
    text = code(f"{written}@64")
    lines = [line.strip() for line in text.split('"""')[1].splitlines() if line.startswith("    net")]
    there: dict[str, Any] = {"torchvision": SimpleNamespace(models=Torchvision()), "torch": torch}
    exec("\n".join(lines), there)
    made, theirs = network_in(imported(text, tmp_path), text).eval(), there["net"].eval()
    assert shapes(made) == shapes(theirs)
    made.load_state_dict(theirs.state_dict())
    image = torch.randn(1, Configuration.of(written).spec.in_channels, 64, 64)
    with torch.no_grad():
        assert same(made(image), theirs(image))


def test_no_recipe_is_made_up() -> None:
    for written in ("cifar_resnet20", "resnet18:shortcut=A", "resnetblur50", "resnet18:stem.pool=conv", "resnet50d:stem.kernel=5"):  # fmt: skip
        assert "net = " not in code(written).split('"""')[1]
    assert 'timm.create_model("resnet50d", num_classes=5, in_chans=1)' in code("resnet50d:num_classes=5,in_channels=1")


def _write_scripts(folder: Path) -> None:
    """A training script of each way to read images."""
    for channels in (1, 3, 4, 5):
        text = str(rv.export_as(f"resnet18d:in_channels={channels},shortcut=A,shortcut_pool=false", "training"))
        (folder / f"train{channels}.py").write_text(text, encoding="utf-8")


@pytest.mark.processes
def test_ruff_finds_nothing_to_change_and_nothing_wrong(tmp_path: Path) -> None:
    for number, idea in enumerate(IDEAS.values()):
        file = tmp_path / f"idea{number}.py"
        file.write_text(code(rv.ResNetSpec(**{**NARROW, **idea})), encoding="utf-8")  # type: ignore[arg-type]
    for name in ("resnet50", "seresnext101d_32x8d", "resnet50_os8", "resnetrs200", "resnext50_32x4d"):
        (tmp_path / f"{name}.py").write_text(code(name), encoding="utf-8")
    _write_scripts(tmp_path)
    for words in (["format", "--check"], ["check", "--select", "E,F,I,B,UP,SIM,RUF,PT,N"]):
        done = subprocess.run([RUFF, *words, "--isolated", tmp_path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.sweep
@pytest.mark.processes
def test_a_type_checker_finds_nothing(tmp_path: Path) -> None:
    for number, idea in enumerate(IDEAS.values()):
        file = tmp_path / f"idea{number}.py"
        file.write_text(code(rv.ResNetSpec(**{**NARROW, **idea})), encoding="utf-8")  # type: ignore[arg-type]
    _write_scripts(tmp_path)
    done = subprocess.run([PYRIGHT, "--pythonpath", sys.executable, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.processes
def test_the_file_runs_by_itself_without_this_package(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(code("cifar_resnet20"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "-W", "ignore", file], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "269,722 parameters\ntorch.Size([1, 10])\n", done.stderr  # as the facts have it
