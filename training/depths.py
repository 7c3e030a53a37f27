"""The study of depth: plain networks and ResNets of three depths, trained alike, and what was measured on the way."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import product
from multiprocessing import get_context
from typing import Any

import torch
from torch import nn

import resnet_viz as rv
from resnet_viz.learned.loading import FOLDER
from resnet_viz.learned.twins import gradients, layers, plain

from .fitting import DECAY, MOMENTUM, WATCHED, Curves, Pictures, Plan, fit, steady, weights

DEPTHS = (8, 20, 56)  # layers with weights: 6·n + 2 for n blocks a stage
SEEDS = (0, 1)
NETWORK = "cifar_resnet20:blocks={n},{n},{n},widths=8,16,32,stem.channels=8,stem.stride=2@{side}"
SIDE = 32
TRAINED, TESTED, PROBED = 2_000, 500, 128  # drawings
MOMENTS = (0, 1, 6, 24)  # epochs after which gradients are measured


def planned(seed: int) -> Plan:
    return Plan(epochs=24, rate=0.02, batch=64, seed=seed)


def network(depth: int) -> str:
    """The ResNet of that depth, in the project's text form."""
    return NETWORK.format(n=(depth - 2) // 6, side=SIDE)


@cache  # the networks that one process trains share them
def _pictures(count: int, seed: int) -> Pictures:
    return Pictures(count, seed, SIDE, calm=True)


def begin(depth: int, residual: bool, seed: int, *, steps: int | None = None) -> dict[str, Any]:
    """Train one of them, and tell what was measured; or its first ``steps`` alone."""
    steady(seed)
    model = (rv.build if residual else plain)(network(depth))
    train, watched = _pictures(TRAINED, 0), _pictures(TESTED, WATCHED)
    probe = train[torch.arange(PROBED)]
    sizes: dict[int, dict[str, list[float]]] = {}

    def measure(epoch: int, model: nn.Module) -> None:
        if epoch in MOMENTS:
            sizes[epoch] = {"gradient": _short(gradients(model, probe)), "weight": _short(weights(model))}

    curves = fit(model, train, watched, planned(seed), measure, steps=steps)
    return _told(model, depth, residual, seed, curves, sizes)


def _told(
    model: nn.Module, depth: int, residual: bool, seed: int, curves: Curves, sizes: dict[int, dict[str, list[float]]]
) -> dict[str, Any]:
    return {
        "depth": depth,
        "residual": residual,
        "seed": seed,
        "network": network(depth),
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "layers": [name for name, _ in layers(model)],
        "first_losses": [round(loss, 5) for loss in curves.steps],
        "curves": curves.rounded(),
        "sizes": sizes,
    }


def _short(values: list[float]) -> list[float]:
    return [float(f"{value:.3g}") for value in values]


def main() -> None:
    """Train all of them, two at a time, and write what was measured into the package, after each what there is."""
    asked = list(product(SEEDS, sorted(DEPTHS, reverse=True), (True, False)))
    plan, runs = planned(0), list[dict[str, Any]]()
    setting = {
        "network": NETWORK, "drawings": "calm", "side": SIDE, "trained": TRAINED, "tested": TESTED, "probed": PROBED,
        "epochs": plan.epochs, "rate": plan.rate, "batch": plan.batch, "momentum": MOMENTUM, "weight_decay": DECAY,
        "norm": "batch", "shortcut": "A", "command": "make train", "torch": torch.__version__,
    }  # fmt: skip
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for run in pool.map(_begun, asked):
            runs.append(run)
            runs.sort(key=lambda run: (run["depth"], not run["residual"], run["seed"]))
            text = json.dumps({"setting": setting, "runs": runs}, separators=(",", ":"))
            (FOLDER / "depth_study.json").write_text(text + "\n", encoding="utf-8")


def _begun(asked: tuple[int, int, bool]) -> dict[str, Any]:
    seed, depth, residual = asked
    told = begin(depth, residual, seed)
    last = {name: values[-1] for name, values in told["curves"].items()}
    print(f"{'residual' if residual else 'plain'} {depth}, seed {seed}: {last}", flush=True)
    return told
