"""Whose weights?  Files as people bring them, and networks under random names, in random nestings, beside random others."""

import json
import pickle
import re
import tomllib
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

import resnet_viz as rv
from resnet_viz.advise.weights import Weights, best_fits, python_lines, report, verdict
from resnet_viz.advise.weights.network import seen
from resnet_viz.advise.weights.reading import _weights
from resnet_viz.advise.weights.schemes import SCHEMES, scheme_of
from tests.weights_files import Shapes, prefixed, shapes_of, tensors, without

FILES = tomllib.loads((Path(__file__).parent / "facts" / "reports" / "weights.toml").read_text(encoding="utf-8"))[
    "file"
]


def read(held: Mapping[str, Any], opened: str = "torch") -> Weights:
    """What is made of names and shapes that the other process has sent."""
    found: list[list[Any]] = []

    def walk(inside: Mapping[str, Any], where: tuple[str, ...]) -> None:
        for key, value in inside.items():
            if isinstance(value, Mapping):
                walk(value, (*where, key))
            else:
                found.append([where, key, value])

    walk(held, ())
    return _weights({"tensors": found, "how": ["a file"], "opened": opened}, "weights.pth")


def built(row: Mapping[str, Any]) -> dict[str, Any]:
    """The names and shapes of a row of ``weights.toml``, in its dictionaries."""
    plain = {name: tuple(shape) for name, shape in row.get("add", {}).items()}
    plain = shapes_of(row["network"], row.get("code", "torchvision")) | plain
    if not row.get("counters", True):
        plain = {name: shape for name, shape in plain.items() if not name.endswith("tracked")}
    names: Shapes = {}
    for prefix in (row.get("prefix", ""), *row.get("copies", ())):
        drop = row.get("drop", ())
        made = without(plain, *(begin for begin in drop if begin not in plain.keys() | {"fc."})) if drop else plain
        names |= without(prefixed(made, prefix), *drop, *(prefix + begin for begin in drop))
        names |= prefixed({k: tuple(v) for k, v in row.get("add", {}).items()}, prefix)
    names |= {name: tuple(shape) for name, shape in row.get("beside", {}).items()}
    held: dict[str, Any] = names
    for key in reversed(row.get("keys", ())):
        held = {key: held}
    return held


@pytest.mark.parametrize("row", FILES, ids=lambda row: row["kind"])
def test_a_file_is_told_as_what_it_is(row: Mapping[str, Any]) -> None:
    weights = read(built(row), row.get("opened", "torch"))
    fits = best_fits(weights)
    said = verdict(weights, fits)
    assert all(words in said for words in row.get("says", ())), said
    if "like" in row:
        assert [fit.name for fit in fits] == row["like"]
    else:
        assert fits[0].name == row["network"].split(":")[0]
    assert fits[0].identified, report(fits[0])
    assert (fits[0].headless, bool(fits[0].heads)) == {"": (False, False), "none": (True, False), "another": (True, True)}[row.get("head", "")]  # fmt: skip


