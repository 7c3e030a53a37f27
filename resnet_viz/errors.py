"""Errors are part of the interface: each names the field, the value, the rule and the fix."""

from __future__ import annotations


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
    """

    def __init__(self, field: str, value: object, rule: str, fix: str) -> None:
        self.field, self.value, self.rule, self.fix = field, value, rule, fix
        super().__init__(f"{field}={shown(value)}: {rule}; {fix}")


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
