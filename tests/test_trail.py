"""The way from the whole network to what is shown, and where a step has a volume of its own."""

import pytest

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.layout import WHOLE, Place
from resnet_viz.picture.layout.going import drawn_at
from resnet_viz.picture.layout.trail import own_place, trail

TRACE = rv.forecast("resnet50", 64)
NAMES = [
    (WHOLE, ["R"]),
    (Place("stage", "layer3"), ["R", "layer3"]),
    (Place("block", "layer3.5"), ["R", "layer3", "layer3.5"]),
    (Place("operation", "layer3.5.conv2"), ["R", "layer3", "layer3.5", "conv2"]),
    (Place("operation", "layer3.0.downsample.0"), ["R", "layer3", "layer3.0", "downsample.0"]),
    (Place("operation", "conv1"), ["R", "conv1"]),
]


@pytest.mark.parametrize(("place", "names"), NAMES, ids=lambda it: it.text if isinstance(it, Place) else "")
def test_each_stop_leads_to_the_part_that_it_names(place: Place, names: list[str]) -> None:
    way = trail(TRACE, place, "R")
    assert [stop.name for stop in way] == names
    assert way[0].place == WHOLE and way[-1].place == place
    for outer in way[:-1]:  # the same way led there, too
        assert trail(TRACE, outer.place, "R") == way[: way.index(outer) + 1]


@pytest.mark.parametrize("network", ["resnet18", "resnetv2_50d", "seresnext26t_32x4d", "resnet18_option_a"])
def test_each_step_is_found_where_it_is_drawn(network: str) -> None:
    trace = rv.forecast(network, 64)
    places = {step.name: own_place(trace, step.index) for step in trace.steps}
    drawn = {place: describe(trace, place)["layout"]["meta"] for place in set(places.values())}
    for step in trace.steps:
        place = places[step.name]
        meta, mark = drawn[place], str(drawn_at(trace, step, place.level))
        assert mark in meta["outlines"] or mark in meta["folds"], step.name
        assert step.name == place.focus or place.focus is None or step.name.startswith(f"{place.focus}.")
        assert place.level == ("network" if step.stage is None else "block")