def filled(held: Mapping[str, Any], made: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Different numbers for every tensor, which ``made`` keeps by name."""
    out: dict[str, Any] = {}
    for key, value in held.items():
        if isinstance(value, Mapping):
            out[key] = filled(value, made)
        else:
            whole = key.endswith("tracked")
            out[key] = made[key] = torch.full(value, len(made), dtype=torch.long if whole else torch.float32)
    return out


def run(lines: tuple[str, ...]) -> torch.nn.Module:
    """The network that the lines make; they are run as they stand."""
    space: dict[str, Any] = {}
    exec("\n".join(lines), space)
    return space["model"]


SMALL = "resnet18:widths=8,16,24,32,stem.channels=8"


@pytest.mark.parametrize(
    ("code", "network"),
    [
        ("torchvision", "resnet18"),
        ("transformers", "resnet18"),
        ("sequential", "resnet18"),
        ("detectron2", "resnet18"),
        ("kuangliu", "cifar_resnet20:shortcut=B"),
        ("torchvision", SMALL),
        ("unknown", "seresnet18"),
        ("wrn", "wrn_16_8:widths=16,32,64"),
        ("timm_v2", "resnetv2_18d"),
    ],
)
@pytest.mark.usefixtures("warm_reader")
def test_the_lines_of_python_load_every_number_into_its_place(code: str, network: str, tmp_path: Path) -> None:
    """In each code's words and under a prefix, beside something else: the conv that is first there is first here."""
    plain = prefixed(shapes_of(network, code), "net.")
    made: dict[str, torch.Tensor] = {}
    held = filled({"state_dict": plain | {"decoder.weight": (3, 3)}}, made)
    file = tmp_path / "w.pth"
    torch.save(held, file)
    weights = rv.read_weights(file)
    fits = best_fits(weights)
    assert fits[0].identified
    model = run(python_lines(weights, fits[0], str(file)))
    ours = shapes_of(network)
    theirs = dict(zip(ours, plain, strict=False)) if len(plain) == len(ours) else {}
    state = model.state_dict()
    for name, named_there in theirs.items():
        if fits[0].headless and name.startswith("fc."):
            continue
        assert torch.equal(state[name].flatten(), made[named_there].flatten()), (name, named_there)
    if not theirs:  # names that the code leaves out: what is there stands in order
        kept = [name for name in ours if not name.startswith("fc.")]
        assert [float(state[name].flatten()[0]) for name in kept] == [
            float(made[name].flatten()[0]) for name in list(plain)[: len(kept)]
        ]


@pytest.mark.usefixtures("warm_reader")
def test_the_lines_turn_what_stands_channels_last(tmp_path: Path) -> None:
    shapes = shapes_of("resnetv2_50x1_bit:blocks=1,1,1,1,num_classes=3", "bit")
    shapes["resnet/head/conv2d/kernel"] = (1, 1, 2048, 3)  # a 1×1 conv
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    file = tmp_path / "w.npz"
    np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]
    weights = rv.read_weights(file)
    fit = best_fits(weights)[0]
    model = run(python_lines(weights, fit, str(file)))
    there = arrays["resnet/block2/unit01/b/standardized_conv2d/kernel"]  # height, width, in, out
    assert model.state_dict()["layer2.0.conv2.weight"][5, 7, 0, 2] == float(there[0, 2, 7, 5])
    assert torch.equal(model.state_dict()["fc.weight"], torch.tensor(arrays["resnet/head/conv2d/kernel"][0, 0].T))


@pytest.mark.usefixtures("warm_reader")
def test_the_lines_drop_another_head_and_take_the_copy_that_is_asked_for(tmp_path: Path) -> None:
    made: dict[str, torch.Tensor] = {}
    body = without(shapes_of("resnet18"), "fc.") | {"fc.0.weight": (64, 512), "fc.2.weight": (9, 64)}
    held = filled({**prefixed(body, "student."), **prefixed(body, "teacher.")}, made)
    file = tmp_path / "w.pth"
    torch.save({"model": held}, file)
    weights = rv.read_weights(file)
    fit = best_fits(weights)[0]
    assert [network.prefix for network in weights.networks] == ["student.", "teacher."]
    for number, prefix in enumerate(("student.", "teacher.")):
        state = run(python_lines(weights, fit, str(file), number)).state_dict()
        assert "fc.weight" not in state and len(state) == 120
        assert all(torch.equal(value, made[prefix + name]) for name, value in state.items())


@pytest.mark.usefixtures("warm_reader")
def test_the_lines_put_together_what_lies_in_nested_dictionaries(tmp_path: Path) -> None:
    state = rv.build("resnet18:num_classes=3").state_dict()
    held: dict[str, Any] = {}
    for name, value in state.items():
        inside = held
        for part in name.split(".")[:-1]:
            inside = inside.setdefault(part, {})
        inside[name.split(".")[-1]] = value
    file = tmp_path / "w.pth"
    torch.save({"params": held}, file)
    weights = rv.read_weights(file)
    loaded = run(python_lines(weights, best_fits(weights)[0], str(file))).state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in state.items())


def _bn(name: str, channels: int) -> Shapes:
    return {f"{name}.{role}": (channels,) for role in ("weight", "bias", "running_mean", "running_var")}


def test_a_head_beside_the_encoder_is_all_of_its_layers() -> None:
    """Not a classifier of 512 classes: those are between its layers."""
    body = prefixed(without(shapes_of("resnet50"), "fc."), "encoder.")
    head = {"classifier.0.weight": (512, 2048), "classifier.0.bias": (512,), "classifier.3.weight": (37, 512), "classifier.3.bias": (37,)}  # fmt: skip
    weights = read(body | head)
    fits = best_fits(weights)
    assert verdict(weights, fits).startswith("This is a resnet50 with another head of 37 classes, 2 layers.")


