"""The bundled data is what the builders make of the sources, byte for byte.

The tests run where the sources are at hand: the folder `shared/data` beside the checkout, the packages of
`data/builders/requirements.txt` in the versions given there, and for the coverage polygons the world atlas (or npm to
fetch it).
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from allocator.places import dataset
from allocator.places.coverage import default_coverage
from data.builders import positions
from data.builders.accuracy import straddling_csv
from data.builders.sources import SourceError, Sources

CHECKOUT = Path(__file__).parents[2]
BUILDERS = CHECKOUT / "data" / "builders"
SOURCES = CHECKOUT.parent / "shared" / "data"


def require_sources() -> None:
    """Skip the test, with the reason, where a source or a tool differs from the one that the data was made with."""
    for line in (BUILDERS / "requirements.txt").read_text().splitlines():
        package, pinned, edition = line.partition("==")
        if not pinned:
            continue
        try:
            installed = version(package)
        except PackageNotFoundError:
            pytest.skip(f"{package} is not installed; the data was made with {edition}")
        if installed != edition:
            pytest.skip(f"the data was made with {package} {edition}, and {installed} is installed")
    for source in ("observations", "places", "crown"):
        try:
            getattr(Sources(SOURCES), source)
        except SourceError as error:
            pytest.skip(str(error))


def differences(only: list[str] | None) -> list[str]:
    from data.builders.__main__ import make

    try:
        made = make(Sources(SOURCES), dataset.DATA_FOLDER, only)
    except SourceError as error:
        pytest.skip(str(error))
    return [name for name, content in made.items() if content != dataset.data_path(name).read_bytes()]


@pytest.mark.slow
def test_the_tables_rebuild_to_the_same_bytes() -> None:
    require_sources()
    assert differences(["area_codes.csv", "outcodes.csv", "postcodes.bin", "reach.bin"]) == []


@pytest.mark.slow
def test_the_coverage_rebuilds_to_the_same_bytes() -> None:
    require_sources()
    assert differences(["area_codes.geojson"]) == []


@pytest.mark.slow
def test_the_straddling_outcodes_are_counted_to_the_same_bytes() -> None:
    require_sources()
    made = straddling_csv(
        positions.load(), default_coverage(), dataset.bundled_outcodes(), dataset.bundled_area_codes()
    )
    assert made == (CHECKOUT / "docs" / "pages" / "coverage" / "straddling.csv").read_bytes()
