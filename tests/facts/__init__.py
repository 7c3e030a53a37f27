"""Reads the ground truth; see README.md beside this file."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def dumps() -> list[str]:
    """``torchvision_shapes/resnet18@224`` … of every dump here."""
    return sorted(f"{path.parent.name}/{path.name.removesuffix('.json.gz')}" for path in HERE.glob("*/*.json.gz"))


def dump(name: str) -> dict[str, Any]:
    return json.loads(gzip.decompress((HERE / f"{name}.json.gz").read_bytes()))


def variants() -> dict[str, dict[str, str]]:
    """Rows of variants.csv by their name there; the first of two of one name is torchvision's."""
    rows: dict[str, dict[str, str]] = {}
    with (HERE / "variants.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["name"], row)
    return rows


def receptive_fields() -> dict[str, Any]:
    return json.loads((HERE / "receptive_field.json").read_text())
