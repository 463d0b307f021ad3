"""A kit of instances whose best plan is known: planted optima, and what is hard for planners that look one step ahead.

They are planning problems as arrays (`allocator.planning.problem`), of any size, seeded and always the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.planning.arrays import IntArray, frozen
from allocator.planning.problem import Candidates, Groups, Pools, Problem

__all__ = ["Planted", "all_ties", "greedy_traps", "hurtful_purchase", "planted", "problem_of"]

RADIUS_KM = 20.0


@dataclass(frozen=True)
class Planted:
    """An instance and what is known of it.

    Attributes
    ----------
    problem
        The problem.
    together
        The most links that can be served where groups stay together; None where that is not known.
    split
        The same where they may be split.
    """

    problem: Problem
    together: int | None
    split: int


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
    """Pools that are filled to the last number by whole groups, which could also go elsewhere.

    Parameters
    ----------
    pools
        How many pools.
    seed
        Of the chance that makes it.
    spare
        This share of the groups is asked for besides, without any number left for it.
    others
        Pools that a group can reach besides the one that it is planted in.

    Notes
    -----
    Everything that there is is used, so no plan serves more, whether groups may be split or not.
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
        # As large as the smallest groups, so that it is tempting.
        sizes.append(1 + int(bits.integers(0, 3)))
        reach.append([(int(bits.integers(0, pools)), 0.0)])
    order = bits.permutation(len(sizes)).tolist()
    problem = problem_of([sizes[one] for one in order], [reach[one] for one in order], supply)
    return Planted(problem, sum(supply), sum(supply))


def greedy_traps(count: int) -> Planted:
    """Traps for whoever serves the first group from the closest pool: the second group has no other pool.

    Parameters
    ----------
    count
        How many traps of two groups and two pools; the API's rule serves one group of each.
    """
    sizes = [4, 4] * count
    reach = [one for trap in range(count) for one in ([(2 * trap, 1.0), (2 * trap + 1, 2.0)], [(2 * trap, 1.0)])]
    return Planted(problem_of(sizes, reach, [4, 4] * count), 8 * count, 8 * count)


def hurtful_purchase() -> tuple[Planted, Planted]:
    """Two instances, the second with one number more: the API's rule serves fewer links in it, the best plan does not.

    In the first the group of three goes to the far pool, as the near one has only two; with three there it goes there,
    and the groups of two and one, which can't go anywhere else, go without.
    """
    sizes = [3, 2, 1]
    reach = [[(0, 1.0), (1, 5.0)], [(0, 1.0)], [(2, 1.0)]]
    before = Planted(problem_of(sizes, reach, [2, 3, 1]), 6, 6)
    after = Planted(problem_of(sizes, reach, [3, 3, 1]), 6, 6)
    return before, after


def all_ties(groups: int, pools: int, order: IntArray | None = None) -> Planted:
    """Groups of two that are all as far from all pools, with numbers for half of them.

    Parameters
    ----------
    groups, pools
        How many; half the groups are a multiple of the pools.
    order
        The order in which each group's candidates are told, shape (pools,); it must not matter.
    """
    supply = [groups // 2 // pools * 2] * pools
    told = range(pools) if order is None else order.tolist()
    reach = [[(pool, 7.0) for pool in told] for _ in range(groups)]
    return Planted(problem_of([2] * groups, reach, supply), sum(supply), sum(supply))
