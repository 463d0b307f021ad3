"""The best settlement: most links served, and among those the least total distance."""

from __future__ import annotations

import numpy as np

from allocator.planning.bounds import served_bound
from allocator.planning.certificate import arcs_used
from allocator.planning.counter import Counter
from allocator.planning.flow import Prices, best_flow
from allocator.planning.network import Network
from allocator.planning.packing import Packing
from allocator.planning.problem import IntArray, Problem, Settlement, Trials, frozen
from allocator.planning.rule import settle

# A linear congruential generator (Knuth, MMIX), whose high bits are used: chance that is the same everywhere.
_SEED, _MULTIPLIER, _INCREMENT = 20_260_214, 6_364_136_223_846_793_005, 1_442_695_040_888_963_407


def settle_best_split(problem: Problem) -> tuple[Settlement, Prices]:
    """Serve the most links over the least total distance, where groups may be spread over several pools.

    Parameters
    ----------
    problem
        The problem.

    Returns
    -------
    tuple
        The settlement, and the prices that prove it best (see `allocator.planning.certificate`).

    Notes
    -----
    The plan is the only one that `allocator.planning.flow` may choose. Numbers are handed out in document order: the
    smallest of a pool to the demand whose first link comes first.
    """
    network = Network.of(problem)
    flow, prices = best_flow(network)
    return settlement_of(problem, network, flow), prices


def settle_best_together(problem: Problem, *, kicks: int) -> tuple[Settlement, Prices]:
    """Serve as many links as can be found to be served, where each group is served from one pool or not at all.

    The best plan of groups that may be split, of those pools that could serve a group whole, is rounded: groups that it
    doesn't split stay, all others are packed anew pool by pool (see `allocator.planning.packing`), then kicked about.

    Parameters
    ----------
    problem
        The problem.
    kicks
        How often a group that goes without is forced in; the effort, on which alone the result depends.

    Returns
    -------
    tuple
        The settlement, and prices that bound how much better the best can be.
    """
    network = Network.of(problem).whole()
    flow, prices = best_flow(network)
    bound = served_bound(network, prices)
    best = _packed(network, flow, bound, kicks)
    if len(network.demand) > network.groups:  # the BY AREA links might make more room than they need
        best = max(best, _packed(network, np.where(network.tail < network.groups, flow, 0), bound, kicks), key=np.sum)
    rule = _flow_of(network, problem, settle(problem, "together"))
    if rule.sum() > best.sum():
        best = _packed(network, rule, bound, kicks)
    return settlement_of(problem, network, best), prices


def _packed(network: Network, start: IntArray, bound: int, kicks: int) -> IntArray:
    """The flow in which the whole groups of another flow stay, at first, and its BY AREA links keep their numbers."""
    of_group = network.tail < network.groups
    of_classes = np.bincount(network.head, weights=np.where(of_group, 0, start), minlength=len(network.supply))
    packing = Packing(network, network.supply - of_classes.astype(np.int64))
    for arc in np.flatnonzero(of_group & (start == network.demand[network.tail])).tolist():
        packing.put(int(network.tail[arc]), arc)
    packing.fill()
    enough = bound - int(of_classes.sum())
    state = _SEED
    for _ in range(kicks):
        if packing.served >= enough:
            break
        state = (state * _MULTIPLIER + _INCREMENT) % 2**64
        packing.kick(state >> 24)
    packing.shorten()
    return _with_classes(network, packing)


def _flow_of(network: Network, problem: Problem, settlement: Settlement) -> IntArray:
    """The flow of a settlement."""
    over = arcs_used(problem, network, settlement.number)
    return np.bincount(over[over >= 0], minlength=len(network)).astype(np.int64)


def _with_classes(network: Network, packing: Packing) -> IntArray:
    """The flow of a packing, with the best one of the BY AREA links on what it leaves."""
    flow = np.zeros(len(network), dtype=np.int64)
    arcs = np.array([arc for arc in packing.at if arc >= 0], dtype=np.int64)
    flow[arcs] = network.demand[network.tail[arcs]]
    if len(network.demand) > network.groups:
        left = network.supply - np.bincount(network.head, weights=flow, minlength=len(network.supply)).astype(np.int64)
        rest = np.flatnonzero((network.tail >= network.groups) & (left[network.head] > 0))
        flow[rest], _ = best_flow(network.part(rest, left))
    return flow


