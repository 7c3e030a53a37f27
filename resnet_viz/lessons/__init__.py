"""The tour: lessons in teaching order, first the core and then the deeper ones, errata, design tasks, a glossary. A lesson is a file and its line in LESSONS."""

from __future__ import annotations

from . import (
    adding,
    counting,
    dead_weights,
    degradation,
    filters,
    first_gradients,
    first_maps,
    first_stage,
    floor,
    halving,
    new_stem,
    options,
    preactivation,
    projecting,
    reading,
    residual_adds,
    resnet_d,
    sight,
    small_input,
    stride_place,
    subsampling,
    unequal,
    why_halve,
    work,
)
from .base import Answer, Lesson, Page, Question
from .figure import (
    Added,
    Bars,
    Beside,
    Curves,
    Failure,
    Field,
    Maps,
    Picture,
    Reads,
    Real,
    Single,
    Starts,
    Training,
    Unfolded,
    View,
)  # fmt: skip
from .scene import Scene

LESSONS: tuple[Lesson, ...] = tuple(
    file.LESSON
    for file in (
        # the core
        reading, filters, floor, adding, first_stage, unequal, halving, subsampling, options, projecting, work, counting,
        small_input, new_stem,
        # the deeper steps
        sight, first_maps, residual_adds, degradation, first_gradients, why_halve, dead_weights, stride_place, preactivation, resnet_d,
    )
)  # fmt: skip

__all__ = [
    "LESSONS", "Added", "Answer", "Bars", "Beside", "Curves", "Failure", "Field", "Lesson", "Maps", "Page", "Picture", "Question", "Reads", "Real", "Scene",
    "Single", "Starts", "Training", "Unfolded", "View",
]  # fmt: skip
