"""A loss whose target does not fit the output: another batch, a class that does not exist, another shape."""

from __future__ import annotations

from math import isqrt

from ...steps import Linear, Trace
from ...wording import plural
from .entry import Cause, Entry, Found, Told, shape, sides

_IGNORED = 255  # in masks of segmentation the border, by custom
_FLATTEN = "x = torch.flatten(x, 1)"
_ASSERT = "assert 0 <= target.min() and target.max() < output.shape[1]"


def _batch(found: Found) -> Told | None:
    given, wanted = found.number("given"), found.number("wanted")
    if given is None or wanted is None:
        return None
    says = f"The network's output has {plural(given, 'row')} and the target {plural(wanted, 'label')}; there must be one label for each."
    return Told(says, tuple(_rows(given, wanted, found.trace)))


def _rows(given: int, wanted: int, trace: Trace | None) -> list[Cause]:
    if wanted and given % wanted == 0 and given > wanted:
        times = given // wanted
        side = isqrt(times)
        cells = f"{side}·{side}" if side * side == times and side > 1 else f"{times:,}"
        view = Cause(
            f"{given:,} = {wanted:,}·{cells}: each image became {plural(times, 'row')}. A view or reshape with -1 in front moved "
            f"{'the cells of a map of ' + f'{side}×{side}' if side * side == times and side > 1 else 'a part of the image'} into the batch: the "
            "input has another size than the code reckons with.",
            "Flatten all axes but the batch, and pool the map so that the input's size does not matter.",
            "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)",
        )
        folded = Cause(
            "Crops or frames were folded into the batch:",
            "average the outputs of each image.",
            f"output = output.view({wanted}, {times}, -1).mean(1)",
        )
        return [view, folded]
    if given and wanted % given == 0 and wanted > given:
        times = wanted // given
        merged = Cause(
            f"All {wanted:,} images became one row: a view(1, -1), a flatten(0) or an unsqueeze(0) took the batch in.",
            "Keep the batch when you flatten.",
            _FLATTEN,
        )
        return [
            *([merged] if given == 1 else []),
            Cause(
                f"{wanted:,} = {given:,}·{times:,}: the target is one-hot or has several numbers an image, or images were merged by a "
                "view with -1 in front.",
                "Give one class number an image; and flatten by the batch.",
                "target = target.argmax(1)" if times > 1 else _FLATTEN,
            ),
            Cause("A view merged several images into one row:", "keep the batch when you flatten.", _FLATTEN),
        ]
    return [
        Cause(
            "They come from different batches, or a view with -1 in front changed the number of rows.",
            "Flatten all axes but the batch, and take output and target from one batch.",
            _FLATTEN,
        )
    ]


def _classes(trace: Trace | None) -> int | None:
    heads = [step for step in trace.steps if isinstance(step.op, Linear)] if trace else []
    return heads[-1].output[-1] if heads else None


def _out_of_range(found: Found) -> Told | None:
    target = found.number("target")
    classes = _classes(found.trace)
    if target is None:
        return None
    if target < 0:
        return Told(
            f"A label is {target}, and classes are counted from 0.",
            (
                Cause("Negative labels often mean “none”.", "Tell the loss to leave them out.", f"nn.CrossEntropyLoss(ignore_index={target})"),
                Cause("The labels are -1 and 1:", "count from 0.", "target = (target > 0).long()"),
            ),
        )  # fmt: skip
    if target == _IGNORED:
        return Told(
            f"A label is {target}, and the network has fewer classes.",
            (
                Cause("In masks 255 marks the border or what is not labelled, or white in a mask of black and white.", "Tell the loss to leave it out.", "nn.CrossEntropyLoss(ignore_index=255)"),
                Cause("Where 255 is the white of a mask of two classes:", "make it class 1.", "target = (target > 127).long()"),
            ),
        )  # fmt: skip
    known = (
        f"and this network has {plural(classes, 'class', 'classes')}"
        if classes
        else f"so the network has at most {target:,}"
    )
    says = f"A label is {target:,}; with n classes labels run from 0 to n − 1, {known}."
    if target == 1 and classes in (None, 1):
        return Told(
            says,
            (
                Cause("The network has one output, and this loss wants one for each of two classes.", "Use the loss for one output; or give the head two.", "loss = nn.BCEWithLogitsLoss()(output.squeeze(1), target.float())"),
                Cause("The head is to have two classes:", "give it two outputs.", "model.fc = nn.Linear(model.fc.in_features, 2)"),
            ),
        )  # fmt: skip
    off = Cause(
        f"{target:,} classes counted from 1 end at {target:,}: the labels begin at 1."
        if classes is None or classes == target
        else "The labels begin at 1, or are not class numbers.",
        "Count the labels from 0.",
        "target = target - 1",
    )
    few = Cause(
        f"The network lacks classes: for this label it needs at least {target + 1:,}.",
        "Give the head as many outputs as there are classes.",
        f"model.fc = nn.Linear(model.fc.in_features, {target + 1})",
    )
    wrong = classes is not None and classes != target
    return Told(says, (few, off) if wrong else (off, few))


