"""Everything that the app remembers between reruns. Keys are whole specs, never names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

import resnet_viz as rv
from resnet_viz.adapting import Proposal, adapt
from resnet_viz.breaking import Outcome, break_it, mend_it
from resnet_viz.checkpoints import Fit, Weights
from resnet_viz.checkpoints.fitting import adapted
from resnet_viz.comparing import Comparison, align
from resnet_viz.diagnosis import Finding, Mode, diagnose
from resnet_viz.export.catalogue import catalogue_row as table_row
from resnet_viz.lessons import LESSONS, Page, Scene, View
from resnet_viz.lessons.errata import CLAIMS
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Pair, Trace
from resnet_viz.ui.learn.drawing import draw_view
from resnet_viz.views import describe
from resnet_viz.views.failure import with_failure
from resnet_viz.views.field import describe_field
from resnet_viz.views.image import as_input, read_image, sample
from resnet_viz.views.pair import describe_beside

# On a processor this many multiply-adds take some ten seconds, too long for a page that waits.
SLOW_MACS = 500_000_000_000


class Look(NamedTuple):
    """How the picture is drawn, and whose times it shows."""

    colour: str = "stage"
    true_scale: bool = False
    unfold: bool = False
    device: str = ""
    cell: Pair = (0, 0)
    solid: bool = False


@st.cache_data(max_entries=200, show_spinner=False)
def forecast(spec: ResNetSpec, size: Pair, batch: int) -> Trace:
    """The formulas' trace."""
    return rv.forecast(spec, size, batch)


@st.cache_data(max_entries=64, show_spinner=False)
def trace(spec: ResNetSpec, size: Pair, batch: int, device: str) -> Trace:
    """The hooks' trace on a resolved device."""
    return rv.trace(spec, size, batch, device)


@st.cache_data(max_entries=128, show_spinner=False)
def figure(
    spec: ResNetSpec,
    size: Pair,
    batch: int,
    level: str,
    focus: str | None,
    theme: str,
    look: Look,
    _timed: Trace | None,
) -> tuple[str, str]:
    """The picture as Plotly's JSON, without a selection, and its route in words.

    ``_timed`` is the trace that has times, where they are asked for; ``look.device`` stands for it in the key.
    """
    made = describe(
        _timed or forecast(spec, size, batch), level, focus, theme=theme, colour=look.colour, true_scale=look.true_scale,
        unfold=look.unfold, cell=look.cell, solid=look.solid,
    )  # fmt: skip
    return json.dumps(made, separators=(",", ":")), made["layout"]["meta"]["alt"]


@st.cache_data(max_entries=200, show_spinner=False)
def findings(
    spec: ResNetSpec, size: Pair, batch: int, mode: Mode, data: str, memory_gib: float, optimizer: str
) -> tuple[Finding, ...]:
    """The diagnosis."""
    return tuple(diagnose(spec, size, batch, mode=mode, data=data, memory_gib=memory_gib, optimizer=optimizer))


@st.cache_data(max_entries=64, show_spinner=False)
def field(spec: ResNetSpec, size: Pair, step: str, cell: Pair, theme: str, image: str | None) -> tuple[str, str]:
    """A receptive field as Plotly's JSON and in words; ``image`` is a ``data:`` address, else the sample."""
    made = describe_field(
        forecast(spec, size, 1), step, cell, theme=theme, image=image or _sample(size, spec.in_channels)
    )
    return json.dumps(made, separators=(",", ":")), made["layout"]["meta"]["alt"]


@st.cache_data(max_entries=64, show_spinner=False)
def beside(
    sides: tuple[tuple[ResNetSpec, Pair], ...], theme: str, colour: str, true_scale: bool
) -> list[tuple[str, str]]:
    """Pictures in one scale as Plotly's JSON, each with its route in words."""
    made = describe_beside(
        tuple(forecast(spec, size, 1) for spec, size in sides), theme=theme, colour=colour, true_scale=true_scale
    )
    return [(json.dumps(figure, separators=(",", ":")), figure["layout"]["meta"]["alt"]) for figure in made]


@st.cache_data(max_entries=32, show_spinner=False)
def comparison(a: tuple[ResNetSpec, Pair], b: tuple[ResNetSpec, Pair]) -> Comparison:
    """Two forecasts, aligned."""
    return align(forecast(*a, 1), forecast(*b, 1))


