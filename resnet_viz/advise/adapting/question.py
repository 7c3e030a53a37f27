"""What is asked: the images, what the network is for, and what it may take of memory and time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...checks import check_number, check_one_of, check_text, check_whole
from ...engines.formulas import forecast
from ...errors import InputError
from ...spec import MAX_CLASSES
from ...spec.catalogue import entry
from ...spec.configuration import configuration
from ...spec.settings import apply
from ...steps import Pair, check_input
from ...why.memory import OPTIMIZERS
from ...why.speed import Speed
from ...wording import plural
from ..diagnosis import MODES, Case, Mode, check_memory, gib

BATCHES: dict[Mode, int] = {"train": 32, "eval": 1}  # where none is said
MAX_MS = 1e9
SPEED = "resnet50@224=300"  # how a speed is written


@dataclass(frozen=True, slots=True)
class Question:
    """Images of ``size`` px, and the limits: ``memory`` in bytes and ``ms`` an image, each 0 where it is not asked."""

    size: Pair
    channels: int
    classes: int
    mode: Mode = "train"
    batch: int = 32
    optimizer: str = "sgd"
    memory: int = 0
    ms: float = 0.0
    speed: Speed | None = None

    def case(self, name: str, changes: Mapping[str, str], size: Pair | None = None) -> Case:
        """The network ``name`` with ``changes`` on such images, perhaps brought to another ``size``."""
        wanted = {"in_channels": str(self.channels), "num_classes": str(self.classes)}
        spec = apply(entry(name).spec, {**changes, **wanted})
        return Case.of(
            spec, size or self.size, self.batch, mode=self.mode, memory=self.memory, optimizer=self.optimizer
        )

    @property
    def images(self) -> str:
        """``images of 512×640 px with 4 channels, in 2 classes``"""
        return (
            f"images of {self.size[0]}×{self.size[1]} px with {plural(self.channels, 'channel')}, "
            f"in {plural(self.classes, 'class', 'classes')}"
        )

    @property
    def use(self) -> str:
        """What the network is for: ``training with a batch of 32``."""
        images = "one image at a time" if self.batch == 1 else f"a batch of {self.batch:,}"
        return f"training with {images}" if self.mode == "train" else f"classifying {images}"

    @property
    def limits(self) -> str:
        """``training with a batch of 4, in 8.00 GiB, at most 20 ms an image``"""
        told = [self.use, f"in {gib(self.memory)}" if self.memory else "no limit of memory given"]
        if self.ms and self.speed:
            told.append(f"at most {self.ms:g} ms an image on a machine that does {self.speed.source}")
        return ", ".join(told)


def ask(
    input_size: object,
    channels: object,
    classes: object,
    memory_gib: object,
    batch: int | None,
    optimizer: object,
    mode: Mode,
    ms: object,
    speed: Speed | str | None,
) -> Question:
    """The question, checked. Raises a ``ResNetVizError`` for a value that cannot be."""
    check_one_of("mode", mode, MODES)
    size, images, _ = check_input(input_size, BATCHES[mode] if batch is None else batch, "float32")
    words = f"must be a number of milliseconds from 0 (not asked) to {MAX_MS:.0f}"
    limit = check_number("ms", ms, 0, MAX_MS, words, "use e.g. 20")
    measured = speed if isinstance(speed, Speed) or speed is None else stated(speed, mode)
    if limit and measured is None:
        rule = f"must say how fast the machine is, for ms={limit:g} is a limit of time"
        raise InputError("speed", speed, rule, f"give the images a second that you measured, as {SPEED!r}")
    return Question(
        size,
        check_whole("channels", channels, 1, 4096),
        check_whole("classes", classes, 1, MAX_CLASSES),
        mode,
        images,
        check_one_of("optimizer", optimizer, tuple(OPTIMIZERS)),
        check_memory(memory_gib),
        limit,
        measured,
    )


def stated(written: object, mode: Mode) -> Speed:
    """The speed of a machine on which somebody measured a network: ``resnet50@224=300`` is 300 images a second."""
    text = check_text("speed", written, SPEED)
    network, _, rate = text.rpartition("=")
    if not network or not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", rate.strip()) or not float(rate):
        rule = "must be NETWORK@SIZE=IMAGES, the images a second that you measured with it"
        raise InputError("speed", text, rule, f"write e.g. {SPEED}")
    made, images = configuration(network), float(rate)
    doing = "in training" if mode == "train" else "in classifying"
    return Speed(images * forecast(made).totals.macs, f"{made.text} at {images:g} images a second {doing}")
