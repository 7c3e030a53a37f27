"""Names and shapes out of a file of weights, which is untrusted.

The file is read in a process of its own, with a bound on its memory and time, and only by readers that run no code:
``torch.load(weights_only=True)`` and safetensors. No tensor is loaded: PyTorch's meta device keeps the shapes alone.
That process runs :func:`serve`.
"""

from __future__ import annotations

import gc
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checks import check_text
from ..errors import CheckpointError, MissingPackageError
from ..extras import missing, require
from ..steps import Shape
from ..untrusted import bound, printed
from ..wording import plural
from .dialects import translate

MAX_FILE = 8 * 2**30  # bytes
MAX_KEYS, MAX_NAME = 100_000, 300
MAX_PICKLE = 64 * 2**20  # bytes of a file's index; ResNet-1202's takes half a megabyte
# Bytes and seconds of processor time. PyTorch itself takes 215 MiB and a second of these; a state dict of 508 MB, whose
# tensors are never loaded, 1 MiB more, in PyTorch's old format 213 MiB.
MAX_MEMORY, MAX_SECONDS = 512 * 2**20, 10
WRAPPERS = ("state_dict", "model", "state_dict_ema", "model_state_dict", "model_ema", "net")
PREFIXES = ("module.", "_orig_mod.", "model.", "backbone.")
_PURPOSE = "reading a file of weights"
_SERVE = "import sys; from resnet_viz.checkpoints.reading import serve; serve(sys.argv[1])"


@dataclass(frozen=True, slots=True)
class Weights:
    """What a file holds: shape by name, after what wraps the names was taken off and they were put in our words.

    ``how`` tells what was done, a phrase each; ``total`` counts the learnable and the running numbers.

    >>> Weights({"conv1.weight": (64, 3, 7, 7)}, ()).total  # 64·3·7·7
    9408
    """

    shapes: Mapping[str, Shape]
    how: tuple[str, ...]

    def __repr__(self) -> str:
        told = "".join(f"\n  {phrase}" for phrase in self.how[:8])
        return f"Weights: {plural(len(self.shapes), 'name')}, {plural(self.total, 'number')}{told}"

    @property
    def total(self) -> int:
        """All numbers in the file."""
        count = 0
        for shape in self.shapes.values():
            size = 1
            for side in shape:
                size *= side
            count += size
        return count


def read_weights(path: str | Path, name: str | None = None) -> Weights:
    """Names and shapes in a ``.pth``, ``.pt``, ``.th``, ``.bin`` or ``.safetensors`` file.

    ``name`` is what messages call the file. Raises :class:`CheckpointError`, and :class:`MissingPackageError` where the
    package that reads such a file is absent; never runs code from the file.

    >>> import tempfile, torch
    >>> import resnet_viz as rv
    >>> with tempfile.NamedTemporaryFile(suffix=".pth") as file:
    ...     torch.save(rv.build(rv.variant("resnet18")).state_dict(), file.name)
    ...     read_weights(file.name).shapes["conv1.weight"]
    (64, 3, 7, 7)
    """
    given: object = path
    if not isinstance(given, str | Path):
        what = f"must be a path, not {type(given).__name__}"
        raise CheckpointError("path", given, what, "name a .pth, .pt, .th, .bin or .safetensors file")
    if name is not None:
        check_text("name", name, "model.pth")
    path = Path(path)
    shown = name or path.name
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise CheckpointError("file", shown, "is no file", "name a .pth, .pt, .th, .bin or .safetensors file")
    except OSError as error:
        raise CheckpointError("file", shown, f"cannot be read ({error.strerror})", "check the path") from None
    if size > MAX_FILE:
        raise CheckpointError(
            "file", shown, f"has {size:,} bytes, and at most {MAX_FILE:,} are read", "save the state dict alone"
        )
    try:
        answer: dict[str, Any] = json.loads(_ask(path.resolve()))
    except ValueError:
        raise CheckpointError(
            "file", shown, "is broken, or needs more memory or time than reading is given", "save the state dict anew"
        ) from None
    if "missing" in answer:
        raise missing(answer["missing"], _PURPOSE)
    if "error" in answer:
        raise CheckpointError("file", shown, *answer["error"])
    shapes: dict[str, Shape] = {key: tuple(shape) for key, shape in answer["shapes"]}
    names, words = translate(_strip(shapes, how := list(answer["how"])))
    return Weights(names, (*how, *words))


def _ask(path: Path) -> bytes:
    """What :func:`serve` prints of the file, in a process of its own; nothing where that process was stopped."""
    return printed(_SERVE, str(path))


def _strip(shapes: dict[str, Shape], how: list[str]) -> dict[str, Shape]:
    """Take prefixes off that all names share, as DataParallel, compile and trainers put them on."""
    changed = True
    while changed and shapes:
        changed = False
        for prefix in PREFIXES:
            if all(key.startswith(prefix) for key in shapes):
                shapes = {key.removeprefix(prefix): shape for key, shape in shapes.items()}
                how.append(f"“{prefix}” taken off every name")
                changed = True
    return shapes


