"""A learner who believes something wrong is told what it is: by each wrong answer, and by a shape that is typed."""

from collections.abc import Callable

import pytest

from resnet_viz.lessons import LESSONS
from resnet_viz.lessons.base import Question
from resnet_viz.lessons.mistyped import _ELSE, MARKS, told
from resnet_viz.lessons.scene import Scene

NETWORKS = ("resnet18@160", "resnet34@224", "resnet50@96", "cifar_resnet20@32")
# what somebody believes, and the shape that they then type for one of H×W×C: computed, from what is right
BELIEVED: dict[str, Callable[[int, int, int], str]] = {
    "PyTorch's order": lambda h, w, c: f"{c}×{h}×{w}",
    "the batch is a side": lambda h, w, c: f"1×{h}×{w}×{c}",
    "the batch is a side, PyTorch's order": lambda h, w, c: f"1×{c}×{h}×{w}",
    "a map is a row of numbers": lambda h, w, c: f"{h * w * c}",
    "the pool does not count": lambda h, w, c: f"{2 * h}×{2 * w}×{c}",
    "every conv halves": lambda h, w, c: f"{-(-h // 2)}×{-(-w // 2)}×{c}",
    "rounded up": lambda h, w, c: f"{h + 1}×{w + 1}×{c}",
    "rounded down": lambda h, w, c: f"{h - 1}×{w - 1}×{c}",
    "no padding": lambda h, w, c: f"{h - 2}×{w - 2}×{c}",
    "channels are kept from the image": lambda h, w, c: f"{h}×{w}×3",
    "a filter sums all channels to one map": lambda h, w, c: f"{h}×{w}×1",
    "adding is concatenating": lambda h, w, c: f"{h}×{w}×{2 * c}",
    "channels grow one stage later": lambda h, w, c: f"{h}×{w}×{c // 2}",
    "a bottleneck gives out what its 3×3 has": lambda h, w, c: f"{h}×{w}×{c // 4}",
    "a bottleneck's 3×3 has what it gives out": lambda h, w, c: f"{h}×{w}×{4 * c}",
}  # fmt: skip


def _questions() -> list[tuple[str, Question]]:
    made = []
    for lesson in LESSONS:
        texts = (
            (lesson.start, *NETWORKS)
            if lesson.build(Scene.read(lesson.start)).question.kind == "shape"
            else (lesson.start,)
        )
        made += [(f"{lesson.name} {text}", lesson.build(Scene.read(text)).question) for text in texts]
    return made


def test_at_least_nine_of_ten_misconceptions_are_named() -> None:
    """Each by words of its own; a shape that is right after all, as two beliefs may cancel out, is none."""
    named, unnamed, general = 0, list[str](), set(_ELSE.values())
    for where, asked in _questions():
        wrong = [answer for answer in asked.answers if not answer.right]
        assert len({answer.why for answer in wrong}) == len(wrong) >= 2, where
        named += len(wrong)
        if asked.kind == "shape":
            h, w, c = map(int, asked.right.text.split("×"))
            for belief, typed in BELIEVED.items():
                text = typed(h, w, c)
                if text == asked.right.text:
                    continue
                if asked.judge(text).why in general:
                    unnamed.append(f"{where}: {belief} ({text} for {asked.right.text})")
                else:
                    named += 1
    share = named / (named + len(unnamed))
    print(f"{named} of {named + len(unnamed)} misconceptions are named, {share:.1%}", *unnamed, sep="\n")
    assert share >= 0.9 and named > 150


@pytest.mark.parametrize(
    ("typed", "mark"),
    [("128×28×28", "the order"), ("28×128×28", "the order"), ("1×28×28×128", "the batch"), ("1×128×28×28", "the batch"), ("28×28×128×8", "the batch"), ("100352", "flattened"),
     ("56×56×128", "no halving"), ("55×55×128", "no halving"), ("14×14×128", "halved once more"), ("29×29×128", "rounding"), ("27×27×128", "rounding"),
     ("26×26×128", "no padding"), ("22×22×128", "no padding"), ("28×28×3", "the image's channels"), ("28×28×1", "summed"), ("28×28×256", "concatenated"),
     ("28×28×64", "the stage before"), ("28×28×512", "expansion"), ("28×28×32", "expansion")],
)  # fmt: skip
def test_each_mark_is_seen_in_the_numbers(typed: str, mark: str) -> None:
    assert told("28×28×128", typed) == next(words for name, _, words in MARKS if name == mark)


@pytest.mark.parametrize("typed", ["", "x", "0×0×0", "9" * 400, "28×28", "28×28×127", "1×2×3×4×5×6×7×8", "-1×-1×-1"])
def test_whatever_is_typed_gets_an_answer(typed: str) -> None:
    assert told("28×28×128", typed) in {*_ELSE.values(), *(words for _, _, words in MARKS)}


def test_no_reply_says_what_is_right() -> None:
    assert not any(sign.isdigit() for _, _, words in MARKS for sign in words)
    assert len({words for _, _, words in MARKS}) == len(MARKS)
