"""Any nn.Module: what its steps read, own and count, and that it is left as it was found."""

import copy
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import resnet_viz as rv
from resnet_viz.engines.module.tree import Tree
from resnet_viz.why import cost
from resnet_viz.why.cost import attention_macs
from tests.facts import foreign_models
from tests.foreign.comparing import differences, facts

OWN = sorted(foreign_models.OWN)


def _table(trace: rv.Trace) -> list[tuple[str, str, tuple[int, ...]]]:
    """Each step's name, kind and reads, the inputs left out; every edge has one shape at both ends."""
    for step in trace.steps:
        assert step.inputs == tuple([trace.steps[read].output for read in step.reads])
    return [(step.name, step.kind, step.reads) for step in trace.steps if step.reads]


def _sound(module: nn.Module, trace: rv.Trace) -> None:
    """Owned and unowned parameters are all there are, and no name comes twice."""
    total = sum(parameter.numel() for parameter in module.parameters())
    assert trace.totals.params + trace.totals.unowned_params == total
    assert len({step.name for step in trace.steps}) == len(trace.steps)


class _Does(nn.Module):
    """A module whose forward is a function, with parts of given names."""

    def __init__(self, forward: Any, **parts: Any) -> None:
        super().__init__()
        self.does = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.does(self, *args, **kwargs)


# ---- facts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_small_models_are_as_known(name: str, device: str) -> None:
    model, fact = foreign_models.BUILDERS[name](), facts()[name]
    trace = rv.trace(model, inputs=[tuple(shape) for shape in fact["input"]], device=device)
    assert differences(trace, fact) == []
    assert trace.device == device and trace.title == type(model).__name__


def test_the_comparison_can_fail() -> None:
    fact = facts()["own shared twice"]
    trace = rv.trace(foreign_models.BUILDERS["own shared twice"](), inputs=(1, 3, 32, 32))
    wrong = fact | {"convs": 4, "receptive_field": 9, "outputs": [[1, 5]]}
    assert differences(trace, wrong) == [
        "convs: 4 is known, 3 seen",
        "outputs: [[1, 5]] is known, [[1, 4]] seen",
        "receptive_field: 9 is known, 7 seen",
    ]


# ---- random networks ---------------------------------------------------------------------------------------------

OPERATIONS = ("conv", "keyword", "shared", "relu", "relu_", "add", "add_", "concat", "gate", "halves", "residual", "identity")  # fmt: skip
_PROGRAM = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12)  # fmt: skip


class _Random(nn.Module):
    """Runs a program on maps of four channels; each line makes one more map of two that there are."""

    def __init__(self, program: list[tuple[str, int, int]]) -> None:
        super().__init__()
        self.program = program
        self.shared = nn.Conv2d(4, 4, 3, padding=1)
        for number, (operation, *_) in enumerate(program):
            if operation in ("conv", "keyword", "residual"):
                self.add_module(f"conv{number}", nn.Conv2d(4, 4, 1))
            elif operation in ("concat", "halves"):
                self.add_module(f"conv{number}", nn.Conv2d(8 if operation == "concat" else 4, 4, 1))
            elif operation == "identity":
                self.add_module(f"conv{number}", nn.Sequential())

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        maps = [x * 2]
        for number, (operation, i, j) in enumerate(self.program):
            a, b = maps[i % len(maps)], maps[j % len(maps)]
            own = self._modules.get(f"conv{number}", self.shared)
            assert own is not None
            match operation:
                case "conv" | "shared" | "identity":
                    made = own(a)
                case "keyword":
                    made = own(input=a)
                case "relu":
                    made = functional.relu(a)
                case "relu_":
                    made = functional.relu_(a)
                case "add":
                    made = a + b
                case "add_":
                    made = a
                    made += b
                case "concat":
                    made = own(torch.cat([a, b], 1))
                case "gate":
                    made = a * torch.sigmoid(b)
                case "halves":
                    left, right = a.chunk(2, 1)
                    made = own(torch.cat((right, left), 1))
                case _:
                    made = torch.add(a, own(functional.relu(b)))
            maps.append(made)
        return tuple(maps)

    def known(self) -> tuple[list[tuple[str, tuple[int, ...]]], dict[int, int]]:
        """What the steps must be, as kind and reads; and which steps have how many parameters."""
        steps: list[tuple[str, tuple[int, ...]]] = [("input", ()), ("pointwise", (0,))]
        owners: dict[int, int] = {}
        makers = {0: 1}  # the step that wrote each memory last
        maps = [0]  # the memory that each map is
        names = {0: 1}  # the step that a map is, where it is not its memory's
        used = False

        def step(kind: str, *reads: int, params: int = 0) -> int:
            steps.append((kind, reads))
            owners[len(steps) - 1] = params
            return len(steps) - 1

        def read(place: int) -> int:
            return names.get(place) or makers[maps[place]]

        names.clear()
        for operation, i, j in self.program:
            a, b = i % len(maps), j % len(maps)
            memory = len(makers)
            match operation:
                case "conv" | "keyword":
                    makers[memory] = step("conv", read(a), params=20)
                case "shared":
                    makers[memory] = step("conv", read(a), params=0 if used else 148)
                    used = True
                case "relu":
                    makers[memory] = step("relu", read(a))
                case "add":
                    makers[memory] = step("add", read(a), read(b))
                case "concat":
                    makers[memory] = step("conv", step("concat", read(a), read(b)), params=36)
                case "gate":
                    first = read(a)
                    gate = step("sigmoid", read(b))
                    makers[memory] = step("multiply", first, gate)
                case "halves":
                    right = step("slice", read(a))
                    left = step("slice", read(a))
                    makers[memory] = step("conv", step("concat", right, left), params=20)
                case "residual":
                    conv = step("conv", step("relu", read(b)), params=20)
                    makers[memory] = step("add", read(a), conv)
                case "identity":
                    memory = maps[a]
                    names[len(maps)] = step("identity", read(a))
                case _:  # in place: every map of that memory is the new one
                    memory = maps[a]
                    reads = (read(a),) if operation == "relu_" else (read(a), read(b))
                    makers[memory] = step("relu" if operation == "relu_" else "add", *reads)
                    names = {place: one for place, one in names.items() if maps[place] != memory}
            maps.append(memory)
        return steps, owners


