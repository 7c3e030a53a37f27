"""The pages that are made and not written: figures, networks, commands, columns, public names."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import resnet_viz as rv
from resnet_viz.cli.commands import COMMANDS
from resnet_viz.cli.parser import build
from resnet_viz.export.registry import exporters
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.still import svg
from resnet_viz.picture.layout import Look, Place
from resnet_viz.steps import COLUMNS

GALLERY = (
    ("resnet34@224", "network", None, "stage", "ResNet-34: two convs a block, the shortcut around them, dashed where it projects"),
    ("resnet50@224", "network", None, "stage", "ResNet-50: bottlenecks, whose volumes are four times as thick as their 3×3 conv"),
    ("resnet34@32", "network", None, "stage", "The same ResNet-34 at 32 pixels: nothing fails, and one cell is left"),
    ("resnet18:stem=cifar@32", "network", None, "stage", "A stem for small images: the map stays large enough"),
    ("resnet50@224", "stage", "layer2", "stage", "A stage with every conv of its blocks"),
    ("resnet50@224", "stage", "layer2", "macs", "The same, coloured by multiply-adds, with their bars"),
    ("resnet34@224", "block", "layer2.0", "stage", "A block with its formulas: the main path, and the projection"),
    ("seresnet50@224", "block", "layer1.0", "stage", "A gate: what it multiplies, and where it comes from"),
    ("preact_resnet110@32", "block", "layer2.0", "kind", "Pre-activation: the norm stands before the conv"),
    ("resnet18_option_a", "network", None, "stage", "Option A: zeros instead of a projection, drawn hatched"),
)  # fmt: skip
GROUPS = {
    "Networks and their text form": ("variants", "variant", "entry", "Variant", "ResNetSpec", "Stem", "replace", "Configuration", "build"),
    "Shapes": ("forecast", "trace", "read_onnx", "Trace", "Step"),
    "Why, and what differs": ("explain", "compare", "Comparison", "explain_error", "Explanation", "break_it", "Outcome"),
    "Does it suit, and which would": ("diagnose", "Findings", "Finding", "adapt", "Proposals", "Proposal", "measure_speed", "Speed"),
    "Weights": ("read_weights", "Weights", "best_fits", "check_weights", "Fit", "recognise", "Recognition"),
    "Real numbers": ("look", "Activations"),
    "Pictures": ("draw", "draw_family", "widget", "show", "Showing"),
    "Files": ("export_as",),
    "Errors": ("ResNetVizError", "InputError", "SpecError", "UnknownNameError", "TraceError", "DeviceError", "CheckpointError", "OnnxError", "LookError", "MissingPackageError"),
}  # fmt: skip
_CONSTANTS = ("IMAGENET_STEM", "CIFAR_STEM", "DEEP_STEM", "learned")


def write(folder: Path) -> None:
    """All of it anew, into folders of its own."""
    for name in ("gallery", "networks", "reference"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
    _gallery(folder / "gallery")
    _networks(folder / "networks")
    _python(folder / "reference")
    _commands(folder / "reference")
    _columns(folder / "reference")
    _formats(folder / "reference")


def _picture(folder: Path, name: str, network: str, place: Place, colour: str, words: str) -> Iterator[str]:
    """A figure in both themes, each shown in its own."""
    trace = rv.forecast(network)
    for theme in ("light", "dark"):
        (folder / f"{name}_{theme}.svg").write_text(
            svg(describe(trace, place, Look(colour, theme=theme)), theme=theme), encoding="utf-8"
        )
        yield from (f"```{{image}} {name}_{theme}.svg", f":class: only-{theme}", f":alt: {words}", "```", "")


def _gallery(folder: Path) -> None:
    lines = ["# Gallery", "", "Each figure is drawn by the package while these pages are made; under it stands what draws it.", ""]  # fmt: skip
    for number, (network, level, focus, colour, words) in enumerate(GALLERY):
        lines += [f"## {words}", "", *_picture(folder, f"figure{number}", network, Place(level, focus), colour, words)]
        more = (f" --focus {focus}" if focus else "") + (f" --colour {colour}" if colour != "stage" else "")
        lines += ["```sh", f"resnet-viz draw {network} --level {level}{more} -o figure.html", "```", ""]
    (folder / "index.md").write_text("\n".join(lines), encoding="utf-8")


def _networks(folder: Path) -> None:
    families: dict[str, list[rv.Variant]] = {}
    for name in rv.variants():
        known = rv.entry(name)
        families.setdefault(known.family.name, []).append(known)
    index = ["# Networks", "", f"{len(rv.variants())} networks in {len(families)} families, in teaching order. Counts are by the formulas, at the input that each was made for.", "", "```{toctree}", ":maxdepth: 1", ""]  # fmt: skip
    for number, (family, members) in enumerate(families.items()):
        file = f"family{number:02}"
        index.append(file)
        first = members[0]
        lines = [f"# {family}", "", f"First published in {first.family.year}.", ""]
        lines += _picture(folder, file, first.name, Place(), "stage", f"{first.title}, volumes to scale")
        lines += [
            "| network | input | parameters | multiply-adds | last map | what it changes |",
            "|---|--:|--:|--:|---|---|",
        ]
        for known in members:
            totals = rv.forecast(known.name).totals
            last = "×".join(map(str, totals.final_map[1:]))
            words = known.description.replace("|", "\\|")
            lines.append(f"| {known.title} `{known.name}` | {known.input_size} | {totals.params:,} | {totals.macs:,} | {last} | {words} |")  # fmt: skip
        (folder / f"{file}.md").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (folder / "index.md").write_text("\n".join([*index, "```", ""]), encoding="utf-8")


def _python(folder: Path) -> None:
    public = set(rv.__all__) - set(_CONSTANTS)
    told = {name for names in GROUPS.values() for name in names}
    assert told == public, f"public names and these pages differ: {sorted(told ^ public)}"
    lines = ["# Python", "", "`import resnet_viz as rv`. Shapes are N×C×H×W, sizes are pixels, one multiply-add is two FLOPs, memory is bytes.", "", "The examples run as they stand: a test runs them.", ""]  # fmt: skip
    for title, names in GROUPS.items():
        lines += [f"## {title}", ""]
        for name in names:
            made = getattr(rv, name)
            kind = (
                "autoexception" if name.endswith("Error") else "autoclass" if isinstance(made, type) else "autofunction"
            )
            members = ["   :members:"] if kind == "autoclass" else []
            lines += ["```{eval-rst}", f".. {kind}:: resnet_viz.{name}", *members, "```", ""]
    (folder / "python.md").write_text("\n".join(lines), encoding="utf-8")


def _commands(folder: Path) -> None:
    os.environ.update(NO_COLOR="1", COLUMNS="100")
    _, made = build()
    lines = ["# Command line", "", "What `--help` says of each command. Data goes to stdout, talk to stderr; the exit code is 0, 2 for bad input with one line that says what to do, 1 for a bug.", ""]  # fmt: skip
    for command in COMMANDS:
        lines += [f"## {command.name}", "", "```text", made[command.name].format_help().rstrip(), "```", ""]
    (folder / "commands.md").write_text("\n".join(lines), encoding="utf-8")


_COLUMNS = {
    "index": "the row, from 0, which is the input", "name": "the module's path, as in PyTorch's state dict", "kind": "what it does: conv, norm, relu, add …",
    "stage": "which stage, from 1; empty in stem and head", "block": "which block of its stage, from 0", "path": "stem, main, shortcut, gate or head",
    "reads": "the rows that it reads, `;` between", "input_shape": "N×C×H×W, `;` between several", "output_shape": "N×C×H×W", "kernel": "height×width of its window",
    "stride": "height×width", "padding": "height×width, at each side", "groups": "of a conv or a group norm", "params": "weights and biases, each counted once",
    "macs": "multiply-adds of convs and linear layers for the whole batch", "receptive_field": "input pixels that one cell sees, at its widest",
    "output_stride": "input pixels from one cell to the next", "output_bytes": "of the output, for the whole batch", "time_ms": "measured, by hooks on a real device; else empty",
}  # fmt: skip


def _columns(folder: Path) -> None:
    assert set(_COLUMNS) == set(COLUMNS), f"columns and this page differ: {sorted(set(_COLUMNS) ^ set(COLUMNS))}"
    row = rv.forecast("resnet34").rows()[rv.forecast("resnet34").step("layer2.0.conv1").index]
    lines = ["# The shape table", "", "One row per step in execution order. What does not apply is empty; what is unknown is empty in CSV and never 0.", "", "| column | what it is | of `layer2.0.conv1` in ResNet-34 at 224 px |", "|---|---|---|"]  # fmt: skip
    lines += [
        f"| `{name}` | {_COLUMNS[name]} | {'' if row[name] in ('', None) else f'`{row[name]}`'} |" for name in COLUMNS
    ]
    (folder / "table.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _formats(folder: Path) -> None:
    lines = ["# Formats", "", "`resnet-viz export NETWORK FORMAT -o FILE`, or `rv.export_as(network, format)`.", "", "| format | files | what it is |", "|---|---|---|"]  # fmt: skip
    lines += [
        f"| `{one.name}` | {' '.join(f'`{suffix}`' for suffix in one.suffixes)} | {one.sentence} |"
        for one in exporters()
    ]
    (folder / "formats.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


_LOADED = re.compile(r"<(?:script|img|iframe|source)[^>]* src=\"(?:https?:)?//[^\"]+|<link[^>]*rel=\"(?:stylesheet|preload|icon|preconnect)\"[^>]*href=\"(?:https?:)?//[^\"]+|url\((?:https?:)?//[^)]+|@import [\"'](?:https?:)?//[^\"']+")  # fmt: skip


def check_offline(site: Path) -> None:
    """No page asks another host for anything when it is read; a link that is followed may lead anywhere."""
    found = [
        f"{file.relative_to(site)}: {asked}"
        for file in [*site.rglob("*.html"), *site.rglob("*.css")]
        for asked in _LOADED.findall(file.read_text(encoding="utf-8"))
    ]
    if found:
        raise RuntimeError("these pages ask other hosts: " + "; ".join(found[:5]))
