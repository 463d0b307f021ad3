"""The colours of the map and of the charts, light and dark, and the classes that values fall into.

Every ramp can be told apart by the colour-blind: the sequential ones grow steadily darker (on a dark page: lighter),
the diverging ones go from orange to blue. A test measures the differences as protanopes, deuteranopes and tritanopes
see them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Theme = dict[str, str]

_PAGE: dict[str, Theme] = {
    "light": {
        "page": "#ffffff",
        "panel": "#f5f6f8",
        "ink": "#16202b",
        "soft": "#55616d",
        "rule": "#d5dae0",
        "accent": "#0b5cad",
        "bar": "#3b7fc4",
        "bar2": "#b35c00",
        "none": "#e9ebee",
        "sea": "#fafbfc",
        "border": "#8b96a1",
        "line": "#b0125b",
        "mark": "#16202b",
    },
    "dark": {
        "page": "#12171d",
        "panel": "#1b222b",
        "ink": "#e8edf2",
        "soft": "#a3afbb",
        "rule": "#364250",
        "accent": "#7fb8f0",
        "bar": "#6aa9e4",
        "bar2": "#e8a04e",
        "none": "#2a323c",
        "sea": "#151b22",
        "border": "#68747f",
        "line": "#ff7fb5",
        "mark": "#ffffff",
    },
}

RAMPS: dict[str, dict[str, tuple[str, ...]]] = {
    "demand": {
        "light": ("#bcd9f2", "#85bbdf", "#5299ca", "#2a6cae", "#08306b"),
        "dark": ("#173a5e", "#24609a", "#3d8ac9", "#7bb7e8", "#d3e8fa"),
    },
    "served": {
        "light": ("#8c2d04", "#d9690f", "#fdc25d", "#9cc9e6", "#1f5fa8"),
        "dark": ("#7d2806", "#cf6412", "#fdc25d", "#a9d0ea", "#2f74c4"),
    },
    "distance": {
        "light": ("#cbbfe8", "#a996d3", "#8a6cb8", "#653a97", "#35095e"),
        "dark": ("#46286f", "#67489d", "#8765c1", "#b79be0", "#e9def8"),
    },
    "stock": {
        "light": ("#8c2d04", "#bbe0a6", "#86c27c", "#4a9d5c", "#16713c", "#00401d"),
        "dark": ("#cf6412", "#1e4a2f", "#2c7345", "#4a9d5c", "#8fcc8a", "#dcf3d3"),
    },
    "missing": {
        "light": ("#fbd0ae", "#f0949f", "#d3559b", "#a51c75", "#5c0a48"),
        "dark": ("#6b3113", "#a03a63", "#cf559f", "#ec98c9", "#fcdcee"),
    },
    "change": {
        "light": ("#8c2d04", "#d9690f", "#fdc25d", "#d6d0b2", "#9cc9e6", "#4688c4", "#173f7a"),
        "dark": ("#d9690f", "#9c4a0b", "#6b3a17", "#454c54", "#27527a", "#3d86c9", "#a9d0ea"),
    },
}


def page_colours(theme: str) -> Theme:
    """Every colour of a theme, by the name of its CSS variable.

    Parameters
    ----------
    theme
        "light" or "dark".

    Examples
    --------
    >>> page_colours("dark")["page"], page_colours("light")["served-4"]
    ('#12171d', '#1f5fa8')
    """
    ramps = {f"{name}-{step}": colour for name, by in RAMPS.items() for step, colour in enumerate(by[theme])}
    return _PAGE[theme] | ramps


@dataclass(frozen=True, slots=True)
class Scale:
    """Classes of values, each with a colour of a ramp and a label.

    Attributes
    ----------
    ramp
        A name of `RAMPS`.
    upper
        Greatest value of each class but the last, ascending.
    labels
        Of the classes, one more than `upper`.
    colours
        Step of the ramp that each class has.
    """

    ramp: str
    upper: tuple[float, ...]
    labels: tuple[str, ...]
    colours: tuple[int, ...]

    def classes(self, values: ArrayLike) -> NDArray[np.int64]:
        """The class of each value, -1 for NaN.

        Parameters
        ----------
        values
            Shape (n,).

        Returns
        -------
        array of int64, shape (n,)
        """
        array = np.asarray(values, dtype=np.float64)
        return np.where(np.isnan(array), -1, np.searchsorted(self.upper, array, side="left"))

    def colour(self, number: int, theme: str = "light") -> str:
        """The colour of a class; of class -1 that of places without a value."""
        return _PAGE[theme]["none"] if number < 0 else RAMPS[self.ramp][theme][self.colours[number]]


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
    """Classes for counts: about as many places in each, at round numbers.

    Parameters
    ----------
    ramp
        A name of `RAMPS`.
    values
        Counts, shape (n,); those of 0 and less don't decide where the classes are cut.
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
    """Classes for gains and losses, the same on both sides of 0.

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
    """So many steps of a ramp, as far from each other as can be."""
    if count == 1:
        return (first + steps // 2,)
    return tuple(first + round(step * (steps - 1) / (count - 1)) for step in range(count))


def _round(value: float) -> int:
    """The number of 1, 2, 5, 10, 20, … that is nearest, by ratio."""
    if value <= 1:
        return 1
    power: int = 10 ** int(math.log10(value))
    return min((power, 2 * power, 5 * power, 10 * power), key=lambda one: abs(math.log(one / value)))
