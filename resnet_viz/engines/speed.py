"""How fast is this machine?  One known network, run for a moment and timed."""

from __future__ import annotations

import time
from statistics import median

import torch

from ..checks import check_one_of
from ..errors import DeviceError
from ..why.speed import Speed
from .formulas import forecast
from .model import build, resolve_device

NETWORK, SIDE, BATCH = "resnet18@224", 224, 8
SECONDS, FEWEST = 1.0, 3  # that it runs, and passes, whichever takes longer


def measure_speed(device: str = "auto", mode: str = "eval") -> Speed:
    """This machine's throughput: multiply-adds a second of ResNet-18 at 224 px, eight images at once, in float32.

    In ``mode`` "train" a pass goes forward and back; the multiply-adds are the forward pass's in both, as
    :func:`resnet_viz.adapt` counts them. Takes some seconds. Raises :class:`DeviceError`.

    >>> speed = measure_speed("cpu")
    >>> speed.macs_per_second > 1e8, speed.source.startswith("resnet18@224 at ")
    (True, True)
    """
    check_one_of("mode", mode, ("eval", "train"))
    place = resolve_device("cpu" if device == "auto" and not torch.cuda.is_available() else device)
    if place == "meta":
        raise DeviceError("device", device, "computes nothing, so it has no speed", "use 'cpu' or 'cuda'")
    network = build(NETWORK, place).train(mode == "train")
    images = torch.zeros(BATCH, 3, SIDE, SIDE, device=place)

    def once() -> float:
        began = time.perf_counter()
        if mode == "train":
            network.zero_grad()
            network(images).sum().backward()
        else:
            with torch.inference_mode():
                network(images)
        if place != "cpu":
            torch.cuda.synchronize(place)
        return time.perf_counter() - began

    once()  # the first pass also chooses algorithms and fills caches
    taken: list[float] = []
    while len(taken) < FEWEST or sum(taken) < SECONDS:
        taken.append(once())
    second = BATCH / median(taken)
    doing = "in training" if mode == "train" else "in classifying"
    return Speed(
        second * forecast(NETWORK).totals.macs,
        f"{NETWORK} at {second:.3g} images a second {doing}, measured on this machine's {place}",
    )
