"""Two tensors that are added, subtracted or compared number by number, of unequal shapes."""

from __future__ import annotations

from math import isqrt

from ...steps import Shape, Step, Trace
from ...wording import plural
from .entry import Cause, Entry, Found, Told, names, shape, sides

_AXES = ("the batch", "channels", "height", "width")
_PLAIN_AXES = 4
_RGB, _MOST_CHANNELS = 3, 16
_WIDEST = 8192  # channels
_FEWEST_PATCHES = 6

_GREY_MEANS = "transforms.Normalize((0.5,), (0.5,))"
_TO_RGB = 'image = image.convert("RGB")'
_TO_GREY_3 = "transforms.Grayscale(num_output_channels=3)"
_PROJECTION = "nn.Sequential(nn.Conv2d({0}, {1}, 1, stride=stride, bias=False), nn.BatchNorm2d({1}))"


def _add(found: Found) -> Told | None:
    if found.word("broken"):  # torch.compile counts the axis from the end and gives the whole shapes
        first, second = found.shape("whole"), found.shape("broken")
        axes = max(len(first), len(second))
        axis = axes - (found.number("from_end") or 0)
        if not 0 <= axis < axes:
            return None
        a, b = (of[axis - axes + len(of)] if axis >= axes - len(of) else 1 for of in (first, second))
    else:
        axis, a, b = (found.number(name) for name in ("axis", "a", "b"))  # type: ignore[assignment]
        axes = None
    if axis is None or a is None or b is None:
        return None
    named = axis < _PLAIN_AXES and axes in (None, 4) and (axis != 1 or _are_channels(a, b) or _RGB in (a, b))
    name = _AXES[axis] if named else "length"
    says = (
        f"Two tensors were to be added, or otherwise combined number by number, that differ in {name} (dimension {axis}): "
        f"{a:,} against {b:,}. Only equal sizes fit (a side of 1 would be repeated)."
    )
    return Told(says, tuple(_causes(axis, a, b)), _where(axis, a, b, found.trace))


def _causes(axis: int, a: int, b: int) -> list[Cause]:
    if axis == 0:
        return [*_image_channels(a, b, single=True), _BATCHES]
    if axis == 1 and not _are_channels(a, b):
        return [*_image_channels(a, b, single=False), *_no_channels(a, b)]
    if axis == 1:
        channels = [
            Cause(
                f"In a block, the shortcut brings {min(a, b):,} or {max(a, b):,} channels where the main path has the other number.",
                "Give the shortcut a 1×1 conv with the main path's output channels and stride.",
                f"self.downsample = {_PROJECTION.format(*((b, a) if a > b else (a, b)))}",
            ),
            _LOSS,
        ]
        return [*_image_channels(a, b, single=False), *channels]
    return [*_sizes(a, b), _LOSS] if axis < _PLAIN_AXES else [_ANY]


def _are_channels(a: int, b: int) -> bool:
    """Widths of layers are multiples of 8, or one of them of the other; numbers of classes, boxes and tokens are seldom."""
    small, large = min(a, b), max(a, b)
    return large <= _WIDEST and (small % 8 == large % 8 == 0 or (small >= 8 and large % small == 0))


def _no_channels(a: int, b: int) -> list[Cause]:
    for more, extra in ((1, " and a class token"), (0, "")):
        sides_ = [isqrt(max(0, n - more)) for n in (a, b)]
        if all(side * side == n - more and side > _FEWEST_PATCHES for side, n in zip(sides_, (a, b), strict=True)):
            return [
                Cause(
                    f"{a:,} and {b:,} are the tokens of {sides_[0]}×{sides_[0]} and {sides_[1]}×{sides_[1]} patches{extra}: a transformer's positions "
                    "are made for one input size, and the images have another.",
                    "Resize the images, or interpolate the positions.",
                    f"model = timm.create_model(name, img_size={16 * sides_[0]})  # for patches of 16",
                )
            ]
    if max(a, b) > _WIDEST // 2:
        return [
            Cause(
                f"{a:,} and {b:,} are too many for channels: they count boxes, cells or tokens, which grow with the input; it has "
                "another size than those that the other side was made for.",
                "Use the input size that the code's anchors or positions are made for, or make these from the map.",
                "print(a.shape, b.shape)",
            ),
            _LOSS,
        ]
    if _RGB in (a, b):
        return [
            Cause(
                f"One has {_RGB} channels, and the other {a + b - _RGB:,} there: a mask or map without a channel axis (N×H×W) met images "
                "(N×C×H×W), or the channels stand on another axis.",
                "Give the mask its channel axis.",
                "mask = mask.unsqueeze(1)",
            ),
            _LOSS,
        ]
    return [
        Cause(
            f"These are hardly channels of a block. As in output == labels: a row of {a:,} numbers an image (the classes) met {b:,} labels, one an "
            "image.",
            "Compare the class with the greatest number; in a loss, make both shapes equal.",
            "correct = (output.argmax(1) == labels).sum()",
        ),
        _LOSS,
    ]


