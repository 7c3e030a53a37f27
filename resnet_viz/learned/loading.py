"""The trained networks as they lie in the package: weights as safetensors, everything else about them as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checks import check_one_of, check_whole
from ..errors import InputError
from ..extras import require
from ..spec import ResNetSpec
from ..spec.configuration import Configuration

if TYPE_CHECKING:
    import numpy
    import torch

FOLDER = Path(__file__).parent / "networks"
NAMES = ("drawings",)
DEFAULT = "drawings"
MAX_SEED = 2**31 - 1
SHOWN = 2_000_000  # the seed of the drawings that are shown: none that a network was trained on or tested with


@dataclass(frozen=True, eq=False)
class Learned:
    """A trained network with all that is needed to ask it something.

    ``module`` is ``rv.build(spec)`` with its weights, in eval mode: ``(N, 3, H, W)``, normalised, to ``(N, classes)``. It
    was trained at ``size`` (height, width) px and takes any. ``accuracy`` is the share of right answers on ``tested``
    drawings that it was not trained on; ``mean`` and ``std`` are of pixels from 0 to 1, one number a channel.
    """

    name: str
    module: torch.nn.Module
    spec: ResNetSpec
    size: tuple[int, int]
    classes: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    accuracy: float
    tested: int

    def prepared(self, images: numpy.ndarray[Any, Any]) -> torch.Tensor:
        """``(H, W, 3)`` or ``(N, H, W, 3)`` of uint8 as what ``module`` takes: ``(N, 3, H, W)``, float32."""
        import torch

        if str(getattr(images, "dtype", "")) != "uint8" or images.ndim not in (3, 4) or images.shape[-1] != 3:
            raise InputError(
                "images", images, "must be an array (H, W, 3) or (N, H, W, 3) of uint8", "use e.g. drawing('star', 1)"
            )
        x = torch.from_numpy(images.copy()).reshape(-1, *images.shape[-3:])
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (self.mean, self.std))
        return (x.permute(0, 3, 1, 2) / 255 - mean) / std  # (N, 3, H, W)


def load(name: str = DEFAULT) -> Learned:
    """The trained network of that name, each time a new one, so that a change to it harms nobody else's.

    ``"drawings"`` is a ResNet-20 for the ten shapes that :func:`drawing` draws. Raises a ``ResNetVizError``.

    >>> load().spec.num_classes, load().size
    (10, (64, 64))
    """
    check_one_of("name", name, NAMES)
    for module in ("torch", "safetensors"):
        require(module, "a trained network")
    from safetensors.torch import load_file

    from ..engines.model import build

    told = about(name)
    configuration = Configuration.of(told["network"])
    module = build(configuration, init=False)
    module.load_state_dict(load_file(FOLDER / f"{name}.safetensors"))  # float16 in the file, float32 in the module
    return Learned(
        name,
        module.eval(),
        configuration.spec,
        configuration.size,
        tuple(told["classes"]),
        tuple(told["mean"]),
        tuple(told["std"]),
        told["accuracy"],
        told["tested"],
    )


def drawing(label: str | int, seed: int) -> numpy.ndarray[Any, Any]:
    """A picture of a class, by its name or number: ``(64, 64, 3)``, uint8, red green blue; the same for the same seed.

    Training took the seeds from 0, and the accuracy is on seeds from 1,000,000. Raises a ``ResNetVizError``.

    >>> drawing("star", 1_000_000).shape
    (64, 64, 3)
    """
    require("numpy", "a drawing")
    from .drawings import CLASSES, drawn

    if isinstance(label, str):
        number = CLASSES.index(check_one_of("label", label, CLASSES))
    else:
        number = check_whole("label", label, 0, len(CLASSES) - 1)
    return drawn(number, check_whole("seed", seed, 0, MAX_SEED))


def about(name: str) -> Mapping[str, Any]:
    """What is written beside a trained network's weights."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def depth_study() -> Mapping[str, Any]:
    """What six networks did while they were trained: plain ones and ResNets, of three depths each.

    ``["setting"]`` says how they were trained. ``["runs"]`` has one entry a network and seed: its ``depth``, whether it is
    ``residual``, its ``curves`` (loss and accuracy on the drawings it was trained on, as it ran, and on unseen ones, after
    each epoch), the names of its ``layers`` and, by the number of epochs before (``"0"`` is the start), their ``sizes``: the
    root mean square of each layer's weights, and of the loss's gradient over them. A plain network has its twin's layers
    and weights, and no shortcuts. All was measured, on few drawings and for a short time: seeds differ, and how much is
    seen in the runs.
    """
    return json.loads((FOLDER / "depth_study.json").read_text(encoding="utf-8"))
