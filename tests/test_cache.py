"""What the app remembers: the same object for everybody, frozen, made once, and bounded in bytes."""

import contextlib
import gc
import threading
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import FunctionType, MappingProxyType
from typing import Any

import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz.advise.diagnosis import Remedy
from resnet_viz.advise.mistakes import BREAKS
from resnet_viz.lessons import LESSONS, Scene
from resnet_viz.picture.layout import PLAIN, WHOLE, Look, Place
from resnet_viz.ui import cache
from resnet_viz.ui.subject import Known
from tests.strategies import specs

SPEC = rv.variant("resnet18")
SIZE = (64, 64)


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    cache.forget_everything()
    yield
    cache.forget_everything()


def _everything(folder: Path) -> dict[str, Any]:
    """An answer of every remembered function, by its name."""
    path = folder / "weights.pth"
    torch.save({"fc.weight": torch.zeros(10, 512), "conv1.weight": torch.zeros(64, 3, 7, 7)}, path)
    scene = Scene.of("resnet18", 64)
    page = cache.lesson_page(LESSONS[0].name, scene)
    side = Known(SPEC, SIZE)
    found = cache.weights("upload", path, "weights.pth")
    png = (Path(__file__).parents[1] / "docs" / "field.png").read_bytes()
    return {
        "forecast": cache.forecast(SPEC, SIZE, 1),
        "trace": cache.trace(SPEC, SIZE, 1, "meta"),
        "shape_table": cache.shape_table(side),
        "differences": cache.differences(SPEC, SIZE, 1, "meta"),
        "figure": cache.figure(side, WHOLE, PLAIN),
        "findings": cache.findings(side, "train", "mnist", 0.01, "adam"),
        "memory_parts": cache.memory_parts(side, "train", "adam"),
        "field": cache.field(side, Place("field", "layer1.0.add", (1, 1)), PLAIN, None),
        "beside": cache.beside((side, side), PLAIN),
        "compared": cache.compared(side, Known(SPEC, (32, 32)), PLAIN),
        "network_file": cache.network_file("digest", (64, 64), None, "unet.onnx", cache.samples()["U-Net"]),
        "handed_trace": cache.handed_trace("other digest", cache.forecast(SPEC, SIZE, 1).to_json()),
        "recognised": cache.recognised(side),
        "samples": cache.samples(),
        "comparison": cache.comparison(side, Known(SPEC, (32, 32))),
        "proposals": cache.proposals(SIZE, 3, 10, 8.0, 4, "train", 20.0, "resnet18@64=100"),
        "outcome": cache.outcome(SPEC, BREAKS[0].name, SIZE, "layer2.0"),
        "broken_figure": cache.broken_figure(SPEC, BREAKS[0].name, SIZE, "layer2.0", Place("block", "layer2.0"), PLAIN),
        "lesson_figure": cache.lesson_figure(page.view, PLAIN, True),
        "lesson_page": page,
        "standings": cache.standings(("resnet18",)),
        "broken_place": cache.broken_place(SPEC, BREAKS[0].name, SIZE, "layer2.0"),
        "fitting_figure": cache.fitting_figure(SPEC, SIZE, ("fc",), Place(), PLAIN),
        "mended": cache.mended(SPEC, BREAKS[0].name, SIZE),
        "_sample": cache._sample(SIZE, 3),
        "own_image": cache.own_image("upload", SIZE, 3, png),
        "torchinfo_summary": cache.torchinfo_summary(SPEC, SIZE, 1),
        "catalogue_row": cache.catalogue_row("resnet18", SIZE),
        "weights": found,
        "best_fits": cache.best_fits("upload", found),
        "_trained_size": cache._trained_size(),
        "left_out": cache.left_out(),
        "start": cache.start(8),
        "start_figure": cache.start_figure(8, PLAIN),
    }


@pytest.mark.usefixtures("warm_reader")
def test_every_answer_is_kept_as_it_is_and_nothing_in_it_can_be_changed(tmp_path: Path) -> None:
    answers, again = _everything(tmp_path), _everything(tmp_path)
    kept = {function.__name__ for function in cache._keys if function.__module__ == cache.__name__}
    assert answers.keys() == kept  # none is missing here
    for name, answer in answers.items():
        assert again[name] is answer, name
        assert changeable(answer) == [], name


def changeable(value: object, where: str = "it") -> list[str]:
    """The places in ``value`` that somebody could write to."""
    if value is None or isinstance(value, str | bytes | int | float | FunctionType | pa.Table):
        return []
    if isinstance(value, Remedy):  # its changes are typed as a mapping, which the type checker keeps from being written
        return []
    if isinstance(value, tuple | frozenset):
        return [found for number, part in enumerate(value) for found in changeable(part, f"{where}[{number}]")]
    if isinstance(value, MappingProxyType):
        return [found for key, part in value.items() for found in changeable(part, f"{where}[{key!r}]")]
    if is_dataclass(value) and type(value).__dataclass_params__.frozen:
        return [
            found
            for field in fields(value)
            if field.init  # what a trace derives from itself once, it keeps
            for found in changeable(getattr(value, field.name), f"{where}.{field.name}")
        ]
    return [f"{where}: {type(value).__name__}"]


