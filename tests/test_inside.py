"""What ``rv.look`` tells of a network's numbers is what PyTorch computes: maps, sums at additions, cuts, class maps."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from torch import Tensor, nn
from torch.nn import functional

import resnet_viz as rv
from resnet_viz.inside import activations, run
from resnet_viz.inside.cam import Cam
from resnet_viz.spec import ResNetSpec

from . import foreign_zoo
from .strategies import sizes, specs
from .test_apart import randomised

SMALL = "resnet18:blocks=2,1,1,widths=8,12,16,num_classes=5"
IMAGE = torch.randn(3, 40, 33, generator=torch.Generator().manual_seed(0))


def a_network(text: str | ResNetSpec = SMALL, seed: int = 0) -> Any:
    """With numbers of which none is 0 or 1 by its making."""
    return randomised(rv.build(text), seed).float()


def outputs(module: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """What each module without children makes, by PyTorch's own hooks, copied before anything writes into it."""
    found: dict[str, Tensor] = {}

    def note(name: str) -> Callable[..., None]:
        return lambda _, args, output: found.__setitem__(name, output.detach().clone()[0])

    handles = [part.register_forward_hook(note(name)) for name, part in module.named_modules() if not part._modules]
    with torch.no_grad():
        module(x[None])
    for handle in handles:
        handle.remove()
    return found


