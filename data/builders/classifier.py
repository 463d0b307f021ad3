"""The local area code at a point, learnt from observations of numbers in use.

The area codes seen near a point are candidates. The evidence for each (how near, how many, from which registers, in the
same postcode sector, district or local authority) goes into a model. It has learnt how far such evidence can be trusted
from the observations themselves, each with its own postcode held out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NEIGHBOURS = 40
# More than the observations of any one postcode, which are held out.
_SPARE = 8
_CANDIDATES = 16
# Kernels 1 / (1 + (d / h)^p) of the distance d: (h in metres, p).
_KERNELS = ((150.0, 2), (400.0, 2), (1000.0, 2), (3000.0, 2), (1000.0, 4))
_STRUCTURE_KERNEL = 3
_CHUNK = 40_000
SURE_NEIGHBOURS = 16

# How far each register is trusted: the share of its rows that agree with their neighbours falls in this order.
TRUST = {
    "dvsa-mot": 1.0,
    "dfe-schools": 1.0,
    "rqia": 1.0,
    "place": 1.0,
    "care-inspectorate": 0.85,
    "nhs-ods-gp": 0.8,
    "nhs-hospitals": 0.6,
    "nhs-clinics": 0.3,
}


@dataclass(frozen=True, eq=False)
class Points:
    """Points in the plane with the facts of their postcodes.

    Attributes
    ----------
    x, y
        Metres, shape (n,).
    postcode, sector, district, authority
        Numbers that are the same for points of the same unit postcode, postcode sector, outcode and local authority,
        shape (n,).
    density_m
        Distance to the 100th nearest unit postcode, shape (n,).
    """

    x: FloatArray
    y: FloatArray
    postcode: IntArray
    sector: IntArray
    district: IntArray
    authority: IntArray
    density_m: FloatArray

    def __getitem__(self, rows: Any) -> Points:
        return Points(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, eq=False)
class Observations:
    """Numbers in use: where they are, their area codes, and how much each row counts.

    Attributes
    ----------
    points
        Where they are, length n.
    area_code
        Their area codes, shape (n,).
    trust
        The trust in their registers, shape (n,).
    weight
        Trust, and more for a number seen several times, shape (n,).
    """

    points: Points
    area_code: IntArray
    trust: FloatArray
    weight: FloatArray

    def __getitem__(self, rows: Any) -> Observations:
        return Observations(self.points[rows], self.area_code[rows], self.trust[rows], self.weight[rows])


class Classifier:
    """A model that finds the local area code at points.

    Parameters
    ----------
    observations
        The observations to learn from.
    """

    def __init__(self, observations: Observations) -> None:
        self._seen = observations
        self._tree = cKDTree(np.stack((observations.points.x, observations.points.y), axis=1))
        self._model = self._learn()

    def _learn(self) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        row, candidate, evidence = self._evidence(self._seen.points)
        model = HistGradientBoostingClassifier(
            max_iter=250,
            learning_rate=0.06,
            max_leaf_nodes=24,
            min_samples_leaf=60,
            l2_regularization=1.0,
            random_state=0,
        )
        return model.fit(evidence, candidate == self._seen.area_code[row], sample_weight=self._seen.trust[row])

    def classify(self, points: Points) -> IntArray:
        """Find the area code at each point, shape (n,); of two equally likely the one with the nearer observation."""
        label = np.zeros(len(points), dtype=np.int64)
        for start in range(0, len(points), _CHUNK):
            rows = slice(start, start + _CHUNK)
            label[rows] = self._classify(points[rows])
        return label

    def _classify(self, points: Points) -> IntArray:
        _, nearest = self._tree.query(np.stack((points.x, points.y), axis=1), k=SURE_NEIGHBOURS)
        around = self._seen.area_code[nearest]
        label: IntArray = around[:, 0].copy()
        open_to_doubt = np.flatnonzero((around != around[:, :1]).any(axis=1))
        if len(open_to_doubt):
            row, candidate, evidence = self._evidence(points[open_to_doubt])
            chance = self._model.decision_function(evidence)
            order = np.lexsort((np.arange(len(row)), -chance, row))
            best = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
            label[open_to_doubt[row[best]]] = candidate[best]
        return label

    def _evidence(self, points: Points) -> tuple[IntArray, IntArray, FloatArray]:
        """Collect the evidence: one row for each point and each area code seen nearby.

        Returns
        -------
        point, area_code, evidence
            Shapes (r,), (r,) and (r, features). Observations at the point's own postcode are left out.
        """
        near = _Neighbourhood(self._tree, self._seen, points)
        parts = [part for rank in range(_CANDIDATES) if (part := near.candidates(rank)) is not None]
        row, code, evidence = (np.concatenate(column) for column in zip(*parts, strict=True))
        return row, code, evidence


class _Neighbourhood:
    """The observations around points, nearest first."""

    def __init__(self, tree: cKDTree, seen: Observations, points: Points) -> None:
        distance, index = tree.query(np.stack((points.x, points.y), axis=1), k=NEIGHBOURS + _SPARE)
        own = seen.points.postcode[index] == points.postcode[:, None]
        distance = np.where(own, np.inf, distance)
        order = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBOURS]
        self.distance = np.take_along_axis(distance, order, axis=1)
        index = np.take_along_axis(index, order, axis=1)
        self.known = np.isfinite(self.distance)
        self.distance[~self.known] = 1e9
        self.code = seen.area_code[index]
        weight = seen.weight[index] * self.known
        self.kernels = [weight / (1.0 + (self.distance / width) ** power) for width, power in _KERNELS]
        self.totals = [kernel.sum(axis=1) + 1e-12 for kernel in self.kernels]
        self.same = [
            getattr(seen.points, name)[index] == getattr(points, name)[:, None]
            for name in ("sector", "district", "authority")
        ]
        self.dx, self.dy = seen.points.x[index] - points.x[:, None], seen.points.y[index] - points.y[:, None]
        self.density_m = points.density_m

    def candidates(self, rank: int) -> tuple[IntArray, IntArray, FloatArray] | None:
        """Find the points whose neighbour of this rank is the first with its area code, and the evidence for it."""
        fresh = self.known[:, rank] & (self.code[:, :rank] != self.code[:, rank : rank + 1]).all(axis=1)
        row = np.flatnonzero(fresh)
        if not len(row):
            return None
        code = self.code[row, rank]
        mine = self.code[row] == code[:, None]
        return row, code, np.stack([*self._distances(row, mine, rank), *self._shares(row, mine)], axis=1)

    def _distances(self, row: IntArray, mine: NDArray[np.bool_], rank: int) -> list[FloatArray]:
        distance = self.distance[row]
        nearest = np.sort(np.where(mine, distance, 1e6), axis=1)[:, :3]
        other = np.where(mine, 1e6, distance).min(axis=1)
        # The length of the mean direction to the observations of this area code: 1 if all are on one side.
        away = np.hypot(self.dx[row], self.dy[row]) + 1.0
        pull = mine * self.kernels[2][row]
        one_sided = np.hypot((pull * self.dx[row] / away).sum(axis=1), (pull * self.dy[row] / away).sum(axis=1))
        return [
            np.full(len(row), float(rank)),
            *np.log1p(nearest).T,
            np.log1p(other),
            np.log1p(nearest[:, 0]) - np.log1p(other),
            *(mine[:, :count].sum(axis=1).astype(np.float64) for count in (3, 5, 10, NEIGHBOURS)),
            one_sided / (pull.sum(axis=1) + 1e-9),
            np.log1p(distance[:, 0]),
            np.log1p(self.density_m[row]),
        ]

    def _shares(self, row: IntArray, mine: NDArray[np.bool_]) -> list[FloatArray]:
        shares = [
            (kernel[row] * mine).sum(axis=1) / total[row]
            for kernel, total in zip(self.kernels, self.totals, strict=True)
        ]
        for same in self.same:
            alike = same[row]
            weight = self.kernels[_STRUCTURE_KERNEL][row] * alike
            shares.append((weight * mine).sum(axis=1) / (weight.sum(axis=1) + 1e-9))
            shares += [alike.sum(axis=1).astype(np.float64), (alike & mine).sum(axis=1).astype(np.float64)]
        return shares
