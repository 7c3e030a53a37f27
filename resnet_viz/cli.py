"""The command line: translates between the terminal and the public names. Data on stdout, talk on stderr.

Exit code 0, 2 for bad input (one line on stderr), 1 for a bug.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import resnet_viz as rv

from .arithmetic import OPTIMIZERS
from .catalogue import CATALOGUE, nearest
from .diagnosis import DATA, MODES
from .errors import InputError, ResNetVizError, SpecError
from .export.catalogue import catalogue_csv, catalogue_row
from .export.table import EXPORTERS, count_text
from .layout import COLOURS, LEVELS
from .settings import NAMES, apply, read
from .spec import ResNetSpec
from .steps import DTYPE_BYTES, parse_size


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
            made.add_argument("name", metavar="NAME", nargs="?", help="a name that `resnet-viz list` prints")
            made.add_argument(
                "--spec", metavar="FILE", help="a network of your own as JSON, instead of NAME; - is stdin"
            )
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
                help="change a field, e.g. num_classes=10, stem=cifar, blocks=2,2,2,2, stem.kernel=5; repeatable: "
                + ", ".join(NAMES),
            )
        return made

    listing = command("list", _list, "the networks that are known", network=False)
    listing.add_argument("--format", default="text", choices=("text", "csv", "json"))
    listing.add_argument("--input", metavar="N|HxW", help="also count parameters and MACs at this input size")
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
    made = command("draw", _draw, "the picture as .svg, .png, .pdf or a single .html file")
    made.add_argument("-o", "--output", metavar="FILE", required=True, help="its suffix is the format")
    made.add_argument(
        "--level",
        default="network",
        choices=(*LEVELS, "field"),
        help="default network; field: a cell's receptive field on an image",
    )
    made.add_argument("--focus", metavar="NAME", help="e.g. layer2, layer2.0, layer2.0.conv1; default the first")
    made.add_argument(
        "--cell", metavar="ROWxCOLUMN", help="output cell at levels operation (default 0x0) and field (the middle)"
    )
    made.add_argument("--image", metavar="FILE", help="a PNG, JPEG or WebP for level field; default a drawn sample")
    made.add_argument("--colour", "--color", default="stage", choices=COLOURS[:-1], help="default stage")
    made.add_argument("--true-scale", action="store_true", help="sizes in proportion, not their square roots")
    made.add_argument("--solid", action="store_true", help="solid boxes, best in .html where they can be turned")
    made.add_argument("--unfold", action="store_true", help="every block of a long stage")
    made.add_argument("--theme", default="light", choices=("light", "dark"))
    made.add_argument("--size", default="page", choices=("page", "slide"), help="slide: 16:9; default page")
    made = command("spec", _spec, "the network as JSON, to change and to read back with --spec")
    made.add_argument("-o", "--output", metavar="FILE", help="write there instead of stdout")
    command("explain", _explain, "the worked formulas of one step").add_argument(
        "step", metavar="STEP", help="a step's name, e.g. layer2.0.conv1"
    )
    made = command("compare", _compare, "two networks, or one at two inputs, side by side", network=False)
    for side in ("a", "b"):
        made.add_argument(
            side, metavar=side.upper(), help="NAME[:FIELD=VALUE…][@SIZE], e.g. resnet34@224 or resnet18:stem=cifar@32"
        )
    made.add_argument("--batch", default="1", metavar="N", help="images at once; default 1")
    made.add_argument(
        "--format", default="text", choices=("text", "csv", "json"), help="csv: every step of both, aligned"
    )
    made.add_argument("-o", "--output", metavar="FILE", help="write there instead of stdout")
    made = command("diagnose", _diagnose, "what suits this input and what does not, with remedies")
    made.add_argument("--mode", default="train", choices=MODES, help="default train")
    made.add_argument(
        "--data",
        default="",
        choices=[known.name for known in DATA],
        metavar="NAME",
        help="a data set: " + ", ".join(known.name for known in DATA),
    )
    made.add_argument("--memory", default=0.0, type=float, metavar="GIB", help="a GPU's memory; default: not asked")
    made.add_argument("--optimizer", default="sgd", choices=tuple(OPTIMIZERS), help="default sgd, with momentum")
    made.add_argument("--strict", action="store_true", help="exit code 1 where there is an error or a warning")
    made.add_argument("--format", default="text", choices=("text", "json"))
    made = command("adapt", _adapt, "networks that suit your images, with reasons", network=False)
    made.add_argument("--input", required=True, metavar="N|HxW", help="size of your images in px")
    made.add_argument("--channels", default="3", metavar="N", help="1 for grey; default 3")
    made.add_argument("--classes", default="1000", metavar="N", help="default 1000")
    made.add_argument("--memory", default=0.0, type=float, metavar="GIB", help="a GPU's memory; default: not asked")
    made.add_argument("--batch", default="32", metavar="N", help="images at once in training; default 32")
    made.add_argument("--optimizer", default="sgd", choices=tuple(OPTIMIZERS), help="default sgd, with momentum")
    made.add_argument("--format", default="text", choices=("text", "json"))
    made = command(
        "check", _check, "compare a file of weights with a network, or find the network it fits", network=False
    )
    made.add_argument("file", metavar="FILE", help=".pth, .pt, .th, .bin or .safetensors; read as data, no code is run")
    made.add_argument(
        "--as", dest="name", metavar="NAME", help="compare with this network; default: find the best fits"
    )
    made.add_argument("--spec", metavar="FILE", help="compare with a network of your own")
    made.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", dest="changes", help="change a field"
    )
    made.add_argument("--format", default="text", choices=("text", "json"))
    made = command("app", _app, "serve the app to a browser on this machine", network=False)
    made.add_argument("--port", type=int, metavar="N", help="default 8501, or the next one that is free")
    made.add_argument("--address", metavar="ADDRESS", help="0.0.0.0 opens it to others; default this machine alone")
    return parser


def _network(arguments: argparse.Namespace) -> tuple[ResNetSpec, tuple[int, int], int]:
    """The network, input size and batch that the common options name."""
    spec, default = _chosen(arguments)
    size = parse_size(arguments.input) if arguments.input is not None else (default, default)
    return spec, size, _batch(arguments.batch)


def _batch(batch: str) -> int:
    if not (batch.isascii() and batch.isdecimal() and len(batch) < 12):
        raise InputError("batch", batch, "must be a whole number of at least 1", "use 1")
    return int(batch)


def _chosen(arguments: argparse.Namespace) -> tuple[ResNetSpec, int]:
    """The network of NAME or --spec with --set applied, and the input in px it was made for."""
    if (arguments.name is None) == (arguments.spec is None):
        raise InputError("name", arguments.name, "give a NAME or --spec FILE, one of them", "write e.g. resnet34")
    if arguments.spec is not None:
        base = ResNetSpec.from_json(_read_text(arguments.spec))
        default = nearest(base).input_size
    else:
        known = rv.entry(arguments.name)
        base, default = known.spec, known.input_size
    changes: dict[str, str] = {}
    for change in arguments.changes:
        field, equals, text = change.partition("=")
        if not equals:
            raise SpecError("--set", change, "must be FIELD=VALUE", "write e.g. --set num_classes=10")
        changes[field.strip()] = text.strip()
    return apply(base, changes), default


def _read_text(path: str) -> str:
    """A small text file, or one read from stdin as ``-``."""
    try:
        if path == "-":
            return sys.stdin.read(20_001)
        with open(path, encoding="utf-8") as file:
            return file.read(20_001)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError("spec", path, f"cannot be read ({reason})", "name a JSON file as `spec` writes it") from None


def _write(arguments: argparse.Namespace, text: str) -> None:
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
    size = parse_size(arguments.input) if arguments.input is not None else None
    rows = (catalogue_row(known, size) for known in CATALOGUE)
    if arguments.format == "json":
        print(json.dumps([{**row, "spec": asdict(rv.variant(row["name"]))} for row in rows], indent=1))
    elif arguments.format == "csv":
        sys.stdout.write(catalogue_csv(rows))
    else:
        family = None
        for known in CATALOGUE:
            if known.family != family:
                family = known.family
                print(f"{family.name} ({family.paper}, {family.year}, arXiv {family.arxiv})\n  {family.idea}")
            at = size or (known.input_size, known.input_size)
            counts = ""
            if size:
                row = catalogue_row(known, size)
                params, macs = ("-" if row[name] == "" else count_text(row[name]) for name in ("params", "macs"))
                counts = f"{params:>9}  {macs:>9}  "
            print(f"  {known.name:<21} {at[0]:>3} px  {counts}{known.description}")
    return 0


def _table(arguments: argparse.Namespace) -> int:
    spec, size, batch = _network(arguments)
    _write(arguments, dict(EXPORTERS)[arguments.format](rv.forecast(spec, size, batch, arguments.dtype)))
    return 0


def _spec(arguments: argparse.Namespace) -> int:
    _write(arguments, _network(arguments)[0].to_json() + "\n")
    return 0


def _cell(text: str) -> tuple[int, int]:
    row, _, column = text.partition("x")
    if not (row.isdecimal() and column.isdecimal() and len(text) < 12):
        raise InputError("cell", text, "must be ROWxCOLUMN, counted from 0", "write e.g. --cell 3x5")
    return int(row), int(column)


def _draw(arguments: argparse.Namespace) -> int:
    spec, size, batch = _network(arguments)
    trace = rv.forecast(spec, size, batch, arguments.dtype)
    from .views import describe, write_picture

    image = None
    if arguments.image is not None:
        from .views.image import as_input, read_image

        if arguments.level != "field":
            raise InputError("image", arguments.image, "goes with level field alone", "add --level field")
        image = as_input(read_image(arguments.image), size, spec.in_channels)
    figure = describe(
        trace, arguments.level, arguments.focus, theme=arguments.theme, colour=arguments.colour, true_scale=arguments.true_scale,
        unfold=arguments.unfold, cell=_cell(arguments.cell) if arguments.cell else None, solid=arguments.solid, image=image,
    )  # fmt: skip
    name = arguments.name or arguments.spec
    told = [f"{name}", f"{size[0]}×{size[1]} px, batch {batch}", *arguments.changes, f"{arguments.level} level"]
    about = f"{' · '.join(told)} · ResNet Viz {rv.__version__}"
    write_picture(figure, arguments.output, about, theme=arguments.theme, size=arguments.size)
    print(f"wrote {arguments.output}", file=sys.stderr)
    return 0


def _trace(arguments: argparse.Namespace) -> int:
    spec, size, batch = _network(arguments)
    forecast = rv.forecast(spec, size, batch, arguments.dtype)
    traced = rv.trace(spec, size, batch, arguments.device, arguments.dtype)
    _write(arguments, dict(EXPORTERS)[arguments.format](traced))
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


def _compare(arguments: argparse.Namespace) -> int:
    from .comparing import as_data, as_text, compare

    found = compare(arguments.a, arguments.b, _batch(arguments.batch))
    if arguments.format == "json":
        made = json.dumps({"a": arguments.a, "b": arguments.b, **as_data(found)}, indent=1) + "\n"
    else:
        made = found.to_csv() if arguments.format == "csv" else as_text(found, (arguments.a, arguments.b))
    _write(arguments, made)
    return 0


def _diagnose(arguments: argparse.Namespace) -> int:
    """Exit code 0; with --strict 1 where a finding is an error or a warning."""
    spec, size, batch = _network(arguments)
    found = rv.diagnose(
        spec, size, batch, mode=arguments.mode, data=arguments.data, memory_gib=arguments.memory, optimizer=arguments.optimizer
    )  # fmt: skip
    if arguments.format == "json":
        print(json.dumps([asdict(finding) for finding in found], indent=1))
    elif not found:
        print("nothing found")
    else:
        for finding in found:
            print(f"{finding.severity}: {finding.title}\n  {finding.evidence}\n  {finding.explanation}")
            for remedy in finding.remedies:
                flags = [f"--set {name}={value}" for name, value in remedy.changes.items()]
                flags += [f"--input {remedy.size[0]}x{remedy.size[1]}"] if remedy.size else []
                flags += [f"--batch {remedy.batch}"] if remedy.batch else []
                flags += [f"--mode {remedy.mode}"] if remedy.mode else []
                print(f"  remedy: {remedy.title} ({' '.join(flags)})")
    serious = any(finding.severity != "note" for finding in found)
    return 1 if arguments.strict and serious else 0


def _adapt(arguments: argparse.Namespace) -> int:
    from .adapting import adapt, as_data, as_text

    channels, classes = read("in_channels", arguments.channels), read("num_classes", arguments.classes)
    found = adapt(
        parse_size(arguments.input), channels, classes, memory_gib=arguments.memory, batch=_batch(arguments.batch), optimizer=arguments.optimizer
    )  # fmt: skip
    print(json.dumps(as_data(found), indent=1) + "\n" if arguments.format == "json" else as_text(found), end="")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    """Exit code 0 where every weight fits, 1 where one does not."""
    from .checkpoints import best_fits, check_weights, read_weights, report, verdict

    weights = read_weights(arguments.file, arguments.file)
    if arguments.name is None and arguments.spec is None:
        fits = best_fits(weights)
        said = verdict(weights, fits)
    else:
        spec, _ = _chosen(arguments)
        fits = (check_weights(weights, spec, arguments.name or arguments.spec),)
        said = f"{fits[0].name}: " + ("every weight fits." if fits[0].complete else "does not fit.")
    if arguments.format == "json":
        found = [{**asdict(fit), "complete": fit.complete, "share": round(fit.share, 4)} for fit in fits]
        print(json.dumps({"file": arguments.file, "verdict": said, "read": weights.how, "fits": found}, indent=1))
    else:
        print(said)
        print(f"{len(weights.shapes)} tensors, {weights.total:,} numbers; " + "; ".join(weights.how))
        if not fits[0].complete:
            print("\n".join(report(fits[0])))
            for fit in fits[1:]:
                print(f"next: {fit.name}, {len(fit.matching)} matching, {fit.share:.0%} of all names")
    return 0 if fits[0].complete else 1


def _app(arguments: argparse.Namespace) -> int:
    from .ui.launch import launch

    return launch(arguments.port, arguments.address)
