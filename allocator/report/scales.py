"""Classes that values fall into on a map, each with a colour and a label."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.report.palette import RAMPS, page_colours


@dataclass(frozen=True, slots=True)
class Scale:
    """Classes of values, each with a colour of a ramp and a label.

    Attributes
    ----------
    ramp
        A name in `RAMPS`.
    upper
        Greatest value of each class but the last, ascending.
    labels
        One for each class, so one more than `upper`.
    colours
        Step of the ramp for each class.
    """

    ramp: str
    upper: tuple[float, ...]
    labels: tuple[str, ...]
    colours: tuple[int, ...]

    def classes(self, values: ArrayLike) -> NDArray[np.int64]:
        """Put each value into a class.

        Parameters
        ----------
        values
            Shape (n,).

        Returns
        -------
        array of int64, shape (n,)
            The class; -1 for NaN.
        """
        array = np.asarray(values, dtype=np.float64)
        return np.where(np.isnan(array), -1, np.searchsorted(self.upper, array, side="left"))

    def colour(self, number: int, theme: str = "light") -> str:
        """The colour of a class; class -1 has the colour of places without a value."""
        return page_colours(theme)["none"] if number < 0 else RAMPS[self.ramp][theme][self.colours[number]]


SERVED = Scale(
    "served", (0.0, 0.5, 0.9, 0.999_999), ("none", "up to 50 %", "50 to 90 %", "over 90 %", "all"), (0, 1, 2, 3, 4)
)
DISTANCE = Scale(
    "distance",
    (0.0, 5.0, 10.0, 20.0),
    ("0 km", "up to 5 km", "5 to 10 km", "10 to 20 km", "over 20 km"),
    (0, 1, 2, 3, 4),
)


def counting(ramp: str, values: ArrayLike, *, zero: bool = False) -> Scale:
    """Make classes for counts: each holds about the same number of places, and ends at a round number.

    Parameters
    ----------
    ramp
        A name in `RAMPS`.
    values
        Counts, shape (n,); those of 0 and less don't affect the classes.
    zero
        Whether 0 is a class of its own, with the ramp's first colour.

    Examples
    --------
    >>> counting("demand", [1, 2, 3, 5, 9, 12, 30, 77, 180]).labels
    ('1 to 2', '3 to 5', '6 to 10', '11 to 50', 'over 50')
    """
    counts = np.asarray(values, dtype=np.float64)
    counts = counts[counts > 0]
    steps = len(RAMPS[ramp]["light"]) - zero
    wanted = np.quantile(counts, np.arange(1, steps) / steps) if len(counts) else np.array([])
    cuts = sorted({_round(value) for value in wanted.tolist()})
    cuts = [cut for cut in cuts if not len(counts) or cut < counts.max()]
    lower = [1, *(cut + 1 for cut in cuts)]
    labels = [f"{low:,}" if low == high else f"{low:,} to {high:,}" for low, high in zip(lower, cuts, strict=False)]
    labels.append(f"over {cuts[-1]:,}" if cuts else "1 or more")
    colours = _spread(len(labels), steps, first=int(zero))
    if zero:
        return Scale(ramp, (0.0, *map(float, cuts)), ("none", *labels), (0, *colours))
    return Scale(ramp, tuple(map(float, cuts)), tuple(labels), colours)


def changing(values: ArrayLike) -> Scale:
    """Make classes for gains and losses, the same on both sides of 0.

    Parameters
    ----------
    values
        Whole numbers, shape (n,).

    Examples
    --------
    >>> changing([-12, 0, 3, 30]).labels
    ('over 20 fewer', '11 to 20 fewer', '1 to 10 fewer', 'the same', '1 to 10 more', '11 to 20 more', 'over 20 more')
    """
    size = np.abs(np.asarray(values, dtype=np.float64))
    size = size[size > 0]
    low, high = (_round(float(value)) for value in (np.quantile(size, [0.4, 0.8]) if len(size) else (1.0, 2.0)))
    high = max(high, low + 1)
    near = "1" if low == 1 else f"1 to {low:,}"
    far = f"{low + 1:,}" if high == low + 1 else f"{low + 1:,} to {high:,}"
    words = [f"over {high:,}", far, near]
    labels = (*(f"{word} fewer" for word in words), "the same", *(f"{word} more" for word in reversed(words)))
    upper = (-high - 1.0, -low - 1.0, -1.0, 0.0, float(low), float(high))
    return Scale("change", upper, labels, tuple(range(7)))


def _spread(count: int, steps: int, first: int) -> tuple[int, ...]:
    """Choose that many steps of a ramp, as far from each other as possible."""
    if count == 1:
        return (first + steps // 2,)
    return tuple(first + round(step * (steps - 1) / (count - 1)) for step in range(count))


def _round(value: float) -> int:
    """The nearest of 1, 2, 5, 10, 20, …, by ratio."""
    if value <= 1:
        return 1
    power: int = 10 ** int(math.log10(value))
    return min((power, 2 * power, 5 * power, 10 * power), key=lambda one: abs(math.log(one / value)))
