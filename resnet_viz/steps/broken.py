"""What ran of a network with a mistake in it, where did it stop, and what was still to come?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from .step import Step
from .trace import Trace


class Cut(NamedTuple):
    """A trace for a picture: its steps ``unreached`` never ran; ``at`` is the one where it went wrong, None for none."""

    trace: Trace
    at: int | None
    unreached: frozenset[int]


@dataclass(frozen=True, slots=True)
class Broken:
    """A network with a mistake in it, and what forward hooks saw of it.

    ``ran`` are the steps up to the error, None of a network that could not even be built. ``stopped`` is the step that
    raised: what it was given is real, its output is ``()``; None where nothing raised. ``at`` is its name in ``plan``,
    the sound network; where nothing raised the name of the step from which on shapes are others, empty for none.
    """

    ran: Trace | None
    stopped: Step | None
    at: str
    plan: Trace

    def cut(self) -> Cut:
        """What ran, then what raised, then what was to come by the plan."""
        at = next((step.index for step in self.plan.steps if step.name == self.at), None)
        if self.ran is None:
            return Cut(self.plan, at, frozenset(range(len(self.plan.steps))))
        if self.stopped is None or at is None:
            wrong = next((step.index for step in self.ran.steps if self.at and step.name == self.at), None)
            return Cut(replace(self.ran, spec=self.plan.spec, title=""), wrong, frozenset())
        steps, planned = list(self.ran.steps), self.plan.steps
        stop = len(steps)
        index = {step.name: step.index for step in steps} | {self.at: stop}
        # an outline of what did not come out is as large as what was to come out
        steps.append(self.stopped._replace(index=stop, output=planned[at].output))
        for step in planned[at + 1 :]:
            reads = tuple([index.get(planned[read].name, stop) for read in step.reads])
            index[step.name] = len(steps)
            steps.append(step._replace(index=len(steps), reads=reads))
        whole = replace(self.ran, steps=tuple(steps), spec=self.plan.spec, title="")
        return Cut(whole, stop, frozenset(range(stop, len(steps))))


class HasBroken(Protocol):
    """Whatever tells of a network with a mistake in it."""

    @property
    def broken(self) -> Broken: ...
