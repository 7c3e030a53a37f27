"""The widget: what Python knows of it, and what it does when somebody clicks."""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from plotly.offline import get_plotlyjs

from ..advise.explaining import explain
from ..checks import check_flag, check_one_of, check_text
from ..export.table import short_cells, short_columns
from ..picture import browser
from ..picture.figures import describe, palette
from ..picture.figures.still import svg
from ..picture.layout import THEMES, Look, Place
from ..picture.layout.asked import asked
from ..picture.layout.contract import ACTS, EVENT
from ..picture.layout.going import drawn_at, inside
from ..picture.layout.trail import trail
from ..spec.catalogue import nearest
from ..steps import Step, Trace

_FOLDER = Path(__file__).parent
_AUTO = "auto"
_TOP = 300  # characters of a title


def _script() -> str:
    """One module: the picture's script as every page has it, and what is a notebook's own."""
    return f"{browser.source()}\nconst HTML = {json.dumps(browser.HTML)};\n{browser.joined(_FOLDER, 'widget.js')}"


def _styles() -> str:
    """No rule reaches beyond the widget: a notebook's page has elements of the same names."""
    return f".resnet-viz {{\n{browser.styles()}\n{browser.joined(_FOLDER, 'widget.css')}\n}}"


@cache
def _plotly() -> str:
    """Plotly.js as the page asks for it once, whichever widget is the first: packed, in letters, as any comm can carry it."""
    source = browser.PLOTLY_BASIC.read_bytes() if browser.basic_version() else get_plotlyjs().encode()
    return base64.b64encode(gzip.compress(source, 6, mtime=0)).decode()