class Within(nn.Module):
    """Somebody's own module, of which nothing is known."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


# ---- maps ------------------------------------------------------------------------------------------------------------


@settings(max_examples=max(1, settings.default.max_examples // 10))  # type: ignore[union-attr]
@given(specs(), sizes)
def test_maps_are_what_hooks_see(spec: ResNetSpec, size: tuple[int, int]) -> None:
    module, x = a_network(spec), torch.randn(spec.in_channels, *size)
    try:
        known = outputs(module, x)
    except (RuntimeError, ValueError) as error:  # a norm of a single number, a border that is wider than the map
        assume(not error)
        raise
    seen = rv.look(module, x)
    assert {step.name for step in seen.trace.steps[1:]} == known.keys()
    assert all(torch.equal(seen.maps(name), made) for name, made in known.items())
    assert torch.equal(seen.maps("input"), x)
    with torch.no_grad():
        assert torch.equal(seen.scores, module(x[None])[0])  # type: ignore[arg-type]


@pytest.mark.parametrize("room", [0, 20_000])
@pytest.mark.parametrize("wrap", [lambda net: net, Within], ids=["ours", "somebody's"])
def test_what_is_no_longer_kept_is_run_again_to_the_same_numbers(
    wrap: Callable[[nn.Module], nn.Module], room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activations, "MAX_KEPT", room)
    module = wrap(a_network())
    seen = rv.look(module, IMAGE)
    known = outputs(module, IMAGE)
    names = [step.name for step in seen.trace.steps[1:]]
    for name in random.Random(0).sample(names, 10):
        assert torch.equal(seen.maps(name), known[name]), name
        assert seen._kept.bytes <= room
    shares = seen.residual_share()
    assert [share.step for share in shares] == [name for name in known if name.endswith(".add")]
    for share in shares:
        block = share.step.removesuffix("add")
        way = known.get(block + "downsample.1")
        way = known[block + "shortcut"] if way is None else way
        expected = (way, known[block + "bn2"], known[share.step])
        assert (share.shortcut, share.residual, share.sum) == tuple(pytest.approx(float(one.double().norm())) for one in expected)  # fmt: skip
        found = seen.addition(share.step)
        assert all(
            torch.equal(a, b) for a, b in zip((found.shortcut, found.residual, found.sum), expected, strict=True)
        )
        assert found.ratio == pytest.approx(share.residual / share.shortcut)
    assert [one.step for one in seen.survey()] == ["input", *known]


def test_a_question_runs_no_more_than_it_has_to(monkeypatch: pytest.MonkeyPatch) -> None:
    module = a_network()
    seen = rv.look(module, IMAGE)
    runs: list[str] = []
    for name, part in module.named_modules():
        part.register_forward_hook(lambda _, args, out, name=name: runs.append(name))
    for step in seen.trace.steps:
        seen.statistics(step)
    seen.residual_share(), seen.apart("fc", 1), seen.addition("layer2.0")
    assert runs == []  # all of it was small enough to be kept
    kept = run.Kept(seen.maps("layer2.0.relu2").nbytes)
    kept.put(seen.step("layer2.0.relu2").index, seen.maps("layer2.0.relu2")[None])
    seen._kept = kept
    assert seen.maps("layer3.0.conv2").shape == (16, 3, 3)
    assert not any(name.startswith(("conv1", "layer1", "layer2", "fc")) for name in runs) and "layer3.0.conv2" in runs


def test_the_module_is_left_as_found() -> None:
    for wrap in (lambda net: net, Within):
        module = wrap(a_network()).train()
        before = {name: one.clone() for name, one in module.state_dict().items()}
        state = torch.random.get_rng_state()
        seen = rv.look(module, IMAGE, training=True)
        seen.cam(), seen.without(residual=seen.residual_share()[0].block).survey()
        assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())
        assert module.training and torch.equal(torch.random.get_rng_state(), state)
        assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
        assert all(one.grad is None and one.requires_grad for one in module.parameters())


def test_weights_that_change_meanwhile_are_noticed() -> None:
    module = a_network()
    seen = rv.look(module, IMAGE)
    with torch.no_grad():
        module.fc.weight.add_(1)
    with pytest.raises(rv.LookError) as caught:
        seen.without(residual="layer1.0")
    assert str(caught.value) == "network='ResNet': has other weights than when it was looked into; look again"


@pytest.mark.parametrize("wrap", [lambda net: net, Within], ids=["ours", "somebody's"])
def test_a_pass_tells_how_far_it_is_and_can_be_left(wrap: Callable[[nn.Module], nn.Module]) -> None:
    module, told = wrap(a_network()), list[tuple[int, int]]()
    rv.look(module, IMAGE, progress=lambda *place: told.append(place))
    assert len(told) > 30 and [step for step, _ in told] == sorted(step for step, _ in told)

    def leave(step: int, _: int) -> None:
        if step > 9:
            raise ValueError("enough")

    with pytest.raises(ValueError, match=r"^enough$"):
        rv.look(module, IMAGE, progress=leave)
    assert not any(part._forward_hooks for part in module.modules())


def test_statistics_are_those_of_the_numbers() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU())
    module[0].weight.data[2], module[0].bias.data[2] = 0.0, -1.0  # type: ignore[index, operator]
    found = rv.look(module, IMAGE).statistics("1")
    numbers = module(IMAGE[None])[0].detach().double().numpy()
    assert (found.mean, found.spread) == (pytest.approx(numbers.mean(), 1e-5), pytest.approx(numbers.std(), 1e-5))
    assert (found.least, found.most) == (numbers.min(), numbers.max()) and found.dead == (2,)
    assert found.zeros == (numbers == 0).mean() > 0.25
    strength = (numbers**2).mean((1, 2))
    assert list(strength[list(found.strongest)]) == sorted(strength, reverse=True) and found.strongest[-1] == 2


def test_what_was_run_is_said() -> None:
    seen = rv.look(SMALL + "@32", IMAGE, seed=3)
    assert seen.said == (
        "random weights (seed 3): nothing in it was learned",
        "an input of 3×40×33: taken as the network's input, not normalised",
    )
    assert torch.equal(rv.look(SMALL, IMAGE, seed=3).scores, seen.scores)  # type: ignore[arg-type]
    assert not torch.equal(rv.look(SMALL, IMAGE, seed=4).scores, seen.scores)  # type: ignore[arg-type]
    best = seen.classes(2)
    assert best[0].index == int(seen.scores.argmax()) and best[0].share > best[1].share  # type: ignore[union-attr]
    assert seen.said[0] in repr(seen) and best[0].name in repr(seen)


class Learned:
    """What a network that was trained comes with."""

    def __init__(self) -> None:
        self.module, self.spec = a_network("resnet18:blocks=1,widths=8,num_classes=2"), rv.build("resnet18:blocks=1,widths=8,num_classes=2").spec  # fmt: skip
        self.classes, self.mean, self.std, self.name, self.size = (
            ("circle", "square"),
            (0.5,),
            (0.25,),
            "shapes",
            (6, 6),
        )


def test_a_trained_network_brings_its_classes_and_the_range_of_its_images() -> None:
    image = torch.full((3, 8, 8), 255, dtype=torch.uint8)
    seen = rv.look(Learned(), image)
    assert {one.name for one in seen.classes()} == {"circle", "square"}
    assert float(seen.picture.tensor.min()) == float(seen.picture.tensor.max()) == 2.0  # (1 − 0.5) / 0.25
    assert seen.said[0] == "a trained network of 2 classes" and seen.picture.size == (6, 6)


# ---- cutting ---------------------------------------------------------------------------------------------------------


class Only(nn.Module):
    """An addition that is given one of its two, and of the other nothing, or the mean of each channel."""

    def __init__(self, keep: int, mean: bool) -> None:
        super().__init__()
        self.keep, self.mean = keep, mean

    def forward(self, main: Tensor, shortcut: Tensor) -> Tensor:
        both = [main, shortcut]
        cut = both[1 - self.keep]
        both[1 - self.keep] = cut.mean((2, 3), keepdim=True).expand_as(cut) if self.mean else cut * 0
        return both[0] + both[1]


class Emptied(nn.Module):
    """A layer, some of whose channels are 0."""

    def __init__(self, layer: nn.Module, channels: list[int]) -> None:
        super().__init__()
        self.layer, self.channels = layer, channels

    def forward(self, x: Tensor) -> Tensor:
        y = self.layer(x)
        y[:, self.channels] = 0
        return y


@pytest.mark.parametrize("instead", ["zero", "mean"])
@pytest.mark.parametrize("wrap", [lambda net: net, Within], ids=["ours", "somebody's"])
def test_a_cut_is_a_changed_module_exactly(wrap: Callable[[nn.Module], nn.Module], instead: str) -> None:
    before = "net." if wrap is Within else ""
    seen = rv.look(wrap(a_network()), IMAGE)
    whole = seen.scores
    cut = seen.without(residual=f"{before}layer1.1", instead=instead)
    further = cut.without(shortcut=f"{before}layer2.0.add", instead=instead).without(channel=(f"{before}conv1", (3, 5)))

    changed = a_network()
    changed.layer1[1].add = Only(1, instead == "mean")
    first = outputs(changed, IMAGE)
    changed.layer2[0].add = Only(0, instead == "mean")
    second = outputs(changed, IMAGE)
    changed.conv1 = Emptied(changed.conv1, [3, 5])
    third = outputs(changed, IMAGE)
    assert not torch.equal(first["fc"], second["fc"]) and not torch.equal(second["fc"], third["fc"])
    for name, made in first.items():
        assert torch.equal(cut.maps(before + name), made), name
    for name, made in third.items():
        if name != "conv1.layer":
            assert torch.equal(further.maps(before + name), made), name
    assert torch.equal(seen.scores, whole) and seen.cuts == ()  # type: ignore[arg-type]
    add = seen.step(f"{before}layer2.0.add")
    for one in (cut, further):
        found = one.apart(add, 4, 1, 1)  # told of what is summed now
        assert found.total == pytest.approx(float(one.maps(add)[4, 1, 1]))
    assert further.apart(f"{before}conv1", 3, 0, 0).words == "cut: 2 channels of conv1 are 0".replace(
        "conv1", f"{before}conv1"
    )
    assert float(further.addition(add).shortcut.abs().sum()) == 0 or instead == "mean"


def test_code_that_adds_in_place_is_cut_as_well() -> None:
    seen = rv.look(nn.Sequential(foreign_zoo.Basic(3, 6), foreign_zoo.Basic(6, 6)).eval(), IMAGE)
    share = seen.residual_share()[-1]
    cut = seen.without(residual=share.block)
    step = seen.step(share.step)
    join = next(join for join in seen.trace.joins if join.step == step.index)
    assert torch.equal(cut.maps(step), seen.maps(seen.trace.steps[join.shortcut[-1] if join.shortcut else join.fork]))  # type: ignore[index]
    assert float(cut.addition(step).residual.abs().sum()) == 0.0
    assert float(seen.addition(step).residual.abs().sum()) > 0.0


class ShortcutFirst(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x)


def test_the_residual_is_what_was_computed_whichever_comes_first() -> None:
    net = nn.Sequential(ShortcutFirst(), ShortcutFirst())
    seen = rv.look(net, IMAGE)
    for share in seen.residual_share():
        found = seen.addition(share.step)
        conv = seen.maps(share.step.replace("add", "conv"))
        assert torch.equal(found.residual, conv) and share.residual == pytest.approx(float(conv.norm()))
    first, last = seen.residual_share()
    assert torch.equal(seen.without(residual=last.block).maps(last.step), seen.maps(first.step))
    assert torch.equal(seen.without(residual=first.block).maps(first.step), IMAGE)  # which is the input itself


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "without=[]: takes one of residual, shortcut and channel; cut the others from what it returns"),
        ({"residual": "layer1.0", "shortcut": "layer1.0"}, "without=['residual', 'shortcut']: takes one of residual, shortcut and channel; cut the others from what it returns"),
        ({"residual": "layer9.0"}, "block='layer9.0': is no block that ends in an addition, nor its step; try layer3.0, layer2.0, layer1.0"),
        ({"residual": 3}, "block=3: must be a text, not int; write e.g. 'layer1.0'"),
        ({"channel": "conv1"}, "channel='conv1': must be a step's name and a channel; use e.g. channel=('conv1', 3)"),
        ({"channel": ("conv1", 64)}, "channel=64: conv1 has channels 0 to 63; use one of them"),
        ({"channel": ("conv1", [])}, "channel=('conv1', []): must be a step's name and a channel, or several; use e.g. channel=('conv1', 3)"),
        ({"channel": ("input", 0)}, "channel='input': is the image itself; look at an image without it"),
        ({"residual": "layer1.0", "instead": "noise"}, "instead='noise': must be zero or mean; use 'zero'"),
    ],
)  # fmt: skip
def test_cuts_that_cannot_be_made(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(rv.ResNetVizError) as caught:
        rv.look(SMALL, IMAGE).without(**asked)
    assert str(caught.value) == message


# ---- where a class is seen -------------------------------------------------------------------------------------------


def _block(state: dict[str, Tensor], name: str, x: Tensor, stride: int) -> Tensor:
    """A basic or a bottleneck block as functions, read off the paper's figure 5."""

    def conv(y: Tensor, layer: str, step: int = 1) -> Tensor:
        weight = state[f"{name}.{layer}.weight"]
        return functional.conv2d(y, weight, stride=step, padding=weight.shape[-1] // 2)

    def norm(y: Tensor, layer: str) -> Tensor:
        names = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(y, *(state[f"{name}.{layer}.{one}"] for one in names))

    deep = f"{name}.conv3.weight" in state
    y = functional.relu(norm(conv(x, "conv1", 1 if deep else stride), "bn1"))
    y = norm(conv(y, "conv2", stride if deep else 1), "bn2")
    if deep:
        y = norm(conv(functional.relu(y), "conv3"), "bn3")
    if f"{name}.downsample.0.weight" in state:
        x = norm(conv(x, "downsample.0", stride), "downsample.1")
    return functional.relu(y + x)


def by_autograd(state: dict[str, Tensor], blocks: tuple[int, ...], image: Tensor, index: int, stage: int) -> Tensor:
    """Grad-CAM (1610.02391, equations 1 and 2) at a stage's last block, on a network of functions alone."""
    names = ("running_mean", "running_var", "weight", "bias")
    x = functional.conv2d(image[None], state["conv1.weight"], stride=2, padding=3)
    x = functional.relu(functional.batch_norm(x, *(state[f"bn1.{one}"] for one in names)))
    x, at = functional.max_pool2d(x, 3, 2, 1), None
    for place, many in enumerate(blocks, 1):
        for number in range(many):
            x = _block(state, f"layer{place}.{number}", x, 2 if place > 1 and number == 0 else 1)
        if place == stage:
            at = x = x.requires_grad_()
    assert at is not None
    score = functional.linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])[0, index]
    weights = torch.autograd.grad(score, at)[0].mean((2, 3), keepdim=True)
    cells = functional.relu((weights * at.detach()).sum(1, keepdim=True))
    wide = functional.interpolate(cells, image.shape[1:], mode="bilinear", align_corners=False)[0, 0]
    return wide / cells.max()


