"""A view or reshape whose numbers do not add up, or whose memory is in another order."""

from __future__ import annotations

from math import isqrt, prod

from ...steps import Shape, Trace
from ...wording import plural
from .entry import Cause, Entry, Found, Told, sides

_FLATTEN = "x = torch.flatten(x, 1)"
_USUAL_SIDES = (7, 6, 5, 4, 8, 3, 2)  # of a map before a head, likeliest first; its channels are a power of two
_LEAST_CHANNELS = 16


def _view(found: Found) -> Told | None:
    size = found.number("size")
    wanted = tuple([int(word) for word in found.word("wanted").replace("x", ",").split(",") if word.strip(" -").isdecimal()][:8])  # fmt: skip
    if size is None or not wanted:
        return None
    shown = ", ".join(map(str, wanted))
    known = prod(side for side in wanted if side > 0)
    says = f"{plural(size, 'number')} were to be arranged as [{shown}]"
    if -1 in wanted:
        says += f", and {size:,} is no multiple of {known:,}."
    else:
        says += f", which are {known:,}."
    return Told(says, tuple(_causes(size, wanted, known, found.trace)))


def _causes(size: int, wanted: Shape, known: int, trace: Trace | None) -> list[Cause]:
    found: list[Cause] = []
    rows, features = wanted[0], prod(side for side in wanted[1:] if side > 0)
    batch = Cause(
        "The size is fixed in the code, and the input has another.",
        "Let the flatten find the size, and give the linear layer that follows as many inputs.",
        _FLATTEN,
    )
    last = trace.totals.final_map if trace else ()
    if len(last) == 4 and prod(last[1:]) > 0 and size % prod(last[1:]) == 0 and len(wanted) == 2:
        images = size // prod(last[1:])
        found.append(
            Cause(
                f"{size:,} = {images:,}·{last[1]:,}·{last[2]}·{last[3]}: {plural(images, 'image')} of this network's last map, "
                f"{sides(last[1:])}; the line reckons with {features:,} numbers an image.",
                "Flatten by the batch, and pool the map so that the input's size does not matter.",
                "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)",
            )
        )
    if rows > 0 and features and size % features == 0 and -1 not in wanted and len(wanted) > 1 and size < known:
        images = size // features
        found.append(
            Cause(
                f"{size:,} = {images:,}·{features:,}: the batch is {images:,} and the line has {rows:,}, often because the last "
                "batch is smaller.",
                "Take the batch's size from the tensor.",
                f"x = x.view(x.size(0), {', '.join(map(str, wanted[1:]))})",
            )
        )
    elif rows > 0 and size % rows == 0 and len(wanted) == 2 and -1 not in wanted:
        found.append(
            Cause(
                f"{size:,} = {rows:,}·{size // rows:,}: each of the {plural(rows, 'image')} has {size // rows:,} numbers and not "
                f"{features:,}{_unpooled(size // rows, features)}.",
                batch.fix,
                _FLATTEN,
            )
        )
    elif rows == -1 and len(wanted) == 2 and (guess := _map(size, features)):
        images, channels, side, made = guess
        found.append(
            Cause(
                f"An image was reckoned to have {features:,} numbers, such as {channels:,}·{made}·{made}; {size:,} could be "
                f"{images:,}·{channels:,}·{side}·{side}, {plural(images, 'image')} of {sides((channels, side, side))}. The images have "
                "another size than those that the line was written for.",
                "Flatten by the batch, and pool the map so that the input's size does not matter.",
                f"x = torch.flatten(nn.AdaptiveAvgPool2d({made})(x), 1)",
            )
        )
    if len(wanted) == 4 and -1 in wanted[:1]:
        found.append(
            Cause(
                f"Each image was reckoned to have {sides(wanted[1:])} = {features:,} numbers; the images have another size or "
                "number of channels.",
                "Read the shape from the data.",
                "print(x.shape)",
            )
        )
    return found or [batch]


def _unpooled(has: int, features: int) -> str:
    """Whether an image's numbers are a square map of so many channels."""
    side = isqrt(has // features)
    return f", and {has:,} = {features:,}·{side}·{side}: the map was not pooled" if side > 1 and features * side * side == has else ""  # fmt: skip


def _map(size: int, features: int) -> tuple[int, int, int, int] | None:
    """Images, channels, side now and side reckoned with; None where no usual map fits."""
    for made in _USUAL_SIDES:
        channels, left = divmod(features, made * made)
        if left or channels < _LEAST_CHANNELS or channels & (channels - 1) or size % channels:
            continue
        total = size // channels
        for side in sorted(range(1, 2 * made + 8), key=lambda side: abs(side - made)):
            if side != made and total % (side * side) == 0:
                return total // (side * side), channels, side, made
    return None


def _memory_order(found: Found) -> Told | None:
    return Told(
        "view() can only rename axes that lie side by side in memory, and after a permute, a transpose or a slice, or in channels_last, "
        "they do not.",
        (
            Cause("The numbers have to be copied into the new order.", "Use reshape, which copies where it must.", "x = x.reshape(x.shape[0], -1)"),
            Cause("The same in two steps:", "bring them in order first.", "x = x.contiguous().view(x.shape[0], -1)"),
        ),
    )  # fmt: skip


_LOST_AXIS = Cause(
    "The batch or the channel dimension is missing, as in one image or a grey one.",
    "Add it before.",
    "x = x.unsqueeze(0)",
)


def _permute(found: Found) -> Told | None:
    has, wanted = found.number("has"), found.number("wanted")
    if has is None or wanted is None:
        return Told("permute was given another number of axes than the tensor has.", (_LOST_AXIS,))
    causes = [
        Cause(
            f"The tensor has {plural(has, 'axis', 'axes')} and permute names {wanted}.",
            "Name every axis once.",
            "print(x.shape)",
        )
    ]
    if (has, wanted) == (2, 3):
        causes.insert(0, Cause("A grey image (H×W) has no channel axis; the line is for H×W×C.", "Open the images in colour, or add the axis.", 'image = image.convert("RGB")'))  # fmt: skip
    elif has + 1 == wanted:
        causes.insert(0, Cause("The batch dimension is missing.", "Add it before.", "x = x.unsqueeze(0)"))
    return Told("permute was given another number of axes than the tensor has.", tuple(causes))


_N = r"\d{1,15}"
ENTRIES = (
    Entry(
        "view",
        _view,
        (
            (rf"shape '\[(?P<wanted>[-\d, ]{{1,80}})\]' is invalid for input of size (?P<size>{_N})", "0.4–, torch.compile"),
            (rf"size '\[(?P<wanted>[-\dx ]{{1,80}})\]' is invalid for input (?:with|of size|of with) (?P<size>{_N})(?: elements)?", "0.3–0.4"),
        ),
    ),
    Entry(
        "view's memory",
        _memory_order,
        (
            (r"view size is not compatible with input tensor's size and stride \(at least one dimension spans across two contiguous subspaces\)", "0.3–"),
            (r"Cannot view a tensor with shape torch\.Size\(\[[\d, ]{1,80}\]\) and strides \([\d, ]{1,120}\) as a tensor with shape \([-\d, ]{1,80}\)", "torch.compile, 2.0–"),
            (r"input is not contiguous(?: at /| \(and)", "0.3"),
        ),
    ),
    Entry(
        "permute",
        _permute,
        (
            (r"input\.dim\(\) = (?P<has>\d{1,2}) is not equal to len\(dims\) = (?P<wanted>\d{1,2})", "1.11–"),
            (r"number of dims don't match in permute", "0.3–1.10"),
        ),
    ),
)  # fmt: skip
