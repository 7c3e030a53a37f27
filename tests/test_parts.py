"""A change that draws some parts of a page leaves it as if all of it had been drawn."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from tests.test_ui import APP

Path = tuple[int, ...]


def _walk(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    for number, child in node.children.items():
        yield (*path, number), child
        if isinstance(child, Block):
            yield from _walk(child, (*path, number))


def _page(app: AppTest) -> dict[Path, Any]:
    """Every element by its place, as it is sent, but for what says only that a value was set, and not which."""
    found: dict[Path, Any] = {}
    for path, node in _walk(app._tree):
        if isinstance(node, Block):
            found[path] = "block"
            continue
        proto = type(node.proto)()
        proto.CopyFrom(node.proto)
        if hasattr(proto, "set_value"):
            proto.ClearField("set_value")
        if proto.DESCRIPTOR.name in ("Selectbox", "ButtonGroup", "Checkbox", "Slider"):  # what they show is their value
            found[path] = proto.id, list(getattr(proto, "options", ())) and node.value
        elif proto.DESCRIPTOR.name == "Markdown" and "Confirmed by" in proto.body:  # and in how many ms
            found[path] = "confirmed"
        else:
            found[path] = proto.SerializeToString(deterministic=True)
    return found


def _parts(app: AppTest) -> list[Path]:
    """The places of the parts that the last run drew; the whole page is one."""
    found: list[Path] = []
    for path, node in _walk(app._tree):
        if (
            isinstance(node, Block)
            and node.proto is not None
            and not any(path[: len(other)] == other for other in found)
        ):
            found.append(path)
    return found


def _compared(app: AppTest, widget: Any, value: Any) -> list[Path]:
    """Choose; what a browser then shows is what it shows once the whole page was drawn. The parts that were sent."""
    before = _page(app)
    widget.set_value(value).run()
    assert not app.exception
    parts = _parts(app)
    kept = {path: known for path, known in before.items() if not any(path[: len(part)] == part for part in parts)}
    shown, address = {**kept, **_page(app)}, dict(app.query_params)
    app.run()
    whole = _page(app)
    differ = {
        path: (shown.get(path), whole.get(path)) for path in {*shown, *whole} if shown.get(path) != whole.get(path)
    }
    # the control that was chosen keeps its value in the browser
    differ = {path: pair for path, pair in differ.items() if before.get(path, ("",))[0] != getattr(widget, "id", None)}
    assert differ == {}
    assert dict(app.query_params) == address
    return parts


def _open(**params: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params.update(params)
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    "params",
    [{}, {"step": "layer2.0.conv1", "field": "1"}, {"stem": "cifar", "level": "block", "focus": "layer3.0", "net": "resnet50"}],
    ids=["plain", "with a card and a field", "a block of an edited network"],
)  # fmt: skip
def test_another_input(params: dict[str, str]) -> None:
    app = _open(**params)
    for side in ("32", "224"):
        assert len(_compared(app, app.segmented_control(key="size"), side)) > 3  # and not the whole page
    assert len(_compared(app, app.selectbox(key="colour"), "macs")) == 2
    assert len(_compared(app, app.toggle(key="true"), True)) == 2


def test_another_step() -> None:
    app = _open(step="layer2.0.conv1", size="64")
    (find,) = (field for field in app.selectbox if field.label == "Find a step")
    assert len(_compared(app, find, None)) == 4  # the picture, the field, the card and the table
    assert "step" not in app.query_params


def test_where_more_was_changed_the_whole_page_is_drawn() -> None:
    app = _open()
    app.session_state["batch"] = 4  # as by a run that was broken off when its callbacks were done
    app.segmented_control(key="size").set_value("64").run()
    assert app.selectbox(key="net").value == "resnet34"
    assert dict(app.query_params) == {"size": "64", "batch": "4"}
    app.session_state["parts_due"] = {"table"}  # a part that was not drawn to its end
    app.segmented_control(key="size").set_value("32").run()
    assert app.selectbox(key="net").value == "resnet34"
    app.query_params["size"] = "64"  # the browser is a step behind
    app.segmented_control(key="size").set_value("128").run()
    assert app.selectbox(key="net").value == "resnet34" and app.query_params["size"] == "128"