def _vgg() -> Shapes:
    """torchvision's vgg16_bn: convs in a row are no blocks."""
    found: Shapes = {}
    place, before = 0, 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if width:
            found |= {f"features.{place}.weight": (width, before, 3, 3), **_bn(f"features.{place + 1}", width)}
            place, before = place + 2, width
        place += 1
    return found | {"classifier.0.weight": (4096, 25088)}


def _double_convs() -> Shapes:
    """milesial/Pytorch-UNet: two convs a level, which are no residual blocks either."""
    found: Shapes = {}
    for place, (before, width) in enumerate(((3, 64), (64, 128), (128, 256), (256, 512), (512, 512))):
        at = f"down{place}.maxpool_conv.1.double_conv"
        found |= {f"{at}.0.weight": (width, before, 3, 3), **_bn(f"{at}.1", width)}
        found |= {f"{at}.3.weight": (width, width, 3, 3), **_bn(f"{at}.4", width)}
    return found


def _mobilenet() -> Shapes:
    """torchvision's mobilenet_v2: its blocks have projections by 1×1 and no shortcut of their own."""
    found: Shapes = {"features.0.0.weight": (32, 3, 3, 3), **_bn("features.0.1", 32)}
    before, place = 32, 1
    for times, width, blocks in ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)):
        for _ in range(blocks):
            inner, at, step = before * times, f"features.{place}.conv", 0
            if times > 1:
                found |= {f"{at}.0.0.weight": (inner, before, 1, 1), **_bn(f"{at}.0.1", inner)}
                step = 1
            found |= {f"{at}.{step}.0.weight": (inner, 1, 3, 3), **_bn(f"{at}.{step}.1", inner)}
            found |= {f"{at}.{step + 1}.weight": (width, inner, 1, 1), **_bn(f"{at}.{step + 2}", width)}
            before, place = width, place + 1
    return found | {"features.18.0.weight": (1280, 320, 1, 1), "classifier.1.weight": (1000, 1280)}


def _densenet() -> Shapes:
    found: Shapes = {"features.conv0.weight": (64, 3, 7, 7), **_bn("features.norm0", 64)}
    width = 64
    for block, layers in enumerate((6, 12, 24, 16), 1):
        for layer in range(1, layers + 1):
            at = f"features.denseblock{block}.denselayer{layer}"
            found |= {**_bn(f"{at}.norm1", width), f"{at}.conv1.weight": (128, width, 1, 1)}
            found |= {**_bn(f"{at}.norm2", 128), f"{at}.conv2.weight": (32, 128, 3, 3)}
            width += 32
        width //= 2
    return found


def _regnet() -> Shapes:
    """RegNet: groups of a fixed width, so their number changes from stage to stage."""
    found: Shapes = {"stem.conv.weight": (32, 3, 3, 3), **_bn("stem.bn", 32)}
    before = 32
    for stage, (width, blocks) in enumerate(((64, 1), (160, 3), (384, 7), (912, 2)), 1):
        for block in range(1, blocks + 1):
            at = f"s{stage}.b{block}"
            found |= {f"{at}.conv1.conv.weight": (width, before, 1, 1), **_bn(f"{at}.conv1.bn", width)}
            found |= {f"{at}.conv2.conv.weight": (width, 16, 3, 3), **_bn(f"{at}.conv2.bn", width)}
            found |= {f"{at}.conv3.conv.weight": (width, width, 1, 1), **_bn(f"{at}.conv3.bn", width)}
            if block == 1:
                found |= {f"{at}.downsample.conv.weight": (width, before, 1, 1), **_bn(f"{at}.downsample.bn", width)}
            before = width
    return found | {"head.fc.weight": (1000, 912)}


def _vit() -> Shapes:
    found: Shapes = {"patch_embed.proj.weight": (768, 3, 16, 16)}
    for block in range(12):
        found |= {f"blocks.{block}.attn.qkv.weight": (2304, 768), f"blocks.{block}.norm1.weight": (768,)}
    return found