def settlement_of(problem: Problem, network: Network, flow: IntArray) -> Settlement:
    """Hand out numbers as a flow says.

    Parameters
    ----------
    problem, network, flow
        The problem, its network, and the links over each arc, shape (e,).

    Returns
    -------
    Settlement
        Its trials tell of each group which pools serve it; of one that goes without, also what else it can reach.
        `left` is what a pool had for the group: what the group took and what nobody took.
    """
    counter = Counter(problem.links, problem.pools)
    used = np.flatnonzero(flow)
    used = used[np.lexsort((used, network.turn[network.tail[used]]))]
    callers = _Classes(problem, network.groups)
    for demand, pool, step, count in zip(
        network.tail[used].tolist(),
        network.head[used].tolist(),
        network.cost_mm[used].tolist(),
        flow[used].tolist(),
        strict=True,
    ):
        if demand < network.groups:
            counter.set_aside(pool, count)
        else:
            callers.serve(counter, demand - network.groups, pool, step, count)
    trials = _trials(problem, network, flow, np.array(counter.left, dtype=np.int64))
    shares = counter.hand_out(problem.groups, problem.reach, trials)
    return Settlement(frozen(counter.number), frozen(counter.share), shares, trials)


class _Classes:
    """The links of each class of BY AREA links, in document order."""

    def __init__(self, problem: Problem, groups: int) -> None:
        self._callers = problem.callers
        order = np.argsort(problem.callers.kind, kind="stable")
        ends = np.cumsum(np.bincount(problem.callers.kind, minlength=len(problem.callers.chain)))
        self._waiting = np.split(problem.callers.position[order], ends[:-1]) if len(ends) else []
        self._groups = groups

    def serve(self, counter: Counter, kind: int, pool: int, step: int, count: int) -> None:
        share = counter.open_share(pool, self._callers.tier[kind][step])
        counter.take(pool, self._waiting[kind][:count], share)
        self._waiting[kind] = self._waiting[kind][count:]


def _trials(problem: Problem, network: Network, flow: IntArray, left: IntArray) -> Trials:
    groups = np.flatnonzero(network.tail < network.groups)
    served = np.bincount(network.tail, weights=flow, minlength=len(network.demand)).astype(np.int64)
    short = (served < network.demand)[network.tail[groups]]
    told = groups[(flow[groups] > 0) | short]
    told = told[np.lexsort((told, network.turn[network.tail[told]]))]
    beyond = _would_have_done(problem, network, served, left)
    group = np.concatenate((network.tail[told], beyond[:, 0]))
    candidate = np.concatenate((network.candidate[told], beyond[:, 1]))
    taken = np.concatenate((flow[told], np.zeros(len(beyond), dtype=np.int64)))
    order = np.lexsort((candidate, network.turn[group]))
    group, candidate, taken = group[order], candidate[order], taken[order]
    return Trials(
        group=frozen(group),
        candidate=frozen(candidate),
        left=frozen(left[problem.reach.pool[candidate]] + taken),
        taken=frozen(taken),
    )


def _would_have_done(problem: Problem, network: Network, served: IntArray, left: IntArray) -> IntArray:
    """For each group that goes without, wholly or in part, the closest pool beyond its radius with enough left."""
    groups, reach = problem.groups, problem.reach
    rows = []
    for group in np.flatnonzero(served[: network.groups] < network.demand[: network.groups]).tolist():
        low, high = int(reach.start[groups.code[group]]), int(reach.start[groups.code[group] + 1])
        missing = network.demand[group] - served[group]
        enough = (reach.km[low:high] > groups.radius_km[group]) & (left[reach.pool[low:high]] >= missing)
        if enough.any():
            rows.append((group, low + int(np.argmax(enough))))
    return np.array(rows, dtype=np.int64).reshape(-1, 2)
