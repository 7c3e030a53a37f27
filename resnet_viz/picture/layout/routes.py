"""Which way does each line of a graph take?  Straight where it can, over or under what lies between where it must."""

from __future__ import annotations

from dataclasses import replace

from .canvas import Canvas
from .cells import Plan
from .curves import Point, Way, arc, curve, drop, rounded, without_doubles
from .graph import Edge
from .placing import Places, merged
from .scene import LINE


class Routes:
    """Draws the lines of a graph whose volumes and signs are drawn."""

    def __init__(self, plan: Plan, places: Places) -> None:
        self.plan, self.places = plan, places
        self.canvas: Canvas = plan.canvas
        self.nodes, self.cells, self.grid = plan.nodes, plan.cells, plan.grid
        self.columns, self.lines = plan.columns, plan.lines
        self.column, self.lane = plan.grid.column, plan.grid.lane
        self.starts, self.ends = places.starts, places.ends
        self.tops = self._tops()
        self.lane_tops = {(self.column[n], self.lane[n]): cell.y + cell.up for n, cell in enumerate(self.cells)}

    def draw(self) -> None:
        """Lines, then arcs and shortcuts, the shorter first, so that the longer go over them."""
        arcs = self.places.all_arcs()
        for edge in (*self.lines, *self.plan.arcs):
            if edge not in arcs:
                self._line(edge)
        over = [(self.column[edge.target] - self.column[edge.source], 1, edge) for edge in arcs]
        for number, node in enumerate(self.nodes):
            if node.hang and self.plan.hangs(number):
                span = self.column[number] - self.column[node.hang_from]
                over.append((span, 0, Edge(node.hang_from, number, node.hang_kind)))
            if node.fan:
                self._fan(number)
        for _, arched, edge in sorted(over):
            if arched:
                self._arc(edge)
            else:
                self._hang(edge.target)

    def _tops(self) -> list[float]:
        """How high each column reaches, in all lanes."""
        tops = [0.0] * self.grid.columns
        for column, numbers in enumerate(self.columns):
            tops[column] = max(self.cells[n].y + self.cells[n].up for n in numbers)
        return tops

    def _out(self, number: int) -> Point:
        cell = self.cells[number]
        return (cell.box.right, cell.y) if cell.box is not None else (cell.x + 8, cell.y)

    def _into(self, number: int) -> Point:
        cell = self.cells[number]
        return (cell.box.left, cell.y) if cell.box is not None else (cell.x - 8, cell.y)

    def _line(self, edge: Edge) -> None:
        source, target, kind = edge
        (a, b), (one, two) = (self.lane[source], self.lane[target]), (self.column[source], self.column[target])  # fmt: skip
        ends = (self.nodes[source].step, self.nodes[target].step)
        start, end = self._out(source), self._into(target)
        sign = self.cells[target].box is None
        x, y = self.cells[target].x, self.cells[target].y
        after, before = self.ends[one] + 10, self.starts[two] - 8
        high = max(self.tops[one : two + 1]) + 12
        low = min(box.bottom for box in self.canvas.boxes) - 12
        into_sign = (start, (x, start[1]), (x, y + (9 if start[1] > y else -9)))
        turned = (start, (after, start[1]), (after, end[1]), end)
        late = (start, *curve((self.ends[two - 1], start[1]), (self.starts[two], end[1])), end)
        early = (start, *curve((self.ends[one], start[1]), (self.starts[one + 1], end[1])), end)
        woven = source in self.grid.woven
        ways: list[Way] = []
        if a == b and self.plan.free(a, one + 1, two - 1):
            ways.append((start, end))
        if sign and self.plan.free(a, one + 1, two) and not (woven and target in self.grid.woven):
            ways.append(into_sign)
        if not woven and self.plan.free(b, one + 1, two - 1):
            ways.append(turned)
        if self.plan.free(a, one + 1, two - 1):
            ways.append(late)
        if self.plan.free(b, one + 1, two - 1):
            ways.append(early)
        ways += [
            (start, (after, start[1]), (after, level), (before, level), (before, end[1]), end) for level in (high, low)
        ]
        points = next((way for way in ways if self.canvas.clear(way, ends)), ways[-2])
        if points in ways[-2:-1]:
            self.tops[one + 1 : two] = [high] * (two - one - 1)
        self.canvas.join(*ends, without_doubles(points), kind, arrow=not sign or len(points) > 2)

    def _band(self, edge: Edge) -> tuple[int, int] | None:
        """The columns of several lanes that an arc stays within."""
        return next((band for band in merged(self.grid.bands) if self.places.within_band(edge, *band)), None)

    def _arc(self, edge: Edge) -> None:
        """Over all that lies between, from the top of a volume or the line just after a sign."""
        source, target, kind = edge
        one, two = self.column[source], self.column[target]
        from_box, to_box = self.cells[source].box, self.cells[target].box
        lane_a, lane_b = self.lane[source], self.lane[target]
        x, y = self.cells[target].x, self.cells[target].y
        start = (
            (from_box.middle, from_box.top)
            if from_box is not None
            else (self.cells[source].x + (9 if self.plan.network else 12), self.cells[source].y)
        )
        barred = self._band(edge) is None and any(self.lane[n] > lane_a for n in self.columns[one])
        if from_box is not None and (self.cells[source].words or barred):  # its words or another lane are over it
            start = (self.ends[one] + 5, self.cells[source].y)
        elif from_box is not None and kind == "skip" and not to_box:
            start = (start[0] + 5, start[1])  # beside a shortcut that may begin there too
        end = (x, y + (7 if self.plan.network else 9))
        steps = (self.nodes[source].step, self.nodes[target].step)
        inner = range(one + 1, two)
        band = self._band(edge)
        if band is not None and (lane_a or any(self.lane[n] > 0 for c in range(one, two + 1) for n in self.columns[c])):
            keys = [(c, lane_a) for c in range(one, two + 1)]
            roof = max(self.lane_tops[key] for key in keys if key in self.lane_tops) + 10
            self.lane_tops |= dict.fromkeys(keys, roof)
        else:
            # over the columns that it passes, and over what has been drawn there
            passed = [*inner]
            roof = max([start[1], end[1] + 14, *(self.tops[c] for c in passed)]) + 14
            for column in passed:
                self.tops[column] = max(self.tops[column], roof)
            if passed:
                self.tops[one] = max(self.tops[one], start[1])
        if to_box is not None:
            side = to_box.left - 7
            end_y = y + min(to_box.height / 4, 10)
            points = (*rounded(start, (side, end_y + 8), roof), (side, end_y), (to_box.left, end_y))
        elif not inner and from_box is not None:
            points = arc(start, end, max(start[1], end[1]) + 22)
            self.tops[two] = max(self.tops[two], start[1] + 30)
        else:
            points = rounded(start, end, roof)
        if from_box is not None and start[0] > from_box.right:  # where the column is wider than the volume
            points = (self._out(source), *points)
        self.canvas.join(*steps, points, kind)
        node = self.nodes[target]
        if node.hang and lane_a == lane_b == 0 and inner and kind == node.hang_kind:  # what the way does, over its line
            words = (self.plan.way_words(node),)
            high = roof + LINE + 2
            self.canvas.write((start[0] + end[0]) / 2, high, words, kind=kind)
            for column in inner:
                self.tops[column] = max(self.tops[column], high)

    def _hang(self, number: int) -> None:
        """A projection's volume over its sum."""
        node, cell = self.nodes[number], self.cells[number]
        source = self.cells[node.hang_from]
        one, two = self.column[node.hang_from], self.column[number]
        steps = tuple(self.plan.trace.steps[index] for index in node.hang)
        made = self.plan.volume(node.hang[-1], node.role, True)
        start = (
            (source.box.middle, source.box.top)
            if source.box is not None
            else (source.x + (9 if self.plan.network else 12), source.y)
        )
        near = self.columns[two + 1] if two + 1 < len(self.columns) else []
        tops = [
            start[1],
            *(self.tops[c] for c in range(one + 1, two + 1)),
            *(self.cells[n].y + self.cells[n].up for n in near),
        ]
        low = max(tops) + 16
        made = replace(made, x=cell.x - (made.right - made.left) / 2, y=low + made.height / 2)
        self.canvas.boxes.append(made)
        kind, last = node.hang_kind, steps[-1].index
        far = two - one > 1
        way = (
            (start, (start[0], made.y), (made.left, made.y))
            if far
            else arc(start, (made.left, made.y), made.y, corner=True)
        )
        if far:
            # from a lower lane the way up may be barred, and the gap behind the volume free
            out, gap = self._out(node.hang_from), self.ends[one] + 10
            beside = (out, (gap, out[1]), (gap, made.y), (made.left, made.y))
            ends = (self.nodes[node.hang_from].step, last)
            if not self.canvas.clear(way[:2], ends) and self.canvas.clear(beside, ends):
                way = beside
        self.canvas.join(self.nodes[node.hang_from].step, last, way, kind)
        end = (cell.x, cell.y + (7 if self.plan.network else 9))
        self.canvas.join(last, node.step, drop((made.left + made.width / 2, made.bottom), end, low), kind)
        self.canvas.write(made.middle, made.top + LINE + 3, (self.plan.way_words(node),), kind=kind)
        self.tops[two] = max(self.tops[two], made.top + LINE + 6)
        if (two, 0) in self.lane_tops:
            self.lane_tops[two, 0] = max(self.lane_tops[two, 0], made.top + LINE + 6)
        for column in range(one + 1, two):
            self.tops[column] = max(self.tops[column], made.y)

    def _fan(self, number: int) -> None:
        """Ways beside each other as so many bent lines to the sign."""
        node, cell = self.nodes[number], self.cells[number]
        edge = next(edge for edge in self.lines if edge.target == number)
        start, end = self._out(edge.source), (cell.x - 8, cell.y)
        self.canvas.links = [link for link in self.canvas.links if link.target != node.step or link.kind != "main"]
        shown = min(node.fan, 6)
        for way in range(shown):
            bow = (way - (shown - 1) / 2) * 14
            points = tuple(
                (
                    start[0] + (end[0] - start[0]) * t / 12,
                    start[1] + (end[1] - start[1]) * t / 12 + bow * 4 * (t / 12) * (1 - t / 12),
                )
                for t in range(13)
            )
            self.canvas.join(self.nodes[edge.source].step, node.step, points, arrow=False)