@given(program=_PROGRAM)
@example(program=[("conv", 0, 0), ("identity", 0, 0), ("relu_", 0, 0), ("halves", 2, 0)])  # a write before the view
def test_random_networks_have_the_edges_and_owners_that_their_maker_knows(program: list[tuple[str, int, int]]) -> None:
    module = _Random(program)
    trace = rv.trace(module, inputs=torch.zeros(1, 4, 5, 5))
    steps, owners = module.known()
    assert [(step.kind, step.reads) for step in trace.steps] == steps
    assert {step.index: step.params for step in trace.steps[2:]} == owners
    assert len(trace.outputs) == len(program) + 1
    _table(trace)
    _sound(module, trace)
    unused = {name.partition(".")[0] for name in (one.name for one in trace.unowned)}
    assert unused <= {"shared"} and {one.reason for one in trace.unowned} <= {"not run"}


@given(
    kernel=st.integers(1, 4), stride=st.integers(1, 3), groups=st.sampled_from([1, 2]), out=st.sampled_from([2, 4, 6]),
    transposed=st.booleans(), axes=st.integers(1, 3), bias=st.booleans(), functions=st.booleans(),
)  # fmt: skip
def test_multiply_adds_are_those_that_pytorch_counts(
    kernel: int, stride: int, groups: int, out: int, transposed: bool, axes: int, bias: bool, functions: bool
) -> None:
    kinds = ((nn.Conv1d, nn.Conv2d, nn.Conv3d), (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d))
    layer: Any = kinds[transposed][axes - 1](4, out, kernel, stride, 1, groups=groups, bias=bias)
    function: Any = getattr(functional, f"conv{'_transpose' if transposed else ''}{axes}d")
    called = _Does(lambda self, x: function(x, self.w.weight, self.w.bias, stride, 1, groups=groups), w=layer)
    module = nn.Sequential(called if functions else layer, nn.Flatten(), nn.LazyLinear(3))
    x = torch.zeros(2, 4, *(6, 7, 5)[:axes])
    module(x)
    trace = rv.trace(module, inputs=x)
    with FlopCounterMode(display=False) as counter:
        module(x)
    assert trace.totals.macs == counter.get_total_flops() // 2 and not trace.totals.uncounted
    for step in trace.steps[1:]:
        assert step.macs == cost.macs(step.op, step.inputs, step.output)
    _sound(module, trace)


# ---- what is one step, and what is none --------------------------------------------------------------------------


class _LayerNorm2d(nn.LayerNorm):
    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class _FrozenBatchNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.get_buffer("scale").view(1, -1, 1, 1) + 1


