"""Images and weights that come from outside: what is made of them, and in one line why something is refused."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

import resnet_viz as rv
from resnet_viz.inside.images import IMAGENET, picture

from .test_apart import randomised

NET = "resnet18:blocks=1,1,widths=8,12,num_classes=5"
DRAW = np.random.default_rng(0)
MEAN, SPREAD = (np.array(side)[:, None, None] for side in IMAGENET)


def made(image: Any, channels: int = 3, size: tuple[int, int] | None = None, **more: Any) -> np.ndarray[Any, Any]:
    return picture(image, channels, size, more.pop("normal", None), **more).tensor[0].double().numpy()


# ---- images ----------------------------------------------------------------------------------------------------------


def test_bytes_are_an_image_whatever_their_order_and_fractions_an_input() -> None:
    image = DRAW.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    expected = (image.transpose(2, 0, 1) / 255 - MEAN) / SPREAD
    for given in (
        image,
        image.transpose(2, 0, 1),
        torch.from_numpy(image),
        torch.from_numpy(image.transpose(2, 0, 1))[None],
    ):
        np.testing.assert_allclose(made(given), expected, atol=1e-6)
    np.testing.assert_allclose(made(image.astype(np.uint16) * 257), expected, atol=1e-6)
    fractions = DRAW.normal(size=(3, 6, 8))
    for given in (
        fractions,
        fractions.transpose(1, 2, 0),
        torch.from_numpy(fractions)[None],
        fractions.astype(np.float32),
    ):
        np.testing.assert_allclose(made(given, size=(4, 4)), fractions, atol=1e-6)
    np.testing.assert_allclose(made(image, normal=((0.5,), (0.25,))), (image.transpose(2, 0, 1) / 255 - 0.5) / 0.25, atol=1e-6)  # fmt: skip


def test_channels_are_brought_to_those_of_the_network() -> None:
    image = DRAW.integers(0, 256, (6, 8, 4), dtype=np.uint8)
    np.testing.assert_allclose(made(image), made(image[..., :3]))  # without its alpha
    grey = made(image, 1)
    np.testing.assert_allclose(grey[0], (image[..., :3] / 255) @ (0.299, 0.587, 0.114), atol=1e-6)
    np.testing.assert_allclose(made(image[..., 0], 1)[0], image[..., 0] / 255, atol=1e-6)
    assert made(image[..., 0]).shape == (3, 6, 8)
    bands = DRAW.integers(0, 2**12, (5, 7, 13), dtype=np.uint16)  # a satellite's
    np.testing.assert_allclose(made(bands, 13), bands.transpose(2, 0, 1) / 65535, atol=1e-6)
    assert picture(bands, 13, None, None).shown is None


def test_an_image_is_cut_around_its_middle_and_resized() -> None:
    """A white square in the middle of a wide black image fills what is cut out."""
    image = np.zeros((20, 60, 3), np.uint8)
    image[:, 20:40] = 255
    found = picture(image, 3, (10, 10), ((0.0,), (1.0,)))
    assert found.tensor.shape == (1, 3, 10, 10) and float(found.tensor.min()) == 1.0
    assert found.how == ("0…255 made 0…1", "its middle 20×20 px", "resized from 20×20 to 10×10 px", "not normalised")
    assert found.shown is not None and found.shown.shape == (10, 10, 3)


def _saved(folder: Path, name: str, image: Image.Image, **more: Any) -> Path:
    file = folder / name
    image.save(file, **more)
    return file


def test_files_of_every_kind(tmp_path: Path) -> None:
    pixels = DRAW.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    plain = made(pixels)
    np.testing.assert_allclose(made(_saved(tmp_path, "a.png", image)), plain)
    np.testing.assert_allclose(made(str(_saved(tmp_path, "b.webp", image, lossless=True))), plain)
    assert made(_saved(tmp_path, "c.jpg", image)).shape == (3, 8, 8)
    np.save(tmp_path / "d.npy", pixels)
    np.testing.assert_allclose(made(tmp_path / "d.npy"), plain)
    image.putalpha(7)
    np.testing.assert_allclose(made(_saved(tmp_path, "e.png", image)), plain)
    exif = Image.Exif()
    exif[274] = 6  # the camera lay on its side: the stored image is turned to the right
    turned = _saved(tmp_path, "f.png", Image.fromarray(pixels[:, :4]), exif=exif)
    np.testing.assert_allclose(made(turned), made(np.rot90(pixels[:, :4], -1)))


def test_sixteen_bits_a_pixel_are_not_cut_off(tmp_path: Path) -> None:
    deep = np.array([[0, 1000, 30_000, 65_535]], np.uint16)
    found = made(_saved(tmp_path, "deep.png", Image.fromarray(deep)), 1)
    np.testing.assert_allclose(found[0], deep / 65535, atol=1 / 255)


def _huge_png(side: int) -> bytes:
    """The header of a PNG of ``side`` × ``side`` pixels, and next to nothing behind it."""
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = (head, b"IDAT" + zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts)  # fmt: skip


def _file(kind: str, size: tuple[int, int] = (64, 64)) -> bytes:
    file = io.BytesIO()
    Image.fromarray(DRAW.integers(0, 256, (*size, 3), dtype=np.uint8)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("large.png", _huge_png(30_000), "image='large.png': must have at most 40,000,000 pixels; use a smaller image"),
        ("bomb.png", _huge_png(9_000), "image='9000×9000': must have at most 40,000,000 pixels as PNG; use a smaller image"),
        ("cut.jpg", _file("JPEG")[:900], "image='cut.jpg': cannot be read as PNG, JPEG, WEBP; save it as PNG"),
        ("moving.png", _file("GIF"), "image='moving.png': is a GIF, and cannot be read as PNG, JPEG, WEBP; save it as PNG"),
        ("empty.png", b"", "image='empty.png': cannot be read as PNG, JPEG, WEBP; save it as PNG"),
        ("cut.npy", b"\x93NUMPY\x01\x00v\x00{'descr'", "image='cut.npy': is a broken or cut-off .npy file; save it again with numpy.save"),
    ],
)  # fmt: skip
def test_files_that_are_refused(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(rv.InputError) as caught:
        rv.look(NET, tmp_path / name)
    assert str(caught.value) == message


def _npy(shape: tuple[int, ...], kind: str = "|u1", data: bytes = b"") -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (_npy((30_000, 30_000, 3)), "image='30000×30000×3': must have at most 100,000,000 numbers; use a smaller image"),
        (_npy((8, 8, 3), "|u1", b"x"), "image='x.npy': is a broken or cut-off .npy file; save it again with numpy.save"),
        (_npy((8, 8, 3), "|O", b"x"), "image='x.npy': holds Python objects, and loading those could run code; save a plain array of numbers"),
        (np.full((3, 4, 4), np.nan), "image='3×4×4': has 48 numbers that are NaN or infinite; replace them, e.g. numpy.nan_to_num(image)"),
        (np.array([[np.inf, 0], [0, 1]]), "image='2×2': has 1 number that is NaN or infinite; replace them, e.g. numpy.nan_to_num(image)"),
        (np.zeros((3, 4, 4, 4)), "image='3×4×4×4': must be one image: two axes, or three with its channels; give an array (H, W, C) or (C, H, W), or a file"),
        (np.zeros((0, 4, 3)), "image='0×4×3': must be one image: two axes, or three with its channels; give an array (H, W, C) or (C, H, W), or a file"),
        (np.zeros((5, 4, 4)), "image='4×5×4': has 4 channels, and the network reads 3; use a network with in_channels=4"),
        (np.zeros((6, 7, 5)), "image='6×7×5': neither its first nor its last axis has the 3 channels that the network reads; give (3, H, W), or use a network with in_channels=5"),
        (np.zeros((4, 4, 3), np.int64), "image='torch.int64': whole numbers must be of 8 or 16 bits; convert it to uint8 or to float32"),
        (np.zeros((4, 4, 3), complex), "image='torch.complex128': must be of real numbers; give its magnitude"),
        (np.array(["x"]), "image='<U1': is an array of no numbers that a network reads; convert it to uint8 or to float32"),
        (np.zeros((3, 1, 20_000)), "image='3×1×20000': must have at most 16,384 pixels a side; use a smaller image"),
        (None, "image=None: must be an array, a tensor or a file, not NoneType; give an array (H, W, C) or (C, H, W), or a file"),
        ("none.png", "image='none.png': cannot be read (No such file or directory); name a file"),
    ],
    ids=range(15),
)  # fmt: skip
def test_images_that_are_refused(image: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if isinstance(image, bytes):
        Path("x.npy").write_bytes(image)
        image = "x.npy"
    with pytest.raises(rv.InputError) as caught:
        rv.look(NET, image)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "normal", ["some", 3, (1,), ((1, 2), (0, 1)), (("x",), (1,)), ((float("nan"),), (1,)), ((), ()), {}]
)
def test_a_range_that_is_none(normal: Any) -> None:
    with pytest.raises(rv.InputError, match=r"must be 'none' or \(means, spreads\), the spreads above 0"):
        rv.look(NET, np.zeros((8, 8, 3), np.uint8), normalise=normal)


# ---- weights ---------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.usefixtures("warm_reader")
INPUT = torch.randn(3, 24, 24, generator=torch.Generator().manual_seed(0))


def _network(text: str = NET) -> Any:
    return randomised(rv.build(text)).float()


def _last(array: np.ndarray[Any, Any], last: bool) -> np.ndarray[Any, Any]:
    """With its channels last, as TensorFlow and JAX have them."""
    return array.transpose(2, 3, 1, 0) if last and array.ndim == 4 else array.T if last else array


@pytest.mark.parametrize("kind", ["torch", "wrapped", "old", "safetensors", "numpy", "turned", "bfloat16"])
def test_a_files_weights_are_those_that_run(kind: str, tmp_path: Path) -> None:
    module, file = _network(), tmp_path / "weights"
    state = module.state_dict()
    if kind == "bfloat16":
        module = _network().to(torch.bfloat16).float()
        state = {name: one.to(torch.bfloat16) if one.is_floating_point() else one for name, one in module.state_dict().items()}  # fmt: skip
    match kind:
        case "safetensors":
            save_file(state, file)
        case "numpy" | "turned":
            file = tmp_path / "weights.npz"
            np.savez(file, **{name: _last(one.numpy(), kind == "turned") for name, one in state.items()})
        case "wrapped":
            torch.save(
                {"epoch": 3, "model": {f"module.{name}": one for name, one in state.items()}, "optimizer": {}}, file
            )
        case _:
            torch.save(state, file, _use_new_zipfile_serialization=kind != "old")
    seen = rv.look(NET, INPUT, weights=file)
    with torch.no_grad():
        assert torch.equal(seen.scores, module(INPUT[None])[0])  # type: ignore[arg-type]
    assert seen.said[0] == f"the weights of {file.name}"
    assert (kind != "wrapped") or "in “model”, under “module.” in it" in seen.said


def test_a_backbone_has_no_classes_to_speak_of(tmp_path: Path) -> None:
    state = {name: one for name, one in _network().state_dict().items() if not name.startswith("fc.")}
    torch.save(state, tmp_path / "backbone.pth")
    seen = rv.look(NET, INPUT, weights=tmp_path / "backbone.pth")
    assert "its classifier is not in the file, and random here" in seen.said and "classes:" not in repr(seen)
    assert torch.equal(seen.maps("layer2.0.relu2"), rv.look(_network(), INPUT).maps("layer2.0.relu2"))


def test_weights_that_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.pth"
    torch.save(_network("resnet18:blocks=1,2,widths=8,12,num_classes=5").state_dict(), file)
    with pytest.raises(rv.CheckpointError) as caught:
        rv.look(NET, INPUT, weights=file)
    assert str(caught.value).startswith(
        "weights='other.pth': holds other weights than this network's: not in the network: layer2.1.conv1.weight"
    )
    assert "This is a basic ResNet with 1, 2 blocks" in caught.value.fix
    torch.save(rv.build("resnet34:num_classes=7").state_dict(), file)
    with pytest.raises(rv.CheckpointError) as caught:
        rv.look("resnet18", INPUT, weights=file)
    assert caught.value.fix == "This is a resnet34 with 7 classes. Look into that: resnet34:num_classes=7"
    state = _network().state_dict()
    state["layer1.0.bn1.weight"][3] = torch.inf
    torch.save(state, file)
    with pytest.raises(rv.CheckpointError, match=r"'layer1\.0\.bn1\.weight': has numbers that are NaN or infinite"):
        rv.look(NET, INPUT, weights=file)
    torch.save({"model": _network()}, file)  # a whole module: unpickling one runs its code
    with pytest.raises(rv.CheckpointError, match="holds Python objects and not weights alone"):
        rv.look(NET, INPUT, weights=file)
    torch.jit.script(_network()).save(file)
    with pytest.raises(
        rv.CheckpointError, match="is TorchScript, which is code: its names are read, its numbers are not"
    ):
        rv.look(NET, INPUT, weights=file)
    with pytest.raises(rv.InputError, match="weights=3: must be the path of a file, not int"):
        rv.look(NET, INPUT, weights=3)  # type: ignore[arg-type]
    with pytest.raises(rv.CheckpointError, match="No such file"):
        rv.look(NET, INPUT, weights="none.pth")


def test_a_network_of_ones_own_at_an_input_that_is_asked_for() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    image = np.zeros((40, 20, 3), np.uint8)
    assert rv.look(net, image).maps("0").shape == (4, 38, 18)
    assert rv.look(net, image, input_size=(10, 12)).maps("0").shape == (4, 8, 10)
    assert rv.look(net, torch.zeros(3, 40, 20), input_size=10).maps("0").shape == (4, 8, 8)


def test_what_is_done_to_a_file_is_said(tmp_path: Path) -> None:
    Image.fromarray(DRAW.integers(0, 256, (64, 64, 4), dtype=np.uint8), "RGBA").save(tmp_path / "clear.png")
    assert "its alpha left out" in rv.look(NET, tmp_path / "clear.png").said[1]
    Image.fromarray(DRAW.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(tmp_path / "full.png")
    assert "alpha" not in rv.look(NET, tmp_path / "full.png").said[1]


def test_fractions_are_the_input_of_a_trained_network_too() -> None:
    given = np.full((3, 64, 64), 0.25, np.float32)
    seen = rv.look(rv.learned.load(), given)
    assert np.array_equal(seen.picture.tensor[0].numpy(), given)
    assert seen.said[1] == "an input of 3×64×64: taken as the network's input, not normalised"
    asked = rv.look(rv.learned.load(), given, normalise=((0.25,), (1.0,)))
    assert not bool(asked.picture.tensor.any()) and asked.said[1].endswith("normalised by the given mean and spread")
    drawn = rv.look(rv.learned.load(), rv.learned.drawing("star", 1))
    assert drawn.said[1].endswith("normalised by its network's mean and spread")
