"""Links that count differently, or that have a number to keep: demands of links that are alike in every respect.

Where groups may be split nothing holds the links of a group together, so those of one weight and one pool that they
have their numbers from are a demand of their own, and what is exact for demands is exact for links.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.errors import OptionError
from allocator.planning.network import Network, rows_of
from allocator.planning.problem import AreaRequests, Groups, IntArray, Problem, frozen

__all__ = ["Classified", "classified", "gathered", "keep_numbers"]

_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Classified:
    """A problem whose groups and kinds are classes of links that are alike.

    Attributes
    ----------
    problem
        The problem; its groups may have the same outcode. The problem itself where all links are alike.
    network
        Its network, with the weight and the pool of each demand.
    of_link
        The demand of each link, shape (links,); -1 where it has none.
    """

    problem: Problem
    network: Network
    of_link: IntArray


def classified(problem: Problem) -> Classified:
    """Tell links of different weights and different numbers apart.

    Parameters
    ----------
    problem
        The problem.

    Raises
    ------
    OptionError
        The weights differ too finely for whole numbers.
    """
    weight, held = _weights(problem), _pools_held(problem)
    groups, area_requests = problem.groups, problem.area_requests
    group = np.repeat(np.arange(len(groups)), np.diff(groups.start))
    if problem.weight is None and problem.held is None:
        split, kinds = problem, area_requests.kind
        of_group = group
    else:
        order, of_group = _classes(group, weight[groups.members], held[groups.members], groups.members)
        start = np.append(np.flatnonzero(np.diff(of_group, prepend=-1)), len(order))
        members = groups.members[order]
        first = members[start[:-1]] if len(members) else members
        of_class = group[order][start[:-1]] if len(members) else group
        finer = Groups(
            code=frozen(groups.code[of_class]),
            members=frozen(members),
            start=frozen(start),
            radius_km=frozen(groups.radius_km[of_class]),
            turn=frozen(np.argsort(first, kind="stable")),
        )
        order, of_kind = _classes(
            area_requests.kind, weight[area_requests.position], held[area_requests.position], area_requests.position
        )
        kinds = np.empty_like(area_requests.kind)
        kinds[order] = of_kind
        kind_of = [int(kind) for kind in area_requests.kind[order][np.flatnonzero(np.diff(of_kind, prepend=-1))]]
        finer_callers = AreaRequests(
            position=area_requests.position,
            kind=frozen(kinds),
            chain=tuple(area_requests.chain[kind] for kind in kind_of),
            tier=tuple(area_requests.tier[kind] for kind in kind_of),
        )
        split = replace(problem, groups=finer, area_requests=finer_callers)
    network = Network.of(split)
    of_link = np.full(problem.links, -1, dtype=np.int64)
    of_link[split.groups.members] = of_group
    of_link[area_requests.position] = kinds + network.groups
    any_link = np.zeros(len(network.demand), dtype=np.int64)
    any_link[of_link[of_link >= 0]] = np.flatnonzero(of_link >= 0)
    network = replace(network, weight=frozen(weight[any_link]), held=frozen(held[any_link]))
    _check_range(network)
    return Classified(split, network, frozen(of_link))


def gathered(problem: Problem, classes: Classified) -> tuple[Problem, Network, IntArray]:
    """The groups as they are, beside the BY AREA links by class: what is planned where groups stay together.

    Parameters
    ----------
    problem
        The problem.
    classes
        The same, with its links told apart.

    Returns
    -------
    tuple
        The problem with finer kinds of BY AREA links, its network without the arcs over which a group can't be served
        whole, and what serving each demand is worth: a group as a whole, each link of another; shape (d,).
    """
    finer = replace(problem, area_requests=classes.problem.area_requests)
    network = Network.of(finer)
    groups, split = problem.groups, classes.network
    weight, held = network.weight.copy(), network.held.copy()
    weight[network.groups :], held[network.groups :] = split.weight[split.groups :], split.held[split.groups :]
    group = np.repeat(np.arange(len(groups)), np.diff(groups.start))
    whole = np.bincount(group, weights=split.weight[classes.of_link[groups.members]], minlength=len(groups))
    worth = np.concatenate((whole.astype(np.int64), weight[network.groups :]))
    return finer, replace(network, weight=frozen(weight), held=frozen(held)).whole(), frozen(worth)


def _classes(owner: IntArray, weight: IntArray, held: IntArray, position: IntArray) -> tuple[IntArray, IntArray]:
    """The order of links by class, and the class of each in that order."""
    order = np.lexsort((position, held, -weight, owner))
    keys = np.stack((owner[order], weight[order], held[order]))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(keys, axis=1) != 0).any(axis=0)
    return order, np.cumsum(new) - 1


def _weights(problem: Problem) -> IntArray:
    """The weight of each link in lowest terms."""
    if problem.weight is None:
        return np.ones(problem.links, dtype=np.int64)
    common = int(np.gcd.reduce(problem.weight)) if problem.links else 1
    lowest: IntArray = problem.weight // max(common, 1)
    return lowest


def _pools_held(problem: Problem) -> IntArray:
    """The pool that each link has its number from; -1 where it has none, or one that is not to be had."""
    if problem.held is None:
        return np.full(problem.links, -1, dtype=np.int64)
    _, pool = rows_of(problem, problem.held)
    held = np.full(problem.links, -1, dtype=np.int64)
    holders = np.flatnonzero(problem.held)
    held[holders] = pool
    return held


def _check_range(network: Network) -> None:
    heaviest = int(network.weight.max(initial=1))
    worth = int(network.cost_mm.max(initial=0)) * int(network.demand.sum()) + 1
    if heaviest > 1 and heaviest * worth > _MOST:
        raise OptionError(
            "the priorities differ too finely for so many links",
            value=heaviest,
            remedy=f"Use priorities of which the greatest is at most {max(1, _MOST // worth):,} times the unit.",
        )


def keep_numbers(problem: Problem, number: IntArray) -> IntArray:
    """Let links that are served from the pool that they have their number from keep it.

    Parameters
    ----------
    problem
        The problem.
    number
        The number of each link, shape (links,); 0 for none.

    Returns
    -------
    array of int64, shape (links,)
        The same pools for all; the others get what is left of each pool, the smallest numbers first, in the order of
        the document.
    """
    if problem.held is None:
        return number
    pools = problem.pools
    served = np.flatnonzero(number)
    _, pool = rows_of(problem, number)
    held = _pools_held(problem)[served]
    keeps = held == pool
    kept = number.copy()
    for one in np.unique(pool[keeps]).tolist():
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
