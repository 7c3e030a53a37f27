"""Any part of any network: what the graph holds, set out in columns and lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..steps import Activation, Conv, Norm, Part, Step, Trace
from ..steps.joins import heavy
from ..why.shape import is_map_to_map
from ..wording import plural
from .axes import Extent, extents
from .block import EQUAL, formula_words
from .graph import Detail, Edge, Graph, GraphMaker, Node, Structure, network_atoms, part_atoms, runs_of
from .lanes import Grid, grid_of
from .network import arc, drop, way_text
from .parts import NAME, common_prefix, cut, short_name
from .scene import GAP, LINE, Box, Label, Link, LinkKind, Measure, Plus, Scene, kernel_box, text_width
from .words import few_words

WIDEST = 1600.0  # px; no network is drawn wider unless it is unfolded
MOST_DRAWN = 70  # volumes and signs of a part, beyond which its own parts are single volumes
SHORT = 14  # letters of a name among many
ROOM = 1250.0  # px that a network of any kind is squeezed to where it can
LEAST = 0.5  # and by how much at most, before less is drawn
SIGN = 14.0  # px of a sign's column
NEAR = 4.0  # between a sign and a volume at network level
NOTES = {
    "plate": "a row of tokens or a signal is a plate as high as a square map of as many cells, and not to scale",
    "solid": "of a volume D×H×W the picture shows H and W",
}
# From fine to coarse, until the network is narrow enough.
_NETWORK = (
    Detail(),
    Detail(fold_over=5, keep=1),
    Detail(fold_over=3, keep=1, gates=False),
    Detail(fold_over=8, gates=False, inner=False),
    Detail(fold_over=3, keep=1, gates=False, inner=False),
    Detail(fold_over=3, keep=1, gates=False, opened=False),
    Detail(fold_over=3, keep=1, gates=False, opened=False, blocks=False),
    *(Detail(2, 1, False, False, False, False, most) for most in (24, 16, 10)),
)
_PART = (Detail(), Detail(fold_over=3, keep=1), Detail(fold_over=3, keep=1, blocks=False), *(Detail(3, 1, True, True, True, False, most) for most in (60, 40, 20)))  # fmt: skip


def any_network(trace: Trace, measure: Measure, unfold: bool = False) -> Scene:
    """The network level of any network; ``unfold`` shows every block."""
    structure, known = Structure(trace), extents(trace)
    details = (Detail(fold_over=len(trace.steps)),) if unfold else _NETWORK
    scene: Scene | None = None
    for detail in details:
        graph = GraphMaker(structure, "network", detail).make(network_atoms(structure, detail))
        least = LEAST if detail.inner and detail is not details[-1] else 0.3
        squeeze = 1.0
        while True:
            picture = _Picture(trace, structure, known, measure, graph, "network", trace.parts, squeeze)
            width = picture.width()
            if width <= ROOM or squeeze <= least:
                break
            squeeze = max(least, squeeze - max(0.05, 0.05 * int((width - ROOM) / ROOM * 4)))
        if width <= WIDEST or detail is details[-1]:
            scene = picture.scene()
            break
    assert scene is not None
    return scene


def any_part(trace: Trace, measure: Measure, part: Part, level: str, unfold: bool = False) -> Scene:
    """The stage or block level of any part: each of its operations, or, of many, its parts."""
    structure, known = Structure(trace), extents(trace)
    details = (Detail(fold_over=len(trace.steps)),) if unfold else _PART
    graph = Graph()
    for detail in details:
        graph = GraphMaker(structure, level, detail).make(part_atoms(structure, part, detail))
        if len(graph.nodes) <= MOST_DRAWN:
            break
    return _Picture(trace, structure, known, measure, graph, level, part, 1.0).scene()


@dataclass(slots=True)
class _Cell:
    """What a node needs around it: room along the flow, and over and under the line."""

    box: Box | None
    words: tuple[str, ...] = ()  # over the volume, or on the arrow that leads to it
    under: tuple[str, ...] = ()
    lead: float = 0.0  # room before it, on the arrow
    room: float = 0.0
    up: float = 0.0
    down: float = 0.0
    x: float = 0.0  # the middle
    y: float = 0.0


@dataclass(slots=True)
class _Sheet:
    boxes: list[Box] = field(default_factory=list[Box])
    links: list[Link] = field(default_factory=list[Link])
    labels: list[Label] = field(default_factory=list[Label])
    pluses: list[Plus] = field(default_factory=list[Plus])
    brackets: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])
    kernels: list[Box] = field(default_factory=list[Box])


class _Picture:
    """One graph at one squeeze."""

    def __init__(
        self,
        trace: Trace,
        structure: Structure,
        known: Sequence[Extent],
        measure: Measure,
        graph: Graph,
        level: str,
        part: Part,
        squeeze: float,
    ) -> None:
        self.trace, self.structure, self.extents, self.measure = trace, structure, known, measure
        self.graph, self.nodes, self.level, self.part, self.squeeze = graph, graph.nodes, level, part, squeeze
        self.network = level == "network"
        self.prefix = common_prefix(trace)
        self.lines, self.arcs = self._lines_and_arcs()
        self.grid = self._grid()
        self.columns: list[list[int]] = [[] for _ in range(self.grid.columns)]
        for number, column in enumerate(self.grid.column):
            self.columns[column].append(number)
        self.cells = [self._cell(number) for number in range(len(self.nodes))]
        self.at = {(self.grid.column[n], self.grid.lane[n]): n for n in range(len(self.nodes))}
        self.main = sorted(
            (n for n in range(len(self.nodes)) if self.grid.lane[n] == 0), key=lambda n: self.grid.column[n]
        )
        self._name_lanes()
        self.starts, self.ends, self.right = self._columns()

    # ---- what is a line and what an arc ----------------------------------------------------------------------------

    def _lines_and_arcs(self) -> tuple[list[Edge], list[Edge]]:
        lines = [edge for edge in self.graph.edges if edge.kind not in ("identity", "skip")]
        arcs = [edge for edge in self.graph.edges if edge.kind in ("identity", "skip")]
        fed = {edge.target for edge in lines}
        for edge in sorted(arcs, key=lambda edge: edge.source - edge.target, reverse=True):
            if edge.target not in fed:  # nothing else leads there: the nearest is the main line
                fed.add(edge.target)
                lines.append(edge._replace(kind="main") if edge.kind == "skip" else edge)
                arcs.remove(edge)
        return lines, arcs

    def _grid(self) -> Grid:
        steps = self.trace.steps

        def size(number: int) -> float:
            found = self.extents[self.nodes[number].step]
            return round(found.rows * found.columns if found.form in ("map", "solid") else found.rows**2, 3)

        def prefers(number: int) -> int:
            node = self.nodes[number]
            return 0 if not node.aside else -1 if steps[node.step].path == "gate" else 1

        lines = [(edge.source, edge.target) for edge in self.lines]
        return grid_of(len(self.nodes), lines, [(edge.source, edge.target) for edge in self.arcs], size, prefers)

    # ---- what each node needs ------------------------------------------------------------------------------------

    def _cell(self, number: int) -> _Cell:
        node = self.nodes[number]
        step = self.trace.steps[node.step]
        if node.form != "volume":
            return self._sign_cell(number, node, step)
        box = self._volume(node.step, node.role, node.aside)
        span = box.right - box.left
        cell = _Cell(box, room=span, up=box.top, down=box.height / 2)
        if node.note:
            cell.room = max(cell.room, text_width((node.note,)) + 8)
            cell.down += LINE + 3 if self.grid.lane[number] else 0
        if self.network:
            return cell
        shape = self.extents[node.step].words
        if node.source or node.run.startswith("out: "):
            side, _, name = node.run.partition(": ")
            cell.under = (f"{side}: {cut(self._short(step, name), NAME)}", shape)
        elif node.block is not None:
            cell.under = (self._brief(node.block.title), shape)
        elif self.level == "block" or node.part is None:
            name = cut(self._short(step, step.name), NAME)
            cell.under = (name, shape, *(self._then(step) if self.level == "block" else ()))
        if self.level == "block" and not node.source and not node.run.startswith("out: ") and node.block is None:
            gate = step.path == "gate" or not is_map_to_map(step)
            few = (few_words(step),)
            cell.words = few if gate or few[0].startswith("global") else formula_words(step) or few
            cell.lead = text_width(cell.words) + 34
            cell.up = max(cell.up, 8 + LINE * len(cell.words))
            if isinstance(step.op, Conv) and not gate:
                kernel = kernel_box(step, step.inputs[0][1] // step.op.groups, 0, -10)
                cell.down = max(cell.down, 8 - kernel.bottom + 2 * LINE)
                cell.lead = max(cell.lead, text_width(self._kernel_words(step)) + 34, kernel.width + kernel.dx + 34)
        elif self.level == "stage" and not node.source and not node.run.startswith("out: ") and node.block is None:
            cell.words = (few_words(step),)
            cell.room = max(cell.room, text_width(cell.words) + 8)
            cell.up += LINE + 3
        if cell.under:
            cell.room = max(cell.room, text_width(cell.under) + 10)
            if self.grid.lane[number]:
                cell.down = max(cell.down, cell.box.height / 2 if cell.box else 0.0) + 4 + LINE * len(cell.under)
        return cell

    def _sign_cell(self, number: int, node: Node, step: Step) -> _Cell:
        cell = _Cell(None, room=SIGN, up=10, down=10)
        if node.hang:
            box = self._volume(node.hang[-1], node.role, True)
            words = self._way_words(node)
            if self._hangs(number):
                cell.room = max(SIGN, box.right - box.left + 8, text_width((words,)) + 8)
        if node.fan:
            cell.lead = 18 + 6 * min(node.fan, 6)
            cell.up = cell.down = 8 + 7 * min(node.fan, 6)
        if node.more:
            cell.under = (f"+ {node.more} more",)
        if self.level == "block":
            cell.under = (*self._sum_words(node, step), *cell.under)
        if cell.under:
            cell.room = max(cell.room, 2 * (text_width(cell.under) + 14))
            cell.down = max(cell.down, 6 + LINE * len(cell.under))
        return cell

    def _sum_words(self, node: Node, step: Step) -> tuple[str, ...]:
        shapes = [self.extents[read].words for read in step.reads]
        if node.form == "sum":
            return (*(("" if i == 0 else "+ ") + shape for i, shape in enumerate(shapes[:3])), EQUAL)
        if node.form == "gate":
            return ("each number", "× its gate") if step.kind == "multiply" else ("each channel", "× its gate")
        axis = getattr(step.op, "axis", 1)
        widths = [shape[axis] for shape in step.inputs if -len(shape) <= axis < len(shape)]
        shown = " + ".join(map(str, widths[:5])) + (" + …" if len(widths) > 5 else "")
        return (shown, f"= {step.output[axis]}") if widths and axis < len(step.output) else ("put together",)

    def _short(self, step: Step, name: str) -> str:
        return short_name(step, self.part) if step.index in self.part.steps else name

    def _then(self, step: Step) -> tuple[str, ...]:
        """What follows and keeps the shape."""
        names: list[str] = []
        at = step
        while True:
            after = self.structure.readers[at.index]
            quiet = [i for i in after if isinstance(self.trace.steps[i].op, Norm | Activation)]
            if len(quiet) != 1 or quiet[0] >= self.part.stop:
                break
            at = self.trace.steps[quiet[0]]
            last = short_name(at, self.part).rpartition(".")[2]
            names.append(at.kind if last.isdecimal() else last.partition("#")[0])
        return (cut("then " + ", ".join(names), NAME + 8),) if names else ()

    def _kernel_words(self, step: Step) -> tuple[str, str]:
        op = step.op
        assert isinstance(op, Conv)
        return f"{op.kernel[0]}×{op.kernel[1]}×{step.inputs[0][1] // op.groups}", f"× {step.output[1]}"

    def _volume(self, index: int, role: str, aside: bool = False) -> Box:
        return self.measure.volume(self.trace.steps[index], role, self.squeeze, aside=aside, extent=self.extents[index])

    def _name_lanes(self) -> None:
        """At network level the first volume of each run in a lane beside the main one has its shape under it."""
        if not self.network:
            return
        lanes: dict[int, list[int]] = {}
        for number, lane in enumerate(self.grid.lane):
            if lane and self.nodes[number].form == "volume":
                lanes.setdefault(lane, []).append(number)
        for numbers in lanes.values():
            numbers.sort(key=lambda n: self.grid.column[n])
            last = ""
            for number in numbers:
                node, cell = self.nodes[number], self.cells[number]
                words = self.extents[node.step].words
                if node.part is None:
                    cell.under = (self._brief(self.trace.steps[node.step].name), words)
                elif words != last:
                    cell.under = (words,)
                last = words
                if cell.under:
                    cell.room = max(cell.room, text_width(cell.under) + 8)
                    cell.down += LINE * len(cell.under) + 4

    # ---- columns ---------------------------------------------------------------------------------------------------

    def _columns(self) -> tuple[list[float], list[float], float]:
        """Left and right end of each column, and the right end of all."""
        self.kept_out: set[int] = set()  # runs whose name begins with their first column
        self.turned: set[int] = set()
        gaps, rooms = self._gaps(), [max(self.cells[n].room for n in column) for column in self.columns]
        if self.network or self.level == "stage":
            for run in self._runs():
                first, last = self.grid.column[run[0]], self.grid.column[run[-1]]
                # where lines come from other lanes a name keeps out of the gap before its run
                crossed = self.grid.bands and (self.columns[first] != [run[0]] or first in self.turned)
                own = sum(rooms[first : last + 1]) + sum(gaps[first + bool(crossed) : last + 1])
                slack = text_width(self._run_text(run)) + 10 - own
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
                turns[self.grid.column[edge.target]] = max(turns[self.grid.column[edge.target]], 2 if woven else 1)
                turns[self.grid.column[edge.source] + 1] = max(turns[self.grid.column[edge.source] + 1], 1)
        before_sign = False
        for number, column in enumerate(self.columns):
            sign = all(self.nodes[n].form != "volume" for n in column)
            gap = (NEAR if self.network else GAP / 2) if sign or before_sign else GAP
            if turns[number]:
                self.turned.add(number)
                gap = max(gap, 30.0 if turns[number] == 2 else 24.0)
            gaps.append(max(gap, *(self.cells[n].lead for n in column)))
            before_sign = sign
        if gaps:
            gaps[0] = max(0.0, *(self.cells[n].lead for n in self.columns[0]))
        return gaps

    def width(self) -> float:
        """How wide the scene will be."""
        return max(self.right + 24, 492.0)

    def _runs(self) -> list[list[int]]:
        return [run for run in runs_of(self.nodes, self.main) if self._run_text(run)]

    def _run_text(self, run: list[int]) -> tuple[str, ...]:
        volumes = [n for n in run if self.nodes[n].form == "volume"]
        if not volumes:
            return ()
        node = self.nodes[volumes[-1]]
        step, shape, part = self.trace.steps[node.step], self.extents[node.step].words, node.part
        if not self.network:
            if part is None or all(self.cells[n].under for n in volumes):
                return ()
            if part.kind == "block":
                shape = self.extents[part.stop - 1].words
            return (self._brief(part.title), shape)
        alone = len(volumes) == 1 and not node.folded and not (part and part.parts)
        if part is None or part.kind != "stage" or alone:
            if node.block is not None:
                return (self._brief(node.block.title), shape)
            words = "" if step.kind in ("input", "linear", "mean", "attention") else few_words(step)
            name = step.name.removeprefix(self.prefix)
            if len(name) > SHORT and "." not in name:  # what a function is called at length
                return (few_words(step), shape)
            return (self._brief(name), shape, *((words,) if words and node.role != "head" else ()))
        blocks = sum(child.kind == "block" for child in part.parts)
        if blocks:
            if len(part.parts) == 1:
                return (self._brief(part.parts[0].title), shape)
            return (self._brief(part.title), shape, plural(blocks, "block"))
        count = sum(heavy(known) for known in self.trace.steps[part.start : part.stop])
        return (self._brief(part.title), shape, *((plural(count, "layer"),) if count > 1 else ()))

    def _brief(self, title: str) -> str:
        return cut(title.removeprefix(self.prefix), SHORT if self.network else NAME)

    # ---- lanes -----------------------------------------------------------------------------------------------------

    def _heights(self) -> float:
        """The height of each node's line, and the floor under the main lane."""
        volumes = [self.cells[n] for n in self.main if self.cells[n].box is not None]
        floor = -max((cell.box.height / 2 for cell in volumes if cell.box), default=10.0) - 10
        if any(self.nodes[n].note for n in self.main):
            floor -= LINE + 4
        below = floor - 6 - LINE * max((len(self.cells[n].under) for n in self.main), default=0)
        below = min(below, *(-self.cells[n].down for n in self.main), 0.0)
        texts = [self._run_text(run) for run in self._runs()]
        below = min(below, floor - 6 - LINE * max(map(len, texts), default=0))
        for first, last in _merged(self.grid.bands):
            inside = [n for column in self.columns[first : last + 1] for n in column]
            lanes = sorted({self.grid.lane[n] for n in inside})
            arched = [
                (self.grid.lane[arc.source], self.grid.column[arc.source], self.grid.column[arc.target])
                for arc in self._all_arcs()
                if self._within_band(arc, first, last)
            ]
            up = {lane: max(self.cells[n].up for n in inside if self.grid.lane[n] == lane) for lane in lanes}
            down = {lane: max(self.cells[n].down for n in inside if self.grid.lane[n] == lane) for lane in lanes}
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

    def _all_arcs(self) -> list[Edge]:
        """Arcs, and lines that must go over a volume of their own lane."""
        lanes, columns = self.grid.lane, self.grid.column
        return [
            *(edge for edge in self.arcs if lanes[edge.source] == lanes[edge.target]),
            *(
                Edge(n.hang_from, i, n.hang_kind)
                for i, n in enumerate(self.nodes)
                if n.hang and not self._hangs(i) and lanes[n.hang_from] == lanes[i]
            ),
            *(
                edge
                for edge in self.lines
                if lanes[edge.source] == lanes[edge.target]
                and not self._free(lanes[edge.source], columns[edge.source] + 1, columns[edge.target] - 1)
            ),
        ]

    def _within_band(self, edge: Edge, first: int, last: int) -> bool:
        """Whether an arc stays with its lane, in columns that hold several."""
        one, two = self.grid.column[edge.source], self.grid.column[edge.target]
        if self.grid.lane[edge.source] != self.grid.lane[edge.target]:
            return False
        return first <= one and two <= last + 1 if self.grid.lane[edge.source] == 0 else first - 1 <= one <= last

    def _main_top(self, first: int, last: int, up: dict[int, float]) -> float:
        high = up.get(0, 0.0)
        for number in self.main:
            column, cell = self.grid.column[number], self.cells[number]
            if first - 1 <= column <= last + 1:
                high = max(high, cell.up)
        return high

    def _lift(self, inside: list[int], lane: int, y: float) -> None:
        for number in inside:
            if self.grid.lane[number] == lane:
                self.cells[number].y = y

    # ---- the scene -------------------------------------------------------------------------------------------------

    def scene(self) -> Scene:
        """Volumes, signs, lines and words."""
        self.sheet = _Sheet()
        floor = self._heights()
        for number, cell in enumerate(self.cells):
            column = self.grid.column[number]
            cell.x = (self.starts[column] + self.ends[column]) / 2
            self._place(number, floor)
        self._texts(floor)
        self.tops = self._tops()
        self.lane_tops = {
            (self.grid.column[n], self.grid.lane[n]): cell.y + cell.up for n, cell in enumerate(self.cells)
        }
        arcs = self._all_arcs()
        for edge in (*self.lines, *self.arcs):
            if edge not in arcs:
                self._line(edge)
        # the shorter first, so that the longer go over them
        over = [(self.grid.column[edge.target] - self.grid.column[edge.source], 1, edge) for edge in arcs]
        for number, node in enumerate(self.nodes):
            if node.hang and self._hangs(number):
                span = self.grid.column[number] - self.grid.column[node.hang_from]
                over.append((span, 0, Edge(node.hang_from, number, node.hang_kind)))
            if node.fan:
                self._fan(number)
        for _, arched, edge in sorted(over):
            if arched:
                self._arc(edge)
            else:
                self._hang(edge.target)
        return self._finished()

    def _finished(self) -> Scene:
        sheet = self.sheet
        boxes = sorted(sheet.boxes, key=lambda box: (box.aside, box.step))
        xs = [0.0, self.right, *(label.rect[0] for label in sheet.labels), *(label.rect[2] for label in sheet.labels)]
        ys = [
            *(box.top for box in boxes), *(label.y for label in sheet.labels), 12.0, *(plus.y + 12 for plus in sheet.pluses),
            *(y for link in sheet.links for _, y in link.points),
        ]  # fmt: skip
        lows = [
            *(box.bottom for box in (*boxes, *sheet.kernels)), *(label.rect[1] for label in sheet.labels), -12.0,
            *(plus.y - 12 for plus in sheet.pluses), *(y for link in sheet.links for _, y in link.points),
        ]  # fmt: skip
        forms = {self.extents[box.step].form for box in boxes}
        shape = self.trace.steps[0].output
        if self.network:
            title = "×".join(map(str, shape))
        else:
            blocks = sum(child.kind == "block" for child in self.part.parts)
            title = self.part.title + (f", {plural(blocks, 'block')}" if blocks else "")
        return Scene(
            title,
            self.level,
            tuple(boxes),
            tuple(sheet.links),
            tuple(sheet.labels),
            tuple(sheet.pluses),
            tuple(sheet.brackets),
            (min(xs) - 12, min(lows) - 6, max(max(xs) + 12, 480), max(ys) + 10),
            tuple(sheet.kernels),
            squeeze=self.squeeze,
            span=(self.part.start, self.part.stop),
            notes=tuple(text for form, text in NOTES.items() if form in forms),
        )

    def _place(self, number: int, floor: float) -> None:
        node, cell = self.nodes[number], self.cells[number]
        lane = self.grid.lane[number]
        if cell.box is None:
            if cell.under:
                cell.x = self.starts[self.grid.column[number]] + cell.room / 2
                place = cell.x + 14 + text_width(cell.under) / 2
                self.sheet.labels.append(Label(place, cell.y - 6, cell.under))
            self.sheet.pluses.append(Plus(node.step, cell.x, cell.y, form=node.form))  # type: ignore[arg-type]
            return
        span = cell.box.right - cell.box.left
        cell.box = box = replace(cell.box, x=cell.x - span / 2, y=cell.y, folded=node.folded, covers=node.covers)
        self.sheet.boxes.append(box)
        if node.note:
            self.sheet.labels.append(Label(box.middle, box.bottom - 3, (node.note,)))
        below = floor - 6 if lane == 0 else box.bottom - 4 - (LINE if node.note else 0)
        if cell.under:
            kind: LinkKind = self._aside(node) if node.aside else "main"
            strong = len(cell.under) > 1 or not self.network
            self.sheet.labels.append(Label(box.middle, below, cell.under, strong=strong, kind=kind))
        if cell.words and self.level == "stage":
            self.sheet.labels.append(Label(box.middle, box.top + LINE + 3, cell.words))
        elif cell.words:
            column = self.grid.column[number]
            middle = ((self.ends[column - 1] if column else 0.0) + 20 + self.starts[column] - 8) / 2
            kind = self._aside(node) if node.aside else "main"
            self.sheet.labels.append(Label(middle, cell.y + 8 + LINE * len(cell.words), cell.words, kind=kind))
            step = self.trace.steps[node.step]
            if isinstance(step.op, Conv) and is_map_to_map(step) and step.path != "gate":
                kernel = kernel_box(step, step.inputs[0][1] // step.op.groups, middle, cell.y - 10)
                self.sheet.kernels.append(kernel)
                self.sheet.labels.append(Label(middle, kernel.bottom - 3, self._kernel_words(step), kind=kind))

    def _aside(self, node: Node) -> LinkKind:
        step = self.trace.steps[node.step]
        return "gate" if step.path == "gate" else "zero-pad" if step.kind == "pad" else "projection"

    def _texts(self, floor: float) -> None:
        """Brackets and names under the main lane."""
        for run in self._runs():
            boxes = [cell.box for n in run if (cell := self.cells[n]).box is not None]
            left, right = min(box.left for box in boxes if box), max(box.right for box in boxes if box)
            text = self._run_text(run)
            first, last = self.grid.column[run[0]], self.grid.column[run[-1]]
            start = self.starts[first] if run[0] in self.kept_out else self.ends[first - 1] if first else 0.0
            self.sheet.brackets.append((left, right, floor))
            half = text_width(text) / 2 + 2
            centre = min(max((left + right) / 2, start + half), max(self.ends[last] - half, start + half))
            self.sheet.labels.append(Label(centre, floor - 6, text, strong=True))

    # ---- lines -----------------------------------------------------------------------------------------------------

    def _tops(self) -> list[float]:
        """How high each column reaches, in all lanes."""
        tops = [0.0] * self.grid.columns
        for column, numbers in enumerate(self.columns):
            tops[column] = max(self.cells[n].y + self.cells[n].up for n in numbers)
        return tops

    def _out(self, number: int) -> tuple[float, float]:
        cell = self.cells[number]
        return (cell.box.right, cell.y) if cell.box is not None else (cell.x + 8, cell.y)

    def _into(self, number: int) -> tuple[float, float]:
        cell = self.cells[number]
        return (cell.box.left, cell.y) if cell.box is not None else (cell.x - 8, cell.y)

    def _free(self, lane: int, first: int, last: int) -> bool:
        """Whether a lane holds nothing from column ``first`` to ``last``."""
        return all((column, lane) not in self.at for column in range(first, last + 1))

    def _line(self, edge: Edge) -> None:
        source, target, kind = edge
        (a, b), (one, two) = (self.grid.lane[source], self.grid.lane[target]), (self.grid.column[source], self.grid.column[target])  # fmt: skip
        start, end = self._out(source), self._into(target)
        sign = self.cells[target].box is None
        x, y = self.cells[target].x, self.cells[target].y
        after, before = self.ends[one] + 10, self.starts[two] - 8
        high = max(self.tops[one : two + 1]) + 12
        low = min(box.bottom for box in self.sheet.boxes) - 12
        into_sign = (start, (x, start[1]), (x, y + (9 if start[1] > y else -9)))
        turned = (start, (after, start[1]), (after, end[1]), end)
        late = (start, *_curve((self.ends[two - 1], start[1]), (self.starts[two], end[1])), end)
        early = (start, *_curve((self.ends[one], start[1]), (self.starts[one + 1], end[1])), end)
        woven = source in self.grid.woven
        ways: list[tuple[tuple[float, float], ...]] = []
        if a == b and self._free(a, one + 1, two - 1):
            ways.append((start, end))
        if sign and self._free(a, one + 1, two) and not (woven and target in self.grid.woven):
            ways.append(into_sign)
        if not woven and self._free(b, one + 1, two - 1):
            ways.append(turned)
        if self._free(a, one + 1, two - 1):
            ways.append(late)
        if self._free(b, one + 1, two - 1):
            ways.append(early)
        ways += [
            (start, (after, start[1]), (after, level), (before, level), (before, end[1]), end) for level in (high, low)
        ]
        points = next((way for way in ways if self._clear(way, source, target)), ways[-2])
        if points in ways[-2:-1]:
            self.tops[one + 1 : two] = [high] * (two - one - 1)
        self.sheet.links.append(
            Link(
                self.nodes[source].step,
                self.nodes[target].step,
                kind,
                _without_doubles(points),
                arrow=not sign or len(points) > 2,
            )
        )

    def _clear(self, points: Sequence[tuple[float, float]], source: int, target: int) -> bool:
        """Whether a way goes through no volume but those that it joins."""
        ends = (self.nodes[source].step, self.nodes[target].step)
        boxes = [box for box in self.sheet.boxes if box.step not in ends]
        for (x0, y0), (x1, y1) in pairwise(points):
            left, right, low, high = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
            for box in boxes:
                if left < box.right and box.left < right + 0.1 and low < box.top and box.bottom < high + 0.1:
                    return False
        return True

    def _arc(self, edge: Edge) -> None:
        """Over all that lies between, from the top of a volume or the line just after a sign."""
        source, target, kind = edge
        one, two = self.grid.column[source], self.grid.column[target]
        from_box, to_box = self.cells[source].box, self.cells[target].box
        lane_a, lane_b = self.grid.lane[source], self.grid.lane[target]
        x, y = self.cells[target].x, self.cells[target].y
        start = (
            (from_box.middle, from_box.top)
            if from_box is not None
            else (self.cells[source].x + (9 if self.network else 12), self.cells[source].y)
        )
        if from_box is not None and self.cells[source].words:  # its words are over it
            start = (self.ends[one] + 5, self.cells[source].y)
        elif from_box is not None and kind == "skip" and not to_box:
            start = (start[0] + 5, start[1])  # beside a shortcut that may begin there too
        end = (x, y + (7 if self.network else 9))
        steps = (self.nodes[source].step, self.nodes[target].step)
        inner = range(one + 1, two)
        band = next((b for b in _merged(self.grid.bands) if self._within_band(edge, *b)), None)
        if band is not None and (
            lane_a or any(self.grid.lane[n] > 0 for c in range(one, two + 1) for n in self.columns[c])
        ):
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
            points = (*_rounded(start, (side, end_y + 8), roof), (side, end_y), (to_box.left, end_y))
        elif not inner and from_box is not None:
            points = arc(start, end, max(start[1], end[1]) + 22)
            self.tops[two] = max(self.tops[two], start[1] + 30)
        else:
            points = _rounded(start, end, roof)
        self.sheet.links.append(Link(*steps, kind, points))
        node = self.nodes[target]
        if node.hang and lane_a == lane_b == 0 and inner and kind == node.hang_kind:  # what the way does, over its line
            words = (self._way_words(node),)
            high = roof + LINE + 2
            self.sheet.labels.append(Label((start[0] + end[0]) / 2, high, words, kind=kind))
            for column in inner:
                self.tops[column] = max(self.tops[column], high)

    def _way_words(self, node: Node) -> str:
        """What a shortcut does."""
        steps = tuple(self.trace.steps[index] for index in node.hang)
        return way_text(steps) or ", ".join(few_words(step) for step in steps if heavy(step))

    def _hangs(self, number: int) -> bool:
        """Whether there is room over a sign: on the main lane, with no lane over it."""
        column = self.grid.column[number]
        if column - self.grid.column[self.nodes[number].hang_from] > (4 if self.network else 12):
            return False  # a lateral of a pyramid: a line tells it better
        return (
            self.grid.lane[number] == 0
            and not any(self.grid.lane[n] > 0 for n in self.columns[column])
            and (number not in self.grid.woven)
        )

    def _hang(self, number: int) -> None:
        """A projection's volume over its sum."""
        node, cell = self.nodes[number], self.cells[number]
        source = self.cells[node.hang_from]
        one, two = self.grid.column[node.hang_from], self.grid.column[number]
        steps = tuple(self.trace.steps[index] for index in node.hang)
        made = self._volume(node.hang[-1], node.role, True)
        start = (
            (source.box.middle, source.box.top)
            if source.box is not None
            else (source.x + (9 if self.network else 12), source.y)
        )
        near = self.columns[two + 1] if two + 1 < len(self.columns) else []
        tops = [
            start[1],
            *(self.tops[c] for c in range(one + 1, two + 1)),
            *(self.cells[n].y + self.cells[n].up for n in near),
        ]
        low = max(tops) + 16
        made = replace(made, x=cell.x - (made.right - made.left) / 2, y=low + made.height / 2)
        self.sheet.boxes.append(made)
        kind, last = node.hang_kind, steps[-1].index
        far = two - one > 1
        way = (
            (start, (start[0], made.y), (made.left, made.y))
            if far
            else arc(start, (made.left, made.y), made.y, corner=True)
        )
        self.sheet.links.append(Link(self.nodes[node.hang_from].step, last, kind, way))
        end = (cell.x, cell.y + (7 if self.network else 9))
        self.sheet.links.append(Link(last, node.step, kind, drop((made.left + made.width / 2, made.bottom), end, low)))
        self.sheet.labels.append(Label(made.middle, made.top + LINE + 3, (self._way_words(node),), kind=kind))
        self.tops[two] = max(self.tops[two], made.top + LINE + 6)
        for column in range(one + 1, two):
            self.tops[column] = max(self.tops[column], made.y)

    def _fan(self, number: int) -> None:
        """Ways beside each other as so many bent lines to the sign."""
        node, cell = self.nodes[number], self.cells[number]
        edge = next(edge for edge in self.lines if edge.target == number)
        start, end = self._out(edge.source), (cell.x - 8, cell.y)
        self.sheet.links = [link for link in self.sheet.links if link.target != node.step or link.kind != "main"]
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
            self.sheet.links.append(Link(self.nodes[edge.source].step, node.step, "main", points, arrow=False))


def _curve(start: tuple[float, float], end: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """A smooth way from lane to lane."""
    (x0, y0), (x1, y1) = start, end
    return tuple((x0 + (x1 - x0) * t / 12, y0 + (y1 - y0) * (3 * (t / 12) ** 2 - 2 * (t / 12) ** 3)) for t in range(13))


def _rounded(start: tuple[float, float], end: tuple[float, float], roof: float) -> tuple[tuple[float, float], ...]:
    """Up to the roof, along it and down, round at the corners."""
    (x0, y0), (x1, y1) = start, end
    r = max(0.0, min(14.0, (x1 - x0) / 2, roof - y0, roof - y1))
    bend = [(1 - c, s) for c, s in ((1.0, 0.0), (0.92, 0.38), (0.71, 0.71), (0.38, 0.92), (0.0, 1.0))]
    up = [(x0 + r * a, roof - r + r * b) for a, b in bend]
    down = [(x1 - r * a, roof - r + r * b) for a, b in reversed(bend)]
    return (start, *up, *down, end)


def _without_doubles(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    kept = [points[0]]
    for point in points[1:]:
        if abs(point[0] - kept[-1][0]) > 0.01 or abs(point[1] - kept[-1][1]) > 0.01:
            kept.append(point)
    return tuple(kept) if len(kept) > 1 else tuple(points)


def _merged(bands: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Bands that share or touch columns as one."""
    made: list[tuple[int, int]] = []
    for first, last in sorted(bands):
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return made
