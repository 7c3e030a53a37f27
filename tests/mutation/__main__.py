"""``make mutants``: do the tests see a fault that is planted?

Over every module, or ``MODULE=`` one file or folder. ``MUTANTS=20`` takes that many of each file, drawn by ``SEED``;
``AGAIN=1`` those alone that nothing saw the last time. Fails where fewer than 85 % of a module's mutants are seen, or
where one that is not seen does not stand in ``survivors.toml`` with its reason.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .mutating import Mutant, mutants
from .running import Known, run_mutant, run_unchanged

SHARE = 0.85
SURVIVORS = Path(__file__).with_name("survivors.toml")
LAST = Path(".mutants.json")  # what nothing saw the last time, by file

# the tests that concern a module; a path of a folder stands for those of its files that have none of their own
TESTS = {
    "resnet_viz/why/axis.py": ("why",),
    "resnet_viz/why/shape.py": ("why", "explaining", "unknown"),
    "resnet_viz/why/cost.py": ("why", "other_costs", "module_engine"),
    "resnet_viz/why/memory.py": ("memory",),
    "resnet_viz/why/field.py": ("why", "receptive", "reach", "unknown"),
    "resnet_viz/why/example.py": ("example",),
    "resnet_viz/why/worked.py": ("why", "other_costs", "unknown"),
    "resnet_viz/why/called.py": ("differing", "residual"),
    "resnet_viz/why/words.py": ("explaining", "other_costs", "unknown"),
    "resnet_viz/why/window_words.py": ("explaining",),
    "resnet_viz/spec/sizes.py": ("steps", "table"),
    "resnet_viz/steps/ops.py": ("steps", "table", "module_engine", "trace_json"),
    "resnet_viz/steps/step.py": ("steps", "table", "unknown"),
    "resnet_viz/steps/parts.py": ("steps", "spans", "structure"),
    "resnet_viz/steps/trace.py": ("steps", "table", "structure", "trace_json", "unknown", "module_engine"),
    "resnet_viz/steps/table.py": ("steps", "table", "unknown"),
    "resnet_viz/steps/json.py": ("trace_json",),
    "resnet_viz/steps/joins.py": ("structure", "module_engine"),
    "resnet_viz/steps/main_path.py": ("structure", "module_engine"),
    "resnet_viz/steps/spans.py": ("spans",),
    "resnet_viz/steps/blocks.py": ("structure", "module_engine"),
    "resnet_viz/steps/stages.py": ("structure", "module_engine"),
    "resnet_viz/steps/broken.py": ("breaking",),
    "resnet_viz/steps/structure.py": ("structure", "module_engine"),
    "resnet_viz/engines/hooks.py": ("tracing", "doors", "module_engine"),
    "resnet_viz/engines/formulas": ("forecasting", "new_block"),
    "resnet_viz/engines/module": ("operations", "module_engine", "tracing"),
    "resnet_viz/engines/windows.py": ("operations",),
    "resnet_viz/picture/layout/scene.py": ("geometry",),
    "resnet_viz/picture/layout/measure.py": ("proportions", "geometry"),
    "resnet_viz/picture/layout/canvas.py": ("geometry", "links", "beside"),
    "resnet_viz/picture/layout/curves.py": ("geometry", "any_geometry"),
    "resnet_viz/picture/layout/axes.py": ("any_geometry", "any_picture"),
    "resnet_viz/picture/layout/words.py": ("any_geometry", "geometry"),
    "resnet_viz/picture/layout/graph.py": ("any_geometry", "any_picture"),
    "resnet_viz/picture/layout/atoms.py": ("any_geometry", "any_picture"),
    "resnet_viz/picture/layout/making.py": ("any_geometry", "any_picture"),
    "resnet_viz/picture/layout/lanes.py": ("lanes",),
    "resnet_viz/picture/layout/cells.py": ("any_geometry", "any_picture"),
    "resnet_viz/picture/layout/placing.py": ("any_geometry", "any_picture"),
    "resnet_viz/picture/layout/routes.py": ("any_geometry", "any_picture"),
    "resnet_viz/picture/layout/generic.py": ("any_geometry", "any_picture"),
    "resnet_viz/picture/layout/free.py": ("any_geometry",),
    "resnet_viz/picture/layout/parts.py": ("any_geometry", "links", "any_picture"),
    "resnet_viz/picture/layout/network.py": ("geometry", "proportions", "links", "beside"),
    "resnet_viz/picture/layout/residual.py": ("residual", "geometry"),
    "resnet_viz/picture/layout/marking.py": ("breaking",),
    "resnet_viz/picture/layout/halos.py": ("differing",),
    "resnet_viz/picture/layout/stage.py": ("geometry", "links"),
    "resnet_viz/picture/layout/block.py": ("geometry", "links"),
    "resnet_viz/picture/layout/asked.py": ("asked",),
    "resnet_viz/picture/layout/trail.py": ("trail",),
    "resnet_viz/picture/layout/strip.py": ("strip",),
    "resnet_viz/picture/layout/beside.py": ("beside",),
    "resnet_viz/picture/layout/window.py": ("window",),
    "resnet_viz/picture/layout/single.py": ("example",),
    "resnet_viz/picture/layout/numbers.py": ("example",),
    "resnet_viz/picture/layout/solid.py": ("solid",),
    "resnet_viz/picture/layout/tubes.py": ("solid",),
    "resnet_viz/picture/layout/field.py": ("field",),
    "resnet_viz/picture/layout/look.py": ("look",),
    "resnet_viz/picture/layout/__init__.py": ("geometry", "links"),
    "resnet_viz/advise/diagnosis": ("diagnosis", "adapting"),
    "resnet_viz/advise/comparing.py": ("comparing", "unknown"),
    "resnet_viz/advise/differing.py": ("differing", "residual"),
    "resnet_viz/advise/explaining.py": ("explaining", "unknown"),
    "resnet_viz/advise/shape_errors.py": ("shape_errors", "breaking"),
    "resnet_viz/why/pytorch_errors": ("shape_errors",),
    "resnet_viz/inside/painting.py": ("painting",),
    "resnet_viz/inside": ("apart", "inside", "inside_files", "look_command"),
    "resnet_viz/learned": ("learned", "drawings"),
}


def main() -> int:
    """Plant, test, report; 0 where every module is good enough."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--module", default="", help="a file or folder of resnet_viz; all without it")
    parser.add_argument("--mutants", type=int, default=0, help="at most so many of each file; 0 for all")
    parser.add_argument("--seed", type=int, default=0, help="which ones those are")
    parser.add_argument("--again", action="store_true", help="only what nothing saw the last time")
    asked = parser.parse_args()
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    accepted = _accepted()
    last: dict[str, list[str]] = json.loads(LAST.read_text()) if LAST.exists() else {}
    fine, known_module = True, False
    for module, names in TESTS.items():
        own = TESTS.keys() - {module}
        paths = [path for path in _files(module) if _within(path, asked.module) and str(path) not in own]
        known_module |= bool(paths)
        tests = [f"tests/test_{name}.py" for name in names]
        assert all(map(os.path.exists, tests)), tests
        counts: Counter[str] = Counter()
        began = time.perf_counter()
        unchanged: dict[str, Known] = {}
        for path in paths:
            chosen = mutants(path, 0 if asked.again else asked.mutants, asked.seed)
            if asked.again:
                chosen = [mutant for mutant in chosen if _key(mutant) in last.get(str(path), [])]
            if chosen and not unchanged:
                unchanged = run_unchanged([str(path) for path in paths], tests)
            left: list[str] = []
            for mutant in _survivors(chosen, unchanged, counts):
                left.append(_key(mutant))
                if left[-1] not in accepted:
                    fine = False
                    where = mutant.where or "the module"
                    print(f"\n{mutant.path}:{mutant.line} in {where}, seen by no test\n{mutant.diff}", flush=True)
            if not asked.mutants:
                LAST.write_text(json.dumps(last := {**last, str(path): left}))
            if not asked.mutants and not asked.again:
                for key in accepted:
                    if key.startswith(f"{path}\n") and key not in left:
                        fine = False
                        print(f"\nstands in {SURVIVORS.name}, but is seen or is no more:\n{key}")
        if paths:
            fine &= _report(module, counts, time.perf_counter() - began, asked.again)
    if not known_module:
        parser.error(f"no tests are listed for {asked.module!r}; they are for " + ", ".join(TESTS))
    return 0 if fine else 1