def _image_channels(a: int, b: int, *, single: bool) -> list[Cause]:
    """Normalize takes a mean for each channel from each image: (C, H, W) − (3, 1, 1)."""
    if b != _RGB or a == _RGB:
        return []
    if a == 4:
        return [
            Cause(
                "Normalize has three means and the image four channels: red, green, blue and alpha (RGBA).",
                "Drop the alpha channel when the image is opened, or keep four and give four means and in_channels=4.",
                _TO_RGB,
            )
        ]
    if a == 2:
        return [
            Cause(
                "Normalize has three means and the image two channels: grey and alpha (LA).",
                "Convert the image when it is opened.",
                _TO_RGB,
            )
        ]
    if a > _MOST_CHANNELS:
        return [
            Cause(
                f"Normalize has three means and takes this axis for the channels; it is {a:,} long: the channels stand last.",
                "Bring the channels to the front before Normalize, as ToTensor does.",
                "image = image.permute(2, 0, 1)" if single else "x = x.permute(0, 3, 1, 2)",
            )
        ]
    return [
        Cause(
            f"Normalize has three means and the image {plural(a, 'channel')}.",
            f"Give {a:,} means and deviations.",
            f"transforms.Normalize([0.5] * {a}, [0.5] * {a})",
        )
    ]


def _sizes(a: int, b: int) -> list[Cause]:
    small, large = min(a, b), max(a, b)
    stride = Cause(
        f"One path was made {plural(large // small, 'time')} smaller and the other was not: a stride of {large // small} is "
        "missing on the shortcut, or on the main path.",
        "Give the shortcut's 1×1 conv the main path's stride.",
        f"nn.Conv2d(in_channels, out_channels, 1, stride={large // small}, bias=False)",
    ) if small and large % small == 0 and small != large else None  # fmt: skip
    odd = Cause(
        f"{small:,} and {large:,}: an odd side was rounded down on one path and up on the other, or an upsampled map comes "
        "back one short.",
        "Bring one to the other's size before they meet, or use sides that divide by all strides (multiples of 32).",
        "x = F.interpolate(x, size=skip.shape[2:])",
    ) if large - small == 1 else None  # fmt: skip
    padding = Cause(
        f"{large:,} − {small:,} = {large - small}: a conv on one path lacks its padding, or a 1×1 has too much.",
        "Give each k×k conv a padding of half its kernel: 1 for 3×3, 0 for 1×1.",
        "nn.Conv2d(in_channels, out_channels, 3, padding=1)",
    ) if large - small in (1, 2, 4, 6) else None  # fmt: skip
    found = [odd, padding] if large - small == 1 else [stride, padding]
    return [cause for cause in found if cause] or [_ANY]


_BATCHES = Cause(
    "The two have batches of different sizes: a last batch that is smaller, a state kept from the batch before, or a target "
    "of another length.",
    "Leave out the incomplete batch, or make the state from x.shape[0].",
    "DataLoader(dataset, batch_size, drop_last=True)",
)
_LOSS = Cause("In a loss, the prediction and the target have other shapes:", "make them equal.", "loss = criterion(output, target.view_as(output))")  # fmt: skip
_ANY = Cause("The two paths do not make the same of their input.", "Print both shapes just before.", "print(a.shape, b.shape)")  # fmt: skip


def _where(axis: int, a: int, b: int, trace: Trace | None) -> tuple[str, ...]:
    """Additions that an absent or wrongly rounding shortcut would break so."""
    found: list[Step] = []
    if trace is None or axis >= _PLAIN_AXES:
        return ()
    for add in (step for step in trace.steps if step.kind == "add" and len(step.output) > axis):
        if trace.spec is not None:
            source = next(s for s in trace.steps if (s.stage, s.block) == (add.stage, add.block)).reads[0]
            shapes = [trace.steps[source].output]
        else:
            fork = next((join.fork for join in trace.joins if join.step == add.index), None)
            shapes = [trace.steps[fork].output] if fork is not None else []
        after = add.output[axis]
        for before in [given[axis] for given in shapes if len(given) > axis]:
            # without its projection the shortcut brings the block's input; else something near the main path's size
            near = axis > 1 and after in (a, b) and abs(a - b) == 1 and before != after
            if {a, b} == {before, after} or near:
                found.append(add)
                break
    return names(found)


