"""``make foreign``: public models that are installed here, each traced, compared with what is known of it, and tried; and
class activation maps against another package's."""

import sys
import time
import warnings
from collections.abc import Callable, Iterator

import resnet_viz as rv
from resnet_viz.steps import Trace
from tests.facts import foreign_models
from tests.foreign import cams
from tests.foreign.comparing import differences, facts
from tests.foreign.everywhere import complaints
from tests.foreign.more import MORE


def main(words: list[str]) -> int:
    """Trace every model whose name has one of ``words`` in it; the number of those with which something is wrong."""
    warnings.simplefilter("ignore")  # other people's
    bad = models = tries = 0
    for name, traced in _models():
        if words and not any(word in name for word in words):
            continue
        began = time.perf_counter()
        try:
            trace, wrong = traced()
        except ImportError as error:
            print(f"{name}: not here ({error})")
            continue
        except rv.ResNetVizError as error:
            said, wrong = "no trace", [str(error)]
        else:
            tried, found = complaints(trace)
            tries += tried
            wrong += found
            said = f"{len(trace.steps)} steps, {tried} tries, {time.perf_counter() - began:.1f} s"
        models += 1
        bad += bool(wrong)
        print(f"{name}: {said}{'; WRONG' if wrong else ''}", *wrong, sep="\n    ", flush=True)
    if not words or "grad-cam" in words:
        try:
            for name, wrong in cams.compared():
                bad += bool(wrong)
                print(f"class activation map of {name}{'; WRONG' if wrong else ''}", *wrong, sep="\n    ", flush=True)
        except ImportError as error:
            print(f"class activation maps: not here ({error})")
    print(f"{models} models, {tries} tries: " + ("all as known" if not bad else f"{bad} differ"))
    return bad


def _models() -> Iterator[tuple[str, Callable[[], tuple[Trace, list[str]]]]]:
    """Each model's name, and what traces it and says where it is not as known."""
    for name, fact in facts().items():

        def known(name: str = name, fact: dict[str, object] = fact) -> tuple[Trace, list[str]]:
            trace = rv.trace(foreign_models.BUILDERS[name](), inputs=[tuple(shape) for shape in fact["input"]])  # type: ignore[union-attr]
            return trace, differences(trace, fact)

        yield name, known
    for model in MORE:
        yield model.name, model.traced


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
