"""The best assignment: most links served, and among those the least total distance."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from allocator.planning.bounds import best_value, served_bound
from allocator.planning.certificate import Nearness, bounding
from allocator.planning.demand_classes import Classified, classified, gathered, keep_numbers
from allocator.planning.flow import Prices, best_flow
from allocator.planning.inventory import Inventory
from allocator.planning.lagrangian import good_multipliers
from allocator.planning.network import MILLIMETRES, Network, arcs_used
from allocator.planning.packing import Packing
from allocator.planning.problem import Assignment, IntArray, Problem, Shares, Tier, Trials, frozen
from allocator.planning.rule import assign_by_rule

# A linear congruential generator (Knuth, MMIX), whose high bits are used: chance that is the same everywhere.
_SEED, _MULTIPLIER, _INCREMENT = 20_260_214, 6_364_136_223_846_793_005, 1_442_695_040_888_963_407


class Deadline:
    """A moment after which nothing more is tried.

    Parameters
    ----------
    seconds
        How long from now.

    Attributes
    ----------
    heeded
        Whether something was left untried for it.
    """

    def __init__(self, seconds: float) -> None:
        self._moment = time.monotonic() + seconds
        self.heeded = False

    def passed(self) -> bool:
        """Whether it is over; from then on it was heeded."""
        self.heeded |= time.monotonic() >= self._moment
        return self.heeded


def assign_best_split(problem: Problem) -> tuple[Assignment, Prices]:
    """Serve the most links over the least total distance, where groups may be spread over several pools.

    Parameters
    ----------
    problem
        The problem. Where it has weights, the most weight is served; where links have numbers to keep, as few as can be
        lose theirs, before distance is looked at.

    Returns
    -------
    tuple
        The assignment, and the prices that prove it best (see `allocator.planning.certificate`).

    Notes
    -----
    The plan is the only one that `allocator.planning.flow` may choose. Numbers are handed out in document order: the
    smallest of a pool to the demand whose first link comes first.
    """
    if problem.weight is None and problem.held is None:
        network = Network.of(problem)
        flow, prices = best_flow(network)
        return assignment_of(problem, network, flow), prices
    classes = classified(problem)
    flow, prices = best_flow(classes.network)
    return _of_links(problem, assignment_of(classes.problem, classes.network, flow)), prices


def assign_best_together(
    problem: Problem, *, kicks: int, deadline: Deadline | None = None
) -> tuple[Assignment, Prices]:
    """Serve as many links as can be found to be served, where each group is served from one pool or not at all.

    The best plan of groups that may be split, of those pools that could serve a group whole, is rounded: groups that it
    doesn't split stay, all others are packed anew pool by pool (see `allocator.planning.packing`), then kicked about.

    Parameters
    ----------
    problem
        The problem; weights and numbers to keep count as in `settle_best_split`.
    kicks
        How often a group that goes without is forced in; the effort, on which alone the result depends.
    deadline
        When to stop trying, if ever; it says whether it was heeded.

    Returns
    -------
    tuple
        The assignment, and prices that bound how much better the best can be.
    """
    classes = classified(problem)
    bounds = bounding(problem, "together").network.whole()
    flow, prices = best_flow(bounds)
    alike = problem.weight is None and problem.held is None
    problem, network, worth = gathered(problem, classes)
    bound = served_bound(bounds, prices)
    stakes = _Stakes.of(problem, network, worth, classes)
    start = flow if alike else _merged(problem, network, classes)
    starts = [start]
    if len(network.demand) > network.groups:  # the BY AREA links might make more room than they need
        starts.append(np.where(network.tail < network.groups, start, 0))
    if problem.held is not None:
        starts.append(np.where(stakes.kept > 0, network.demand[network.tail], 0))
    best = max((_packed(network, one, bound, kicks, stakes, deadline) for one in starts), key=stakes.goodness)
    rule = _flow_of(network, problem, assign_by_rule(problem, "together"))
    if stakes.goodness(rule)[0] > stakes.goodness(best)[0]:
        best = _packed(network, rule, bound, kicks, stakes, deadline)
    served = stakes.goodness(best)[0]
    if served < bound:
        prices = replace(prices, multipliers=good_multipliers(network, worth, served, kicks))
    assignment = assignment_of(problem, network, best)
    return assignment if problem.held is None else _of_links(problem, assignment), prices


def assign_least_worst(
    problem: Problem, grouping: str, *, kicks: int, deadline: Deadline | None = None
) -> tuple[Assignment, Prices, Nearness]:
    """Serve the most links so that nobody goes farther than need be, and then over the least total distance.

    Parameters
    ----------
    problem
        The problem; weights and numbers to keep count as in `settle_best_split`.
    grouping
        "split" or "together".
    kicks, deadline
        As in `settle_best_together`.

    Returns
    -------
    tuple
        The assignment, the prices that bound what can be served, and what bounds the greatest distance.

    Notes
    -----
    The least greatest distance is found by halving: some fifteen plans. Where groups stay together each of them is as
    good as can be found.
    """

    def best(one: Problem) -> tuple[Assignment, Prices]:
        if grouping == "split":
            return assign_best_split(one)
        return assign_best_together(one, kicks=kicks, deadline=deadline)

    def weight(assignment: Assignment) -> int:
        served = np.flatnonzero(assignment.number)
        return int(classes.network.weight[classes.of_link[served]].sum()) if len(served) else 0

    def bound(mm: int) -> tuple[int, Prices]:
        near = network.within(mm)
        prices = best_flow(near)[1]
        return (best_value(near, prices)[0] if grouping == "split" else served_bound(near, prices)), prices

    classes = classified(problem)
    network = bounding(problem, grouping).network
    if grouping == "together":
        network = network.whole()
    assignment, prices = best(problem)
    goal = weight(assignment)
    distances = np.unique(network.cost_mm[network.tail < network.groups])
    low, high = 0, max(len(distances) - 1, 0)
    while low < high:  # the least distance within which so much might be served
        middle = (low + high) // 2
        low, high = (low, middle) if bound(int(distances[middle]))[0] >= goal else (middle + 1, high)
    at_least = int(distances[low]) if len(distances) else 0
    below = bound(at_least - 1)[1]
    high = max(len(distances) - 1, 0)
    while low < high:  # the least within which so much is served
        middle = (low + high) // 2
        found = best(_nearer(problem, int(distances[middle])))[0]
        if weight(found) >= goal:
            high, assignment = middle, found
        else:
            low = middle + 1
    within = None
    if len(distances):
        near = _nearer(problem, int(distances[high]))
        found, within = best(near)
        assignment = found if weight(found) >= goal else assignment
    return assignment, prices, Nearness(at_least, below, within)


def _nearer(problem: Problem, mm: int) -> Problem:
    """The problem with no group going farther than so many millimetres."""
    groups = problem.groups
    # A distance is as many millimetres as it is when rounded.
    km = (mm + 0.5) / MILLIMETRES
    return replace(problem, groups=replace(groups, radius_km=frozen(np.minimum(groups.radius_km, km))))


def _merged(problem: Problem, network: Network, classes: Classified) -> IntArray:
    """The best flow of classes as one of the demands that they are parts of."""
    finer = classes.network.whole()
    flow, _ = best_flow(finer)
    assignment = assignment_of(classes.problem, finer, flow)
    return _flow_of(network, problem, assignment)


@dataclass(frozen=True, slots=True)
class _Stakes:
    """What a plan of whole groups is judged by: what it serves, who keeps a number, how far it goes.

    Attributes
    ----------
    worth
        The weight of each group's links, shape (g,).
    kept
        How many links keep the number that they have when their group is served over an arc, shape (e,).
    cost
        Of each arc, for its whole group: links that lose their number, then millimetres.
    network
        The network.
    """

    worth: list[int]
    kept: IntArray
    cost: list[int] | None
    network: Network

    @classmethod
    def of(cls, problem: Problem, network: Network, worth: IntArray, classes: Classified) -> _Stakes:
        groups = problem.groups
        kept = np.zeros(len(network), dtype=np.int64)
        if problem.weight is None and problem.held is None:
            return cls(worth[: network.groups].tolist(), kept, None, network)
        of_members = classes.of_link[groups.members]
        group = np.repeat(np.arange(len(groups)), np.diff(groups.start))
        held = classes.network.held[of_members]
        pools = len(network.supply)
        key, count = np.unique((group * pools + held)[held >= 0], return_counts=True)
        at = network.tail * pools + network.head
        place = np.minimum(np.searchsorted(key, at), max(len(key) - 1, 0))
        of_group = network.tail < network.groups
        if len(key):
            kept[of_group] = np.where(key[place] == at, count[place], 0)[of_group]
        holding = np.bincount(group[held >= 0], minlength=len(groups))
        distance = (network.cost_mm * network.demand[network.tail]).tolist()
        far = int(network.cost_mm.max(initial=0)) * int(network.demand.sum()) + 1
        losing = np.where(of_group, np.append(holding, 0)[np.where(of_group, network.tail, -1)] - kept, 0).tolist()
        cost = [far * lost + mm for lost, mm in zip(losing, distance, strict=True)]
        return cls(worth[: network.groups].tolist(), kept, cost, network)

    def goodness(self, flow: IntArray) -> tuple[int, int, int]:
        """More is better: weight served, links that keep their number, and less distance."""
        network = self.network
        of_group = network.tail < network.groups
        used = np.flatnonzero(of_group & (flow > 0))
        singles = np.where(of_group, 0, flow)
        worth = sum(self.worth[group] for group in network.tail[used].tolist())
        worth += int((singles * network.weight[network.tail]).sum())
        staying = np.where(network.held[network.tail] == network.head, singles, 0)
        return worth, int(self.kept[used].sum() + staying.sum()), -int((flow * network.cost_mm).sum())


def _of_links(problem: Problem, assignment: Assignment) -> Assignment:
    """A assignment in which links keep the numbers that they may keep, told by the problem's own groups."""
    network = Network.of(problem)
    number = keep_numbers(problem, assignment.number)
    over = arcs_used(problem, network, number)
    flow = np.bincount(over[over >= 0], minlength=len(network)).astype(np.int64)
    left = network.supply - np.bincount(network.head, weights=flow, minlength=len(network.supply)).astype(np.int64)
    trials = _trials(problem, network, flow, left)
    took = np.flatnonzero(trials.taken)
    arc_of = {int(candidate): place for place, candidate in enumerate(trials.candidate[took].tolist())}
    single = [arc for arc in np.flatnonzero(flow).tolist() if network.tail[arc] >= network.groups]
    share_of = np.full(len(network) + 1, -1, dtype=np.int32)
    for arc in np.flatnonzero(flow).tolist():
        if network.tail[arc] < network.groups:
            share_of[arc] = arc_of[int(network.candidate[arc])]
    share_of[single] = len(took) + np.arange(len(single))
    km = problem.candidates.km[trials.candidate[took]]
    tiers = [
        problem.area_requests.tier[int(network.tail[arc]) - network.groups][int(network.cost_mm[arc])] for arc in single
    ]
    pool = np.concatenate((problem.candidates.pool[trials.candidate[took]], network.head[single]))
    shares = Shares(
        pool=frozen(pool.astype(np.int64)),
        tier=frozen(np.concatenate((np.where(km > 0, Tier.DISTANCE, Tier.NONE), tiers)).astype(np.int64)),
        km=frozen(np.concatenate((km, np.full(len(single), np.nan)))),
        group=frozen(np.concatenate((trials.group[took], np.full(len(single), -1)))),
    )
    return Assignment(frozen(number), frozen(share_of[np.where(over < 0, -1, over)]), shares, trials)


