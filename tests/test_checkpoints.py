"""Files of weights: read as data, told apart, and refused in clear words."""

import argparse
import io
import json
import pickle
import re
import signal
import subprocess
import sys
import zipfile
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from safetensors.torch import save_file

import resnet_viz as rv
from resnet_viz import untrusted
from resnet_viz.advise.weights import Weights, best_fits, containers, expected_shapes, reading, report, verdict
from resnet_viz.spec import ResNetSpec
from tests import facts
from tests.command_line import call
from tests.rows import each
from tests.strategies import specs


def state(name: str, **changes: Any) -> dict[str, torch.Tensor]:
    return rv.build(rv.replace(rv.variant(name), **changes), init=False).state_dict()


def _shapes(spec: ResNetSpec) -> list[tuple[str, tuple[int, ...]]]:
    return [(key, tuple(value.shape)) for key, value in rv.build(spec, "meta").state_dict().items()]


@pytest.mark.sweep
@each("name", [n for n in rv.variants() if "1202" not in n and "1001" not in n])
def test_expected_shapes_are_the_models(name: str) -> None:
    assert sorted(expected_shapes(rv.variant(name)).items()) == sorted(_shapes(rv.variant(name)))


@given(specs())
def test_expected_shapes_of_random_networks(spec: ResNetSpec) -> None:
    assert sorted(expected_shapes(spec).items()) == sorted(_shapes(spec))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@pytest.mark.usefixtures("warm_reader")
def test_a_fine_tuned_network_is_told_with_its_classes(folder: Path) -> None:
    file = folder / "a.pth"
    torch.save(state("resnet50d", num_classes=10), file)
    weights = rv.read_weights(file)
    fits = rv.best_fits(weights)
    assert [fit.name for fit in fits] == ["resnet50d", "resnetblur50d", "resnetaa50d"]
    assert verdict(weights, fits) == (
        "This is a resnet50d with 10 classes. Names and shapes cannot tell it from resnetblur50d, resnetaa50d: "
        "these differ in what they compute, not in what they store."
    )
    fit = rv.check_weights(weights, rv.variant("resnet50d"), "resnet50d")
    assert not fit.complete
    assert report(fit) == [
        "another shape: fc.weight: the network has 1000×2048, the file 10×2048",
        "another shape: fc.bias: the network has 1000, the file 10",
        "the last layer fits a network with num_classes=10",
        "matching: 330 of 332",
    ]


@pytest.mark.usefixtures("warm_reader")
def test_wrapped_prefixed_half_precision_and_grey(folder: Path) -> None:
    file = folder / "b.pt"
    weights = {f"module.{key}": value.half() for key, value in state("resnet18", in_channels=1).items()}
    torch.save({"epoch": 3, "state_dict": OrderedDict(weights), "optimizer": {"lr": 0.1}}, file)
    found = rv.read_weights(file)
    assert found.how == ("PyTorch's zip format", "taken from “state_dict”", "“module.” taken off every name")
    assert verdict(found, rv.best_fits(found)).startswith("This is a resnet18 with 1 input channel.")


def test_safetensors(folder: Path) -> None:
    file = folder / "c.safetensors"
    save_file(state("ecaresnet26t"), file)
    found = rv.read_weights(file)
    assert (found.how, rv.best_fits(found)[0].name) == (("safetensors",), "ecaresnet26t")


@pytest.mark.usefixtures("warm_reader")
def test_the_old_format_without_counters_under_cifar_names(folder: Path) -> None:
    """As akamaster's files are: a pickle stream, DataParallel's prefix, no num_batches_tracked, ``linear``."""
    file = folder / "d.th"
    weights = {
        "module." + key.replace("fc.", "linear."): value
        for key, value in state("cifar_resnet20").items()
        if not key.endswith("num_batches_tracked")
    }
    torch.save({"best_prec1": 91.7, "state_dict": OrderedDict(weights)}, file, _use_new_zipfile_serialization=False)
    found = rv.read_weights(file)
    assert len(found.shapes) == 97
    assert found.how[0] == "PyTorch's format before 1.6"
    assert verdict(found, rv.best_fits(found)) == "This is a cifar_resnet20. It lies in “state_dict”, under “module.”."