class _Swish(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(x)


class _Sum(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class _DropPath(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if not self.training else x * 0


class _LastAxis(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


def test_a_module_of_somebodys_own_that_does_one_thing_is_one_step() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        return self.moved(self.sum(self.swish(self.norm(x)), self.drop(self.frozen(x))))

    module = _Does(
        forward, norm=_LayerNorm2d(4), frozen=_FrozenBatchNorm(), swish=_Swish(), sum=_Sum(), drop=_DropPath(), moved=_LastAxis()
    )  # fmt: skip
    trace = rv.trace(module, inputs=(1, 4, 5, 6))
    assert _table(trace) == [
        ("norm", "norm", (0,)),
        ("swish", "swish", (1,)),
        ("frozen", "norm", (0,)),
        ("drop", "identity", (3,)),
        ("sum", "add", (2, 4)),
        ("moved", "reshape", (5,)),
    ]
    assert trace.outputs == ((1, 5, 6, 4),)
    _sound(module, trace)


def test_views_between_two_operations_are_one_step_and_views_that_cancel_are_none() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        x = self.a(x.flatten(2).unflatten(2, (4, 4)))  # nothing, in the end
        tokens = self.b(x.flatten(2).transpose(1, 2))
        return functional.pad(tokens.transpose(1, 2).reshape(1, 3, 4, 4)[:, :, ::2], (1, 1))

    trace = rv.trace(_Does(forward, a=nn.Conv2d(4, 4, 1), b=nn.Linear(4, 3)), inputs=(1, 4, 4, 4))
    assert _table(trace) == [
        ("a", "conv", (0,)), ("permute", "reshape", (1,)), ("b", "linear", (2,)), ("slice", "slice", (3,)),
    ]  # fmt: skip
    assert trace.outputs == ((1, 3, 2, 6),)


def test_pieces_written_into_a_tensor_are_a_concatenation() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        out = x.new_zeros(1, 6, 4, 4)
        out[:, :3] = x
        out[:, 3:] = self.conv(x)
        return self.last(out)

    trace = rv.trace(_Does(forward, conv=nn.Conv2d(3, 3, 1), last=nn.Conv2d(6, 2, 1)), 4)
    assert _table(trace) == [("conv", "conv", (0,)), ("concat", "concat", (0, 1)), ("last", "conv", (2,))]
    assert trace.steps[2].op == rv.steps.Concat(1)


@pytest.mark.parametrize("way", ["pad", "cat", "cat before"])
def test_every_second_pixel_and_channels_of_zeros_are_one_step(way: str) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        small = x[:, :, ::2, ::2]
        if way == "pad":
            return self.conv(x) + functional.pad(small, (0, 0, 0, 0, 1, 2))
        zeros = torch.zeros(1, 3, 4, 4)
        return self.conv(x) + torch.cat([small, zeros] if way == "cat" else [zeros, small], 1)

    trace = rv.trace(_Does(forward, conv=nn.Conv2d(3, 6, 3, 2, 1)), 8)
    before, after = {"pad": (1, 2), "cat": (0, 3), "cat before": (3, 0)}[way]
    assert trace.steps[2].op == rv.steps.Pad((2, 2), before, after)
    assert _table(trace) == [("conv", "conv", (0,)), ("pad", "pad", (0,)), ("add", "add", (1, 2))]
    assert trace.steps[3].output_stride == (2, 2)


def test_parameters_of_its_own_belong_to_what_reads_them() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        tokens = torch.cat([self.token.expand(1, -1, -1), x.flatten(2).transpose(1, 2)], 1) + self.position
        return functional.linear(tokens, self.weight - self.weight.mean()) * self.gain.exp()

    def made(*shape: int) -> nn.Parameter:
        return nn.Parameter(torch.zeros(shape))

    module = _Does(
        forward, token=made(1, 1, 3), position=made(1, 17, 3), weight=made(5, 3), gain=made(5), spare=made(7), gone=nn.Linear(2, 2)
    )  # fmt: skip
    trace = rv.trace(module, inputs=(1, 3, 4, 4))
    assert [(step.name, step.params, step.macs) for step in trace.steps[1:]] == [
        ("permute", 0, 0), ("cat", 3, 0), ("add", 51, 0), ("linear", 15, 17 * 3 * 5), ("mul", 5, 0),
    ]  # fmt: skip
    assert [(one.name, one.count, one.reason) for one in trace.unowned] == [
        ("spare", 7, "not read"), ("gone.weight", 4, "not run"), ("gone.bias", 2, "not run"),
    ]  # fmt: skip
    _sound(module, trace)


@pytest.mark.parametrize("wrap", [torch.nn.utils.parametrizations.weight_norm, torch.nn.utils.spectral_norm])
def test_a_weight_that_is_computed_is_the_layers(wrap: Any) -> None:
    module = nn.Sequential(wrap(nn.Conv2d(3, 4, 3)), nn.ReLU())
    trace = rv.trace(module, 8)
    assert _table(trace) == [("0", "conv", (0,)), ("1", "relu", (1,))]
    assert trace.unowned == ()
    _sound(module, trace)


def test_products_that_nobody_counts_are_unknown_and_what_is_free_is_zero() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = functional.grid_sample(x, torch.zeros(1, 4, 4, 2), align_corners=False) + x.amax((2, 3), keepdim=True)
        return torch.einsum("nchw,ncwk->nchk", y, x) + torch.einsum("nchw,dc->ndhw", y, self.w)

    module = _Does(forward, w=nn.Parameter(torch.zeros(3, 3)))
    trace = rv.trace(module, inputs=(1, 3, 4, 4))
    counts = {step.name: step.macs for step in trace.steps}
    assert counts["grid_sampler_2d"] is None and counts["amax"] == 0
    assert counts["einsum"] == 3 * 4 * 4 * 4 and counts["einsum#2"] == 3 * 3 * 16
    assert trace.totals.uncounted == ("grid_sampler_2d",)


def test_attention_and_recurrent_layers_are_one_step_with_their_products() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        x = x + self.heads(x, x, x, need_weights=False)[0]
        x, (state, _) = self.lstm(x)
        x = x[None]
        return functional.scaled_dot_product_attention(x, x, x), state

    parts = {"heads": nn.MultiheadAttention(8, 2, batch_first=True), "lstm": nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True)}  # fmt: skip
    module = _Does(forward, **parts)
    trace = rv.trace(module, inputs=(2, 5, 8))
    assert [(step.name, step.kind, step.macs) for step in trace.steps[1:]] == [
        ("heads", "attention", 2 * (4 * 5 * 8 * 8 + 2 * 5 * 5 * 8)),
        ("add", "add", 0),
        ("lstm", "recurrent", 2 * 5 * 2 * 24 * ((8 + 6) + (12 + 6))),
        ("reshape", "reshape", 0),
        ("scaled_dot_product_attention", "attention", attention_macs((1, 2, 5, 12), (1, 2, 5, 12), (1, 2, 5, 12))),
        ("lstm.slice", "slice", 0),
    ]
    assert trace.outputs == ((1, 2, 5, 12), (4, 2, 6)) and trace.returns == (5, 6)
    _sound(module, trace)


# ---- doors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", [rv.draw, rv.diagnose, rv.forecast, rv.recognise, lambda net: rv.explain(net, "0"), lambda net: rv.compare(net, "resnet18")])  # fmt: skip
def test_a_module_that_was_not_run_is_to_be_traced_first(door: Any) -> None:
    with pytest.raises(rv.InputError) as caught:
        door(nn.Sequential(nn.Conv2d(3, 2, 1)))
    assert str(caught.value) == (
        f"{caught.value.field}='Sequential': is a module, and what it does is known once it has run; "
        "trace it first: rv.trace(module, input_size=…)"
    )
    assert caught.value.field in ("network", "trace", "a")


def test_what_can_be_traced_is_said() -> None:
    wrong: list[tuple[Any, str, str]] = [(42, "42", "int"), (len, "<built-in function len>", "builtin_function_or_method")]  # fmt: skip
    for network, value, kind in wrong:
        with pytest.raises(rv.InputError) as caught:
            rv.trace(network)
        assert str(caught.value) == (
            f"network={value}: must be an nn.Module or a network's name, configuration or ResNetSpec, not {kind}; "
            "pass a module itself, or write e.g. 'resnet18@64'"
        )


def test_channels_are_those_of_the_first_conv_that_is_called() -> None:
    parts = {"head": nn.Conv2d(8, 2, 1), "stem": nn.Conv2d(1, 8, 3)}
    module = _Does(lambda self, x: self.head(self.stem(x)), **parts)
    trace = rv.trace(module, 8, batch=2)
    assert trace.steps[0].output == (2, 1, 8, 8) and trace.outputs == ((2, 2, 6, 6),)
    assert not any(part._forward_pre_hooks for part in module.modules())


def test_channels_that_cannot_be_guessed_are_told_as_a_guess() -> None:
    parts = {"head": nn.Conv2d(8, 2, 1), "stem": nn.Conv2d(4, 8, 3)}
    module = _Does(lambda self, x: self.head(self.stem(torch.cat([x, x], 1))), **parts)
    with pytest.raises(rv.TraceError) as caught:
        rv.trace(module, 8)
    assert str(caught.value) == (
        "network='_Does at 8×8×8, batch 1, on cpu': in stem, PyTorch says: Given groups=1, weight of size [8, 4, 3, 3], "
        "expected input[1, 16, 8, 8] to have 4 channels, but got 16 channels instead; "
        "its channels, 8, are guessed from its first conv; pass its own as inputs=(1, C, 8, 8)"
    )
    assert [step.name for step in caught.value.so_far.steps] == ["input"]
    assert rv.trace(module, inputs=(1, 2, 8, 8)).outputs == ((1, 2, 6, 6),)


def test_an_error_with_several_inputs_shows_the_whole_shape_of_each() -> None:
    with pytest.raises(rv.TraceError) as caught:
        rv.trace(_Does(lambda self, x, y: torch.mm(x, y)), inputs=[(2, 3), (4, 5)])
    assert str(caught.value) == (
        "network='_Does at 2×3 + 4×5, on cpu': in mm, PyTorch says: mat1 and mat2 shapes cannot be multiplied "
        "(2x3 and 4x5); What stands before it gives 3 numbers an image, and it was built for 4: nn.Linear(3, 5); "
        "or check that this network accepts this input"
    )


def test_what_is_no_tensor_is_passed_on_as_it_is() -> None:
    seen: list[Any] = []
    conv = nn.Conv2d(3, 2, 1)
    x = torch.zeros(1, 3, 4, 4)

    def forward(self: Any, *args: Any) -> Tensor:
        seen.extend(args)
        return self.conv(args[0][0]["image"])

    module = _Does(forward, conv=conv)
    assert rv.trace(module, inputs=[[{"image": x, "size": [4, 4]}], 7, 0.5, True, "text", None, ["a"]]).outputs == ((1, 2, 4, 4),)  # fmt: skip
    assert seen[1:] == [7, 0.5, True, "text", None, ["a"]] and seen[0][0]["size"] == [4, 4]


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_numpy_array_becomes_a_tensor_of_the_modules_type(wrapped: bool) -> None:
    image = np.zeros((1, 3, 4, 4))
    trace = rv.trace(nn.Conv2d(3, 2, 1), inputs=[image] if wrapped else image)
    assert (trace.dtype, trace.outputs) == ("float32", ((1, 2, 4, 4),))
    words = rv.trace(nn.Embedding(5, 2), inputs=[np.array([[1, 2, 3]])])
    assert words.outputs == ((1, 3, 2),)


def test_a_forward_pass_that_writes_into_its_input_leaves_the_callers_as_it_is() -> None:
    x = torch.ones(1, 3, 4, 4)
    same: list[bool] = []

    def forward(self: Any, x: Tensor, again: Tensor) -> Tensor:
        same.append(x is again)
        return self.conv(x.mul_(0))

    rv.trace(_Does(forward, conv=nn.Conv2d(3, 2, 1)), inputs=[x, x])
    assert torch.equal(x, torch.ones(1, 3, 4, 4)) and same == [True]


def test_outputs_in_an_object_of_any_kind_are_found() -> None:
    class Found:
        def __init__(self, boxes: Tensor) -> None:
            self.fields, self.me = {"boxes": boxes}, self

    module = _Does(lambda self, x: [Found(self.conv(x).mean((2, 3)))], conv=nn.Conv2d(3, 2, 1))
    assert rv.trace(module, 8).outputs == ((1, 2),)


def test_inputs_by_name_and_of_any_rank() -> None:
    module = _Does(lambda self, ids, scale=None: {"made": self.table(ids) * scale}, table=nn.Embedding(9, 4))
    trace = rv.trace(module, inputs={"ids": torch.zeros(2, 5, dtype=torch.long), "scale": (2, 5, 1)})
    assert [(step.name, step.kind, step.reads) for step in trace.steps] == [
        ("input", "input", ()), ("input.1", "input", ()), ("table", "other", (0,)), ("mul", "multiply", (2, 1)),
    ]  # fmt: skip
    assert (trace.batch, trace.steps[2].params, trace.steps[2].macs) == (2, 36, 0)
    line = rv.trace(nn.Sequential(nn.Conv1d(2, 4, 3), nn.MaxPool1d(2)), inputs=(1, 2, 16))
    assert [(step.kind, step.output) for step in line.steps[1:]] == [("conv1d", (1, 4, 14)), ("maxpool1d", (1, 4, 7))]


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        (nn.Sequential(nn.Conv1d(2, 4, 3)), {}, "inputs=None: Sequential begins with 0, a Conv1d, and takes no images; pass inputs=(1, 2, 128), or whatever it takes"),
        (nn.Conv3d(2, 4, 3), {"input_size": 8}, "inputs=None: Conv3d begins with itself, a Conv3d, and takes no images; pass inputs=(1, 2, 16, 64, 64), or whatever it takes"),
        (nn.Sequential(nn.Linear(5, 4)), {}, "inputs=None: Sequential begins with 0, a Linear, and takes no images; pass inputs=(1, 5), or whatever it takes"),
        (nn.Sequential(nn.LSTM(5, 4)), {}, "inputs=None: Sequential begins with 0, an LSTM, and takes no images; pass inputs=(1, 16, 5), or whatever it takes"),
        (nn.Sequential(nn.Embedding(5, 4)), {}, "inputs=None: Sequential begins with 0, an Embedding, and takes no images; pass inputs=torch.zeros(1, 16, dtype=torch.long), or whatever it takes"),
        (nn.Linear(3, 2), {"inputs": (1, 3), "dtype": "float16"}, "dtype='float16': the module's numbers are float32; convert it with module.to(torch.float16), or leave dtype out"),
        (nn.ReLU(), {"inputs": [np.array(["a"])]}, "inputs[0]=array(['a'], dtype='<U1'): is an array of no numbers; give an array of numbers"),
        (_Does(lambda self, x: None, conv=nn.Conv2d(3, 2, 1)), {"input_size": 8}, "network='_Does': its forward pass returns None and no tensor; return a tensor, or a list or dict of tensors"),
        (_Does(lambda self, x: {"loss": float(self.conv(x).sum())}, conv=nn.Conv2d(3, 2, 1)), {"input_size": 8}, "network='_Does': its forward pass returns dict and no tensor; return a tensor, or a list or dict of tensors"),
        (nn.ReLU(), {"inputs": (1, 3), "input_size": 8}, "input_size=8: is said by the inputs; pass one of the two"),
        (nn.ReLU(), {"inputs": ()}, "inputs=(): must be tensors or shapes; give a tensor, a shape such as (1, 3, 224, 224), or a list or dict of these"),
        (nn.ReLU(), {"inputs": "x"}, "inputs='x': must be tensors or shapes; give a tensor, a shape such as (1, 3, 224, 224), or a list or dict of these"),
        (nn.ReLU(), {"inputs": [(1, 0)]}, "inputs[0]=(1, 0): a shape has 1 to 8 sides, whole numbers from 1 to 16,777,216; use such as (1, 3, 224, 224)"),
        (nn.ReLU(), {"inputs": (1 << 20, 1 << 20)}, "inputs=(1048576, 1048576): has more than 2,147,483,648 numbers; use a smaller batch or input"),
        (nn.ReLU(), {"inputs": {1: (1, 2)}}, "inputs={1: (1, 2)}: a dict names the forward pass's arguments; use {'x': (1, 3, 224, 224)}"),
        (nn.ReLU(), {"inputs": [object]}, "inputs[0]=<class 'object'>: is neither a tensor nor a shape; give a tensor, a shape such as (1, 3, 224, 224), or a list or dict of these"),
        (rv.variant("resnet18"), {"inputs": (1, 3, 8, 8)}, "inputs=(1, 3, 8, 8): are for a module of your own; use input_size and batch"),
    ],
)  # fmt: skip
def test_inputs_that_cannot_be_are_refused(module: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.trace(module, **arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("second", "place", "said", "names", "cure"),
    [
        (_Does(lambda self, x: x + self.conv(x), conv=nn.Conv2d(32, 64, 1)), "1.add", "The size of tensor a (32) must match the size of tensor b (64) at non-singleton dimension 1", ["input", "0", "1.conv"], "In a block, the shortcut brings 32 or 64 channels where the main path has the other number: self.downsample = nn.Sequential(nn.Conv2d(32, 64, 1, stride=stride, bias=False), nn.BatchNorm2d(64))"),
        (nn.Sequential(nn.Conv2d(48, 5, 1)), "1.0", "Given groups=1, weight of size [5, 48, 1, 1], expected input[1, 32, 6, 6] to have 48 channels, but got 32 channels instead", ["input", "0"], "What stands before it gives 32 channels: nn.Conv2d(32, 5, 1)"),
        (nn.Sequential(nn.Flatten(), nn.Linear(72, 2)), "1.1", "mat1 and mat2 shapes cannot be multiplied (1x1152 and 72x2)", ["input", "0", "1.0"], "1,152 = 72·4·4: the map before the flatten is 4×4 and should be 1×1: x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)"),
    ],
)  # fmt: skip
def test_an_error_in_the_middle_names_its_place_and_keeps_what_ran(
    second: nn.Module, place: str, said: str, names: list[str], cure: str
) -> None:
    module = nn.Sequential(nn.Conv2d(3, 32, 3), second)
    with pytest.raises(rv.TraceError) as caught:
        rv.trace(module, 8)
    assert str(caught.value) == (
        f"network='Sequential at 3×8×8, batch 1, on cpu': in {place}, PyTorch says: {said}; "
        f"{cure}; or check that this network accepts this input, or pass its own as inputs=…"
    )
    assert [step.name for step in caught.value.so_far.steps] == names
    assert caught.value.explanation.steps == (place,)
    assert rv.explain_error(str(caught.value)).kind == caught.value.explanation.kind  # type: ignore[union-attr]


def _raises(error: BaseException) -> Any:
    def forward(self: Any, x: Tensor) -> Tensor:
        self.conv(x)
        raise error

    return forward


def _deeper(depth: int) -> int:
    return _deeper(depth + 1)


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (_raises(AssertionError("not\nso")), "in 1, AssertionError: not so"),
        (_raises(SystemExit("left")), "in 1, SystemExit: left"),
        (_raises(RuntimeError("mine")), "in 1, RuntimeError: mine"),
        (lambda self, x: [self.conv(x), _deeper(1)][0], "in 1, RecursionError: maximum recursion depth exceeded"),
        (lambda self, x: {"a": self.conv(x)}["b"], "in 1, KeyError: 'b'"),
        (lambda self, x: self.conv(x).nothing, "in 1, AttributeError: 'Tensor' object has no attribute 'nothing'"),
        (lambda self, x: self.conv(x).view(7), "in 1.view, PyTorch says: shape '[7]' is invalid for input of size 36; The size is fixed in the code, and the input has another: x = torch.flatten(x, 1); or"),
        (lambda self, x: self.conv(x) + self.missing, "in 1, AttributeError: '_Does' object has no attribute 'missing'"),
    ],
)  # fmt: skip
def test_any_error_of_a_forward_pass_names_its_type_and_place_and_keeps_what_ran(forward: Any, said: str) -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), _Does(forward, conv=nn.Conv2d(4, 1, 1)))
    with pytest.raises(rv.TraceError) as caught:
        rv.trace(module, 8)
    assert str(caught.value) == (
        f"network='Sequential at 3×8×8, batch 1, on cpu': {said}{' ' if said.endswith('; or') else '; '}"
        "check that this network accepts this input, or pass its own as inputs=…"
    )
    assert [step.name for step in caught.value.so_far.steps] == ["input", "0", "1.conv"]


