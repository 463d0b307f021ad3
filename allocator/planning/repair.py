"""The least change that serves a group which is short of numbers: numbers to buy, a wider radius, or a split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from allocator.planning.arrays import IntArray
from allocator.planning.network import Network
from allocator.planning.problem import Problem


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes that would each serve a group, with everything else as it is.

    Attributes
    ----------
    group
        The group.
    links
        Its links that have no number.
    numbers, pool
        The fewest numbers to buy, and the pool to buy them in.
    widen_km, widen_pool
        The least radius at which a pool (the last of several, where the group may be split) has enough left,
        kilometres, and that pool; None where no candidate has.
    split
        Links of the group that the pools in reach could serve if it were split; 0 where it may be split already.
    """

    group: int
    links: int
    numbers: int
    pool: int
    widen_km: float | None
    widen_pool: int | None
    split: int


def repairs(problem: Problem, network: Network, flow: IntArray, together: bool) -> Iterator[Repair]:
    """Find the cheapest repairs for each group that is short of numbers and has a pool in reach.

    Parameters
    ----------
    problem, network
        A problem and its network.
    flow
        A plan, links over each arc, shape (e,).
    together
        Whether each group is served from one pool.

    Yields
    ------
    Repair
        In the order of the document.
    """
    groups, candidates = problem.groups, problem.candidates
    short = network.demand - network.served(flow)
    left = network.supply - network.used(flow)
    for group in groups.turn[short[groups.turn] > 0].tolist():
        missing, rows = int(short[group]), problem.candidate_rows(group)
        pool, km = candidates.pool[rows].astype(np.int64), candidates.km[rows]
        near = km <= groups.radius_km[group]
        if not near.any():
            continue
        there = left[pool[near]]
        numbers = np.maximum(missing - (there if together else np.full_like(there, there.sum())), 0)
        best = int(np.argmin(numbers))
        enough = left[pool] >= missing if together else np.cumsum(left[pool]) >= missing
        far = np.flatnonzero(enough & ~near)
        widen = int(far[0]) if len(far) else None
        yield Repair(
            group=group,
            links=missing,
            numbers=int(numbers[best]),
            pool=int(pool[near][best]),
            widen_km=None if widen is None else float(km[widen]),
            widen_pool=None if widen is None else int(pool[widen]),
            split=min(missing, int(there.sum())) if together else 0,
        )
