"""All that is offered of one network, tried: pictures at every level of every part, words, tables, files."""

import traceback
from collections.abc import Callable, Iterator

import resnet_viz as rv
from resnet_viz.advise.comparing import as_text, summary
from resnet_viz.export.registry import export_as
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.still import svg
from resnet_viz.picture.layout import Look, Place, lay_out
from resnet_viz.picture.layout.window import operation_names
from resnet_viz.steps import Trace
from tests.test_any_picture import WIDEST, faults, places

OPERATIONS = 5


def complaints(trace: Trace) -> tuple[int, list[str]]:
    """How much was tried, and what went wrong with it. An error that is told in the package's words is none."""
    tried, wrong = 0, list[str]()
    for what, attempt in _attempts(trace):
        tried += 1
        try:
            said = attempt()
        except rv.ResNetVizError:
            continue
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno})"
        if said:
            wrong.append(f"{what}: {said}")
    return tried, wrong


def _attempts(trace: Trace) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each thing that can be asked of a trace, in words and as a call that gives what is wrong with it."""
    for level, focus in places(trace):
        yield f"{level} {focus or ''}", lambda level=level, focus=focus: _picture(trace, level, focus)
    yield "network as a file", lambda: svg(describe(trace)) and None
    yield "network in 3-D", lambda: describe(trace, look=Look(solid=True)) and None
    names = operation_names(trace)
    for name in names[:: max(1, -(-len(names) // OPERATIONS))]:
        yield f"operation {name}", lambda name=name: describe(trace, Place("operation", name)) and None
    for step in trace.steps:
        yield f"explain {step.name}", lambda step=step: None if rv.explain(trace, step.name).strip() else "no word"
    yield "CSV", lambda: _lines(trace.to_csv(), trace)
    yield "JSON", lambda: export_as(trace, "json") and None
    yield "kept and read back", lambda: None if rv.Trace.from_json(trace.to_json()) == trace else "differs"
    yield "compare with itself", lambda: _alike(trace)
    yield "diagnose", lambda: rv.diagnose(trace) and None
    yield "recognise", lambda: rv.recognise(trace) and None


def _picture(trace: Trace, level: str, focus: str | None) -> object:
    scene = lay_out(trace, level, focus)
    describe(trace, Place(level, focus))
    wide = scene.bounds[2] - scene.bounds[0]
    return [*faults(scene), *([f"{wide:.0f} px wide"] if level == "network" and wide > WIDEST else [])]


def _lines(csv: str, trace: Trace) -> object:
    rows = csv.count("\n") - 1
    return None if rows == len(trace.steps) else f"{rows} rows for {len(trace.steps)} steps"


def _alike(trace: Trace) -> object:
    found = rv.compare(trace, trace)
    as_text(found, ("a", "b"))
    summary(found)
    return [row.place for row in found.different]