def _packed(
    network: Network, start: IntArray, bound: int, kicks: int, stakes: _Stakes, deadline: Deadline | None
) -> IntArray:
    """The flow in which the whole groups of another flow stay, at first, and its BY AREA links keep their numbers."""
    of_group = network.tail < network.groups
    of_classes = np.bincount(network.head, weights=np.where(of_group, 0, start), minlength=len(network.supply))
    packing = Packing(network, network.supply - of_classes.astype(np.int64), stakes.worth, stakes.cost)
    for arc in np.flatnonzero(of_group & (start == network.demand[network.tail])).tolist():
        group = int(network.tail[arc])
        if packing.at[group] < 0 and packing.rest[int(network.head[arc])] >= packing.size[group]:
            packing.put(group, arc)
    packing.fill()
    enough = bound - int((np.where(of_group, 0, start) * network.weight[network.tail]).sum())
    state = _SEED
    for _ in range(kicks):
        if packing.served >= enough or (deadline is not None and deadline.passed()):
            break
        state = (state * _MULTIPLIER + _INCREMENT) % 2**64
        packing.kick(state >> 24)
    packing.shorten()
    return _with_classes(network, packing)


def _flow_of(network: Network, problem: Problem, assignment: Assignment) -> IntArray:
    """The flow of a assignment."""
    over = arcs_used(problem, network, assignment.number)
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


