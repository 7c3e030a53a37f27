"""The network that the package carries: a ResNet-20 for the drawings, in float16."""

from __future__ import annotations

import hashlib
import json

import torch
from safetensors.torch import save_file

import resnet_viz as rv
from resnet_viz.learned.drawings import CLASSES
from resnet_viz.learned.loading import DEFAULT, FOLDER
from resnet_viz.learned.twins import MEAN, STD

from .fitting import WATCHED, Curves, Pictures, Plan, fit, measured, steady

NETWORK = "cifar_resnet20:stem.stride=2@64"
PLAN = Plan(epochs=8, rate=0.05, batch=32, seed=0)
TRAINED, TESTED = 6_000, 1_000  # drawings
UNSEEN = 1_000_000  # the seed of the first drawing that the accuracy is measured on


def begin(*, steps: int | None = None) -> tuple[torch.nn.Module, Curves]:
    """Build it and train it, or for the first ``steps`` alone."""
    steady(PLAN.seed)
    model = rv.build(NETWORK)
    return model, fit(model, Pictures(TRAINED, 0, 64), Pictures(TESTED, WATCHED, 64), PLAN, steps=steps)


def main() -> None:
    """Train it, keep it as float16, and measure what was kept, as ``load`` gives it."""
    print(f"{NETWORK}: {TRAINED:,} drawings, {PLAN}", flush=True)
    model, curves = begin()
    kept = {name: value.half() if value.is_floating_point() else value for name, value in model.state_dict().items()}
    file = FOLDER / f"{DEFAULT}.safetensors"
    save_file({name: value.contiguous() for name, value in kept.items()}, file)
    file.chmod(0o644)  # safetensors writes for its owner alone
    model.load_state_dict(kept)  # what is measured is what is kept
    _, accuracy = measured(model, Pictures(TESTED, UNSEEN, 64))
    told = {
        "network": NETWORK, "classes": CLASSES, "mean": MEAN, "std": STD, "accuracy": round(accuracy, 4), "tested": TESTED,
        "first_tested_seed": UNSEEN, "trained": TRAINED, "epochs": PLAN.epochs, "rate": PLAN.rate, "batch": PLAN.batch,
        "seed": PLAN.seed, "parameters": sum(weight.numel() for weight in model.parameters()),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "command": "make train", "torch": torch.__version__,
        "first_losses": [round(loss, 5) for loss in curves.steps], "curves": curves.rounded(),
    }  # fmt: skip
    (FOLDER / f"{DEFAULT}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{accuracy:.1%} of {TESTED:,} new drawings", flush=True)
