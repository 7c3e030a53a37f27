"""Somebody's own code in a folder, as they would run ``resnet-viz`` there."""

import shutil
from pathlib import Path

import resnet_viz as rv
from resnet_viz.engines.onnx import EXAMPLES

CODE = """
import torch
from torch import nn

print("made by somebody")


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return torch.relu(x + self.conv(x))


class Net(nn.Module):
    def __init__(self, num_classes=10, width=8):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, 2, 1)
        self.body = nn.Sequential(Block(width), Block(width))
        self.fc = nn.Linear(width, num_classes)

    def forward(self, x):
        return self.fc(self.body(self.stem(x)).mean((2, 3)))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.look = nn.Embedding(10, 4)

    def forward(self, x):
        return self.look(x)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1)

    def forward(self, x):
        return self.conv(torch.cat([x, x], 1))


class Fails(nn.Module):
    def forward(self, x):
        raise ValueError("my own\\n problem")


class Inner:
    made = Net()


ready = Net()
number = 3


def needs(width):
    return Net(width=width)


def fails():
    raise KeyError("no such weights")


def leaves():
    raise SystemExit(3)


def gives():
    return {"net": ready}
"""


def own_network(folder: Path) -> None:
    """``mynet.py``, ``mynet.onnx`` and ``net.trace`` in ``folder``."""
    (folder / "mynet.py").write_text(CODE, encoding="utf-8")
    (folder / "broken.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    (folder / "cut.trace").write_text('{"format', encoding="utf-8")
    (folder / "wrong.py").write_text("1 / 0\n", encoding="utf-8")
    shutil.copy(EXAMPLES["SE-ResNet"], folder / "mynet.onnx")
    (folder / "net.trace").write_text(rv.forecast("resnet18@64").to_json(), encoding="utf-8")
