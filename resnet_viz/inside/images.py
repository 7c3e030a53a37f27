"""An image as a network's input: read, cut, resized and normalised, and what was done to it in words.

Whole numbers are an image, and are brought to the network's input size and range. Fractions are an input as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor
from torch.nn import functional

from ..errors import InputError, shown
from ..picture.figures.image import ALPHA, read_image
from ..spec.sizes import MAX_SIDE, Pair
from ..wording import plural

MAX_NUMBERS = 100_000_000  # of an array or a tensor; a network's input of 13 channels at 1,024 px has 14 million
IMAGENET = (
    (0.485, 0.456, 0.406),
    (0.229, 0.224, 0.225),
)  # mean and spread of its images, as published networks take them
_FINE = 512  # px; only an image of more than twice that is made smaller while it is read
_GREY = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow weighs red, green and blue
_GIVE = "give an array (H, W, C) or (C, H, W), or a file"

Image = numpy.ndarray[Any, Any] | Tensor | str | Path
Range = tuple[Sequence[float], Sequence[float]]  # what is subtracted from each channel, and what divides it


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A network's input ``(1, C, H, W)``, and ``how`` it was made, a phrase each; ``shown`` are its colours before they
    were normalised, ``(H, W, 3)`` from 0 to 1, None where it has other channels than an image or was given as an input."""

    tensor: Tensor
    how: tuple[str, ...]
    shown: Tensor | None

    @property
    def size(self) -> Pair:
        """Height and width."""
        return int(self.tensor.shape[2]), int(self.tensor.shape[3])


def picture(
    image: Any,
    channels: int,
    size: Pair | None,
    normal: Range | None,
    usual: Range | None = None,
    *,
    forced: bool = False,
) -> Picture:
    """``image`` as an input of ``channels`` channels; ``size`` is what an image is brought to, or with ``forced`` also an
    input. ``normal`` are the mean and spread that were asked for; without them an image gets the network's ``usual``
    ones, or ImageNet's where it has three channels, and an input none.

    Raises :class:`InputError`.
    """
    numbers, how, whole = _numbers(image, channels, max(size) if size else 0)
    numbers, told = _channels(numbers, channels, whole)
    how += told
    if size is not None and (whole or forced) and tuple(numbers.shape[1:]) != size:
        numbers, told = _fitted(numbers, size)
        how += told
    if max(numbers.shape[1:]) > MAX_SIDE:
        raise InputError("image", _by(numbers), f"must have at most {MAX_SIDE:,} pixels a side", "use a smaller image")
    seen = numbers.permute(1, 2, 0).expand(-1, -1, 3) if whole and channels in (1, 3) else None
    numbers, told = _normalised(
        numbers, normal or (usual if whole else None), whole, "the given" if normal else "its network's"
    )
    return Picture(numbers.unsqueeze(0).contiguous(), (*how, *told), seen)


# ---- what was given ---------------------------------------------------------------------------------------------------


def _numbers(image: Any, channels: int, side: int) -> tuple[Tensor, list[str], bool]:
    """``(C, H, W)``, what was done, and whether these were whole numbers, which are now from 0 to 1."""
    read = False  # from an image's file, whose axes are known
    how: list[str] = []
    if isinstance(image, str | Path):
        array, read, how = _from_file(Path(image), side)
    elif isinstance(image, Tensor):
        array = image.detach().cpu()
        if tuple(array.shape[:1]) == (1,) and array.dim() == 4:
            array = array[0]
    elif isinstance(image, numpy.ndarray):
        array = _from_numpy(image)
    elif type(image).__module__.startswith("PIL."):
        array, read = _from_numpy(numpy.asarray(image.convert("RGB"))).permute(2, 0, 1), True
    else:
        raise InputError("image", image, f"must be an array, a tensor or a file, not {type(image).__name__}", _GIVE)
    _check(array)
    if not read:
        array, told = _channels_first(array, channels)
        how += told
    if array.is_floating_point():
        return array, [*how, "taken as the network's input"], False
    most = {torch.uint8: 255, torch.uint16: 65_535, torch.bool: 1}.get(array.dtype)
    if most is None:
        raise InputError("image", str(array.dtype), "whole numbers must be of 8 or 16 bits", "convert it to uint8 or to float32")  # fmt: skip
    return array.float() / most, [*how, *([f"0…{most} made 0…1"] if most > 1 else [])], True


