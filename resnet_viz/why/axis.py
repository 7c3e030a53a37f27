"""What becomes of one side of a map under a window?  The formula of a size stands here alone, with its worked line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..steps import AvgPool, BlurPool, Conv, MaxPool, Pad, Sliding, Step
from ..wording import plural

Window = Conv | MaxPool | AvgPool | BlurPool  # what slides over a map
Slides = Window | Pad | Sliding  # with a slice that keeps every so many cells, and what slides over other axes
_UNDILATED, _FLOORED = (1, 1), (False, False)
_Numbers = tuple[
    Sequence[int], Sequence[int], Sequence[int], Sequence[int], Sequence[int], Sequence[bool]
]  # sizes, kernels, strides, paddings, dilations, whether rounded up


def extent(kernel: int, dilation: int) -> int:
    """Cells that a kernel spans along one axis: 5 for one of 3 at dilation 2."""
    return dilation * (kernel - 1) + 1


def output_side(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> int:
    """Side of the output of a conv or pool, in cells: ``(224 + 2*3 - 7)//2 + 1 = 112``.

    With ``ceil`` rounded up, ``-(-(57 - 2)//2) + 1 = 29``; a last window that would then start in the far padding is
    left out, as PyTorch does. This is :attr:`Axis.out` without an axis, for a forecast, which needs nothing else of it.
    """
    room = size + 2 * padding - extent(kernel, dilation)  # what the window can be moved by
    if not ceil:
        return room // stride + 1
    side = -(-room // stride) + 1
    return side - 1 if (side - 1) * stride >= size + padding else side


class Blank(NamedTuple):
    """Which sizes of a worked line a learner is to find: they are question marks."""

    read: bool = False
    made: bool = False

    def line(self, before: str, read: int, between: str, made: int) -> str:
        """``before`` the size that is read, ``between`` it and the size that is made."""
        return f"{before}{'?' if self.read else read}{between}{'?' if self.made else made}"


OPEN = Blank()


class Axis(NamedTuple):
    """One side of a map under a window: ``Axis(224, 7, 2, 3)`` is an image's height under ResNet's first conv.

    ``ceil`` rounds the size up, as a pool may.
    """

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int = 1
    ceil: bool = False

    @property
    def extent(self) -> int:
        """Cells that the kernel spans."""
        return extent(self.kernel, self.dilation)

    @property
    def out(self) -> int:
        """Side of the output, in cells (:func:`output_side`)."""
        return output_side(*self)

    @property
    def room(self) -> int:
        """How many cells the window can be moved by: one less than it has places at stride 1."""
        return output_side(self.size, self.kernel, 1, self.padding, self.dilation, False) - 1

    @property
    def exact(self) -> float:
        """The side before it is rounded: ``(224 + 2*3 - 7)/2 + 1 = 112.5``."""
        return self.room / self.stride + 1

    @property
    def unread(self) -> int:
        """Rows (or columns) at the far edge that no window reads, padding included: 1 for 224, k7 s2 p3.

        0 where the size is rounded up: then no row of the map is left out.
        """
        return 0 if self.ceil else self.room % self.stride

    def unread_numbers(self, *cells: str) -> str:
        """Which those are, counted as the map is, whose first is 0: ``row and column 226 of -3 … 226``; empty without any."""
        last = self.size + self.padding - 1
        first = last - self.unread + 1
        names = " and ".join(cell + "s" * (first < last) for cell in cells)
        some = f"{first} … {last}" if first < last else f"{last}"
        return f"{names} {some} of {-self.padding} … {last}" if self.unread else ""

    def taps(self, places: int | None = None) -> tuple[int, ...]:
        """Taps of the kernel that meet the map at least once: ``(1,)`` for a padded 3 on a side of 1; the rest are dead.

        ``places`` is the output's side as it was seen, where that may be another than ``out``.
        """
        places = self.out if places is None else places
        alive: list[int] = []
        for tap in range(self.kernel):
            shift = tap * self.dilation - self.padding  # what the first output cell has under this tap
            first = max(0, -(shift // self.stride))  # the first output cell whose window has this tap on the map
            if first < places and first * self.stride + shift < self.size:
                alive.append(tap)
        return tuple(alive)

    @property
    def line(self) -> str:
        """``⌊(56 + 2·1 − 3)/2⌋ + 1 = 28``, rounded up ``⌈(57 + 2·0 − 2)/2⌉ + 1 = 29``."""
        return self.told(OPEN)

    def told(self, blank: Blank) -> str:
        """:attr:`line` without the sizes that are asked for: ``⌊(? + 2·1 − 3)/2⌋ + 1 = ?``."""
        left, right = "⌈⌉" if self.ceil else "⌊⌋"
        between = f" + 2·{self.padding} − {self.extent})/{self.stride}{right} + 1 = "
        return blank.line(f"{left}(", self.size, between, self.out)

    def remainder(self, *cells: str) -> str:
        """Where the half goes when the division is not exact; empty when it is. ``cells`` are what lies along the axis."""
        left = self.unread
        if not left:
            return ""
        pad = min(left, self.padding)
        what = [
            " and ".join(plural(count, cell) for cell in cells) + f" of {place}"
            for count, place in ((pad, "padding"), (left - pad, "the input"))
            if count
        ]
        return f"exact {self.exact:g}, floored: {' and '.join(what)} at the far edge, which no window reads"


def axes_of(op: Slides, sides: Sequence[int]) -> tuple[Axis, ...]:
    """What ``op`` makes of a map of as many ``sides`` as it has axes, an axis each."""
    return tuple(map(Axis, *_numbers(op, sides)))


def output_sides(op: Slides, sides: Sequence[int]) -> Iterable[int]:
    """What is left of the ``sides`` of a map behind ``op``."""
    return map(output_side, *_numbers(op, sides))


def _numbers(op: Slides, sides: Sequence[int]) -> _Numbers:
    """The numbers of all axes, each sort as it stands in :class:`Axis`."""
    match op:
        case Conv():
            return sides, op.kernel, op.stride, op.padding, op.dilation, _FLOORED
        case MaxPool():
            return sides, op.kernel, op.stride, op.padding, op.dilation, (op.ceil, op.ceil)
        case AvgPool():
            return sides, op.kernel, op.stride, op.padding, _UNDILATED, (op.ceil, op.ceil)
        case BlurPool():
            return sides, op.kernel, op.stride, op.padding, _UNDILATED, _FLOORED
        case Pad():
            # a slice with step s keeps ceil(n/s) = (n - 1)//s + 1 cells, as a 1x1 conv of that stride does
            return sides, (1, 1), op.stride, (0, 0), _UNDILATED, _FLOORED
        case Sliding():
            count = len(op.kernel)
            return sides, op.kernel, op.stride, op.padding, op.dilation or (1,) * count, (False,) * count


def axes(step: Step) -> tuple[Axis, ...]:
    """Each axis of what ``step`` slides its window over; none where it slides none, or over other axes than it has."""
    op = step.op
    if not isinstance(op, Slides) or not step.inputs or len(step.inputs[0]) != len(step.output):
        return ()
    if isinstance(op, Sliding) and "transpose" in op.function:
        return ()
    sides = step.inputs[0][2:]
    sizes = (op.stride,) if isinstance(op, Pad) else (op.kernel, op.stride, op.padding)
    if isinstance(op, Sliding) and op.dilation:
        sizes = (*sizes, op.dilation)
    return axes_of(op, sides) if all(len(size) == len(sides) for size in sizes) else ()


def grown_side(size: int, kernel: int, stride: int, padding: int, dilation: int = 1, more: int = 0) -> int:
    """Side of the output of a transposed conv, in cells: ``(28 − 1)·2 − 2·0 + 1·(2 − 1) + 0 + 1 = 56``."""
    return (size - 1) * stride - 2 * padding + extent(kernel, dilation) + more