@pytest.mark.parametrize("dump", [d for d in facts.dumps() if d.endswith(("@224", "@32"))])
def test_public_codes_names_are_understood(dump: str) -> None:
    """Each public state dict of the ground truth, under its own code's names, fits its network."""
    truth = facts.dump(dump)
    weights = Weights({key: tuple(shape) for key, shape in truth["state_dict"].items()}, ())
    fits = rv.best_fits(weights)
    model = dump.split("/")[1].split("@")[0]
    names = {
        "akamaster_resnet20": "cifar_resnet20",
        "kuangliu_ResNet18": "resnet18_cifar",
        "kuangliu_ResNet50": "resnet50_cifar",
        "kuangliu_PreActResNet18": "",
        "kuangliu_ResNeXt29_2x64d": "",
    }
    assert fits[0].name == names.get(model, model)
    if "PreAct" in model:  # it has no norm at its end
        assert set(fits[0].missing) == {
            f"last_norm.{role}" for role in ("weight", "bias", "running_mean", "running_var")
        }
    else:
        assert fits[0].complete
    if "ResNeXt29" in model:
        assert (fits[0].spec.groups, fits[0].spec.mid_channels(64), fits[0].spec.blocks) == (2, 128, (3, 3, 3))


@pytest.mark.usefixtures("warm_reader")
def test_another_depth_is_told_by_its_shapes(folder: Path) -> None:
    file = folder / "e.pth"
    torch.save(state("resnet50", blocks=(3, 4, 7, 3)), file)
    found = rv.read_weights(file)
    fits = rv.best_fits(found)
    assert verdict(found, fits) == ("This is a bottleneck ResNet with 3, 4, 7, 3 blocks: 53 layers.")
    assert fits[0].complete and fits[0].spec == rv.replace(rv.variant("resnet50"), blocks=(3, 4, 7, 3))
    assert report(rv.check_weights(found, "resnet50"), most=2) == [
        "not in the network: layer3.6.conv1.weight",
        "not in the network: layer3.6.bn1.weight",
        "not in the network: 16 more",
        "matching: 320 of 320",
    ]


@pytest.mark.usefixtures("warm_reader")
def test_something_else_is_near_nothing(folder: Path) -> None:
    file = folder / "f.pth"
    torch.save({"embedding.weight": torch.zeros(5, 5)}, file)
    found = rv.read_weights(file)
    assert verdict(found, rv.best_fits(found)).startswith("No network of the catalogue is near")