def _iresnet() -> Shapes:
    """deepinsight/insightface, recognition/arcface_torch/backbones/iresnet.py"""
    found: Shapes = {"conv1.weight": (64, 3, 3, 3), **_bn("bn1", 64), "prelu.weight": (64,)}
    before = 64
    for stage, width in enumerate((64, 128, 256, 512), 1):
        for block in range(2):
            at = f"layer{stage}.{block}"
            found |= {
                **_bn(f"{at}.bn1", before),
                f"{at}.conv1.weight": (width, before, 3, 3),
                **_bn(f"{at}.bn2", width),
            }
            found |= {
                f"{at}.prelu.weight": (width,),
                f"{at}.conv2.weight": (width, width, 3, 3),
                **_bn(f"{at}.bn3", width),
            }
            if block == 0:
                found |= {f"{at}.downsample.0.weight": (width, before, 1, 1), **_bn(f"{at}.downsample.1", width)}
            before = width
    return found | {**_bn("bn2", 512), "fc.weight": (512, 25088), "fc.bias": (512,), **_bn("features", 512)}


def _ibn() -> Shapes:
    """XingangPan/IBN-Net, ibnnet/resnet_ibn.py: the last stage alone is an ordinary one."""
    found: Shapes = {}
    for name, shape in shapes_of("resnet50").items():
        match = re.match(r"(layer[123]\.\d+\.bn1)\.(\w+)$", name)
        if match is None:
            found[name] = shape
            continue
        half = tuple(side // 2 for side in shape)
        found[f"{match[1]}.BN.{match[2]}"] = half
        if match[2] in ("weight", "bias"):
            found[f"{match[1]}.IN.{match[2]}"] = half
    return found


def _res2net() -> Shapes:
    """gasvn/Res2Net: four quarters of the 3×3, each reading the one before."""
    found: Shapes = {}
    for name, shape in shapes_of("resnet50").items():
        match = re.match(r"(layer\d\.\d+)\.(conv|bn)2\.(\w+)$", name)
        if match is None:
            found[name] = shape
            continue
        quarter = (shape[0] // 4, shape[0] // 4, 3, 3) if match[2] == "conv" else tuple(side // 4 for side in shape)
        found |= {f"{match[1]}.{match[2]}s.{part}.{match[3]}": quarter for part in range(3)}
    return found


def _head_alone() -> Shapes:
    return {"linear.weight": (1000, 2048), "linear.bias": (1000,)}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_vgg, "VGG"), (_densenet, "DenseNet"), (_regnet, "RegNet"), (_vit, "Vision Transformer"), (_mobilenet, "MobileNetV2"),
        (_iresnet, "an IResNet"), (_ibn, "an IBN-Net"), (_res2net, "a Res2Net"), (_head_alone, "no conv, a linear layer"),
    ],
)  # fmt: skip
def test_another_family_is_told_by_its_name(make: Callable[[], Shapes], says: str) -> None:
    weights = read(make())
    assert says in verdict(weights, best_fits(weights)), verdict(weights, best_fits(weights))


def test_an_adapter_is_no_network() -> None:
    """PEFT's names: beside each conv of the network two that are added to it, or these alone."""
    beside: Shapes = {}
    for name, shape in shapes_of("resnet18").items():
        layer = name.removesuffix(".weight")
        if re.match(r"layer\d\.\d\.conv", name):
            beside |= {f"{layer}.base_layer.weight": shape, f"{layer}.lora_A.default.weight": (8, *shape[1:])}
            beside |= {f"{layer}.lora_B.default.weight": (shape[0], 8, 1, 1)}
        else:
            beside[name] = shape
    alone = {name.replace(".default", ""): shape for name, shape in beside.items() if "lora" in name}
    for shapes, says in ((beside, "merge_and_unload"), (alone, "a LoRA adapter alone")):
        weights = read(prefixed(shapes, "base_model.model."))
        assert says in verdict(weights, best_fits(weights))
        assert not python_lines(weights, best_fits(weights)[0])


def test_no_norm_behind_the_last_block_is_said() -> None:
    """kuangliu/pytorch-cifar, models/preact_resnet.py"""
    shapes = without(shapes_of("resnetv2_18", "kuangliu"), "last_norm.")
    weights = read({"net": prefixed(shapes, "module.")})
    fits = best_fits(weights)
    assert "no norm stands behind its last block" in verdict(weights, fits)
    assert not fits[0].identified and not python_lines(weights, fits[0])


def _optimiser() -> object:
    layer = torch.nn.Linear(2, 2)
    optimiser = torch.optim.Adam(layer.parameters())
    layer(torch.zeros(1, 2)).sum().backward()
    optimiser.step()
    return {"optimizer": optimiser.state_dict(), "epoch": 3}


