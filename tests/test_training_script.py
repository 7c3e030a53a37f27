"""The script that ``export NAME training`` writes, on drawings of the project's own in folders, as a person would have them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

import resnet_viz as rv
from resnet_viz.learned.drawings import CLASSES, drawn

from .written_code import imported

SMALL = "resnet18:blocks=1,1,widths=8,16,stem=cifar,stem.channels=8,stem.stride=2"
NETWORK = f"{SMALL},num_classes=10@32"


def script(network: str) -> str:
    made = rv.export_as(network, "training")
    assert isinstance(made, str)
    return made


def folders(root: Path, mode: str = "RGB") -> Path:
    """Eight drawings of each class to train with, two to try."""
    for part, seeds in (("train", range(8)), ("val", range(100, 102))):
        for label, name in enumerate(CLASSES):
            folder = root / part / name
            folder.mkdir(parents=True)
            for seed in seeds:
                Image.fromarray(drawn(label, seed, calm=True)).convert(mode).save(folder / f"{seed}.png")
    return root


@pytest.mark.processes
def test_it_trains_an_epoch_on_a_folder_and_goes_on(tmp_path: Path) -> None:
    file, data, out = tmp_path / "train.py", folders(tmp_path / "data"), tmp_path / "out"
    file.write_text(script(NETWORK), encoding="utf-8")
    words = [sys.executable, "-I", "-W", "error", file, data, "--out", out, "--batch", "16", "--workers", "0", "--rate", "0.05"]  # fmt: skip
    first = subprocess.run([*words, "--epochs", "1"], capture_output=True, text=True, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert re.fullmatch(r"epoch 1: loss \d\.\d{4}, \d+\.\d% of val right\n", first.stdout)
    weights = torch.load(out / "best.pth", weights_only=True)
    rv.build(NETWORK).load_state_dict(weights)  # the names are ours
    assert not torch.equal(weights["layer1.0.bn1.weight"], torch.ones(8))  # it has learnt something

    again = imported(script(NETWORK), tmp_path)
    again.main([str(data), "--out", str(out), "--batch", "16", "--workers", "0", "--epochs", "2", "--resume"])
    assert torch.load(out / "last.pt", weights_only=True)["epoch"] == 1


def test_an_image_becomes_what_the_network_reads(tmp_path: Path) -> None:
    """A picture of one colour keeps it, whatever its proportions; a grey network reads grey."""
    for mode, network, wanted in (("RGB", NETWORK, (1.0, 128 / 255, 0.0)), ("L", f"{SMALL},num_classes=1,in_channels=1@16x32", (151 / 255,))):  # fmt: skip
        folder = tmp_path / mode
        for name in CLASSES if mode == "RGB" else ["one"]:
            (folder / name).mkdir(parents=True)
            Image.new("RGB", (50, 70), (255, 128, 0)).save(folder / name / "a.png")
        module = imported(script(network), tmp_path)
        for training in (True, False):
            image, label = module.Images(folder, training=training)[0]
            assert label == 0 and tuple(image.shape[1:]) == module.SIDES
            assert image.mean((1, 2)).tolist() == pytest.approx(wanted, abs=2e-3) and image.std((1, 2)).max() < 1e-6


def test_the_middle_has_the_networks_proportions(tmp_path: Path) -> None:
    module = imported(script(f"{SMALL}@32x64"), tmp_path)
    assert module.middle(100, 100) == (0, 25, 100, 75)
    assert module.middle(300, 100) == (50, 0, 250, 100)
    for _ in range(50):
        left, top, right, bottom = module.somewhere(90, 70)
        assert 0 <= left < right <= 90 and 0 <= top < bottom <= 70
        assert (right - left) / (bottom - top) == pytest.approx(2)


def test_arrays_of_other_channels_are_read_as_they_are(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    module = imported(script(f"{SMALL},in_channels=5,num_classes=1@8"), tmp_path)
    (tmp_path / "data" / "one").mkdir(parents=True)
    numpy.save(tmp_path / "data" / "one" / "a.npy", numpy.arange(5 * 64, dtype=numpy.float32).reshape(8, 8, 5))
    image, _ = module.Images(tmp_path / "data", training=False)[0]
    assert torch.equal(image, torch.arange(5 * 64.0).reshape(8, 8, 5).permute(2, 0, 1))
    mean, std = module.measured(module.Images(tmp_path / "data", training=False))
    assert mean.tolist() == pytest.approx([157.5 + channel for channel in range(5)]) and (std > 90).all()


def test_norms_do_not_decay_and_the_batch_is_the_traces(tmp_path: Path) -> None:
    text = str(rv.export_as(rv.forecast(NETWORK.partition("@")[0], 32, batch=48), "training"))
    module = imported(text, tmp_path)
    assert module.BATCH == 48
    (name,) = re.findall(r"^def (\w+)\(num_classes", text, re.MULTILINE)
    network = getattr(module, name)()
    decaying, others = module.groups(network, 0.1)
    assert all(weight.ndim > 1 for weight in decaying["params"]) and others["weight_decay"] == 0
    assert len(decaying["params"]) + len(others["params"]) == len(list(network.parameters()))


def test_folders_that_do_not_fit_are_told(tmp_path: Path) -> None:
    module = imported(script(NETWORK), tmp_path)
    (tmp_path / "data" / "one").mkdir(parents=True)
    with pytest.raises(SystemExit, match="has 1 classes, not 10"):
        module.Images(tmp_path / "data", training=True)