class Bomb:
    """What a hostile pickle does: a call when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, (f"open(r'{Bomb.trace}', 'w').write('ran')",))

    trace = ""


def _hostile(folder: Path) -> dict[str, bytes]:
    Bomb.trace = str(folder / "it_ran")
    module, good = io.BytesIO(), io.BytesIO()
    torch.save(torch.nn.Linear(2, 2), module)
    torch.save({"a": torch.zeros(4)}, good)
    bomb = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good.getvalue())) as source, zipfile.ZipFile(bomb, "w") as target:
        for part in source.infolist():
            data = pickle.dumps({"a": Bomb()}, 2) if part.filename.endswith("data.pkl") else source.read(part)
            target.writestr(part.filename, data)
    script, deep = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(script, "w") as target:  # as TorchScript's archives are told
        target.writestr("net/data.pkl", pickle.dumps({"a": Bomb()}, 2))
        target.writestr("net/constants.pkl", pickle.dumps((), 2))
    with zipfile.ZipFile(io.BytesIO(good.getvalue())) as source, zipfile.ZipFile(deep, "w") as target:
        nested = b"\x80\x02" + b"}X\x01\0\0\0a" * 10_000 + b"}" + b"s" * 10_000 + b"."
        for part in source.infolist():
            target.writestr(part.filename, nested if part.filename.endswith("data.pkl") else source.read(part))
    knot: list[object] = [{}]
    knot.append(knot)
    (folder / "knot.json").write_bytes(b'{"weight_map": {"a": "knot.json"}}')
    keras = io.BytesIO()
    with zipfile.ZipFile(keras, "w") as target:
        target.writestr("config.json", "{}")
        target.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n")
    objects = io.BytesIO()
    np.savez(objects, a=np.array([{}], dtype=object))
    squeezed = io.BytesIO()
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("archive/data.pkl", b"\0" * 50_000_000)
    return {
        "module": module.getvalue(),
        "bomb in a zip": bomb.getvalue(),
        "bomb in a pickle": pickle.dumps({"a": Bomb()}, 2),
        "bomb beside pickled tensors": pickle.dumps({"a": torch.zeros(3), "b": Bomb()}, 2),
        "a list that holds itself": pickle.dumps({"a": knot}, 2),
        "MXNet": (274).to_bytes(8, "little") + b"\0" * 40,
        "ONNX": b"\x08\x08\x12\x07pytorch\x1a\x052.1.0" + b"\0" * 40,
        "TFLite": b"\x1c\0\0\0TFL3" + b"\0" * 40,
        "keras": keras.getvalue(),
        "an index of itself": b'{"weight_map": {"a": "knot.json"}}',
        "bomb in a pickle of arrays": pickle.dumps({"a": np.zeros(3), "b": Bomb()}, 2),
        "bomb in TorchScript": script.getvalue(),
        "ten thousand dictionaries": deep.getvalue(),
        "objects in an npz": objects.getvalue(),
        "a single array": b"\x93NUMPY\x01\x00" + b"\0" * 40,
        "GGUF": b"GGUF\x03\0\0\0" + b"\0" * 40,
        "HDF5": b"\x89HDF\r\n\x1a\n" + b"\0" * 40,
        "any JSON": b'{"weight_map": 3}',
        "an index of files elsewhere": b'{"weight_map": {"a": "../b.safetensors"}}',
        "zip bomb": squeezed.getvalue(),
        "cut off": good.getvalue()[:200],
        "no tensors": pickle.dumps({"a": 1}, 2),
        "empty": b"",
        "text": b"hello, these are my weights",
        "a picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        "broken safetensors": (2**40).to_bytes(8, "little") + b'{"a":',
        "lists in lists": b"\x80\x02" + b"]" * 100_000 + b".",
        "nine million letters": pickle.dumps(dict.fromkeys((f"{i:0>290}" for i in range(31_000)), np.zeros(1)), 2),
        "claims a terabyte": b"\x80\x04\x8e" + (2**40).to_bytes(8, "little") + b"a.",
    }


def _huge() -> bytes:
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w", zipfile.ZIP_DEFLATED) as target:
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }\n"
        target.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 50_000_000)
    return huge.getvalue()


HOSTILE = (
    ("module", "holds Python objects and not weights alone, and loading those could run code; save torch.save(model.state_dict(), file) where the file comes from"),
    ("bomb in a zip", "holds Python objects and not weights alone, and loading those could run code; save torch.save(model.state_dict(), file) where the file comes from"),
    ("bomb in a pickle", "holds Python objects and not weights alone, and loading those could run code; save plain arrays: numpy.savez('weights.npz', **arrays), or torch.save(state_dict, file)"),
    ("bomb beside pickled tensors", "holds Python objects and not weights alone, and loading those could run code; save plain arrays: numpy.savez('weights.npz', **arrays), or torch.save(state_dict, file)"),
    ("a list that holds itself", "holds no tensors with names; save torch.save(model.state_dict(), file)"),
    ("MXNet", "is an MXNet .params file; convert it: numpy.savez('weights.npz', **{k: v.asnumpy() for k, v in mx.nd.load(FILE).items()})"),
    ("ONNX", "is an ONNX file, a network and not its weights alone; see it with: resnet-viz trace FILE"),
    ("TFLite", "is a TensorFlow Lite file; take the .keras or .h5 file that it was made from"),
    ("keras", "is a .keras file, whose weights are HDF5; convert it: numpy.savez('weights.npz', **{w.path: w.numpy() for w in keras.models.load_model(FILE).weights})"),
    ("an index of itself", "is an index of indices; name one file of weights"),
    ("bomb in a pickle of arrays", "holds Python objects and not weights alone, and loading those could run code; save plain arrays: numpy.savez('weights.npz', **arrays), or torch.save(state_dict, file)"),
    ("bomb in TorchScript", "holds Python objects and not weights alone, and loading those could run code; save plain arrays: numpy.savez('weights.npz', **arrays), or torch.save(state_dict, file)"),
    ("ten thousand dictionaries", "holds no tensors with names; save torch.save(model.state_dict(), file)"),
    ("objects in an npz", "holds pickled Python objects, and loading those could run code; save plain arrays: numpy.savez('weights.npz', **arrays)"),
    ("a single array", "is a single NumPy array, or a pickled object in one; save the arrays with their names: numpy.savez('weights.npz', **arrays)"),
    ("GGUF", "is a GGUF file, whose weights are quantised for language models; take the .safetensors or .pth it was made from"),
    ("HDF5", "is an HDF5 file, as Keras writes it; convert it: numpy.savez('weights.npz', **{w.path: w.numpy() for w in keras.models.load_model(FILE).weights})"),
    ("any JSON", "is JSON, and no index of a file of weights; name a file of weights"),
    ("an index of files elsewhere", "is an index that names no files beside it, or too many; name one file of weights"),
    ("zip bomb", "is a compressed archive, which torch.save does not write; save it anew with torch.save"),
    ("cut off", "is a broken or cut-off archive; download or save it again"),
    ("no tensors", "holds no tensors with names; save torch.save(model.state_dict(), file)"),
    ("empty", "is neither a file that torch.save wrote nor safetensors; save the weights with torch.save(state_dict, file)"),
    ("text", "is neither a file that torch.save wrote nor safetensors; save the weights with torch.save(state_dict, file)"),
    ("a picture", "is neither a file that torch.save wrote nor safetensors; save the weights with torch.save(state_dict, file)"),
    ("broken safetensors", "is a broken or cut-off safetensors file; download or save it again"),
    ("lists in lists", "holds no dictionary of weights; save torch.save(model.state_dict(), file)"),
    ("nine million letters", "has names that are too long or too many for a network; save the state dict alone"),
    ("claims a terabyte", "needs more memory than reading is given; save the state dict alone"),
)  # fmt: skip


@pytest.fixture(scope="module")
def answers(folder: Path, warm_python: Callable[..., bytes]) -> dict[str, list[str]]:
    """What the reading process says of each hostile file; one process for all."""
    files = []
    for number, (kind, data) in enumerate(_hostile(folder).items()):
        file = folder / f"hostile{number}.pth"
        file.write_bytes(data)
        files.append((kind, str(file)))
    code = """import json, sys
