"""Test profiles: a short one by default, HYPOTHESIS_PROFILE=nightly for a long one, =mutants for planted faults."""

import os
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, settings

# Before PyTorch is loaded, and for the processes that tests start too. Its threads wait for each other by spinning: for
# networks as small as these that takes fifty times the work, on processors that the other test workers need.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("default", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# few examples, the same each time, and none made smaller: a mutant is seen or it is not
settings.register_profile(
    "mutants",
    max_examples=15,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """``resnet-viz check`` reads each file once: that starts a Python of its own, which loads PyTorch."""
    from resnet_viz.checkpoints import read_weights

    monkeypatch.setattr("resnet_viz.cli.commands.check.read_weights", cache(read_weights))