def test_that_search_finds_what_can_be_changed() -> None:
    assert changeable(((1, {"a": 1}), MappingProxyType({"b": [2]}))) == ["it[0][1]: dict", "it[1]['b']: list"]


def test_an_equal_spec_is_the_same_key_and_another_input_is_not() -> None:
    first = cache.forecast(SPEC, SIZE, 1)
    assert cache.forecast(rv.ResNetSpec.from_json(SPEC.to_json()), SIZE, 1) is first
    assert cache.forecast(SPEC, SIZE, 2) is not first
    assert cache.forecast(SPEC, (64, 65), 1).input_size == (64, 65)
    assert cache.knows(cache.forecast, SPEC, (64, 65), 1)
    assert not cache.knows(cache.forecast, SPEC, (65, 64), 1)


def test_arguments_that_do_not_count_are_no_part_of_the_key() -> None:
    calls: list[object] = []

    @cache.remembered
    def read(name: str, _raw: list[int]) -> int:
        calls.append(_raw)
        return sum(_raw)

    assert (read("a", [1, 2]), read("a", [5]), read("b", [5])) == (3, 3, 5)
    assert calls == [[1, 2], [5]]


def test_what_many_ask_for_at_once_is_made_once() -> None:
    calls: list[int] = []
    together = threading.Barrier(8)

    @cache.remembered
    def slow(number: int) -> int:
        calls.append(number)
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(0.3)  # if others made it too, they would meet here
        return number

    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(slow(7))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, calls) == ([7] * 8, [7])


def test_an_error_is_not_remembered() -> None:
    fails = [True]

    @cache.remembered
    def sometimes(number: int) -> int:
        if fails.pop():
            raise ValueError("not yet")
        return number

    with pytest.raises(ValueError, match="not yet"):
        sometimes(1)
    fails.append(False)
    assert sometimes(1) == 1


def test_all_together_stay_within_the_bound_and_the_oldest_go_first() -> None:
    large = rv.variant("cifar_resnet1202")
    first = cache.forecast(SPEC, SIZE, 1)
    for side in range(32, 64):
        cache.forecast(large, (side, side), 1)
        assert cache.bytes_in_use() <= cache.TOTAL_BYTES
    assert cache.bytes_in_use() > 0.8 * cache.TOTAL_BYTES
    assert not cache.knows(cache.forecast, SPEC, SIZE, 1)
    assert cache.knows(cache.forecast, large, (63, 63), 1)
    assert cache.forecast(SPEC, SIZE, 1) == first


@given(st.lists(st.tuples(specs(), st.integers(32, 96)), max_size=5))
def test_any_networks_are_counted_and_stay_within_the_bound(wanted: list[tuple[rv.ResNetSpec, int]]) -> None:
    for spec, side in wanted:
        try:
            trace = cache.forecast(spec, (side, side), 1)
        except rv.InputError:
            continue
        cache.figure(Known(spec, (side, side)), WHOLE, Look(theme="dark"))
        assert cache.BYTES_A_STEP * len(trace.steps) < cache.bytes_in_use() <= cache.TOTAL_BYTES


@pytest.mark.parametrize("name", ["resnet18", "cifar_resnet110"])
def test_the_estimates_are_about_what_is_really_allocated(name: str) -> None:
    spec = rv.variant(name)
    makers: Mapping[str, Any] = {
        "forecast": lambda: rv.forecast(spec, 96),
        "trace": lambda: rv.trace(spec, 96, device="meta"),
        "table": lambda: cache.shape_table(Known(spec, (96, 96))),
        "figure": lambda: cache.figure(Known(spec, (96, 96)), WHOLE, PLAIN),
        "findings": lambda: cache.findings(Known(spec, (96, 96)), "train", "", 0.0, "sgd"),
    }
    for kind, make in makers.items():
        make()  # what it loads once stays out of the measure
        cache.forget_everything()
        cache.forecast(spec, (96, 96), 1)
        gc.collect()
        tracemalloc.start()
        kept = make()
        cache.forget_everything()
        gc.collect()
        real = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        if kind == "table":
            real += kept.arrow.nbytes  # Arrow has a memory of its own
        told = cache.bytes_of(kept)
        assert 0.5 * real - 2000 < told < 2 * real + 2000, (kind, told, real)


def test_what_stands_twice_in_a_value_is_counted_once() -> None:
    text, other = "a" * 10_000, "b" * 10_000
    assert 10_000 <= cache.bytes_of(text) < 10_100
    assert 10_000 <= cache.bytes_of((text, text)) < 10_200
    assert 20_000 <= cache.bytes_of((text, other)) < 20_300
    assert 20_000 <= cache.bytes_of({"one": text, "two": (text, other)}) < 21_000
    assert cache.bytes_of(None) == 0
