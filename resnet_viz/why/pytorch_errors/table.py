"""Every error that is known. Where two fit equally well, the one that stands first is told."""

from __future__ import annotations

from . import (  # fmt: skip
    autograd,
    axes,
    batches,
    convs,
    datasets,
    devices,
    dtypes,
    files,
    matrices,
    memory,
    modules,
    norms,
    pipeline,
    pools,
    reshapes,
    sequences,
    state_dicts,
    sums,
    targets,
)
from .entry import Entry

FAMILIES = (state_dicts, files, matrices, sums, convs, axes, norms, pools, reshapes, batches, targets, dtypes, devices, pipeline, datasets, autograd, memory, modules, sequences)  # fmt: skip
ENTRIES: tuple[Entry, ...] = tuple([entry for family in FAMILIES for entry in family.ENTRIES])