def _quantised() -> object:
    return {"conv1.weight": torch.quantize_per_tensor(torch.zeros(4, 3, 3, 3), 0.1, 0, torch.qint8)}


@pytest.mark.filterwarnings("ignore")  # PyTorch's own, of quantisation
@pytest.mark.parametrize(("make", "says"), [(_optimiser, "an optimiser's state"), (_quantised, "quantised weights")])
@pytest.mark.usefixtures("warm_reader")
def test_what_is_no_file_of_plain_weights_is_told(make: Callable[[], object], says: str, tmp_path: Path) -> None:
    torch.save(make(), tmp_path / "w.pth")
    with pytest.raises(rv.CheckpointError, match=says):
        rv.read_weights(tmp_path / "w.pth")


@pytest.mark.parametrize("make", [_vgg, _double_convs, _mobilenet, _densenet, _regnet, _vit, _iresnet, _ibn, _res2net])
def test_what_is_no_resnet_is_called_none(make: Callable[[], Shapes]) -> None:
    weights = read({"model": prefixed(make(), "backbone.")})
    fits = best_fits(weights)
    assert verdict(weights, fits).startswith("No network of the catalogue"), verdict(weights, fits)
    assert not fits[0].identified
    assert python_lines(weights, fits[0]) == ()


def test_volumes_are_told() -> None:
    """3D-ResNets: every kernel has three sides. What PyTorch calls r2plus1d has two convs for each."""
    deep = {k: (*v[:2], v[2], *v[2:]) if len(v) == 4 else v for k, v in shapes_of("resnet18").items()}
    weights = read({"state_dict": prefixed(deep, "module.")})
    fits = best_fits(weights)
    assert verdict(weights, fits) == (
        "This is a 3-D network: its first kernel is 7×7×7, and networks here are 2-D; its blocks are those of a "
        "resnet18. It lies in “state_dict”, under “module.”."
    )
    assert not fits[0].identified and python_lines(weights, fits[0]) == ()
    factored = {"stem.0.weight": (45, 3, 1, 7, 7), "layer1.0.conv1.0.0.weight": (144, 64, 1, 3, 3)}
    weights = read(factored)
    assert verdict(weights, best_fits(weights)).startswith("This is a 3-D network, with kernels as 1×7×7.")


