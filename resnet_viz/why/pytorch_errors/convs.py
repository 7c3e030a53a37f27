"""A conv that is given another number of channels, a map smaller than its kernel, or groups that do not divide."""

from __future__ import annotations

from ...steps import Conv, ConvTranspose, Shape, Sliding, Step, Trace
from ...wording import plural
from .entry import Cause, Entry, Found, Told, names, shape, sides

_TO_RGB = 'image = image.convert("RGB")'
_TO_GREY = 'image = image.convert("L")'
_FIRST = (1, 3, 4)  # channels that a network's first conv reads: grey, colour, colour and alpha
_MOST_IMAGE_CHANNELS = 16
_FEWEST_FEATURES = 64  # channels of a map inside of a network


def _channels(found: Found) -> Told | None:
    weight, given = found.shape("weight"), found.shape("given")
    wanted, got = found.number("wanted"), found.number("got")
    if wanted is None or got is None:
        return None
    filters = f" whose filters are {sides(weight[1:])}" if weight else ""
    seen = f" [{', '.join(map(str, given))}]" if given else ""
    says = f"A conv{filters} reads {plural(wanted, 'channel')}, and its input{seen} has {got:,}."
    outputs = weight[1 if found.word("turned") else 0] if len(weight) > 1 else None
    causes = _axes(given, weight, wanted, got)
    first = (wanted in _FIRST or got in _FIRST[1:]) and len(weight) != 5
    colours = first and max(wanted, got) <= _MOST_IMAGE_CHANNELS
    if not causes and wanted == 3 and got >= _FEWEST_FEATURES and len(weight) == 4:
        causes = [_features(got)]
    elif colours:
        causes += _colours(wanted, got)
    else:
        causes += _before(wanted, got)
    turned = bool(found.word("turned"))
    groups = max(1, wanted // max(1, weight[1])) if len(weight) > 1 and not turned else 1
    if weight[1:2] == (1,) and groups == wanted > 1 and outputs:  # depthwise: a group for each channel
        groups, outputs = got, got * max(1, outputs // wanted)
    causes.append(
        _widened(
            weight,
            got,
            outputs,
            groups if groups and got % groups == 0 else 1,
            first=first,
            turned=turned,
            alone=not causes,
        )
    )
    return Told(says, tuple(causes), _where(weight, found.trace))


def _axes(given: Shape, weight: Shape, wanted: int, got: int) -> list[Cause]:
    """The channels stand on another axis than the second, or on none."""
    if len(given) < 3:
        return []
    turned = list(range(len(given)))
    if given[-1] == wanted and min(given[1:-1]) > given[-1]:
        order = ", ".join(map(str, [0, turned[-1], *turned[1:-1]]))
        whole = f"The last axis, {given[-1]}, is the channels: the images are N×H×W×C, and PyTorch wants N×C×H×W."
        found = [Cause(whole, "Bring the channels to the second axis.", f"x = x.permute({order})")]
        if given[0] == 1:  # an image without a batch is shown with a batch of 1
            order = ", ".join(map(str, [turned[-1] - 1, *turned[:-2]]))
            found.append(
                Cause(
                    "Where it is one image without a batch:",
                    "bring its channels to the front, then add the batch.",
                    f"x = x.permute({order}).unsqueeze(0)",
                )
            )
        return found
    if len(given) == 4 and given[2] == wanted < min(given[1], given[3]) and wanted in _FIRST:
        return [
            Cause(
                f"The third axis, {wanted}, is the channels: they were swapped with the height.",
                "Swap them back.",
                "x = x.transpose(1, 2)",
            )
        ]
    if given[0] == wanted != 1 and got != wanted and wanted in _FIRST:
        return [
            Cause(
                f"The first axis, {given[0]}, is the channels: batch and channels are swapped.",
                "Swap them back.",
                "x = x.transpose(0, 1)",
            )
        ]
    if given[0] == 1 and wanted == 1 and got > 4:  # N×H×W is taken for one image of N channels
        return [
            Cause(
                f"Grey images without a channel axis (N×H×W, N = {got:,}) were taken for one image of {got:,} channels.",
                "Add the channel axis.",
                "x = x.unsqueeze(1)",
            )
        ]
    if given[0] > 1 and len(weight) == len(given) == 5 and given[2] == wanted:
        return [
            Cause(
                f"The third axis, {wanted}, is the channels: the clips are N×T×C×H×W, and PyTorch wants N×C×T×H×W.",
                "Swap frames and channels.",
                "x = x.transpose(1, 2)",
            )
        ]
    if given[0] == 1 and len(weight) == len(given) == 5 and given[2] == wanted:  # N×C×H×W is taken for one clip
        return [
            Cause(
                f"Images (N×C×H×W, N = {got:,}) were taken for one volume of {plural(got, 'channel')}: the depth is missing.",
                "Add a depth of 1 to images.",
                "x = x.unsqueeze(2)",
            ),
            Cause(
                f"They are one clip of {plural(got, 'frame')} without the batch:",
                "put the channels first and add the batch.",
                "x = x.transpose(0, 1).unsqueeze(0)",
            ),
        ]
    return []


def _colours(wanted: int, got: int) -> list[Cause]:
    """What the first conv of a network reads against what an image has."""
    words = {1: "grey, one channel", 2: "grey with alpha (LA)", 3: "of three colours (RGB)", 4: "of three colours and alpha (RGBA)"}  # fmt: skip
    image = words.get(got, f"of {got:,} channels")
    if got == 4 or (got == 2 and wanted == 3):
        if wanted == 1:
            return [Cause(f"The images are {image} and the network is made for grey.", "Convert them when they are opened.", _TO_GREY)]  # fmt: skip
        return [
            Cause(
                f"The images are {image}, and the network is made for three colours.",
                "Drop the alpha channel when they are opened, or build the network with "
                + (f"in_channels={got}." if wanted == 3 else "as many channels."),
                _TO_RGB,
            )
        ]
    if wanted == 3 and got == 1:
        return [
            Cause(
                "The images are grey, one channel, and the network is made for three colours.",
                "Repeat the grey channel, or build the network with in_channels=1.",
                "x = x.expand(-1, 3, -1, -1)",
            )
        ]
    if wanted == 4 and got == 3:
        return [
            Cause(
                "The images have three colours, and the network is made for four channels, such as with alpha or depth.",
                "Give the fourth channel, or build the network with in_channels=3.",
                'image = image.convert("RGBA")',
            )
        ]
    if wanted == 1:
        return [
            Cause(
                f"The images are {image}, and the network is made for grey.",
                f"Convert them when they are opened, or build the network with in_channels={got}.",
                _TO_GREY,
            )
        ]
    if got > wanted:
        return [
            Cause(
                f"The images have {got:,} channels, such as a satellite's bands or frames that were stacked, and the network is made for "
                f"{'three colours' if wanted == 3 else f'{wanted} channels'}.",
                f"Build the network with in_channels={got}, or choose {wanted} of the channels.",
                f"x = x[:, :{wanted}]",
            )
        ]
    return [
        Cause(
            f"The network is made for images of {wanted:,} channels, such as several images or frames on top of each other, and these are {image}.",
            f"Put as many into one tensor, or build the network with in_channels={got}.",
            "x = torch.cat(images, 1)",
        )
    ]


def _features(got: int) -> Cause:
    return Cause(
        f"{got:,} channels are a map from inside of a network, and this conv is the first of one, which reads images.",
        "Give the network the images; what reads the map is a later layer.",
        "output = head(features)  # not model(features)",
    )


def _before(wanted: int, got: int) -> list[Cause]:
    """What the layer before gives against what this one reads, inside of a network."""
    if got == 2 * wanted:
        return [
            Cause(
                f"{got:,} = 2·{wanted:,}: two maps were concatenated before it, or the stage before was doubled in width.",
                "Count both maps' channels, or add them instead.",
            )
        ]
    if wanted == 2 * got:
        return [
            Cause(
                f"{wanted:,} = 2·{got:,}: it expects two maps concatenated, or a stage of double the width, before it.",
                "Concatenate the map that is missing.",
                "x = torch.cat([x, skip], 1)",
            )
        ]
    if got == 4 * wanted or wanted == 4 * got:
        return [
            Cause(
                f"{max(got, wanted):,} = 4·{min(got, wanted):,}: a bottleneck gives four times its width (expansion = 4), and one "
                "side does not reckon with it.",
                "Count the channels of the block before times its expansion.",
                "in_channels = planes * block.expansion",
            )
        ]
    return []


def _widened(
    weight: Shape, got: int, outputs: int | None, groups: int, *, first: bool, turned: bool, alone: bool
) -> Cause:
    kernel = weight[2:]
    size = kernel[0] if kernel and len(set(kernel)) == 1 else kernel
    layer = f"nn.Conv{'Transpose' * turned}{len(kernel) or 2}d"
    rest = f", groups={groups}" if groups > 1 else ""
    if first and kernel and kernel[0] > 1:  # a network's first conv: its stride and padding by custom
        rest += f"{', stride=2' if kernel[0] > 5 else ''}, padding={kernel[0] // 2}, bias=False"
    return Cause(
        f"What stands before it gives {plural(got, 'channel')}." if alone else "It is the conv that is wrong:",
        "Give this conv as many input channels as what it reads has."
        if alone
        else "give it as many input channels as what it reads has.",
        f"{layer}({got}, {outputs}, {size}{rest})" if outputs and kernel else f"in_channels={got}",
    )


def _where(weight: Shape, trace: Trace | None) -> tuple[str, ...]:
    """The convs of such filters."""
    if trace is None or len(weight) < 3:
        return ()
    made, inside, kernel = weight[0], weight[1], weight[2:]
    found: list[Step] = []
    for step in trace.steps:
        op = step.op
        if not isinstance(op, Conv | Sliding) or len(step.output) != len(weight) or len(step.inputs[0]) < 2:
            continue
        read = step.inputs[0][1] // max(op.groups, 1)
        if step.output[1] == made and read == inside and tuple(op.kernel) == kernel:
            found.append(step)
    return names(found)


def _kernel(found: Found) -> Told | None:
    given, kernel = found.shape("given"), found.shape("kernel")
    if not given:
        return None
    says = f"A conv's {sides(kernel)} kernel is larger than its input with padding, {sides(given)}."
    if 0 in given:
        cause = Cause("A side of 0 has nothing in it: a crop, a slice or a filter of boxes left no pixel.", "Leave out empty images before the network.", "assert x.numel() > 0, x.shape")  # fmt: skip
        return Told(says, (cause,))
    causes = (
        Cause(
            f"The map has shrunk to {sides(given)} before it: the input is too small for so many strides and pools.",
            "Use a larger input, or fewer strides.",
            "x = F.interpolate(x, size=224)",
        ),
        Cause(
            "Its padding is missing:",
            "give it half the kernel.",
            f"nn.Conv{len(kernel) or 2}d(in_channels, out_channels, {max(kernel, default=3)}, padding={max(kernel, default=3) // 2})",
        ),
    )
    steps = [
        step
        for step in (found.trace.steps if found.trace else ())
        if isinstance(step.op, Conv) and step.op.kernel == kernel and min(step.inputs[0][2:]) <= max(kernel)
    ]
    return Told(says, causes, names(steps))


def _negative(found: Found) -> Told | None:
    return Told(
        f"A layer would have made a tensor with a side of {found.word('side')}.",
        (
            Cause(
                "A conv or a pool is larger than the map it reads: the input is too small for so many strides and pools.",
                "Use a larger input, or fewer strides.",
                "x = F.interpolate(x, size=224)",
            ),
        ),
    )


def _groups(found: Found) -> Told | None:
    side, channels, groups = found.word("side"), found.number("channels"), found.number("groups")
    of = f"{side}put" if side else "output"
    if groups:
        return Told(
            f"A conv in {plural(groups, 'group')} has {channels or 0:,} filters, and these do not divide into equal groups.",
            (Cause(f"{channels or 0:,} is no multiple of {groups:,}.", f"Use a multiple of {groups:,} filters, or a number of groups that divides them.", f"nn.Conv2d(in_channels, {_up(channels or 0, groups)}, kernel_size, groups={groups})"),),
        )  # fmt: skip
    return Told(
        f"A conv in groups gives each group as many {of} channels as the others, and these do not divide.",
        (
            Cause(
                f"{of}_channels is no multiple of groups.".replace("input_", "in_").replace("output_", "out_"),
                "Use a number of groups that divides both input and output channels.",
                "nn.Conv2d(in_channels, out_channels, 3, groups=math.gcd(in_channels, out_channels))",
            ),
        ),
    )


def _up(number: int, of: int) -> int:
    return -(-number // of) * of


def _transposed(found: Found) -> Told | None:
    told = _channels(found)
    if told is None or found.trace is None:
        return told
    steps = [step for step in found.trace.steps if isinstance(step.op, ConvTranspose) and step.inputs[0][1] == found.number("wanted")]  # fmt: skip
    return Told(told.says.replace("A conv", "A transposed conv", 1), told.causes, names(steps))


_N = r"\d{1,12}"
_TAIL = rf",?(?: so)? expected input\[(?P<given>[\d, ]{{1,80}})\] to have (?P<wanted>{_N}) channels, but got (?P<got>{_N}) channels instead"

ENTRIES = (
    Entry(
        "channels",
        _channels,
        (
            (rf"Given groups=\d{{1,9}}, weight(?: of size)? ?{shape('weight')}{_TAIL}", "0.3–"),
            (rf"Need input of dimension \d and input\.size\[1\] == (?P<wanted>{_N}) but got input to be of shape: \[{_N} x (?P<got>{_N}) x [\d x]{{1,60}}\]", "0.3–1.2"),
            (rf"Need input\.size\[1\] == (?P<wanted>{_N}) but got (?P<got>{_N}) instead", "0.3, GPU"),
        ),
    ),
    Entry(
        "transposed channels",
        _transposed,
        ((rf"Given (?P<turned>transposed)=\d{{1,9}}, weight(?: of size)? ?{shape('weight')}{_TAIL}", "0.3–"),),
    ),
    Entry(
        "kernel",
        _kernel,
        (
            (rf"Calculated padded input size per channel: {shape('given')}\. Kernel size: {shape('kernel')}\. Kernel size can't (?:be )?greater than actual input size", "0.3–"),
            (rf"Given input size per channel: {shape('given')}\. Calculated output size per channel: \([-\dx ]{{1,60}}\)\. Output size is too small", "0.3–1.0"),
        ),
    ),
    Entry("negative side", _negative, ((r"Trying to create tensor with negative dimension (?P<side>-\d{1,12})", "1.0–, meta tensors"),)),
    Entry(
        "groups",
        _groups,
        (
            (r"(?P<side>in|out)_channels must be divisible by groups", "0.3–"),
            (rf"Given groups=(?P<groups>{_N}), expected weight to be divisible by {_N} at dimension 0, but got weight of size \[{{0,2}}(?P<channels>{_N})", "0.4–"),
            (rf"Given groups=(?P<groups>{_N}), expected weight to be at least {_N} at dimension 0, but got weight of size \[{{0,2}}(?P<channels>{_N})", "0.4–"),
        ),
    ),
)  # fmt: skip
