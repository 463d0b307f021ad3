"""Values fall into classes at round numbers."""

from __future__ import annotations

import numpy as np

from allocator.report.scales import counting


def test_classes_of_counts_are_cut_at_round_numbers() -> None:
    scale = counting("demand", [1, 1, 2, 40, 90, 400])
    assert scale.classes([1, 2, 5, 400]).tolist() == sorted(scale.classes([1, 2, 5, 400]).tolist())
    assert len(scale.labels) == len(scale.upper) + 1 == len(scale.colours)
    assert counting("demand", []).labels == ("1 or more",)
    assert counting("stock", [0, 3], zero=True).classes([0, 1, np.nan]).tolist() == [0, 1, -1]