from resnet_viz.advise.weights.containers import answer
print(json.dumps([told if "torch" not in (told := answer(file)) else answer(file, torch=True) for file in sys.argv[1:]]))"""
    told = json.loads(warm_python(code, *(file for _, file in files)))
    return {kind: answer["error"] for (kind, _), answer in zip(files, told, strict=True)}


def test_an_array_that_would_grow_is_not_read(folder: Path, warm_python: Callable[..., bytes]) -> None:
    """A terabyte is claimed, and fifty megabytes of zeros are there, squeezed: its header alone is looked at."""
    file = folder / "huge.npz"
    file.write_bytes(_huge())
    code = "import sys; from resnet_viz.advise.weights.containers import answer; print(answer(sys.argv[1])['tensors'])"
    assert warm_python(code, str(file)) == b"[[(), 'a', [1000000, 1000000]]]\n"


@each(("kind", "message"), HOSTILE)
def test_hostile_and_broken_files_are_refused_and_run_nothing(
    kind: str, message: str, answers: dict[str, list[str]], folder: Path
) -> None:
    assert "; ".join(answers[kind]) == message
    assert not (folder / "it_ran").exists()


def _beside_weights() -> dict[str, Any]:
    """What lies beside weights in files of training code, by what it is, and what is unusual."""
    layer = torch.nn.Conv2d(3, 4, 3)
    optimiser = torch.optim.SGD(layer.parameters(), 0.1, momentum=0.9)
    layer(torch.zeros(1, 3, 4, 4)).sum().backward()
    optimiser.step()
    return {
        "plain": layer.state_dict(),
        "parameters": dict(layer.named_parameters()),
        "views": {"turned": torch.zeros(4, 3).T, "a part": torch.arange(10)[2:7:2], "none": torch.zeros(0, 5), "one": torch.tensor(3)},
        "kinds": {str(kind): torch.zeros(2, 3, dtype=kind) for kind in (torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.bool)},
        "a training": {"model": layer.state_dict(), "optimizer": optimiser.state_dict(), "epoch": 3, "hashes": b"\x01\xff", "size": torch.Size([2, 3])},
        "settings": {"args": argparse.Namespace(lr=0.1), "model": layer.state_dict(), "best": np.float64(0.5), "path": Path("a"), "counts": defaultdict(list)},
        "float8": {"w": torch.zeros(2, 3, dtype=torch.float8_e4m3fn)},
        "sparse": {"w": torch.eye(3).to_sparse()},
        "a dtype": {"w": torch.zeros(1), "kind": torch.float16},
        "counted": {"w": torch.zeros(1), "of": Counter("aab")},
    }  # fmt: skip


@pytest.mark.parametrize("kind", _beside_weights())
def test_an_archive_is_read_without_pytorch_as_with_it(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "bound", lambda *_: None)  # not this process
    file = tmp_path / "weights.pth"
    torch.save(_beside_weights()[kind], file)
    found = [containers.answer(str(file), torch=with_it) for with_it in (False, True)]
    unusual = kind in ("float8", "sparse", "a dtype", "counted")
    assert found[0] == ({"torch": True} if unusual else found[1])
    assert found[1]["tensors"]
    assert found[1]["opened"] == ("settings" if kind == "settings" else "torch")


def test_a_tensor_that_reaches_past_its_storage_is_pytorchs_to_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "bound", lambda *_: None)
    file = tmp_path / "weights.pth"
    torch.save({"w": torch.zeros(2, 3)}, file)
    whole = file.read_bytes()
    index = b"K\x02K\x03\x86"  # (2, 3), which is a stride nowhere
    assert whole.count(index) == 1
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(tmp_path / "larger.pth", "w") as larger:
        for part in archive.infolist():
            larger.writestr(part.filename, archive.read(part).replace(index, b"K\x03K\x03\x86"))
    assert containers.answer(str(tmp_path / "larger.pth")) == {"torch": True}


@pytest.mark.usefixtures("warm_reader")
def test_a_refusal_names_the_file(folder: Path) -> None:
    file = folder / "hostile.pth"
    file.write_bytes(_hostile(folder)["bomb in a zip"])
    with pytest.raises(rv.CheckpointError) as caught:
        rv.read_weights(file, "upload.pth")
    assert str(caught.value).startswith("file='upload.pth': holds Python objects and not weights alone")
    assert not (folder / "it_ran").exists()


def test_a_reader_that_dies_is_a_broken_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "any.pth"
    file.write_bytes(b"any")
    monkeypatch.setattr(reading, "_SERVE", "import os; os.abort()")
    with pytest.raises(rv.CheckpointError) as caught:
        rv.read_weights(file)
    assert str(caught.value) == (
        "file='any.pth': is broken, or needs more memory or time than reading is given; save the state dict anew"
    )


def test_this_bomb_would_go_off(folder: Path) -> None:
    """The guard above is worth something: plain pickle runs the very same file."""
    file = folder / "bomb.pkl"
    file.write_bytes(_hostile(folder)["bomb in a pickle"])
    subprocess.run([sys.executable, "-c", f"import pickle; pickle.load(open(r'{file}', 'rb'))"], check=True)
    ran = folder / "it_ran"
    assert ran.read_text() == "ran"
    ran.unlink()


def test_reading_is_bounded_in_memory(warm_python: Callable[..., bytes]) -> None:
    """600 MiB are refused to it, and as much as a state dict needs is given."""
    code = (
        "import torch; from resnet_viz.advise.weights.containers import MAX_MEMORY, MAX_SECONDS; from resnet_viz.untrusted import bound;"
        "bound(MAX_MEMORY, MAX_SECONDS); bytearray(100 * 2**20)"
        "\ntry: bytearray(600 * 2**20)\nexcept MemoryError: print('bounded')"
    )
    assert warm_python(code) == b"bounded\n"


@pytest.mark.processes
def test_a_pickle_that_only_works_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty million bytes that note the same thing again and again: half a minute of work if nothing stopped it.

    Here it is given a second more than PyTorch takes to load.
    """
    assert containers.MAX_SECONDS == 10
    file = folder / "busy.pth"
    file.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19" + b"q\x00" * 30_000_000 + b".")
    told = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); import time, torch; from resnet_viz.advise.weights import containers; containers.MAX_SECONDS = int(time.process_time()) + 2\n"
    ran: list[int] = []
    original = subprocess.run

    def watched(*arguments: Any, **options: Any) -> Any:
        done = original(*arguments, **options)
        ran.append(done.returncode)
        return done

    monkeypatch.setattr(reading, "_SERVE", told + reading._SERVE)
    monkeypatch.setattr(untrusted.subprocess, "run", watched)
    with pytest.raises(rv.CheckpointError) as caught:
        rv.read_weights(file)
    assert ran == [0, -signal.SIGXCPU]  # PyTorch's old format is handed on to a process that has PyTorch
    assert str(caught.value) == (
        "file='busy.pth': is broken, or needs more memory or time than reading is given; save the state dict anew"
    )


