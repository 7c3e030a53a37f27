"""What the first conv sees: edges and colours, and no things."""

from __future__ import annotations

from .base import Answer, Lesson, Page, Question, choices, hw, right
from .figure import Maps
from .scene import Scene
from .shipped import looked, trained, untrained

DRAWING = "drop"
_COLOURS = ("red", "green", "blue")


def build(scene: Scene) -> Page:
    from ..inside.kernels import balance, evenness, of_one_sign, strongest, weights_of, window

    own, told = trained(scene)
    seen = looked(DRAWING)
    conv = own.first_conv
    weights = weights_of(seen, conv.name)
    filters, colours, high, wide = weights.shape
    edge, colour = int(balance(weights).argmin()), int(evenness(weights).argmax())
    at, inside = strongest(seen.maps(conv.name)[edge])
    strong, calm = (window(seen, conv.name, edge, *place).total for place in (at, inside))
    rows, columns = weights[edge].sum((0, 2)), weights[edge].sum((0, 1))
    upright = float((rows[0] - rows[-1]).abs()) > float((columns[0] - columns[-1]).abs())
    first, last = ("upper", "lower") if upright else ("left", "right")
    ends = rows if upright else columns
    signs = ("positive", "negative") if float(ends[0]) > 0 else ("negative", "positive")
    k = f"{high}×{wide}"
    windows = filters * colours
    ordered, drawn = of_one_sign(weights), of_one_sign(weights_of(untrained(seen), conv.name))
    mixed = weights[colour].mean((1, 2))
    plus, minus = _COLOURS[int(mixed.argmax())], _COLOURS[int(mixed.argmin())]
    return Page(
        f"{told}So far a volume was a shape. This is the real content of one: a {DRAWING}, drawn for this page, and a network that was trained on such drawings. "
        f"One filter of its `{conv.name}`, number {edge} of {filters}, has {k} weights for each of red, green and blue, mostly "
        f"{signs[0]} at its {first} side and {signs[1]} at its {last}.",
        Maps(own, DRAWING, conv.name, edge, at),
        Question(
            "The filter moves over the drawing and fills a map. Where in the map are the numbers far from zero?",
            choices(
                "first-maps",
                right(
                    f"along parts of the outline, where {'one row' if upright else 'one column'} differs from the next",
                    f"There its {signs[0]} weights meet other values than its {signs[1]} ones: {_number(strong)} at the marked cell, row {at[0]}, column {at[1]}.",
                ),
                [
                    Answer(
                        f"all over the {DRAWING}, which has another colour than the ground",
                        f"Other filters do that, number {colour} for one. Here plus and minus cancel wherever a colour is even: {_number(calm)} at row {inside[0]}, column {inside[1]}, amid the {DRAWING}.",
                    ),
                    Answer(
                        "wherever the image is bright",
                        "For that its weights would need one sign. Where the image is evenly bright, whatever its plus adds its minus takes away.",
                    ),
                    Answer(
                        f"at one place, where the {DRAWING} is",
                        f"The filter sees {k} pixels at a time and nothing around them, too little to know a {DRAWING}. That takes all the layers that follow.",
                    ),
                ],
            ),
        ),
        f"A number of the map is what the window reads times the weights, all {colours * high * wide} products added up; there is nothing else in it. The conv moves by "
        f"{conv.op.stride[0]} pixels, so the map has {hw(conv.output)} of them. Filter {colour} weighs {plus} against {minus} and hardly minds the place: its map shows colour. "  # type: ignore[union-attr]
        f"Training made them so: of the {windows} windows of weights, one a filter and colour, {ordered} have a single sign throughout, of the random ones that it began with {drawn or 'none'}. Such a "
        "filter answers to edges and colours as well, but to a mixture of them. Choose a map to see its filter, and a cell to see its number.",
        Maps(own, DRAWING, conv.name, edge, at),
    )  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


LESSON = Lesson(
    "first-maps",
    "What the first conv sees",
    "The first conv sees edges and colours, not things.",
    "cifar_resnet20:stem.stride=2@64",
    ("filter", "map", "stride"),
    build,
    deeper=True,
)