def test_an_image_that_no_memory_holds_is_refused_with_advice() -> None:
    with pytest.raises(rv.DeviceError) as caught:
        rv.trace(nn.Conv2d(3, 1, 1), 16_384, batch=1_048_576)
    assert str(caught.value) == (
        "device='cpu': ran out of memory while making the input 1048576x3x16384x16384; "
        "use a smaller batch or input, or device='meta'"
    )


def test_an_error_that_the_network_answers_is_none() -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        try:
            return self.wrong(x)
        except RuntimeError:
            return self.right(x)

    module = _Does(forward, wrong=nn.Sequential(nn.Conv2d(7, 2, 1)), right=nn.Sequential(nn.Conv2d(3, 2, 1)))
    assert _table(rv.trace(module, inputs=(1, 3, 4, 4))) == [("right.0", "conv", (0,))]


SMALL = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 2))
STEPS = [("0", "conv", (0,)), ("1", "norm", (1,)), ("2", "flatten", (2,)), ("3", "linear", (3,))]


def test_wrapped_and_scripted_networks_and_autocast() -> None:
    module = copy.deepcopy(SMALL).eval()
    assert _table(rv.trace(nn.DataParallel(module), 8)) == STEPS
    with torch.autocast("cpu"):
        mixed = rv.trace(module, 8)
    assert _table(mixed) == STEPS
    _sound(module, mixed)
    scripted = rv.trace(torch.jit.script(module), 8)
    assert [(kind, reads) for _, kind, reads in _table(scripted)] == [(kind, reads) for _, kind, reads in STEPS]


