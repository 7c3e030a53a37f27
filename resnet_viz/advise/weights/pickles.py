"""Pickles as data.  A pickle is a small program; what it may call stands in a table here, and nothing else exists for it.

PyTorch's files, TorchScript and plain pickles are read by an unpickler whose every name is an object that does nothing:
it imports nothing, so there is nothing in it that a file could run, and PyTorch is not needed. What of PyTorch's own
files it does not know, and the files of PyTorch before 1.6, ``torch.load(weights_only=True)`` reads, to which names of
harmless types are given as such an object.
"""

from __future__ import annotations

import io
import pickle
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

from ...extras import require

PURPOSE = "reading a file of weights"
MAX_PLAIN = 400 * 2**20  # bytes of a pickle whose arrays lie in it, and are read past


class RefusedError(Exception):
    """rule, fix"""


class Inert:
    """Stands for an object of a harmless type: keeps what it is given, and does nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.__dict__.update({key: value for key, value in state.items() if isinstance(key, str)})


class InertDict:
    """The same for a dictionary of another kind, whose entries are kept: PyTorch fills none but Python's own."""

    def __new__(cls, *_: object, **__: object) -> OrderedDict[object, object]:  # type: ignore[misc]
        return OrderedDict()


# Types that stand beside weights in the files of public training code: settings, numbers, paths, times.
HARMLESS = (
    "argparse.Namespace", "types.SimpleNamespace", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath",
    "pathlib.Path", "datetime.datetime", "datetime.timedelta", "datetime.date", "datetime.timezone", "uuid.UUID", "decimal.Decimal",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype", "numpy.ndarray",
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "numpy._core.numeric._frombuffer", "numpy.core.numeric._frombuffer",
    "numpy.random._pickle.__randomstate_ctor", "numpy.random._pickle.__generator_ctor", "numpy.random._pickle.__bit_generator_ctor",
    "numpy.float64", "numpy.float32", "numpy.int64", "numpy.int32", "numpy.bool_", "_codecs.encode",
    "numpy.dtypes.Float64DType", "numpy.dtypes.Float32DType", "numpy.dtypes.Int64DType", "numpy.dtypes.Int32DType", "numpy.dtypes.BoolDType", "numpy.dtypes.StrDType",
    "omegaconf.dictconfig.DictConfig", "omegaconf.listconfig.ListConfig", "omegaconf.base.ContainerMetadata", "omegaconf.base.Metadata",
    "omegaconf.nodes.AnyNode", "omegaconf.nodes.IntegerNode", "omegaconf.nodes.FloatNode", "omegaconf.nodes.StringNode", "omegaconf.nodes.BooleanNode",
    "mmengine.logging.history_buffer.HistoryBuffer", "ml_collections.config_dict.config_dict.ConfigDict",
    "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint", "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
)  # fmt: skip
DICTIONARIES = (
    "collections.defaultdict", "yacs.config.CfgNode", "fvcore.common.config.CfgNode", "detectron2.config.config.CfgNode",
    "easydict.EasyDict", "addict.addict.Dict", "mmcv.utils.config.ConfigDict", "mmengine.config.config.ConfigDict",
    "pytorch_lightning.utilities.parsing.AttributeDict", "lightning.pytorch.utilities.parsing.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict", "lightning.fabric.utilities.data.AttributeDict",
)  # fmt: skip


class NeedsTorchError(Exception):
    """A file of PyTorch's that only PyTorch knows how to read, or to refuse."""


def harmless() -> list[tuple[type, str]]:
    """What ``torch.serialization.add_safe_globals`` takes: for each harmless name an object that does nothing."""
    objects = [*((Inert, name) for name in HARMLESS), *((InertDict, name) for name in DICTIONARIES)]
    return [*objects, (Inert, "builtins.list")]  # which a defaultdict is given to make its entries with


