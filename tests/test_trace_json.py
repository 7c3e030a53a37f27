"""A trace as JSON: read back it is the same, and what is not one is refused in one line."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import resnet_viz as rv
from resnet_viz.steps.json import OPS
from tests.rows import each
from tests.strategies import specs

SMALL = rv.forecast(rv.ResNetSpec(block="basic", blocks=(1,), widths=(4,), stem=rv.Stem((4,), 3, 1, "none")), 8)


@given(specs(), st.integers(8, 64), st.integers(1, 3))
def test_any_network_is_read_back_as_it_was(spec: rv.ResNetSpec, side: int, batch: int) -> None:
    try:
        trace = rv.forecast(spec, side, batch)
    except rv.InputError:
        return
    assert rv.Trace.from_json(trace.to_json()) == trace


class Odd(nn.Module):
    """A parameter that no step owns, two inputs, two results, and times."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.unused = nn.Linear(4, 2)

    def forward(self, image: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        made = self.conv(image)
        return torch.cumsum(made, 1), made.mean((2, 3)) * other


def test_somebody_elses_trace_is_read_back_as_it_was() -> None:
    trace = rv.trace(Odd(), inputs=[(1, 3, 9, 9), (1, 4)])
    again = rv.Trace.from_json(trace.to_json())
    assert again == trace
    assert (again.unowned[0].name, again.outputs, again.title) == ("unused.weight", ((1, 4, 7, 7), (1, 4)), "Odd")
    assert again.totals.time_ms is not None
    assert again.parts == trace.parts


def test_every_operation_can_be_written() -> None:
    assert {type(step.op).__name__ for name in rv.variants() for step in rv.forecast(name).steps} <= OPS.keys()


def changed(change: Callable[[Any], None]) -> str:
    data = json.loads(SMALL.to_json())
    change(data)
    return json.dumps(data)


def put(value: Any, *path: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


REFUSED: list[tuple[str, str | None]] = [
    ("", "trace='': is not JSON (JSONDecodeError)"),
    ("[" * 100_000, f"trace={'[' * 40!r}: is not JSON (RecursionError)"),
    ("[]", "trace='[]': the file must be an object"),
    ("{}", "trace='batch': the file lacks it"),
    (changed(put(1, "extra")), "trace='extra': the file may not have it"),
    (changed(put("other", "format")), "trace='other': is not the format 'resnet-viz trace', version 1"),
    (changed(put(2, "version")), "trace='resnet-viz trace': is not the format 'resnet-viz trace', version 1"),
    (changed(put("magic", "engine")), "trace='magic': engine must be one of formulas, hooks, onnx"),
    (changed(put("int1", "dtype")), "trace='int1': dtype must be one of float32, float16, bfloat16, float64"),
    (changed(put([99], "returns")), "trace='(99,)': returns must be indices of its steps"),
    (changed(put([], "steps")), "trace='[]': has no steps"),
    (changed(put({"block": "none"}, "spec")), "trace='spec': holds a network that cannot be built (block: must be one of 'basic', 'bottleneck')"),
    (changed(put(float("nan"), "elapsed_ms")), None),
    (changed(put([["a", 1]], "unowned")), "trace=\"['a', 1]\": unowned[0] must be a name, a count and a reason"),
    (changed(put(-1, "steps", 1, "params")), "trace='-1': steps[1].params must be a whole number from 0"),
    (changed(put(True, "steps", 1, "macs")), "trace='True': steps[1].macs must be a whole number from 0"),
    (changed(put([1], "steps", 1, "reads")), "trace='(1,)': steps[1].reads must be indices of earlier steps"),
    (changed(put([], "steps", 1, "output")), "trace='()': steps[1].output must have at least one axis"),
    (changed(put([1] * 9, "steps", 1, "output")), "trace='[1, 1, 1, 1, 1, 1, 1, 1, 1]': steps[1].output must be a list of at most 8"),
    (changed(put([1, 2, 3], "steps", 1, "receptive_field")), "trace='[1, 2, 3]': steps[1].receptive_field must be a list of 2"),
    (changed(put("side", "steps", 1, "path")), "trace='side': steps[1].path must be one of stem, main, gate, shortcut, head"),
    (changed(put("input", "steps", 1, "name")), "trace='input': is the name of two steps, of steps[1] too"),
    (changed(put("a\nb", "steps", 1, "name")), "trace='a\\nb': steps[1].name must be a text of at most 400 printable characters"),
    (changed(put({"type": "Path"}, "steps", 1, "op")), "trace=\"{'type': 'Path'}\": steps[1].op is no operation that is known here"),
    (changed(put({"type": "Add", "x": 1}, "steps", 1, "op")), "trace='x': steps[1].op may not have it"),
    (changed(put({"type": "Add"}, "steps", 0, "op")), "trace='add': steps[0] must be an input"),
    (changed(put({"type": "Input"}, "steps", 1, "op")), "trace='conv1': steps[1] is an input, so it must read nothing"),
    (changed(put("1", "steps", 1, "op", "groups")), "trace='1': steps[1].op.groups must be a whole number from 0"),
    (changed(put(1, "steps", 1, "op", "bias")), "trace='1': steps[1].op.bias must be true or false"),
]  # fmt: skip


@each(("text", "message"), REFUSED)
def test_what_is_no_trace_is_refused_in_words(text: str, message: str | None) -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.Trace.from_json(text)
    if message is None:  # the text itself is shown
        assert "is not JSON (ValueError)" in str(caught.value)
    else:
        assert str(caught.value) == f"{message}; give what Trace.to_json wrote"


def test_what_is_too_long_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resnet_viz.steps.json.MAX_TEXT", 10)
    with pytest.raises(rv.InputError) as caught:
        rv.Trace.from_json("[" * 11)
    assert str(caught.value) == "trace='11 characters': at most 10 are read; give what Trace.to_json wrote"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**20), st.floats(), st.text(max_size=5), st.just([]), st.just({}), st.just([[1]]),
)  # fmt: skip


@given(st.data())
def test_whatever_is_changed_in_it_it_is_a_trace_or_refused(data: st.DataObject) -> None:
    made = json.loads(SMALL.to_json())
    at: Any = made
    while isinstance(at, dict | list) and at:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            at[key] = data.draw(VALUES)
            break
        at = at[key]
    try:
        trace = rv.Trace.from_json(json.dumps(made))
    except rv.InputError as error:
        assert "\n" not in str(error) and len(str(error)) < 400
        return
    assert all(read < step.index for step in trace.steps for read in step.reads)
    trace.to_csv()
