"""Errors are part of the interface: each names the field, the value, the rule and the fix."""

from __future__ import annotations

from typing import Any


def shown(value: object) -> str:
    """A value as messages show it: its ``repr``, cut at 80 characters, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # a number of thousands of digits, or an object of somebody else's that fails to tell
        text = f"<{type(value).__name__}>"
    text = " ".join(text.split("\n"))  # a message is one line
    return text if len(text) <= 80 else text[:77] + "..."


class ResNetVizError(ValueError):
    """Any refusal by this package. The message reads ``field=value: rule; fix``.

    ``field`` lets a form show the message beside the control it is about.

    >>> print(ResNetVizError("batch", 0, "must be from 1", "use 1"))
    batch=0: must be from 1; use 1
    """

    def __init__(self, field: str, value: object, rule: str, fix: str) -> None:
        self.field, self.value, self.rule, self.fix = field, value, rule, fix
        super().__init__(f"{field}={shown(value)}: {rule}; {fix}")


class SpecError(ResNetVizError):
    """A network that cannot be built.

    >>> import resnet_viz as rv
    >>> rv.ResNetSpec(blocks=())
    Traceback (most recent call last):
    resnet_viz.errors.SpecError: blocks=(): must be a tuple of 1 to 12 whole numbers; give one number per stage
    """


class InputError(ResNetVizError):
    """An input size, batch, dtype or step name that cannot be used.

    >>> import resnet_viz as rv
    >>> rv.forecast("resnet18", 0)
    Traceback (most recent call last):
    resnet_viz.errors.InputError: input_size=0: height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)
    """


class UnknownNameError(ResNetVizError):
    """A name that the catalogue does not have; the fix offers the nearest ones.

    >>> import resnet_viz as rv
    >>> rv.variant("resnet35")
    Traceback (most recent call last):
    resnet_viz.errors.UnknownNameError: name='resnet35': is not in the catalogue; did you mean resnet50, resnet34, resnetrs350?
    """


class DeviceError(ResNetVizError):
    """A device that is absent, or too small for what was asked.

    >>> import resnet_viz as rv
    >>> rv.trace(rv.variant("resnet18"), device="tpu")
    Traceback (most recent call last):
    resnet_viz.errors.DeviceError: device='tpu': must be auto, cuda, cuda:N, cpu or meta; use 'auto'
    """


class TraceError(ResNetVizError):
    """The forward pass raised; the message keeps PyTorch's words, or the type and words of the network's own error,
    and adds what was being traced, and where.

    ``so_far`` is the :class:`Trace` of the steps that ran before, or None; ``stopped`` the :class:`Step` that raised, with
    what it was given and ``()`` for its output, where a module of ours did; ``explanation`` the :class:`Explanation` of
    PyTorch's words, or None.

    >>> import torch
    >>> import resnet_viz as rv
    >>> rv.trace(torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.Conv2d(4, 8, 3)), 32)
    Traceback (most recent call last):
    resnet_viz.errors.TraceError: network='Sequential at 3×32×32, ...': in 1, PyTorch says: ... expected input[1, 8, 30, 30] to have 4 channels, but got 8 channels instead...
    """

    so_far: Any = None  # a Trace; the layer of errors knows none
    stopped: Any = None  # a Step
    explanation: Any = None  # an Explanation, likewise


class CheckpointError(ResNetVizError):
    """A file of weights that cannot be read, or may not be. ``network`` is the configuration that the weights are of, where
    they are of another than was asked for and it is known.

    >>> import resnet_viz as rv
    >>> rv.read_weights("none.pth")
    Traceback (most recent call last):
    resnet_viz.errors.CheckpointError: file='none.pth': cannot be read (No such file or directory); check the path
    """

    network: str | None = None


class OnnxError(ResNetVizError):
    """A file of a network that cannot be read, or may not be.

    >>> import resnet_viz as rv
    >>> rv.read_onnx(b"no network")
    Traceback (most recent call last):
    resnet_viz.errors.OnnxError: file='model.onnx': is broken or cut off, or no ONNX file; export it again with torch.onnx.export
    """


class LookError(ResNetVizError):
    """What cannot be seen inside of a network: a kind of step that is not taken apart, or numbers that it has not.

    >>> import torch
    >>> import resnet_viz as rv
    >>> look = rv.look("cifar_resnet20:blocks=1,1,1@8", torch.zeros(3, 8, 8))
    >>> look.apart("layer1.0.conv1", 0, 9, 0)
    Traceback (most recent call last):
    resnet_viz.errors.LookError: row=9: layer1.0.conv1 has rows 0 to 7; use one of them
    """


class MissingPackageError(ResNetVizError, ImportError):
    """What was asked for needs a package that is not installed; the fix is the pip line that brings it.

    >>> from resnet_viz.extras import missing
    >>> missing("torch", "a trace").fix
    "run pip install 'resnet-viz[torch]'"
    """
