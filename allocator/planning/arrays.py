"""Array types, and what numpy lacks for values that belong to an owner."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)


def frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """The same array, read-only from now on."""
    array.flags.writeable = False
    return array


def split_by(owner: IntArray, owners: int, values: NDArray[Scalar]) -> list[NDArray[Scalar]]:
    """Split values by their owner.

    Parameters
    ----------
    owner
        Owner of each value, 0 to `owners` - 1, shape (n,).
    owners
        The number of owners.
    values
        The values, shape (n,).

    Returns
    -------
    list of arrays
        One for each owner, its values in the order in which they were given.

    Examples
    --------
    >>> [part.tolist() for part in split_by(np.array([2, 0, 2]), 3, np.array([7, 8, 9]))]
    [[8], [], [7, 9]]
    """
    if not owners:
        return []
    ends = np.cumsum(np.bincount(owner, minlength=owners))
    return np.split(values[np.argsort(owner, kind="stable")], ends[:-1])


def sum_by(owner: IntArray, owners: int, values: IntArray) -> IntArray:
    """Sum values by their owner, shape (owners,); exact up to 2**53.

    Examples
    --------
    >>> sum_by(np.array([2, 0, 2]), 3, np.array([7, 8, 9])).tolist()
    [8, 0, 16]
    """
    return np.bincount(owner, weights=values, minlength=owners).astype(np.int64)


def run_starts(values: IntArray) -> IntArray:
    """Where each run of equal values begins; the values are not negative.

    Examples
    --------
    >>> run_starts(np.array([4, 4, 0, 4])).tolist()
    [0, 2, 3]
    """
    return np.flatnonzero(np.diff(values, prepend=-1))


def count_within(lengths: IntArray) -> IntArray:
    """Count from 0 within each run.

    Parameters
    ----------
    lengths
        Length of each run, shape (n,).

    Examples
    --------
    >>> count_within(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
