"""Hypothesis profiles, and which tests stay in one process when tests run in parallel.

The profiles are `quick` by default, `deep` on demand, and `ci` with the same examples every time. The environment
variable HYPOTHESIS_PROFILE chooses one; pytest's `--hypothesis-profile` takes precedence.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# There is no deadline, as the first example reads the bundled data. Instances at real outcodes are slow to make, beside
# integers and text.
TOLERATED = (HealthCheck.too_slow,)

settings.register_profile("quick", max_examples=50, deadline=None, suppress_health_check=TOLERATED)
settings.register_profile("deep", max_examples=2_000, deadline=None, suppress_health_check=TOLERATED)
settings.register_profile(
    "ci", max_examples=60, deadline=None, suppress_health_check=TOLERATED, derandomize=True, database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each end-to-end module in one process (`--dist loadgroup`): it builds its wheel, cluster or browser once."""
    for item in items:
        if item.path.parent.name == "end_to_end":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
