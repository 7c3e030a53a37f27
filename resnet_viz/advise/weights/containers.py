"""Names and shapes out of files of many kinds, read as data in a process of its own; nothing in them is run.

Tensors are never loaded: PyTorch's meta device keeps their shapes, a header tells them, or an unpickler that builds
nothing but what stands in its table. That process runs :func:`serve`.
"""

from __future__ import annotations

import gc
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

from ...errors import MissingPackageError
from ...extras import require
from ...untrusted import bound
from . import pickles
from .pickles import Array, NeedsTorchError, RefusedError

MAX_FILE = 8 * 2**30  # bytes
MAX_KEYS, MAX_NAME, MAX_DEPTH, MAX_SHARDS = 100_000, 300, 32, 500
MAX_IN_LIST = 1_000  # of a list's entries as many are looked into
MAX_LETTERS = 8_000_000  # of all names together, with the keys around them; ResNet-1202's have 176,140
MAX_ENTRIES = 2_000_000  # of all dictionaries and lists together, tensors or not
MAX_PICKLE = 64 * 2**20  # bytes of a file's index; ResNet-1202's takes half a megabyte
MAX_SIDE = 2**40
# Bytes and seconds of processor time. PyTorch itself takes 215 MiB and a second of these; a state dict of 508 MB, whose
# tensors are never loaded, 1 MiB more, in PyTorch's old format 213 MiB.
MAX_MEMORY, MAX_SECONDS = 512 * 2**20, 10
PURPOSE = "reading a file of weights"

# Files that begin so, what they are, and how to make of them what is read.
FOREIGN = (
    (b"GGUF", "is a GGUF file, whose weights are quantised for language models", "take the .safetensors or .pth it was made from"),
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file, as Keras writes it", "convert it: numpy.savez('weights.npz', **{w.path: w.numpy() for w in keras.models.load_model(FILE).weights})"),
    (b"\x1f\x8b", "is compressed with gzip", "unpack it first: gunzip FILE"),
    (b"BZh", "is compressed with bzip2", "unpack it first: bunzip2 FILE"),
    (b"\xfd7zXZ", "is compressed with xz", "unpack it first: unxz FILE"),
    (b"7z\xbc\xaf", "is a 7-Zip archive", "unpack it first"),
    (b"Rar!", "is a RAR archive", "unpack it first"),
    (b"\x93NUMPY", "is a single NumPy array, or a pickled object in one", "save the arrays with their names: numpy.savez('weights.npz', **arrays)"),
    (b"version https://git-lfs", "is a pointer of Git LFS and not the file itself", "get the file: git lfs pull"),
    (b"<!doctype", "is a web page and not the file itself", "download the file again"),
    (b"<!DOCTYPE", "is a web page and not the file itself", "download the file again"),
    (b"<html", "is a web page and not the file itself", "download the file again"),
    (b"\x12\x01\0\0\0\0\0\0", "is an MXNet .params file", "convert it: numpy.savez('weights.npz', **{k: v.asnumpy() for k, v in mx.nd.load(FILE).items()})"),
)  # fmt: skip


def answer(path: str, *, torch: bool = False) -> dict[str, Any]:
    """``{"tensors": [[where, name, shape], …], "how": …, "opened": …}``, or why there is none: an ``"error"``, a package
    that is ``"missing"``, or ``"torch"`` where it is to be asked again with PyTorch, which takes longest."""
    try:
        file = Path(path)
        with file.open("rb") as opened:
            head = opened.read(512)
        if torch:  # what PyTorch needs for itself is not the file's doing
            require("torch", PURPOSE)
            import torch as _  # noqa: F401
        bound(MAX_MEMORY, MAX_SECONDS)
        data, how, opened_by = load(file, head, torch=torch)
        tensors = list(_tensors(data))
        if not tensors and _is_optimiser(data):
            raise RefusedError(
                "holds an optimiser's state and no weights of a network", "save torch.save(model.state_dict(), file)"
            )
        if not tensors:
            raise RefusedError("holds no tensors with names", "save torch.save(model.state_dict(), file)")
    except RefusedError as refused:
        return {"error": list(refused.args)}
    except NeedsTorchError:
        return {"torch": True}
    except MissingPackageError as error:
        return {"missing": error.value}
    except (MemoryError, RecursionError):
        return {"error": ["needs more memory than reading is given", "save the state dict alone"]}
    return {"tensors": tensors, "how": [how], "opened": opened_by}


