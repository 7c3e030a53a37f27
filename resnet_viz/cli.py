"""The command line: translates between the terminal and the public names. Data on stdout, talk on stderr.

Exit code 0, 2 for bad input (one line on stderr), 1 for a bug.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NoReturn

import resnet_viz as rv

from .catalogue import CATALOGUE
from .errors import InputError, ResNetVizError, SpecError
from .export.table import EXPORTERS
from .spec import ResNetSpec, Stem
from .steps import DTYPE_BYTES, Trace, parse_size

STEMS = {"imagenet": rv.IMAGENET_STEM, "cifar": rv.CIFAR_STEM, "deep": rv.DEEP_STEM}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line and exit code 2, without the usage."""
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except ResNetVizError as error:
        print(f"resnet-viz: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader (head, less) left early
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="resnet-viz", description="See what a ResNet does to the shape of a tensor.")
    parser.add_argument("--version", action="version", version=f"resnet-viz {rv.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, run: Any, text: str, *, network: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        if network:
            made.add_argument("name", metavar="NAME", help="a name that `resnet-viz list` prints")
            made.add_argument(
                "--input", default=None, metavar="N|HxW", help="input size in px; default: the network's own"
            )
            made.add_argument("--batch", default="1", metavar="N", help="images at once; default 1")
            made.add_argument("--dtype", default="float32", choices=tuple(DTYPE_BYTES), help="default float32")
            made.add_argument(
                "--set",
                action="append",
                default=[],
                metavar="FIELD=VALUE",
                dest="changes",
                help="change a field of the spec, e.g. num_classes=10, stem=cifar, blocks=2,2,2,2; repeatable",
            )
        return made

    listing = command("list", _list, "the networks that are known", network=False)
    listing.add_argument("--format", default="text", choices=("text", "json"))
    for name, run, text in (
        ("table", _table, "the shape table by formulas alone, at once"),
        ("trace", _trace, "run PyTorch with forward hooks and compare with the formulas"),
    ):
        made = command(name, run, text)
        made.add_argument("--format", default="text", choices=[known for known, _ in EXPORTERS])
        made.add_argument("-o", "--output", metavar="FILE", help="write there instead of stdout")
        if name == "trace":
            made.add_argument(
                "--device", default="auto", metavar="DEVICE", help="auto, cuda, cuda:N, cpu or meta; default auto"
            )
    command("explain", _explain, "the worked formulas of one step").add_argument(
        "step", metavar="STEP", help="a step's name, e.g. layer2.0.conv1"
    )
    command("app", _app, "open the app in the browser", network=False).add_argument("--port", type=int, default=8501)
    return parser


def _network(arguments: argparse.Namespace) -> tuple[ResNetSpec, tuple[int, int], int]:
    known = rv.entry(arguments.name)
    size = parse_size(arguments.input) if arguments.input is not None else (known.input_size, known.input_size)
    batch = arguments.batch
    if not (batch.isascii() and batch.isdecimal() and len(batch) < 12):
        raise InputError("batch", batch, "must be a whole number of at least 1", "use 1")
    changes: dict[str, Any] = {}
    for change in arguments.changes:
        field, equals, text = change.partition("=")
        if not equals:
            raise SpecError("--set", change, "must be FIELD=VALUE", "write e.g. --set num_classes=10")
        changes[field.strip()] = _value(known.spec, field.strip(), text.strip())
    return rv.replace(known.spec, **changes), size, int(batch)


def _value(spec: ResNetSpec, field: str, text: str) -> Any:
    """``text`` as the type that the field has now; the spec's own rules judge the value."""
    if field not in {known.name for known in fields(spec)}:
        return text  # replace() says which fields there are
    now = getattr(spec, field)
    if isinstance(now, Stem):
        if text in STEMS:
            return STEMS[text]
        raise SpecError("stem", text, "must be one of " + ", ".join(STEMS), "use stem=cifar for small images")
    try:
        if isinstance(now, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(now, tuple):
            return tuple(int(part) for part in text.strip("()").split(",") if part.strip())
        return type(now)(text)
    except (ValueError, KeyError):
        raise SpecError(
            field,
            text,
            f"must be written like {now!r}",
            f"write --set {field}={','.join(map(str, now)) if isinstance(now, tuple) else now}",
        ) from None


def _write(arguments: argparse.Namespace, trace: Trace) -> None:
    text = dict(EXPORTERS)[arguments.format](trace)
    if arguments.output:
        try:
            Path(arguments.output).write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(
                "output",
                arguments.output,
                f"cannot be written ({error.strerror})",
                "name a file in a folder that exists",
            ) from None
        print(f"wrote {arguments.output}", file=sys.stderr)
    else:
        sys.stdout.write(text)


def _list(arguments: argparse.Namespace) -> int:
    if arguments.format == "json":
        print(json.dumps([asdict(known) for known in CATALOGUE], indent=1))
        return 0
    family = ""
    for known in CATALOGUE:
        if known.family != family:
            family = known.family
            print(f"{family}: {known.paper}")
        print(f"  {known.name:<18} {known.input_size:>3} px  {known.spec.num_classes:>4} classes  {known.description}")
    return 0


def _table(arguments: argparse.Namespace) -> int:
    spec, size, batch = _network(arguments)
    _write(arguments, rv.forecast(spec, size, batch, arguments.dtype))
    return 0


def _trace(arguments: argparse.Namespace) -> int:
    spec, size, batch = _network(arguments)
    forecast = rv.forecast(spec, size, batch, arguments.dtype)
    traced = rv.trace(spec, size, batch, arguments.device, arguments.dtype)
    _write(arguments, traced)
    differences = traced.confirm(forecast)
    for line in differences:
        print(f"differs: {line}", file=sys.stderr)
    if not differences:
        print(
            f"confirmed by forward hooks on {traced.device}: {len(traced.steps) - 1} steps equal the formulas, {traced.elapsed_ms:.0f} ms",
            file=sys.stderr,
        )
    return 1 if differences else 0


def _explain(arguments: argparse.Namespace) -> int:
    spec, size, batch = _network(arguments)
    print(rv.explain(rv.forecast(spec, size, batch, arguments.dtype), arguments.step))
    return 0


def _app(arguments: argparse.Namespace) -> int:
    import subprocess

    script = Path(__file__).parent / "ui" / "main.py"
    options = [
        "--server.port",
        str(arguments.port),
        "--browser.gatherUsageStats",
        "false",
        "--client.showErrorDetails",
        "none",
    ]
    return subprocess.call([sys.executable, "-m", "streamlit", "run", str(script), *options])
