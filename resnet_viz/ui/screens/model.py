"""Your model: somebody else's network, from an ONNX file or handed over from Python, shown as Explore shows its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.diagnosis import DATA, MODES, Finding
from resnet_viz.advise.recognising import Recognition
from resnet_viz.export.table import bytes_text, count_text, input_text
from resnet_viz.picture.layout import map_text
from resnet_viz.steps import Pair, Trace, parse_size
from resnet_viz.ui import cache, comparison, handing, links, parts, viewing
from resnet_viz.ui.aligned import Side
from resnet_viz.ui.findings import findings
from resnet_viz.ui.links import Param, flag, index, matching, module_path, one_of
from resnet_viz.ui.sides import network_controls, readable
from resnet_viz.ui.stand import stand
from resnet_viz.ui.subject import Foreign, Known, Shown
from resnet_viz.ui.tables import shape_table
from resnet_viz.ui.wording import literal
from resnet_viz.why.field import map_size

FROM_PYTORCH = """import torch

torch.onnx.export(model.eval(), (torch.zeros(1, 3, 224, 224),), "model.onnx")"""
FROM_PYTHON = """import resnet_viz as rv

rv.show(model, input_size=224)  # opens this page; inputs=… for what is no image"""
FROM_TERMINAL = """resnet-viz open mypackage.mymodule:MyNet --arg num_classes=4 --input 64
resnet-viz trace mypackage.mymodule:MyNet --input 64 -o shapes.csv"""

_PARAMS = (
    Param("model", matching(r"[\w-]{1,64}"), "model_wanted"),
    Param("at", lambda text: text[:24] or None, "model_size"),
    *viewing.params(module_path, module_path),
    Param("field", flag),
    Param("step", module_path),
    Param("field_row", index),
    Param("field_column", index),
    Param("beside", readable, "wish_m"),
    Param("mode", one_of(*MODES)),
    Param("images", one_of(*(known.name for known in DATA))),
    Param("memory", links.number(100_000)),
    Param("optimizer", one_of("sgd", "adam")),
)


@dataclass(frozen=True)
class _File:
    """An ONNX file that was uploaded, or one of the samples."""

    name: str
    link: str  # what the address says for it
    digest: str
    data: bytes


def page() -> None:
    """The whole page, top to bottom."""
    st.title("Your model: any network, seen the same way", anchor=False)
    parts.begin()
    viewing.own_view("model")
    links.restore("model", _PARAMS)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    source = _source(row)
    if source is None:
        _how_to()
        return
    with st.spinner("Reading the network …"):
        name, found = _read(row, source)
    if found is None:
        _how_to()
        return
    shown = _shown(name, found)
    status = st.container(horizontal=True, vertical_alignment="center", key="status")
    with status.container(width="content"):
        _totals(shown.trace)
    if len(shown.trace.steps[0].output) == 4:  # findings are about images
        findings(status, found, shown.trace.batch, lambda _remedy: None, _select)
    if shown.trace.coverage:
        st.caption("  \n".join(map(literal, shown.trace.coverage)))
    _recognised(found)
    stand(shown)
    _exports(shown)
    shape_table(shown)
    _compare(name, source, found)
    with st.expander("Another network: from PyTorch, from Python, in a terminal"):
        _how_to()


def _select(finding: Finding) -> None:
    st.session_state["step"] = finding.steps[0]


# ---- where it comes from --------------------------------------------------------------------------------------------


def _source(row: Any) -> _File | str | None:
    """The file that is shown, or the JSON of a trace that was handed over; None where there is nothing to show."""
    state = st.session_state
    samples = cache.samples()
    wanted: str | None = state.get("model_wanted")
    if "model_sample" not in state and wanted is not None:
        state["model_sample"] = next((name for name in samples if _slug(name) == wanted), None)
    upload: Any = row.file_uploader(
        "A network as an ONNX file (.onnx)", key="model_file", width=420, on_change=_uploaded,
        help="Read as data in a process of its own; nothing in it is run, and it is not kept",
    )  # fmt: skip
    sample = row.selectbox(
        "Or an example", list(samples), index=None, key="model_sample", width=240, placeholder="choose one", on_change=_sampled
    )  # fmt: skip
    wanted = state.get("model_wanted")
    links.publish("model", wanted, None)
    if upload is not None and wanted == _upload_link(upload):
        return _File(upload.name, str(wanted), _digest_of(upload), upload.getvalue())
    if sample is not None and wanted == _slug(sample):
        data = samples[sample]
        return _File(
            f"{_slug(sample).removeprefix('sample-')}.onnx", str(wanted), hashlib.sha256(data).hexdigest(), data
        )
    if wanted is None:
        return None
    text = handing.handed(wanted)
    if text is None:
        if wanted.startswith("file-"):
            st.info(
                "This link is to a file that somebody opened here from their own machine. Files are not kept, so it is not "
                "there any more. Open the same file, and the view of the link returns."
            )
        else:
            st.info(
                "This link is to a network that was opened from Python or a terminal, and it is not there any more: it "
                "stays as long as that session shows it."
            )
    return text


