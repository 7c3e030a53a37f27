"""A tensor with too few or too many axes: the batch dimension is missing, or there is one too many."""

from __future__ import annotations

from math import isqrt

from ...steps import Shape
from ...wording import plural
from .entry import Cause, Entry, Found, Told, shape, sides

_LAYOUTS = {2: "N×C", 3: "N×C×L", 4: "N×C×H×W", 5: "N×C×D×H×W"}
_LONGEST_TO_SHORTEST = 6  # sides of a picture
_BATCH = "x = x.unsqueeze(0)"
_LEAST_SIDE = 8  # a map's side is rarely less; two small numbers are no height and width


def _input(found: Found) -> Told | None:
    """A conv, norm or pool that says how many axes it wants, and often what it was given."""
    given = found.shape("given")
    axes = found.number("axes") or len(given) or None
    word = found.word("wanted")
    dimension = found.word("conv")
    wanted = int(word) if word else int(dimension) + 2 if dimension else None
    if wanted is None or wanted not in _LAYOUTS or axes is None or axes == wanted:
        return None
    seen = f": {sides(given)}" if given else ""
    says = f"A layer for {_LAYOUTS[wanted]} ({plural(wanted, 'axis', 'axes')}) got a tensor of {plural(axes, 'axis', 'axes')}{seen}."
    weight = found.shape("weight")
    if (wanted, axes) == (4, 2) and not given and not dimension:  # a norm, which does not tell the shape
        features = Cause("Where they are features (N×C):", "use the norm for them.", "nn.BatchNorm1d(num_features)")
        return Told(says, (*axis_causes(given, axes, wanted), features))
    return Told(says, tuple(axis_causes(given, axes, wanted, weight[1] if len(weight) > 1 else None)))


def axis_causes(given: Shape, axes: int, wanted: int, channels: int | None = None) -> list[Cause]:
    """Why a layer that wants ``wanted`` axes got ``axes`` of them, likeliest first."""
    if axes == wanted - 1:
        return _one_too_few(given, axes, wanted, channels)
    if axes == wanted - 2 and wanted == 4:
        return _two_too_few(given, channels)
    if axes > wanted:
        if wanted == 3 and axes == 4:
            return [
                Cause(
                    f"Images{f' ({sides(given)})' if given else ''} reached a layer for signals (N×C×L).",
                    "Use the layer for images.",
                    "nn.Conv2d(in_channels, out_channels, 3)",
                ),
                Cause("They are to be read as signals:", "fold height and width into one axis.", "x = x.flatten(2)"),
            ]
        return _too_many(given, axes, wanted)
    return [Cause(f"{plural(wanted - axes, 'axis', 'axes')} are missing.", f"Give it {_LAYOUTS[wanted]}.", "print(x.shape)")]  # fmt: skip


def _one_too_few(given: Shape, axes: int, wanted: int, channels: int | None) -> list[Cause]:
    single = Cause(
        "The batch dimension is missing: it is one image, or one example, alone.",
        "Add the batch dimension.",
        _BATCH,
    )
    if axes == 4 and wanted == 5 and channels and given and given[1] == channels != given[0]:
        return [
            Cause(
                f"These are images of {plural(channels, 'channel')} (N×C×H×W), and the network is for volumes or clips (N×C×D×H×W).",
                "Add a depth of 1, or use 2-D convs.",
                "x = x.unsqueeze(2)",
            )
        ]
    if axes == 4 and wanted == 5:
        return [
            Cause(
                f"The batch dimension is missing, or these are images and the network is for volumes or clips ({_LAYOUTS[5]}).",
                "Add the batch dimension; images for such a network need a depth axis instead.",
                _BATCH,
            ),
            Cause("Where it is a batch of images:", "add a depth of 1.", "x = x.unsqueeze(2)"),
        ]
    if axes == 2:
        return [
            Cause("The batch dimension or the length is missing.", "Add the batch dimension.", _BATCH),
            Cause("Where it is a batch of features (N×C):", "use the layer for them.", "nn.BatchNorm1d(num_features)"),
        ]
    if given and channels != given[0] and given[-1] in (1, 3, 4) and min(given[:2]) > 4:
        last = Cause(
            f"The batch dimension is missing, and the channels, {given[-1]}, stand last (H×W×C).",
            "Bring the channels to the front and add the batch dimension.",
            "x = x.permute(2, 0, 1).unsqueeze(0)",
        )
        return [last]
    if given and given[0] > 4 and channels in (None, 1) and given[1] == given[2]:
        grey = Cause(
            f"The channel axis is missing: {plural(given[0], 'grey image')} of {given[1]}×{given[2]} without one.",
            "Add the channel axis.",
            "x = x.unsqueeze(1)",
        )
        return [grey, single]
    return [single, Cause("A squeeze or an index took an axis away:", "keep it.", "x = x[:1]  # not x[0]")]