@pytest.mark.parametrize("new", [True, False], ids=["zip", "old format"])
@pytest.mark.processes
def test_a_half_gigabyte_of_weights_is_read_within_the_bounds(new: bool, folder: Path) -> None:
    file = folder / "wide.pth"
    weights = {
        name: torch.zeros(shape, dtype=torch.long if name.endswith("tracked") else torch.float32)
        for name, shape in expected_shapes(rv.variant("wide_resnet101_2")).items()
    }
    torch.save(weights, file, _use_new_zipfile_serialization=new)
    try:
        assert file.stat().st_size > 500_000_000
        assert rv.best_fits(rv.read_weights(file))[0].name == "wide_resnet101_2"
    finally:
        file.unlink()


def test_absent_file_and_folder(folder: Path) -> None:
    with pytest.raises(
        rv.CheckpointError,
        match=re.escape("file='nope.pth': cannot be read (No such file or directory); check the path"),
    ):
        rv.read_weights(folder / "nope.pth")
    empty = folder / "empty"
    empty.mkdir()
    with pytest.raises(rv.CheckpointError, match=r"file='empty': is a folder that holds no weights; name a \.pth"):
        rv.read_weights(empty)


def test_a_large_file_takes_no_memory_of_its_size(folder: Path, warm_python: Callable[..., bytes]) -> None:
    file = folder / "large.pth"
    torch.save({"a": torch.zeros(60_000_000)}, file)  # 240 MB
    code = (
        "import resource, sys; from resnet_viz.advise.weights.containers import answer;"
        "import torch; before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; told = answer(sys.argv[1]);"
        "print(told['tensors'], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000)"
    )
    assert warm_python(code, str(file)) == b"[[(), 'a', [60000000]]] True\n"


