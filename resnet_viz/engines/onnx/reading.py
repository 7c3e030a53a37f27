"""The door: a file of somebody else's network, which is untrusted, to a trace.

The file is read in a process of its own, with a bound on its memory and time, and as data alone: no operation is run,
no other file is opened, no weight is loaded. That process runs :func:`serve`.
"""

from __future__ import annotations

import json
import mmap
import tempfile
from pathlib import Path
from typing import Any

from ...checks import check_text
from ...errors import OnnxError
from ...extras import require
from ...steps import Pair, Trace, check_input
from ...untrusted import ask, bound
from .refusing import RefusedError

MAX_FILE = 512 * 2**20  # bytes; ResNet-152's weights take 241 MB
# Bytes and seconds of processor time. onnx itself takes 60 MiB and half a second of these, ResNet-50 another half.
MAX_MEMORY, MAX_SECONDS = 512 * 2**20, 15
_SERVE = "import sys; from resnet_viz.engines.onnx.reading import serve; serve(*sys.argv[1:])"
_FIX = "export it again with torch.onnx.export"


def read_onnx(
    file: str | Path | bytes,
    input_size: int | Pair | None = None,
    batch: int | None = None,
    *,
    name: str | None = None,
) -> Trace:
    """Every step of the network in an ONNX file, by path or as bytes, found by shape inference; nothing is run.

    ``input_size``, one side or ``(H, W)``, and ``batch`` are for the dimensions that the file leaves open, by default
    224 and 1; what the file fixes stays unless they are given. ``name`` is what messages call the file.

    Names are the modules' as far as the exporter kept them. What an exporter folds into its neighbour, as a norm into
    the conv before it, is not in the file, so it is not in the trace.

    Raises :class:`OnnxError` for a file that cannot be read or whose sizes do not fit together, :class:`InputError` for
    a size that cannot be, and :class:`MissingPackageError` without the package onnx.

    >>> from resnet_viz.engines.onnx import EXAMPLES
    >>> trace = read_onnx(EXAMPLES["U-Net"])
    >>> trace.engine, trace.steps[0].output, trace.step("head").output
    ('onnx', (1, 3, 64, 64), (1, 2, 64, 64))
    """
    given: object = file
    if not isinstance(given, str | Path | bytes | bytearray):
        raise OnnxError("file", type(given).__name__, "must be a path or bytes", "name an .onnx file")
    if name is not None:
        check_text("name", name, "model.onnx")
    size, count, _ = check_input(224 if input_size is None else input_size, 1 if batch is None else batch, "float32")
    require("onnx", "reading an ONNX file")
    asked = json.dumps([None if input_size is None else size, None if batch is None else count])
    if not isinstance(file, bytes | bytearray):
        path = Path(file)
        shown = name or path.name
        try:
            length, is_file = path.stat().st_size, path.is_file()
        except (OSError, ValueError) as error:  # a path with a zero in it is a ValueError
            told = getattr(error, "strerror", None) or "not a path"
            raise OnnxError("file", shown, f"cannot be read ({told})", "check the path") from None
        if not is_file:
            raise OnnxError("file", shown, "is no file", "name an .onnx file")
        _check_length(length, shown)
        return _ask(path.resolve(), asked, shown)
    shown = name or "model.onnx"
    _check_length(len(file), shown)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(file)
        return _ask(path, asked, shown)


def _check_length(length: int, shown: str) -> None:
    if length > MAX_FILE:
        raise OnnxError(
            "file",
            shown,
            f"has {length:,} bytes, and at most {MAX_FILE:,} are read",
            "export it with its weights in another file (external_data=True): they are not needed",
        )


def _ask(path: Path, asked: str, shown: str) -> Trace:
    answer = ask(_SERVE, str(path), asked)
    if answer is None:
        raise OnnxError("file", shown, "is broken, or needs more memory or time than reading is given", _FIX)
    if "error" in answer:
        raise OnnxError("file", shown, *answer["error"])
    return Trace.from_json(answer["trace"])


# ---- the process that reads ---------------------------------------------------------------------------------------


def read_data(data: bytes | mmap.mmap, input_size: Pair | None = None, batch: int | None = None) -> Trace:
    """The trace of the file that ``data`` is, in this process. Raises :class:`RefusedError`."""
    from .building import build_trace
    from .opening import open_model

    return build_trace(open_model(data, input_size, batch))


def serve(path: str, asked: str) -> None:
    """The whole of that process: the answer as JSON on stdout."""
    print(json.dumps(_main(path, asked)))


def _main(path: str, asked: str) -> dict[str, Any]:
    from . import building, opening  # noqa: F401  (what they need for themselves is not the file's doing)

    bound(MAX_MEMORY, MAX_SECONDS)
    size, batch = json.loads(asked)
    try:
        with open(path, "rb") as file:
            if not Path(path).stat().st_size:
                raise RefusedError("is empty", _FIX)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return {"trace": read_data(data, None if size is None else (size[0], size[1]), batch).to_json()}
    except RefusedError as refused:
        return {"error": list(refused.args)}
    except MemoryError:
        return {"error": ["needs more memory than reading is given", "export one network alone"]}
    except RecursionError:
        return {"error": ["is nested too deep for a network", _FIX]}
