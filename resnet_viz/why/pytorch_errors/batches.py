"""Tensors that are put together, in a batch or along an axis, and are of unequal size."""

from __future__ import annotations

from ...steps import Shape, Trace
from .entry import Cause, Entry, Found, Told, shape, sides

_RESIZE = "transforms.Resize((224, 224))"
_TO_RGB = 'image = image.convert("RGB")'

_IMAGES = (
    Cause(
        "The images of a batch have different sizes. Resize(n) with one number fits the shorter side alone and leaves the other.",
        "Bring every image to one height and width.",
        _RESIZE,
    ),
    Cause("These are no images, such as boxes or words:", "keep them as a list.", "DataLoader(dataset, batch_size, collate_fn=lambda batch: tuple(zip(*batch)))"),
)  # fmt: skip


def _stack(found: Found) -> Told | None:
    first, other = found.shape("first"), found.shape("other")
    entry = found.number("entry")
    if not other:
        return Told("The entries of a batch have different sizes, and a batch is one tensor.", _IMAGES)
    says = (
        f"Entry 0 is {sides(first)} and entry {entry} is {sides(other)}; a batch is one tensor, so all must be equal."
    )
    return Told(says, tuple(_unequal(first, other)))


def _unequal(first: Shape, other: Shape) -> list[Cause]:
    if len(first) != len(other):
        return [
            Cause(
                f"One has {len(first)} axes and the other {len(other)}: a grey image came without a channel axis.",
                "Open every image in one mode.",
                _TO_RGB,
            )
        ]
    if len(first) < 3:
        return [
            Cause(
                "These are no images but labels, boxes or words, of which each example has another number.",
                "Keep them as a list, or pad them to one length.",
                "DataLoader(dataset, batch_size, collate_fn=lambda batch: tuple(zip(*batch)))",
            )
        ]
    found: list[Cause] = []
    pair = {first[0], other[0]}
    if len(pair) == 2:
        words = {1: "grey", 2: "grey with alpha", 3: "colour", 4: "colour with alpha (RGBA)"}
        found.append(
            Cause(
                f"They have {first[0]} and {other[0]} channels"
                + (f": {words[first[0]]} beside {words[other[0]]}." if pair <= set(words) else "."),
                "Open every image in one mode.",
                _TO_RGB,
            )
        )
    if first[1:] == (other[2], other[1], *other[3:]) and first[1:] != other[1:]:
        found.append(
            Cause(
                "One is upright and the other lies on its side.",
                "Bring every image to one height and width.",
                _RESIZE,
            )
        )
    elif first[1:] != other[1:]:
        same = min(first[1:3]) == min(other[1:3])
        found.append(
            Cause(
                f"They are {sides(first[1:])} and {sides(other[1:])}"
                + (
                    f": the shorter side is {min(first[1:3])} in both, as after Resize({min(first[1:3])}), which keeps the other's "
                    "proportion."
                    if same
                    else "."
                ),
                "Bring every image to one height and width.",
                _RESIZE,
            )
        )
    return found or list(_IMAGES)


def _concatenate(found: Found) -> Told | None:
    axis, a, b, differing = (found.number(name) for name in ("axis", "a", "b", "differing"))
    if axis is None or a is None or b is None:
        return None
    at = "" if differing is None else f" in dimension {differing}"
    says = (
        f"Tensors were to be put together along dimension {axis} that differ{at or ' in another'}: {a:,} against {b:,}."
    )
    return Told(says, tuple(_unequal_maps(axis, a, b, differing, found.text)), _where(axis, a, b, found.trace))


def _unequal_maps(axis: int, a: int, b: int, differing: int | None, text: str) -> list[Cause]:
    if axis == 0 and ("collate" in text or "DataLoader" in text or "torch.stack" in text):
        return list(_IMAGES)
    small, large = min(a, b), max(a, b)
    skip = "x = torch.cat([F.interpolate(x, size=skip.shape[2:]), skip], 1)"
    batch = Cause(
        "The two have batches of different sizes.",
        "Leave out the incomplete batch, or take the size from the tensor.",
        "DataLoader(dataset, batch_size, drop_last=True)",
    )
    if differing == 0 and axis != 0:
        return [batch]
    if large - small == 1:
        odd, even = (small, large) if small % 2 else (large, small)
        return [
            Cause(
                f"{odd:,} was halved and rounded, and doubled again it is {even:,}: as in a U-Net whose input "
                "has a side that does not divide by all its strides.",
                "Bring the upsampled map to the skip's size, or pad the input to a multiple of 32 (of 2 to the number of halvings).",
                skip,
            )
        ]
    if small and large % small == 0 and axis != 0:
        return [
            Cause(
                f"{large:,} = {large // small}·{small:,}: one path is behind {'a' if large // small == 2 else 'several'} "
                f"{'halving' if large // small == 2 else 'strides'} more than the other.",
                "Upsample the smaller one, or take the map of the same stage.",
                skip,
            )
        ]
    if axis == 0:
        return [*_IMAGES, batch]
    return [
        Cause(
            "The two maps have different sizes: convs without padding, or sides that do not divide by all strides.",
            "Bring one to the other's size, or give the convs their padding.",
            skip,
        ),
        *([] if differing is not None and differing > 0 else [batch]),
    ]


