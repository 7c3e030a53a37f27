"""What one error is: its wordings since PyTorch 0.3, and what is told of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ...steps import Shape, Step, Trace
from ...wording import some

_MOST_AXES, _MOST_DIGITS, _LONGEST_WORD = 8, 15, 80


@dataclass(frozen=True, slots=True)
class Cause:
    """Why it happened, what mends it, and the line of code that does; ``code`` is empty where no line alone does.

    >>> from resnet_viz import explain_error
    >>> cause = explain_error("Given groups=1, weight of size [64, 3, 7, 7], expected input[8, 4, 64, 64] to have 3 channels, but got 4 channels instead").causes[0]
    >>> cause.code
    'image = image.convert("RGB")'
    """

    why: str
    fix: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry makes of a message: what it says, its causes, likeliest first, and the steps that could raise it."""

    says: str
    causes: tuple[Cause, ...]
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an error says, why it happened, what mends it, and where in the code and in a network.

    ``causes`` are in order of likelihood; ``sentence``, ``fix`` and ``cure`` are of the first. ``steps`` are those of the
    network that could have raised it, ``place`` the line of the traceback that stands last outside of packages.

    >>> from resnet_viz import explain_error
    >>> found = explain_error("mat1 and mat2 shapes cannot be multiplied (1x8192 and 2048x1000)")
    >>> found.kind, found.cure
    ('linear', 'x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)')
    """

    kind: str
    quote: str  # the part of the text that was understood
    says: str
    causes: tuple[Cause, ...]
    steps: tuple[str, ...] = ()
    place: str = ""

    @property
    def sentence(self) -> str:
        """What it says, and the likeliest reason."""
        return f"{self.says} {self.causes[0].why}".strip()

    @property
    def fix(self) -> str:
        """What mends it, in words."""
        return self.causes[0].fix

    @property
    def cure(self) -> str:
        """What mends it, as a line of code; empty where no line alone does."""
        return self.causes[0].code

    def __repr__(self) -> str:
        lines = [f"Explanation ({self.kind}): {self.sentence}", self.fix]
        lines += [f"    {line}" for line in self.cure.splitlines()]
        if self.place:
            lines.append(f"at {self.place}")
        if self.steps:
            lines.append(f"in {some(self.steps)}")
        lines += [f"or: {cause.why} {cause.fix}" for cause in self.causes[1:]]
        return "\n  ".join(lines)


@dataclass(frozen=True, slots=True)
class Found:
    """A message that an entry knows: what was matched, in which text, and the network that it may be about."""

    match: re.Match[str]
    text: str
    trace: Trace | None

    def word(self, name: str) -> str:
        """A group of the wording that matched; empty where that wording does not say it."""
        return self.match.groupdict().get(name) or ""

    def before(self) -> str:
        """The word that stands before the message: PyTorch begins some with the operation's name."""
        start = self.match.start()
        words = self.text[max(0, start - _LONGEST_WORD) : start].split()
        return words[-1].removesuffix("()") if words else ""

    def number(self, name: str) -> int | None:
        """A group as a number; None where the wording does not say it."""
        word = self.word(name)
        return int(word) if word.lstrip("-").isdecimal() else None

    def shape(self, name: str) -> Shape:
        """A group as a shape; () where the wording does not say it."""
        return numbers(self.word(name))


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of error.

    ``wordings`` pairs each text of PyTorch's, as a regular expression, with the versions that print it; it begins with a
    fixed word and its repeats are all bounded, so that the search takes a time in proportion to the text. ``explain`` tells what it means, or None where these numbers do not say enough. ``vague`` entries are
    told only where no other fits: their words follow from many errors.
    """

    kind: str
    explain: Callable[[Found], Told | None]
    wordings: tuple[tuple[str, str], ...]
    vague: bool = False
    patterns: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "patterns", tuple([re.compile(regex) for regex, _ in self.wordings]))


# A shape as any version writes it: [1, 3, 8, 8], torch.Size([1, 3]), (3, 8, 8), 1x3x8x8, 64 3 7 7
SHAPE = r"(?:torch\.Size\()?[\[(]{{0,2}}(?P<{0}>\d{{1,15}}(?:(?:, ?| ?x ?| )\d{{1,15}}){{0,9}})?,?[\])]{{0,3}}"


def shape(name: str) -> str:
    """The expression of a shape whose numbers are the group ``name``."""
    return SHAPE.format(name)


def numbers(text: str) -> Shape:
    """The whole numbers of a text; a shape has eight at most.

    >>> numbers("1 x 3 x 224 x 224")
    (1, 3, 224, 224)
    """
    found = re.findall(r"\d+", text)[:_MOST_AXES]
    return tuple([int(number) for number in found if len(number) <= _MOST_DIGITS])


def sides(of: Shape) -> str:
    """A shape as this package writes it.

    >>> sides((3, 8, 8)), sides(())
    ('3×8×8', 'one number')
    """
    return "×".join(map(str, of)) or "one number"


def names(steps: list[Step]) -> tuple[str, ...]:
    return tuple([step.name for step in steps])