@pytest.mark.parametrize(("network", "stage", "index"), [("resnet18", 4, 4), ("resnet18", 2, 4), ("resnet50", 4, 7)])
def test_a_class_map_is_that_of_an_independent_computation(network: str, stage: int, index: int) -> None:
    module, blocks = a_network(f"{network}:widths=8,12,16,24,num_classes=9"), rv.variant(network).blocks
    image = torch.randn(3, 96, 64, generator=torch.Generator().manual_seed(2))
    seen = rv.look(module, image)
    step = [one.name for one in seen.trace.steps if one.stage == stage][-1]
    found = seen.cam(index, None if stage == 4 else step)
    assert (found.step, found.index, found.name) == (step, index, f"class {index}") and float(found.map.max()) > 0.5
    torch.testing.assert_close(
        found.map, by_autograd(module.state_dict(), blocks, image, index, stage), rtol=1e-3, atol=1e-4
    )
    assert found.score == float(seen.scores[index])  # type: ignore[index]


def test_a_class_that_nothing_speaks_for_is_seen_nowhere() -> None:
    net = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2))
    net[4].weight.data = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
    seen = rv.look(net, IMAGE)
    assert float(seen.cam(0).map.max()) > 0.5 and not float(seen.cam(1).map.abs().sum())
    assert "nothing in the image speaks for it" in repr(seen.cam(1))
    net[0].weight.data = torch.ones(2, 3, 1, 1)
    net[0].bias.data = torch.zeros(2)
    spot = torch.zeros(3, 2, 3)
    spot[:, 1, 2] = 9.0
    assert "most at cell (1, 2)" in repr(rv.look(net, spot).cam(0))


