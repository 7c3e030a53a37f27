"""Random networks and inputs, small enough to run on a processor."""

from hypothesis import strategies as st

from resnet_viz.errors import SpecError
from resnet_viz.spec import ResNetSpec, Stem

stems = st.builds(
    Stem,
    st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple),
    st.sampled_from([1, 3, 5, 7]),
    st.sampled_from([1, 2]),
    st.sampled_from(["max", "conv", "none"]),
)


@st.composite
def specs(draw: st.DrawFn) -> ResNetSpec:
    block = draw(st.sampled_from(["basic", "bottleneck"]))
    stages = draw(st.integers(1, 4))
    blocks = tuple(draw(st.lists(st.integers(1, 3), min_size=stages, max_size=stages)))
    groups = draw(st.sampled_from([1, 2, 4])) if block == "bottleneck" else 1
    widths = tuple(draw(st.lists(st.integers(1, 12), min_size=stages, max_size=stages)))
    fields = {
        "block": block, "blocks": blocks, "widths": widths, "stem": draw(stems), "groups": groups,
        "width_per_group": draw(st.sampled_from([64, 128])) if block == "bottleneck" else 64,
        "stride_in": draw(st.sampled_from(["3x3", "1x1"])) if block == "bottleneck" else "3x3",
        "shortcut": draw(st.sampled_from(["A", "B", "C"])), "zero_init": draw(st.booleans()),
        "in_channels": draw(st.integers(1, 4)), "num_classes": draw(st.integers(1, 7)),
    }  # fmt: skip
    try:
        return ResNetSpec(**fields)
    except SpecError:  # option A where channels shrink
        return ResNetSpec(**{**fields, "shortcut": "B"})


sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))
