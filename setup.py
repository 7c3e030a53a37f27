"""The readme as a package index shows it; everything else is in pyproject.toml.

An index has no files beside the readme and shows pictures by ``https`` alone. ``README_FILES`` is the address under which
the files of this version lie, e.g. ``README_FILES=https://host/resnet-viz/0.3.0 python -m build``; without it a picture
is told by its description, and a link to a file by the file's name.
"""

import os
import re
from pathlib import Path

from setuptools import setup


def readme_for_index(text: str, address: str) -> str:
    """``text`` with every relative link and picture made absolute under ``address``, or told in words where it is ""."""
    if address and not address.startswith("https://"):
        raise ValueError(f"README_FILES={address!r}: an index shows pictures by https alone; write https://…")

    def replaced(match: re.Match[str]) -> str:
        mark, words, target = match.groups()
        if re.match("[a-z]+:|#", target):
            return match[0]
        if address:
            return f"{mark}[{words}]({address.rstrip('/')}/{target})"
        return f"*Picture: {words}.*" if mark else words

    return re.sub(r"(!?)\[([^\]\n]*)\]\(([^)\s]+)\)", replaced, text)


setup(
    long_description=readme_for_index(
        Path(__file__).with_name("README.md").read_text(encoding="utf-8"), os.environ.get("README_FILES", "")
    ),
    long_description_content_type="text/markdown",
)