def test_a_compiled_network_is_run_as_it_was_written() -> None:
    def refuses(graph: Any, inputs: Any) -> Any:
        raise AssertionError("compiled")

    module = copy.deepcopy(SMALL)
    inside = nn.Sequential(torch.compile(copy.deepcopy(SMALL), backend=refuses))
    assert _table(rv.trace(torch.compile(module, backend=refuses), 8)) == STEPS
    assert [kind for _, kind, _ in _table(rv.trace(inside, 8))] == [kind for _, kind, _ in STEPS]


# ---- left as found -----------------------------------------------------------------------------------------------


class _Restless(nn.Module):
    """Changes whatever a forward pass can."""

    def __init__(self, fails: bool) -> None:
        super().__init__()
        self.fails = fails
        self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
        self.register_buffer("count", torch.zeros(2))
        self.register_buffer("last", torch.zeros(1))
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.cache = x
        self.get_buffer("count").add_(1)
        self.last = x.mean((2, 3))
        torch.rand(3)
        self.norm.train()
        x = self.norm(self.conv(x))
        if self.fails:
            raise RuntimeError("here")
        return x


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("gradients", [False, True])
def test_a_module_is_left_as_found(fails: bool, gradients: bool) -> None:
    module = _Restless(fails).train()
    module.conv.eval()
    kept = {name: value.clone() for name, value in module.state_dict().items()}
    objects = {name: id(value) for name, value in (*module.named_parameters(), *module.named_buffers())}
    attributes = [set(part.__dict__) for part in module.modules()]
    modes = [part.training for part in module.modules()]
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    with torch.set_grad_enabled(gradients):
        if fails:
            with pytest.raises(rv.TraceError, match="on cpu': RuntimeError: here; "):
                rv.trace(module, 4)
        else:
            rv.trace(module, 4)
        assert torch.is_grad_enabled() == gradients
    assert torch.equal(torch.rand(2), expected)
    assert all(torch.equal(value, kept[name]) for name, value in module.state_dict().items())
    assert {name: id(value) for name, value in (*module.named_parameters(), *module.named_buffers())} == objects
    assert [set(part.__dict__) for part in module.modules()] == attributes
    assert [part.training for part in module.modules()] == modes
    assert module.calls == 0 and torch.backends.mha.get_fastpath_enabled()
    for part in module.modules():
        for hooks in (part._forward_hooks, part._forward_pre_hooks, part._forward_hooks_with_kwargs, part._forward_hooks_always_called, part._forward_pre_hooks_with_kwargs):  # fmt: skip
            assert not hooks


