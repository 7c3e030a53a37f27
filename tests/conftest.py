"""Test profiles: a short one by default, HYPOTHESIS_PROFILE=nightly for a long one, =mutants for planted faults."""

import os

from hypothesis import HealthCheck, Phase, settings

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
