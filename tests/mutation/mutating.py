"""Which faults are planted?  mutmut's mutations of a file, one place each, less those that no test should have to see.

mutmut's own runner takes function bodies only and starts from decorated functions it leaves out; here constants,
class bodies and properties are mutated too.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import libcst
import libcst.matchers as match
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

NAMES_FOR_READERS = {"__all__", "__slots__"}


class Mutant(NamedTuple):
    """One planted fault. ``where`` is the function or class around it, ``diff`` its lines without indent."""

    path: str
    line: int
    statement: range  # its lines: a run through it need not come to ``line`` itself
    where: str
    diff: str
    code: str


def mutants(path: Path, most: int = 0, seed: int = 0) -> list[Mutant]:
    """The faults that can be planted into the file at ``path``: all, or ``most`` of them drawn by ``seed``."""
    source = path.read_text(encoding="utf-8")
    wrapper = MetadataWrapper(libcst.parse_module(source), unsafe_skip_copy=True)
    lines = wrapper.resolve(PositionProvider)
    statements = [wrapper.module.code_for_node(statement) for statement in wrapper.module.body]
    start = source.index("".join(statements))
    statement_of = _statements(source)
    places = [
        (number, *found) for number, statement in enumerate(wrapper.module.body) for found in _Collector.of(statement)
    ]
    if most and most < len(places):
        places = random.Random(f"{seed} {path}").sample(places, most)
    found: dict[str, Mutant] = {}
    for number, place, mutated, where in places:
        # one statement is written anew, not the file: that is what takes the time
        changed = wrapper.module.code_for_node(wrapper.module.body[number].deep_replace(place, mutated))
        code = source[:start] + "".join([*statements[:number], changed, *statements[number + 1 :]])
        code += source[start + sum(map(len, statements)) :]
        if code != source and code not in found:
            line = lines[place].start.line
            found[code] = Mutant(
                str(path), line, statement_of.get(line, range(line, line + 1)), where, _diff(source, code), code
            )
    return list(found.values())


def _statements(source: str) -> dict[int, range]:
    """Of each line of a statement all of them; of a compound statement those before what it holds."""
    found: dict[int, range] = {}
    for node in ast.walk(ast.parse(source)):  # from the outside in
        if isinstance(node, ast.stmt):
            inside = [child.lineno for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
            end = node.subject.end_lineno if isinstance(node, ast.Match) else node.end_lineno
            last = max(node.lineno, inside[0] - 1) if inside else end or node.lineno
            found |= dict.fromkeys(range(node.lineno, last + 1), range(node.lineno, last + 1))
    return found


def _diff(before: str, after: str) -> str:
    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))[2:]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines if line[0] in "+-" and line[1:].strip())


class _Collector(libcst.CSTVisitor):
    """Collects (place, what is put there, the function or class around it)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[libcst.CSTNode, libcst.CSTNode, str]] = []
        self._around: list[str] = []

    @classmethod
    def of(cls, statement: libcst.CSTNode) -> list[tuple[libcst.CSTNode, libcst.CSTNode, str]]:
        collector = cls()
        statement.visit(collector)
        return collector.found

    def on_visit(self, node: libcst.CSTNode) -> bool:
        if isinstance(node, libcst.FunctionDef | libcst.ClassDef):
            self._around.append(node.name.value)
        if _senseless(node, inside=bool(self._around)):
            return False
        match node:
            case (
                libcst.Call(func=libcst.Name("isinstance"), args=[value, _])
                | libcst.Call(func=libcst.Name("cast"), args=[_, value])
            ):
                value.visit(self)  # the other is a type
                return False
            case _:
                pass
        for kind, operator in [*mutation_operators, (libcst.FormattedString, _forget_a_value)]:
            if isinstance(node, kind):
                for mutated in _sensible(node, operator(node)):
                    self.found.append((node, mutated, ".".join(self._around)))
        return True

    def on_leave(self, original_node: libcst.CSTNode) -> None:
        if isinstance(original_node, libcst.FunctionDef | libcst.ClassDef):
            self._around.pop()


def _forget_a_value(node: libcst.FormattedString) -> Iterable[libcst.FormattedString]:
    """Write ``XX`` for one value of an f-string, which mutmut leaves alone; the texts here are full of numbers."""
    for index, part in enumerate(node.parts):
        if isinstance(part, libcst.FormattedStringExpression):
            text = libcst.FormattedStringText("XX")
            yield node.with_changes(parts=[*node.parts[:index], text, *node.parts[index + 1 :]])


def _senseless(node: libcst.CSTNode, inside: bool) -> bool:
    """What says nothing about behaviour: types, decorators' flags, what only a reader or the type checker sees."""
    match node:
        case libcst.Annotation() | libcst.Decorator() | libcst.Import() | libcst.ImportFrom():
            return True
        case libcst.If(test=libcst.Name("TYPE_CHECKING")):
            return True
        case libcst.Assign(targets=[libcst.AssignTarget(libcst.Name(name))], value=value):
            return name in NAMES_FOR_READERS or (not inside and _is_a_type(value))
        case libcst.Subscript(value=libcst.Name("Literal")):
            return True
        case libcst.Arg(keyword=libcst.Name("strict")):  # a guard for the writer
            return True
        case libcst.Call(func=libcst.Name("assert_never")):
            return True
        case _:
            return False


def _is_a_type(value: libcst.BaseExpression) -> bool:
    """A union of names, or ``tuple[int, ...]``: an alias for annotations and matches."""
    match value:
        case libcst.Name(name):
            return name != "None" and name not in ("True", "False")
        case libcst.Subscript(value=libcst.Name()) | libcst.Call(func=libcst.Name("TypeVar")):
            return True
        case libcst.BinaryOperation(operator=libcst.BitOr()):
            return True
        case _:
            return False


def _sensible(node: libcst.CSTNode, mutated: Iterable[libcst.CSTNode]) -> Iterable[libcst.CSTNode]:
    """Leave out what cannot be told apart, or fails by its form alone whatever the tests are."""
    for number, other in enumerate(mutated):
        match node:
            case libcst.SimpleString() if number:
                continue  # XX around it comes first; what sees that sees another case too
            case libcst.Call(func=libcst.Name("len")):
                continue  # of None: nothing a test has to find out
            case libcst.Call(func=libcst.Name("zip")) if _plain(node.args) == _plain(other.args):
                continue
            case libcst.Call() if _breaks_the_call(node.args, other.args):
                continue
            case libcst.Match():
                dropped = next(case for case in node.cases if case not in other.cases)
                if match.matches(dropped.pattern, match.MatchAs(pattern=None, name=None)) and _does_nothing(
                    dropped.body
                ):
                    continue
            case _:
                pass
        yield other


def _breaks_the_call(args: Sequence[libcst.Arg], fewer: Sequence[libcst.Arg]) -> bool:
    """One of several positional arguments is left out, and not the last: the rest slide into wrong places."""
    if len(fewer) == len(args):
        return False
    gone = next((index for index, arg in enumerate(fewer) if arg is not args[index]), len(fewer))
    return args[gone].keyword is None and any(arg.keyword is None for arg in args[gone + 1 :])


def _plain(args: Sequence[libcst.Arg]) -> list[libcst.Arg]:
    return [arg for arg in args if arg.keyword is None or arg.keyword.value != "strict"]


def _does_nothing(body: libcst.BaseSuite) -> bool:
    """``pass``, or ``assert_never`` for the type checker."""
    words = "".join(libcst.Module([]).code_for_node(body).split())
    return words == "pass" or words.startswith("assert_never(")
