"""Lines of Python, broken as ``ruff format`` breaks them by itself."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 88
INDENT = "    "


def call(depth: int, head: str, arguments: Sequence[str], tail: str = ")", *, each: bool = False) -> list[str]:
    """``head(arguments)tail`` on one line where it has room there, else its arguments on a line, else an argument a line.

    With ``each`` there is nothing between the first and the last.

    >>> call(1, "x = f(", ["a", "b"])
    ['    x = f(a, b)']
    """
    line = f"{INDENT * depth}{head}{', '.join(arguments)}{tail}"
    if len(line) <= WIDTH:
        return [line]
    inner = INDENT * (depth + 1)
    line = inner + ", ".join(arguments)
    if len(line) <= WIDTH and not each:
        return [INDENT * depth + head, line, INDENT * depth + tail]
    return [INDENT * depth + head, *(f"{inner}{argument}," for argument in arguments), INDENT * depth + tail]


def noted(line: str, note: str) -> str:
    """``line`` with a comment behind it, where both have room.

    >>> noted("x = 1", "one")
    'x = 1  # one'
    """
    made = f"{line}  # {note}"
    return made if note and len(made) <= WIDTH else line


def conv(
    before: str, after: str, kernel: int, stride: str = "1", dilation: str = "1", groups: int = 1, bias: bool = False
) -> list[str]:
    """The arguments of a conv whose padding keeps the centre of its odd kernel on the cell."""
    made = [before, after, str(kernel)]
    if stride != "1":
        made.append(stride if stride == "stride" else f"stride={stride}")
    if kernel > 1:
        reach = kernel // 2
        made.append(f"padding={dilation if reach == 1 else reach if dilation == '1' else f'{reach} * {dilation}'}")
    if dilation != "1" and kernel > 1:
        made.append(f"dilation={dilation}")
    if groups != 1:
        made.append(f"groups={groups}")
    return made if bias else [*made, "bias=False"]
