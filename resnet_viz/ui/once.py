"""What Streamlit tells each browser at the beginning of each run, though it is the same for all as long as a server runs:
the theme's colours, put together from every setting there is, six times. That took a twelfth of the server's time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

_NAME = "_populate_theme_msg"


def told_once(tell: Callable[..., None]) -> Callable[..., None]:
    """Fills in a message as ``tell`` does, which is asked but once for each section of the settings."""
    known: dict[str, CustomThemeConfig | None] = {}

    @wraps(tell)
    def filled_in(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in known:
            made = CustomThemeConfig()
            tell(made, section)
            known[section] = made if made.ByteSize() else None  # a section without settings is left out
        said = known[section]
        if said is not None:
            message.MergeFrom(said)

    return filled_in


def theme() -> None:
    """From now on the theme is put together once. A Streamlit that does it by another name is left as it is."""
    inside: Any = app_session
    tell = getattr(inside, _NAME, None)
    if tell is not None and not hasattr(tell, "__wrapped__"):
        setattr(inside, _NAME, told_once(tell))