def _from_numpy(array: numpy.ndarray[Any, Any]) -> Tensor:
    try:
        return torch.from_numpy(numpy.array(array))
    except TypeError:
        raise InputError("image", str(array.dtype), "is an array of no numbers that a network reads", "convert it to uint8 or to float32") from None  # fmt: skip


def check_file(image: object) -> None:
    """Refuse a file that cannot be opened, before anything else is made ready for it. Raises :class:`InputError`."""
    if isinstance(image, str | Path):
        _head(Path(image))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(6)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path has such a character"
        raise InputError("image", str(path), f"cannot be read ({reason})", "name a file") from None


def _from_file(path: Path, side: int) -> tuple[Tensor, bool, list[str]]:
    """What a file holds, whether it is an image's, whose channels come first here, and what of it was left out."""
    if _head(path) == b"\x93NUMPY":
        return _from_numpy(_npy(path)), False, []
    read = read_image(path, max(side, _FINE) if side else MAX_SIDE)
    left_out = ["its alpha left out"] if read.info[ALPHA] else []
    return torch.from_numpy(numpy.array(read)).permute(2, 0, 1), True, left_out


def _npy(path: Path) -> numpy.ndarray[Any, Any]:
    """The array of an ``.npy`` file, whose header is looked at first; objects in one are never unpickled."""
    from numpy.lib import format as npy

    broken = InputError("image", path.name, "is a broken or cut-off .npy file", "save it again with numpy.save")
    try:
        with path.open("rb") as file:
            version = npy.read_magic(file)
            header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, kind = header(file)
            if kind.hasobject:
                raise InputError("image", path.name, "holds Python objects, and loading those could run code", "save a plain array of numbers")  # fmt: skip
            _check_count(shape)
            if prod(shape) * kind.itemsize > path.stat().st_size:
                raise broken
            return numpy.load(path, allow_pickle=False)
    except InputError:
        raise
    except (ValueError, OSError, EOFError, MemoryError, SyntaxError):
        raise broken from None


def _check_count(shape: Sequence[int]) -> None:
    if prod(shape) > MAX_NUMBERS:
        raise InputError("image", "×".join(map(str, shape)), f"must have at most {MAX_NUMBERS:,} numbers", "use a smaller image")  # fmt: skip


def _check(array: Tensor) -> None:
    _check_count(array.shape)
    if array.dim() not in (2, 3) or not array.numel():
        raise InputError("image", _by(array), "must be one image: two axes, or three with its channels", _GIVE)
    if array.is_complex():
        raise InputError("image", str(array.dtype), "must be of real numbers", "give its magnitude")
    if array.is_floating_point() and not bool(torch.isfinite(array).all()):
        bad = int((~torch.isfinite(array)).sum())
        raise InputError("image", _by(array), f"has {plural(bad, 'number')} that {'is' if bad == 1 else 'are'} NaN or infinite", "replace them, e.g. numpy.nan_to_num(image)")  # fmt: skip


def _by(array: Tensor) -> str:
    return "×".join(map(str, array.shape))


