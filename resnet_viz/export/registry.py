"""Every format in which a network leaves the program: what it is, what it needs, what it may be asked for, who writes it.

One file a format in ``formats/``, its name in :data:`FORMATS`. The command line, the page and ``export_as`` offer each at
once. What is written depends on what is given alone, to the byte: no time of day, no name of a machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib import import_module
from pathlib import PurePath
from typing import Any, Literal

from ..checks import check_flag, check_one_of, check_text
from ..engines.formulas import as_trace
from ..errors import InputError
from ..extras import require
from ..spec.catalogue import variants
from ..spec.configuration import Configuration, Network
from ..steps import Trace, by_x
from .table import input_text

FORMATS = (
    "report",
    "text",
    "csv",
    "json",
    "markdown",
    "latex",
    "html",
    "excel",
    "paper",
    "paper_latex",
    "paper_html",
    "svg",
    "pdf",
    "tikz",
    "powerpoint",
    "drawio",
    "trace",
    "code",
    "training",
    "onnx",
    "pt2",
)
"""The formats in the order in which they are offered: each the name of a file of ``formats/`` and of the ``EXPORTER`` in it."""

Kind = Literal["report", "table", "figure", "network"]
SCENES = ("network", "stage", "block")
SIZES = ("column", "page", "slide", "poster")
COLOURS = ("stage", "kind", "params", "macs", "bytes", "field", "time")  # the layout's, which a table does not load
MAX_STEM = 80  # characters of a file's name before its suffix


@dataclass(frozen=True, slots=True)
class Options:
    """What a format may be asked for beside the network; each reads a few of these, which its exporter names.

    ``level`` and ``part`` are the place that is shown, ``size`` is what it is made for (one column of a paper, a page's
    whole width, a slide, a poster), ``grey`` leaves colours out, ``colour`` is what they tell, as in a drawing, and
    ``weights`` is the file that a network's are read from.

    >>> Options(level="stage", part="layer2").part
    'layer2'
    """

    level: str = "network"
    part: str | None = None
    size: str = "page"
    grey: bool = False
    colour: str = "stage"
    weights: str | None = None

    def __post_init__(self) -> None:
        check_one_of("level", self.level, SCENES)
        if self.part is not None:
            check_text("part", self.part, "layer2.0")
        check_one_of("size", self.size, SIZES, "page")
        check_flag("grey", self.grey)
        check_one_of("colour", self.colour, COLOURS)
        if self.weights is not None:
            check_text("weights", self.weights, "model.pth")

    @property
    def changed(self) -> Mapping[str, Any]:
        """The options that are not as they are by themselves."""
        return {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}


PLAIN = Options()


@dataclass(frozen=True, slots=True)
class Export:
    """What is written: a trace, what it is called, its configuration's text where it has one, and what is asked of a format.

    ``beside`` are the networks that stand next to it, for formats that take several.
    """

    trace: Trace
    name: str
    configuration: str | None
    version: str
    options: Options = PLAIN
    beside: tuple[Export, ...] = ()

    @staticmethod
    def of(
        given: Trace | Network, options: Options = PLAIN, *, name: str = "", beside: Sequence[Trace | Network] = ()
    ) -> Export:
        """What to write of a trace, or of a network's forecast; ``name`` is what the user calls it.

        >>> Export.of("resnet18:num_classes=10").configuration
        'resnet18:num_classes=10@224'
        """
        trace = as_trace(given, "network")
        made = _configuration(given, trace, name)
        called = PurePath(name).name or (made.name if made else trace.title) or "network"  # a folder's name stays here
        others = tuple([Export.of(other) for other in beside])
        version: str = import_module("resnet_viz").__version__
        return Export(trace, called, made and made.text, version, options, others)

    @property
    def provenance(self) -> Mapping[str, str]:
        """Who wrote it, of which network, and how its numbers were found, for formats that keep words beside words.

        >>> dict(Export.of("resnet18").provenance)["numbers"]
        'by formulas'
        """
        trace = self.trace
        how = {"formulas": "by formulas", "onnx": "from an ONNX file"}.get(trace.engine)
        own = {
            "made by": f"ResNet Viz {self.version}",
            "network": self.configuration or self.name,
            "input": f"{input_text(trace)}, {trace.dtype}",
            "numbers": how or f"by forward hooks on {trace.device}",
        }
        all_of = [own, *(other.provenance for other in self.beside)]
        return {key: "; ".join(dict.fromkeys(one[key] for one in all_of)) for key in own}

    @property
    def said(self) -> str:
        """The same in a line."""
        return " · ".join(self.provenance.values())


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format: its ``name`` on the command line, its ``title`` on the page, its files' ``suffixes``, the usual one first,
    and who writes it.

    ``needs`` are modules from outside, which ``extras.py`` knows; ``options`` the fields of :class:`Options` that it
    reads, and "beside" where it takes several networks; ``of_spec`` says that it writes networks of this package's kind
    alone, which have a ``ResNetSpec``; ``binary`` that it writes bytes; ``slow`` that it takes over a second.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    media_type: str
    sentence: str
    write: Callable[[Export], str | bytes] = field(repr=False)
    kind: Kind = "table"
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    of_spec: bool = False
    binary: bool = False
    slow: bool = False

    def __call__(self, export: Export) -> str | bytes:
        """The file's content. Raises a ``ResNetVizError`` for what it cannot write, before any work."""
        self.check(export)
        return self.write(export)

    def check(self, export: Export) -> None:
        """Refuse what this format does not read, does not take, or lacks a package for."""
        self.check_options(export.options, [other.configuration or other.name for other in export.beside])
        for one in (export, *export.beside):
            if self.of_spec and one.trace.spec is None:
                rule = f"is somebody else's network, and {self.name} is written from a ResNetSpec"
                raise InputError("network", one.name, rule, "name one of the catalogue, e.g. resnet50d")
        self.check_packages()

    def check_packages(self) -> None:
        """Raise :class:`MissingPackageError` where a module that it needs is absent."""
        for module in self.needs:
            require(module, f"format {self.name}")

    def check_options(self, options: Options, beside: Sequence[object] = ()) -> None:
        """Refuse what this format does not read."""
        asked = {**options.changed, **({"beside": beside} if beside else {})}
        for option, value in asked.items():
            if option not in self.options:
                able = [one.name for one in exporters() if option in one.options]
                fix = f"leave it out, or use {', '.join(able)}" if able else "leave it out"
                raise InputError(option, value, f"is not read by format {self.name}", fix)

    @property
    def suffix(self) -> str:
        """What its files end in."""
        return self.suffixes[0]