def _two_too_few(given: Shape, channels: int | None) -> list[Cause]:
    plain = Cause(
        f"The batch and the channel dimension are missing: it is one grey image{f' of {sides(given)}' if given else ''}.",
        "Add both.",
        "x = x[None, None]",
    )
    flat = Cause(
        "The images were flattened to rows of numbers (N×features).",
        "Give them their axes back.",
        "x = x.view(x.shape[0], channels, height, width)",
    )
    if not given:
        return [plain, flat]
    length = given[-1]
    for count in (channels,) if channels else (1, 3):
        side = isqrt(length // count)
        if count * side * side == length and side >= _LEAST_SIDE and given[0] != length:
            exact = Cause(
                f"{length:,} = {count}·{side}·{side}: {plural(given[0], 'image')} of {side}×{side}, flattened to rows.",
                "Give them their axes back.",
                f"x = x.view(-1, {count}, {side}, {side})",
            )
            return [exact, plain]
    if given[0] and max(given) > _LONGEST_TO_SHORTEST * min(given):  # no picture's proportion
        features = Cause(
            f"{plural(given[0], 'row')} of {length:,} numbers: the map was pooled and flattened already, and a conv reads maps.",
            "Let the conv stand before the flatten, or use a linear layer.",
            f"nn.Linear({length}, out_features)",
        )
        return [features, flat]
    return [plain, flat]


def _too_many(given: Shape, axes: int, wanted: int) -> list[Cause]:
    ones = [axis for axis, side in enumerate(given) if side == 1]
    clips = Cause(
        "Several crops, frames or views of each image came in one tensor (N×T×C×H×W), as from TenCrop or a clip.",
        "Fold them into the batch, and average the outputs of each image afterwards.",
        "x = x.flatten(0, 1)",
    )
    if axes == wanted + 1 and ones and ones[0] < 2:
        return [
            Cause(
                f"One axis is too many, and axis {ones[0]} is 1 long: unsqueeze(0) was called on what was a batch already.",
                "Leave that unsqueeze out.",
                f"x = x.squeeze({ones[0]})",
            ),
            *([clips] if wanted == 4 else []),
        ]
    if wanted == 4 and axes == 5:
        return [
            clips,
            Cause("The network should see clips or volumes:", "use 3-D convs.", "nn.Conv3d(in_channels, out_channels, 3)"),
        ]  # fmt: skip
    if wanted in (2, 3):
        return [
            Cause("A map reached a layer for features.", "Pool and flatten it first.", "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)"),
            Cause("The layer is of another dimension than its input:", "use the one for images.", "nn.BatchNorm2d(num_features)"),
        ]  # fmt: skip
    return [Cause(f"{plural(axes - wanted, 'axis', 'axes')} are too many.", "Fold them into the batch.", f"x = x.flatten(0, {axes - wanted})")]  # fmt: skip


def _features(found: Found) -> Told | None:
    """BatchNorm1d takes rows or signals."""
    axes = found.number("axes") or len(found.shape("given")) or None
    if axes is None or axes in (2, 3):
        return None
    says = f"A layer for N×C or N×C×L got a tensor of {plural(axes, 'axis', 'axes')}."
    if axes == 1:
        return Told(says, (Cause("The batch dimension is missing.", "Add it.", _BATCH),))
    return Told(
        says,
        (
            Cause("A map of images reached a layer for features.", "Use the one for images.", "nn.BatchNorm2d(num_features)"),
            Cause("The flatten before it was forgotten:", "flatten all axes but the batch.", "x = torch.flatten(x, 1)"),
        ),
    )  # fmt: skip


def _pool(found: Found) -> Told | None:
    given = found.shape("given")
    axes = found.number("axes") or len(given)
    seen = f" of {sides(given)}" if given else f" of {plural(axes, 'axis', 'axes')}" if axes else ""
    says = f"A pool wants images, C×H×W or N×C×H×W, none of them empty, and got a tensor{seen}."
    if 0 in given[1:]:
        return Told(says, (Cause("A side is 0: a crop or a slice left no pixel.", "Leave out empty images.", "assert x.numel() > 0, x.shape"),))  # fmt: skip
    if axes and axes not in (3, 4):
        return Told(says, tuple(axis_causes(given, axes, 4)))
    return Told(
        says,
        (
            Cause("Channels and batch are missing, or there is an axis too many.", "Give it N×C×H×W.", "x = x.view(x.shape[0], channels, height, width)"),
            Cause("A flatten stands before the pool:", "pool first, then flatten.", "x = torch.flatten(pool(x), 1)"),
        ),
    )  # fmt: skip


def _dimension(found: Found) -> Told | None:
    low, high, got = (found.number(name) for name in ("low", "high", "got"))
    if low is None or high is None or got is None:
        return None
    axes = max(high + 1, -low)
    return Told(
        f"Dimension {got} was asked for, and the tensor has {plural(axes, 'axis', 'axes')}: {low} to {high}.",
        (
            Cause("The batch dimension is missing, or was lost to squeeze() or an index.", "Keep the batch dimension.", _BATCH),
            Cause("The axis is counted wrongly:", "count from the end.", "dim=-1"),
        ),
    )  # fmt: skip


def _stride(found: Found) -> Told | None:
    axes = {"1": 3, "2": 4, "3": 5}.get(found.word("dimensions"))
    stride = len(found.shape("stride"))
    if axes is None or not stride or stride + 2 not in _LAYOUTS:
        return None
    says = f"A conv with a stride of {plural(stride, 'number')}, for {_LAYOUTS[stride + 2]}, got a tensor of {plural(axes, 'axis', 'axes')}."
    return Told(says, tuple(axis_causes((), axes, stride + 2)))


def _indices(found: Found) -> Told | None:
    axes = found.number("axes")
    if axes is None:
        return None
    return Told(
        f"A tensor of {plural(axes, 'axis', 'axes')} was indexed with more.",
        (
            Cause("The batch or the channel dimension is missing: one image, or grey images without channels.", "Add it, or index with one place less.", _BATCH),
        ),
    )  # fmt: skip


def _unpacking(found: Found) -> Told | None:
    wanted, got = found.number("wanted"), found.number("got")
    if wanted is None:
        return None
    if got is None:
        return Told(
            f"{plural(wanted, 'name')} on the left, and more values on the right.",
            (
                Cause("The dataset or the network gives more than that, such as an image, a label and a path, or a second output; or a tensor was unpacked along its first axis.", "Take what there is, and look at it first.", "print(type(batch), len(batch))"),
            ),
        )  # fmt: skip
    shape_ = wanted == 4 and got in (2, 3)
    return Told(
        f"{plural(wanted, 'name')} on the left, and {plural(got, 'value')} on the right.",
        (
            Cause("As in n, c, h, w = x.shape: the batch dimension is missing, or was lost to squeeze() or an index.", "Add the batch dimension.", _BATCH)
            if shape_
            else Cause("The dataset or the network gives less than that, such as images without labels.", "Take what there is, and look at it first.", "print(type(batch), len(batch))"),
        ),
    )  # fmt: skip


_BOTH = r"Expected (?:\d|\d-)D \(unbatched\) or \dD \(batched\) input to "
ENTRIES = (
    Entry(
        "dimensions",
        _input,
        (
            (rf"{_BOTH}(?:conv_transpose|conv)(?P<conv>[123])d, but got input of size: {shape('given')}", "1.11–"),
            (rf"[Ee]xpected (?P<wanted>\d)-dimensional input for \d-dimensional weight ?{shape('weight')},? but got (?:\d-dimensional )?input of size {shape('given')} instead", "0.4–1.10"),
            (r"expected (?P<wanted>[345])D input \(got (?P<axes>\d)D input\)", "0.3–"),
            (r"Expected (?P<wanted>[2345])-dimensional tensor, but got (?P<axes>\d)-dimensional tensor", "0.4–"),
            (r"Got (?P<axes>\d)D input, but \w{1,12} mode needs (?P<wanted>\d)D input", "0.4–"),
            (r"(?P<wanted>4)D (?:input )?(?:\(batch mode\) )?tensor expected(?: for input)?,? but got: ?\[(?P<given>[\dx ]{1,60})\]", "0.3–1.0"),
        ),
    ),
    Entry("features", _features, ((r"expected 2D or 3D input \(got (?P<axes>\d)D input\)", "0.3–"),)),
    Entry(
        "conv stride",
        _stride,
        ((r"expected stride to be a single integer value or a list of (?P<dimensions>\d) values to match the convolution dimensions, but got stride=\[(?P<stride>[\d, ]{1,30})\]", "0.4–1.10"),),
    ),
    Entry(
        "pool's input",
        _pool,
        (
            (rf"Expected 3D or 4D \(batch mode\) tensor with optional 0 dim batch size for input, but got: ?{shape('given')}", "1.8–"),
            (rf"non-empty 3D or 4D \(batch mode\) tensor expected for input, but got: ?{shape('given')}", "1.0–1.7"),
            (r"non-empty 3D or 4D (?:\(batch mode\) )?(?:input )?tensor expected (?:for input|but got ndim: (?P<axes>\d))", "0.3–"),
        ),
    ),
    Entry("indices", _indices, ((r"too many indices for tensor of dimension (?P<axes>\d)", "0.4–"),)),
    Entry("unpacking", _unpacking, ((r"not enough values to unpack \(expected (?P<wanted>\d{1,2}), got (?P<got>\d{1,2})\)", "any"), (r"too many values to unpack \(expected (?P<wanted>\d{1,2})(?:, got \d{1,9})?\)", "any")), vague=True),
    Entry("dimension", _dimension, ((r"[Dd]imension out of range \(expected to be in range of \[(?P<low>-?\d{1,2}), (?P<high>-?\d{1,2})\], but got (?P<got>-?\d{1,3})\)", "0.3–"),), vague=True),
)  # fmt: skip
