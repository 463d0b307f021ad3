"""Hypothesis profiles: `quick` by default, `deep` on demand, `ci` the same examples every time.

Chosen by the environment variable HYPOTHESIS_PROFILE or by pytest's `--hypothesis-profile`, which wins.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Reading the bundled data for the first time takes longer than an example's deadline, hence none; making an instance
# on real outcodes is slow beside integers and text.
TOLERATED = (HealthCheck.too_slow,)

settings.register_profile("quick", max_examples=50, deadline=None, suppress_health_check=TOLERATED)
settings.register_profile("deep", max_examples=2_000, deadline=None, suppress_health_check=TOLERATED)
settings.register_profile(
    "ci", max_examples=60, deadline=None, suppress_health_check=TOLERATED, derandomize=True, database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
