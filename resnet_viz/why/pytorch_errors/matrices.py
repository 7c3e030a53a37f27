"""A linear layer, or another product of matrices, whose sides do not fit."""

from __future__ import annotations

from math import gcd, isqrt

from ...steps import Linear, Step, Trace
from ...wording import plural
from .entry import Cause, Entry, Found, Told, names

_IMAGENET = 1000  # classes
_FLATTEN = "x = torch.flatten(x, 1)"
_POOL = "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)"
_BODIES = (64, 128, 256, 512)  # channels of a body of basic blocks; one of bottlenecks has four times as many
_PICTURES = (28, 32, 64, 96, 128, 224, 256)
_MOST_COLUMNS = 63  # the side of a map before a head; more columns are features
_FEWEST_MAPS = 16  # before a head
_MOST_CELLS = 10_000  # of a map whose possible sides are listed


def _linear(found: Found) -> Told | None:
    given = [found.number(name) for name in ("rows", "columns", "wanted", "made")]
    if any(number is None for number in given):
        return Told("A linear layer, or another product of matrices, got rows of another length than it has weights for.", _ANY)  # fmt: skip
    rows, columns, wanted, made = (int(number or 0) for number in given)
    if columns == wanted or not columns or not wanted:
        return None
    says = (
        f"The linear layer has weights for {plural(wanted, 'number')} an image and makes {made:,} of them; it got "
        f"{plural(rows, 'row')} of {plural(columns, 'number')}."
    )
    causes = [
        *_not_flattened(rows, columns, wanted),
        *_maps(columns, wanted, made, found.trace),
        *_transposed(rows, columns, wanted),
    ] or [_other(columns, wanted, made)]
    return Told(says, tuple(causes), _where(wanted, found.trace))


def _not_flattened(rows: int, columns: int, wanted: int) -> list[Cause]:
    """Rows that together hold whole images: the layer was given maps, and takes each row of a map for an image."""
    images, left = divmod(rows * columns, wanted)
    picture = columns in _PICTURES and wanted % (columns * columns) == 0  # rows of whole pictures
    if left or columns >= wanted or (columns > _MOST_COLUMNS and not picture) or wanted < _FEWEST_MAPS:
        return []
    if rows % (wanted * columns) == 0 and columns > 1:  # channels × rows of square maps
        images = rows // (wanted * columns)
        return [
            Cause(
                f"{rows:,} = {images:,}·{wanted:,}·{columns}: {plural(images, 'image')} of {wanted:,} maps of {columns}×{columns}, "
                "neither pooled nor flattened.",
                "Pool each map to one number and flatten before the layer.",
                _POOL,
            )
        ]
    if rows % wanted == 0 and columns > 1:  # maps that are not square
        return [
            Cause(
                f"{rows:,} = {wanted:,}·{rows // wanted:,}: these are the rows, {plural(columns, 'column')} each, of {wanted:,} maps an "
                "image, neither pooled nor flattened.",
                "Pool each map to one number and flatten before the layer.",
                _POOL,
            )
        ]
    count = f"{rows:,} = {wanted:,}·{images:,}" if columns == 1 else f"{rows:,}·{columns} = {wanted:,}·{images:,}"
    return [
        Cause(
            f"{count}: these are {plural(images, 'image')} of {wanted:,} numbers in {plural(rows, 'row')} of "
            f"{plural(columns, 'column')}; the flatten was forgotten.",
            "Flatten all axes but the batch before the layer.",
            _FLATTEN,
        )
    ]


