"""A norm that is given one value, or another number of channels."""

from __future__ import annotations

from math import gcd

from ...steps import Norm
from ...wording import plural
from .entry import Cause, Entry, Found, Told, names, shape, sides

_MOST_GROUPS = 1024  # that are tried for a better number
_USUAL_GROUPS = 32  # 1803.08494


def _one_value(found: Found) -> Told | None:
    given = found.shape("given")
    if not given:
        return None
    says = f"A batch norm in training got one value a channel: {sides(given)}. The variance of one value is 0, so nothing could be told apart."
    last = Cause(
        "The batch is 1: often the last batch, which holds what is left over.",
        "Leave the incomplete batch out, or use a batch of 2 or more.",
        "DataLoader(dataset, batch_size, shuffle=True, drop_last=True)",
    )
    run = Cause("Where you mean to predict and not to train:", "switch to evaluation first.", "model.eval()")
    causes = [last, run]
    if "in replica" in found.text:
        causes.insert(
            0,
            Cause(
                "DataParallel splits the batch over the GPUs, and one of them got one image.",
                "Use a batch of at least two images a GPU, and leave incomplete batches out.",
                "DataLoader(dataset, batch_size=2 * torch.cuda.device_count(), drop_last=True)",
            ),
        )
    if len(given) > 2:
        causes.append(
            Cause("The map, 1×1 here, is pooled too early:", "use a larger input, or group norm.", f"nn.GroupNorm({gcd(_USUAL_GROUPS, given[1])}, {given[1]})")
        )  # fmt: skip
    trace = found.trace
    steps = [s for s in trace.steps if isinstance(s.op, Norm) and s.output[1:] == given[1:]] if trace else []
    return Told(says, tuple(causes), names(steps))


def _one_place(found: Found) -> Told | None:
    given = found.shape("given")
    if not given:
        return None
    return Told(
        f"An instance norm in training got one place a channel: {sides(given)}.",
        (
            Cause("The map is 1×1, so each channel has one value and its variance is 0.", "Use a larger input, or no instance norm after the global pool.", "nn.GroupNorm(1, num_channels)"),
        ),
    )  # fmt: skip


def _channels(found: Found) -> Told | None:
    given, own = found.number("given"), found.number("own")
    if given is None or own is None:
        return None
    says = f"A norm for {plural(own, 'channel')} got a tensor of {given:,}."
    causes = (
        Cause(
            "It was not built for the conv before it.",
            "Give the norm the output channels of the conv before it.",
            f"nn.BatchNorm2d({given})",
        ),
        Cause("The conv is what is wrong:", f"let it give {plural(own, 'channel')}.", f"nn.Conv2d(in_channels, {own}, kernel_size)"),
    )  # fmt: skip
    trace = found.trace
    steps = [step for step in trace.steps if isinstance(step.op, Norm) and step.output[1] == own] if trace else []
    return Told(says, causes, names(steps))


def _group(found: Found) -> Told | None:
    given, groups, channels = found.shape("given"), found.number("groups"), found.number("channels")
    if channels is None:
        channels = given[1] if len(given) > 1 else None
    if channels is None:
        return Told("A group norm gives each group as many channels as the others, and these do not divide.", (Cause("num_channels is no multiple of num_groups.", "Use a number of groups that divides the channels.", "nn.GroupNorm(1, num_channels)"),))  # fmt: skip
    if not groups:
        return None
    best = (
        next(count for count in range(min(groups, channels, _MOST_GROUPS), 0, -1) if channels % count == 0)
        if channels
        else 1
    )
    return Told(
        f"A group norm in {plural(groups, 'group')} got {plural(channels, 'channel')}, and these do not divide.",
        (
            Cause(
                f"{channels:,} is no multiple of {groups:,}.",
                "Use a number of groups that divides the channels.",
                f"nn.GroupNorm({best}, {channels})",
            ),
        ),
    )


def _layer(found: Found) -> Told | None:
    own, given = found.shape("own"), found.shape("given")
    if not own or not given:
        return None
    causes = [
        Cause(
            f"The last axes of the tensor are {sides(given[-len(own) :])}, and it was built for {sides(own)}.",
            "Give the norm the size of the last axes.",
            f"nn.LayerNorm({list(given[-len(own) :])})",
        )
    ]
    if len(given) == 4 and len(own) == 1 and given[1] == own[0]:
        causes.insert(
            0,
            Cause(
                f"The channels, {own[0]:,}, stand second and a layer norm takes the last axes.",
                "Bring the channels to the end and back.",
                "x = norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)",
            ),
        )
    return Told(f"A layer norm for {sides(own)} got a tensor of {sides(given)}.", tuple(causes))


_N = r"\d{1,12}"
ENTRIES = (
    Entry("one value", _one_value, ((rf"Expected more than 1 value per channel when training, got input size {shape('given')}", "0.3–"),)),
    Entry("one place", _one_place, ((rf"Expected more than 1 spatial element when training, got input size {shape('given')}", "1.4–"),)),
    Entry("norm", _channels, ((rf"(?:running_mean|running_var|weight|bias) should contain (?P<given>{_N}) elements not (?P<own>{_N})", "0.3–"), (rf"Expected (?:weight|bias) to be a vector of size equal to the number of channels in input, but got (?:weight|bias) of shape \[(?P<own>{_N})\] and input of shape \[\d{{1,12}}, (?P<given>{_N})", "1.4–"))),
    Entry(
        "group norm",
        _group,
        (
            (rf"Expected number of channels in input to be divisible by num_groups, but got input of shape {shape('given')} and num_groups=(?P<groups>{_N})", "0.4–"),
            (rf"num_channels(?: \((?P<channels>{_N})\))? must be divisible by num_groups(?: \((?P<groups>{_N})\))?", "1.8–"),
        ),
    ),
    Entry("layer norm", _layer, ((rf"Given normalized_shape={shape('own')}, expected input with shape \[\*?,? ?[\d, ]{{1,60}}\], but got input of size ?{shape('given')}", "0.4–"),)),
)  # fmt: skip