@pytest.mark.usefixtures("warm_reader")
def test_on_the_command_line(folder: Path) -> None:
    file = folder / "g.pth"
    torch.save(state("resnet18", num_classes=5), file)

    done = call("check", str(file))
    assert done.code == 0
    assert done.out.startswith("This is a resnet18 with 5 classes.")
    done = call("check", str(file), "--as", "resnet18")
    assert done.code == 1
    assert done.out.startswith("resnet18: does not fit.")
    assert "the last layer fits a network with num_classes=5" in done.out
    torch.save({"state_dict": {f"encoder.{k}": v for k, v in state("resnet18").items() if "fc" not in k}}, file)
    done = call("check", str(file))
    assert done.code == 0 and done.out.startswith(
        "This is a resnet18 without its classifier. It lies in “state_dict”, under “encoder.”."
    )
    assert "\nmodel = rv.build('resnet18'); model.fc = torch.nn.Identity()\n" in done.out
    torch.save(state("resnet18", num_classes=5), file)
    told = json.loads(call("check", str(file), "--as", "resnet18", "--set", "num_classes=5", "--format", "json").out)
    assert told["verdict"] == "resnet18: every weight fits."
    assert told["fits"][0]["complete"]


def test_best_fits_prefers_the_network_itself_over_its_relatives() -> None:
    for name in (
        "resnet50",
        "resnet50_gn",
        "resnet50c",
        "resnetv2_50d",
        "wrn_16_8",
        "resnetrs50",
        "resnext50_32x4d",
        "seresnet50",
    ):
        fits = best_fits(Weights(dict(expected_shapes(rv.variant(name))), ()))
        assert fits[0].name == name
        assert all(fit.complete for fit in fits)
