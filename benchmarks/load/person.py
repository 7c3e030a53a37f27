"""One person's browser, as the server sees it: the protocol's messages, what is remembered of them, and no drawing.

Protobuf messages over a websocket, as Streamlit's own front end sends them: every change carries the values of all
widgets, the address, and the hashes of the large messages that need not come again.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from pyarrow import ipc
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

# After so many seconds without an answer the server counts as stuck.
PATIENCE = 60.0


@dataclass
class Answer:
    """What came of one choice: until the script was done, in ms; what went wrong; how much was sent."""

    ms: float
    errors: list[str] = field(default_factory=list)
    messages: int = 0
    kilobytes: float = 0.0


class Person:
    """A session. ``await open()`` first, then ``await choose(label, value)``, and ``await close()`` at the end."""

    def __init__(self, address: str, page: str = "", headers: dict[str, str] | None = None) -> None:
        self.address = address  # ``http://127.0.0.1:8501``
        self._headers = headers  # of the websocket's request, a cookie above all
        self._path = page  # as the address has it; none is the first page
        self.widgets: dict[str, Any] = {}  # by label, or by kind where it has none: what is in the page
        self._fresh: dict[str, Any] = {}  # of these, what the run draws
        self._values: dict[str, WidgetState] = {}  # by widget id, as the browser keeps them
        self._parts: dict[str, str] = {}  # by label: the fragment that a widget is in, which alone it runs
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}  # large messages by hash, and the run that used them last
        self._query = ""
        self._page = ""
        self._runs = 0
        self._socket: ClientConnection | None = None

    async def open(self, query: str = "") -> Answer:
        """Come to the page for the first time, or again on a new connection."""
        self._query = query
        self._values, self._kept, self._page = {}, {}, ""
        self._socket = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream", subprotocols=["streamlit"], max_size=None,
            compression=None, ping_interval=None, additional_headers=self._headers,
        )  # fmt: skip
        return await self._run([])

    @property
    def query(self) -> str:
        """What the address says now."""
        return self._query

    async def choose(self, label: str, value: Any) -> Answer:
        """Give the widget ``label`` a value, in its own words, and wait until the script is done."""
        kind, element = self.widgets[label]
        if kind == "bidi_component":  # a click in the picture
            events = [{"event": "picked", "value": {"step": value, "act": "select"}}]
            trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{element.id}__events")
            trigger.json_trigger_value = json.dumps(events)
            return await self._run([trigger], self._parts[label])
        if kind == "dataframe":  # a row that the table has
            value %= max(1, ipc.open_stream(element.arrow_data.data).read_all().num_rows)
        if kind == "button":
            return await self._run([WidgetState(id=element.id, trigger_value=True)], self._parts[label])
        self._values[element.id] = _state(kind, element.id, value)
        return await self._run([], self._parts[label])

    async def close(self) -> None:
        """Go away."""
        if self._socket is not None:
            await self._socket.close()

    async def _run(self, triggers: list[WidgetState], part: str = "") -> Answer:
        assert self._socket is not None
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self._query, self._page, part
        state.page_name = self._path
        state.context_info.color_scheme = "light"
        state.context_info.url = self.address
        state.widget_states.widgets.extend([*self._values.values(), *triggers])
        state.cached_message_hashes.extend(self._kept)
        self._runs += 1
        answer = Answer(0.0)
        began = time.perf_counter()
        try:
            await self._socket.send(message.SerializeToString())
            async with asyncio.timeout(PATIENCE):
                while not self._take(await self._socket.recv(), answer):
                    pass
        except TimeoutError:
            answer.errors.append(f"no answer within {PATIENCE:.0f} s")
        except Exception as error:  # a closed connection is a result here, whatever closed it
            answer.errors.append(f"{type(error).__name__}: {error}")
        answer.ms = (time.perf_counter() - began) * 1e3
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > self._runs - 2}
        live = {element.id for _, element in self.widgets.values()}
        self._values = {key: value for key, value in self._values.items() if key in live}
        return answer

    def _take(self, data: bytes | str, answer: Answer) -> bool:
        """Read one message; True where it was the last of the run."""
        assert isinstance(data, bytes)
        answer.messages += 1
        answer.kilobytes += len(data) / 1e3
        message = ForwardMsg.FromString(data)
        if message.WhichOneof("type") == "ref_hash":
            message = self._kept[message.ref_hash][1]
        if message.metadata.cacheable:
            self._kept[message.hash] = (self._runs, message)
        match message.WhichOneof("type"):
            case "new_session":
                self._fresh = {}
            case "delta":
                if message.delta.WhichOneof("type") == "new_element":
                    self._drawn(message.delta.new_element, message.delta.fragment_id, answer)
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "navigation":
                self._page = message.navigation.page_script_hash
            case "session_event":
                if message.session_event.WhichOneof("type") == "script_compilation_exception":
                    answer.errors.append("the script does not compile")
            case "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return False
                again = message.metadata.run.fragment_ids  # none where the whole page was drawn
                stay = {label: it for label, it in self.widgets.items() if again and self._parts[label] not in again}
                self.widgets = {**stay, **self._fresh}
                return True
        return False

    def _drawn(self, drawn: Any, part: str, answer: Answer) -> None:
        """Note an element: an error, or a widget with its value."""
        kind = drawn.WhichOneof("type")
        element = getattr(drawn, kind)
        if kind == "exception" and not element.is_warning:
            answer.errors.append(f"{element.type}: {element.message}")
        elif kind == "alert" and element.format == Alert.ERROR:
            answer.errors.append(element.body)
        elif kind in _VALUES or kind in ("button", "bidi_component"):
            if not element.id:
                return
            label = getattr(element, "label", "") or kind
            self._fresh[label], self._parts[label] = (kind, element), part
            if kind in _VALUES and (element.id not in self._values or getattr(element, "set_value", False)):
                value = _VALUES[kind][1](element)
                if value is not None:
                    self._values[element.id] = _state(kind, element.id, value)


def _text(element: Any) -> str | None:
    """The text a widget begins with or was set to."""
    return element.value if element.set_value else element.default if element.HasField("default") else None


def _chosen(element: Any) -> str | None:
    """The option of a select box."""
    if element.set_value:
        return element.raw_value if element.HasField("raw_value") else None
    return element.options[element.default] if element.HasField("default") else None


def _pressed(element: Any) -> list[str]:
    """The options of a segmented control."""
    if element.set_value:
        return list(element.raw_values)
    return [element.options[index].content for index in element.default]


def _number(element: Any) -> float | None:
    if element.set_value:
        return element.value
    return element.default if element.HasField("default") else None


# The field of the protocol that carries a widget's value, and the value it begins with.
_VALUES: dict[str, tuple[str, Any]] = {
    "selectbox": ("string_value", _chosen),
    "button_group": ("string_array_value", _pressed),
    "number_input": ("double_value", _number),
    "text_input": ("string_value", _text),
    "text_area": ("string_value", _text),
    "checkbox": ("bool_value", lambda element: element.value if element.set_value else element.default),
    "slider": ("double_array_value", lambda element: list(element.value if element.set_value else element.default)),
    "dataframe": ("string_value", lambda _: None),
}


def _state(kind: str, widget: str, value: Any) -> WidgetState:
    """A widget's value as the protocol says it."""
    state = WidgetState(id=widget)
    name = _VALUES[kind][0]
    if kind == "button_group":
        state.string_array_value.data.extend([value] if isinstance(value, str) else value)
    elif kind == "slider":
        state.double_array_value.data.extend(value)
    elif kind == "dataframe":
        state.string_value = json.dumps({"selection": {"rows": [value], "columns": [], "cells": []}})
    else:
        setattr(state, name, value)
    return state