def test_statistics_in_a_line() -> None:
    net = nn.Conv2d(1, 10, 1, bias=False)
    net.weight.data = torch.tensor([0.0, 1, -2, 0, 3, 1, 1, 1, 1, 1]).view(10, 1, 1, 1)
    image = torch.tensor([[[0.0, 1.0]]])
    assert repr(rv.look(nn.Sequential(net), image).statistics("0")) == (
        "0 10×1×2: mean 0.35, spread 0.9097, -2 to 3, 60.0% zeros, 2 of 10 channels dead; strongest: 4, 2, 1, 5, 6, 7, 8, 9, …"
    )  # 7 / 20; √(19 / 20 − 0.35²); 12 of 20 cells
    assert repr(rv.look(nn.Sequential(net), image).statistics("input")).endswith("0 of 1 channels dead; strongest: 0")


def test_cuts_in_words() -> None:
    seen = rv.look(a_network(), IMAGE)
    told = [
        seen.without(residual="layer1.1"),
        seen.without(shortcut="layer1.1", instead="mean"),
        seen.without(channel=("conv1", 7)),
        seen.without(channel=("conv1", (0, 7)), instead="mean"),
    ]
    assert [cut.cuts[0].what for cut in told] == [
        "cut: the residual of layer1.1 is 0",
        "cut: the shortcut of layer1.1 is its mean in each channel",
        "cut: channel 7 of conv1 is 0",
        "cut: 2 channels of conv1 are the means of their maps",
    ]


