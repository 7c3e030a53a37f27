"""Where in a picture is what differs from another network?  A halo around each volume, mark, sign or line that it is in."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from math import cos, pi, sin

from ...steps import Trace
from .curves import Way
from .parts import outer_blocks
from .scene import Box, Mark, Plus, Scene
from .strip import homes

AROUND = 3.0  # px that a halo reaches beyond a mark
SIGN = 9.0  # px of a halo's radius around a sign


def with_halos(scene: Scene, trace: Trace, steps: Set[int]) -> Scene:
    """``scene`` of a whole network with a halo around what stands for each of ``steps``."""
    places = _Places(scene, trace)
    return replace(scene, halos=tuple(dict.fromkeys(places.around(index) for index in sorted(steps))))


class _Places:
    """Finds what stands for a step."""

    def __init__(self, scene: Scene, trace: Trace) -> None:
        self.scene, self.trace = scene, trace
        self.blocks = outer_blocks(trace)
        self.boxes = {box.step: box for box in scene.boxes}
        for box in scene.boxes:
            for step in box.folded:
                self.boxes[step] = box
        self.homes = homes(scene)
        self.marks: dict[int, list[Mark]] = {}
        for mark in sorted(scene.marks, key=lambda mark: mark.step):
            self.marks.setdefault(self._block(mark.step), []).append(mark)
        self.signs = {(self._block(plus.step), plus.form): plus for plus in scene.pluses}
        self.aside = {self._block(box.step): box for box in scene.boxes if box.aside}
        self.arcs = {self._block(link.target): link for link in scene.links if link.kind == "identity"}
        ends = [box for box in scene.boxes if not box.aside and self._block(box.step) < 0]
        self.ends = sorted(ends, key=lambda box: box.step)

    def _block(self, index: int) -> int:
        """Where the block begins that a step is in; -1 in none."""
        block = self.blocks[index]
        return -1 if block is None else block.start

    def around(self, index: int) -> Way:
        """The line of a step's halo."""
        if index in self.homes:
            return _silhouette(self.boxes[self.homes[index]])
        block, step = self.blocks[index], self.trace.steps[index]
        if block is None:
            before = [box for box in self.ends if box.step <= index]
            return _silhouette((before or self.ends)[-1 if before else 0])
        whole, start = self.boxes[block.stop - 1], block.start
        marks = self.marks.get(start, [])
        add = self.signs.get((start, "sum"))
        if add is None or whole.folded:
            return _silhouette(whole)
        if step.path == "shortcut":
            if start in self.aside:
                return _silhouette(self.aside[start])
            return self.arcs[start].points if start in self.arcs else _silhouette(whole)
        if step.path == "gate" or step.kind == "scale":
            return _circle(self.signs.get((start, "gate"), add))
        if index == add.step:
            return _circle(add)
        if index > add.step or not marks:
            return _silhouette(whole)
        before = [mark for mark in marks if mark.step <= index]
        return _bar((before or marks)[-1 if before else 0])


def _silhouette(box: Box) -> Way:
    x, w, dx = box.x, box.width, box.dx
    low, high = box.bottom, box.bottom + box.height
    up = box.dy
    return ((x, low), (x + w, low), (x + w + dx, low + up), (x + w + dx, high + up), (x + dx, high + up), (x, high), (x, low))  # fmt: skip


def _bar(mark: Mark) -> Way:
    reach = mark.width / 2 + AROUND
    return ((mark.x - reach, mark.y), (mark.x + reach, mark.y))


def _circle(plus: Plus) -> Way:
    turns = [2 * pi * corner / 12 for corner in range(13)]
    return tuple((plus.x + SIGN * cos(turn), plus.y + SIGN * sin(turn)) for turn in turns)
