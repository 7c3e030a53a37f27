import pytest

import resnet_viz as rv
from resnet_viz.views import VIEWS


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("level", "focus"), [("network", None), ("block", "layer2.0")])
def test_every_box_can_be_selected(theme: str, level: str, focus: str | None) -> None:
    trace = rv.forecast(rv.variant("resnet34"), 32)
    figure = rv.draw(trace, level, focus, theme=theme, selected=4)
    hits = next(data for data in figure.data if data.name == "hits")
    assert len(hits.customdata) == len(hits.hovertext) >= 6
    for step, text in zip(hits.customdata, hits.hovertext, strict=True):
        assert "×".join(map(str, trace.steps[step].output)) in text


def test_alt_text_says_the_route() -> None:
    figure = rv.draw(rv.forecast(rv.variant("resnet34"), 224))
    assert figure.layout.meta["alt"] == (
        "network level, 1×3×224×224. Volumes (height×width×channels): 224×224×3 → 112×112×64 → 56×56×64 → 28×28×128 → 14×14×256 → 7×7×512 → "
        "1×1×512 → 1000. Drawn: 13 identity, 3 projection shortcuts."
    )


def test_a_foreign_network_can_be_drawn() -> None:
    from torch import nn

    figure = rv.draw(rv.trace(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 9, 3)), 16))
    assert "14×14×8 → 12×12×9" in figure.layout.meta["alt"]


def test_each_view_says_what_it_is() -> None:
    for view in VIEWS:
        assert view.TITLE
        assert view.QUESTION.endswith("?")


def test_bad_theme() -> None:
    with pytest.raises(rv.InputError, match=r"^theme='pink': must be light or dark; use 'light'$"):
        rv.draw(rv.forecast(rv.variant("resnet18")), theme="pink")
