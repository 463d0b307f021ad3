"""Exact knapsacks in whole numbers: which sizes to choose so that their sum stays within a limit.

Sums that can be reached are bits of a whole number: bit s says that some set of the sizes has the sum s. Where sizes
are worth something else than their size, dynamic programming takes over. The order of the input breaks all ties.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from allocator.planning.arrays import IntArray


def greatest_sum(sizes: Iterable[int], limit: int) -> int:
    """The greatest sum of some of the sizes that is not above a limit.

    Parameters
    ----------
    sizes
        Positive whole numbers.
    limit
        The most that the sum may reach.

    Notes
    -----
    O(sizes × limit / 64): one shift of a whole number of `limit` bits for each size.

    Examples
    --------
    >>> greatest_sum([5, 7, 9], 15)
    14
    """
    mask = (1 << (limit + 1)) - 1
    reached = 1
    for size in sizes:
        reached |= (reached << size) & mask
    return reached.bit_length() - 1


def best_fill(sizes: Sequence[int], limit: int) -> list[int]:
    """Choose sizes with the greatest sum that is not above a limit; of several sets one that ends early.

    Parameters
    ----------
    sizes, limit
        As in `greatest_sum`.

    Returns
    -------
    list of int
        Places of the chosen sizes, ascending.

    Examples
    --------
    >>> best_fill([5, 7, 9], 15)
    [0, 2]
    """
    mask = (1 << (limit + 1)) - 1
    reached = [1]
    for size in sizes:
        reached.append(reached[-1] | ((reached[-1] << size) & mask))
    rest = reached[-1].bit_length() - 1
    chosen = []
    for place in range(len(sizes) - 1, -1, -1):
        if not reached[place] >> rest & 1:
            chosen.append(place)
            rest -= sizes[place]
    return chosen[::-1]


def most_worth(sizes: Sequence[int], worths: Sequence[int], limit: int) -> list[int]:
    """Choose sizes that are worth the most together and whose sum is not above a limit.

    Parameters
    ----------
    sizes, worths
        Positive whole numbers, and what each is worth.
    limit
        The most that the sum of the sizes may reach.

    Returns
    -------
    list of int
        Places of the chosen sizes, ascending.

    Notes
    -----
    O(sizes × limit) time and memory.

    Examples
    --------
    >>> most_worth([5, 7, 9], [1, 5, 3], 15)
    [0, 1]
    """
    if sum(sizes) <= limit:
        return list(range(len(sizes)))
    best = np.zeros(limit + 1, dtype=np.int64)
    takes = []
    for size, worth in zip(sizes, worths, strict=True):
        take = np.zeros(limit + 1, dtype=np.bool_)
        if size <= limit:
            with_it = best[: limit + 1 - size] + worth
            np.greater(with_it, best[size:], out=take[size:])
            np.maximum(best[size:], with_it, out=best[size:])
        takes.append(take)
    rest = int(np.argmax(best))
    chosen = []
    for place in range(len(sizes) - 1, -1, -1):
        if takes[place][rest]:
            chosen.append(place)
            rest -= sizes[place]
    return chosen[::-1]


def worth_within(sizes: Sequence[int], worths: Sequence[int], limit: int) -> IntArray:
    """The most that some of the sizes are worth within each limit from 0 to a greatest one, shape (limit + 1,).

    Examples
    --------
    >>> worth_within([2, 3], [5, 6], 5).tolist()
    [0, 0, 5, 6, 6, 11]
    """
    best = np.zeros(limit + 1, dtype=np.int64)
    for size, worth in zip(sizes, worths, strict=True):
        if size <= limit:
            best[size:] = np.maximum(best[size:], best[: limit + 1 - size] + worth)
    return best
