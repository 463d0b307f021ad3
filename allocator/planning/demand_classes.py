"""Demands of links that are alike in every respect, where links count differently or have a number to keep.

Where groups may be split, nothing holds the links of a group together. So the links of a group with one weight, and
with numbers from one pool, are a demand of their own, and what is exact for demands is exact for links.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.errors import OptionError
from allocator.planning.arrays import IntArray, frozen, run_starts, sum_by
from allocator.planning.network import Network, demand_of_links, rows_of
from allocator.planning.problem import AreaRequests, Groups, Problem

_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Classified:
    """A problem in which every group, and every class of BY AREA links, has links that are alike.

    Attributes
    ----------
    problem
        The problem, in which several groups may have the same outcode. The original problem where all links are alike.
    network
        Its network, with the weight and the pool of each demand.
    of_link
        The demand of each link, shape (links,), int64; -1 for a link of another method.
    """

    problem: Problem
    network: Network
    of_link: IntArray

    def weight_served(self, number: IntArray) -> int:
        """The weight of the links that have a number, shape (links,); 0 for none."""
        demand = self.of_link[number != 0]
        return int(self.network.weight[demand[demand >= 0]].sum())


def classify(problem: Problem) -> Classified:
    """Separate links with different weights and links with numbers from different pools.

    Parameters
    ----------
    problem
        The problem.

    Raises
    ------
    OptionError
        The weights differ too finely for whole numbers.
    """
    weight, held = _weights(problem), pools_held(problem)
    finer = problem if problem.plain else _finer(problem, weight, held)
    network = Network.of(finer)
    of_link = demand_of_links(finer, network)
    any_link = np.zeros(len(network.demand), dtype=np.int64)
    any_link[of_link[of_link >= 0]] = np.flatnonzero(of_link >= 0)
    network = replace(network, weight=frozen(weight[any_link]), held=frozen(held[any_link]))
    _check_range(network)
    return Classified(finer, network, frozen(of_link))


def _finer(problem: Problem, weight: IntArray, held: IntArray) -> Problem:
    """The problem whose groups and classes are split until their links are alike."""
    groups, area_requests = problem.groups, problem.area_requests
    group = groups.of_member
    order, of_class = _classes(group, weight[groups.members], held[groups.members], groups.members)
    start, members = run_starts(of_class), groups.members[order]
    owner = group[order][start]
    finer_groups = Groups(
        code=frozen(groups.code[owner]),
        members=frozen(members),
        start=frozen(np.append(start, len(order))),
        radius_km=frozen(groups.radius_km[owner]),
        turn=frozen(np.argsort(members[start], kind="stable")),
    )
    position = area_requests.position
    order, of_class = _classes(area_requests.kind, weight[position], held[position], position)
    kind = np.empty_like(area_requests.kind)
    kind[order] = of_class
    owners = area_requests.kind[order][run_starts(of_class)].tolist()
    finer_requests = AreaRequests(
        position=position,
        kind=frozen(kind),
        chain=tuple(area_requests.chain[owner] for owner in owners),
        tier=tuple(area_requests.tier[owner] for owner in owners),
    )
    return replace(problem, groups=finer_groups, area_requests=finer_requests)


def gather(problem: Problem, classes: Classified) -> tuple[Problem, Network, IntArray]:
    """Put groups together again, beside the BY AREA links by class, for plans in which groups stay together.

    Parameters
    ----------
    problem
        The problem.
    classes
        The same, classified.

    Returns
    -------
    tuple
        The problem with finer classes of BY AREA links; its network without the arcs over which a group can't be served
        whole; and what serving each demand is worth, shape (d,): a whole group, or each link of a class.
    """
    finer = replace(problem, area_requests=classes.problem.area_requests)
    network = Network.of(finer)
    groups, split = problem.groups, classes.network
    weight, held = network.weight.copy(), network.held.copy()
    weight[network.groups :], held[network.groups :] = split.weight[split.groups :], split.held[split.groups :]
    whole = sum_by(groups.of_member, len(groups), split.weight[classes.of_link[groups.members]])
    worth = np.concatenate((whole, weight[network.groups :]))
    return finer, replace(network, weight=frozen(weight), held=frozen(held)).whole(), frozen(worth)


def _classes(owner: IntArray, weight: IntArray, held: IntArray, position: IntArray) -> tuple[IntArray, IntArray]:
    """The order of links by class, and the class of each in that order."""
    order = np.lexsort((position, held, -weight, owner))
    keys = np.stack((owner[order], weight[order], held[order]))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(keys, axis=1) != 0).any(axis=0)
    return order, np.cumsum(new) - 1


def _weights(problem: Problem) -> IntArray:
    """The weight of each link in lowest terms, shape (links,)."""
    if problem.weight is None:
        return np.ones(problem.links, dtype=np.int64)
    return problem.weight // max(int(np.gcd.reduce(problem.weight)), 1)


def pools_held(problem: Problem) -> IntArray:
    """The pool of the number that each link has now, shape (links,); -1 where it has none, or one that no pool has."""
    held = np.full(problem.links, -1, dtype=np.int64)
    if problem.held is not None:
        _, held[problem.held != 0] = rows_of(problem, problem.held)
    return held


def _check_range(network: Network) -> None:
    heaviest, worth = int(network.weight.max(initial=1)), network.link_worth
    if heaviest > 1 and heaviest * worth > _MOST:
        raise OptionError(
            "the priorities differ too finely for this number of links",
            value=heaviest,
            remedy=f"Make the greatest priority at most {max(1, _MOST // worth):,} times the unit.",
        )
