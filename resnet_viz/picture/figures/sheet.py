"""What a figure of volumes is collected in, trace by trace, and lines as Plotly has them: a gap between two is None."""

from __future__ import annotations

from typing import Any

Points = list[tuple[float, float]]


class Sheet:
    """Collects traces and annotations as plain data, in drawing order."""

    def __init__(self) -> None:
        self.traces: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []

    def add_scatter(self, **fields: Any) -> None:
        self.traces.append({"type": "scatter", **fields})

    def add_filled(self, polygons: list[Points], colour: str, pen: dict[str, Any], name: str | None, key: bool) -> None:
        """Faces of one colour as one trace, ``key`` whether the legend names them."""
        xs, ys = path(polygons)
        self.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            fill="toself",
            fillcolor=colour,
            line=pen,
            hoverinfo="skip",
            showlegend=key,
            **({"name": name} if name else {}),
        )

    def add_bar(self, **fields: Any) -> None:
        self.traces.append({"type": "bar", **fields})

    def add_annotation(self, **fields: Any) -> None:
        self.annotations.append(fields)


def path(polygons: list[Points], close: bool = True) -> tuple[list[float | None], list[float | None]]:
    """x and y of lines one after the other, each drawn back to its beginning where it is to ``close``."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for points in polygons:
        loop = [*points, points[0]] if close else points
        xs += [round(x, 1) for x, _ in loop] + [None]
        ys += [round(y, 1) for _, y in loop] + [None]
    return xs, ys