def load(path: Path, head: bytes, *, torch: bool) -> tuple[Any, str, str]:
    """What a file holds, what it is in words, and how Python opens it; by its first bytes, not by its name."""
    if head[8:9] == b"{":
        return _load_safetensors(path), "safetensors", "safetensors"
    for sign, what, fix in FOREIGN:
        if head.startswith(sign):
            raise RefusedError(what, fix)
    if head[:4] == b"PK\x03\x04":
        return _load_zip(path, torch=torch)
    if head[:1] == b"{":
        return _load_shards(path, torch=torch)
    if head[:1] == b"\x08" and any(maker in head.lower() for maker in (b"pytorch", b"onnx", b"paddle", b"tf2")):
        raise RefusedError("is an ONNX file, a network and not its weights alone", "see it with: resnet-viz trace FILE")
    if head[4:8] == b"TFL3":
        raise RefusedError("is a TensorFlow Lite file", "take the .keras or .h5 file that it was made from")
    if head[257:262] == b"ustar":
        raise RefusedError("is a tar archive", "unpack it first: tar xf FILE")
    if head[:1] != b"\x80":
        raise RefusedError(
            "is neither a file that torch.save wrote nor safetensors",
            "save the weights with torch.save(state_dict, file)",
        )
    if not pickles.is_old_torch(path):
        return pickles.load_plain(path), "a pickle, not of torch.save", "pickle"
    if path.stat().st_size > MAX_FILE // 4:
        raise RefusedError("is too large for PyTorch's old format", "save it anew with torch.save(state_dict, file)")
    if not torch:
        raise NeedsTorchError
    data, plain = pickles.load_torch(path)
    return data, "PyTorch's format before 1.6", "torch" if plain else "settings"


def _load_zip(path: Path, *, torch: bool) -> tuple[Any, str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {part.filename for part in members}
            if len(members) > MAX_KEYS + 100:
                raise RefusedError(
                    f"has {len(members):,} parts, and at most {MAX_KEYS:,} are read", "save the state dict alone"
                )
            if all(name.endswith(".npy") for name in names):
                return _load_npz(archive, members), "NumPy's .npz", "numpy"
            script = next((name for name in names if name.endswith("/constants.pkl")), None)
            if script:
                return (
                    pickles.load_script(_index(archive, script.replace("constants", "data"))),
                    "TorchScript",
                    "script",
                )
            _check_zip(path, members)
            data, plain = (None, False) if torch else pickles.load_archived(_index(archive, _pickle(members)))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, KeyError, EOFError):
        raise RefusedError("is a broken or cut-off archive", "download or save it again") from None
    if torch:
        data, plain = pickles.load_torch(path)
    return data, "PyTorch's zip format", "torch" if plain else "settings"


def _pickle(members: list[zipfile.ZipInfo]) -> str:
    """The name of the pickle in an archive that is as ``torch.save`` makes them."""
    names = [part.filename for part in members]
    found = [name for name in names if name.endswith("data.pkl")]
    top = names[0].partition("/")[0]
    if found != [f"{top}/data.pkl"] or f"{top}/version" not in names:
        raise NeedsTorchError
    return found[0]


def _index(archive: zipfile.ZipFile, name: str) -> bytes:
    """An archive's pickle, no more of it than it claims to have."""
    if archive.getinfo(name).file_size > MAX_PICKLE:
        raise RefusedError("has an index of more than 64 MiB", "save the state dict alone")
    with archive.open(name) as file:
        return file.read(MAX_PICKLE)


