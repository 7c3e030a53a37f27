"""A trace as JSON, to hand it to another process or to keep it: ``Trace.to_json`` and ``Trace.from_json``.

What is read is untrusted: bounded before work, and every value checked. A step's ``inputs`` are not written: they are
the outputs of the steps that it reads. Steps stand in order, so their index is not written either.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from functools import lru_cache
from types import MappingProxyType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from ..errors import InputError, SpecError
from ..spec import ResNetSpec
from ..spec.sizes import DTYPE_BYTES
from .ops import Op
from .step import Path, Step
from .trace import Engine, Trace, Unowned

FORMAT, VERSION = "resnet-viz trace", 1
MAX_TEXT = 64 * 2**20  # characters; ResNet-1202's trace takes 1.5 M
MAX_STEPS, MAX_UNOWNED, MAX_READS = 100_000, 100_000, 10_000
MAX_NAME, MAX_AXES = 400, 8
MAX_NUMBER = 2**63
_FIX = "give what Trace.to_json wrote"

OPS: Mapping[str, type[Any]] = MappingProxyType({kind.__name__: kind for kind in get_args(Op)})


def to_json(trace: Trace) -> str:
    """``{"format", "version", "engine", …, "steps": [{"name", "op": {"type", …}, "reads", "output", …}, …]}``."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "title": trace.title,
        "engine": trace.engine,
        "device": trace.device,
        "dtype": trace.dtype,
        "batch": trace.batch,
        "spec": None if trace.spec is None else json.loads(trace.spec.to_json()),
        "elapsed_ms": trace.elapsed_ms,
        "blocks_run": trace.blocks_run,
        "unowned": [[one.name, one.count, one.reason] for one in trace.unowned],
        "returns": trace.returns,
    }
    steps = ",\n".join(json.dumps(_step(step), separators=(",", ":")) for step in trace.steps)
    return f'{json.dumps(head, separators=(",", ":"))[:-1]},"steps":[\n{steps}\n]}}\n'


_WRITTEN = tuple(name for name in Step._fields if name not in ("index", "inputs", "op"))


def _step(step: Step) -> dict[str, Any]:
    op = {"type": type(step.op).__name__, **asdict(step.op)}
    return {"name": step.name, "op": op, **{name: getattr(step, name) for name in _WRITTEN[1:]}}


def from_json(text: str) -> Trace:
    """The trace that :func:`to_json` wrote. Raises :class:`InputError` for anything else."""
    if len(text) > MAX_TEXT:
        raise _refused(f"{len(text):,} characters", f"at most {MAX_TEXT:,} are read")
    try:
        data: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _refused(text[:40], f"is not JSON ({type(error).__name__})") from None
    head = _record(data, "the file", (*_HEAD, "format", "version", "spec", "unowned", "steps"))
    if head["format"] != FORMAT or head["version"] != VERSION:
        raise _refused(str(head["format"])[:40], f"is not the format {FORMAT!r}, version {VERSION}")
    made = {name: _value(kind, head[name], name) for name, kind in _HEAD.items()}
    _one_of(made["engine"], get_args(Engine), "engine")
    _one_of(made["dtype"], tuple(DTYPE_BYTES), "dtype")
    steps = _steps(_list(head["steps"], "steps", MAX_STEPS))
    if any(index >= len(steps) for index in made["returns"]):
        raise _refused(str(made["returns"])[:40], "returns must be indices of its steps")
    unowned = _list(head["unowned"], "unowned", MAX_UNOWNED)
    spec = None
    if head["spec"] is not None:
        try:
            spec = ResNetSpec.from_json(json.dumps(head["spec"]))
        except SpecError as error:
            raise _refused("spec", f"holds a network that cannot be built ({error.field}: {error.rule})") from None
    return Trace(steps, spec=spec, unowned=tuple(_unowned(one, number) for number, one in enumerate(unowned)), **made)


_HEAD: dict[str, Any] = {
    "title": str, "engine": str, "device": str, "dtype": str, "batch": int, "elapsed_ms": float | None,
    "blocks_run": tuple[int, int] | None, "returns": tuple[int, ...],
}  # fmt: skip