def assignment_of(problem: Problem, network: Network, flow: IntArray) -> Assignment:
    """Hand out numbers as a flow says.

    Parameters
    ----------
    problem, network, flow
        The problem, its network, and the links over each arc, shape (e,).

    Returns
    -------
    Assignment
        Its trials tell of each group which pools serve it; of one that goes without, also what else it can reach.
        `left` is what a pool had for the group: what the group took and what nobody took.
    """
    counter = Inventory(problem.links, problem.pools)
    used = np.flatnonzero(flow)
    used = used[np.lexsort((used, network.turn[network.tail[used]]))]
    area_requests = _Classes(problem, network.groups)
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
            area_requests.serve(counter, demand - network.groups, pool, step, count)
    trials = _trials(problem, network, flow, np.array(counter.left, dtype=np.int64))
    shares = counter.hand_out(problem.groups, problem.candidates, trials)
    return Assignment(frozen(counter.number), frozen(counter.share), shares, trials)


class _Classes:
    """The links of each class of BY AREA links, in document order."""

    def __init__(self, problem: Problem, groups: int) -> None:
        self._callers = problem.area_requests
        order = np.argsort(problem.area_requests.kind, kind="stable")
        ends = np.cumsum(np.bincount(problem.area_requests.kind, minlength=len(problem.area_requests.chain)))
        self._waiting = np.split(problem.area_requests.position[order], ends[:-1]) if len(ends) else []
        self._groups = groups

    def serve(self, counter: Inventory, kind: int, pool: int, step: int, count: int) -> None:
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
        left=frozen(left[problem.candidates.pool[candidate]] + taken),
        taken=frozen(taken),
    )


def _would_have_done(problem: Problem, network: Network, served: IntArray, left: IntArray) -> IntArray:
    """For each group that goes without, wholly or in part, the closest pool beyond its radius with enough left."""
    groups, candidates = problem.groups, problem.candidates
    rows = []
    for group in np.flatnonzero(served[: network.groups] < network.demand[: network.groups]).tolist():
        low, high = int(candidates.start[groups.code[group]]), int(candidates.start[groups.code[group] + 1])
        missing = network.demand[group] - served[group]
        enough = (candidates.km[low:high] > groups.radius_km[group]) & (left[candidates.pool[low:high]] >= missing)
        if enough.any():
            rows.append((group, low + int(np.argmax(enough))))
    return np.array(rows, dtype=np.int64).reshape(-1, 2)