def _maps(columns: int, wanted: int, made: int, trace: Trace | None) -> list[Cause]:
    """The length of a row as channels × height × width, and as that of a body of another sort of block."""
    found: list[Cause] = []
    last = trace.totals.final_map if trace else ()
    if len(last) == 4 and columns == last[1] * last[2] * last[3] and last[2] * last[3] > 1:
        _, channels, height, width = last
        return [
            Cause(
                f"{columns:,} = {channels:,}·{height}·{width}: this network's last map at this input is {channels}×{height}×{width}, "
                "and it was flattened without being pooled.",
                "Pool the map to one cell a channel before the flatten; then any input size fits.",
                _POOL,
            ),
            _resized(columns, made),
        ]
    body = _bodies(columns, wanted, made)
    at_hand = len(last) == 4 and last[1]
    channels, over, under = _squares(columns, wanted)
    if under == 1 and over > 1:
        square = Cause(
            f"{columns:,} = {wanted:,}·{over}·{over}: the map before the flatten is {over}×{over} and should be 1×1.",
            "Pool the map to one cell a channel before the flatten; then any input size fits.",
            _POOL,
        )
        likely = columns // 4 in _BODIES[2:] and at_hand != wanted
        found += [*body, square] if likely else [square, *body]
    elif columns == 2 * wanted:
        found += [
            Cause(
                f"{columns:,} = 2·{wanted:,}: two vectors of {wanted:,} were concatenated, such as of two networks or of an average and a max "
                "pool; or the map before the flatten has two cells.",
                "Give the layer as many inputs as it is given; a map is pooled to one cell instead.",
                f"nn.Linear({columns}, {made})",
            ),
            Cause("It is a map of two cells:", "pool it to one cell a channel before the flatten.", _POOL),
        ]
    elif columns % wanted == 0:
        cells = columns // wanted
        top = isqrt(cells) if cells <= _MOST_CELLS else 1
        pairs = " or ".join(f"{a}×{cells // a}" for a in range(2, top + 1) if cells % a == 0)
        found += [
            Cause(
                f"{columns:,} = {wanted:,}·{cells:,}: the map before the flatten has {cells:,} cells"
                f"{f' ({pairs}, or turned)' if pairs else ''} and should have one.",
                "Pool the map to one cell a channel before the flatten; then any input size fits.",
                _POOL,
            ),
            _resized(columns, made),
        ]
    elif over and under > 1 and channels > 1:
        found += [
            *body,
            Cause(
                f"{columns:,} = {channels:,}·{over}·{over} and {wanted:,} = {channels:,}·{under}·{under}: the layer was made for "
                f"maps of {under}×{under} and gets maps of {over}×{over}; the images are {'larger' if over > under else 'smaller'} "
                "than those that the network was made for.",
                f"Pool the maps to {under}×{under} before the flatten, or resize the images.",
                f"x = torch.flatten(nn.AdaptiveAvgPool2d({under})(x), 1)",
            ),
            _resized(columns, made),
        ]
    else:
        found += [*body, *_pictures(columns, wanted, made)]
    return found


def _resized(columns: int, made: int) -> Cause:
    return Cause(
        "The layer is what is wrong:",
        f"give it {columns:,} inputs; it then fits this input size alone.",
        f"nn.Linear({columns}, {made})",
    )


def _bodies(columns: int, wanted: int, made: int) -> list[Cause]:
    """Bottlenecks end in four times as many channels as basic blocks."""
    if columns == 4 * wanted and wanted in _BODIES:
        given, expected = "bottlenecks", "basic blocks"
    elif wanted == 4 * columns and columns in _BODIES:
        given, expected = "basic blocks", "bottlenecks"
    else:
        return []
    return [
        Cause(
            f"The body gives {columns:,} numbers an image, as one of {given} does, and the head expects {wanted:,}, as behind "
            f"{expected} (such as ResNet-{'18 or 34' if expected == 'basic blocks' else '50, 101 or 152'}).",
            "Give the head as many inputs as the body has channels.",
            f"model.fc = nn.Linear({columns}, {made})",
        )
    ]


def _pictures(columns: int, wanted: int, made: int) -> list[Cause]:
    """A row that is a whole picture's pixels."""
    known = {c * side * side: (c, side) for c in (3, 1) for side in _PICTURES}
    if columns not in known:
        return []
    channels, side = known[columns]
    made_for = f", and {wanted:,} = {known[wanted][0]}·{known[wanted][1]}²" if wanted in known else ""
    return [
        Cause(
            f"{columns:,} = {channels}·{side}·{side}: that is as many numbers as an image of {side}×{side} has{made_for}; the "
            "layer was made for another size or number of channels.",
            "Give the layer as many inputs as an image has numbers, or resize the images.",
            f"nn.Linear({columns}, {made})",
        )
    ]


def _squares(columns: int, wanted: int) -> tuple[int, int, int]:
    """Channels, side and side such that columns = channels·side² and wanted = channels·side'²; 0, 0, 0 for none."""
    common = gcd(columns, wanted)
    for divisor in range(1, min(common, 4096) + 1):
        channels, left = divmod(common, divisor)
        if left:
            continue
        over, under = columns // channels, wanted // channels
        if isqrt(over) ** 2 == over and isqrt(under) ** 2 == under:
            return channels, isqrt(over), isqrt(under)
    return 0, 0, 0


def _transposed(rows: int, columns: int, wanted: int) -> list[Cause]:
    if rows != wanted or columns == 1:
        return []
    return [
        Cause(
            f"The first matrix has {plural(rows, 'row')} and would need as many columns: it is turned on its side.",
            "Transpose it, so that the rows are the images.",
            "x = x.t()",
        )
    ]