def _steps(written: list[Any]) -> tuple[Step, ...]:
    kinds = get_type_hints(Step)
    made: list[Step] = []
    names: set[str] = set()
    for number, one in enumerate(written):
        where = f"steps[{number}]"
        record = _record(one, where, (*_WRITTEN, "op"))
        values: dict[str, Any] = {
            name: _one_of(record[name], get_args(Path), f"{where}.path")
            if name == "path"
            else _value(kinds[name], record[name], f"{where}.{name}")
            for name in _WRITTEN
        }
        if values["name"] in names:
            raise _refused(values["name"], f"is the name of two steps, of {where} too")
        names.add(values["name"])
        reads: tuple[int, ...] = values["reads"]
        if not all(read < number for read in reads) or len(reads) > MAX_READS:
            raise _refused(str(reads)[:40], f"{where}.reads must be indices of earlier steps")
        if not values["output"]:
            raise _refused("()", f"{where}.output must have at least one axis")
        op = _op(record["op"], f"{where}.op")
        if op.kind == "input" and reads:
            raise _refused(values["name"], f"{where} is an input, so it must read nothing")
        if number == 0 and op.kind != "input":
            raise _refused(op.kind, f"{where} must be an input")
        made.append(Step(number, op=op, inputs=tuple([made[read].output for read in reads]), **values))
    if not made:
        raise _refused("[]", "has no steps")
    return tuple(made)


def _op(written: object, where: str) -> Op:
    named = cast("dict[str, Any]", written).get("type") if isinstance(written, dict) else None
    kind = OPS.get(str(named))
    if kind is None:
        raise _refused(str(cast("object", written))[:60], f"{where} is no operation that is known here")
    hints = _hints(kind)
    record = _record(cast("object", written), where, (*hints, "type"))
    return kind(**{name: _value(hint, record[name], f"{where}.{name}") for name, hint in hints.items()})


@lru_cache(maxsize=64)
def _hints(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _unowned(written: object, number: int) -> Unowned:
    where = f"unowned[{number}]"
    values = _list(written, where, 3)
    if len(values) != 3:
        raise _refused(str(values)[:40], f"{where} must be a name, a count and a reason")
    name, count, reason = (_value(kind, value, where) for kind, value in zip((str, int, str), values, strict=True))
    return Unowned(name, count, reason)


# ---- values of a type -----------------------------------------------------------------------------------------------


def _value(kind: Any, value: object, where: str) -> Any:
    """``value``, which must be of the annotated type ``kind``; lists are given back as tuples."""
    if get_origin(kind) in (Union, UnionType):
        if value is None:
            return None
        kind = next(one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        open_ended = inner[-1] is Ellipsis
        values = _list(value, where, MAX_READS)
        if not open_ended and len(values) != len(inner):
            raise _refused(str(value)[:40], f"{where} must be a list of {len(inner)}")
        if open_ended and not where.endswith((".reads", "returns")) and len(values) > MAX_AXES:
            raise _refused(str(value)[:40], f"{where} must be a list of at most {MAX_AXES}")
        return tuple([_value(inner[0], one, where) for one in values])
    return _CHECKS[kind](value, where)


def _whole(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MAX_NUMBER:
        raise _refused(str(value)[:40], f"{where} must be a whole number from 0")
    return value


def _number(value: object, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < MAX_NUMBER:
        raise _refused(str(value)[:40], f"{where} must be a number from 0")
    return float(value)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_NAME or not (value.isprintable() or not value):
        raise _refused(str(value)[:40], f"{where} must be a text of at most {MAX_NAME} printable characters")
    return value


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise _refused(str(value)[:40], f"{where} must be true or false")
    return value


_CHECKS: dict[Any, Callable[[object, str], Any]] = {int: _whole, float: _number, str: _text, bool: _flag}


def _one_of(value: object, allowed: tuple[str, ...], where: str) -> str:
    if value not in allowed:
        raise _refused(str(value)[:40], f"{where} must be one of " + ", ".join(allowed))
    return str(value)


def _list(value: object, where: str, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise _refused(str(value)[:40], f"{where} must be a list")
    values = cast("list[Any]", value)
    if len(values) > most:
        raise _refused(f"{len(values):,} entries", f"{where} may have at most {most:,}")
    return values


def _record(value: object, where: str, names: tuple[str, ...]) -> dict[str, Any]:
    """``value``, which must be an object with exactly these names."""
    if not isinstance(value, dict):
        raise _refused(str(value)[:40], f"{where} must be an object")
    record = cast("dict[str, Any]", value)
    if record.keys() != set(names):
        odd = min(record.keys() ^ set(names))
        what = "lacks" if odd in names else "may not have"
        raise _refused(odd[:40], f"{where} {what} it")
    return record


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _refused(value: object, rule: str) -> InputError:
    return InputError("trace", value, rule, _FIX)
