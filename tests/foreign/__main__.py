"""``make foreign``: the public models of the facts that are installed here, each traced and compared."""

import sys
import time
import warnings

import resnet_viz as rv
from tests.facts import foreign_models
from tests.foreign.comparing import differences, facts


def main(words: list[str]) -> int:
    """Trace every model whose name has one of ``words`` in it; the number of those that differ."""
    warnings.simplefilter("ignore")  # other people's
    bad = 0
    for name, fact in facts().items():
        if words and not any(word in name for word in words):
            continue
        try:
            model = foreign_models.BUILDERS[name]()
        except ImportError as error:
            print(f"{name}: not here ({error})")
            continue
        began = time.perf_counter()
        try:
            trace = rv.trace(model, inputs=[tuple(shape) for shape in fact["input"]])
            wrong = differences(trace, fact)
            said = f"{len(trace.steps)} steps, {time.perf_counter() - began:.1f} s"
        except rv.ResNetVizError as error:
            wrong, said = [str(error)], "no trace"
        bad += bool(wrong)
        print(f"{name}: {said}{'' if not wrong else '; WRONG'}", *wrong, sep="\n    ", flush=True)
    print("all as known" if not bad else f"{bad} differ")
    return bad


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