@st.cache_data(max_entries=64, show_spinner=False)
def proposals(size: Pair, channels: int, classes: int, memory_gib: float) -> list[Proposal]:
    """Networks that suit."""
    return list(adapt(size, channels, classes, memory_gib=memory_gib))


@st.cache_data(max_entries=64, show_spinner=False)
def outcome(spec: ResNetSpec, case: str, size: Pair, block: str | None) -> Outcome:
    """What came of a mistake."""
    return break_it(spec, case, size, block)


@st.cache_data(max_entries=64, show_spinner=False)
def broken_figure(
    spec: ResNetSpec, size: Pair, level: str, focus: str | None, theme: str, found: Outcome
) -> tuple[str, str]:
    """The sound network's picture with the failure written at its place."""
    made = describe(forecast(spec, size, 1), level, focus, theme=theme)
    with_failure(made, found.reads, theme)
    return json.dumps(made, separators=(",", ":")), made["layout"]["meta"]["alt"]


@st.cache_data(max_entries=128, show_spinner=False)
def lesson_figure(view: View, theme: str, hide: bool) -> tuple[str, str]:
    """A lesson's figure as Plotly's JSON and in words; with ``hide`` the shapes that are asked for are blank."""
    made = draw_view(view, theme, hide)
    return json.dumps(made, separators=(",", ":")), made["layout"]["meta"]["alt"]


@st.cache_data(max_entries=256, show_spinner=False)
def lesson_page(name: str, scene: Scene) -> Page:
    """A lesson for a scene."""
    return next(lesson for lesson in LESSONS if lesson.name == name).build(scene)


@st.cache_data(max_entries=4, show_spinner=False)
def verdicts(names: tuple[str, ...]) -> list[dict[str, str]]:
    """A row for each statement: ✓ or ✗ for each network at its own input."""
    scenes = [Scene.of(name) for name in names]
    return [
        {"statement": claim.text, **{scene.name: "✓" if claim.check(scene).true else "✗" for scene in scenes}}
        for claim in CLAIMS
    ]


@st.cache_data(max_entries=64, show_spinner=False)
def mended(spec: ResNetSpec, case: str, size: Pair) -> str:
    """What the sound network says."""
    return mend_it(spec, case, size)


@st.cache_data(max_entries=16, show_spinner=False)
def _sample(size: Pair, channels: int) -> str:
    return as_input(sample(), size, channels)


@st.cache_data(max_entries=8, show_spinner=False)
def own_image(file_id: str, size: Pair, channels: int, _raw: bytes) -> str:
    """An upload as the network gets it; Streamlit tells uploads apart by ``file_id``."""
    return as_input(read_image(_raw), size, channels)


@st.cache_data(max_entries=16, show_spinner=False)
def torchinfo_summary(spec: ResNetSpec, size: Pair, batch: int) -> tuple[str, int, int]:
    """torchinfo's text, its parameters and its multiply-adds, on meta."""
    import torchinfo

    statistics = torchinfo.summary(
        rv.build(spec, "meta"), (batch, spec.in_channels, *size), device="meta", verbose=0, depth=4,
        col_names=("output_size", "num_params", "mult_adds"),
    )  # fmt: skip
    return str(statistics), statistics.total_params, statistics.total_mult_adds


@st.cache_data(max_entries=4096, show_spinner=False)
def catalogue_row(name: str, size: Pair | None) -> dict[str, Any]:
    """A catalogue network's row at an input, or at its own."""
    return table_row(rv.entry(name), size)


@st.cache_data(max_entries=16, show_spinner=False)
def weights(file_id: str, _path: Path, name: str) -> Weights:
    """Names and shapes of an upload, which Streamlit tells apart by ``file_id``."""
    return rv.read_weights(_path, name)


@st.cache_data(max_entries=16, show_spinner=False)
def best_fits(found: Weights) -> tuple[Fit, ...]:
    """The networks that a file fits best."""
    return rv.best_fits(found)


def fit(found: Weights, name: str) -> Fit:
    """How a file fits one network, with the file's own classes and channels."""
    return rv.check_weights(found, adapted(found, rv.variant(name)), name)
