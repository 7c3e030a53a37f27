"""Random networks and inputs, small enough to run on a processor."""

from typing import Any

from hypothesis import strategies as st

from resnet_viz.errors import SpecError
from resnet_viz.spec import BLOCKS, NORM_GROUPS, ResNetSpec, Stem


def _stems(unit: int) -> st.SearchStrategy[Stem]:
    return st.builds(
        Stem,
        st.lists(st.integers(1, 6).map(lambda n: n * unit), min_size=1, max_size=3).map(tuple),
        st.sampled_from([1, 3, 5, 7]),
        st.sampled_from([1, 2, 4]),
        st.sampled_from(["max", "max_ceil", "max_unpadded", "conv", "none"]),
    )


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    """Values for every field of the spec, each allowed by itself; together they may break a rule."""
    norm = draw(st.sampled_from(["batch", "batch", "group"]))
    unit = NORM_GROUPS if norm == "group" else 1
    block = draw(st.sampled_from([kind.name for kind in BLOCKS]))
    grouped = next(kind for kind in BLOCKS if kind.name == block).grouped
    stages = draw(st.integers(1, 4))
    most = 2 if norm == "group" else 12
    return {
        "block": block,
        "blocks": tuple(draw(st.lists(st.integers(1, 3), min_size=stages, max_size=stages))),
        "widths": tuple(n * unit for n in draw(st.lists(st.integers(1, most), min_size=stages, max_size=stages))),
        "stem": draw(_stems(unit)),
        "groups": draw(st.sampled_from([1, 2, 4])) if grouped else 1,
        "width_per_group": draw(st.sampled_from([64, 128])) if grouped else 64,
        "stride_in": draw(st.sampled_from(["3x3", "1x1"])) if grouped else "3x3",
        "preact": draw(st.booleans()),
        "shortcut": draw(st.sampled_from(["A", "B", "C"])),
        "shortcut_pool": draw(st.booleans()),
        "anti_alias": draw(st.sampled_from(["none", "none", "avg", "blur"])),
        "attention": draw(st.sampled_from(["none", "se", "eca"])),
        "se_ratio": draw(st.sampled_from([1 / 16, 0.25, 1.0])),
        "norm": norm,
        "dilated_stages": draw(st.integers(0, stages - 1)),
        "zero_init": draw(st.booleans()),
        "in_channels": draw(st.integers(1, 4)),
        "num_classes": draw(st.integers(1, 7)),
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
