"""Errors are part of the interface: each names the field, the value, the rule and the fix."""

from __future__ import annotations


class ResNetVizError(ValueError):
    """Any refusal by this package. The message reads ``field=value: rule; fix``.

    ``field`` lets a form show the message beside the control it is about.
    """

    def __init__(self, field: str, value: object, rule: str, fix: str) -> None:
        self.field, self.value, self.rule, self.fix = field, value, rule, fix
        shown = repr(value)
        if len(shown) > 80:
            shown = shown[:77] + "..."
        super().__init__(f"{field}={shown}: {rule}; {fix}")


class SpecError(ResNetVizError):
    """A network that cannot be built."""


class InputError(ResNetVizError):
    """An input size, batch, dtype or step name that cannot be used."""


class UnknownNameError(ResNetVizError):
    """A name that the catalogue does not have; the fix offers the nearest ones."""


class DeviceError(ResNetVizError):
    """A device that is absent, or too small for what was asked."""


class TraceError(ResNetVizError):
    """PyTorch refused the forward pass; the message keeps its words and adds what was being traced."""


class CheckpointError(ResNetVizError):
    """A file of weights that cannot be read, or may not be."""


class MissingPackageError(ResNetVizError, ImportError):
    """What was asked for needs a package that is not installed; the fix is the pip line that brings it."""
