"""The arguments that commands share, and the kinds of argument there are: each refuses in the package's own words."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..errors import InputError
from ..spec.settings import NAMES
from ..steps import DTYPE_BYTES, MAX_BATCH, parse_size
from ..why.memory import MAX_GIB
from .completing import network_texts, setting_texts
from .foreign import check_argument, check_shape


class Argument(argparse.Action):
    """Stores what ``check`` makes of the text; its refusals come through as they are.

    ``completer`` says what could be written there, as argcomplete calls it.
    """

    def __init__(
        self,
        option_strings: Sequence[str],
        dest: str,
        *,
        check: Callable[[str], Any] = str,
        completer: Callable[..., Iterable[str]] | None = None,
        **others: Any,
    ) -> None:
        super().__init__(option_strings, dest, **others)
        self.check, self.completer = check, completer

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, None if values is None else self.check(values))


def suggestion(written: str, known: Iterable[str]) -> str:
    """``did you mean table?``, or nothing where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(written[:60].lower(), list(known), 1, 0.6)
    return f"did you mean {near[0]}?" if near else ""


def choice(
    parser: argparse.ArgumentParser, *flags: str, allowed: Sequence[str], default: str | None, help: str = "", **others: Any
) -> None:  # fmt: skip
    """One of a few words."""
    field = flags[0].lstrip("-")
    metavar = "{" + ",".join(allowed) + "}"

    def check(written: str) -> str:
        if written not in allowed:
            near = suggestion(written, allowed)
            raise InputError(field, written, "must be one of " + ", ".join(allowed), near or f"use {allowed[0]}")
        return written

    parser.add_argument(
        *flags, action=Argument, check=check, completer=lambda **_: allowed, default=default,
        **{"metavar": metavar, "help": help or (f"default {default}" if default else ""), **others},
    )  # fmt: skip


def whole(
    parser: argparse.ArgumentParser, flag: str, *, low: int, high: int, default: int | None, usual: int | None = None, help: str, **others: Any
) -> None:  # fmt: skip
    """A whole number from ``low`` to ``high``; where ``default`` is None, ``usual`` is what a refusal offers."""
    field = flag.lstrip("-")

    def check(written: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", written) or not low <= int(written) <= high:
            raise InputError(field, written, f"must be a whole number from {low} to {high}", f"use {default or usual}")
        return int(written)

    told = help if default is None else f"{help}; default {default}"
    parser.add_argument(flag, action=Argument, check=check, default=default, metavar="N", help=told, **others)


def limit(parser: argparse.ArgumentParser, flag: str, *, high: int, unit: str, example: str, metavar: str, help: str) -> None:  # fmt: skip
    """A number from 0, which is not asked, to ``high``."""
    field = flag.lstrip("-")

    def check(written: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", written) or float(written) > high:
            raise InputError(
                field, written, f"must be a number of {unit} from 0 (not asked) to {high}", f"use e.g. {example}"
            )
        return float(written)

    told = f"{help}; default: not asked"
    parser.add_argument(flag, action=Argument, check=check, default=0.0, metavar=metavar, help=told)


def memory_option(parser: argparse.ArgumentParser) -> None:
    limit(parser, "--memory", high=MAX_GIB, unit="GiB", example="24", metavar="GIB", help="a GPU's memory")


def input_option(parser: argparse.ArgumentParser, help: str, *, required: bool = False) -> None:
    parser.add_argument(
        "--input", action=Argument, check=parse_size, metavar="N|HxW", help=help, required=required, default=None
    )


def batch_option(parser: argparse.ArgumentParser, default: int | None = 1, help: str = "images at once") -> None:
    whole(parser, "--batch", low=1, high=MAX_BATCH, default=default, usual=1, help=help)


def network_options(
    parser: argparse.ArgumentParser, *, runs: bool = True, foreign: bool = False, batch: int | None = 1
) -> None:
    """A network: NAME or --spec, changed by --set; where it ``runs``, at --input, with --batch and --dtype.

    ``batch`` None leaves it to the command. With ``foreign`` NAME may also be an ONNX file, a kept trace, or code of the user's own with --arg and --shape.
    """
    others = "; or FILE.onnx, FILE.trace, or package.module:callable, your own code" if foreign else ""
    parser.add_argument(
        "name",
        action=Argument,
        completer=network_texts,
        metavar="NAME",
        nargs="?",
        help="a name that `resnet-viz list` prints, or NAME:FIELD=VALUE,…@SIZE, e.g. resnet18:stem=cifar,num_classes=10@64"
        + others,
    )
    parser.add_argument("--spec", metavar="FILE", help="a network of your own as JSON, instead of NAME; - is stdin")
    set_option(parser)
    if runs:
        input_option(parser, "input size in px; default: the one of NAME")
        batch_option(parser, batch, "images at once" + ("" if batch else "; default: not said, and counts are of 1"))
        choice(parser, "--dtype", allowed=tuple(DTYPE_BYTES), default="float32")
    if foreign:
        foreign_options(parser)


class _Append(Argument):
    """Repeatable: a list of what was given."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), self.check(values)])


def append_option(parser: argparse.ArgumentParser, flag: str, **others: Any) -> None:
    """An option that may be given several times."""
    parser.add_argument(flag, action=_Append, default=[], **others)


def foreign_options(parser: argparse.ArgumentParser) -> None:
    """How the user's own code is called, and on which tensors it runs."""
    parser.add_argument(
        "--arg",
        action=_Append,
        check=check_argument,
        default=[],
        metavar="NAME=VALUE",
        dest="arguments",
        help="of your own code: what it is called with, e.g. num_classes=4; a number, True, None, a list, or text; repeatable",
    )
    parser.add_argument(
        "--shape",
        action=_Append,
        check=check_shape,
        default=[],
        metavar="NxCxHxW",
        dest="shapes",
        help="of your own code: an input tensor, in place of --input and --batch, e.g. 1x3x64x64, or 1x128:int64; repeatable",
    )


def set_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action=_Append,
        completer=setting_texts,
        default=[],
        metavar="FIELD=VALUE",
        dest="changes",
        help="change a field, e.g. num_classes=10, stem=cifar, blocks=2,2,2,2, stem.kernel=5; repeatable: "
        + ", ".join(NAMES),
    )


def output_options(parser: argparse.ArgumentParser, formats: Sequence[str], help: str = "") -> None:
    """--format where there is more than one, and -o, whose suffix chooses it too."""
    if len(formats) > 1:
        choice(
            parser, "--format", allowed=formats, default=None, help=help or f"default {formats[0]}, or FILE's suffix"
        )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write there instead of stdout; its suffix is the format; - is stdout"
    )


def quiet_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-q", "--quiet", action="store_true", help="no talk on stderr but errors")