def _where(axis: int, a: int, b: int, trace: Trace | None) -> tuple[str, ...]:
    """Concatenations that end in one of these sizes on another axis."""
    if trace is None:
        return ()
    return tuple(
        [
            step.name
            for step in trace.steps
            if step.kind in ("concat", "stack") and ({a, b} & set(step.output[:axis] + step.output[axis + 1 :]))
        ]
    )


def _axes(found: Found) -> Told | None:
    a, b = found.number("a"), found.number("b")
    if a is None or b is None:
        return None
    return Told(
        f"Tensors of {a} and of {b} axes were to be put together.",
        (
            *([Cause("One is a map, N×C×H×W, and the other was pooled and flattened, N×C.", "Pool and flatten the map too.", "x = torch.cat([torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1), y], 1)")] if sorted((int(a), int(b))) == [2, 4] else []),
            Cause("One lacks an axis: a grey image without channels, or an example without its batch.", "Add the axis.", "x = x.unsqueeze(0)"),
        ),
    )  # fmt: skip


def _numbers(found: Found) -> Told | None:
    return Told(
        "cat joins along an axis, and a single number has none.",
        (
            Cause(
                "Losses or labels, one number each, were given.",
                "Stack them, which makes the axis.",
                "torch.stack(losses)",
            ),
        ),
    )


def _storage(found: Found) -> Told | None:
    return Told(
        "A worker of the DataLoader could not put the examples together in its shared memory.",
        (
            *_IMAGES[:1],
            Cause("Each example is a view of a larger tensor or array:", "copy it.", "return image.clone(), label"),
        ),
    )


def _types(found: Found) -> Told | None:
    kind = found.word("kind")
    picture = "PIL" in kind
    return Told(
        f"The DataLoader puts tensors, arrays and numbers together, and the dataset gave {kind or 'something else'}.",
        (
            Cause("The images were not made tensors.", "Let the transform end in a tensor.", "transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor()])")
            if picture
            else Cause("__getitem__ returned None or an object of its own, often for a file that could not be read.", "Return tensors, numbers or texts alone.", "return image, label"),
        ),
    )  # fmt: skip


_N = r"\d{1,12}"
_MUST = r"Sizes of tensors must match except in dimension (?P<axis>\d)\. "
ENTRIES = (
    Entry(
        "unequal images",
        _stack,
        (
            (rf"stack expects each tensor to be equal size, but got {shape('first')} at entry 0 and {shape('other')} at entry (?P<entry>{_N})", "1.5–"),
            (rf"stack expects each tensor to be equal size, but got {shape('first')} at entry 0", "torch.compile, 2.0–"),
            (r"each element in list of batch should be of equal size", "1.5–"),
        ),
    ),
    Entry(
        "concatenation",
        _concatenate,
        (
            (rf"{_MUST}Expected size (?P<a>{_N}) but got size (?P<b>{_N}) for tensor number {_N} in the list", "1.10–"),
            (rf"{_MUST}Expected (?P<a>{_N}) in dimension (?P<differing>\d) but got (?P<b>{_N}) for tensor number {_N} in the list", "torch.compile, 2.0–"),
            (rf"{_MUST}Got (?P<a>{_N}) and (?P<b>{_N}) in dimension (?P<differing>\d)", "0.3–1.9"),
        ),
    ),
    Entry("axes of a concatenation", _axes, ((r"Tensors must have same number of dimensions: got (?P<a>\d{1,2}) and (?P<b>\d{1,2})", "0.3–"),)),
    Entry("numbers in a concatenation", _numbers, ((r"zero-dimensional tensor \(at position \d{1,9}\) cannot be concatenated", "0.4–"),)),
    Entry("batch's memory", _storage, ((r"Trying to resize storage that is not resizable", "1.0–"),)),
    Entry("batch's types", _types, ((r"batch must contain tensors, (?:numpy arrays, )?numbers, dicts or lists; found <class '(?P<kind>[\w.]{1,120})'>", "0.3–"),)),
)  # fmt: skip