def _survivors(chosen: list[Mutant], unchanged: dict[str, Known], counts: Counter[str]) -> Iterator[Mutant]:
    """Test each mutant and count how it ends; the ones that no test sees, as they are found."""
    kills: Counter[str] = Counter()
    for mutant in chosen:
        known = unchanged[mutant.path]
        near = set[str]().union(*(known.tests.get(line, ()) for line in mutant.statement))
        alone = near and known.outside.isdisjoint(mutant.statement)
        rest = set[str]() if alone else set(known.seconds) - near
        # what has seen much and is quick goes first
        order = sorted(near, key=lambda test: known.seconds[test] / (1 + kills[test]))
        order += sorted(rest, key=lambda test: known.seconds[test] / (1 + kills[test]))
        outcome, test = run_mutant(mutant.path, mutant.code, order, known, 10 + 5 * sum(known.seconds.values()))
        counts[outcome] += 1
        kills[test] += outcome == "killed"
        if outcome == "survived":
            yield mutant


def _report(module: str, counts: Counter[str], seconds: float, again: bool) -> bool:
    """One line for a module; whether its share is enough. A mutant that cannot be imported is left out of it."""
    seen, total = counts["killed"] + counts["timeout"], counts.total() - counts["unusable"]
    share = seen / total if total else 1.0
    print(
        f"{module}: {counts['killed']} killed, {counts['timeout']} timed out, {counts['survived']} survived"
        f" ({counts['unusable']} could not be imported): {share:.1%} in {seconds:.0f} s",
        flush=True,
    )
    return again or share >= SHARE


def _key(mutant: Mutant) -> str:
    return f"{mutant.path}\n{mutant.where}\n{mutant.diff}"


def _accepted() -> set[str]:
    listed = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivor", []) if SURVIVORS.exists() else []
    for entry in listed:
        if not entry["reason"].strip():
            raise ValueError(f"{SURVIVORS.name}: a survivor of {entry['module']} stands there without a reason")
    return {f"{entry['module']}\n{entry['where']}\n{entry['diff'].strip()}" for entry in listed}


def _files(module: str) -> list[Path]:
    path = Path(module)
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _within(path: Path, asked: str) -> bool:
    return not asked or path == Path(asked) or Path(asked) in path.parents


if __name__ == "__main__":
    sys.exit(main())
