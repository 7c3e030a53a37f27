"""Random networks and inputs, small enough to run on a processor.

What is drawn from is made once: hypothesis checks each strategy that it has not met, which takes longer than to draw.
"""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from resnet_viz.errors import SpecError
from resnet_viz.spec import BLOCKS, NORM_GROUPS, ResNetSpec, Stem


@cache
def _stems(unit: int) -> st.SearchStrategy[Stem]:
    return st.builds(
        Stem,
        st.lists(st.integers(1, 6).map(lambda n: n * unit), min_size=1, max_size=3).map(tuple),
        st.sampled_from([1, 3, 5, 7]),
        st.sampled_from([1, 2, 4]),
        st.sampled_from(["max", "max_ceil", "max_unpadded", "conv", "none"]),
    )


@cache
def _each_stage(most: int, stages: int) -> st.SearchStrategy[list[int]]:
    """A number from 1 to ``most`` for each stage."""
    return st.lists(st.integers(1, most), min_size=stages, max_size=stages)


@cache
def _dilated(stages: int) -> st.SearchStrategy[int]:
    return st.integers(0, stages - 1)


_FLAG, _STAGES = st.booleans(), st.integers(1, 4)
_NORMS = st.sampled_from(["batch", "batch", "group"])
_BLOCKS = st.sampled_from([kind.name for kind in BLOCKS])
_GROUPS, _WIDTHS = st.sampled_from([1, 2, 4]), st.sampled_from([64, 128])
_STRIDES = st.sampled_from(["3x3", "1x1"])
_SHORTCUTS = st.sampled_from(["A", "B", "C"])
_AGAINST_ALIASING = st.sampled_from(["none", "none", "avg", "blur"])
_ATTENTION, _RATIOS = st.sampled_from(["none", "se", "eca"]), st.sampled_from([1 / 16, 0.25, 1.0])
_IN_CHANNELS, _CLASSES = st.integers(1, 4), st.integers(1, 7)


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    """Values for every field of the spec, each allowed by itself; together they may break a rule."""
    norm = draw(_NORMS)
    unit = NORM_GROUPS if norm == "group" else 1
    block = draw(_BLOCKS)
    grouped = next(kind for kind in BLOCKS if kind.name == block).grouped
    stages = draw(_STAGES)
    most = 2 if norm == "group" else 12
    return {
        "block": block,
        "blocks": tuple(draw(_each_stage(3, stages))),
        "widths": tuple(n * unit for n in draw(_each_stage(most, stages))),
        "stem": draw(_stems(unit)),
        "groups": draw(_GROUPS) if grouped else 1,
        "width_per_group": draw(_WIDTHS) if grouped else 64,
        "stride_in": draw(_STRIDES) if grouped else "3x3",
        "preact": draw(_FLAG),
        "shortcut": draw(_SHORTCUTS),
        "shortcut_pool": draw(_FLAG),
        "anti_alias": draw(_AGAINST_ALIASING),
        "attention": draw(_ATTENTION),
        "se_ratio": draw(_RATIOS),
        "norm": norm,
        "dilated_stages": draw(_dilated(stages)),
        "zero_init": draw(_FLAG),
        "in_channels": draw(_IN_CHANNELS),
        "num_classes": draw(_CLASSES),
    }


@st.composite
def specs(draw: st.DrawFn) -> ResNetSpec:
    """Networks over all fields; a rule that is broken is mended by dropping what breaks it."""
    wanted = draw(fields())
    plain = ResNetSpec()
    for _ in range(len(wanted)):
        try:
            return ResNetSpec(**wanted)
        except SpecError as error:
            wanted[error.field] = getattr(plain, error.field)
    raise AssertionError(f"no network could be made of {wanted}")


sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))
