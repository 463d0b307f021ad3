"""The best assignment: most links served, and among those the least total distance."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from allocator.planning.arrays import IntArray
from allocator.planning.bounds import served_bound
from allocator.planning.certificate import bounding_classes
from allocator.planning.dealing import assignment_of, keep_numbers
from allocator.planning.demand_classes import Classified, classify, gather
from allocator.planning.flow import Prices, best_flow
from allocator.planning.lagrangian import find_multipliers
from allocator.planning.network import Network, flow_of
from allocator.planning.packing import Packing
from allocator.planning.problem import Assignment, Problem
from allocator.planning.rule import assign_by_rule

# A linear congruential generator (Knuth, MMIX); its high bits make the same random choices everywhere.
_SEED, _MULTIPLIER, _INCREMENT = 20_260_214, 6_364_136_223_846_793_005, 1_442_695_040_888_963_407


class Deadline:
    """A moment after which the search stops.

    Parameters
    ----------
    seconds
        How long from now.

    Attributes
    ----------
    cut_off
        Whether the search stopped because of it.
    """

    def __init__(self, seconds: float) -> None:
        self._moment = time.monotonic() + seconds
        self.cut_off = False

    def stops(self) -> bool:
        """Whether to stop now; a search that asks must stop when the answer is yes."""
        self.cut_off |= time.monotonic() >= self._moment
        return self.cut_off


def assign_best_split(problem: Problem) -> tuple[Assignment, Prices]:
    """Serve the most links over the least total distance, where groups may be spread over several pools.

    Parameters
    ----------
    problem
        The problem. Where it has weights, the most weight is served. Where links have numbers to keep, as few as
        possible lose theirs, and only then distance counts.

    Returns
    -------
    tuple
        The assignment, and the prices that prove it best (see `allocator.planning.certificate`).

    Notes
    -----
    `allocator.planning.flow` leaves no choice between plans: exactly one is best.
    """
    if problem.plain:
        network = Network.of(problem)
        flow, prices = best_flow(network)
        return assignment_of(problem, network, flow), prices
    classes = classify(problem)
    flow, prices = best_flow(classes.network)
    return keep_numbers(problem, assignment_of(classes.problem, classes.network, flow)), prices


def assign_best_together(
    problem: Problem, *, perturbations: int, deadline: Deadline | None = None
) -> tuple[Assignment, Prices]:
    """Serve as many links as the search finds a way to, where each group is served from one pool or not at all.

    The search starts from the best plan of groups that may be split, over pools that could serve a group whole. Groups
    that it doesn't split stay. All others are packed anew pool by pool (see `allocator.planning.packing`), and then the
    packing is perturbed.

    Parameters
    ----------
    problem
        The problem; weights and numbers to keep count as in `assign_best_split`.
    perturbations
        Attempts to force in a group that is not served: the effort. The result depends on nothing else.
    deadline
        When to stop trying, if ever; it says whether it cut the search off.

    Returns
    -------
    tuple
        The assignment, and prices that bound how much better the best can be.
    """
    classes = classify(problem)
    relaxed = bounding_classes(problem, "together").network.whole()
    flow, prices = best_flow(relaxed)
    bound = served_bound(relaxed, prices)
    finer, network, worth = gather(problem, classes)
    merit = _Merit.of(finer, network, worth, classes)
    start = flow if problem.plain else _merged(finer, network, classes)
    starts = [start]
    if len(network.demand) > network.groups:  # the BY AREA links might make more room than they need
        starts.append(np.where(network.of_group, start, 0))
    if problem.held is not None:
        starts.append(np.where(merit.kept > 0, network.demand[network.tail], 0))
    best = max((_pack(network, one, bound, perturbations, merit, deadline) for one in starts), key=merit.rank)
    rule = flow_of(finer, network, assign_by_rule(finer, "together").number)
    if merit.rank(rule)[0] > merit.rank(best)[0]:
        best = _pack(network, rule, bound, perturbations, merit, deadline)
    served = merit.rank(best)[0]
    if served < bound:
        prices = replace(prices, multipliers=find_multipliers(network, worth, served, perturbations))
    assignment = assignment_of(finer, network, best)
    return (assignment if problem.held is None else keep_numbers(finer, assignment)), prices


def _merged(problem: Problem, network: Network, classes: Classified) -> IntArray:
    """The best flow of classified demands, as a flow of the groups that they are parts of."""
    finer = classes.network.whole()
    flow, _ = best_flow(finer)
    return flow_of(problem, network, assignment_of(classes.problem, finer, flow).number)


@dataclass(frozen=True, slots=True)
class _Merit:
    """What a plan of whole groups is judged by: the weight it serves, the links that keep a number, the distance.

    Attributes
    ----------
    network
        The network.
    worth
        The weight of each group's links, g numbers.
    kept
        Links that keep the number that they have when their group is served over an arc, shape (e,), int64.
    cost
        Of each arc, for its whole group: links that lose their number, then millimetres; None where no link has one.
    """

    network: Network
    worth: list[int]
    kept: IntArray
    cost: list[int] | None

    @classmethod
    def of(cls, problem: Problem, network: Network, worth: IntArray, classes: Classified) -> _Merit:
        groups, pools, kept = problem.groups, len(network.supply), np.zeros(len(network), dtype=np.int64)
        of_groups = worth[: network.groups].tolist()
        if problem.plain:
            return cls(network, of_groups, kept, None)
        held = classes.network.held[classes.of_link[groups.members]]
        group, held = groups.of_member[held >= 0], held[held >= 0]
        held_from = np.bincount(group * pools + held, minlength=len(groups) * pools)
        arcs = network.of_group
        kept[arcs] = held_from[(network.tail * pools + network.head)[arcs]]
        losing = np.bincount(group, minlength=len(network.demand))[network.tail] - kept
        pairs = zip(losing.tolist(), (network.cost_mm * network.demand[network.tail]).tolist(), strict=True)
        far = network.link_worth
        cost = [far * lost + mm for lost, mm in pairs]
        return cls(network, of_groups, kept, cost)

    def rank(self, flow: IntArray) -> tuple[int, int, int]:
        """Weight served, links that keep their number, and distance saved; more is better."""
        network = self.network
        used = np.flatnonzero(network.of_group & (flow > 0))
        singles = np.where(network.of_group, 0, flow)
        worth = sum(self.worth[group] for group in network.tail[used].tolist())
        worth += int((singles * network.weight[network.tail]).sum())
        staying = np.where(network.held[network.tail] == network.head, singles, 0)
        return worth, int(self.kept[used].sum() + staying.sum()), -int((flow * network.cost_mm).sum())


def _pack(
    network: Network, start: IntArray, bound: int, perturbations: int, merit: _Merit, deadline: Deadline | None
) -> IntArray:
    """Improve a flow: at first its whole groups stay, and its BY AREA links keep room for their numbers."""
    of_classes = np.where(network.of_group, 0, start)
    packing = Packing(network, network.supply - network.used(of_classes), merit.worth, merit.cost)
    for arc in np.flatnonzero(network.of_group & (start == network.demand[network.tail])).tolist():
        group = int(network.tail[arc])
        if packing.arc_of[group] < 0 and packing.left[int(network.head[arc])] >= packing.size[group]:
            packing.put(group, arc)
    packing.fill()
    enough = bound - int((of_classes * network.weight[network.tail]).sum())
    state = _SEED
    for _ in range(perturbations):
        if packing.served >= enough or (deadline is not None and deadline.stops()):
            break
        state = (state * _MULTIPLIER + _INCREMENT) % 2**64
        packing.perturb(state >> 24)
    packing.shorten()
    flow = network.whole_flow(packing.arc_of)
    if len(network.demand) > network.groups:  # the best flow of the BY AREA links over what the groups leave
        left = network.supply - network.used(flow)
        rest = np.flatnonzero(~network.of_group & (left[network.head] > 0))
        flow[rest], _ = best_flow(network.part(rest, left))
    return flow
