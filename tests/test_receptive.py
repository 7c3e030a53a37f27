"""Which pixels a cell sees: against published paddings, and against the gradient that really flows."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Conv, Input, Step, Trace
from resnet_viz.why.field import field_of, map_size
from tests import facts
from tests.strategies import specs

MEASURED = facts.receptive_fields()["measured"]


@pytest.mark.parametrize("name", MEASURED)
def test_measured_size_stride_and_padding(name: str) -> None:
    trace = rv.forecast(rv.variant(name.split()[1] + ("_v1" if "original v1" in name else "")))
    for place, numbers in MEASURED[name].items():
        end = [step for step in trace.steps if step.name == place or step.name.startswith(f"{place}.")][-1]
        field = field_of(trace, end)
        assert field.size == end.receptive_field == (numbers["rf"], numbers["rf"])
        assert (field.top, field.left) == (-numbers["pad"], -numbers["pad"])
        assert end.output_stride == (numbers["stride"], numbers["stride"])


def _gradient(spec: ResNetSpec, size: tuple[int, int], name: str, cell: tuple[int, int]) -> tuple[int, ...]:
    """First and last row and column of the image that output ``cell`` of the conv ``name`` has a gradient to."""
    model = rv.build(spec, device="cpu").double().eval()
    for parameter in model.parameters():  # nothing negative and nothing zero: every path that exists carries
        parameter.data.fill_(0.1)
    for path, module in list(model.named_modules()):
        if isinstance(module, torch.nn.MaxPool2d):  # a maximum has a gradient to one cell only
            parent, _, last = path.rpartition(".")
            mean = torch.nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode)
            setattr(model.get_submodule(parent), last, mean)
    seen: list[torch.Tensor] = []
    model.get_submodule(name).register_forward_hook(lambda _module, _read, made: seen.append(made))
    image = torch.ones(1, spec.in_channels, *size, dtype=torch.float64, requires_grad=True)
    model(image)
    seen[0][0, :, cell[0], cell[1]].sum().backward()
    assert image.grad is not None
    rows, columns = (image.grad.abs().sum((0, 1)) > 0).nonzero(as_tuple=True)
    return tuple(int(n) for n in (rows.min(), columns.min(), rows.max(), columns.max()))


@settings(max_examples=25)
@given(specs(), st.tuples(st.integers(9, 60), st.integers(9, 60)), st.data())
def test_the_gradient_comes_from_the_field_alone(spec: ResNetSpec, size: tuple[int, int], data: st.DataObject) -> None:
    # a gate knows the whole map and a group norm its channels, which no receptive field tells
    spec = rv.replace(spec, attention="none", norm="batch")
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    step = data.draw(st.sampled_from([step for step in trace.steps if step.kind == "conv"]))
    cell = (data.draw(st.integers(0, step.output[2] - 1)), data.draw(st.integers(0, step.output[3] - 1)))
    field = field_of(trace, step, cell)
    seen = _gradient(spec, size, step.name, cell)
    part, share = field.on_image(size)
    assert 0 < share <= 1
    for edge, (wanted, found) in enumerate(zip(part, seen, strict=True)):
        if wanted == field[edge]:
            assert found == wanted
        else:  # at the border a kernel with gaps may step over the last pixels
            assert found >= wanted if edge < 2 else found <= wanted


@pytest.mark.parametrize("cell", [(0, 0), (3, 1), (7, 7)])
def test_at_the_border_a_plain_network_sees_up_to_the_last_pixel(cell: tuple[int, int]) -> None:
    spec = rv.variant("resnet18")
    trace = rv.forecast(spec, 64)
    step = trace.step("layer2.1.conv2")
    part, share = field_of(trace, step, cell).on_image((64, 64))
    assert _gradient(spec, (64, 64), step.name, cell) == tuple(part)
    assert share < 1


def test_a_cell_beyond_the_map_is_the_last_and_a_vector_has_one() -> None:
    trace = rv.forecast(rv.variant("resnet18"))
    step = trace.step("layer4.1.conv2")
    assert field_of(trace, step, (99, 99)) == field_of(trace, step, (6, 6))
    assert field_of(trace, trace.step("fc"), (3, 3)) == field_of(trace, trace.step("fc"))


def test_a_field_of_a_map_that_is_not_square() -> None:
    """By hand: rows and columns take different strides, windows and shares."""
    start = Step(0, "input", Input(), None, None, "stem", (), (), (1, 1, 20, 12), 0, 0, (1, 1), (1, 1), 960)
    conv = Conv((5, 3), (3, 2), (2, 1))
    # output 7 by 6: rows from −2 in steps of 3, five at once; columns from −1 in steps of 2, three at once
    step = Step(
        1, "conv", conv, None, None, "stem", (0,), ((1, 1, 20, 12),), (1, 1, 7, 6), 15, 630, (5, 3), (3, 2), 168
    )
    trace = Trace((start, step), "formulas", "none")
    assert map_size(step) == (7, 6)
    assert field_of(trace, step) == (-2, -1, 2, 1)
    assert field_of(trace, step, (2, 4)) == (4, 7, 8, 9)
    assert field_of(trace, step, (99, -3)) == (16, -1, 20, 1)
    assert field_of(trace, step, (-3, 99)) == (-2, 9, 2, 11)
    field = field_of(trace, step)
    assert field.size == (5, 3)
    assert field.on_image((20, 12)) == ((0, 0, 2, 1), 3 * 2 / (5 * 3))
    # the last row of cells reaches row 20, one below the image
    assert field_of(trace, step, (6, 1)).on_image((20, 12)) == ((16, 1, 19, 3), 4 * 3 / (5 * 3))
    assert field_of(trace, step, (1, 5)).on_image((20, 11)) == ((1, 9, 5, 10), 5 * 2 / (5 * 3))


def test_what_reads_nothing_that_was_seen_begins_at_the_image() -> None:
    start = Step(0, "input", Input(), None, None, "stem", (), (), (1, 1, 20, 12), 0, 0, (1, 1), (1, 1), 960)
    assert field_of(Trace((start,), "formulas", "none"), start, (19, 11)) == (19, 11, 19, 11)
    # somebody else's network may make a tensor by a function: then the padding is counted in pixels
    conv = Conv((1, 1), (1, 1), (3, 4))
    step = Step(1, "conv", conv, None, None, "stem", (), (), (1, 1, 26, 20), 1, 1, (1, 1), (1, 1), 1)
    assert field_of(Trace((start, step), "hooks", "cpu"), step) == (-3, -4, -3, -4)
