"""The load driver: it sees an error and a slow answer, and it talks to the real app."""

import json
import math
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import resnet_viz as rv
from benchmarks.load import __main__ as command
from benchmarks.load import person
from benchmarks.load.choices import MIXES, NETWORKS, OFFERED, choices
from benchmarks.load.person import Answer, Person
from benchmarks.load.server import serving
from resnet_viz.spec.settings import STEMS, apply
from resnet_viz.steps import parse_size
from tests.awaited import awaited

pytestmark = pytest.mark.processes

_TOY = """
import time
import streamlit as st
kind = st.selectbox("Kind", ["quick", "slow", "broken", "refused", "stuck", "again"])
if kind == "again" and "came" not in st.session_state:
    st.session_state["came"] = True
    st.rerun()
st.write(kind)
if kind == "slow":
    time.sleep(0.4)
if kind == "broken":
    raise ZeroDivisionError("planted")
if kind == "refused":
    st.error("Not so")
if kind == "stuck":
    time.sleep(3)
"""


def test_errors_slow_answers_and_silence_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "toy.py"
    script.write_text(_TOY, encoding="utf-8")

    async def all_kinds(address: str) -> dict[str, Answer]:
        visitor = Person(address)
        found = {"opened": await visitor.open()}
        for kind in ("slow", "broken", "quick", "refused", "again"):
            found[kind] = await visitor.choose("Kind", kind)
        monkeypatch.setattr(person, "PATIENCE", 1.0)
        found["stuck"] = await visitor.choose("Kind", "stuck")
        await visitor.close()
        return found

    with serving(script) as server:
        found = awaited(all_kinds(server.address))
        assert server.complaints() == ["ZeroDivisionError: planted"]
        assert server.memory_mib() > 20 and server.cpu_ms() > 0 and server.started > 0
    assert {kind: answer.errors for kind, answer in found.items()} == {
        "opened": [],
        "slow": [],
        "broken": ["ZeroDivisionError: planted"],
        "quick": [],
        "refused": ["Not so"],
        "again": [],
        "stuck": ["no answer within 1 s"],
    }
    assert found["slow"].ms > 400 and found["quick"].ms > 0


def test_a_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the server did not start: "), serving(tmp_path / "none.py"):
        pass


# choices that the page reads in callbacks or before it draws their list
_READ_BEFORE_DRAWN = (
    ("", "", "Network"),
    ("", "", "Colour by"),
    ("learn", "", "Step of the tour"),
    ("learn", "part=Design+tasks", "Task"),
    ("compare", "", "Vary one thing"),
)


def test_one_person_and_one_change_on_the_real_app() -> None:
    async def one(address: str) -> tuple[Answer, Answer, str, set[str]]:
        visitor = Person(address)
        opened = await visitor.open()
        for label, titles in OFFERED.items():
            assert set(titles) <= set(visitor.widgets[label][1].options), label
        changed = await visitor.choose("Input (px)", "32 px")
        told = json.loads(visitor.widgets["bidi_component"][1].json)["alt"]
        drawn = set(visitor.widgets) & {"Network", "Input (px)", "Level", "Find a step", "bidi_component", "dataframe"}
        await visitor.close()
        return opened, changed, told, drawn

    async def stale(address: str) -> dict[str, list[str]]:
        """What each page says to a tab that was left open over an update, and chooses what its list had before."""
        found = {}
        for page, query, label in _READ_BEFORE_DRAWN:
            visitor = Person(address, page)
            await visitor.open(query)
            found[label] = (await visitor.choose(label, "what was offered before")).errors
            await visitor.close()
        return found

    with serving() as server:
        opened, changed, told, drawn = awaited(one(server.address))
        assert awaited(stale(server.address)) == {label: [] for *_, label in _READ_BEFORE_DRAWN}
        assert server.complaints() == []
    assert opened.errors == changed.errors == []
    assert opened.messages > 30 and 10 < changed.messages <= 25  # of a change, parts of the page
    assert "32×32×3 → 16×16×64" in told
    assert drawn == {"Network", "Input (px)", "Level", "Find a step", "bidi_component", "dataframe"}


def test_the_command_breaks_on_what_is_over_a_limit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def result(people: int, times: list[float], *errors: str) -> command.Result:
        return command.Result(people, [Answer(ms) for ms in times], [Answer(1.0, list(errors))])

    assert command.over(result(60, [150.0] * 100)) == []
    assert command.over(result(60, [10.0] * 94 + [151.0] * 6)) == ["60 people: p95 151 ms, limit 150 ms"]
    assert command.over(result(20, [9999.0])) == []
    assert command.over(result(100, [10.0], "broken")) == ["100 people: 1 errors"]
    assert command.over(result(60, [])) == ["60 people: p95 nan ms, limit 150 ms"]
    assert math.isnan(result(1, []).percentile(0.5))

    monkeypatch.setattr(command, "start", lambda script: [])
    monkeypatch.setattr(
        command, "load", lambda *given: ["60 people: p95 151 ms, limit 150 ms"] if given[-1] == "class" else []
    )
    for arguments, code in ([], 0), (["--check"], 1):
        monkeypatch.setattr("sys.argv", ["load", *arguments])
        assert command.main() == code
        assert capsys.readouterr().err == "over the limit: 60 people: p95 151 ms, limit 150 ms\n"


@pytest.mark.parametrize("name", NETWORKS)
def test_no_network_of_the_load_refuses_a_choice(name: str) -> None:
    for stem in STEMS:
        for shortcut in "ABC":
            spec = apply(rv.variant(name), {"stem": stem, "shortcut": shortcut})
            for size in (32, (320, 33), (33, 320)):
                assert rv.forecast(spec, size, 256).steps


def test_people_choose_differently_each_the_same_again_and_often_what_is_new() -> None:
    def run(seed: int, mix: str) -> list[Any]:
        return list(islice(choices(seed, mix), 60))

    for mix in MIXES:
        assert run(1, mix) == run(1, mix) != run(2, mix)
        assert all(parse_size(state[1]) for _, state in run(3, mix))
    assert len({state for _, state in run(3, "crowd")}) > 40
    # what has to be traced anew: a class meets it less often
    traced = {mix: len({state[:4] for seed in range(20) for _, state in run(seed, mix)}) for mix in MIXES}
    assert traced["class"] < traced["crowd"] < 1200
