"""The recipe: what each file is made from, in which order, and what the manifest says about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allocator.places.coverage import Coverage
from allocator.places.dataset import AreaCodes, Outcodes
from data.builders import covering, numbering_plan, positions, tables
from data.builders.coverage import build_coverage
from data.builders.positions import Postcodes
from data.builders.reach import reach_bin
from data.builders.sources import Sources
from data.builders.tables import Centroids


@dataclass
class Build:
    """The bundled files, each made when it is first asked for.

    Attributes
    ----------
    sources
        What they are made from.
    kept
        The folder of the files that are not made again.
    wanted
        The names of the files to make. Where one needs a file that is not wanted, it takes the one kept.
    """

    sources: Sources
    kept: Path
    wanted: frozenset[str]
    _made: dict[str, bytes] = field(default_factory=dict)

    def content(self, name: str) -> bytes:
        """Give the bytes of a file, made or kept."""
        if name not in self._made:
            self._made[name] = PRODUCTS[name].make(self) if name in self.wanted else (self.kept / name).read_bytes()
        return self._made[name]

    @cached_property
    def postcodes(self) -> Postcodes:
        return positions.load()

    @cached_property
    def places(self) -> Centroids:
        crown = tables.crown_positions(self.sources.crown)  # first: if it is missing, the slow directory is not read
        return tables.centroids(self.postcodes, crown)

    @cached_property
    def names(self) -> dict[int, str]:
        return numbering_plan.area_codes()

    @cached_property
    def coverage(self) -> Coverage:
        return Coverage.from_geojson(self.content("area_codes.geojson"))

    @cached_property
    def covering(self) -> NDArray[np.int32]:
        return covering.covering_area_codes(self.coverage, self.places)

    @cached_property
    def area_codes(self) -> AreaCodes:
        return AreaCodes.from_csv(self.content("area_codes.csv"))

    @cached_property
    def outcodes(self) -> Outcodes:
        return Outcodes.from_csv(self.content("outcodes.csv"), self.area_codes)

    def geojson(self) -> bytes:
        return build_coverage(self.sources, self.postcodes, self.places, self.names)

    def area_codes_csv(self) -> bytes:
        points = covering.points_inside(self.coverage, self.postcodes, self.places)
        return tables.area_codes_csv(self.names, points, self.covering)


@dataclass(frozen=True)
class Product:
    """A bundled file.

    Attributes
    ----------
    make
        Gives its bytes.
    rows
        Counts its content: lines, features, postcodes or distances.
    builder
        The program that makes it.
    publisher, edition, licence
        Whose data it mostly is, its date, and the terms of use.
    sources
        Names of the sources, as the manifest lists them.
    """

    make: Callable[[Build], bytes]
    rows: Callable[[Build, bytes], int]
    builder: str
    publisher: str
    edition: str
    licence: str
    sources: tuple[str, ...]


def _lines(_: Build, content: bytes) -> int:
    return content.count(b"\n") - 1


def _features(_: Build, content: bytes) -> int:
    return len(json.loads(content)["features"])


def _bits(_: Build, content: bytes) -> int:
    return int(np.unpackbits(np.frombuffer(content, dtype=np.uint8)).sum())


def _distances(build: Build, content: bytes) -> int:
    return int(np.frombuffer(content, dtype="<u4", count=len(build.outcodes) + 1)[-1])


ONS = "Office for National Statistics"
ONS_EDITION = "ONS Postcode Directory, November 2025"
OGL = "OGL-UK-3.0"
CROWN = "crown_dependency_outcodes.csv"

# In the order in which they are made.
PRODUCTS = {
    "area_codes.geojson": Product(
        make=Build.geojson,
        rows=_features,
        builder="data/builders/coverage.py",
        publisher="this project, from public registers",
        edition="2025-11",
        licence=OGL,
        sources=(
            "area_code_observations.csv",
            "area_code_places.csv",
            CROWN,
            positions.PACKAGE,
            "countries-10m.json",
            numbering_plan.PACKAGE,
        ),
    ),
    "area_codes.csv": Product(
        make=Build.area_codes_csv,
        rows=_lines,
        builder="data/builders/tables.py",
        publisher="libphonenumber",
        edition=f"phonenumbers {numbering_plan.EDITION}",
        licence=f"Apache-2.0 AND {OGL}",
        sources=(numbering_plan.PACKAGE, positions.PACKAGE, CROWN, "area_codes.geojson"),
    ),
    "outcodes.csv": Product(
        make=lambda build: tables.outcodes_csv(build.places, build.covering),
        rows=_lines,
        builder="data/builders/tables.py",
        publisher=ONS,
        edition=ONS_EDITION,
        licence=OGL,
        sources=(positions.PACKAGE, CROWN, "area_codes.geojson"),
    ),
    "postcodes.bin": Product(
        make=lambda build: tables.postcodes_bin(build.postcodes, build.places.outcode),
        rows=_bits,
        builder="data/builders/tables.py",
        publisher=ONS,
        edition=ONS_EDITION,
        licence=OGL,
        sources=(positions.PACKAGE, CROWN),
    ),
    "reach.bin": Product(
        make=lambda build: reach_bin(build.outcodes, build.area_codes),
        rows=_distances,
        builder="data/builders/reach.py",
        publisher="this project",
        edition="2025-11",
        licence=OGL,
        sources=("outcodes.csv", "area_codes.csv"),
    ),
}