def load_torch(path: Path) -> tuple[Any, bool]:
    """By ``torch.load(weights_only=True)``, on the meta device, which keeps shapes alone; and whether that sufficed.

    It does not where settings and the like stand beside the weights: these become objects that do nothing.
    """
    require("torch", PURPOSE)
    import torch

    warnings.simplefilter("ignore")
    try:
        return torch.load(path, map_location="meta", weights_only=True), True
    except MemoryError:
        raise
    except Exception as error:  # whatever a hostile file made the reader trip over
        if _quantised(error):
            raise RefusedError(
                "holds quantised weights, which are whole numbers with a scale, and no network's here",
                "take the network before it was quantised",
            ) from None
        if not _unknown_global(error):
            raise RefusedError("is broken, or no file of weights", "download or save it again") from None
    try:
        with torch.serialization.safe_globals(harmless()):  # pyright: ignore[reportArgumentType]  # also takes pairs
            return torch.load(path, map_location="meta", weights_only=True), False
    except MemoryError:
        raise
    except Exception as error:
        if _unknown_global(error):
            raise RefusedError(
                "holds Python objects and not weights alone, and loading those could run code",
                "save torch.save(model.state_dict(), file) where the file comes from",
            ) from None
        raise RefusedError("is broken, or no file of weights", "download or save it again") from None


def _quantised(error: Exception) -> bool:
    """Quantised tensors have no place on PyTorch's meta device, where a file's tensors are put."""
    return isinstance(error, NotImplementedError) and "Quantized" in str(error)


def _unknown_global(error: Exception) -> bool:
    words = str(error) if isinstance(error, pickle.UnpicklingError) else ""
    return (
        "Unsupported global" in words
        or "unsupported GLOBAL" in words
        or "Unsupported class" in words
        or "not an allowed global" in words
    )


class Array:
    """What is left of an array or a tensor: its shape."""

    def __init__(self, *_: object, shape: tuple[int, ...] = ()) -> None:
        self.shape = shape

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) == 5 and isinstance(state[1], tuple):
            self.shape = state[1]


def _tensor(*arguments: Any) -> Array:
    """``torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …)``"""
    made = Array()
    if len(arguments) > 2 and isinstance(arguments[2], tuple):
        made.shape = arguments[2]
    return made


def _first(*arguments: Any) -> Any:
    return arguments[0] if arguments else None


def _dict(*_: object) -> OrderedDict[str, object]:
    return OrderedDict()  # a state dict has attributes too, which a bare dictionary could not take


_SCRIPT: dict[str, Any] = {
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _first,
    "torch.jit._pickle.build_intlist": _first,
    "torch.jit._pickle.build_tensorlist": _first,
    "torch.jit._pickle.build_doublelist": _first,
    "torch.jit._pickle.build_boollist": _first,
    "torch.jit._pickle.restore_type_tag": _first,
    "collections.OrderedDict": _dict,
}
# What plain pickles of arrays and of tensors are made with; a tensor's numbers lie in a pickle of their own, which is
# not opened.
_PLAIN: dict[str, Any] = dict.fromkeys(HARMLESS, Inert) | {
    "numpy.core.multiarray._reconstruct": Array,
    "numpy._core.multiarray._reconstruct": Array,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _first,
    "torch.storage._load_from_bytes": Inert,
    "collections.OrderedDict": _dict,
}


# What torch.load(weights_only=True) allows by itself, as far as files of weights have it.
_OWN: dict[str, Any] = {
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch.Size": _first,
    "collections.OrderedDict": _dict,
} | dict.fromkeys(("torch.device", "_codecs.encode", "builtins.bytearray", "builtins.set", "builtins.complex"), Inert)
_SETTINGS: dict[str, Any] = (
    dict.fromkeys(HARMLESS, Inert) | dict.fromkeys(DICTIONARIES, InertDict) | {"builtins.list": Inert}
)
_STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")