def test_a_lazy_network_stays_lazy() -> None:
    module = foreign_models.LazyNet()
    trace = rv.trace(module, 32)
    assert trace.totals.params == 5285
    assert isinstance(module.conv1, nn.LazyConv2d) and isinstance(module.conv1.weight, nn.UninitializedParameter)
    module(torch.zeros(1, 3, 32, 32))  # and can still be used
    assert rv.trace(module, 32).steps[1:] != () and not isinstance(module.conv1, nn.LazyConv2d)


def test_hooks_of_others_stay_and_run() -> None:
    ran: list[str] = []
    module = copy.deepcopy(SMALL)
    module[0].register_forward_hook(lambda *_: ran.append("after"))
    module[0].register_forward_pre_hook(lambda *_: ran.append("before"))
    assert _table(rv.trace(module, 8)) == STEPS
    assert ran == ["before", "after"] and len(module[0]._forward_hooks) == len(module[0]._forward_pre_hooks) == 1


def test_a_forward_that_somebody_replaced_and_put_back_is_the_layers_own() -> None:
    module = _Does(lambda self, x: self.attends(x, x, x)[0], attends=nn.MultiheadAttention(4, 2))
    known = _table(rv.trace(module, inputs=(5, 1, 4)))
    module.attends.forward = module.attends.forward  # as other tracers leave it: the class's method, now the object's
    assert _table(rv.trace(module, inputs=(5, 1, 4))) == known == [("attends", "attention", (0,))]


