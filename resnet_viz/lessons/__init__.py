"""The tour: lessons in teaching order, first the core and then the deeper ones, errata, design tasks, a glossary. A lesson is a file and its line in LESSONS."""

from __future__ import annotations

from . import (
    adding,
    counting,
    dead_weights,
    filters,
    first_stage,
    floor,
    halving,
    new_stem,
    options,
    preactivation,
    projecting,
    reading,
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
from .figure import Bars, Beside, Curves, Failure, Field, Picture, Reads, Single, Unfolded, View
from .scene import Scene

LESSONS: tuple[Lesson, ...] = tuple(
    file.LESSON
    for file in (
        # the core
        reading, filters, floor, adding, first_stage, unequal, halving, subsampling, options, projecting, work, counting,
        small_input, new_stem,
        # the deeper steps
        sight, why_halve, dead_weights, stride_place, preactivation, resnet_d,
    )
)  # fmt: skip

__all__ = [
    "LESSONS", "Answer", "Bars", "Beside", "Curves", "Failure", "Field", "Lesson", "Page", "Picture", "Question", "Reads", "Scene", "Single", "Unfolded",
    "View",
]  # fmt: skip
