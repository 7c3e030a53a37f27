"""load_state_dict: why the names of a file and of a network differ, read off the names alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from ...wording import plural, some
from .entry import Cause
from .state_shapes import HEADS, is_head

_MOST_DEPTH = 5  # components of a prefix
_COPIES = 4  # of one network, as of a student and a teacher
_WRAPPERS = {
    "module.": "nn.DataParallel or DistributedDataParallel put it there",
    "_orig_mod.": "torch.compile put it there",
    "module._orig_mod.": "torch.compile and DataParallel put it there",
    "model.": "a class that keeps the network as self.model, such as one of Lightning, put it there",
}
WEIGHTS_KEYS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "params_ema", "model_ema", "state_dict_ema", "ema", "state", "net_state_dict", "module", "teacher", "student", "classy_state_dict", "generator")  # fmt: skip
_OTHER_KEYS = ("optimizer", "optimizer_state_dict", "optimizer_state", "optim", "opt", "epoch", "epochs", "lr_scheduler", "scheduler", "scheduler_state_dict", "loss", "best_acc1", "best_acc", "acc", "accuracy", "arch", "args", "config", "cfg", "hyper_parameters", "hparams", "callbacks", "global_step", "step", "iteration", "pytorch-lightning_version", "loops", "meta", "scaler", "amp", "version", "lr_schedulers", "best_prec1", "iter")  # fmt: skip
_COUNTER = "num_batches_tracked"
_FIRST_NAMES = (
    "conv1.weight",
    "features.0.weight",
    "features.conv0.weight",
    "conv1.0.weight",
)  # the first names of torchvision's networks
_ENOUGH = 0.5  # of the names must agree, or they are no prefix's


def name_causes(missing: list[str], unexpected: list[str]) -> list[Cause]:
    """Why the names differ, likeliest first; [] where they do not."""
    if not missing and not unexpected:
        return []
    if all(name.endswith(_COUNTER) for name in missing + unexpected):
        return [_counters(bool(unexpected))]
    plain = [name for name in unexpected if not name.endswith(_COUNTER)]
    lacked = [name for name in missing if not name.endswith(_COUNTER)]
    for reason in (_wrapped_dict, _renamed, _prefix, _first_name):
        if causes := reason(missing, unexpected):
            return causes
    for reason in (_stem, _heads, _depth, _only_one_side):
        if causes := reason(lacked, plain):
            return causes
    return [another(unexpected)] if lacked and plain else []


def _counters(in_file: bool) -> Cause:
    return Cause(
        "These are the batch norms' counters, which PyTorch has had since 0.4.1; "
        + ("this network or PyTorch is older and has none. " if in_file else "the file is from an older version. ")
        + "They are harmless: no output depends on them.",
        "Load without them.",
        "model.load_state_dict(state, strict=False)",
    )


def _wrapped_dict(missing: list[str], unexpected: list[str]) -> list[Cause]:
    """The dict around the weights was given, not the weights."""
    tops = [name for name in unexpected if name in WEIGHTS_KEYS or name in _OTHER_KEYS]
    if not missing or not unexpected or 2 * len(tops) < len(unexpected):
        return []
    holding = next((name for name in WEIGHTS_KEYS if name in tops), None)
    if holding is None:
        return [
            Cause(
                f"The file is a whole checkpoint, of which {some(tops)} are parts, and its weights are not among the names told.",
                "Look which of its entries holds the weights.",
                "print(checkpoint.keys())",
            )
        ]
    return [
        Cause(
            f"The file is a whole checkpoint ({some(tops)}), and the weights are its entry “{holding}”.",
            "Give load_state_dict that entry.",
            f'model.load_state_dict(checkpoint["{holding}"])',
        )
    ]


def _prefixes(of: Iterable[str]) -> list[str]:
    """Beginnings that a good part of the names share, since a file may hold several copies of a network; "" first."""
    names_ = list(of)
    counted: Counter[str] = Counter()
    for name in names_:
        at = -1
        for _ in range(_MOST_DEPTH):
            at = name.find(".", at + 1)
            if at < 0:
                break
            counted[name[: at + 1]] += 1
    often = [prefix for prefix, count in counted.most_common() if _COPIES * count >= len(names_)]
    return ["", *often][:16]


def _prefix(missing: list[str], unexpected: list[str]) -> list[Cause]:
    """One side's names are the other's under a prefix."""
    if not missing or not unexpected:
        return []
    best, agreeing = ("", ""), 0
    for file_prefix in _prefixes(unexpected):
        stripped = {name.removeprefix(file_prefix) for name in unexpected if name.startswith(file_prefix)}
        for own_prefix in _prefixes(missing):
            if not (file_prefix or own_prefix):
                continue
            same = sum(name.startswith(own_prefix) and name[len(own_prefix) :] in stripped for name in missing)
            if same > agreeing:
                best, agreeing = (file_prefix, own_prefix), same
    smaller = min(len(missing), len(unexpected))
    only_heads = agreeing < len(missing) and all(map(is_head, [*missing, *unexpected]))
    if only_heads or agreeing < max(1, _ENOUGH * smaller):
        return []
    file_prefix, own_prefix = best
    left = len(missing) - agreeing
    agree = f"All {len(missing):,} names agree" if not left else f"{agreeing:,} of {len(missing):,} names agree"
    others = len(unexpected) - agreeing
    whole = any(map(_IN_A_BLOCK.search, missing))
    whole = whole and not _IN_A_BLOCK.search(
        file_prefix + "."
    )  # else other names of the file are the network's as they are
    keep = f' for name, value in state.items() if name.startswith("{file_prefix}")' if others and file_prefix and whole else " for name, value in state.items()"  # fmt: skip
    if file_prefix and not own_prefix:
        who = _WRAPPERS.get(file_prefix, "it is the part of a larger network that the file holds")
        why = f"The file's names begin with “{file_prefix}”: {who}. {agree} without it."
        fix, new = "Strip the prefix.", f'name.removeprefix("{file_prefix}")'
    elif own_prefix and not file_prefix:
        who = _WRAPPERS.get(own_prefix, "there the network is a part of a larger one")
        why = f"The network's names begin with “{own_prefix}”: {who}. {agree} with it."
        inner = own_prefix.rstrip(".")
        return [
            Cause(why, "Load into the network inside.", f"model.{inner}.load_state_dict(state)"),
            Cause("The other way round:", "add the prefix.", f'model.load_state_dict({{"{own_prefix}" + name: value for name, value in state.items()}})'),
        ]  # fmt: skip
    else:
        why = f"The file's names begin with “{file_prefix}” and the network's with “{own_prefix}”. {agree} behind them."
        fix = "Replace the prefix, and leave the other names as they are."
        new = f'("{own_prefix}" + name.removeprefix("{file_prefix}") if name.startswith("{file_prefix}") else name)'
        keep = " for name, value in state.items()"
    strict = ", strict=False" if left or (others and not (file_prefix and whole and not own_prefix)) else ""
    found = [Cause(why, fix, f"model.load_state_dict({{{new}: value{keep}}}{strict})")]
    if left:
        rest = [name for name in missing if name[len(own_prefix) :] not in {n.removeprefix(file_prefix) for n in unexpected}]  # fmt: skip
        found.append(Cause(f"Then {plural(left, 'name')} remain{'s' if left == 1 else ''} without weights: {some(rest)}.", "Train what is left, such as a head of your own.", "print(model.load_state_dict(state, strict=False))"))  # fmt: skip
    return found


_MOST_RENAMED, _MOST_ALIKE, _NEARLY_ALL = 6, 8, 0.9
_IN_A_BLOCK = re.compile(r"\.\d{1,4}\.[a-z]")
_GATE = re.compile(
    r"\.\d{1,4}\.(?:\w{1,20}\.){0,2}(?:se|se_module|se_layer|cbam|eca|gate|attn|ca|sa|gc|context_block\w{0,4}|fc[12])\."
)


def _renamed(missing: list[str], unexpected: list[str]) -> list[Cause]:
    """Words of names differ, such as a block's ``shortcut`` for its ``downsample``."""
    missing, unexpected = ([name for name in of if not name.endswith(_COUNTER)] for of in (missing, unexpected))
    if not missing or not unexpected or all(map(is_head, [*missing, *unexpected])):
        return []
    own: dict[tuple[str, str], dict[str, None]] = {}
    for name in missing:
        for before, word, after in _middles(name):
            own.setdefault((before, after), {})[word] = None
    pairs: Counter[tuple[str, str]] = Counter()
    for name in unexpected:
        for before, word, after in _middles(name):
            likely = list(own.get((before, after), ()))[:_MOST_ALIKE]
            pairs.update((word, other) for other in likely if word[-1:].isdigit() <= (word[-1:] == other[-1:]))
    chosen: dict[str, str] = {}
    for (old, new), _ in pairs.most_common(4 * _MOST_RENAMED):
        if len(chosen) < _MOST_RENAMED and old not in chosen and new not in chosen.values() and old != new:
            chosen[old] = new
    lacked = set(missing)
    agreeing = sum(".".join(chosen.get(word, word) for word in name.split(".")) in lacked for name in unexpected)
    if len(chosen) == 1 and all(name.startswith(f"{next(iter(chosen))}.") for name in unexpected):
        return []  # a prefix
    if not chosen or any(word.isdigit() for word in chosen) or agreeing < _NEARLY_ALL * max(len(missing), len(unexpected)):  # fmt: skip
        return []
    told = " and ".join(f"“{old}” where the network says “{new}”" for old, new in chosen.items())
    words = ", ".join(f'"{old}": "{new}"' for old, new in chosen.items())
    return [
        Cause(
            f"The file's names say {told}: {agreeing:,} of {len(missing):,} names agree then. It is another code's spelling of such a network.",
            "Rename them, and leave the other names as they are.",
            f'words = {{{words}}}; model.load_state_dict({{".".join(words.get(word, word) for word in name.split(".")): value for name, value in state.items()}})',
        )
    ]


