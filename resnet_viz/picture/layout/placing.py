"""Where do the columns and lanes of a graph stand?  As near to each other as what is in them leaves room for."""

from __future__ import annotations

from collections.abc import Sequence

from .cells import Plan
from .graph import Edge
from .scene import GAP, LINE, text_width

NEAR = 4.0  # between a sign and a volume at network level


class Places:
    """Left and right end of each column, the height of each lane, and the floor under the main one."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.nodes, self.cells, self.grid = plan, plan.nodes, plan.cells, plan.grid
        self.columns, self.lines = plan.columns, plan.lines
        self.column, self.lane = plan.grid.column, plan.grid.lane
        self.main = plan.main
        self.starts, self.ends, self.right = self._columns()
        self.floor = self._heights()

    # ---- columns ---------------------------------------------------------------------------------------------------

    def _columns(self) -> tuple[list[float], list[float], float]:
        """Left and right end of each column, and the right end of all."""
        self.kept_out: set[int] = set()  # runs whose name begins with their first column
        self.turned: set[int] = set()
        gaps, rooms = self._gaps(), [max(self.cells[n].room for n in column) for column in self.columns]
        if self.plan.network or self.plan.level == "stage":
            for run in self.plan.runs():
                first, last = self.column[run[0]], self.column[run[-1]]
                # where lines come from other lanes a name keeps out of the gap before its run
                crossed = self.grid.bands and (self.columns[first] != [run[0]] or first in self.turned)
                own = sum(rooms[first : last + 1]) + sum(gaps[first + bool(crossed) : last + 1])
                slack = text_width(self.plan.run_text(run)) + 10 - own
                if slack > 0:
                    for column in range(first, last + 1):
                        share = slack / (last + 1 - first)
                        gaps[column] += 0.0 if crossed else share / 2
                        rooms[column] += share if crossed else share / 2
                if crossed:
                    self.kept_out.add(run[0])
        starts: list[float] = []
        ends: list[float] = []
        x = 0.0
        for gap, room in zip(gaps, rooms, strict=True):
            starts.append(x + gap)
            x += gap + room
            ends.append(x)
        return starts, ends, x + GAP / 2

    def _gaps(self) -> list[float]:
        lanes, gaps = self.grid.lane, list[float]()
        turns = [0] * (self.grid.columns + 1)  # lines that change lanes before a column
        for edge in self.lines:
            if lanes[edge.source] != lanes[edge.target]:
                woven = edge.source in self.grid.woven or edge.target in self.grid.woven
                turns[self.column[edge.target]] = max(turns[self.column[edge.target]], 2 if woven else 1)
                turns[self.column[edge.source] + 1] = max(turns[self.column[edge.source] + 1], 1)
        before_sign = False
        for number, column in enumerate(self.columns):
            sign = all(self.nodes[n].form != "volume" for n in column)
            gap = (NEAR if self.plan.network else GAP / 2) if sign or before_sign else GAP
            if turns[number]:
                self.turned.add(number)
                gap = max(gap, 30.0 if turns[number] == 2 else 24.0)
            gaps.append(max(gap, *(self.cells[n].lead for n in column)))
            before_sign = sign
        if gaps:
            gaps[0] = max(0.0, *(self.cells[n].lead for n in self.columns[0]))
        return gaps

    # ---- lanes -----------------------------------------------------------------------------------------------------

    def _heights(self) -> float:
        """The height of each node's line, and the floor under the main lane."""
        volumes = [self.cells[n] for n in self.main if self.cells[n].box is not None]
        floor = -max((cell.box.height / 2 for cell in volumes if cell.box), default=10.0) - 10
        if any(self.nodes[n].note for n in self.main):
            floor -= LINE + 4
        below = floor - 6 - LINE * max((len(self.cells[n].under) for n in self.main), default=0)
        below = min(below, *(-self.cells[n].down for n in self.main), 0.0)
        texts = [self.plan.run_text(run) for run in self.plan.runs()]
        below = min(below, floor - 6 - LINE * max(map(len, texts), default=0))
        for first, last in merged(self.grid.bands):
            inside = [n for column in self.columns[first : last + 1] for n in column]
            lanes = sorted({self.lane[n] for n in inside})
            arched = [
                (self.lane[arc.source], self.column[arc.source], self.column[arc.target])
                for arc in self.all_arcs()
                if self.within_band(arc, first, last)
            ]
            up = {lane: max(self.cells[n].up for n in inside if self.lane[n] == lane) for lane in lanes}
            down = {lane: max(self.cells[n].down for n in inside if self.lane[n] == lane) for lane in lanes}
            for lane in lanes:
                spans = [(start, stop) for known, start, stop in arched if known == lane]
                deepest = max((sum(a <= c < b for a, b in spans) for c in range(first - 1, last + 1)), default=0)
                up[lane] += 20 + 13 * deepest if deepest and (lane or len(lanes) > 1) else 0
            high = self._main_top(first, last, up)
            for lane in (lane for lane in lanes if lane > 0):
                middle = high + 12 + down[lane]
                high = middle + up[lane]
                self._lift(inside, lane, middle)
            low = below
            for lane in (lane for lane in reversed(lanes) if lane < 0):
                middle = low - 12 - up[lane]
                low = middle - down[lane]
                self._lift(inside, lane, middle)
        return floor

    def all_arcs(self) -> list[Edge]:
        """Arcs, and lines that must go over a volume of their own lane."""
        lanes, columns = self.grid.lane, self.grid.column
        return [
            *(edge for edge in self.plan.arcs if lanes[edge.source] == lanes[edge.target]),
            *(
                Edge(n.hang_from, i, n.hang_kind)
                for i, n in enumerate(self.nodes)
                if n.hang and not self.plan.hangs(i) and lanes[n.hang_from] == lanes[i]
            ),
            *(
                edge
                for edge in self.lines
                if lanes[edge.source] == lanes[edge.target]
                and not self.plan.free(lanes[edge.source], columns[edge.source] + 1, columns[edge.target] - 1)
            ),
        ]

    def within_band(self, edge: Edge, first: int, last: int) -> bool:
        """Whether an arc stays with its lane, in columns that hold several."""
        one, two = self.column[edge.source], self.column[edge.target]
        if self.lane[edge.source] != self.lane[edge.target]:
            return False
        return first <= one and two <= last + 1 if self.lane[edge.source] == 0 else first - 1 <= one <= last

    def _main_top(self, first: int, last: int, up: dict[int, float]) -> float:
        high = up.get(0, 0.0)
        for number in self.main:
            column, cell = self.column[number], self.cells[number]
            if first - 1 <= column <= last + 1:
                high = max(high, cell.up)
        return high

    def _lift(self, inside: list[int], lane: int, y: float) -> None:
        for number in inside:
            if self.lane[number] == lane:
                self.cells[number].y = y


def merged(bands: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Bands that share or touch columns as one."""
    made: list[tuple[int, int]] = []
    for first, last in sorted(bands):
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return made