def _slug(name: str) -> str:
    return "sample-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _digest_of(upload: Any) -> str:
    """Of an upload's content, worked out once: Streamlit tells uploads apart by ``file_id``."""
    known: tuple[str, str] = st.session_state.get("model_digest", ("", ""))
    if known[0] != upload.file_id:
        known = (upload.file_id, hashlib.sha256(upload.getbuffer()).hexdigest())
        st.session_state["model_digest"] = known
    return known[1]


def _upload_link(upload: Any) -> str:
    return f"file-{_digest_of(upload)[:16]}"


def _uploaded() -> None:
    state = st.session_state
    upload = state["model_file"]
    link = None if upload is None else _upload_link(upload)
    _turn_to(link)
    state["model_sample"] = None


def _sampled() -> None:
    sample = st.session_state["model_sample"]
    _turn_to(None if sample is None else _slug(sample))


def _turn_to(link: str | None) -> None:
    """Show another network from its beginning; the one of the link that was followed as the link says."""
    state = st.session_state
    if state.get("model_wanted") != link:
        for key in (*viewing.OWN, "model_size"):
            state.pop(key, None)
    state["model_wanted"] = link


def _read(row: Any, source: _File | str) -> tuple[str, Foreign | None]:
    """The network's name and itself; None where it is refused, which is then said."""
    if isinstance(source, str):
        found = cache.handed_trace(hashlib.sha256(source.encode()).hexdigest(), source)
        if isinstance(found, cache.Refusal):
            st.error(f"What was handed over cannot be read. {found.message}")
            return "", None
        return found.trace.title or "network", found
    first = cache.network_file(source.digest, None, None, source.name, source.data)
    size: Pair | None = None
    if isinstance(first, cache.Refusal) or len(first.trace.steps[0].output) == 4:
        size, fits = _size(row, None if isinstance(first, cache.Refusal) else map_size(first.trace.steps[0]))
        if not fits:
            return source.name, None
    found = cache.network_file(source.digest, size, None, source.name, source.data) if size else first
    if isinstance(found, cache.Refusal):
        st.error(found.message)
        return source.name, None
    return source.name, found


def _size(row: Any, own: Pair | None) -> tuple[Pair | None, bool]:
    """The input size asked for, None for the file's own; and whether what was written is one."""
    written = row.text_input(
        "Input (px)", key="model_size", width=160, max_chars=24,
        placeholder="224" if own is None else _side(own),
        help="One side, or H×W; empty: what the file says, or 224 where it leaves that open",
    )  # fmt: skip
    links.publish("at", written or None, None)
    if not written:
        return None, True
    try:
        return parse_size(written), True
    except rv.InputError as error:
        st.error(f"Input: {error}")
        return None, False


def _side(size: Pair) -> str:
    return str(size[0]) if size[0] == size[1] else f"{size[0]}x{size[1]}"


# ---- what is said about it ------------------------------------------------------------------------------------------


def _shown(name: str, found: Foreign) -> Shown:
    trace = found.trace
    timed = any(step.time_ms is not None for step in trace.steps)
    stem = re.sub(r"[^\w.-]+", "_", name.removesuffix(".onnx")) or "network"
    shape = "_".join("x".join(map(str, step.output)) for step in trace.steps if step.kind == "input")
    return Shown(found, trace, f"{stem}_{shape}", name, found if timed else None)


