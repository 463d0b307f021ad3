"""The maps of where the coverage isn't accurate: the same bytes from the same tables."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from allocator.places import dataset
from allocator.places.coverage import default_coverage
from data.builders import maps
from data.builders.sources import SourceError

CHECKOUT = Path(__file__).parents[3]
PUBLISHED = CHECKOUT / "docs" / "pages" / "coverage"
REQUIREMENTS = CHECKOUT / "data" / "builders" / "requirements.txt"
HEXAGONS = b"longitude,latitude,observations,wrong,share\n-2.2,53.5,40,0,0.0000\n-1.5,52.4,50,10,0.2000\n"
STRADDLING = (
    b"outcode,area_code,other,postcodes,elsewhere,share,in_other\n"
    b"DH6,1429,191,1188,933,0.7854,915\nOX5,1869,1865,1301,835,0.6418,797\nAB2,1224,1651,3070,108,0.0352,99\n"
)
LARGEST = 400_000


def pictures(hexagons: bytes = HEXAGONS, straddling: bytes = STRADDLING) -> dict[str, bytes]:
    tables = {"hexagons.csv": hexagons, "straddling.csv": straddling}
    return maps.pictures(tables, default_coverage(), dataset.bundled_outcodes())


def test_the_same_tables_give_the_same_bytes() -> None:
    drawn = pictures()
    assert list(drawn) == ["errors.svg", "straddling.svg"]
    assert pictures() == drawn
    assert not any(b"<dc:date>" in picture for picture in drawn.values())


def test_the_colours_are_those_of_the_shares() -> None:
    drawn = {name: picture.decode() for name, picture in pictures().items()}
    # Each class has one field of the key; the rest are hexagons and dots.
    fields = [drawn["errors.svg"].count(f"fill: {maps.ERRORS.colour(number)}") for number in range(5)]
    assert [count - min(fields) for count in fields] == [1, 0, 0, 0, 1]
    dots = [drawn["straddling.svg"].count(f"fill: {maps.STRADDLING.colour(number)}") for number in range(5)]
    assert [count - min(dots) for count in dots] == [1, 0, 0, 0, 2]


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "find_spec", lambda _: None)
    with pytest.raises(SourceError, match=r"the maps need matplotlib. Install it: pip install '\.\[report\]'"):
        maps.require_matplotlib()


@pytest.mark.parametrize("name", ["errors.svg", "straddling.svg"])
def test_the_published_maps_are_those_of_the_published_tables(name: str) -> None:
    published = (PUBLISHED / name).read_bytes()
    assert len(published) <= LARGEST
    made_with = dict(re.findall(r"^(pyproj|shapely)==(.*)$", REQUIREMENTS.read_text(), re.MULTILINE))
    (made_with["matplotlib"],) = re.findall(r"Matplotlib v([\w.]+),", published.decode())
    for package, edition in made_with.items():
        if version(package) != edition:
            pytest.skip(f"the maps were made with {package} {edition}, and {version(package)} is installed")
    tables = [(PUBLISHED / table).read_bytes() for table in ("hexagons.csv", "straddling.csv")]
    assert pictures(*tables)[name] == published
