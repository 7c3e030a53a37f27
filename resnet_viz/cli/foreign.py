"""Somebody else's network on the command line: ``package.module:callable``, an ONNX file, or a trace that was kept.

The user's own code is imported and called here, on the user's own machine and nowhere else; the app never does.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, TraceError, shown
from ..extras import require
from ..spec.catalogue import variants
from ..steps import Pair, Shape, Trace, by_x, parse_size

_CODE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_DTYPES = ("float32", "float16", "bfloat16", "float64", "int64", "int32", "bool")
MAX_AXES, MAX_AXIS, MAX_NUMBERS = 8, 1_048_576, 2**31
MAX_CODE = 1_000_000  # characters of a file of code that are looked through for its classes
MAX_ARGUMENT = 2_000  # characters of a value of --arg


@dataclass(frozen=True, slots=True)
class TensorShape:
    """An input tensor as ``--shape 1x3x64x64`` or ``--shape 1x128:int64`` asks for it."""

    shape: Shape
    dtype: str = "float32"


def is_foreign(written: str | None) -> bool:
    """Whether ``written`` names somebody else's network and none of the catalogue's."""
    if written is None:
        return False
    text = _without_size(written)[0]
    if Path(text).suffix.lower() in (".onnx", ".trace"):
        return True
    return bool(_CODE.fullmatch(text)) and text.partition(":")[0] not in variants()


def foreign_trace(written: str, arguments: argparse.Namespace) -> Trace:
    """The network that ``written`` names, traced, read, or read back. Raises a ``ResNetVizError``."""
    text, size = _without_size(written)
    size = getattr(arguments, "input", None) or size
    suffix = Path(text).suffix.lower()
    _check_options(written, suffix, arguments)
    if suffix == ".trace":
        return _read_back(text)
    if suffix == ".onnx":
        from ..engines.onnx import read_onnx

        return read_onnx(text, size, None if arguments.batch == 1 else arguments.batch, name=text)
    if getattr(arguments, "shapes", None):
        for field, given in (
            ("input", by_x(size) if size else None),
            ("batch", arguments.batch if arguments.batch != 1 else None),
        ):
            if given is not None:
                raise InputError(field, given, "is said by --shape", "give one of the two")
    require("torch", "a trace")
    with redirect_stdout(sys.stderr):  # what the user's code prints is talk, stdout is for the data
        return _run(text, size, arguments)


def own_module(written: str, arguments: argparse.Namespace) -> tuple[Any, Pair | None]:
    """The module that ``written`` names, and the size behind its ``@`` or of --input. Raises a ``ResNetVizError``."""
    text, size = _without_size(written)
    size = getattr(arguments, "input", None) or size
    suffix = Path(text).suffix.lower()
    if suffix in (".onnx", ".trace"):
        raise InputError("name", written, "is read and never run, so it has no numbers", "name your code, package.module:callable")  # fmt: skip
    _check_options(written, suffix, arguments)
    if arguments.shapes:
        raise InputError("shape", written, "is run on the image", "use --input, or leave --shape out")
    require("torch", "running your code")
    from ..engines.module.loading import load

    with redirect_stdout(sys.stderr):
        return load(text, dict(arguments.arguments)), size


def refuse_code_file(written: str) -> None:
    """Raise :class:`InputError` for a file of code, or a module, that is named without what in it is the network."""
    text = _without_size(written)[0]
    path = Path(text if text.endswith(".py") else text.replace(".", "/") + ".py")
    if text in variants() or not path.is_file():
        return
    where = ".".join(path.with_suffix("").parts) if not path.is_absolute() else path.stem
    fix = f"write {where}:{_class_in(path)}" + (f" in the folder {path.parent}" if path.is_absolute() else "")
    raise InputError("name", written, "is code, and does not say which network in it", fix)


def _class_in(path: Path) -> str:
    """The last class of a module in a file of code, which is read and not run."""
    try:
        with path.open(encoding="utf-8") as file:
            body = ast.parse(file.read(MAX_CODE)).body
    except (OSError, ValueError, SyntaxError, MemoryError, RecursionError):
        return "Net"
    classes = [one for one in body if isinstance(one, ast.ClassDef)]
    modules = [one.name for one in classes if any("Module" in ast.unparse(base) for base in one.bases)]
    return (modules or ["Net"])[-1]


def refuse_foreign_options(arguments: argparse.Namespace) -> None:
    """Raise :class:`InputError` for an option that a network of the catalogue has no use for."""
    for field, flag in (("arguments", "--arg"), ("shapes", "--shape")):
        if getattr(arguments, field, None):
            raise InputError(
                flag.strip("-"), arguments.name or arguments.spec, "is no code of your own, which this option is for",
                "name package.module:callable",
            )  # fmt: skip


def _without_size(written: str) -> tuple[str, Pair | None]:
    text, at, size = written.rpartition("@")
    return (text, parse_size(size)) if at and text else (written, None)


def _check_options(written: str, suffix: str, arguments: argparse.Namespace) -> None:
    """Refuse what this sort of network has no use for."""
    code = not suffix or suffix not in (".onnx", ".trace")
    for field, flag, fits in (
        ("changes", "--set", False),
        ("spec", "--spec", False),
        ("arguments", "--arg", code),
        ("shapes", "--shape", code),
        ("input", "--input", suffix != ".trace"),
        ("dtype", "--dtype", code),
    ):
        given = getattr(arguments, field, None)
        if field == "dtype" and given == "float32":
            continue  # the default, and what is said where nothing is asked for
        if given and not fits:
            shown = by_x(given) if field == "input" else flag
            raise InputError(flag.strip("-"), shown, f"does not go with {written[:60]}", f"leave {flag} out")


def check_argument(written: str) -> tuple[str, Any]:
    """``width=64`` as a name and a value: a literal of Python, or else the text itself; nothing is run."""
    name, equals, value = written.partition("=")
    if not equals or not name.isidentifier() or len(value) > MAX_ARGUMENT:
        raise InputError("arg", written, "must be NAME=VALUE", "write e.g. --arg num_classes=4")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return name, value


def check_shape(written: str) -> TensorShape:
    """``1x3x64x64``, or ``1x128:int64`` for a tensor of whole numbers."""
    sides, colon, dtype = written.partition(":")
    parts = sides.strip().lower().replace("×", "x").split("x")
    fits = len(parts) <= MAX_AXES and all(re.fullmatch(r"[0-9]{1,7}", part) for part in parts)
    shape = tuple(int(part) for part in parts) if fits else ()
    count = 1
    for side in shape:
        count *= side
    if not shape or not all(1 <= side <= MAX_AXIS for side in shape) or count > MAX_NUMBERS:
        raise InputError("shape", written, "must be whole numbers from 1 with x between them", "write 1x3x64x64")
    if colon and dtype not in _DTYPES:
        raise InputError("shape", written, "its type must be one of " + ", ".join(_DTYPES), "write 1x128:int64")
    return TensorShape(shape, dtype or "float32")


# ---- the user's own code --------------------------------------------------------------------------------------------


def _run(text: str, size: Pair | None, arguments: argparse.Namespace) -> Trace:
    from ..engines.hooks import trace
    from ..engines.model import resolve_device
    from ..engines.module.loading import load, moved, whole_numbers

    device: str = getattr(arguments, "device", "auto")
    place = None if device in ("auto", "meta") else resolve_device(device)
    module = load(text, dict(getattr(arguments, "arguments", [])))
    module = moved(module, place, getattr(arguments, "dtype", "float32"))
    shapes: list[TensorShape] = getattr(arguments, "shapes", None) or []
    if shapes:
        # the engine makes what is floating, of the module's own type
        given = [one.shape if "float" in one.dtype else whole_numbers(one.shape, one.dtype, module) for one in shapes]
        return trace(module, device=device, inputs=given)
    try:
        return trace(module, size, getattr(arguments, "batch", 1), device)
    except TraceError as error:
        told = TraceError(error.field, error.value, error.rule, _as_shape(error.fix))
        told.so_far, told.explanation = error.so_far, error.explanation
        raise told from error.__cause__
    except InputError as error:
        if error.field == "inputs" and (sides := re.search(r"\(([0-9, ]+)[,)]", error.fix)):
            text = by_x(tuple(int(side) for side in sides[1].replace(" ", "").strip(",").split(",")))
            kind = ":int64" if "torch.long" in error.fix else ""
            raise InputError("shape", None, error.rule, f"give e.g. --shape {text}{kind}") from None
        raise


def _as_shape(fix: str) -> str:
    """What to pass in Python as it is written on the command line."""
    own = re.search(r"pass its own as inputs=(…|\(([^)]*)\))", fix)
    if own is None:
        return fix
    sides = own[2].replace(", ", "x") if own[2] else "1x3x32x32"
    return f"{fix[: own.start()]}give its own by --shape {sides}{fix[own.end() :]}"


# ---- files ----------------------------------------------------------------------------------------------------------


def _read_back(path: str) -> Trace:
    from ..steps.json import MAX_TEXT

    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(MAX_TEXT + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(
            "network", path, f"cannot be read ({reason})", "name a file that `-o FILE.trace` wrote"
        ) from None
    try:
        return Trace.from_json(text)
    except InputError as error:
        rule = f"holds no trace ({shown(error.value)} {error.rule})"
        raise InputError("network", path, rule, "name a file that `-o FILE.trace` wrote") from None
