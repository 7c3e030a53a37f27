"""Which steps are one module's call: told from the modules' paths and the order of steps alone, on networks of a few."""

from resnet_viz.steps import Activation, Add, Conv, Flatten, Identity, Linear, Op, Rearrange, Shape, Step
from resnet_viz.steps.spans import Modules, Span, common_path, same, within
from tests.any_ops import image, step

CONV, RELU = Conv((3, 3), (1, 1), (1, 1)), Activation()
MAP = (1, 3, 8, 6)


def chain(*named: tuple[str, Op], shapes: dict[int, Shape] | None = None) -> list[Step]:
    """Steps that each read the one before, by name and operation; the input is the first."""
    steps = [image(*MAP)]
    for index, (name, op) in enumerate(named, 1):
        steps.append(step(index, name, op, {index - 1: steps[-1].output}, (shapes or {}).get(index, MAP)))
    return steps


def convs(*names: str) -> Modules:
    return Modules(chain(*((name, CONV) for name in names)))


def pieces(modules: Modules, path: str) -> list[tuple[int, int]]:
    return [(call.start, call.stop) for call in modules.calls(path)]


def test_the_module_of_a_step_and_the_path_of_several() -> None:
    assert convs("conv1", "layer1.0.conv1", "layer1.0.conv1#2", "a.b#12").of[1:] == ["", "layer1.0", "layer1.0", "a"]
    for paths, common in (
        (["features.0", "features.1.conv"], "features"), (["a.b.c", "a.b.d", "a.b"], "a.b"), (["a.b", "a.b"], "a.b"),
        (["a.bc", "a.bd"], "a"), (["a", ""], ""), (["", ""], ""), (["a", "b"], ""), (["a.b.c"], "a.b.c"),
    ):  # fmt: skip
        assert common_path(paths) == common


def test_spans_within_and_the_same() -> None:
    one = Span("a.b.c", 3, 6)
    assert (one.parent, Span("a", 0, 1).parent) == ("a.b", "")
    assert (one.inner, one.title, one.residual, one.unit) == ([], "", False, False)
    assert [within(one, Span("x", *ends)) for ends in ((3, 6), (2, 7), (4, 6), (3, 5), (4, 7))] == [True, True, False, False, False]  # fmt: skip
    assert [same(one, Span(*of)) for of in (("a.b.c", 3, 6), ("a.b", 3, 6), ("a.b.c", 2, 6), ("a.b.c", 3, 7))] == [True, False, False, False]  # fmt: skip


def test_what_is_under_a_module() -> None:
    modules = convs("a.conv", "a.b.conv", "ab.conv", "c#2", "conv")  # from step 1
    under = {path: [at for at in range(1, 6) if modules.under(at, path)] for path in ("a", "a.b", "ab", "c", "a.conv")}
    assert under == {"a": [1, 2], "a.b": [2], "ab": [3], "c": [4], "a.conv": [1]}
    assert list(modules.paths) == ["", "a", "a.b", "ab"]
    assert {path: modules.children(path) for path in ("", "a", "a.b", "d")} == {"": ["a", "ab"], "a": ["a.b"], "a.b": [], "d": []}  # fmt: skip
    deep = convs("x.y.z.conv")
    assert list(deep.paths) == ["", "x", "x.y", "x.y.z"] and deep.children("x") == ["x.y"]


def test_the_map_of_a_span_is_that_which_it_hands_on() -> None:
    shapes: dict[int, Shape] = {1: (1, 4, 5, 7), 2: (1, 4, 35), 3: (1, 4, 35), 4: (1, 9)}
    steps = chain(("conv", CONV), ("view", Rearrange("view")), ("drop", Identity()), ("fc", Linear()), shapes=shapes)
    modules = Modules(steps)
    assert [modules.size(Span("", 0, stop)) for stop in (2, 3, 4, 5)] == [(5, 7), (35,), (35,), ()]
    assert [modules.heavy(Span("", *ends)) for ends in ((0, 5), (0, 2), (2, 4), (1, 1))] == [2, 1, 0, 0]


def test_a_step_takes_along_the_activations_of_its_own_module() -> None:
    modules = Modules(chain(("a.conv", CONV), ("a.relu", RELU), ("a.tanh", Activation("tanh")), ("b.relu", RELU), ("c", Flatten())))  # fmt: skip
    assert [modules.with_activation(index) for index in range(1, 6)] == [4, 4, 4, 5, 6]
    other = chain(("a.conv", CONV), ("a.relu", RELU))
    other.append(step(3, "a.act", RELU, {1: MAP}, MAP))  # of the conv, not of the activation before it
    assert [Modules(other).with_activation(index) for index in (1, 2)] == [3, 3]


def test_calls_of_a_module_are_runs_of_neighbouring_steps() -> None:
    modules = convs("a.0.conv", "b.conv", "a.0.conv#2", "a.1.conv")
    assert pieces(modules, "a") == [(1, 2), (3, 5)] and pieces(modules, "a.0") == [(1, 2), (3, 4)]
    assert pieces(modules, "b") == [(2, 3)] and pieces(modules, "c") == []
    assert modules.calls("a")[1] == Span("a", 3, 5) and modules.calls("a")[1] is not modules.calls("a")[1]


def test_a_module_called_again_at_once_is_cut_where_its_names_begin_anew() -> None:
    assert pieces(convs("a.x", "a.y", "a.x#2", "a.y#2", "a.x#3", "a.y#3"), "a") == [(1, 3), (3, 5), (5, 7)]
    # a run that does not end with a whole piece, or repeats only within, is one call
    assert pieces(convs("a.x", "a.y", "a.x#2"), "a") == [(1, 4)]
    assert pieces(convs("a.x", "a.y", "a.y#2", "a.x#2"), "a") == [(1, 5)]
    assert pieces(convs("a.x", "a.x#2", "a.y", "a.x#3", "a.x#4", "a.y#2"), "a") == [(1, 4), (4, 7)]
    assert pieces(convs("a.x", "a.y", "a.x#2", "a.z", "a.x#3", "a.y#2", "a.x#4", "a.z#2"), "a") == [(1, 5), (5, 9)]
    assert pieces(convs("a.x", "a.y", "a.z"), "a") == [(1, 4)]


def test_one_conv_called_again_is_no_call_of_its_own_unless_there_is_a_way_round_it() -> None:
    assert pieces(convs("a.x", "a.x#2"), "a") == [(1, 3)]
    assert pieces(convs("a.x", "a.x#2", "a.x#3", "a.x#4"), "a") == [(1, 5)]

    def added(*modules: str) -> Modules:
        """Of each module a conv and an addition of what it read."""
        steps = [image(*MAP)]
        for name in modules:
            at = len(steps)
            steps.append(step(at, f"a.conv#{at}" if at > 1 else "a.conv", CONV, {at - 1: MAP}, MAP))
            steps.append(step(at + 1, f"{name}#{at}" if at > 1 else name, Add(), {at: MAP, at - 1: MAP}, MAP))
        return Modules(steps)

    assert pieces(added("a.add", "a.add"), "a") == [(1, 3), (3, 5)]
    assert pieces(added("a.inner.add", "a.inner.add"), "a") == [(1, 5)]  # the way round it is another module's
    relus = Modules(chain(("a.relu", RELU), ("a.relu#2", RELU)))
    assert pieces(relus, "a") == [(1, 3)]