def _check_zip(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """PyTorch stores its archives uncompressed; what would grow when it is read is refused."""
    if any(part.filename == "model.weights.h5" for part in members):
        raise RefusedError(
            "is a .keras file, whose weights are HDF5", next(fix for _, what, fix in FOREIGN if "HDF5" in what)
        )
    if not any(part.filename.endswith("data.pkl") for part in members):
        raise RefusedError("is an archive, and of none of the kinds that hold weights", "unpack it, and name the file")
    if any(part.compress_type != zipfile.ZIP_STORED for part in members):
        raise RefusedError("is a compressed archive, which torch.save does not write", "save it anew with torch.save")
    if sum(part.file_size for part in members) > path.stat().st_size:
        raise RefusedError("claims to hold more than the file has bytes", "download or save it again")
    if max((part.file_size for part in members if part.filename.endswith(".pkl")), default=0) > MAX_PICKLE:
        raise RefusedError("has an index of more than 64 MiB", "save the state dict alone")


def _load_npz(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, Array]:
    """The arrays' headers alone, which are literals."""
    require("numpy", PURPOSE)
    from numpy.lib import format as npy

    found: dict[str, Array] = {}
    for part in members:
        with archive.open(part) as file:
            version = npy.read_magic(file)
            header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, kind = header(file)
        if kind.hasobject:
            raise RefusedError(
                "holds pickled Python objects, and loading those could run code",
                "save plain arrays: numpy.savez('weights.npz', **arrays)",
            )
        found[part.filename.removesuffix(".npy")] = Array(shape=shape)
    return found


def _load_safetensors(path: Path) -> dict[str, Array]:
    for module in ("safetensors", "numpy"):
        require(module, PURPOSE)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return {key: Array(shape=tuple(file.get_slice(key).get_shape())) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError):
        raise RefusedError("is a broken or cut-off safetensors file", "download or save it again") from None


def _load_shards(path: Path, *, torch: bool) -> tuple[Any, str, str]:
    """``model.safetensors.index.json`` or ``pytorch_model.bin.index.json``, and the files beside it that it names."""
    if path.stat().st_size > MAX_PICKLE:
        raise RefusedError("is JSON of more than 64 MiB", "name a file of weights")
    try:
        index = json.loads(path.read_bytes())
        names = sorted(set(index["weight_map"].values()))
        plain = all(Path(name).name == name for name in names)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RefusedError("is JSON, and no index of a file of weights", "name a file of weights") from None
    if not plain or not 0 < len(names) <= MAX_SHARDS:
        raise RefusedError("is an index that names no files beside it, or too many", "name one file of weights")
    found: dict[str, Any] = {}
    kinds: set[str] = set()
    for name in names:
        shard = path.parent / name
        if not shard.is_file():
            raise RefusedError(f"names {name[:80]!r}, which does not lie beside it", "put all its files in one folder")
        with shard.open("rb") as opened:
            head = opened.read(512)
        if head[:1] == b"{":
            raise RefusedError("is an index of indices", "name one file of weights")
        inside, how, _ = load(shard, head, torch=torch)
        if not isinstance(inside, dict):
            raise RefusedError(f"names {name[:80]!r}, which holds no dictionary of weights", "name one of its files")
        found |= inside
        kinds.add(how)
    if len(kinds) > 1 or not kinds <= {"safetensors", "PyTorch's zip format", "PyTorch's format before 1.6"}:
        raise RefusedError("is an index of files of several kinds, or of unusual ones", "name one of its files")
    how = kinds.pop()
    return found, f"{how} in {len(names)} files", "shards" if how == "safetensors" else "torch shards"


def _tensors(data: Any) -> Iterator[list[Any]]:
    """Every tensor with a name, and the keys of the dictionaries around it. Numbered ones are an optimiser's."""
    root = _inside(data)
    if root is None:
        raise RefusedError("holds no dictionary of weights", "save torch.save(model.state_dict(), file)")
    waiting: list[tuple[tuple[str, ...], dict[Any, Any]]] = [((), root)]
    found = entries = letters = 0
    while waiting:
        where, inside = waiting.pop()
        below: list[tuple[tuple[str, ...], dict[Any, Any]]] = []
        for key, value in inside.items():
            entries += 1
            if entries > MAX_ENTRIES:
                raise RefusedError("has more entries than any file of weights", "save the state dict alone")
            if not isinstance(key, str):
                continue
            inner = _inside(value)
            if inner is not None:
                if len(where) < MAX_DEPTH:
                    below.append(((*where, key), inner))
                continue
            shape = getattr(value, "shape", None)
            if not _is_shape(shape):
                continue
            found += 1
            letters += len(key) + sum(map(len, where))
            long = len(key) > MAX_NAME or any(len(part) > MAX_NAME for part in where) or letters > MAX_LETTERS
            if long or found > MAX_KEYS:
                raise RefusedError("has names that are too long or too many for a network", "save the state dict alone")
            yield [where, key, [int(side) for side in shape]]
        waiting.extend(reversed(below))


def _inside(value: Any) -> dict[Any, Any] | None:
    """The dictionary that ``value`` is or holds: a list with dictionaries in it has its places, ``[0]``, for keys."""
    if isinstance(value, pickles.Inert):
        return vars(value)
    if isinstance(value, list | tuple) and any(isinstance(one, dict | list | tuple) for one in value[:MAX_IN_LIST]):
        return {f"[{place}]": one for place, one in enumerate(value[:MAX_IN_LIST])}
    return value if isinstance(value, dict) else None


def _is_optimiser(data: Any) -> bool:
    """``optimizer.state_dict()``, or a dictionary around it; its tensors have numbers for names."""
    inside = [data, *data.values()] if isinstance(data, dict) else []
    return any(isinstance(one, dict) and {"state", "param_groups"} <= one.keys() for one in inside)


def _is_shape(shape: Any) -> TypeGuard[Iterable[int]]:
    try:
        return shape is not None and len(shape) <= 8 and all(0 <= int(side) <= MAX_SIDE for side in shape)
    except (TypeError, ValueError):
        return False


def serve(path: str, *how: str) -> None:
    """The whole of that process: the answer as JSON on stdout.

    It collects no garbage and takes nothing down at its end, which is a third of the time that a small file takes.
    """
    gc.disable()
    print(json.dumps(answer(path, torch="torch" in how)), flush=True)
    os._exit(0)
