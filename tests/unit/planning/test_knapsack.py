"""Knapsacks, against every subset."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from allocator.planning.knapsack import best_fill, greatest_sum, most_worth, worth_within

items = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=7)


def best(pairs: list[tuple[int, int]], limit: int, *, of: int) -> int:
    """The greatest sum of sizes (0) or worths (1) of a subset whose sizes fit, by trying all."""
    subsets = (
        [pair for pair, taken in zip(pairs, choice, strict=True) if taken]
        for choice in product((False, True), repeat=len(pairs))
    )
    return max(sum(pair[of] for pair in subset) for subset in subsets if sum(size for size, _ in subset) <= limit)


@given(items, st.integers(0, 30))
def test_the_best_subset_is_chosen(pairs: list[tuple[int, int]], limit: int) -> None:
    sizes, worths = [size for size, _ in pairs], [worth for _, worth in pairs]
    fullest = best(pairs, limit, of=0)
    assert greatest_sum(sizes, limit) == fullest
    assert sum(sizes[place] for place in best_fill(sizes, limit)) == fullest
    chosen = most_worth(sizes, worths, limit)
    assert chosen == sorted(set(chosen))
    assert sum(sizes[place] for place in chosen) <= limit
    assert sum(worths[place] for place in chosen) == best(pairs, limit, of=1)
    assert worth_within(sizes, worths, limit).tolist() == [best(pairs, one, of=1) for one in range(limit + 1)]


def test_ties_end_early() -> None:
    assert best_fill([4, 4, 4], 9) == [0, 1]
    assert most_worth([4, 4, 4], [1, 1, 1], 9) == [0, 1]
    assert most_worth([20, 3], [9, 1], 5) == [1]
