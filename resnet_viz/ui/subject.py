"""What is shown?  A network of the catalogue at an input, or somebody else's trace; one word for the cache and the pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Pair, Trace


class Known(NamedTuple):
    """A network by its spec, at an input; by formulas, or by the hooks on ``device`` where that is given."""

    spec: ResNetSpec
    size: Pair
    batch: int = 1
    device: str = ""


@dataclass(frozen=True)
class Foreign:
    """Somebody else's network: equal where the ``digest`` is, which is made of all that the trace is made from."""

    digest: str
    trace: Trace = field(compare=False, repr=False)


Subject = Known | Foreign


@dataclass(frozen=True)
class Shown:
    """What a page shows: a subject and its trace, what its files are called, its title on paper and in files, whose times it
    can be coloured by, and what it is called where there is room for a name alone."""

    subject: Subject
    trace: Trace
    file_name: str
    title: str
    timed: Subject | None = None
    name: str = ""

    @property
    def called(self) -> str:
        """The network's name alone."""
        return self.name or self.title
