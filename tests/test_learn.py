"""The page Learn: predictions are judged, kept in the address, handed in; teachers hide what they like."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from streamlit.testing.v1 import AppTest

import resnet_viz as rv
from resnet_viz.export.sheet import Entry, sheet
from resnet_viz.export.table import count_text
from resnet_viz.lessons import LESSONS, Scene
from resnet_viz.lessons.errata import CLAIMS
from resnet_viz.lessons.glossary import GLOSSARY
from resnet_viz.lessons.tasks import TASKS
from resnet_viz.ui.learn import errata, progress, words
from resnet_viz.ui.learn.figures import explore_address

APP = str(Path(__file__).parents[1] / "resnet_viz" / "ui" / "main.py")
LEARN = "from resnet_viz.ui import links\nfrom resnet_viz.ui.screens import learn\nlinks.keep()\nlearn.page()"


def _open(**params: str) -> AppTest:
    app = AppTest.from_string(LEARN, default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _text(app: AppTest) -> str:
    """All that the page says, without what its terms mean."""
    kinds = ("markdown", "caption", "warning", "error", "info", "success", "code")
    said = "\n".join(element.value for kind in kinds for element in getattr(app, kind))
    return re.sub(r'<span class="term"[^>]*>(.*?)<span class="meaning".*?</span></span>', r"\1", said)


def _press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def _figures(app: AppTest) -> list[dict[str, str]]:
    found = [json.loads(part.proto.json) for part in app.get("bidi_component")]
    return [data for data in found if "figure" in data or "ones" in data]  # a picture, or maps of real numbers


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_each_step_asks_judges_and_explains(lesson: object) -> None:
    assert lesson in LESSONS
    step = LESSONS[LESSONS.index(lesson)]  # type: ignore[arg-type]
    page = step.build(Scene.read(step.start))
    app = _open(lesson=step.name)
    assert page.question.prompt in _text(app) and page.reason not in _text(app) and step.claim not in _text(app)
    _press(app, "Check my prediction")
    assert app.warning[0].value.startswith("Predict first")
    wrong = next(answer for answer in page.question.answers if not answer.right)
    for answer in (wrong, page.question.right):
        if page.question.kind == "shape":
            for field, side in zip(app.number_input, answer.text.split("×"), strict=True):
                field.set_value(int(side))
        else:
            app.radio[0].set_value(answer.text)
        _press(app, "Check my prediction")
        text = _text(app)
        assert answer.why in text and page.reason in text and step.claim in text and page.question.right.text in text
        assert (f"[You predicted] **{wrong.text}**" in text) == (answer is wrong)
        assert app.query_params["given"].startswith(f"{step.name}~")
        assert _figures(app)
        _press(app, "Predict again")
    assert "given" not in app.query_params


def test_the_core_ends_with_a_recap_and_the_deeper_steps_are_a_way_of_their_own() -> None:
    core = [lesson for lesson in LESSONS if not lesson.deeper]
    deeper = [lesson for lesson in LESSONS if lesson.deeper]
    assert (*core, *deeper) == LESSONS
    app = _open(given="floor~0!reading~0!sight~0")
    for lesson in core:
        assert lesson.title in [element.value for element in app.header]
        _press(app, "Next")
    assert app.query_params["lesson"] == "recap" and not _figures(app)
    text = _text(app)
    for name in ("floor", "reading", "sight"):
        step = next(lesson for lesson in LESSONS if lesson.name == name)
        asked = step.build(Scene.read(step.start)).question
        assert f"**{LESSONS.index(step) + 1}. {step.title}**" in text and asked.prompt in text and step.claim in text
        right = f"[You are right: it is] **{asked.right.text}**"
        wrong = f"[You predicted] **{asked.answers[0].text}** :green-badge[It is] **{asked.right.text}**"
        assert (right if asked.answers[0].right else wrong) in text
    numbers = [str(n) for n, lesson in enumerate(LESSONS, 1) if lesson.name not in ("floor", "reading", "sight")]
    assert f"Not answered yet: steps {', '.join(numbers)}." in text
    assert "It is" not in _text(_open(lesson="recap", given="floor~0", hide="answers"))
    # the first of the deeper steps is answered, so the second is next
    _press(app, f"Go deeper: {next(one.title for one in deeper if one.name != 'sight')}")
    assert app.query_params["lesson"] in [one.name for one in deeper]
    app = _open(lesson=deeper[0].name)
    assert "Back" not in [button.label for button in app.button]
    for _ in deeper:
        _press(app, "Next")
    _press(app, "On to the design tasks")
    assert app.query_params["part"] == "Design tasks"
    app = _open(lesson="floor")
    _press(app, "Back")
    assert app.query_params["lesson"] == "filters"


def test_another_network_asks_anew_and_is_kept_in_the_link() -> None:
    app = _open(lesson="projecting", on="resnet18@64", given="projecting~0!options~0~resnet18@64")
    assert "of ResNet-18 reads 16×16×64" in _text(app)
    assert "Predict." in _text(app) and ":green-badge[" not in _text(app)  # that answer was on another network
    app.selectbox(key="lesson").set_value("options").run()
    assert app.session_state["text_lesson"] == "resnet18@64" and ":green-badge[" in _text(app)
    app.text_input(key="lesson_size").set_value("0").run()
    assert app.error[0].value.startswith("input_size=")
    assert _figures(app) and "Here still: `resnet18@64`" in _text(app)
    app.text_input(key="lesson_size").set_value("240").run()
    app.selectbox(key="lesson_net").set_value("resnetaa50").run()
    assert app.error[0].value.startswith("This network cannot run at this input.")


def test_a_broken_link_claims_nothing() -> None:
    app = _open(
        lesson="x",
        given="floor~99!nowhere~1!task-tiny~1~resnet18@32!task-bare~1~resnet34:shortcut=A@224",
        hide="all",
        design="<b>",
    )
    assert "lesson=x" in app.code[0].value and "hide=all" in app.code[0].value and "design=<b>" in app.code[0].value
    assert set(progress.read(app.query_params["given"]) or {}) == {"floor", "task-bare"}
    assert _open(lesson="floor", given="floor~99").query_params["lesson"] == "floor"


def test_a_teachers_link_hides() -> None:
    app = _open(lesson="floor", hide="answers,network,steps")
    labels = [button.label for button in app.button]
    assert "Next" not in labels and not app.selectbox
    app.radio[0].set_value(app.radio[0].options[0])
    _press(app, "Check my prediction")
    assert (
        app.info[0].value.startswith("Your prediction is noted")
        and not app.success
        and ":green-badge[" not in _text(app)
    )


def test_the_link_for_teachers_opens_the_step() -> None:
    app = _open(lesson="work", on="resnet18@64")
    link = next(code.value for code in app.code if "?" in code.value)
    asked = parse_qs(urlparse(link).query)
    assert asked["lesson"] == ["work"] and asked["on"] == ["resnet18@64"] and asked["part"] == ["Tour"]


def test_what_is_often_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tuple(rv.variants()) == errata.NETWORKS
    names = ("resnet18", "resnet34", "resnet50", "cifar_resnet20", "cifar_resnet56")  # all of them take seconds
    monkeypatch.setattr(errata, "NETWORKS", names)
    app = _open(part="Often read", of="resnet50_v1@224")
    text = _text(app)
    assert all(claim.text in text for claim in CLAIMS)
    assert text.count("ResNet-50 v1: it does not hold, for") == 9 and text.count("ResNet-50 v1: it holds, for") == 3
    assert "always four stages.* :red-badge[not in general: true for 3 of 5]" in text
    assert "Counter-examples: ResNet-20 (CIFAR) (it has 3 stages)." in text
    assert (
        "each stage.* :red-badge[false for all 5]" in text
        and "Counter-example: ResNet-18 (layer2.0 makes 28×28 of 56×56" in text
    )
    assert "in each block.* :red-badge[not in general: true for 1 of 5]" in text  # from 34 to 50
    next(button for button in app.button if button.key == "claim_two-options").click().run()
    assert app.query_params["lesson"] == "options" and "part" not in app.query_params


def test_a_design_task_is_hinted_solved_and_shared() -> None:
    app = _open(part="Design tasks")
    assert ":gray[○] three stages: it has 4" in _text(app)
    for _ in range(3):
        next(button for button in app.button if button.key == "task_hint").click().run()
    assert _text(app).count(":blue-badge[Hint ") == 3 and not any(button.key == "task_hint" for button in app.button)
    app.selectbox(key="design_net").set_value("cifar_resnet20").run()
    assert app.success[0].value.startswith("Solved, with `cifar_resnet20@32`")
    again = _open(part="Design tasks", design=app.query_params["design"])
    assert again.success and again.query_params["given"] == "task-tiny~1~cifar_resnet20@32"
    app.selectbox(key="task").set_value("repair").run()
    assert "layer4.0.add cannot run" in _text(app)
    assert not _figures(app)  # which never could be drawn
    app.text_input(key="design_size").set_value("224").run()
    drawn = _figures(app)
    app.text_input(key="design_size").set_value("0").run()
    assert app.error[0].value.startswith("input_size=")
    assert _figures(app) == drawn and "The last that could be drawn: `resnetaa50@224`" in _text(app)
    _press(app, "Next task")
    assert app.query_params["task"] == TASKS[[task.name for task in TASKS].index("repair") + 1].name
    assert f"1 of {len(TASKS)} tasks solved" in str(app.get("progress")[0].proto)


def test_a_field_is_picked_with_its_sentence() -> None:
    app = _open(part="Design tasks", task="seeing")
    picked = app.selectbox(key="design_field")
    picked.set_value("blocks").run()
    assert "How many residual blocks each stage has." in _text(app) and "`blocks=2,2,2,2`" in _text(app)
    assert app.text_input(key="design_value_blocks").value == "1,1,1,1"
    app.text_input(key="design_value_blocks").set_value("1, 1, 1, 2")
    _press(app, "Change it")
    assert app.text_input(key="design_more").value == "blocks=1,1,1,2" and app.success
    app.selectbox(key="design_field").set_value("anti_alias").run()
    app.selectbox(key="design_value_anti_alias").set_value("blur")
    _press(app, "Change it")
    assert app.text_input(key="design_more").value == "blocks=1,1,1,2 anti_alias=blur"


def test_names_side_by_side_and_words() -> None:
    app = _open(part="Names", network="resnet50@64", named="layer2.0.downsample.1")
    text = _text(app)
    assert (
        "In the paper: **conv3_x" in text
        and "`model.layer2[0].downsample[1]`" in text
        and "`nn.BatchNorm2d(512)`" in text
    )
    assert app.dataframe[0].value.iloc[0]["name"] == "layer2.0.downsample.1"
    assert _figures(app)[0]["selected"] is not None
    words = _text(_open(part="Words"))
    assert all(f"**{term}**: {meaning}" in words for term, meaning in GLOSSARY.items())


def test_each_term_explains_itself_where_it_first_stands() -> None:
    seen: set[str] = set()
    text = words.marked("A **stride** of two: the conv `conv1.stride` has strides, one MAC is a <b>", seen)
    meanings = re.findall(
        r'<span class="term" tabindex="0" aria-describedby="(\w+)">(\w+)<span class="meaning" role="tooltip" id="(\w+)"><b>([\w-]+)</b>: ',
        text,
    )
    assert [(word, term) for _, word, _, term in meanings] == [
        ("stride", "stride"),
        ("conv", "convolution"),
        ("MAC", "MAC"),
    ]
    assert all(name == for_ for name, _, for_, _ in meanings) and len({name for name, *_ in meanings}) == 3
    assert "`conv1.stride` has strides, one" in text and seen == {"stride", "convolution", "MAC"}
    assert text.endswith("is a &lt;b>")
    assert words.marked("The stride is two.", seen) == "The stride is two."
    assert words.marked("stridently mapped, a stem-cell, pre-convs") == "stridently mapped, a stem-cell, pre-convs"
    # whatever a text of the tour or a hint says of the field's words, the page explains
    texts = [text for lesson in LESSONS for text in (lesson.build(Scene.read(lesson.start)).claim, lesson.claim)]
    for text in (*texts, *(hint for task in TASKS for hint in task.hints)):
        plain = re.sub(r"`[^`]*`", "", text)
        told = re.findall(r"<b>([^<]*)</b>", words.marked(text))
        said = {
            term for term in GLOSSARY if re.search(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])", plain, re.IGNORECASE)
        }
        inside = {term for term in said for other in told if term != other and term.lower() in other.lower()}
        assert said - inside <= set(told), (text, said - set(told))


def test_the_page_to_hand_in_and_starting_over() -> None:
    # in the third step ⌊75.5⌋ is 75, its last answer; in the ninth option C has 16 projections, not the first answer's 3
    app = _open(given="floor~3!options~0!task-tiny~1~cifar_resnet20@32")
    assert f"2 of {len(LESSONS)} steps answered" in str(app.get("progress")[0].proto)
    marks = next(element.value for element in app.caption if "Solved: " in element.value)
    assert marks == "Right: 3 · Not right: 9 · Solved: A network for tiny images"
    teachers = "What each step teaches and asks, HTML"
    assert [button.label for button in app.get("download_button")] == [teachers]
    app.text_input(key="learner").set_value("Ada")
    _press(app, "Make a page to hand in")
    assert [button.label for button in app.get("download_button")] == ["Download the page of Ada", teachers]
    _press(app, "Start over")
    assert "given" not in app.query_params and f"0 of {len(LESSONS)} steps" in str(app.get("progress")[0].proto)


def test_the_sheet_escapes_what_comes_from_outside() -> None:
    page = sheet(
        [Entry("A <b>", "c", "q `x`?", "1 & 2", True, "**why**"), Entry("B", "c", "q", "a", False, "w")],
        "<script>",
        rv.__version__,
    )
    assert "<script>" not in page and "&lt;script&gt;: 1 of 2 right." in page
    assert "A &lt;b&gt;" in page and "1 &amp; 2" in page and "q x?" in page and "✗ not right" in page


def test_the_window_and_the_side_can_be_moved() -> None:
    app = _open(lesson="floor")
    before = _figures(app)[0]["figure"]
    app.slider[1].set_value(app.slider[1].max).run()
    assert _figures(app)[0]["figure"] != before and "output ?×?" in json.dumps(
        json.loads(_figures(app)[0]["figure"]), ensure_ascii=False
    )
    page = next(lesson for lesson in LESSONS if lesson.name == "halving").build(Scene.of("resnet34", 225))
    right = [answer.right for answer in page.question.answers].index(True)
    app = _open(lesson="halving", given=f"halving~{right}")
    app.slider[0].set_value(33).run()
    assert "no padding: **17**" in _text(app) and "rounds down: **16**" in _text(app)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_lessons_link_opens_its_network_in_explore(lesson: object) -> None:
    step = LESSONS[LESSONS.index(lesson)]  # type: ignore[arg-type]
    view = step.build(Scene.read(step.start)).view
    asked = {name: values[0] for name, values in parse_qs(urlparse(explore_address(view)).query).items()}
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception and not any("asked for what does not exist" in w.value for w in app.warning)
    totals = view.scene.trace.totals
    assert f"**{count_text(totals.params)}** parameters" in _text(
        app
    ) and f"**{count_text(totals.macs)}** MACs" in _text(app)


def test_looking_at_another_part_or_page_loses_nothing() -> None:
    app = _open(lesson="floor", on="resnet18@64")
    for part in ("Words", "Tour"):
        app.button_group(key="part").set_value(part).run()
    assert app.session_state["text_lesson"] == "resnet18@64" and app.query_params["lesson"] == "floor"
    app.button_group(key="part").set_value("Design tasks").run()
    app.text_input(key="design_size").set_value("64").run()
    for part in ("Words", "Design tasks"):
        app.button_group(key="part").set_value(part).run()
    assert app.session_state["text_design"] == "resnet18@64"
