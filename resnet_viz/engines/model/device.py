"""Where a network is built and run."""

from __future__ import annotations

import re

import torch

from ...checks import check_text
from ...errors import DeviceError


def resolve_device(device: str) -> str:
    """The device that ``device`` means here: "meta", "cpu" or "cuda:N". Raises :class:`DeviceError`."""
    check_text("device", device, "auto")
    if device == "auto":
        return "cuda:0" if torch.cuda.is_available() else "meta"
    if device in ("meta", "cpu"):
        return device
    match = re.fullmatch(r"cuda(?::(\d{1,3}))?", device)
    if not match:
        raise DeviceError("device", device, "must be auto, cuda, cuda:N, cpu or meta", "use 'auto'")
    index = int(match[1] or 0)
    if index >= (torch.cuda.device_count() if torch.cuda.is_available() else 0):
        raise DeviceError("device", device, "is not on this machine", "use 'meta' for shapes, or 'cpu' to compute")
    return f"cuda:{index}"