class Widget(anywidget.AnyWidget):
    """What :func:`resnet_viz.widget` gives: the picture of ``trace``, where ``place`` says, with the step ``selected``."""

    _esm = _script()
    _css = _styles()

    selected = traitlets.Unicode(None, allow_none=True, help="The chosen step's name, or None.").tag(sync=True)

    _still = traitlets.Unicode().tag(sync=True)  # what is seen until the script is there, and where it never comes
    _figure = traitlets.Unicode().tag(sync=True)
    _alt = traitlets.Unicode().tag(sync=True)
    _marked = traitlets.Int(None, allow_none=True).tag(sync=True)
    _chosen = traitlets.Int(None, allow_none=True).tag(sync=True)
    _trail = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _card = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _columns = traitlets.List().tag(sync=True)
    _rows = traitlets.List().tag(sync=True)
    _file = traitlets.Unicode().tag(sync=True)
    _theme = traitlets.Unicode(_AUTO).tag(sync=True)
    _colours = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        trace: Trace,
        level: str,
        focus: str | None,
        colour: str,
        true_scale: bool,
        unfold: bool,
        theme: str,
        table: bool,
        title: str | None,
    ) -> None:
        check_one_of("theme", theme, (_AUTO, *THEMES))
        check_flag("table", table)
        self.trace = trace
        if title is None:
            title = trace.title or (nearest(trace.spec).title if trace.spec is not None else "network")
        self.title = check_text("title", title, "my network")[:_TOP]
        self.place = Place(level, focus)
        self._paint = THEMES[0] if theme == _AUTO else theme
        self._look = Look(colour, true_scale, unfold, theme=self._paint)
        self._spot: tuple[str, int] | None = None  # the step that is chosen, and the volume that was clicked for it
        made = self._drawn()
        shown = (
            {"_columns": [list(column) for column in short_columns(trace)], "_rows": short_cells(trace)}
            if table
            else {}
        )
        super().__init__(
            _theme=theme, _still=svg(made) if "xaxis" in made["layout"] and level in ("network", "stage", "block") else "",
            _file=_file_name(self.title), **shown, **self._state(made),
        )  # fmt: skip
        self.on_msg(self._heard)

    @property
    def step(self) -> Step | None:
        """The step that is chosen, or None."""
        return None if self.selected is None else self.trace.step(self.selected)

    def go(self, level: str, focus: str | None = None) -> None:
        """Show another place: ``level`` and ``focus`` as :func:`resnet_viz.draw` takes them. Raises :class:`InputError`."""
        before, self.place = self.place, Place(level, focus)
        try:
            self._show()
        except Exception:
            self.place = before
            raise

    def _drawn(self) -> dict[str, Any]:
        return describe(self.trace, self.place, self._look)

    def _state(self, made: dict[str, Any]) -> dict[str, Any]:
        return {
            "_figure": json.dumps(made),
            "_alt": made["layout"]["meta"]["alt"],
            "_trail": [stop.name for stop in trail(self.trace, self.place, self.title)],
            "_colours": {
                "--st-background-color": palette.PAPER[self._look.theme],
                "--st-text-color": palette.INK[self._look.theme],
                "--st-primary-color": palette.LINK["identity"][self._look.theme],
                "--st-link-color": palette.LINK["identity"][self._look.theme],
                "--line": palette.GRID[self._look.theme],
                "--mark": palette.HALO[self._look.theme],
            },
            **self._choice(),
        }

    def _choice(self) -> dict[str, Any]:
        step = self.step
        if step is None:
            return {"_marked": None, "_chosen": None, "_card": []}
        clicked = self._spot[1] if self._spot and self._spot[0] == step.name else None
        where = drawn_at(self.trace, step, self.place.level) if clicked is None else clicked
        return {"_marked": where, "_chosen": step.index, "_card": explain(self.trace, step.name).splitlines()}

    def _tell(self, state: dict[str, Any]) -> None:
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def _show(self) -> None:
        self._tell(self._state(self._drawn()))

    @traitlets.validate("selected")
    def _known(self, proposal: Any) -> str | None:
        return None if proposal["value"] is None else self.trace.step(proposal["value"]).name

    @traitlets.observe("selected")
    def _selected(self, _: Any) -> None:
        if self._figure:
            self._tell(self._choice())

    def _heard(self, _: Any, content: Any, __: Any) -> None:
        """What the page says, of which nothing is believed: it may be anybody's by now."""
        if not isinstance(content, dict):
            return
        if content.get("ask") == "plotly":
            self.send({"plotly": _plotly()})
        theme = content.get("theme")
        if self._theme == _AUTO and theme in THEMES and theme != self._look.theme:
            self._look = Look(self._look.colour, self._look.true_scale, self._look.unfold, theme=theme)
            self._show()
        picked = content.get(EVENT)
        if isinstance(picked, dict):
            self._picked(picked.get("step"), picked.get("act"))

    def _picked(self, step: Any, act: Any) -> None:
        if act in (ACTS.go_out, ACTS.go_to):
            way = trail(self.trace, self.place, self.title)
            number = step if act == ACTS.go_to else len(way) - 2
            if isinstance(number, int) and 0 <= number < len(way):
                self._spot = None
                self.place = way[number].place
                self._show()
        elif isinstance(step, int) and 0 <= step < len(self.trace.steps):
            if act == ACTS.go_in:
                place = inside(self.trace, self.place.level, step)
                if place is not None:
                    self._spot = None
                    self.place = place
                    self._show()
            elif act == ACTS.select:
                # the mark stays where one clicked: a second click goes in, and keys walk on from there
                chosen = self.trace.steps[asked(self.trace, step)].name
                self._spot = (chosen, step)
                if self.selected == chosen:
                    self._tell(self._choice())
                self.selected = chosen
            elif act == "row":
                self._spot = None
                self.selected = self.trace.steps[step].name

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """With the still picture for who has no widgets: a page that was made of a notebook, a notebook without a kernel."""
        made = super()._repr_mimebundle_(**kwargs)
        if made is None:
            return None
        data, about = made if isinstance(made, tuple) else (made, {})
        return {**data, "text/html": self.trace._repr_html_(), "text/plain": repr(self)}, about

    def __repr__(self) -> str:
        chosen = f", {self.selected} chosen" if self.selected else ""
        return f"Widget of {self.title}, {self.place.text.removesuffix(' None')} level{chosen}"


def _file_name(title: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in title)
