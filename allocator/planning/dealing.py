"""From a flow to an assignment: deal the numbers of each pool to the links that the flow serves from it."""

from __future__ import annotations

import numpy as np

from allocator.planning.arrays import IntArray, frozen
from allocator.planning.demand_classes import pools_held
from allocator.planning.inventory import Inventory, shares_of
from allocator.planning.network import Network, arcs_used, rows_of
from allocator.planning.problem import Assignment, Problem, Trials


def assignment_of(problem: Problem, network: Network, flow: IntArray) -> Assignment:
    """Deal numbers as a flow says, the smallest of a pool to the demand whose first link comes first.

    Parameters
    ----------
    problem, network
        The problem and its network.
    flow
        Links over each arc, shape (e,).

    Returns
    -------
    Assignment
        Its trials name the pools that serve each group; for a group that is short, also the others in its reach. `left`
        is what a pool had for the group: what the group took and what was left over.
    """
    inventory = Inventory(problem.links, problem.pools)
    waiting = problem.area_requests.by_class()
    used = np.flatnonzero(flow)
    used = used[np.lexsort((used, network.turn[network.tail[used]]))]
    for demand, pool, step, count in zip(
        network.tail[used].tolist(),
        network.head[used].tolist(),
        network.cost_mm[used].tolist(),
        flow[used].tolist(),
        strict=True,
    ):
        if demand < network.groups:
            inventory.set_aside(pool, count)
        else:
            kind = demand - network.groups
            share = inventory.open_share(pool, problem.area_requests.tier[kind][step])
            inventory.take(pool, waiting[kind][:count], share)
            waiting[kind] = waiting[kind][count:]
    trials = _trials(problem, network, flow, np.array(inventory.left, dtype=np.int64))
    shares = inventory.hand_out(problem.groups, problem.candidates, trials)
    return Assignment(frozen(inventory.number), frozen(inventory.share), shares, trials)


def keep_numbers(problem: Problem, assignment: Assignment) -> Assignment:
    """Let each link keep its number, where an assignment serves it from the pool of that number.

    Parameters
    ----------
    problem
        The problem, with the numbers that links hold.
    assignment
        An assignment of it, or of the same problem classified.

    Returns
    -------
    Assignment
        Every link is served from the same pool as before. Links that keep no number get what is left of their pool, the
        smallest numbers first, in document order. Shares and trials are by the problem's own groups.
    """
    network = Network.of(problem)
    number = _kept(problem, assignment.number)
    over = arcs_used(problem, network, number)
    flow = np.bincount(over[over >= 0], minlength=len(network))
    trials = _trials(problem, network, flow, network.supply - network.used(flow))
    took = np.flatnonzero(trials.taken)
    candidate = trials.candidate[took]
    row_of = {one: row for row, one in enumerate(candidate.tolist())}
    used, of_group = np.flatnonzero(flow), network.of_group
    of_groups, of_classes = used[of_group[used]], used[~of_group[used]]
    share_of = np.full(len(network) + 1, -1, dtype=np.int32)  # the last for links without an arc
    share_of[of_groups] = [row_of[one] for one in network.candidate[of_groups].tolist()]
    share_of[of_classes] = len(took) + np.arange(len(of_classes))
    kinds, steps = (network.tail[of_classes] - network.groups).tolist(), network.cost_mm[of_classes].tolist()
    tiers = [problem.area_requests.tier[kind][step] for kind, step in zip(kinds, steps, strict=True)]
    pools = network.head[of_classes]
    shares = shares_of(problem.candidates, candidate, trials.group[took], pools, np.array(tiers, dtype=np.int64))
    return Assignment(frozen(number), frozen(share_of[np.maximum(over, -1)]), shares, trials)


def _kept(problem: Problem, number: IntArray) -> IntArray:
    """The number of each link, shape (links,), once links keep theirs where their pool serves them; 0 for none."""
    if problem.held is None:
        return number
    pools = problem.pools
    served = np.flatnonzero(number)
    _, pool = rows_of(problem, number)
    held = pools_held(problem)[served]
    kept = number.copy()
    for one in np.unique(pool[held == pool]).tolist():
        here = served[pool == one]
        staying = here[held[pool == one] == one]
        # Two links can't keep one number: the first in the document does.
        _, first = np.unique(problem.held[staying], return_index=True)
        staying = staying[np.sort(first)]
        moving = np.setdiff1d(here, staying)
        free = np.setdiff1d(pools.number[pools.start[one] : pools.start[one + 1]], problem.held[staying])
        kept[staying] = problem.held[staying]
        kept[moving] = free[: len(moving)]
    return kept


def _trials(problem: Problem, network: Network, flow: IntArray, left: IntArray) -> Trials:
    """The pools that serve each group, and for a short one all in its reach, and the closest beyond with enough."""
    served = network.served(flow)
    short = served < network.demand
    listed = np.flatnonzero(network.of_group & ((flow > 0) | short[network.tail]))
    beyond = _enough_beyond(problem, np.flatnonzero(short[: network.groups]), network.demand - served, left)
    group = np.concatenate((network.tail[listed], beyond[:, 0]))
    candidate = np.concatenate((network.candidate[listed], beyond[:, 1]))
    taken = np.concatenate((flow[listed], np.zeros(len(beyond), dtype=np.int64)))
    order = np.lexsort((candidate, network.turn[group]))
    group, candidate, taken = group[order], candidate[order], taken[order]
    return Trials(
        group=frozen(group),
        candidate=frozen(candidate),
        left=frozen(left[problem.candidates.pool[candidate]] + taken),
        taken=frozen(taken),
    )


def _enough_beyond(problem: Problem, short: IntArray, missing: IntArray, left: IntArray) -> IntArray:
    """For each short group, the row of the closest candidate beyond its radius with enough left, shape (n, 2)."""
    groups, candidates = problem.groups, problem.candidates
    rows = []
    for group in short.tolist():
        near = problem.candidate_rows(group)
        enough = (candidates.km[near] > groups.radius_km[group]) & (left[candidates.pool[near]] >= missing[group])
        if enough.any():
            rows.append((group, near.start + int(np.argmax(enough))))
    return np.array(rows, dtype=np.int64).reshape(-1, 2)
