"""Instances whose best plan is known: planted optima, and instances that defeat planners which look one step ahead.

They are of any size and seeded, so always the same. `Planted.problem` gives one as arrays;
`tests.support.places.at_places` puts a small one on the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.planning.arrays import IntArray, frozen
from allocator.planning.problem import Candidates, Groups, Pools, Problem

RADIUS_KM = 20.0


@dataclass(frozen=True)
class Planted:
    """An instance and its best plan.

    Attributes
    ----------
    sizes
        The number of links in each group, in document order.
    reach
        For each group the pools that may serve it, with their distances, kilometres.
    supply
        The count of numbers in each pool.
    together
        The most links that can be served when groups stay together; None where that is not known.
    split
        The same when groups may be split.
    """

    sizes: Sequence[int]
    reach: Sequence[Sequence[tuple[int, float]]]
    supply: Sequence[int]
    together: int | None
    split: int

    @property
    def problem(self) -> Problem:
        """The instance as a planning problem."""
        return problem_of(self.sizes, self.reach, self.supply)


def problem_of(sizes: Sequence[int], reach: Sequence[Sequence[tuple[int, float]]], supply: Sequence[int]) -> Problem:
    """A problem of groups that stand in the document one after the other.

    Parameters
    ----------
    sizes
        Links of each group.
    reach
        For each group the pools that it may be served from, with their distances, kilometres.
    supply
        Numbers of each pool.
    """
    code = np.repeat(np.arange(len(sizes), dtype=np.uint16), sizes)
    near = [sorted((km, pool) for pool, km in candidates) for candidates in reach]
    start = np.cumsum([0, *(len(candidates) for candidates in near)])
    pool = np.array([pool for candidates in near for _, pool in candidates], dtype=np.int32)
    km = np.array([km for candidates in near for km, _ in candidates], dtype=np.float64)
    of_number = np.repeat(np.arange(len(supply)), supply)
    return Problem(
        links=len(code),
        groups=Groups.of(code, RADIUS_KM),
        candidates=Candidates(frozen(start), frozen(pool), frozen(km)),
        pools=Pools.of(of_number, np.arange(1, len(of_number) + 1), len(supply)),
    )


def planted(pools: int, seed: int, *, spare: float = 0.0, others: int = 2) -> Planted:
    """Fill each pool to its last number with whole groups that could also use other pools.

    Parameters
    ----------
    pools
        The number of pools.
    seed
        Seed of the random choices.
    spare
        Further groups without a number for them, as a share of the groups.
    others
        Pools that a group can reach besides the one that it is planted in.

    Notes
    -----
    All numbers are used, so no plan serves more links, whether groups may be split or not.
    """
    bits = np.random.Generator(np.random.PCG64(seed))
    sizes: list[int] = []
    reach: list[list[tuple[int, float]]] = []
    supply: list[int] = []
    for pool in range(pools):
        here = (1 + bits.integers(0, 12, 1 + int(bits.integers(0, 6)))).tolist()
        supply.append(sum(here))
        for size in here:
            elsewhere = {int(other) for other in bits.integers(0, pools, others)} - {pool}
            sizes.append(size)
            reach.append(
                [(pool, float(bits.integers(0, 20))), *((one, float(bits.integers(0, 20))) for one in elsewhere)]
            )
    for _ in range(int(spare * len(sizes))):
        # As small as the smallest planted groups, and at no distance: tempting for a planner.
        sizes.append(1 + int(bits.integers(0, 3)))
        reach.append([(int(bits.integers(0, pools)), 0.0)])
    order = bits.permutation(len(sizes)).tolist()
    return Planted([sizes[one] for one in order], [reach[one] for one in order], supply, sum(supply), sum(supply))


def greedy_traps(count: int = 1, size: int = 4) -> Planted:
    """Set traps for planners that serve the first group from its closest pool, the only one that the second can use.

    Parameters
    ----------
    count
        The number of traps, each of two groups and two pools; the API's rule serves one group of each.
    size
        The number of links in each group, and of numbers in each pool.
    """
    reach = [one for trap in range(count) for one in ([(2 * trap, 1.0), (2 * trap + 1, 2.0)], [(2 * trap, 1.0)])]
    served = 2 * size * count
    return Planted([size, size] * count, reach, [size, size] * count, served, served)


def hurtful_purchase() -> tuple[Planted, Planted]:
    """Return an instance before and after a purchase that makes the API's rule serve fewer links.

    Before, the group of three goes to the far pool, as the near one has only two numbers. With one number more it goes
    to the near pool, and the group of two, which can use no other, gets no number. The best plan serves all five links
    in both.
    """
    sizes, reach = [3, 2], [[(0, 1.0), (1, 5.0)], [(0, 1.0)]]
    return Planted(sizes, reach, [2, 3], 5, 5), Planted(sizes, reach, [3, 3], 5, 5)


def all_ties(sizes: Sequence[int], supply: Sequence[int], order: IntArray | None = None) -> Planted:
    """Put all groups at the same distance from all pools.

    Parameters
    ----------
    sizes
        The number of links in each group.
    supply
        The count of numbers in each pool.
    order
        The order in which each group's candidates are listed, shape (pools,); it must not matter.
    """
    listed = range(len(supply)) if order is None else order.tolist()
    return Planted(sizes, [[(pool, 7.0) for pool in listed]] * len(sizes), supply, None, min(sum(sizes), sum(supply)))