def _on_the_gpu(found: Found) -> Told | None:
    return Told(
        "On the GPU a kernel met a label or an index outside of its range; what is reported after it, and where, may be wrong.",
        (
            Cause("A label is negative, or as large as the number of classes or larger: labels run from 0 to n − 1.", "Check the labels against the outputs; count them from 0.", _ASSERT),
            Cause("A mask holds 255:", "tell the loss to leave it out.", "nn.CrossEntropyLoss(ignore_index=255)"),
            Cause("To see where it was,", "run it on the processor, or wait for each kernel.", "CUDA_LAUNCH_BLOCKING=1 python train.py"),
        ),
    )  # fmt: skip


def _index(found: Found) -> Told | None:
    index, size = found.number("index"), found.number("size")
    says = "An index is as large as its table or larger, or negative."
    if index is not None and size is not None:
        says = f"Index {index:,} was asked for of {size:,}, which are counted from 0 to {size - 1:,}."
    return Told(
        says,
        (
            Cause("A table, such as an embedding, has fewer rows than the largest index + 1, or the indices begin at 1.", "Give it as many rows as there are values, or count from 0.", "nn.Embedding(num_embeddings=int(x.max()) + 1, embedding_dim=dim)"),
        ),
    )  # fmt: skip


def _one_hot(found: Found) -> Told | None:
    return Told(
        "one_hot met a label as large as num_classes or larger.",
        (Cause("Labels run from 0 to num_classes − 1: they begin at 1, or there are more classes.", "Count from 0.", "F.one_hot(target - 1, num_classes)"),),
    )  # fmt: skip


def _axes(found: Found) -> Told | None:
    axes = found.number("axes") or len(found.shape("given"))
    hot = Cause(
        "The target has an axis too many: N×1, or one-hot, where one class number an image is meant.",
        "Take the axis away; of one-hot take the place of the 1.",
        "target = target.squeeze(1)",
    )
    if not axes:
        return Told("The loss wants one class number an image (N), and got a target of more axes.", (hot, _ARGMAX))
    says = f"The loss wants a class number for each pixel (N×H×W), and the target has {plural(axes, 'axis', 'axes')}."
    if axes == 1:
        return Told(
            says,
            (
                Cause("The output is still a map: the pool and the flatten before the head are missing.", "Pool and flatten before the head.", "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)"),
            ),
        )  # fmt: skip
    last = found.shape("given")
    if axes == 4 and last and last[-1] in (3, 4):
        return Told(
            says,
            (
                Cause(
                    "The mask was opened in colour.",
                    "Open it in one channel of class numbers.",
                    'mask = mask.convert("L")',
                ),
            ),
        )
    return Told(
        says,
        (
            Cause("The mask has a channel axis, N×1×H×W.", "Take it away.", "target = target.squeeze(1).long()"),
            Cause("It is one-hot or in colour:", "take the class of each pixel.", "target = target.argmax(1)"),
        ),
    )  # fmt: skip


_ARGMAX = Cause("Where it is one-hot:", "take the place of the 1.", "target = target.argmax(1)")


def _spatial(found: Found) -> Told | None:
    output, target = found.shape("output"), found.shape("target")
    if not output or not target:
        return None
    if len(output) == 2:  # a loss of classes, and no mask
        if output[0] != target[0]:
            return Told(f"The output is {sides(output)} and the target {sides(target)}.", tuple(_rows(output[0], target[0], found.trace)))  # fmt: skip
        return Told(f"The output is {sides(output)} and the target {sides(target)}.", (Cause("The target has an axis too many; one class number an image is meant.", "Take the axis away.", "target = target.squeeze(1)"), _ARGMAX))  # fmt: skip
    return Told(
        f"The output is {sides(output)} and the mask {sides(target)}.",
        (
            Cause("The mask has another size than the map of classes: the network's output is smaller than its input, or the two were resized differently.", "Bring the output to the mask's size.", "output = F.interpolate(output, size=target.shape[-2:], mode='bilinear')"),
        ),
    )  # fmt: skip


