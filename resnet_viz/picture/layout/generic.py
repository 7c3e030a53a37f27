"""Any part of any network: what the graph holds, set out in columns and lanes."""

from __future__ import annotations

from dataclasses import replace

from ...steps import Conv, Part, Trace
from ...why.shape import is_map_to_map
from ...wording import plural
from .atoms import Detail, network_atoms, part_atoms
from .axes import extents
from .canvas import Canvas
from .cells import Plan
from .free import free_middle
from .graph import Graph, Node, Structure
from .making import GraphMaker
from .measure import LEAST, WIDEST, Measure, Reference, Sizes, fit, smaller
from .placing import Places
from .routes import Routes
from .scene import LINE, Label, LinkKind, Scene, text_width

MOST_DRAWN = 70  # volumes and signs of a part, beyond which its own parts are single volumes
ROOM = 1250.0  # px that a network of any kind is made to fit at its reference input where it can
FULL = 1500.0  # px beyond which less of it is drawn
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


def any_network(trace: Trace, measure: Measure, unfold: bool = False, hide: frozenset[int] = frozenset()) -> Scene:
    """The network level of any network; ``unfold`` shows every block."""
    structure, known = Structure(trace), extents(trace)
    reference = Reference(trace, known, measure.side)
    details = (Detail(fold_over=len(trace.steps)),) if unfold else _NETWORK

    def plan(graph: Graph, zoom: float, sizes: Sizes) -> Plan:
        return Plan(trace, structure, sizes, Canvas(measure.at(zoom), hide), graph, "network", trace.parts)

    for detail in details:
        graph = GraphMaker(structure, "network", detail).make(network_atoms(structure, detail))
        coarsest = detail is details[-1]
        least = LEAST if detail.inner and not coarsest else 0.3

        def width(zoom: float, sizes: Sizes, graph: Graph = graph) -> float:
            return Places(plan(graph, zoom, sizes)).right + 24

        own = fit(lambda zoom: width(zoom, reference), ROOM, 1.0, least)
        if not coarsest and width(own, reference) > FULL:
            continue
        zoom = fit(lambda zoom: width(zoom, known), WIDEST, min(own, measure.zoom), 0.05)
        if coarsest or width(zoom, known) <= WIDEST:
            return _drawn(plan(graph, zoom, known), own)
    raise AssertionError("the coarsest picture is always drawn")


def any_part(trace: Trace, canvas: Canvas, part: Part, level: str, unfold: bool = False) -> Scene:
    """The stage or block level of any part: each of its operations, or, of many, its parts."""
    structure = Structure(trace)
    details = (Detail(fold_over=len(trace.steps)),) if unfold else _PART
    graph = Graph()
    for detail in details:
        graph = GraphMaker(structure, level, detail).make(part_atoms(structure, part, detail))
        if len(graph.nodes) <= MOST_DRAWN:
            break
    return _drawn(Plan(trace, structure, extents(trace), canvas, graph, level, part))


def _drawn(plan: Plan, own: float = 0.0) -> Scene:
    """Volumes, signs, lines and words; ``own`` is the network's own zoom."""
    places, canvas = Places(plan), plan.canvas
    for number, cell in enumerate(plan.cells):
        column = plan.grid.column[number]
        cell.x = (places.starts[column] + places.ends[column]) / 2
        _place(plan, places, number)
    names = _name_runs(plan, places)
    Routes(plan, places).draw()
    for name, least, most in names:
        number = canvas.labels.index(name)
        others = (*canvas.labels[:number], *canvas.labels[number + 1 :])
        canvas.labels[number] = replace(name, x=free_middle(name, others, canvas.links, least, most))
    canvas.boxes.sort(key=lambda box: (box.aside, box.step))
    canvas.reach = places.right
    forms = {plan.extents[box.step].form for box in canvas.boxes}
    title = "×".join(map(str, plan.trace.steps[0].output))
    if not plan.network:
        blocks = sum(child.kind == "block" for child in plan.part.parts)
        title = plan.part.title + (f", {plural(blocks, 'block')}" if blocks else "")
    notes = (*(text for form, text in NOTES.items() if form in forms), *smaller(plan.trace, canvas.measure, own))
    return canvas.scene(title, plan.level, (plan.part.start, plan.part.stop), notes)


def _place(plan: Plan, places: Places, number: int) -> None:
    """A node's volume or sign, with its words."""
    node, cell, canvas = plan.nodes[number], plan.cells[number], plan.canvas
    column, lane = plan.grid.column[number], plan.grid.lane[number]
    if cell.box is None:
        if cell.under:
            cell.x = places.starts[column] + cell.room / 2
            canvas.write(cell.x + 14 + text_width(cell.under) / 2, cell.y - 6, cell.under)
        assert node.form != "volume"
        canvas.sign(node.step, cell.x, cell.y, node.form)
        return
    cell.box = box = replace(cell.box, x=cell.x - cell.box.span / 2, y=cell.y, folded=node.folded, covers=node.covers)
    canvas.boxes.append(box)
    if node.note:
        canvas.write(box.middle, box.bottom - 3, (node.note,))
    kind: LinkKind = _aside(plan, node) if node.aside else "main"
    if cell.under:
        below = places.floor - 6 if lane == 0 else box.bottom - 4 - (LINE if node.note else 0)
        strong = len(cell.under) > 1 or not plan.network
        canvas.write(box.middle, below, cell.under, strong=strong, kind=kind)
    if cell.words and plan.level == "stage":
        canvas.write(box.middle, box.top + LINE + 3, cell.words)
    elif cell.words:
        middle = ((places.ends[column - 1] if column else 0.0) + 20 + places.starts[column] - 8) / 2
        canvas.write(middle, cell.y + 8 + LINE * len(cell.words), cell.words, kind=kind)
        step = plan.trace.steps[node.step]
        if isinstance(step.op, Conv) and is_map_to_map(step) and step.path != "gate":
            canvas.filters(step, middle, cell.y - 10, kind)


def _aside(plan: Plan, node: Node) -> LinkKind:
    step = plan.trace.steps[node.step]
    return "gate" if step.path == "gate" else "zero-pad" if step.kind == "pad" else "projection"


def _name_runs(plan: Plan, places: Places) -> list[tuple[Label, float, float]]:
    """Brackets and names under the main lane, and from where to where the middle of each name may be."""
    names: list[tuple[Label, float, float]] = []
    for run in plan.runs():
        boxes = [box for n in run if (box := plan.cells[n].box) is not None]
        left, right = min(box.left for box in boxes), max(box.right for box in boxes)
        text = plan.run_text(run)
        first, last = plan.grid.column[run[0]], plan.grid.column[run[-1]]
        kept_out = run[0] in places.kept_out
        start = places.starts[first] if kept_out else places.ends[first - 1] if first else 0.0
        plan.canvas.brackets.append((left, right, places.floor))
        half = text_width(text) / 2 + 2
        least, most = start + half, max(places.ends[last] - half, start + half)
        centre = min(max((left + right) / 2, least), most)
        names.append((plan.canvas.write(centre, places.floor - 6, text, strong=True), least, most))
    return names