def _other(columns: int, wanted: int, made: int) -> Cause:
    if columns == _IMAGENET:
        return Cause(
            f"{columns:,} numbers an image are ImageNet's classes: the network before it still has its own head, and this layer expects the "
            f"{wanted:,} numbers before that.",
            "Take that head off, or put this layer in its place.",
            f"model.fc = nn.Linear({wanted}, {made})",
        )
    return Cause(
        f"What stands before it gives {columns:,} numbers an image, and it was built for {wanted:,}.",
        "Give it as many inputs as it is given.",
        f"nn.Linear({columns}, {made})",
    )


_ANY = (
    Cause("Often the map before the flatten is larger than 1×1.", "Pool it to one cell a channel.", _POOL),
    Cause("The flatten was forgotten:", "flatten all axes but the batch.", _FLATTEN),
    Cause("The layer has another number of inputs:", "print the shape before it and build it so.", "print(x.shape)"),
)  # fmt: skip


def _where(wanted: int, trace: Trace | None) -> tuple[str, ...]:
    """The linear layers of so many inputs; where none has, the only one there is."""
    layers: list[Step] = [step for step in trace.steps if isinstance(step.op, Linear)] if trace else []
    fitting = [step for step in layers if step.inputs[0][-1] == wanted]
    return names(fitting or (layers if len(layers) == 1 else []))


def _batches(found: Found) -> Told | None:
    wanted, given = found.shape("expected"), found.shape("given")
    if len(wanted) != 2 or len(given) != 2:
        return Told("Two stacks of matrices were to be multiplied whose sides do not fit.", (_PRODUCT,))
    if wanted[0] != given[0]:
        cause = Cause(
            f"They have {wanted[0]:,} and {given[0]:,} matrices: the batch, or batch times heads, differs.",
            "Bring both to one batch.",
            "print(a.shape, b.shape)",
        )
    else:
        cause = Cause(
            f"The first's matrices have {wanted[1]:,} columns and the second's {given[1]:,} rows, and these must be equal.",
            "Transpose the one that is turned on its side.",
            "a @ b.transpose(1, 2)",
        )
    return Told("Two stacks of matrices were to be multiplied whose sides do not fit.", (cause,))


_PRODUCT = Cause("The columns of the first must be the rows of the second.", "Transpose the one that is turned on its side.", "a @ b.transpose(1, 2)")  # fmt: skip
_N = r"\d{1,12}"

ENTRIES = (
    Entry(
        "linear",
        _linear,
        (
            (rf"mat1 and mat2 shapes cannot be multiplied \((?P<rows>{_N})x(?P<columns>{_N}) and (?P<wanted>{_N})x(?P<made>{_N})\)", "1.8–"),
            (rf"a and b must have same reduction dim, but got \[(?P<rows>{_N}), ?(?P<columns>{_N})\] ?X ?\[(?P<wanted>{_N}), ?(?P<made>{_N})\]", "torch.compile and meta tensors, 2.0–"),
            (r"a and b must have same reduction dim, but got \[[\w*+ /()-]{1,60}, ?[\w*+ /()-]{1,60}\] ?X ?\[[\w*+ /()-]{1,60}, ?[\w*+ /()-]{1,60}\]", "torch.compile with sizes of any value, 2.0–"),
            (rf"size mismatch, m1: \[(?P<rows>{_N}) x (?P<columns>{_N})\], m2: \[(?P<wanted>{_N}) x (?P<made>{_N})\]", "0.3–1.7"),
            (r"mat1 dim 1 must match mat2 dim 0", "1.5–1.7, GPU"),
            (r"size mismatch at /[\w./-]{1,120}(?:THTensorMath|THCTensorMathBlas)", "0.3"),
            (r"size mismatch, got (?:input \()?\d{1,12}\)?, (?:mat \()?\d{1,12}x\d{1,12}\)?, ?(?:vec \()?\d{1,12}\)?", "1.4–, a vector"),
        ),
    ),
    Entry(
        "matrices",
        _batches,
        (
            (r"Expected size for first two dimensions of batch2 tensor to be: \[(?P<expected>\d{1,12}, \d{1,12})\] but got: \[(?P<given>\d{1,12}, \d{1,12})\]", "1.10–"),
            (r"Expected tensor to have size \d{1,12} at dimension [01], but got size \d{1,12} for argument #2 'batch2'", "1.0–1.9"),
            (r"invalid argument 6: wrong matrix size", "0.3–1.2"),
        ),
    ),
)  # fmt: skip
