"""The sources: where they are, and a check that they are the ones from which this data is made."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

WORLD_ATLAS = "world-atlas@2.0.2"
WORLD_ATLAS_FILE = "countries-10m.json"
WORLD_ATLAS_VARIABLE = "ALLOCATOR_WORLD_ATLAS"

OGL = "OGL-UK-3.0"


@dataclass(frozen=True)
class Source:
    """What the manifest says about a source.

    Attributes
    ----------
    publisher, edition, licence
        Whose it is, its date, and the terms of use.
    sha256
        The sha256 of the file.
    """

    publisher: str
    edition: str
    licence: str
    sha256: str


FILES = {
    "area_code_observations.csv": Source(
        publisher="Driver and Vehicle Standards Agency, NHS England, Department for Education, Care Inspectorate, "
        "Regulation and Quality Improvement Authority",
        edition="2016 to 2024",
        licence=OGL,
        sha256="4fa8ebf7fd68ea872946e3ced797f2cbd43dccbdfa03d32aeca6868064444b9f",
    ),
    "area_code_places.csv": Source(
        publisher="general knowledge",
        edition="1",
        licence="none needed",
        sha256="f703283e640b108d4147242651158e03f961c723adfeae692b5145c2db2108f1",
    ),
    "crown_dependency_outcodes.csv": Source(
        publisher="general knowledge",
        edition="1",
        licence="none needed",
        sha256="c27a9c770b13c17617f5fb7a911c7367797843ea577ca72922e08e462e57c4ae",
    ),
    WORLD_ATLAS_FILE: Source(
        publisher="Natural Earth, as npm package world-atlas",
        edition="1:10m, world-atlas 2.0.2",
        licence="Public domain; package ISC",
        sha256="3bc6f1d367a9bcec479841bae0e76092f512838411d0cef124e92eec4db45f79",
    ),
}


class SourceError(Exception):
    """A source is missing, or is not the expected one.

    Parameters
    ----------
    message
        What is wrong, without a full stop.
    remedy
        What to do about it, a sentence.
    """

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(f"{message}. {remedy}" if remedy else message)


@dataclass(frozen=True)
class Sources:
    """The sources that are files.

    Attributes
    ----------
    folder
        Where the observations, the places and the outcodes of the Crown dependencies are.
    world_atlas
        The world atlas: `countries-10m.json` or its folder. None to take it from the environment variable
        ALLOCATOR_WORLD_ATLAS or, where that is not set, to fetch it with npm.
    """

    folder: Path
    world_atlas: Path | None = None

    @property
    def observations(self) -> Path:
        """Unit postcodes and the area codes in use there."""
        return _verified(self.folder / "area_code_observations.csv")

    @property
    def places(self) -> Path:
        """Area codes with few observations, and where they are."""
        return _verified(self.folder / "area_code_places.csv")

    @property
    def crown(self) -> Path:
        """The outcodes of the Crown dependencies."""
        return _verified(self.folder / "crown_dependency_outcodes.csv")

    @cached_property
    def countries(self) -> bytes:
        """The countries of the world with their coasts, TopoJSON."""
        given = self.world_atlas or os.environ.get(WORLD_ATLAS_VARIABLE)
        if not given:
            return _fetch_world_atlas()
        path = Path(given)
        return _verified(path / WORLD_ATLAS_FILE if path.is_dir() else path, WORLD_ATLAS_FILE).read_bytes()


def _verified(path: Path, name: str | None = None) -> Path:
    """Check the content of a source, and give its path."""
    name = name or path.name
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        option = "--world-atlas" if name == WORLD_ATLAS_FILE else "--sources"
        raise SourceError(
            f"{path} can't be read ({error.strerror})", remedy=f"Say where it is with {option}."
        ) from error
    if digest != FILES[name].sha256:
        raise SourceError(
            f"{path} is not the edition from which this data is made: its sha256 is {digest}, not {FILES[name].sha256}",
            remedy=f"For a new edition, write its digest into {Path(__file__).name}.",
        )
    return path


def _fetch_world_atlas() -> bytes:
    """Fetch the package of the world atlas with npm, which checks it, and read the atlas."""
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError(
            "there is no world atlas, and no npm to fetch it with",
            remedy=f"Unpack {WORLD_ATLAS} somewhere and name it with --world-atlas or {WORLD_ATLAS_VARIABLE}.",
        )
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", WORLD_ATLAS]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SourceError(
                f"npm could not fetch {WORLD_ATLAS}: {done.stderr.strip()}",
                remedy=f"Unpack it somewhere and name it with --world-atlas or {WORLD_ATLAS_VARIABLE}.",
            )
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            archive.extract(f"package/{WORLD_ATLAS_FILE}", folder, filter="data")
        return _verified(Path(folder) / "package" / WORLD_ATLAS_FILE).read_bytes()
