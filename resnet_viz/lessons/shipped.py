"""What lessons on real numbers look at: the trained network that the package carries, and the recorded study of depth.

Other networks have no weights here that were learned, and others' training was not recorded: where one is chosen, these
stand in for it, and the lesson says so. What leads to torch is imported when a lesson is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .scene import Scene

if TYPE_CHECKING:
    from ..inside.activations import Activations


def trained(scene: Scene) -> tuple[Scene, str]:
    """The trained network's scene, with a sentence that says so where another was chosen."""
    from ..learned.loading import DEFAULT, about

    own = Scene.read(about(DEFAULT)["network"])
    if (scene.spec, scene.size) == (own.spec, own.size):
        return own, ""
    return (
        own,
        f"For {scene.title} at {_sides(scene)} no learned weights are at hand: the trained network that comes with the package stands in for it. ",
    )


def looked(drawing: str) -> Activations:
    """A drawing's way through the trained network."""
    from ..inside.activations import look
    from ..learned import loading

    return look(loading.load(), loading.drawing(drawing, loading.SHOWN))


def untrained(seen: Activations) -> Activations:
    """The same input in the same network with the random weights that its training began with."""
    from ..inside.activations import look
    from ..learned.loading import DEFAULT, about

    spec, picture = seen.subject.spec, seen.picture
    assert spec is not None
    return look(spec, picture.tensor[0], input_size=picture.size, seed=about(DEFAULT)["seed"])


@dataclass(frozen=True)
class Run:
    """What was recorded of one network and seed: its accuracy after each epoch, on the drawings that it was trained on and on
    unseen ones; by the number of epochs before, the sizes of its first conv's gradient and weights."""

    depth: int
    residual: bool
    seed: int
    parameters: int
    accuracy: tuple[float, ...]
    unseen: tuple[float, ...]
    gradient: Mapping[int, float]
    weight: Mapping[int, float]


@dataclass(frozen=True)
class Study:
    """The recorded study of depth; ``setting`` says how its networks were trained."""

    setting: Mapping[str, Any]
    runs: tuple[Run, ...]

    @property
    def depths(self) -> tuple[int, ...]:
        """The depths, from the shallowest."""
        return tuple(sorted({run.depth for run in self.runs}))

    def of(self, depth: int, residual: bool) -> tuple[Run, ...]:
        """The runs of a depth, a seed each."""
        return tuple(run for run in self.runs if (run.depth, run.residual) == (depth, residual))

    @property
    def said(self) -> str:
        """How it was recorded."""
        it = self.setting
        return (
            f"Recorded on {it['trained']} drawings of {it['side']}×{it['side']}, {it['epochs']} epochs each, with batch norm in every layer, "
            f"a plain network and a ResNet of each depth, {len({run.seed for run in self.runs})} seeds; `{it['command']}` trains them anew."
        )


def study() -> Study:
    """The study as it lies in the package."""
    from ..learned.loading import depth_study

    told = depth_study()
    runs: list[Run] = []
    for run in told["runs"]:
        curves = run["curves"]
        sizes = {what: {int(after): values[what][0] for after, values in run["sizes"].items()} for what in ("gradient", "weight")}  # fmt: skip
        runs.append(
            Run(
                run["depth"],
                run["residual"],
                run["seed"],
                run["parameters"],
                tuple(curves["accuracy"]),
                tuple(curves["unseen_accuracy"]),
                **sizes,
            )
        )
    return Study(told["setting"], tuple(runs))


def studied(scene: Scene) -> tuple[Scene, str]:
    """The deepest network of the study, with a sentence that says so where it is another that was chosen."""
    from ..learned.loading import depth_study

    networks = {run["depth"]: run["network"] for run in depth_study()["runs"]}
    own = Scene.read(networks[max(networks)])
    if (scene.spec, scene.size) == (own.spec, own.size):
        return own, ""
    return (
        own,
        f"{scene.title} at {_sides(scene)} was not trained here: the networks of the package's own study of depth stand in for it. ",
    )


def _sides(scene: Scene) -> str:
    return f"{scene.size[0]}×{scene.size[1]}"
