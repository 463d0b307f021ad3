"""Lagrangian bounds for groups that stay together: each pool by itself, with a price on being served at all.

A group may be served only once. Relax that: every pool takes the groups it likes best, and each group pays a multiplier
whenever it is taken. Each pool is then an exact knapsack. Whatever the multipliers, no plan serves more than all
multipliers, plus what the pools take beyond them. Good multipliers, found by the subgradient method, keep pools from
taking the same groups. The bound comes down to that of the best mix of whole fillings of pools, which is what column
generation would find. For purchases the same relaxation bounds from below what must be paid.

Everything is counted in whole parts of a link, so that anyone who has the multipliers can check the bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allocator.planning.arrays import IntArray, frozen, split_by
from allocator.planning.knapsack import most_worth, worth_within
from allocator.planning.network import Network

PARTS = 1000
"""Parts of a link, in which multipliers are counted."""
_WORK = 300_000_000  # cells of knapsacks in all rounds together
_FEWEST_ROUNDS = 100  # with fewer nothing is gained
_SCALE = 128  # of steps, at first
_STALLED = 8  # rounds without a better bound before steps get shorter


@dataclass(frozen=True, slots=True)
class _Pool:
    """A pool, and the demands that it can serve.

    Attributes
    ----------
    row
        The pool.
    supply
        Its numbers.
    limit
        The most links that it can serve, with numbers that are for sale.
    groups
        Groups, each served whole or not, shape (m,), int64.
    singles
        Classes of BY AREA links, served one by one, shape (n,), int64.
    """

    row: int
    supply: int
    limit: int
    groups: IntArray
    singles: IntArray

    @property
    def cells(self) -> int:
        """The size of its knapsack."""
        return (self.limit + 1) * (len(self.groups) + 1)


def _pools(network: Network) -> list[_Pool]:
    """The pools that have numbers, and demands in reach."""
    return [
        _Pool(row, supply, supply, tail[tail < network.groups], tail[tail >= network.groups])
        for row, (supply, tail) in enumerate(zip(network.supply.tolist(), _tails(network), strict=True))
        if len(tail) and supply
    ]


def _pools_for_sale(network: Network, available: IntArray) -> list[_Pool]:
    """The pools that can serve groups, from their numbers or from numbers for sale."""
    found = []
    for row, tail in enumerate(_tails(network)):
        groups = tail[tail < network.groups]
        if len(groups):
            supply = int(network.supply[row])
            limit = min(supply + int(available[row]), int(network.demand[groups].sum()))
            found.append(_Pool(row, supply, limit, groups, groups[:0]))
    return found


def _tails(network: Network) -> list[IntArray]:
    """The demands that can reach each pool."""
    return split_by(network.head, len(network.supply), network.tail)


def lagrangian_bound(network: Network, worth: IntArray, multiplier: IntArray) -> int:
    """Bound the most that can be served where groups stay together, by any multipliers.

    Parameters
    ----------
    network
        The network without the arcs over which a group can't be served whole.
    worth
        The worth of each demand, shape (d,): of a group served whole, of a single BY AREA link.
    multiplier
        What being served costs each demand, in parts, shape (d,); for a BY AREA link each time.

    Returns
    -------
    int
        Worth.
    """
    return _relaxed(network, _pools(network), worth, multiplier)[0] // PARTS


def find_multipliers(network: Network, worth: IntArray, served: int, rounds: int) -> IntArray | None:
    """Find multipliers that bound well what can be served.

    Parameters
    ----------
    network, worth
        As in `lagrangian_bound`.
    served
        What a plan is known to serve; the search ends when the bound comes down to it.
    rounds
        The most steps; fewer where knapsacks are large.

    Returns
    -------
    array of int64, shape (d,)
        The best multipliers found; None where knapsacks are too large for enough rounds.
    """
    pools = _pools(network)
    times = _times(network)

    def relaxed(multiplier: IntArray) -> tuple[int, IntArray]:
        bound, taken = _relaxed(network, pools, worth, multiplier)
        return bound, taken - times

    return _subgradient(relaxed, len(worth), served * PARTS, rounds, sum(pool.cells for pool in pools))


def _times(network: Network) -> IntArray:
    """The number of times that each demand may be served: a group once, a class once for each of its links."""
    return np.where(np.arange(len(network.demand)) < network.groups, 1, network.demand)


def _relaxed(network: Network, pools: list[_Pool], worth: IntArray, multiplier: IntArray) -> tuple[int, IntArray]:
    """The bound in parts, and how often the pools take each demand."""
    cost = np.maximum(multiplier, 0)
    gain = worth * PARTS - cost
    taken = np.zeros(len(worth), dtype=np.int64)
    total = sum(int(price) * int(count) for price, count in zip(cost, _times(network), strict=True))
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
    """Fill a pool with whole groups and single links, those with the greatest gain first; counts them in `taken`."""
    order = singles[np.lexsort((singles, -gain[singles]))]
    counts = np.minimum(network.demand[order], pool.supply)
    each = np.repeat(gain[order], counts)[: pool.supply]
    rest = np.concatenate(([0], np.cumsum(each)))
    rest = np.append(rest, np.full(pool.supply + 1 - len(rest), rest[-1]))
    sizes, gains = network.demand[groups].tolist(), gain[groups].tolist()
    total = worth_within(sizes, gains, pool.supply) + rest[::-1]
    room = int(np.argmax(total))
    taken[groups[most_worth(sizes, gains, room)]] += 1
    left = pool.supply - room
    for single, count in zip(order.tolist(), counts.tolist(), strict=True):
        used = min(left, count)
        taken[single] += used
        left -= used
    return int(total[room])


def _subgradient(
    relaxed: Callable[[IntArray], tuple[int, IntArray]], demands: int, goal: int, rounds: int, cells: int
) -> IntArray | None:
    """Find multipliers with a small bound, by steps along the subgradient that get shorter where they lead nowhere.

    Parameters
    ----------
    relaxed
        The bound in parts, and the direction in which it falls, for multipliers.
    demands
        The number of multipliers.
    goal
        No bound is below this, in parts; within a link, or a number, of it the bound is as small as it can be.
    rounds, cells
        The most steps, and the work of one of them.
    """
    if _WORK // max(cells, 1) < min(rounds, _FEWEST_ROUNDS):
        return None
    current = np.zeros(demands, dtype=np.int64)
    best, best_bound = current, None
    scale, stalled = _SCALE, 0
    for _ in range(min(rounds, _WORK // max(cells, 1))):
        bound, direction = relaxed(current)
        if best_bound is None or bound < best_bound:
            best, best_bound, stalled = current, bound, 0
        else:
            stalled += 1
            if stalled >= _STALLED:
                scale, stalled, current = max(1, scale * 2 // 3), 0, best
                continue
        if best_bound < goal + PARTS:
            break
        direction[(direction < 0) & (current <= 0)] = 0
        norm = int((direction * direction).sum())
        if not norm:
            break
        # Polyak's step, twice as long at first, in whole numbers.
        step = 2 * scale * max(bound - goal, 1) // (_SCALE * norm)
        current = np.maximum(current + direction * max(step, 1), 0)
    return frozen(best)


def lagrangian_cost(network: Network, available: IntArray, unit: IntArray, multiplier: IntArray) -> int:
    """Bound from below what must be paid so that every group is served whole, by any multipliers.

    Each pool takes the groups that pay it more than the numbers it has to buy for them. What groups pay beyond that,
    somebody has to pay.

    Parameters
    ----------
    network
        The network with the arcs to all pools that have or sell numbers, and can serve a group whole.
    available
        Numbers of each pool that are for sale, shape (p,).
    unit
        What one costs, whole units, shape (p,).
    multiplier
        What being served is worth to each demand, in parts of a unit, shape (d,).

    Returns
    -------
    int
        Whole units.
    """
    return max(0, -(-_relaxed_cost(network, _pools_for_sale(network, available), unit, multiplier)[0] // PARTS))


def find_cost_multipliers(
    network: Network, available: IntArray, unit: IntArray, paid: int, rounds: int
) -> IntArray | None:
    """Find multipliers that bound well what must be paid.

    Parameters
    ----------
    network, available, unit
        As in `lagrangian_cost`.
    paid
        A cost that is known to be enough, whole units.
    rounds
        The most steps.

    Returns
    -------
    array of int64, shape (d,)
        The best multipliers found; None where knapsacks are too large for enough rounds.
    """
    pools = _pools_for_sale(network, available)

    def relaxed(multiplier: IntArray) -> tuple[int, IntArray]:
        least, taken = _relaxed_cost(network, pools, unit, multiplier)
        direction = 1 - taken
        direction[network.groups :] = 0
        return -least, direction

    return _subgradient(relaxed, len(network.demand), -paid * PARTS, rounds, sum(pool.cells for pool in pools))


def _relaxed_cost(network: Network, pools: list[_Pool], unit: IntArray, multiplier: IntArray) -> tuple[int, IntArray]:
    """The bound on what must be paid, in parts, and how often the pools take each demand."""
    gain = np.maximum(multiplier, 0)
    taken = np.zeros(len(network.demand), dtype=np.int64)
    reached = np.bincount(network.tail, minlength=len(gain))[: network.groups] > 0
    total = sum(gain[: network.groups][reached].tolist())
    for pool in pools:
        wanted = pool.groups[gain[pool.groups] > 0]
        sizes, gains = network.demand[wanted].tolist(), gain[wanted].tolist()
        best = worth_within(sizes, gains, pool.limit)
        best -= int(unit[pool.row]) * PARTS * np.maximum(np.arange(pool.limit + 1) - pool.supply, 0)
        room = int(np.argmax(best))
        total -= int(best[room])
        taken[wanted[most_worth(sizes, gains, room)]] += 1
    return total, taken
