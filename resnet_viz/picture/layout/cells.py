"""What does each node of a graph need around it?  Its column and lane, its volume, its words, and the room for them."""

from __future__ import annotations

from dataclasses import dataclass

from ...steps import Activation, Conv, Input, Norm, Part, Step, Trace
from ...steps.joins import heavy
from ...why.shape import is_map_to_map
from ...wording import plural
from .block import EQUAL
from .canvas import Canvas
from .graph import Edge, Graph, Node, Structure, runs_of
from .lanes import Grid, grid_of
from .measure import Sizes, kernel_box
from .parts import NAME, common_prefix, cut, short_name
from .scene import BLANK, LINE, Box, text_width
from .words import few_words, way_text

SHORT = 14  # letters of a name among many
SIGN = 14.0  # px of a sign's column


@dataclass(slots=True)
class Cell:
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


class Plan:
    """One graph at one measure: its grid, and what each node needs."""

    def __init__(
        self,
        trace: Trace,
        structure: Structure,
        known: Sizes,
        canvas: Canvas,
        graph: Graph,
        level: str,
        part: Part,
    ) -> None:
        self.trace, self.structure, self.extents, self.canvas = trace, structure, known, canvas
        self.graph, self.nodes, self.level, self.part = graph, graph.nodes, level, part
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

    def volume(self, index: int, role: str, aside: bool = False) -> Box:
        """The volume of a step's output, still to be placed."""
        return self.canvas.volume(self.trace.steps[index], role, aside, self.extents[index])

    def words(self, index: int) -> str:
        """A step's output in words."""
        return BLANK if self.canvas.unknown((index,)) else self.extents[index].words

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

    def _cell(self, number: int) -> Cell:
        node = self.nodes[number]
        step = self.trace.steps[node.step]
        if node.form != "volume":
            return self._sign_cell(number, node, step)
        box = self.volume(node.step, node.role, node.aside)
        span = box.right - box.left
        cell = Cell(box, room=span, up=box.top, down=box.height / 2)
        if node.note:
            cell.room = max(cell.room, text_width((node.note,)) + 8)
            cell.down += LINE + 3 if self.grid.lane[number] else 0
        if self.network:
            return cell
        shape = self.words(node.step)
        if node.source or node.run.startswith("out: "):
            side, _, name = node.run.partition(": ")
            cell.under = (f"{side}: {cut(self.short(step, name), NAME)}", shape)
        elif node.block is not None:
            cell.under = (self.brief(node.block.title), shape)
        elif self.level == "block" or node.part is None:
            name = cut(self.short(step, step.name), NAME)
            cell.under = (name, shape, *(self._then(step) if self.level == "block" else ()))
        does = not (node.source or node.run.startswith("out: ") or node.block or isinstance(step.op, Input))
        if self.level == "block" and does:
            gate = step.path == "gate" or not is_map_to_map(step)
            few = (few_words(step),)
            cell.words = few if gate or few[0].startswith("global") else self.canvas.formula(step) or few
            cell.lead = text_width(cell.words) + 34
            cell.up = max(cell.up, 8 + LINE * len(cell.words))
            if isinstance(step.op, Conv) and not gate:
                kernel = kernel_box(step, step.inputs[0][1] // step.op.groups, 0, -10)
                cell.down = max(cell.down, 8 - kernel.bottom + 2 * LINE)
                cell.lead = max(
                    cell.lead, text_width(self.canvas.filter_words(step)) + 34, kernel.width + kernel.dx + 34
                )
        elif self.level == "stage" and does:
            cell.words = (few_words(step),)
            cell.room = max(cell.room, text_width(cell.words) + 8)
            cell.up += LINE + 3
        if cell.under:
            cell.room = max(cell.room, text_width(cell.under) + 10)
            if self.grid.lane[number]:
                cell.down = max(cell.down, cell.box.height / 2 if cell.box else 0.0) + 4 + LINE * len(cell.under)
        return cell

    def _sign_cell(self, number: int, node: Node, step: Step) -> Cell:
        cell = Cell(None, room=SIGN, up=10, down=10)
        if node.hang:
            box = self.volume(node.hang[-1], node.role, True)
            words = self.way_words(node)
            if self.hangs(number):
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
        shapes = [self.words(read) for read in step.reads]
        if self.canvas.unknown(step.reads):  # equal ones would tell each other
            shapes = [BLANK] * len(shapes)
        if node.form == "sum":
            return (*(("" if i == 0 else "+ ") + shape for i, shape in enumerate(shapes[:3])), EQUAL)
        if node.form == "gate":
            return ("each number", "× its gate") if step.kind == "multiply" else ("each channel", "× its gate")
        axis = getattr(step.op, "axis", 1)
        widths = [shape[axis] for shape in step.inputs if -len(shape) <= axis < len(shape)]
        if self.canvas.unknown((step.index, *step.reads)):
            return ("put together",)
        shown = " + ".join(map(str, widths[:5])) + (" + …" if len(widths) > 5 else "")
        return (shown, f"= {step.output[axis]}") if widths and axis < len(step.output) else ("put together",)

    def short(self, step: Step, name: str) -> str:
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
                words = self.words(node.step)
                if node.part is None:
                    cell.under = (self.brief(self.trace.steps[node.step].name), words)
                elif words != last:
                    cell.under = (words,)
                last = words
                if cell.under:
                    cell.room = max(cell.room, text_width(cell.under) + 8)
                    cell.down += LINE * len(cell.under) + 4

    def runs(self) -> list[list[int]]:
        return [run for run in runs_of(self.nodes, self.main) if self.run_text(run)]

    def run_text(self, run: list[int]) -> tuple[str, ...]:
        volumes = [n for n in run if self.nodes[n].form == "volume"]
        if not volumes:
            return ()
        node = self.nodes[volumes[-1]]
        step, shape, part = self.trace.steps[node.step], self.words(node.step), node.part
        if not self.network:
            if part is None or all(self.cells[n].under for n in volumes):
                return ()
            if part.kind == "block":
                shape = self.words(part.stop - 1)
            return (self.brief(part.title), shape)
        alone = len(volumes) == 1 and not node.folded and not (part and part.parts)
        if part is None or part.kind != "stage" or alone:
            if node.block is not None:
                return (self.brief(node.block.title), shape)
            words = "" if step.kind in ("input", "linear", "mean", "attention") else few_words(step)
            name = step.name.removeprefix(self.prefix)
            if len(name) > SHORT and "." not in name:  # what a function is called at length
                return (few_words(step), shape)
            return (self.brief(name), shape, *((words,) if words and node.role != "head" else ()))
        blocks = sum(child.kind == "block" for child in part.parts)
        if blocks:
            if len(part.parts) == 1:
                return (self.brief(part.parts[0].title), shape)
            return (self.brief(part.title), shape, plural(blocks, "block"))
        count = sum(heavy(known) for known in self.trace.steps[part.start : part.stop])
        return (self.brief(part.title), shape, *((plural(count, "layer"),) if count > 1 else ()))

    def brief(self, title: str) -> str:
        return cut(title.removeprefix(self.prefix), SHORT if self.network else NAME)

    def free(self, lane: int, first: int, last: int) -> bool:
        """Whether a lane holds nothing from column ``first`` to ``last``."""
        return all((column, lane) not in self.at for column in range(first, last + 1))

    def way_words(self, node: Node) -> str:
        """What a shortcut does."""
        steps = tuple(self.trace.steps[index] for index in node.hang)
        return way_text(steps) or ", ".join(few_words(step) for step in steps if heavy(step))

    def hangs(self, number: int) -> bool:
        """Whether there is room over a sign: on the main lane, with no lane over it."""
        column = self.grid.column[number]
        if column - self.grid.column[self.nodes[number].hang_from] > (4 if self.network else 12):
            return False  # a lateral of a pyramid: a line tells it better
        return (
            self.grid.lane[number] == 0
            and not any(self.grid.lane[n] > 0 for n in self.columns[column])
            and (number not in self.grid.woven)
        )
