"""Take it home: what is shown as a file, in each format that leaves the program; a file is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from resnet_viz.errors import MissingPackageError, ResNetVizError
from resnet_viz.export.registry import PLAIN, SCENES, Export, Exporter, Options, exporter, exporters, filename
from resnet_viz.picture.layout import Place
from resnet_viz.ui import links
from resnet_viz.ui.parts import part
from resnet_viz.ui.subject import Shown

_KINDS = {
    "report": "All of it on one page",
    "table": "Its shape table",
    "figure": "Its picture",
    "network": "The network itself",
}


@part("home")
def take_home() -> None:
    """A menu of the formats, filled when it is open."""
    menu = st.popover("Take it home", key="home", on_change=links.chose)
    if menu.open:
        with menu:
            _formats(st.session_state["tabled"], st.session_state["standing"].place)


def _formats(shown: Shown, place: Place) -> None:
    export = Export.of(shown.trace, name=shown.called)
    offered = [one for one in exporters() if not one.slow and (shown.trace.spec is not None or not one.of_spec)]
    for kind, title in _KINDS.items():
        some = [one for one in offered if one.kind == kind]
        if some:
            st.caption(title)
        row = st.container(horizontal=True, gap="small")
        for one in some:
            _button(row, one, _placed(export, one, place))
    st.caption("In a terminal: `resnet-viz export NAME FORMAT -o FILE`; `export --formats` lists more.")


def _placed(export: Export, one: Exporter, place: Place) -> Export:
    """What is seen, where the format has a place to show."""
    if "level" not in one.options or place.level not in SCENES:
        return export
    options = Options(level=place.level, part=place.focus if "part" in one.options else None)
    return export if options == PLAIN else Export(
        export.trace, export.name, export.configuration, export.version, options
    )  # fmt: skip


def _button(row: Any, one: Exporter, export: Export) -> None:
    _offer(row, one, filename(export, one), made_when_asked(one.name, lambda: export), lambda: one.check(export))


def table_button(one: Exporter, name: str, made: Callable[[], str | bytes]) -> None:
    """A table that is no network's as a file of a format, made when it is asked for."""
    _offer(st, one, name, made, one.check_packages)


def _offer(
    row: Any, one: Exporter, name: str, made: Callable[[], str | bytes], check: Callable[[], None]
) -> None:  # fmt: skip
    absent = ""
    try:
        check()
    except MissingPackageError as error:
        absent = str(error)
    row.download_button(
        one.title, made, name, one.media_type, on_click="ignore", key=f"home_{one.name}",
        help=absent or f"{one.sentence[0].upper()}{one.sentence[1:]} ({one.suffix})", disabled=bool(absent),
    )  # fmt: skip


def made_when_asked(format: str, export: Callable[[], Export]) -> Callable[[], str | bytes]:
    """What makes the file once it is asked for; what it then refuses is what is in it."""

    def made() -> str | bytes:
        try:
            return exporter(format)(export())
        except ResNetVizError as error:
            return f"{error}\n"

    return made