def _totals(trace: Trace) -> None:
    totals = trace.totals
    last = totals.final_map
    end = f"final map **{map_text(last)}**" if len(last) == 4 else "gives " + " and ".join("×".join(map(str, shape)) for shape in trace.outputs)  # fmt: skip
    time = "" if totals.time_ms is None else f" · {trace.device}, {totals.time_ms:.1f} ms a pass"
    st.markdown(
        f"**{len(trace.steps) - 1:,}** steps at {input_text(trace)} · **{count_text(totals.params)}** parameters · **{count_text(totals.macs)}** MACs "
        f"({count_text(2 * totals.macs)} FLOPs) · **{bytes_text(totals.activation_bytes)}** activations · {end}{time}",
        help="Sums over every step, for the whole batch. 1 MAC = 2 FLOPs; convs, linear layers and matrix products are "
        "counted. Activations: every output that is a tensor of its own.",
    )


def _recognised(found: Foreign) -> None:
    known: Recognition | None = cache.recognised(found)
    if known is None:
        st.caption("No network of the catalogue has this structure.")
        return
    st.markdown(f"**{known.sentence}**" if known.exact else known.sentence)
    if known.unexplained:
        with st.expander(f"What differs: {len(known.unexplained)}"):
            st.code("\n".join(known.unexplained), language=None)


def _exports(shown: Shown) -> None:
    """The table as JSON, and the trace to read back."""
    row = st.container(horizontal=True)
    trace = shown.trace
    row.download_button("Table (.json)", lambda: rv.export_as(trace, "json"), f"{shown.file_name}.json", "application/json", on_click="ignore")  # fmt: skip
    row.download_button(
        "Trace (.trace)", trace.to_json, f"{shown.file_name}.trace", "application/json", on_click="ignore",
        help="Everything that is known; `resnet-viz open FILE.trace` and rv.Trace.from_json read it back",
    )  # fmt: skip


# ---- beside another -------------------------------------------------------------------------------------------------

_NOTHING, _CATALOGUE, _ITSELF = "nothing", "a network of the catalogue", "itself at another input"


def _compare(name: str, source: _File | str, found: Foreign) -> None:
    state = st.session_state
    if state.get("wish_m"):
        state["model_beside"] = _CATALOGUE
    choices = (_NOTHING, _CATALOGUE, *([_ITSELF] if isinstance(source, _File) else []))
    if state.get("model_beside") not in choices:
        state["model_beside"] = _NOTHING
    chosen = st.selectbox("Compare with", choices, key="model_beside", width=260)
    if chosen != _CATALOGUE:
        links.publish("beside", None, None)
    if chosen == _NOTHING:
        return
    other = _other(name, source, found) if chosen == _ITSELF else _known(found.trace)
    if other is None:
        return
    sides = {"a": Side(f"{name} at {input_text(found.trace)}", found), "b": other}
    comparison.pictures(sides["a"], sides["b"])
    comparison.totals(sides)
    comparison.rows(cache.comparison(found, other.subject), *sides.values())


def _known(trace: Trace) -> Side | None:
    side = f"@{_side(map_size(trace.steps[0]))}" if len(trace.steps[0].output) == 4 else ""
    made = network_controls("m", "Network", f"resnet50{side}")
    if made is None:
        return None
    links.publish("beside", made.text, None)
    try:
        cache.forecast(made.spec, made.size, 1)
    except rv.InputError as error:
        st.error(str(error))
        return None
    return Side(made.text, Known(made.spec, made.size))


def _other(name: str, source: _File | str, found: Foreign) -> Side | None:
    assert isinstance(source, _File)
    written = st.text_input("Its other input (px)", key="model_other", width=160, max_chars=24, placeholder="e.g. 64")
    if not written:
        return None
    try:
        size = parse_size(written)
    except rv.InputError as error:
        st.error(f"Its other input: {error}")
        return None
    made = cache.network_file(source.digest, size, None, source.name, source.data)
    if isinstance(made, cache.Refusal):
        st.error(made.message)
        return None
    return Side(f"{name} at {input_text(made.trace)}", made)


def _how_to() -> None:
    """How a network gets here."""
    st.markdown(
        "**From PyTorch**: write the network as an ONNX file, and open it above. The file is read as data, its shapes worked "
        "out, nothing in it run and nothing kept."
    )
    st.code(FROM_PYTORCH, language="python", wrap_lines=True)
    st.markdown(
        "**From Python**: on your own machine, without a file. The module runs once on a dummy batch, and forward hooks see "
        "each step."
    )
    st.code(FROM_PYTHON, language="python", wrap_lines=True)
    st.markdown("**In a terminal**: a class or function of your own code that gives a module.")
    st.code(FROM_TERMINAL, language="sh", wrap_lines=True)
