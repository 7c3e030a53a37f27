"""``rv.look``: one image's way through a network, to be asked step by step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..checks import check_flag, check_text, check_whole
from ..engines.hooks import check_memory
from ..errors import InputError, LookError
from ..spec.sizes import Pair
from ..steps import Join, Step, Trace
from . import images, joining
from .apart import Apart, At, Cell, checked_index, take_apart
from .cam import Cam, cam, checked_map, last_map, on_image
from .cutting import channel_cut, check_instead, named_channels, operand_cut
from .images import Picture
from .networks import Lookable, Subject, smaller, subject
from .run import Cut, Kept, Progress, Runner, replaced, runner
from .seen import Addition, Score, Share, Statistics, norm, statistics

MAX_KEPT = 256 * 2**20  # bytes of tensors that are kept for the next question


def look(
    network: Lookable,
    image: images.Image,
    *,
    weights: str | Path | None = None,
    input_size: int | Pair | None = None,
    normalise: str | tuple[Sequence[float], Sequence[float]] | None = None,
    training: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> Activations:
    """Run one ``image`` through ``network``; what it returns tells of each step's numbers when it is asked.

    ``network`` is a name, a configuration, a ``ResNetSpec``, or a module of your own, which runs with the weights that it
    has. ``weights`` is a file that fits, found and read as :func:`read_weights` does; without one they are random, from
    ``seed``. ``image`` is an array or tensor ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)``, or a PNG, JPEG, WebP or ``.npy``
    file. Whole numbers are an image: cut and resized to ``input_size``, by default the configuration's, scaled to 0…1 and
    normalised, by ImageNet's mean and spread or by ``normalise=(means, spreads)``, or ``"none"``. Fractions are an input
    and are taken as they are. ``training`` lets norms use this image's own statistics, as in training.

    ``progress(step, steps)`` is called as a pass goes on, in the first one of somebody's own module, whose steps are not
    known yet, with their number so far; what it raises ends the pass and comes out as it is. Kept for
    the next question are at most 256 MiB of tensors; for others a part of the network runs again.

    Raises a ``ResNetVizError``; nothing in a file is run.

    >>> import torch
    >>> seen = look("cifar_resnet20:blocks=1,1,1@32", torch.rand(3, 32, 32))
    >>> seen.maps("layer2.0.conv1").shape, len(seen.scores)
    (torch.Size([32, 16, 16]), 10)
    """
    check_flag("training", training)
    check_whole("seed", seed, 0, 2**32 - 1)
    if progress is not None and not callable(progress):
        raise InputError("progress", progress, "must be a function of two numbers", "use e.g. progress=print")
    normal = images.checked_range(normalise)
    images.check_file(image)
    chosen = subject(network, weights, input_size, seed)
    made = images.picture(image, chosen.channels, chosen.size, normal, chosen.normal, forced=input_size is not None)
    if chosen.spec is not None:
        with smaller():
            check_memory(chosen.spec, made.size, 1, "float32", "cpu")
    kept = Kept(MAX_KEPT)
    ran = runner(chosen, made, training, kept, progress)
    return Activations(chosen, made, ran, kept, progress=progress)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """Which numbers the weights were: each change of a tensor in place counts its version up."""

    versions: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, module: nn.Module) -> _Stamp:
        return cls(tuple([(one.data_ptr(), one._version) for one in module.parameters()]))


class Activations:
    """One image's tensors in one network: made by :func:`resnet_viz.look`, and asked by a step's name, as its ``trace`` has it.

    ``said`` tells what was run: which weights, what was done to the image, what was cut; ``picture`` is the network's
    input. The module is not to be changed while it is looked into; where it was, that is said.

    >>> import torch
    >>> import resnet_viz as rv
    >>> seen = rv.look("cifar_resnet20:blocks=1,1,1@32", torch.rand(3, 32, 32))
    >>> [share.block for share in seen.residual_share()]
    ['layer1.0', 'layer2.0', 'layer3.0']
    """

    def __init__(
        self,
        subject: Subject,
        picture: Picture,
        runner: Runner,
        kept: Kept,
        cuts: tuple[Cut, ...] = (),
        progress: Progress | None = None,
        stamp: _Stamp | None = None,
    ) -> None:
        self.subject, self.picture, self.cuts, self.progress = subject, picture, cuts, progress
        self._runner, self._kept = runner, kept
        self._stamp = stamp or _Stamp.of(subject.module)
        self._shares: tuple[Share, ...] | None = None
        self._statistics: dict[int, Statistics] = {}
        self._first_pass()

    # ---- what it is ------------------------------------------------------------------------------------------------

    @property
    def trace(self) -> Trace:
        """The steps, whose names are asked for."""
        return self._runner.trace

    @property
    def said(self) -> tuple[str, ...]:
        """What was run, a sentence each."""
        shape = "×".join(map(str, self.picture.tensor.shape[1:]))
        read = f"an input of {shape}" + (f": {', '.join(self.picture.how)}" if self.picture.how else "")
        mode = ("training mode: norms use this image's own statistics",) if self._runner.training else ()
        return (*self.subject.how, read, *mode, *(cut.what for cut in self.cuts))

    def __repr__(self) -> str:
        lines = [f"Activations of {self.subject.name}, {len(self.trace.steps)} steps", *self.said]
        if self.scores is not None and self.subject.headed:
            lines.append("classes: " + "; ".join(f"{one.name} {one.share:.1%}" for one in self.classes(3)))
        return "\n  ".join(lines)

    def step(self, step: str | Step) -> Step:
        """The step of that name. Raises :class:`InputError` that offers the nearest."""
        return self.trace.step(step.name if isinstance(step, Step) else check_text("step", step, "conv1"))

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def maps(self, step: str | Step) -> Tensor:
        """A copy of the step's numbers, ``(C, H, W)``, or without places ``(C,)``."""
        index = self.step(step).index
        return self._values([index])[index][0].clone()

    @property
    def scores(self) -> Tensor | None:
        """A number for each class, before any softmax; None where the network returns something else."""
        step = self.trace.steps[self.trace.returned[0]]
        if len(step.output) != 2:
            return None
        return self._values([step.index])[step.index][0].clone()

    def classes(self, most: int = 5) -> tuple[Score, ...]:
        """The classes of the highest scores; none where the network has no scores."""
        check_whole("most", most, 1, 1_000_000)
        scores = self.scores
        if scores is None:
            return ()
        shares = torch.softmax(scores.double(), 0)
        names = self.subject.classes
        order = torch.argsort(scores, descending=True, stable=True)[:most].tolist()
        return tuple(
            [Score(i, names[i] if i < len(names) else f"class {i}", float(scores[i]), float(shares[i])) for i in order]
        )

    def statistics(self, step: str | Step) -> Statistics:
        """Mean, spread, range, zeros, dead channels, and the channels in order of their strength."""
        found = self.step(step)
        if found.index not in self._statistics:
            self._statistics[found.index] = statistics(found.name, self._values([found.index])[found.index][0])
        return self._statistics[found.index]

    def survey(self) -> tuple[Statistics, ...]:
        """The statistics of all steps, in one pass at most."""
        missing = [
            step.index
            for step in self.trace.steps
            if step.index not in self._statistics and self._runner.has(step.index)
        ]

        def visit(index: int, tensor: Tensor) -> None:
            if index not in self._statistics:
                self._statistics[index] = statistics(self.trace.steps[index].name, tensor[0])

        for index in missing:
            found = self._kept.get(index)
            if found is not None:
                visit(index, found)
        left = [index for index in missing if index not in self._statistics]
        if left:
            self._run(left, visit)
        return tuple([self._statistics[step.index] for step in self.trace.steps if step.index in self._statistics])

    # ---- additions -------------------------------------------------------------------------------------------------

    def addition(self, step: str | Step) -> Addition:
        """What meets at an addition: its step, or the block that it ends. Raises :class:`InputError`."""
        join, block = joining.residual(self.trace, step)
        read, made = self._operands(join.step)
        main, shortcut = joining.ways(self.trace, join)
        return Addition(self.trace.steps[join.step].name, block, read[shortcut][0], read[main][0], made[0])

    def residual_share(self) -> tuple[Share, ...]:
        """How large the residual is against the shortcut, block after block, in one pass at most."""
        if self._shares is None:
            joins = [(join, block) for join, block in joining.residuals(self.trace) if self._runner.has(join.step)]
            wanted = {index for join, _ in joins for index in (*self.trace.steps[join.step].reads, join.step)}
            if all(index in self._kept for index in wanted):
                self._shares = tuple([self._share(join, block) for join, block in joins])
            else:
                self._shares = self._shares_of_a_pass(joins, wanted)
        return self._shares

    def _share(self, join: Join, block: str) -> Share:
        read, made = self._operands(join.step)
        main, shortcut = joining.ways(self.trace, join)
        return Share(block, self.trace.steps[join.step].name, norm(read[shortcut]), norm(read[main]), norm(made))

    def _shares_of_a_pass(self, joins: list[tuple[Join, str]], wanted: set[int]) -> tuple[Share, ...]:
        """No tensor is kept for longer than until the addition that reads it."""
        last_read = {index: max(join.step for join, _ in joins if index in (*self.trace.steps[join.step].reads, join.step)) for index in wanted}  # fmt: skip
        waiting: dict[int, Tensor] = {}
        found: dict[int, Share] = {}
        by_step = {join.step: (join, block) for join, block in joins}

        def visit(index: int, tensor: Tensor) -> None:
            if index in wanted:
                waiting[index] = tensor.clone()
            if index in by_step:
                join, block = by_step[index]
                step = self.trace.steps[index]
                read = self._cut_operands(index, [waiting[one] for one in step.reads])
                main, shortcut = joining.ways(self.trace, join)
                found[index] = Share(block, step.name, norm(read[shortcut]), norm(read[main]), norm(tensor))
                for one in [one for one in waiting if last_read[one] <= index]:
                    del waiting[one]

        self._run([0, *wanted], visit)
        return tuple([found[join.step] for join, _ in joins])

    def _operands(self, index: int) -> tuple[list[Tensor], Tensor]:
        """What a step is given, where something is cut the rest of it, and what it makes."""
        step = self.trace.steps[index]
        found = self._values([index, *step.reads])
        return self._cut_operands(index, [found[read] for read in step.reads]), found[index]

    def _cut_operands(self, index: int, read: list[Tensor]) -> list[Tensor]:
        for cut in self.cuts:
            if cut.step == index and cut.operand is not None:
                read[cut.operand] = replaced(read[cut.operand], cut.instead)
        return read

    # ---- one number taken apart ------------------------------------------------------------------------------------

    def apart(
        self, step: str | Step | Cell, channel: int | None = None, row: int | None = None, column: int | None = None
    ) -> Apart:
        """One number as the sum that it is: each cell that was read, its weight, their product; the largest first.

        A step's number is asked by ``channel``, ``row`` and ``column``, a vector's by ``channel``; a cell that another
        number read is asked by itself: ``seen.apart(found.terms[0].cell)``. The sum is the very number in the tensor, or
        :class:`LookError` says why it cannot be told, as for a kind of step that is not known.

        >>> import torch
        >>> import resnet_viz as rv
        >>> seen = rv.look("cifar_resnet20:blocks=1,1,1@32", torch.rand(3, 32, 32))
        >>> found = seen.apart("layer2.0.conv1", 5, 0, 0)
        >>> found.summary.partition(";")[0]  # 16 channels of 3×3; at the corner 5 of the 9 lie in the padding
        '144 products, 80 of padding'
        >>> abs(found.total - found.cell.value) < 1e-5
        True
        """
        if isinstance(step, Cell):
            step, (channel, row, column) = step.step, (*step.at, *(None,) * (3 - len(step.at)))
        found = self.step(step)
        index = checked_index(found, (channel, row, column))
        read, made = self._operands(found.index)
        value = float(made[0][index])
        cut = next((cut for cut in self.cuts if cut.step == found.index and index[0] in cut.channels), None)
        if cut is not None:
            return Apart(Cell(found.name, index, value), found.kind, cut.what, (), None, value)
        at = At(
            found,
            index,
            tuple([tensor[0] for tensor in read]),
            tuple([self.trace.steps[one].name for one in found.reads]),
            self._module(found),
            self._runner.training,
        )
        return take_apart(at, value)

    def way_back(
        self, step: str | Step | Cell, channel: int | None = None, row: int | None = None, column: int | None = None
    ) -> tuple[Apart, ...]:
        """From a number to the image: always on to the cell of the largest product, as far as steps are taken apart."""
        found = [self.apart(step, channel, row, column)]
        while found[-1].terms and (largest := found[-1].terms[0].cell) is not None:
            try:
                found.append(self.apart(largest))
            except LookError:
                break
        return tuple(found)

    def _module(self, step: Step) -> nn.Module | None:
        """The module that a step is the call of, where it has one of its name."""
        try:
            return self.subject.module.get_submodule(step.name.partition("#")[0])
        except AttributeError:
            return None

    # ---- where a class is seen -------------------------------------------------------------------------------------

    def cam(self, index: int | None = None, step: str | Step | None = None) -> Cam:
        """Where the class of number ``index`` is seen, by default that of the highest score: Grad-CAM at ``step``.

        By default at the last map before the classifier; ``Cam.why`` says which that is, and why.

        >>> import torch
        >>> import resnet_viz as rv
        >>> seen = rv.look("cifar_resnet20:blocks=1,1,1@32", torch.rand(3, 32, 32))
        >>> found = seen.cam()
        >>> found.step, found.map.shape
        ('layer3.0.relu2', torch.Size([32, 32]))
        """
        scores = self.scores
        if scores is None:
            raise LookError(
                "cam", self.subject.name, "its network returns no scores of classes", "use a network that does"
            )
        if index is None:
            index = int(scores.argmax())
        check_whole("index", index, 0, len(scores) - 1)
        at, why = last_map(self.trace) if step is None else checked_map(self.step(step))
        start = self._runner.near(at.index).start - 1
        read = self._values([at.index, *([start] if start >= 0 else [])])
        cells, weights = cam(self._runner, at, read[at.index], read.get(start), self.cuts, index)
        names = self.subject.classes
        name = names[index] if index < len(names) else f"class {index}"
        return Cam(index, name, float(scores[index]), at.name, why, on_image(cells, self.picture.size), cells, weights)

    # ---- without a part --------------------------------------------------------------------------------------------

    def without(
        self,
        *,
        residual: str | Step | None = None,
        shortcut: str | Step | None = None,
        channel: tuple[str, int | Sequence[int]] | None = None,
        instead: str = "zero",
    ) -> Activations:
        """The same image without a block's ``residual`` or ``shortcut``, or without a step's ``channel``.

        ``instead`` of it come zeros, or with "mean" each channel's mean over the map. What is returned can be cut further;
        this one stays as it is.

        >>> import torch
        >>> import resnet_viz as rv
        >>> seen = rv.look("cifar_resnet20:blocks=1,1,1@32", torch.rand(3, 32, 32))
        >>> cut = seen.without(residual="layer2.0").without(channel=("conv1", 3))
        >>> cut.said[-2:]
        ('cut: the residual of layer2.0 is 0', 'cut: channel 3 of conv1 is 0')
        >>> torch.equal(cut.maps("layer2.0.add"), cut.maps("layer2.0.shortcut"))
        True
        """
        how = check_instead(instead)
        asked = [name for name, given in (("residual", residual), ("shortcut", shortcut), ("channel", channel)) if given is not None]  # fmt: skip
        if len(asked) != 1:
            raise InputError("without", asked, "takes one of residual, shortcut and channel", "cut the others from what it returns")  # fmt: skip
        if channel is not None:
            name, numbers = named_channels(channel)
            step = self.step(name)
            cut = channel_cut(step, numbers, self._runner.refuse(step), how)
        else:
            where = residual if residual is not None else shortcut
            assert where is not None
            join, block = joining.residual(self.trace, where)
            main, other = joining.ways(self.trace, join)
            operand = main if residual is not None else other
            cut = operand_cut(self.trace.steps[join.step], operand, asked[0], block, how)
        before = min(self._runner.near(cut.step).start, cut.step)
        kept = Kept(self._kept.most)
        for index in [index for index in self._kept.tensors if index < before]:
            kept.put(index, self._kept.tensors[index])
        return Activations(
            self.subject, self.picture, self._runner, kept, (*self.cuts, cut), self.progress, self._stamp
        )

    # ---- passes ----------------------------------------------------------------------------------------------------

    def _first_pass(self) -> None:
        """Everything where it is small; else what each link of the network makes, where a later pass can begin."""
        end = len(self.trace.steps) - 1
        if end in self._kept or self.trace.returned[0] in self._kept:
            return
        whole = sum(step.output_bytes for step in self.trace.steps) <= self._kept.most
        start = (
            self.cuts[-1].step if self.cuts else 0
        )  # before it everything is as it was, and kept where there was room
        self._run(
            [start, end], self._keep(lambda index: whole or self._runner.begins_after(index) or index in (0, end))
        )

    def _keep(self, wants: Callable[[int], bool]) -> Callable[[int, Tensor], None]:
        def visit(index: int, tensor: Tensor) -> None:
            if wants(index):
                self._kept.put(index, tensor.clone())

        return visit

    def _values(self, wanted: Sequence[int]) -> dict[int, Tensor]:
        """The numbers of these steps, with the batch's axis; what lies beside them is kept too where there is room."""
        with self._runner.lock:
            return self._values_now(wanted)

    def _values_now(self, wanted: Sequence[int]) -> dict[int, Tensor]:
        found = {index: tensor for index in wanted if (tensor := self._kept.get(index)) is not None}
        missing = [index for index in wanted if index not in found]
        if missing:
            room, also = self._kept.most // 2, set[int]()
            for index in sorted(self._runner.near(max(missing)), key=lambda one: abs(one - max(missing))):
                room -= self.trace.steps[index].output_bytes
                if room < 0:
                    break
                also.add(index)

            def visit(index: int, tensor: Tensor) -> None:
                if index in missing:
                    found[index] = tensor.clone()
                elif index in also and index not in self._kept:
                    self._kept.put(index, tensor.clone())

            self._run(missing, visit)
            for index in missing:
                if index not in found:
                    raise LookError("step", self.trace.steps[index].name, "was not run", "look at another step")
                self._kept.put(index, found[index])
        return found

    def _run(self, wanted: Collection[int], visit: Callable[[int, Tensor], None]) -> None:
        if _Stamp.of(self.subject.module) != self._stamp:
            raise LookError(
                "network", self.subject.name, "has other weights than when it was looked into", "look again"
            )
        self._runner.run(self._kept, wanted, visit, self.cuts, self.progress)