def _channels_first(array: Tensor, channels: int) -> tuple[Tensor, list[str]]:
    """``(C, H, W)`` of ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)``; what the network reads decides, then what images have."""
    if array.dim() == 2:
        return array.unsqueeze(0), []
    first, last = int(array.shape[0]), int(array.shape[2])
    usual = (1, 3, 4, 2)
    for is_first, is_last in ((first == channels, last == channels), (first in usual, last in usual)):
        if is_first != is_last:
            return (array, []) if is_first else (array.permute(2, 0, 1), [])
        if is_first:  # both could be
            if array.is_floating_point():
                return array, ["its first axis taken for the channels"]
            return array.permute(2, 0, 1), ["its last axis taken for the channels"]
    raise InputError("image", _by(array), f"neither its first nor its last axis has the {plural(channels, 'channel')} that the network reads", f"give ({channels}, H, W), or use a network with in_channels={min(first, last)}")  # fmt: skip


def _channels(numbers: Tensor, want: int, whole: bool) -> tuple[Tensor, list[str]]:
    have = int(numbers.shape[0])
    if have == want:
        return numbers, []
    if whole and (have, want) in ((4, 3), (2, 1)):
        return numbers[:want], ["its alpha left out"]
    if whole and have in (3, 4) and want == 1:
        weights = torch.tensor(_GREY).view(3, 1, 1)
        return (numbers[:3] * weights).sum(0, keepdim=True), ["made grey"]
    if have == 1 and want == 3:
        return numbers.expand(3, -1, -1), ["its grey taken for all three channels"]
    raise InputError("image", _by(numbers), f"has {plural(have, 'channel')}, and the network reads {want}", f"use a network with in_channels={have}")  # fmt: skip


def _fitted(numbers: Tensor, size: Pair) -> tuple[Tensor, list[str]]:
    """Cut around its middle to the input's proportions, as evaluation does, and resized."""
    height, width = (int(side) for side in numbers.shape[1:])
    scale = min(height / size[0], width / size[1])
    part = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    top, left = (height - part[0]) // 2, (width - part[1]) // 2
    cut = numbers[:, top : top + part[0], left : left + part[1]]
    how = [f"its middle {part[0]}×{part[1]} px"] if part != (height, width) else []
    if part != size:
        cut = functional.interpolate(cut.unsqueeze(0), size, mode="bilinear", antialias=True, align_corners=False)[0]
        how.append(f"resized from {part[0]}×{part[1]} to {size[0]}×{size[1]} px")
    return cut, how


def _normalised(numbers: Tensor, normal: Range | None, whole: bool, whose: str) -> tuple[Tensor, list[str]]:
    channels = int(numbers.shape[0])
    if normal is None:
        if not whole:
            return numbers, ["not normalised"]
        if channels != 3:
            return numbers, ["not normalised"]
        normal, whose = IMAGENET, "ImageNet's"
    mean, spread = (_one_a_channel(side, channels) for side in normal)
    if not bool((mean != 0).any()) and not bool((spread != 1).any()):
        return numbers, ["not normalised"]
    return (numbers - mean) / spread, [f"normalised by {whose} mean and spread"]


def _one_a_channel(values: Sequence[float], channels: int) -> Tensor:
    made = torch.tensor([float(value) for value in values])
    if len(made) not in (1, channels):
        raise InputError("normalise", shown(tuple(values)), f"must have one number for each of {plural(channels, 'channel')}", "give (means, spreads)")  # fmt: skip
    return made.expand(channels).view(channels, 1, 1)


def checked_range(normalise: object) -> Range | None:
    """What ``normalise`` asks for: None, "none", or two sequences of numbers. Raises :class:`InputError`."""
    if normalise is None:
        return None
    if isinstance(normalise, str) and normalise == "none":
        return (0.0,), (1.0,)
    rule, fix = "must be 'none' or (means, spreads), the spreads above 0", "leave it out for the usual, or use 'none'"
    try:
        means, spreads = ([float(value) for value in side] for side in normalise)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise InputError("normalise", normalise, rule, fix) from None
    fits = means and spreads and all(value == value and abs(value) < 1e6 for value in (*means, *spreads))
    if not fits or min(spreads) <= 0:
        raise InputError("normalise", normalise, rule, fix)
    return means, spreads
