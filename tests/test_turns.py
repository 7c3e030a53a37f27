"""Pages are drawn in turns, and what is the same for every run is put together once."""

import threading
import time

import pytest
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.runtime import app_session

from resnet_viz.ui import once
from resnet_viz.ui.turns import Turns

SOON = 10.0


def _waiting(turns: Turns, count: int) -> None:
    until = time.monotonic() + SOON
    while len(turns._waiting) < count:
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.001)


def test_who_comes_first_is_served_first_and_alone() -> None:
    turns, order, inside = Turns(longest=60), [], []

    def draw(number: int) -> None:
        with turns.one():
            inside.append(number)
            time.sleep(0.002)
            order.append((number, len(inside)))
            inside.remove(number)

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(6)]
    with turns.one():
        for came, thread in enumerate(threads):
            thread.start()
            _waiting(turns, came + 1)
        assert order == []
    for thread in threads:
        thread.join(SOON)
    assert order == [(number, 1) for number in range(6)]


def test_a_long_one_keeps_nobody_waiting_for_it() -> None:
    turns, done, drawn = Turns(longest=0.02), threading.Event(), threading.Event()

    def long() -> None:
        with turns.one():
            drawn.set()
            done.wait(SOON)

    thread = threading.Thread(target=long)
    thread.start()
    assert drawn.wait(SOON)
    for _ in range(2):
        with turns.one():  # whose end is not the long one's
            assert not done.is_set()
    done.set()
    thread.join(SOON)
    assert turns._whose is None


def test_one_within_another_is_the_same_and_an_error_ends_it() -> None:
    turns = Turns(longest=60)
    with pytest.raises(RuntimeError, match="of the page"), turns.one(), turns.one():
        raise RuntimeError("of the page")
    others = threading.Thread(target=lambda: turns.one().__enter__())
    others.start()
    others.join(SOON)
    assert not others.is_alive()


SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar", "theme.light.sidebar", "theme.dark.sidebar")


def test_the_theme_is_put_together_once_and_is_streamlits_own() -> None:
    tell, asked = app_session._populate_theme_msg, []  # by another name the server would lose a twelfth of its speed
    tell = getattr(tell, "__wrapped__", tell)

    def watched(message: object, section: str = "theme") -> None:
        asked.append(section)
        tell(message, section)

    def begun(fill) -> NewSession:
        message = NewSession()
        theme = message.custom_theme
        for section, part in zip(
            SECTIONS, (theme, theme.light, theme.dark, theme.sidebar, theme.light.sidebar, theme.dark.sidebar), strict=True
        ):  # fmt: skip
            fill(part, section)
        return message

    remembered, own = once.told_once(watched), begun(tell)
    assert own.custom_theme.light.primary_color  # the settings of this project are read
    assert [begun(remembered), begun(remembered)] == [own, own]
    assert asked == list(SECTIONS)