def test_what_is_not_read_any_more_is_freed_while_a_network_is_traced() -> None:
    layers = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), nn.Sequential(nn.Conv2d(3, 3, 1), nn.Sigmoid()))
    made: list[weakref.ref[Tensor]] = []
    alive: list[int] = []

    def forward(self: Any, x: Tensor) -> Tensor:
        made.clear()
        for layer in self.layers:
            x = torch.tanh(layer(x))
            made.append(weakref.ref(x))
        alive.append(sum(one() is not None for one in made))
        return x

    module = _Does(forward, layers=layers).eval()
    with torch.no_grad():
        module(torch.zeros(1, 3, 4, 4))
    rv.trace(module, 4)
    assert alive == [1, 1]


# ---- its tree ----------------------------------------------------------------------------------------------------


def test_one_walk_finds_what_pytorch_finds() -> None:
    block = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), nn.BatchNorm2d(3))
    module = nn.ModuleDict({"a": block, "b": nn.ModuleList([block, block[0]]), "c": nn.Linear(3, 3)})
    module["c"].weight = module["a"][1].weight
    module.register_module("none", None)
    tree = Tree(module)
    assert list(map(id, tree.parts)) == list(map(id, module.modules()))
    everywhere = [(name, id(part)) for name, part in module.named_modules(remove_duplicate=False)]
    assert sorted((name, key) for key, names in tree.paths.items() for name in names) == sorted(everywhere)
    for found, known in ((tree.parameters, module.named_parameters()), (tree.buffers, module.named_buffers())):
        assert [(name, id(one)) for name, one in found.items()] == [(name, id(one)) for name, one in known]


def test_a_walk_ends_where_modules_stand_in_each_other() -> None:
    level = nn.ModuleList([nn.ReLU()])
    for _ in range(40):
        level = nn.ModuleList([level, level])  # its leaf stands at 2^40 places
    assert len(Tree(level).parts) == 42
    ring = nn.ModuleList([nn.ReLU()])
    ring.append(ring)
    assert len(Tree(ring).parts) == 2