def _middles(name: str) -> Iterator[tuple[str, str, str]]:
    """Each word but the last, with what stands before and after it."""
    words = name.split(".")[: 2 * _MOST_DEPTH]
    for at in range(len(words) - 1):
        yield ".".join(words[:at]), words[at], ".".join(words[at + 1 :])


def _first_name(missing: list[str], unexpected: list[str]) -> list[Cause]:
    """Up to 0.3 the first name that does not fit is told alone."""
    longest_first = sorted(_WRAPPERS, key=len, reverse=True)
    prefix = next((known for known in longest_first if unexpected and unexpected[0].startswith(known)), None)
    if not missing and len(unexpected) == 1 and unexpected[0] in _FIRST_NAMES:
        return [
            Cause(
                "It is the first name of the file, and none may be the network's: the network is wrapped, by nn.DataParallel or in a "
                "class of its own, so that its names begin with another word, such as “module.”.",
                "Load into the network inside.",
                "model.module.load_state_dict(state)",
            ),
            Cause("Where it is not wrapped, the network's parts have other names:", "compare the two.", "print(list(state)[:5], list(model.state_dict())[:5])"),
        ]  # fmt: skip
    if missing or prefix is None or not all(name.startswith(prefix) for name in unexpected):
        return []
    return [
        Cause(
            f"The file's names begin with “{prefix}”: {_WRAPPERS[prefix]}.",
            "Strip the prefix.",
            f'model.load_state_dict({{name.removeprefix("{prefix}"): value for name, value in state.items()}})',
        )
    ]