# ---- the process that reads ---------------------------------------------------------------------------------------


class _RefusedError(Exception):
    """rule, fix"""


def _main(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            head = file.read(9)
        if head[8:9] != b"{":  # not safetensors: what PyTorch needs for itself is not the file's doing
            require("torch", _PURPOSE)
            import torch  # noqa: F401
        bound(MAX_MEMORY, MAX_SECONDS)
        data, how = _load(Path(path), head)
        data = _unwrap(data, how)
        shapes = _shapes(data)
    except _RefusedError as refused:
        return {"error": list(refused.args)}
    except MissingPackageError as error:
        return {"missing": error.value}
    except MemoryError:
        return {"error": ["needs more memory than reading is given", "save the state dict alone"]}
    return {"shapes": shapes, "how": how}


def _load(path: Path, head: bytes) -> tuple[Any, list[str]]:
    """By what the file is, as its first bytes say, not by what it is called."""
    if head[8:9] == b"{":
        return _load_safetensors(path), ["safetensors"]
    if head[:4] == b"PK\x03\x04":
        _check_zip(path)
        return _load_torch(path), ["PyTorch's zip format"]
    if head[:1] != b"\x80":
        raise _RefusedError(
            "is neither a file that torch.save wrote nor safetensors",
            "save the weights with torch.save(state_dict, file)",
        )
    if path.stat().st_size > MAX_FILE // 4:
        raise _RefusedError("is too large for PyTorch's old format", "save it anew with torch.save(state_dict, file)")
    return _load_torch(path), ["PyTorch's format before 1.6"]


def _check_zip(path: Path) -> None:
    """PyTorch stores its archives uncompressed; what would grow when it is read is refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _RefusedError("is a broken or cut-off archive", "download or save it again") from None
    if len(members) > MAX_KEYS + 100:
        raise _RefusedError(
            f"has {len(members):,} parts, and at most {MAX_KEYS:,} are read", "save the state dict alone"
        )
    if any(part.compress_type != zipfile.ZIP_STORED for part in members):
        raise _RefusedError("is a compressed archive, which torch.save does not write", "save it anew with torch.save")
    if sum(part.file_size for part in members) > path.stat().st_size:
        raise _RefusedError("claims to hold more than the file has bytes", "download or save it again")
    if max((part.file_size for part in members if part.filename.endswith(".pkl")), default=0) > MAX_PICKLE:
        raise _RefusedError("has an index of more than 64 MiB", "save the state dict alone")


def _load_torch(path: Path) -> Any:
    import pickle
    import warnings

    require("torch", _PURPOSE)
    import torch

    warnings.simplefilter("ignore")
    try:
        return torch.load(path, map_location="meta", weights_only=True)
    except pickle.UnpicklingError as error:
        words = str(error)
        if "Unsupported global" in words or "Unsupported class" in words or "not an allowed global" in words:
            raise _RefusedError(
                "holds Python objects and not weights alone, and loading those could run code",
                "save torch.save(model.state_dict(), file) where the file comes from",
            ) from None
        raise _RefusedError("is broken, or no file of weights", "download or save it again") from None
    except MemoryError:
        raise
    except Exception:  # whatever a hostile file made the reader trip over: there is nothing else to tell
        raise _RefusedError("is broken, or no file of weights", "download or save it again") from None


def _load_safetensors(path: Path) -> dict[str, Any]:
    for module in ("safetensors", "numpy"):
        require(module, _PURPOSE)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError):
        raise _RefusedError("is a broken or cut-off safetensors file", "download or save it again") from None


def _unwrap(data: Any, how: list[str]) -> Any:
    """Out of ``{"state_dict": …, "epoch": …}`` and the like."""
    for _ in range(3):
        if not isinstance(data, dict):
            break
        inner = next((key for key in WRAPPERS if isinstance(data.get(key), dict) and data[key]), None)
        if inner is None:
            break
        data = data[inner]
        how.append(f"taken from “{inner}”")
    return data


def _shapes(data: Any) -> list[tuple[str, Shape]]:
    if not isinstance(data, dict):
        raise _RefusedError("holds no dictionary of weights", "save torch.save(model.state_dict(), file)")
    found: list[tuple[str, Shape]] = []
    for key, value in data.items():
        shape = value if isinstance(value, tuple) else getattr(value, "shape", None)
        if isinstance(key, str) and shape is not None:
            if len(key) > MAX_NAME or len(found) >= MAX_KEYS:
                raise _RefusedError(
                    "has names that are too long or too many for a network", "save the state dict alone"
                )
            found.append((key, tuple(int(side) for side in shape)))
    if not found:
        raise _RefusedError("holds no tensors with names", "save torch.save(model.state_dict(), file)")
    return found


def serve(path: str) -> None:
    """The whole of that process: the answer as JSON on stdout.

    It collects no garbage and takes nothing down at its end, which is a third of the time that a small file takes.
    """
    gc.disable()
    print(json.dumps(_main(path)), flush=True)
    os._exit(0)
