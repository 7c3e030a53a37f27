"""The tour's prose by textstat's formulas that go by letters, words and sentences: for a reader of twelve, formulas aside."""

import re

import pytest
import textstat

from resnet_viz.lessons import LESSONS
from resnet_viz.lessons.scene import Scene

MOST = 8.0  # years at school


def grades(text: str) -> dict[str, float]:
    """Years at school that a text takes; a name of code, and a shape, are one short word."""
    prose = re.sub(r"`[^`]*`|\d+(?:×\d+)+", "it", text).replace("*", "")
    return {
        "automated readability index": textstat.automated_readability_index(prose),
        "Coleman-Liau": textstat.coleman_liau_index(prose),
    }


@pytest.mark.parametrize("network", ["", "resnet50@96"], ids=["as it opens", "another network"])
def test_every_step_is_easy_to_read(network: str) -> None:
    told: dict[str, dict[str, float]] = {}
    for lesson in LESSONS:
        page = lesson.build(Scene.read(network or lesson.start))
        asked = page.question
        told[lesson.name] = grades(" ".join([lesson.claim, page.claim, asked.prompt, page.reason, *(answer.why for answer in asked.answers)]))  # fmt: skip
    hard = {name: found for name, found in told.items() if max(found.values()) > MOST}
    print({name: [round(value, 1) for value in found.values()] for name, found in told.items()})
    assert hard == {} and len(told) == len(LESSONS)


def test_a_hard_text_is_seen() -> None:
    hard = (
        "Notwithstanding considerable methodological heterogeneity, contemporary convolutional architectures predominantly "
        "incorporate dimensionality-reducing transformations whose computational characteristics necessitate comprehensive "
        "quantitative characterization preceding their deployment."
    )
    assert min(grades(hard).values()) > 2 * MOST
