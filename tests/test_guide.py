"""The page for teachers says all that the tour teaches, asks and believes of wrong answers, and nothing twice."""

import json

from resnet_viz.export.guide import Taught, guide
from resnet_viz.lessons import LESSONS
from resnet_viz.lessons.scene import Scene
from resnet_viz.ui.learn.teachers import all_taught, whole_guide
from tests.command_line import call
from tests.test_report import Marks

ADDRESS = "http://127.0.0.1:8501/learn"


def plain(text: str) -> str:
    return text.replace("`", "").replace("*", "")


def test_every_step_is_told_with_each_wrong_answer_and_a_link_into_it() -> None:
    made = whole_guide(ADDRESS)
    found = Marks(made)
    assert found.open == [] and "<script" not in made
    assert found.links == [f"{ADDRESS}?lesson={lesson.name}" for lesson in LESSONS]
    for lesson in LESSONS:
        asked = lesson.build(Scene.read(lesson.start)).question
        assert plain(asked.prompt) in found.text and f"Right: {plain(asked.right.text)}." in found.text, lesson.name
        wrong = [answer for answer in asked.answers if not answer.right]
        assert len(wrong) >= 2 and all(f"{plain(one.text)}: {plain(one.why)}" in found.text for one in wrong)
        # each has its own: no two of a question are told the same, and none is told what is right
        assert len({one.why for one in wrong} | {asked.right.why}) == len(wrong) + 1, lesson.name
    assert "`" not in found.text and "*" not in found.text and "Words: ." not in found.text


def test_no_text_is_taken_for_marks() -> None:
    step = Taught(
        "<b>t", '"><script>', False, "<i>", "<u>", ("<s>",), "<script>", "`<a>`", "<p>", "**<em>**", [("<q>", "&")], 1.2
    )
    made = guide([step], "<v>")
    assert Marks(made).open == [] and "<code>&lt;a&gt;</code>" in made and "<b>&lt;em&gt;</b>" in made
    assert not any(tag in made for tag in ("<script>", "<i>", "<u>", "<s>", "<q>", "<em>", "<a>"))


def test_the_core_takes_half_an_hour() -> None:
    """What the tour promises; by words that are counted, and a stated pace."""
    steps = all_taught(ADDRESS)
    core = sum(step.minutes for step in steps if not step.deeper)
    assert 25 < core < 35
    assert f"The core, {sum(not step.deeper for step in steps)} steps, about {core:.0f} minutes" in whole_guide(ADDRESS)
    assert all(1 < step.minutes < 5 for step in steps)


def test_the_command_tells_what_the_page_tells() -> None:
    made = Marks(whole_guide("/learn"))
    text, data = call("lessons").out, json.loads(call("lessons", "--format", "json").out)
    assert [step["title"] for step in data["steps"]] == [lesson.title for lesson in LESSONS]
    for step in data["steps"]:
        for told in (
            step["claim"],
            step["question"],
            step["right"],
            step["reason"],
            *[one["why"] for one in step["wrong"]],
        ):
            assert told in text and plain(told) in made.text
    assert call("lessons", "--format", "html").out == whole_guide("/learn")
    assert (
        "https://course.example/learn?lesson=adding" in call("lessons", "--address", "https://course.example/learn").out
    )
    refused = call("lessons", "--address", "javascript:alert(1)")
    assert refused.code == 2 and "address='javascript:alert(1)': must begin with / or http" in refused.err
