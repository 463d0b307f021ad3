"""A bound for groups that stay together: each pool by itself, with a price on being served at all.

A group may be served once. Give that up, so that every pool takes the groups it likes best, and let each group that is
taken pay a multiplier instead, which all groups pay together. Whatever the multipliers, no plan serves more than the
multipliers and what the pools take beyond them; each pool is an exact knapsack. Good multipliers make pools stop
quarrelling over the same groups. They bring the bound down to that of the best mix of whole fillings of pools, which is
what column generation would find.

Everything is counted in whole parts of a link, so that the bound can be checked by anyone with the multipliers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allocator.planning.network import Network
from allocator.planning.packing import most_worth
from allocator.planning.problem import IntArray, frozen

__all__ = ["PARTS", "bound_by_multipliers", "cost_by_multipliers", "cost_multipliers", "good_multipliers"]

PARTS = 1000
"""Of a link, in which multipliers are counted."""
_WORK = 300_000_000  # cells of knapsacks in all rounds together
_FEWEST = 100  # rounds; with fewer nothing is gained
_PACE = 128
_STALLED = 8  # rounds without a better bound before steps get shorter


@dataclass(frozen=True, slots=True)
class _Pool:
    """Who can be served by a pool: groups, each whole, and BY AREA links, one by one."""

    supply: int
    groups: IntArray
    singles: IntArray


def _pools(network: Network) -> list[_Pool]:
    order = np.argsort(network.head, kind="stable")
    ends = np.cumsum(np.bincount(network.head, minlength=len(network.supply)))
    tails = np.split(network.tail[order], ends[:-1]) if len(ends) else []
    return [
        _Pool(int(supply), tail[tail < network.groups], tail[tail >= network.groups])
        for supply, tail in zip(network.supply.tolist(), tails, strict=True)
        if len(tail) and supply
    ]


def bound_by_multipliers(network: Network, worth: IntArray, multiplier: IntArray) -> int:
    """The most that can be served, by any multipliers.

    Parameters
    ----------
    network
        The network without the arcs over which a group can't be served whole.
    worth
        Of each demand: of a group served whole, of a single BY AREA link; shape (d,).
    multiplier
        What being served costs each demand, in parts, shape (d,); of a BY AREA link for each link.

    Returns
    -------
    int
        Worth.
    """
    return _relaxed(network, _pools(network), worth, multiplier)[0] // PARTS


def _relaxed(network: Network, pools: list[_Pool], worth: IntArray, multiplier: IntArray) -> tuple[int, IntArray]:
    """The bound in parts, and how often each demand is taken."""
    cost = np.maximum(multiplier, 0)
    gain = worth * PARTS - cost
    taken = np.zeros(len(worth), dtype=np.int64)
    times = np.ones(len(worth), dtype=np.int64)
    times[network.groups :] = network.demand[network.groups :]
    total = sum(int(price) * int(count) for price, count in zip(cost, times, strict=True))
    for pool in pools:
        wanted = pool.groups[gain[pool.groups] > 0]
        sizes, gains = network.demand[wanted].tolist(), gain[wanted].tolist()
        singles = pool.singles[gain[pool.singles] > 0]
        if len(singles):
            total += _with_singles(network, pool, wanted, singles, gain, taken)
            continue
        chosen = most_worth(sizes, gains, pool.supply)
        total += sum(gains[place] for place in chosen)
        taken[wanted[chosen]] += 1
    return total, taken


def _with_singles(
    network: Network, pool: _Pool, groups: IntArray, singles: IntArray, gain: IntArray, taken: IntArray
) -> int:
    """The best filling of a pool by whole groups and single links; single links that gain most come first."""
    order = singles[np.lexsort((singles, -gain[singles]))]
    counts = np.minimum(network.demand[order], pool.supply)
    each = np.repeat(gain[order], counts)[: pool.supply]
    rest = np.concatenate(([0], np.cumsum(each)))
    rest = np.append(rest, np.full(pool.supply + 1 - len(rest), rest[-1]))
    best, best_chosen, best_room = -1, [], 0
    # The groups' best at each limit would do it in one go; pools with single links are few, and limits that matter too.
    sizes, gains = network.demand[groups].tolist(), gain[groups].tolist()
    ahead = np.zeros(pool.supply + 1, dtype=np.int64)
    for size, one in zip(sizes, gains, strict=True):
        if size <= pool.supply:
            ahead[size:] = np.maximum(ahead[size:], ahead[: pool.supply + 1 - size] + one)
    room = int(np.argmax(ahead + rest[::-1]))
    best = int(ahead[room] + rest[pool.supply - room])
    best_chosen, best_room = most_worth(sizes, gains, room), pool.supply - room
    taken[groups[best_chosen]] += 1
    left = best_room
    for single, count in zip(order.tolist(), counts.tolist(), strict=True):
        used = min(left, count)
        taken[single] += used
        left -= used
    return best


def good_multipliers(network: Network, worth: IntArray, served: int, rounds: int) -> IntArray | None:
    """Multipliers that bound well, found by steps against the quarrels.

    Parameters
    ----------
    network, worth
        As in `bound_by_multipliers`.
    served
        What a plan is known to serve: where the bound comes down to it, nothing is left to be done.
    rounds
        Steps at most; fewer where knapsacks are large.

    Returns
    -------
    array of int64, shape (d,)
        The best multipliers that were met; None where knapsacks are too large for as many rounds as it takes.
    """
    pools = _pools(network)
    cells = sum((pool.supply + 1) * (len(pool.groups) + 1) for pool in pools)
    times = np.ones(len(worth), dtype=np.int64)
    times[network.groups :] = network.demand[network.groups :]

    def relaxed(multiplier: IntArray) -> tuple[int, IntArray]:
        bound, taken = _relaxed(network, pools, worth, multiplier)
        return bound, taken - times

    return _descent(relaxed, len(worth), served * PARTS, rounds, cells)


def _descent(
    relaxed: Callable[[IntArray], tuple[int, IntArray]], demands: int, goal: int, rounds: int, cells: int
) -> IntArray | None:
    """Multipliers for which a bound is small: steps along the quarrels, shorter where they lead nowhere.

    Parameters
    ----------
    relaxed
        The bound, in parts, and the way along which it falls, for multipliers.
    demands
        How many multipliers.
    goal
        Less than a link, or a number, above this the bound is as small as it can be.
    rounds, cells
        Steps at most, and the work of one of them.
    """
    if _WORK // max(cells, 1) < min(rounds, _FEWEST):
        return None
    current = np.zeros(demands, dtype=np.int64)
    best, best_bound = current, None
    pace, stalled = _PACE, 0
    for _ in range(min(rounds, _WORK // max(cells, 1))):
        bound, quarrel = relaxed(current)
        if best_bound is None or bound < best_bound:
            best, best_bound, stalled = current, bound, 0
        else:
            stalled += 1
            if stalled >= _STALLED:
                pace, stalled, current = max(1, pace * 2 // 3), 0, best
                continue
        if best_bound < goal + PARTS:
            break
        quarrel[(quarrel < 0) & (current <= 0)] = 0
        norm = int((quarrel * quarrel).sum())
        if not norm:
            break
        # Polyak's step, twice as long at first, in whole numbers.
        step = 2 * pace * max(bound - goal, 1) // (_PACE * norm)
        current = np.maximum(current + quarrel * max(step, 1), 0)
    return frozen(best)


# --- purchases -------------------------------------------------------------------------------------------------------


def cost_by_multipliers(network: Network, available: IntArray, unit: IntArray, multiplier: IntArray) -> int:
    """What must be paid at least so that every group is served whole, by any multipliers.

    Each pool takes the groups that pay it more than the numbers cost which it has to buy for them; what groups pay
    beyond that has to be paid by somebody.

    Parameters
    ----------
    network
        The network with the arcs to all pools that have numbers or sell them, and can serve a group whole.
    available
        How many numbers of each pool are for sale, shape (p,).
    unit
        What one costs, whole units, shape (p,).
    multiplier
        What being served is worth to each demand, in parts of a unit, shape (d,).

    Returns
    -------
    int
        Whole units.
    """
    return max(0, -(-_needed(network, _pools_for_sale(network, available), unit, multiplier)[0] // PARTS))


def cost_multipliers(network: Network, available: IntArray, unit: IntArray, paid: int, rounds: int) -> IntArray | None:
    """Multipliers that bound well what must be paid.

    Parameters
    ----------
    network, available, unit
        As in `cost_by_multipliers`.
    paid
        What is known to be enough, whole units.
    rounds
        Steps at most.

    Returns
    -------
    array of int64, shape (d,)
        The best that were met; None where knapsacks are too large for as many rounds as it takes.
    """
    pools = _pools_for_sale(network, available)
    cells = sum((limit + 1) * (len(pool.groups) + 1) for pool, limit, _ in pools)

    def relaxed(multiplier: IntArray) -> tuple[int, IntArray]:
        least, taken = _needed(network, pools, unit, multiplier)
        way = 1 - taken
        way[network.groups :] = 0
        return -least, way

    return _descent(relaxed, len(network.demand), -paid * PARTS, rounds, cells)


def _pools_for_sale(network: Network, available: IntArray) -> list[tuple[_Pool, int, int]]:
    """The pools that groups can be served from, the most links that each can serve, and its row."""
    order = np.argsort(network.head, kind="stable")
    ends = np.cumsum(np.bincount(network.head, minlength=len(network.supply)))
    found = []
    for row, tail in enumerate(np.split(network.tail[order], ends[:-1]) if len(ends) else []):
        groups = tail[tail < network.groups]
        if len(groups):
            supply = int(network.supply[row])
            limit = min(supply + int(available[row]), int(network.demand[groups].sum()))
            found.append((_Pool(supply, groups, groups[:0]), limit, row))
    return found


def _needed(
    network: Network, pools: list[tuple[_Pool, int, int]], unit: IntArray, multiplier: IntArray
) -> tuple[int, IntArray]:
    """The bound on what must be paid, in parts, and how often each demand is taken."""
    gain = np.maximum(multiplier, 0)
    taken = np.zeros(len(network.demand), dtype=np.int64)
    reached = np.zeros(len(network.demand), dtype=np.bool_)
    reached[network.tail] = True
    total = sum(gain[: network.groups][reached[: network.groups]].tolist())
    for pool, limit, row in pools:
        wanted = pool.groups[gain[pool.groups] > 0]
        sizes, gains = network.demand[wanted].tolist(), gain[wanted].tolist()
        best = np.zeros(limit + 1, dtype=np.int64)
        for size, one in zip(sizes, gains, strict=True):
            if size <= limit:
                best[size:] = np.maximum(best[size:], best[: limit + 1 - size] + one)
        best -= int(unit[row]) * PARTS * np.maximum(np.arange(limit + 1) - pool.supply, 0)
        room = int(np.argmax(best))
        total -= int(best[room])
        taken[wanted[most_worth(sizes, gains, room)]] += 1
    return total, taken