@lru_cache(maxsize=1)
def exporters() -> tuple[Exporter, ...]:
    """All formats, in the order in which they are offered.

    >>> [one.suffix for one in exporters()][:3]
    ['.html', '.txt', '.csv']
    """
    return tuple([_held(name) for name in FORMATS])


def _held(name: str) -> Exporter:
    return import_module(f".formats.{name}", __package__).EXPORTER


def exporter(name: str) -> Exporter:
    """The format of that name. Raises :class:`InputError` that offers the nearest."""
    if check_text("format", name, "csv") not in FORMATS:
        from difflib import get_close_matches

        near = get_close_matches(name[:60].lower(), FORMATS, 1, 0.6)
        rule = "must be one of " + ", ".join(FORMATS)
        raise InputError("format", name, rule, f"did you mean {near[0]}?" if near else "use csv")
    return _held(name)


def export_as(network: Trace | Network, format: str, *, beside: Sequence[Trace | Network] = (), **options: Any) -> str | bytes:  # fmt: skip
    """A trace, or a network by formulas, as a file's content in any of the formats that ``resnet-viz export --formats`` lists.

    Text for formats of text, else bytes. ``options`` are the fields of :class:`Options`; ``beside`` are further networks
    for formats that take several. Raises a ``ResNetVizError``.

    >>> export_as("resnet18@64", "csv").splitlines()[1]
    '0,input,input,,,stem,,,1x3x64x64,,,,,0,0,1,1,49152,'
    """
    chosen = exporter(format)
    known = [one.name for one in fields(Options)]
    for name, value in options.items():
        if name not in known:
            raise InputError(name, value, "is no option of a format", "use one of " + ", ".join([*known, "beside"]))
    if not isinstance(beside, list | tuple):
        raise InputError("beside", beside, "must be a list of networks", "write e.g. ['resnet34']")
    asked = Options(**options)
    chosen.check_options(asked, beside)
    return chosen(Export.of(network, asked, beside=beside))


def filename(export: Export, exporter: Exporter) -> str:
    """What the file is called: the configuration, the input, and what is shown of it.

    Letters, digits and ``._-`` alone, never at the start a dot or a dash, whatever the network is called.

    >>> filename(Export.of("resnet18:num_classes=10@64"), exporter("csv"))
    'resnet18-num_classes-10_64x64.csv'
    """
    trace = export.trace
    named = (export.configuration or export.name).partition("@")[0] if export.configuration else export.name
    said = [named, *(by_x(step.output[2:] or step.output) for step in trace.steps if step.kind == "input")]
    if trace.batch != 1:
        said.append(f"batch{trace.batch}")
    shown = {name: value for name, value in export.options.changed.items() if name != "weights"}
    said += [name if value is True else str(value) for name, value in shown.items()]
    said += [other.name for other in export.beside]
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", "_".join(said)).lstrip("._-")[:MAX_STEM].rstrip("._-")
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", stem)  # Windows has devices of these names
    return ("network" if not stem else f"network-{stem}" if reserved else stem) + exporter.suffix


def _configuration(given: Trace | Network, trace: Trace, name: str) -> Configuration | None:
    """The network as one text: as it was given, or of a spec its own name, else the nearest, with its changes."""
    if isinstance(given, Configuration):
        return given
    if isinstance(given, str):
        return Configuration.of(given)
    if trace.spec is None:
        return None
    height, width = trace.input_size
    known = re.split("[:@]", name)[0].strip()  # two networks of the catalogue may be one spec
    if known in variants():
        return Configuration(known, trace.spec, (height, width))
    return Configuration.of(trace.spec, (height, width))