class _TorchReader(pickle.Unpickler):
    """The pickle in PyTorch's archives; what is not plain in one raises :class:`NeedsTorchError`."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.plain = True

    def find_class(self, module: str, name: str, /) -> Any:
        full = f"{module}.{name}".replace("__builtin__.", "builtins.")  # which old protocols say
        if full in _OWN:
            return _OWN[full]
        if full in ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"):
            return self._tensor
        if module == "torch" and name.removesuffix("Storage") in _STORAGES:
            return Inert
        if full in _SETTINGS:
            self.plain = False
            return _SETTINGS[full]
        raise NeedsTorchError

    def persistent_load(self, pid: Any, /) -> int:
        """How many numbers a storage has, which is all that is made of it."""
        if isinstance(pid, tuple) and len(pid) == 5 and pid[0] == "storage" and type(pid[4]) is int:
            return pid[4]
        raise NeedsTorchError

    @staticmethod
    def _tensor(*arguments: Any) -> Array:
        numbers, start, shape, stride = arguments[:4]
        if not all(type(one) is int and one >= 0 for one in (numbers, start, *shape, *stride)):
            raise NeedsTorchError
        last = start + sum((side - 1) * step for side, step in zip(shape, stride, strict=True))
        if 0 not in shape and last >= numbers:  # it would reach past its storage
            raise NeedsTorchError
        return Array(shape=tuple(shape))


def load_archived(data: bytes) -> tuple[Any, bool]:
    """The pickle of an archive that ``torch.save`` wrote, as :func:`load_torch` has it, without PyTorch."""
    reader = _TorchReader(io.BytesIO(data))
    try:
        return reader.load(), reader.plain
    except (MemoryError, RecursionError):
        raise
    except Exception:  # broken, or unusual
        raise NeedsTorchError from None


class _Reader(pickle.Unpickler):
    """Finds nothing but what stands in ``allowed``; a TorchScript class is an inert object too."""

    def __init__(self, file: Any, allowed: dict[str, Any], scripted: bool) -> None:
        super().__init__(file, encoding="latin1")
        self.allowed, self.scripted = allowed, scripted

    def find_class(self, module: str, name: str, /) -> Any:
        full = f"{module}.{name}"
        if full in self.allowed:
            return self.allowed[full]
        if self.scripted and (module == "__torch__" or module.startswith("__torch__.") or (module == "torch" and name.endswith("Storage"))):  # fmt: skip
            return Inert
        raise RefusedError(
            "holds Python objects and not weights alone, and loading those could run code",
            "save plain arrays: numpy.savez('weights.npz', **arrays), or torch.save(state_dict, file)",
        )

    def persistent_load(self, pid: Any, /) -> Any:
        return None


def _read(file: Any, allowed: dict[str, Any], scripted: bool) -> Any:
    try:
        return _Reader(file, allowed, scripted).load()
    except (RefusedError, MemoryError):
        raise
    except Exception:  # as above
        raise RefusedError("is broken, or no file of weights", "download or save it again") from None


def load_script(data: bytes) -> Any:
    """The modules of a TorchScript archive with their tensors' shapes; its code is not looked at."""
    made = _read(io.BytesIO(data), _SCRIPT, True)
    return vars(made) if isinstance(made, Inert) else made


def is_old_torch(path: Path) -> bool:
    """Whether a pickle is what ``torch.save`` wrote before 1.6: it begins with a number."""
    with path.open("rb") as file:
        return file.read(14)[2:] == b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # torch.serialization.MAGIC_NUMBER


def load_plain(path: Path) -> Any:
    """A pickle of NumPy arrays, as detectron2's model zoo has them, or of tensors: their shapes."""
    if path.stat().st_size > MAX_PLAIN:
        raise RefusedError(
            f"is a pickle of more than {MAX_PLAIN:,} bytes, whose arrays would have to be read",
            "save plain arrays: numpy.savez('weights.npz', **arrays)",
        )
    with path.open("rb") as file:
        return _read(file, _PLAIN, False)