def _binary(found: Found) -> Told | None:
    target, output = found.shape("target"), found.shape("output")
    says = f"The loss compares number by number, and the output is {sides(output)} and the target {sides(target)}."
    if len(output) == 2 and output[-1] == 1 and len(target) == 1:
        cause = Cause("The output has an axis of 1 that the target lacks.", "Take it away, or add it to the target.", "loss = criterion(output.squeeze(1), target.float())")  # fmt: skip
    elif len(output) == len(target) == 2 and target[-1] == 1 < output[-1] and output[0] == target[0]:
        cause = Cause(f"The output has {plural(output[1], 'class', 'classes')} an image and the target one number.", "Use the loss for classes; or, for yes or no, give the head one output.", "loss = nn.CrossEntropyLoss()(output, target.squeeze(1).long())")  # fmt: skip
    elif len(output) == 2 and len(target) == 1:
        cause = Cause(f"The output has {plural(output[1], 'class', 'classes')} an image and the target is class numbers.", "Use the loss for classes.", "criterion = nn.CrossEntropyLoss()")  # fmt: skip
    else:
        cause = Cause("They must be equal.", "Give both one shape.", "loss = criterion(output, target.view_as(output).float())")  # fmt: skip
    return Told(says, (cause,))


def _unit(found: Found) -> Told | None:
    return Told(
        "BCELoss wants numbers from 0 to 1, and got others.",
        (
            Cause(
                "The output has not passed a sigmoid, or is NaN.",
                "Use the loss that contains it.",
                "criterion = nn.BCEWithLogitsLoss()",
            ),
        ),
    )


def _weights(found: Found) -> Told | None:
    return Told(
        "The loss's weights are not one for each class.",
        (
            Cause(
                "weight= has another length than the output has classes.",
                "Give one number a class.",
                "nn.CrossEntropyLoss(weight=torch.ones(num_classes))",
            ),
        ),
    )


_N = r"\d{1,12}"
ENTRIES = (
    Entry("rows and labels", _batch, ((rf"Expected input batch_size \((?P<given>{_N})\) to match target batch_size \((?P<wanted>{_N})\)", "0.3–, torch.compile"),)),
    Entry("label", _out_of_range, ((r"Target (?P<target>-?\d{1,15}) is out of bounds", "1.5–"),)),
    Entry(
        "label on the GPU",
        _on_the_gpu,
        (
            (r"Assertion ?[`'‘]?(?:cur_target|t|target_val|target|label\[i\]) ?>= ?0 ?&& ?(?:cur_target|t|target_val|target|label\[i\]) ?< ?\(?(?:n_classes|num_classes|nClasses)\)?", "0.3–"),
            (r"Assertion ?[`'‘]?(?:srcIndex < srcSelectDimSize|index >= -sizes\[i\] && index < sizes\[i\]|idx_dim >= 0 && idx_dim < index_size|-sizes\[i\] <= index && index < sizes\[i\])", "0.3–"),
        ),
    ),
    Entry("device-side assert", _on_the_gpu, ((r"device-side assert(?: triggered)?", "0.3–"), (r"CUBLAS_STATUS_INVALID_VALUE", "1.0–"), (r"an illegal memory access was encountered", "0.3–"), (r"CUDA error: unspecified launch failure", "0.3–")), vague=True),
    Entry("index", _index, ((r"index out of range in self", "1.5–"), (r"index out of range at /[\w./-]{1,120}", "0.3–1.4"), (r"index (?P<index>-?\d{1,15}) is out of bounds for dimension \d with size (?P<size>\d{1,15})", "0.4–"))),
    Entry("loss's weights", _weights, ((r"weight tensor should be defined either for all", "0.3–"),)),
    Entry("one-hot", _one_hot, ((r"Class values must be smaller than num_classes", "1.1–"),)),
    Entry(
        "target's axes",
        _axes,
        (
            (r"(?:0D or )?1D target tensor expected, multi-target not supported", "1.3–"),
            (r"multi-target not supported", "0.3–1.2"),
            (rf"only batches of spatial targets supported \((?:non-empty )?3D tensors\) but got targets of (?:dimension: (?P<axes>\d)|size:? ?:? ?{shape('given')})", "0.3–"),
        ),
    ),
    Entry(
        "mask's size",
        _spatial,
        (
            (rf"size mismatch \(got input: ?{shape('output')} ?, target: ?{shape('target')}", "1.10–"),
            (rf"input and target batch or spatial sizes don't match: target {shape('target')}, input {shape('output')}", "0.3–1.9"),
        ),
    ),
    Entry(
        "target's shape",
        _binary,
        (
            (rf"Target size \({shape('target')}\) must be the same as input size \({shape('output')}\)", "0.3–"),
            (rf"Using a target size \({shape('target')}\) that is different to the input size \({shape('output')}\)", "0.3–"),
        ),
    ),
    Entry("probabilities", _unit, ((r"all elements of input should be between 0 and 1", "1.2–"), (r"Assertion ?[`']?(?:input_val >= zero && input_val <= one|x >= 0\. && x <= 1\.)", "0.3–"))),
)  # fmt: skip