def _in_place(found: Found) -> Told | None:
    own, wanted = found.shape("own"), found.shape("wanted")
    if len(own) > len(wanted):
        return None
    padded: Shape = (1,) * (len(wanted) - len(own)) + own
    axis = next((i for i, (has, wants) in enumerate(zip(padded, wanted, strict=True)) if has != wants), None)
    says = (
        f"An in-place operation (+=, sub_) would have had to grow its left side from {sides(own)} to {sides(wanted)}."
    )
    if axis is None:
        return Told(says, (_UNEXPECTED_AXIS,))
    picture = len(wanted) in (3, 4) and axis == len(wanted) - 3 and padded[axis] == 1 and wanted[axis] in (_RGB, 4)
    if picture and len(own) >= 3:
        grey = Cause(
            f"The image is grey, one channel, and Normalize has {'three' if wanted[axis] == _RGB else 'four'} means and deviations.",
            "Give Normalize one mean and one deviation, or make the image one of three equal channels first.",
            _GREY_MEANS,
        )
        repeated = Cause(
            "For a pretrained network of three channels:", "repeat the grey channel before ToTensor.", _TO_GREY_3
        )
        return Told(says, (grey, repeated))
    stride = Cause(
        "Out of place the same sum is broadcast in silence, which is worse: the map is then larger than the network meant. The "
        "usual cause is a stride that the shortcut lacks.",
        "Make both paths end in one shape: give the shortcut's 1×1 conv the main path's stride and channels.",
        "nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)",
    )
    steps = (
        [step for step in found.trace.steps if step.kind == "add" and step.output[1:] == own[1:]] if found.trace else []
    )
    return Told(says, (stride,), names(steps))


_UNEXPECTED_AXIS = Cause(
    "The right side has more axes than the left.",
    "Drop the axis that is too many, or write the sum out of place.",
    "x = x + y",
)


def _unequal(found: Found) -> Told | None:
    return Told("Two tensors of unequal shapes were to be combined number by number.", (_ANY,))


def _expand(found: Found) -> Told | None:
    wanted, has = found.number("wanted"), found.number("has")
    if wanted is None or has is None:
        return None
    says = f"A side of {has:,} was to be repeated to {wanted:,}; only a side of 1 can be."
    cause = Cause(
        "What is assigned or expanded has another size than its place.",
        "Make the sizes equal, or begin from a side of 1.",
        "print(a.shape, b.shape)",
    )
    causes = (cause, _BATCHES) if found.number("axis") == 0 else (cause,)
    return Told(says, causes)


_N = r"\d{1,12}"
ENTRIES = (
    Entry(
        "add",
        _add,
        (
            (rf"The size of tensor a \((?P<a>{_N})\) must match the size of tensor b \((?P<b>{_N})\) at non-singleton dimension (?P<axis>\d)", "0.3–"),
            (rf"Attempting to broadcast a dimension of length {_N} at -(?P<from_end>\d)! Mismatching argument at index \d had {shape('broken')}; but expected shape should be broadcastable to {shape('whole')}", "torch.compile, 2.0–"),
        ),
    ),
    Entry(
        "add in place",
        _in_place,
        ((rf"output with shape {shape('own')} doesn't match the broadcast shape {shape('wanted')}", "0.4–, torch.compile"),),
    ),
    Entry("unequal", _unequal, ((r"inconsistent tensor sizes?, expected [\w ]{1,20}\[[\d x]{1,60}\]", "0.3"),)),
    Entry(
        "expand",
        _expand,
        (
            (rf"The expanded size of the tensor \((?P<wanted>{_N})\) must match the existing size \((?P<has>{_N})\) at non-singleton dimension (?P<axis>\d)", "0.3–"),
            (rf"expand: attempting to expand a dimension of length (?P<has>{_N}) -> (?P<wanted>{_N})!", "torch.compile, 2.0–"),
        ),
    ),
)  # fmt: skip