def test_more_in_each_block_is_never_dropped_in_silence() -> None:
    """CBAM's gates over the map; the channel's half of them looks like squeeze-and-excitation."""
    shapes = shapes_of("resnet50")
    for stage, blocks in enumerate((3, 4, 6, 3), 1):
        for block in range(blocks):
            width, at = 128 * 2**stage, f"layer{stage}.{block}.cbam"
            shapes |= {f"{at}.ChannelGate.mlp.1.weight": (width // 16, width), f"{at}.ChannelGate.mlp.3.weight": (width, width // 16)}  # fmt: skip
            shapes |= {f"{at}.SpatialGate.spatial.conv.weight": (1, 2, 7, 7), **_bn(f"{at}.SpatialGate.spatial.bn", 1)}
    weights = read(prefixed(shapes, "net."))
    fits = best_fits(weights)
    said = verdict(weights, fits)
    assert said.startswith("No network of the catalogue") and "its blocks hold more than blocks here do" in said
    assert python_lines(weights, fits[0]) == ()


@pytest.mark.parametrize("gone", ["layer3.2.conv2.weight", "layer3.0.conv2.weight", "layer3.2.bn2.weight", "conv1.weight"])  # fmt: skip
def test_a_file_that_lacks_a_weight_is_no_smaller_network(gone: str) -> None:
    weights = read(prefixed(without(shapes_of("resnet50"), gone), "net."))
    fits = best_fits(weights)
    assert fits[0].name == "resnet50" and gone in fits[0].missing
    assert verdict(weights, fits).startswith("Nearest is a resnet50: 319 weights match, 1 missing")
    assert not fits[0].identified


def test_pruned_weights_are_told() -> None:
    """torch.nn.utils.prune: the weight alone would undo it."""
    shapes = {k.replace("conv1.weight", "conv1.weight_orig"): v for k, v in shapes_of("resnet18").items()}
    shapes |= {k.replace("weight_orig", "weight_mask"): v for k, v in shapes.items() if k.endswith("weight_orig")}
    weights = read(shapes)
    fits = best_fits(weights)
    assert "it is like a resnet18, but its weights are pruned" in verdict(weights, fits)
    assert python_lines(weights, fits[0]) == ()


def test_convs_with_biases_are_told() -> None:
    """Keras gives each conv one."""
    shapes = shapes_of("resnet50_v1", "keras")
    shapes |= {k.replace("kernel", "bias"): v[-1:] for k, v in shapes.items() if k.endswith("_conv/kernel")}
    weights = read(shapes, "numpy")
    fits = best_fits(weights)
    assert verdict(weights, fits).startswith("This is a resnet50_v1, but 53 convs of it have biases, which networks here have not.")  # fmt: skip
    assert not fits[0].identified


def test_every_scheme_is_spoken_by_its_own_names() -> None:
    spoken = {code: scheme_of(shapes_of(network, code)) for code, network in SPOKEN.items()}
    assert {code: scheme.title if scheme else "" for code, scheme in spoken.items()} == {
        "transformers": "Hugging Face transformers",
        "caffe2": "Caffe2 (Detectron)",
        "detectron2": "detectron2",
        "keras": "Keras applications",
        "bit": "Google's Big Transfer (BiT)",
        "timm_v2": "timm's ResNetV2",
        "wrn": "the Wide ResNet codes",
        "se_codes": "the SE-ResNet codes",
        "vissl": "VISSL",
        "kuangliu": "CIFAR codes (akamaster, kuangliu)",
        "sequential": "a Sequential's children (fastai and others)",
        "torchvision": "torchvision",
    }
    assert all(scheme.source and re.compile(scheme.sign) for scheme in SCHEMES)


SPOKEN = {
    "transformers": "resnet50", "caffe2": "resnet50", "detectron2": "resnet50", "keras": "resnet50", "bit": "resnetv2_50x1_bit",
    "timm_v2": "resnetv2_50", "wrn": "wrn_16_8", "se_codes": "seresnet50", "vissl": "resnet50", "kuangliu": "resnet18_cifar",
    "sequential": "resnet18", "torchvision": "resnet50",
}  # fmt: skip

WORDS = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=9)
CATALOGUE = [name for name in rv.variants() if "1202" not in name and "1001" not in name]


@dataclass(frozen=True)
class Drawn:
    """A network of the catalogue in another code's words, its head there, gone or another, inside something else."""

    name: str
    code: str
    channels: int
    classes: int
    head: str
    counters: bool
    path: tuple[str, ...]
    others: tuple[tuple[str, tuple[tuple[int, ...], ...]], ...]
    keys: tuple[tuple[str, bool], ...]

    def held(self) -> dict[str, Any]:
        spec = rv.replace(rv.variant(self.name), in_channels=self.channels, num_classes=self.classes)
        body = without(shapes_of(spec, self.code), *(CLASSIFIER[self.code] if self.head != "kept" else ()))
        if self.head == "another":
            body |= {"top.0.weight": (31, spec.out_channels[-1]), "top.0.bias": (31,), "top.2.weight": (17, 31)}
        if not self.counters:
            body = {key: shape for key, shape in body.items() if not key.endswith("tracked")}
        held: dict[str, Any] = prefixed(body, "".join(f"{word}." for word in self.path))
        for word, shapes in self.others:
            held |= {f"other_{word}.{layer}.weight": shape for layer, shape in enumerate(shapes)}
        for key, beside in self.keys:
            held = {key: held, "epoch_": {"n": (3,)}} if beside else {key: held}
        return held


CLASSIFIER = {
    "torchvision": ("fc.",), "transformers": ("classifier.",), "detectron2": ("linear.",), "kuangliu": ("linear.",),
    "unknown": ("exit.classifier.",), "named_classifier": ("classifier.",), "sequential": (), "vissl": (),
}  # fmt: skip
SHAPES = st.sampled_from([(7, 5), (64, 32, 3, 3), (12,), (256, 256, 1, 1), (10, 2048)])


@st.composite
def files(draw: st.DrawFn) -> Drawn:
    code = draw(st.sampled_from(list(CLASSIFIER)))
    return Drawn(
        draw(st.sampled_from(CATALOGUE)),
        code,
        draw(st.sampled_from([1, 3, 4])),
        draw(st.integers(2, 2000)),
        draw(st.sampled_from(["kept", "gone", "another"])) if CLASSIFIER[code] else "gone",
        draw(st.booleans()),
        tuple(draw(st.lists(WORDS, max_size=3))),
        tuple(
            (word, tuple(draw(st.lists(SHAPES, min_size=1, max_size=3))))
            for word in draw(st.lists(WORDS, max_size=3, unique=True))
        ),
        tuple((key, draw(st.booleans())) for key in draw(st.lists(WORDS, max_size=3))),
    )


@given(files())
def test_any_network_of_the_catalogue_is_found_in_any_file(drawn: Drawn) -> None:
    weights = read(drawn.held())
    fits = best_fits(weights)
    assert fits[0].identified, (verdict(weights, fits), report(fits[0]))
    # every one that is named is stored just so: none of another family
    stored = seen(rv.variant(drawn.name))
    assert all(seen(rv.variant(fit.name)) == stored for fit in fits)
    assert drawn.name in [fit.name for fit in fits]
    assert fits[0].headless == (drawn.head != "kept")


@pytest.mark.processes
@pytest.mark.parametrize(
    "kind", ["torch", "old", "script", "npz", "pickle", "tensors", "list", "shards", "torch shards", "safetensors"]
)
@pytest.mark.usefixtures("warm_reader")
def test_every_container_is_read_as_data(kind: str, tmp_path: Path) -> None:
    """The same small network in each; in two, settings and numbers of NumPy's lie beside the weights."""
    spec = rv.replace(rv.variant("resnet18"), num_classes=6)
    model = rv.build(spec)
    state, file = model.state_dict(), tmp_path / "weights"
    beside = {"args": Namespace(lr=0.1, root=Path("/data")), "best": np.float64(71.5), "seed": np.random.get_state()}
    if kind in ("torch", "old"):
        torch.save({"model": state, **beside}, file, _use_new_zipfile_serialization=kind == "torch")
    elif kind == "script":
        torch.jit.save(torch.jit.script(model), file)
    elif kind == "npz":
        file = tmp_path / "weights.npz"
        np.savez_compressed(file, **{name: value.numpy() for name, value in state.items()})  # pyright: ignore
    elif kind == "pickle":
        file.write_bytes(pickle.dumps({"model": {k: v.numpy() for k, v in state.items()}, "args": Namespace()}, 2))
    elif kind == "tensors":
        file.write_bytes(pickle.dumps((state, {"lr": 0.1}), 4))
    elif kind == "list":
        torch.save([{"epoch": 3}, (7, {"net": state})], file)
    elif kind == "safetensors":
        save_file(state, file)
    else:
        _sharded(tmp_path, state, kind == "shards")
        file = tmp_path
    weights = rv.read_weights(file)
    fits = best_fits(weights)
    assert verdict(weights, fits).startswith("This is a resnet18 with 6 classes.")
    index = next(tmp_path.glob("*.index.json"), file)
    lines = python_lines(weights, fits[0], str(index))
    loaded = run(lines).state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in state.items() if not name.endswith("tracked"))