def _heads(missing: list[str], unexpected: list[str]) -> list[Cause]:
    """Only heads differ: another name, another depth, or none on one side."""
    if not all(map(is_head, missing)) or not all(map(is_head, unexpected)):
        return []
    if missing and unexpected:
        return [
            Cause(
                f"Only the head has another name or make-up: {some(unexpected)} in the file, {some(missing)} in the network.",
                "Build the head as the file has it; or load all but the head.",
                f"state = {{name: value for name, value in state.items() if not name.startswith({_stems(unexpected)})}}; model.load_state_dict(state, strict=False)",
            )
        ]
    if unexpected:
        return [
            Cause(
                f"The file has a head ({some(unexpected)}) and the network none.",
                "Leave the head out.",
                "model.load_state_dict(state, strict=False)",
            )
        ]
    return [
        Cause(
            f"The file has no head: {some(missing)} would keep the numbers that it began with.",
            "Load all the rest, then train the head.",
            "model.load_state_dict(state, strict=False)",
        )
    ]


_PLAIN_STEM = re.compile(r"(?:^|\.)conv1\.weight$")
_DEEP_STEM = re.compile(r"(?:^|\.)(?:conv1|stem)\.\d\.weight$")


def _stem(missing: list[str], unexpected: list[str]) -> list[Cause]:
    """One conv on one side, three on the other."""
    plain_file, deep_file = (any(map(of.search, unexpected)) for of in (_PLAIN_STEM, _DEEP_STEM))
    plain_own, deep_own = (any(map(of.search, missing)) for of in (_PLAIN_STEM, _DEEP_STEM))
    if not (plain_file and deep_own) and not (deep_file and plain_own):
        return []
    deep, plain = ("network", "file") if deep_own else ("file", "network")
    return [
        Cause(
            f"The {deep} has a deep stem, of several convs, where the {plain} has one.",
            "Build the network with the file's stem.",
            "resnet-viz check FILE",
        )
    ]


