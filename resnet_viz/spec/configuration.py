"""A network at an input, and its one text form: ``resnet18:stem=cifar,num_classes=10@64`` or ``…@160x224``.

The API, the command line, links and pages all read and write this form; wherever a spec goes in, it goes in too.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from ..checks import check_kind, check_pair, check_text
from ..errors import InputError, SpecError
from .catalogue import entry, nearest
from .settings import apply, settings
from .sizes import Pair, by_x, check_input, parse_size
from .spec import ResNetSpec

MAX_TEXT = 400
EXAMPLE = "resnet18:stem=cifar,num_classes=10@64"
DEFAULT_SIDE = 224  # px, of a spec that comes without an input


@dataclass(frozen=True, slots=True)
class Configuration:
    """A network of the catalogue with changes, at an input of ``size`` (height, width) px.

    >>> Configuration.of("resnet18:num_classes=10").text
    'resnet18:num_classes=10@224'
    """

    name: str
    spec: ResNetSpec
    size: Pair

    def __post_init__(self) -> None:
        entry(self.name)
        check_kind("spec", self.spec, ResNetSpec, "a ResNetSpec", "get one with variant('resnet18')")
        check_pair("size", self.size, "must be (height, width) in px", "use e.g. (224, 224)")
        check_input(self.size, 1, "float32")

    @staticmethod
    def of(network: Network, input_size: int | Pair | None = None) -> Configuration:
        """The configuration of a text, a spec or a configuration, as :func:`as_configuration` reads it.

        >>> Configuration.of("resnet18:stem=cifar,num_classes=10@64x48").size
        (64, 48)
        """
        return as_configuration(network, input_size)

    @property
    def text(self) -> str:
        """The configuration as it is written; :meth:`of` reads it back."""
        changes = ",".join(f"{name}={value}" for name, value in settings(self.spec, entry(self.name).spec).items())
        side = str(self.size[0]) if self.size[0] == self.size[1] else by_x(self.size)
        return f"{self.name}{':' if changes else ''}{changes}@{side}"

    def __str__(self) -> str:
        return self.text


Network = ResNetSpec | Configuration | str  # what the public functions take for a network


def configuration(text: str) -> Configuration:
    """Read ``NAME[:FIELD=VALUE,…][@SIZE]``; without a size the network's own. Raises a ``ResNetVizError``.

    A piece without ``=`` belongs to the list before it: ``resnet18:blocks=2,2,2,num_classes=10``.

    >>> configuration("resnet18:stem=cifar,num_classes=10@64x48").size
    (64, 48)
    """
    check_text("text", text, EXAMPLE)
    if len(text) > MAX_TEXT:
        raise InputError("configuration", text, f"must have at most {MAX_TEXT} characters", "write e.g. resnet34@224")
    head, at, size = text.strip().partition("@")
    name, colon, written = head.partition(":")
    known = entry(name.strip())
    spec = apply(known.spec, changes(written)) if colon else known.spec
    return Configuration(known.name, spec, parse_size(size) if at else (known.input_size, known.input_size))


def changes(written: str) -> dict[str, str]:
    """``stem=cifar,blocks=2,2,2`` as ``{"stem": "cifar", "blocks": "2,2,2"}``; ``:`` separates as ``,`` does."""
    found: dict[str, str] = {}
    last = ""
    for piece in written.replace(":", ",").split(","):
        field, equals, value = (part.strip() for part in piece.partition("="))
        if equals and field:
            found[field] = value
            last = field
        elif equals or not last:
            raise SpecError("change", piece.strip(), "must be FIELD=VALUE", f"write e.g. {EXAMPLE}")
        else:
            found[last] += f",{field}"
    return found


def as_configuration(network: Network, input_size: int | Pair | None = None) -> Configuration:
    """What was given for a network, at ``input_size`` where that is given, else at the input that came with it.

    A bare spec comes with 224 px and bears the name of the nearest network. Raises a ``ResNetVizError``.
    """
    given = check_network("network", network)
    if isinstance(given, ResNetSpec):
        size = check_input(DEFAULT_SIDE if input_size is None else input_size, 1, "float32")[0]
        return Configuration(nearest(given).name, given, size)
    made = configuration(given) if isinstance(given, str) else given
    return made if input_size is None else replace(made, size=check_input(input_size, 1, "float32")[0])


def spec_and_size(network: Network, input_size: int | Pair | None = None) -> tuple[ResNetSpec, Pair]:
    """As :func:`as_configuration`, without looking for a bare spec's name, which takes a millisecond."""
    if isinstance(network, ResNetSpec):
        return network, check_input(DEFAULT_SIDE if input_size is None else input_size, 1, "float32")[0]
    made = as_configuration(network, input_size)
    return made.spec, made.size


def check_network(field: str, given: object) -> Network:
    """``given``, which must be what can stand for a network. Raises :class:`InputError`."""
    if isinstance(given, ResNetSpec | Configuration | str):
        return given
    refuse_module(field, given)
    what = f"must be a name, a configuration or a ResNetSpec, not {type(given).__name__}"
    raise InputError(field, given, what, f"write e.g. '{EXAMPLE}'")


def refuse_module(field: str, given: object) -> None:
    """Raise :class:`InputError` for a module of PyTorch, which is known by running it; never imports torch."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(given, torch.nn.Module):
        rule = "is a module, and what it does is known once it has run"
        raise InputError(field, type(given).__name__, rule, "trace it first: rv.trace(module, input_size=…)")
