"""Test profiles: a short one by default, HYPOTHESIS_PROFILE=nightly for a long one, =mutants for planted faults."""

import gc
import os
import sys
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, settings

# Before PyTorch is loaded, and for the processes that tests start too. Its threads wait for each other by spinning: for
# networks as small as these that takes fifty times the work, on processors that the other test workers need.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Bytecode is kept even where the environment says not to: the tests start a hundred Pythons, and each would compile the
# package anew, as each worker would rewrite every test.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

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


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there now stays to the end, libraries above all; each full collection would walk its 400,000 objects.

    The app's server does the same. What the tests themselves leave behind is collected as ever.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """``resnet-viz check`` reads each file once: that starts a Python of its own, which loads PyTorch."""
    from resnet_viz.checkpoints import read_weights

    monkeypatch.setattr("resnet_viz.cli.commands.check.read_weights", cache(read_weights))
