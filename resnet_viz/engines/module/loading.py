"""The user's own code by its name, ``package.module:callable``: imported and called on the user's own machine."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import InputError
from ...spec.catalogue import variants
from ...steps import Shape


def load(text: str, named: dict[str, Any]) -> nn.Module:
    """The module that ``package.module:callable`` is or gives, called with ``named``. Raises :class:`InputError`."""
    where, _, path = text.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    found: Any = _import(text, where)
    at = where
    for name in path.split("."):
        if not hasattr(found, name):
            public = [known for known in dir(found) if not known.startswith("_")]
            near = get_close_matches(name, public, 3, 0.5)
            fix = f"did you mean {', '.join(near)}?" if near else f"name one of {', '.join(public[:6]) or 'its names'}"
            raise InputError("network", text, f"{at} has no {name}", fix)
        found = getattr(found, name)
        at += f".{name}"
    return _module(text, found, named)


def _import(text: str, where: str) -> ModuleType:
    try:
        return import_module(where)
    except ModuleNotFoundError as error:
        if error.name is not None and (where == error.name or where.startswith(error.name + ".")):
            here = [path.stem for path in Path.cwd().glob("*.py")] + [path.parent.name for path in Path.cwd().glob("*/__init__.py")]  # fmt: skip
            near = get_close_matches(where, here, 1, 0.6) or get_close_matches(where, variants(), 1, 0.7)
            fix = f"did you mean {near[0]}?" if near else f"run it in the folder that holds {error.name}.py"
            raise InputError("network", text, f"there is no module {error.name} here or installed", fix) from None
        raise _raised(text, "importing it", error) from None
    except (Exception, SystemExit) as error:
        raise _raised(text, "importing it", error) from None


def _module(text: str, found: Any, named: dict[str, Any]) -> nn.Module:
    if isinstance(found, nn.Module):
        if named:
            raise InputError("arg", next(iter(named)), f"{text} is a module and is not called", "leave --arg out")
        return found
    if not callable(found):
        rule = f"is of type {type(found).__name__}, neither a module nor a function or class that gives one"
        raise InputError("network", text, rule, "name a class of nn.Module, a function that returns one, or a module")
    try:
        made = found(**named)
    except (Exception, SystemExit) as error:
        raise _raised(text, "calling it", error) from None
    if not isinstance(made, nn.Module):
        raise InputError(
            "network",
            text,
            f"gave an object of type {type(made).__name__} and no nn.Module",
            "return the module itself",
        )
    return made


def _raised(text: str, doing: str, error: BaseException) -> InputError:
    lacks = isinstance(error, TypeError) and "required" in str(error)
    fix = "give it by --arg NAME=VALUE" if lacks else "mend it there, or name another callable"
    said = " ".join(str(error).split())
    return InputError(
        "network", text, f"{doing} raises {type(error).__name__}" + (f": {said[:300]}" if said else ""), fix
    )


def moved(module: nn.Module, device: str | None, dtype: str) -> nn.Module:
    """The module on a device and of a floating type, where these are asked for."""
    if device is not None:
        module = module.to(device)
    return module if dtype == "float32" else module.to(getattr(torch, dtype))


def whole_numbers(shape: Shape, dtype: str, module: nn.Module) -> Tensor:
    """Zeros of a type that is not floating, where the module is: words, classes, masks."""
    first = next(iter(module.parameters()), None)
    return torch.zeros(shape, dtype=getattr(torch, dtype), device="cpu" if first is None else first.device)