def test_a_relu_that_writes_in_place_changes_no_class_map() -> None:
    def made(inplace: bool) -> nn.Module:
        layers = [
            nn.Conv2d(3, 6, 3),
            nn.BatchNorm2d(6),
            nn.ReLU(inplace),
            nn.Conv2d(6, 6, 3),
            nn.BatchNorm2d(6),
            nn.ReLU(inplace),
        ]
        return randomised(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))).float()

    for step in (None, "0", "1", "2", "4"):  # what 1 makes, 2 writes over
        one, other = (rv.look(made(inplace), IMAGE).cam(2, step) for inplace in (False, True))
        torch.testing.assert_close(one.map, other.map)
        assert one.step == other.step == (step or "5")


def test_one_of_our_networks_whose_relus_write_in_place_tells_the_same() -> None:
    module = a_network()
    before = rv.look(module, IMAGE)
    expected = {step.name: before.maps(step) for step in before.trace.steps}, before.cam(1, "layer2.0.bn1").map
    for part in module.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = True
    seen = rv.look(module, IMAGE)
    assert all(torch.equal(seen.maps(name), made) for name, made in expected[0].items())
    torch.testing.assert_close(seen.cam(1, "layer2.0.bn1").map, expected[1])


def test_a_class_map_of_what_is_left_after_a_cut() -> None:
    seen = rv.look(a_network(), IMAGE)
    cut = seen.without(residual="layer3.0").without(channel=("layer1.0.conv1", 2))
    changed = a_network()
    changed.layer3[0].add = Only(1, False)
    changed.layer1[0].conv1 = Emptied(changed.layer1[0].conv1, [2])
    expected = rv.look(Within(changed), IMAGE)
    for step in (None, "layer2.0.conv2"):
        mine: Cam = cut.cam(1, step)
        theirs = expected.cam(1, None if step is None else f"net.{step}")
        torch.testing.assert_close(mine.map, theirs.map)
        assert not torch.equal(mine.map, seen.cam(1, step).map)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rv.look(SMALL, IMAGE).cam(5), "index=5: must be a whole number from 0 to 4; use e.g. 0"),
        (lambda: rv.look(SMALL, IMAGE).cam(step="fc"), "step='fc': has no map, so a class has no place in it; name a step before the classifier"),
        (lambda: rv.look(nn.Sequential(nn.Conv2d(3, 4, 3)), IMAGE).cam(), "cam='Sequential': its network returns no scores of classes; use a network that does"),
        (lambda: rv.look(Within(a_network()), IMAGE).without(residual="net.layer1.0").cam(), "cam='net.layer3.0.relu2': is not had of somebody's own module with something cut; ask it of the look before"),
        (lambda: rv.look(nn.Sequential(nn.LazyConv2d(4, 3)), IMAGE), "network='Sequential': has parameters whose shape is still open; run it once before"),
        (lambda: rv.look(nn.Sequential, IMAGE), "network='Sequential': is a class of modules and no module; make one: Sequential(…)"),
        (lambda: rv.look(a_network(), IMAGE, weights="x.pth"), "weights='x.pth': are not for this network: its weights are in it; load them first: module.load_state_dict(…)"),
        (lambda: rv.look(SMALL, IMAGE, progress=3), "progress=3: must be a function of two numbers; use e.g. progress=print"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(rv.ResNetVizError) as caught:
        make()
    assert str(caught.value) == message


def test_memory_that_does_not_suffice_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hungry(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")  # fmt: skip

    with pytest.raises(rv.DeviceError) as caught:
        rv.look(nn.Sequential(nn.Conv2d(3, 4, 1), Hungry()), IMAGE)
    assert str(caught.value) == "device='cpu': ran out of memory while tracing Sequential at 3×40×33, batch 1, on cpu; use a smaller image or network"  # fmt: skip
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Free", (), {"available": 10**6}))
    with pytest.raises(rv.DeviceError, match=r"and 1,000,000 are free; use a smaller image or network$"):
        rv.look("resnet18", IMAGE)