def _sharded(folder: Path, state: dict[str, torch.Tensor], safe: bool) -> None:
    names = list(state)
    stem, suffix = ("model", "safetensors") if safe else ("pytorch_model", "bin")
    parts = {f"{stem}-1-of-2.{suffix}": names[:50], f"{stem}-2-of-2.{suffix}": names[50:]}
    for part, some in parts.items():
        (save_file if safe else torch.save)({name: state[name] for name in some}, folder / part)
    (folder / "training_args.bin").write_bytes(b"nothing of the network")
    placed = {name: part for part, some in parts.items() for name in some}
    (folder / f"{stem}.{suffix}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": placed}))


def test_the_sample_of_the_page_is_these_names_and_shapes() -> None:
    from resnet_viz.ui.screens.weights import SAMPLE

    held = torch.load(SAMPLE, map_location="meta", weights_only=True)
    found = {name: tuple(value.shape) for name, value in held["state_dict"].items()}
    encoder = prefixed(without(shapes_of("resnet18:in_channels=1"), "fc."), "encoder.")
    assert encoder.items() <= found.items()
    assert {name.split(".")[0] for name in found.keys() - encoder.keys()} == {"decoder", "segmentation_head"}
    assert SAMPLE.stat().st_size < 60_000
    assert len(tensors({"a": (3, 4)})) == 1
