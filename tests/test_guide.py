"""The page for teachers says all that the tour teaches, asks and believes of wrong answers, and nothing twice."""

from resnet_viz.export.guide import Taught, guide
from resnet_viz.lessons import LESSONS
from resnet_viz.lessons.scene import Scene
from resnet_viz.ui.learn.teachers import whole_guide
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
    step = Taught("<b>t", '"><script>', False, "<i>", "<u>", ("<s>",), "<script>", "`<a>`", "**<em>**", [("<q>", "&")])
    made = guide([step], "<v>")
    assert Marks(made).open == [] and "<code>&lt;a&gt;</code>" in made and "<b>&lt;em&gt;</b>" in made
    assert not any(tag in made for tag in ("<script>", "<i>", "<u>", "<s>", "<q>", "<em>", "<a>"))
