"""Networks that suit given images: none with a warning, each reason a number of its trace."""

import pytest

import resnet_viz as rv
from resnet_viz.advise.adapting import PRETRAINED, ROLES, Proposal, adapt, as_text
from resnet_viz.spec.configuration import configuration


def _by_role(proposals: list[Proposal]) -> dict[str, str]:
    return {proposal.role: proposal.configuration.text for proposal in proposals}


@pytest.mark.parametrize(
    ("size", "channels", "classes"), [(28, 1, 10), (32, 3, 100), (64, 1, 4), (96, 3, 10), (224, 3, 1000), (512, 3, 5), ((120, 480), 1, 2)]
)  # fmt: skip
def test_nothing_speaks_against_a_proposal(size: int | tuple[int, int], channels: int, classes: int) -> None:
    found = adapt(size, channels, classes, memory_gib=12)
    assert found and {proposal.role for proposal in found} <= set(ROLES)
    assert len({proposal.configuration.text for proposal in found}) == len(found)
    work: list[int] = []
    for proposal in found:
        made = proposal.configuration
        assert made.spec.in_channels == channels and made.spec.num_classes == classes
        serious = [f for f in rv.diagnose(made.spec, made.size, 32, memory_gib=12) if f.severity != "note"]
        assert serious == []
        trace = rv.forecast(made.spec, made.size)
        text = " ".join(proposal.reasons)
        assert f"{trace.totals.params:,} parameters and {trace.totals.macs:,} MACs" in text
        assert f"{trace.totals.final_map[2]}×{trace.totals.final_map[3]} are left for the head" in text
        assert configuration(made.text).spec == made.spec
        if proposal.role != "pretrained":
            assert made.size == ((size, size) if isinstance(size, int) else size)
            work.append(trace.totals.macs)
        else:
            assert made.name in PRETRAINED and made.spec.stem == rv.variant(made.name).stem
    assert work == sorted(work)


def test_what_a_cifar_set_is_told() -> None:
    assert _by_role(adapt(32, 3, 10)) == {
        "light": "cifar_resnet20@32", "balanced": "resnet18:stem=cifar,num_classes=10@32", "strong": "wrn_28_10@32",
        "pretrained": "resnet50:num_classes=10@96",
    }  # fmt: skip
    text = as_text(adapt(32, 3, 10))
    assert (
        "Your images have to be made larger, from 32×32 to 96×96." in text
        and "Published weights fit but for fc." in text
    )


def test_less_memory_lighter_networks() -> None:
    assert _by_role(adapt(64, 3, 10, memory_gib=1))["strong"] != _by_role(adapt(64, 3, 10, memory_gib=80))["strong"]
    assert not adapt(2048, 3, 10, memory_gib=1) and as_text([]).startswith("no network suits")


def test_what_cannot_be() -> None:
    for arguments, told in (
        ({"input_size": 0}, "input_size"), ({"input_size": 32, "channels": 0}, "^channels=0: must be"), ({"input_size": 32, "memory_gib": -1}, "memory_gib"),
        ({"input_size": 32, "optimizer": "lion"}, "optimizer"), ({"input_size": 32, "batch": 0}, "batch"),
    ):  # fmt: skip
        with pytest.raises(rv.ResNetVizError, match=told):
            adapt(**arguments)  # type: ignore[arg-type]