def _stems(of: list[str]) -> str:
    stems = tuple(dict.fromkeys(next(head for head in HEADS if head in name.split(".")) + "." for name in of))
    quoted = ", ".join(f'"{stem}"' for stem in stems)
    return f"({quoted})" if len(stems) > 1 else quoted


_BLOCK = re.compile(r"(?:^|\.)layer(\d)\.(\d{1,4})\.([\w.]{1,80})$")


def _depth(missing: list[str], unexpected: list[str]) -> list[Cause]:
    """Blocks that one side has more of, or of another sort."""
    more, fewer = ([_BLOCK.search(name) for name in names_] for names_ in (missing, unexpected))
    bottleneck = re.compile(r"layer\d\.0\.(?:conv3|bn3)\.")  # of a first block, which every depth has
    in_file, in_network = (any(bottleneck.search(name) for name in names_) for names_ in (unexpected, missing))
    if in_file and not in_network:
        return [_SORTS["file"]]
    if in_network and not in_file and any(match and int(match[2]) == 0 for match in more):
        return [_SORTS["network"]]
    found: list[Cause] = []
    for matches, side, other in ((more, "network", "file"), (fewer, "file", "network")):
        blocks = {(int(match[1]), int(match[2])) for match in matches if match}
        if (
            blocks
            and all(number > 0 for _, number in blocks)
            and sum(match is not None for match in matches) == len(matches)
        ):
            stages = sorted({stage for stage, _ in blocks})
            where = ", ".join(f"layer{s} to block {max(n for t, n in blocks if t == s)}" for s in stages)
            found.append(
                Cause(
                    f"The {side} is deeper than the {other}: it goes on in {where}.",
                    "Build the network of the file's depth.",
                    _of_depth(blocks, matches) if side == "file" else "resnet-viz check FILE",
                )
            )  # fmt: skip
    return found


def _of_depth(blocks: set[tuple[int, int]], matches: list[re.Match[str] | None]) -> str:
    """torchvision's network whose third stage ends with that block, where there is one alone."""
    last = max((number for stage, number in blocks if stage == 3), default=0)
    bottlenecks = any(match and match[3].startswith(("conv3.", "bn3.")) for match in matches)
    depth = {22: 101, 35: 152}.get(last) if bottlenecks else {5: 34}.get(last)
    return f"model = torchvision.models.resnet{depth}()" if depth else "resnet-viz check FILE"


_SORTS = {
    "file": Cause("The file is of bottlenecks (conv3, bn3), such as ResNet-50, and the network of basic blocks.", "Build the network that the file is of.", "model = torchvision.models.resnet50()"),
    "network": Cause("The network is of bottlenecks (conv3, bn3), such as ResNet-50, and the file of basic blocks.", "Build the network that the file is of.", "model = torchvision.models.resnet18()  # or resnet34"),
}  # fmt: skip


def _only_one_side(missing: list[str], unexpected: list[str]) -> list[Cause]:
    if missing and not unexpected:
        return [
            Cause(
                "The file lacks these and has nothing else in their place: it is a part of the network's weights, or empty.",
                "Look at what it holds; what is missing keeps the numbers that it began with.",
                "print(list(state)[:5], model.load_state_dict(state, strict=False))",
            )
        ]
    if unexpected and not missing and any(map(_GATE.search, unexpected)):
        gate = next(name for name in unexpected if _GATE.search(name))
        return [
            Cause(
                f"The file's blocks have gates, such as squeeze-and-excitation ({gate}), which the network lacks: it is another network. "
                "Without them (strict=False) it would load and give wrong outputs.",
                "Build the network that the file is of.",
                "resnet-viz check FILE",
            )
        ]
    if unexpected and not missing:
        return [
            Cause(
                "The file has more than the network, such as another head, a gate or a teacher; all of the network is in it.",
                "Leave out what is too many, if you know what it is.",
                "model.load_state_dict(state, strict=False)",
            )
        ]
    return []


def another(unexpected: list[str]) -> Cause:
    given = f", such as {some(unexpected, 2)}" if unexpected else ""
    return Cause(
        f"The file is of another network, or of another code's that names its parts otherwise{given}.",
        "“Check weights” tells which network it is and how its names translate.",
        "resnet-viz check FILE",
    )
