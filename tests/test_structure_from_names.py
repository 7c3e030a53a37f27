"""What a network is made of comes from its graph, never from a name: no code puts ``layer2.0`` together or takes it
apart, but what gives our own networks these names, and what reads the dialects of files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "resnet_viz"
# the methods that take a text apart or look into it
READING = {
    "startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit", "find", "rfind",
    "index", "replace", "count", "match", "fullmatch", "search", "compile", "sub", "findall", "finditer",
}  # fmt: skip
PATH = re.compile(r"\blayer(\d|\\d|\[|\{|\(\\d)")  # in a text: layer2, layer\d, layer[0-9], layer{}, layer(\d)

ALLOWED = {
    ("spec/spec.py", "layer{}"): "gives our own networks torchvision's names",
    ("engines/model/network.py", "startswith(layer)"): "the network's own forward pass, which TorchScript unrolls",
    ("engines/formulas/recorder.py", "layer{}.{}."): "writes the names of a repeated block",
    ("advise/mistakes.py", "layer2.0"): "an example in an error's fix",
    ("export/registry.py", "layer2.0"): "an example in an error's fix",
    ("steps/trace.py", "layer1.0"): "an example in an error's fix",
    ("picture/layout/look.py", "layer2.0"): "an example in an error's fix",
}

FOLDERS = {
    "advise/weights/": "the names in a file of weights are what it says of itself, and what load_state_dict asks for",
    "why/pytorch_errors/": "a message of load_state_dict tells names alone",
}


def _names_read(code: str) -> Iterator[str]:
    """Every place in ``code`` where such a name is put together, taken apart or typed, docstrings left out."""
    passed: set[ast.AST] = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if ast.get_docstring(node, clean=False) is not None:
                    passed.add(node.body[0].value)  # type: ignore[attr-defined]
            case ast.JoinedStr():
                passed.update(node.values)
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                if _is_name(text):
                    yield text
            case ast.Call(func=ast.Attribute(attr=method)) if method in READING:
                for part in (known for given in node.args for known in ast.walk(given)):
                    if isinstance(part, ast.Constant) and re.search(r"\blayers?$", str(part.value)):
                        yield f"{method}({part.value})"
            case ast.Compare(left=ast.Constant(value="layer"), ops=[ast.In() | ast.NotIn()]):
                yield "layer in"
            case ast.Constant(value=str(text)) if node not in passed and _is_name(text):
                yield text
            case _:
                pass


def _is_name(text: str) -> bool:
    """A sentence may show a name, as help and examples do, but not have a place for one."""
    return any(" " not in text or not found[1].isdecimal() for found in PATH.finditer(text))


def test_no_name_is_put_together_or_taken_apart() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), text)
        for path in PACKAGE.rglob("*.py")
        if not path.relative_to(PACKAGE).as_posix().startswith(tuple(FOLDERS))
        for text in _names_read(path.read_text(encoding="utf-8"))
    }
    assert found == set(ALLOWED)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('name.startswith("layer")', "startswith(layer)"),
        ('name.startswith(("layer", "stage"))', "startswith(layer)"),
        ('name.removeprefix("layer")', "removeprefix(layer)"),
        ('number = name.split("layer")[1]', "split(layer)"),
        ('"layer" in name', "layer in"),
        ('f"layer{step.stage}.{step.block}"', "layer{}.{}"),
        ('f"model.layer{stage}"', "model.layer{}"),
        ('"layer{}".format(stage)', "layer{}"),
        (r're.fullmatch(r"layer\d{1,2}", text)', r"layer\d{1,2}"),
        (r'PATTERN = r"^layer(\d+)\."', r"^layer(\d+)\."),
        (r're.match("layer[1-4]", text)', "layer[1-4]"),
        ('focus = "layer1"', "layer1"),
        ('text = "where layer{} begins"', "where layer{} begins"),
        ('f"where layer{stage} begins"', "where layer{} begins"),
    ],
)
def test_each_way_of_doing_so_is_seen(code: str, told: str) -> None:
    assert list(_names_read(f'"""layer1.0 in a docstring."""\n{code}')) == [told]


@pytest.mark.parametrize(
    "code",
    [
        'Norm(over="layer")',
        'f"{count} layers of {kind}"',
        '"a linear layer"',
        "layer(module)",
        'help = "e.g. layer2 or layer2.0"',
        'f"{count} of layer1"',
        'def f():\n    "``layer2.0``"',
    ],
)
def test_other_layers_are_none_of_it(code: str) -> None:
    assert list(_names_read(code)) == []
