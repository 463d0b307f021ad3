"""What held-out observations and unit postcodes tell of the coverage, beside plain counts."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.places import dataset
from allocator.places.coverage import Coverage
from allocator.places.dataset import AreaCodes, Outcodes
from data.builders import accuracy, coast
from data.builders.accuracy import HeldOut
from data.builders.positions import Postcodes
from tests.unit.builders.test_covering import square

PUBLISHED = Path(__file__).parents[3] / "docs" / "pages" / "coverage"
CODES = (20, 161, 1204, 1624, 19467)
TOWNS = "".join(f"{code},Town {code},53.5,-1.5,2\n" for code in CODES)
AREA_CODES = AreaCodes.from_csv(f"area_code,name,latitude,longitude,outcodes\n{TOWNS}".encode())


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(content.decode().splitlines()))


def published(name: str) -> list[dict[str, str]]:
    return rows((PUBLISHED / name).read_bytes())


def held_out(seed: int, size: int = 600) -> HeldOut:
    chance = np.random.default_rng(seed)
    code = chance.choice(CODES, size, p=(0.5, 0.3, 0.15, 0.04, 0.01))
    elsewhere = chance.random(size) < 0.2
    return HeldOut(
        source=tuple(chance.choice(["dvsa-mot", "rqia", "nhs-clinics"], size).tolist()),
        longitude=chance.uniform(-3.0, -1.0, size),
        latitude=chance.uniform(52.0, 53.0, size),
        count=chance.integers(1, 4, size),
        area_code=code,
        found=np.where(elsewhere, chance.choice((0, *CODES), size), code),
    )


def observations(made: HeldOut) -> list[tuple[int, int]]:
    """Area code of the number and of the polygon, one for each observation."""
    columns = (made.area_code.tolist(), made.found.tolist(), made.count.tolist())
    return [(code, found) for code, found, count in zip(*columns, strict=True) for _ in range(count)]


def printed(wrong: int, of: int) -> list[str]:
    return [str(of), str(wrong), f"{wrong / of:.4f}"] if of >= accuracy.LEAST_OBSERVATIONS else ["", "", ""]


def test_the_shares_of_the_registers_are_those_of_a_plain_count() -> None:
    made = held_out(1)
    shares = accuracy.by_register(made)
    assert list(shares) == ["all", "clean", "dvsa-mot", "nhs-clinics", "rqia"]
    clean = [row for row, source in enumerate(made.source) if source != "nhs-clinics"]
    right = [row for row in clean if made.area_code[row] == made.found[row]]
    assert shares["clean"].rows == len(clean)
    assert shares["clean"].rows_right == pytest.approx(len(right) / len(clean))
    assert shares["clean"].observations == sum(int(made.count[row]) for row in clean)
    seen = sum(int(made.count[row]) for row in right)
    assert shares["clean"].observations_right == pytest.approx(seen / shares["clean"].observations)


@pytest.mark.parametrize("seed", range(5))
def test_the_area_codes_are_those_of_a_plain_count(seed: int) -> None:
    made = held_out(seed)
    seen, table = observations(made), rows(accuracy.accuracy_csv(made, AREA_CODES))
    assert [row["area_code"] for row in table] == [str(code) for code in CODES]
    for code, row in zip(CODES, table, strict=True):
        numbers = [found for own, found in seen if own == code]
        polygon = [own for own, found in seen if found == code]
        expected = printed(sum(found != code for found in numbers), len(numbers))
        expected += printed(sum(own != code for own in polygon), len(polygon))
        assert list(row.values())[1:] == expected


def test_what_is_of_too_few_observations_is_left_empty() -> None:
    count = np.array([19, 20, 1])
    code = np.array([161, 1204, 20])
    made = HeldOut(
        ("rqia",) * 3, np.array([-6.0, -6.0, -2.0]), np.full(3, 54.5), count, code, np.array([161, 1204, 161])
    )
    table = {row["area_code"]: row for row in rows(accuracy.accuracy_csv(made, AREA_CODES))}
    assert list(table["20"].values()) == ["20", "", "", "", "", "", ""]
    assert list(table["161"].values()) == ["161", "", "", "", "20", "1", "0.0500"]
    assert list(table["1204"].values()) == ["1204", "20", "0", "0.0000", "20", "0", "0.0000"]
    # The hexagon of the one in England is left out.
    assert [row["observations"] for row in rows(accuracy.hexagons_csv(made))] == ["39"]


@given(st.lists(st.tuples(st.floats(-3e5, 7e5), st.floats(-1e5, 1.3e6)), min_size=1, max_size=20))
def test_a_point_is_in_the_hexagon_whose_middle_is_nearest(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    across, along = accuracy.HEXAGON_M, accuracy.HEXAGON_M * 3**0.5
    for (east, north), middle in zip(points, accuracy.hexagons(x, y).tolist(), strict=True):
        near = [
            ((column + half) * across, (row + half) * along)
            for half in (0.0, 0.5)
            for column in range(int(east // across) - 1, int(east // across) + 3)
            for row in range(int(north // along) - 1, int(north // along) + 3)
        ]
        distance = min(np.hypot(east - there[0], north - there[1]) for there in near)
        assert np.hypot(east - middle[0], north - middle[1]) == pytest.approx(distance, abs=1e-6)
        assert any(middle == pytest.approx(there, abs=1e-6) for there in near)


def test_the_hexagons_are_those_of_a_plain_count() -> None:
    made = held_out(7, 3000)
    x, y = coast.to_plane(made.longitude, made.latitude)
    counted: dict[tuple[float, float], list[bool]] = {}
    for row, middle in enumerate(accuracy.hexagons(x, y).tolist()):
        wrong = bool(made.area_code[row] != made.found[row])
        counted.setdefault((middle[0], middle[1]), []).extend([wrong] * int(made.count[row]))
    enough = [wrong for _, wrong in sorted(counted.items()) if len(wrong) >= accuracy.LEAST_OBSERVATIONS]
    assert 0 < len(enough) < len(counted)
    table = rows(accuracy.hexagons_csv(made))
    assert [list(row.values())[2:] for row in table] == [printed(sum(wrong), len(wrong)) for wrong in enough]


def country() -> Coverage:
    features = [square(161, -2, 53, -1, 54), square(1204, -1, 53, 0, 54), square(1624, 0, 53, 1, 54)]
    return Coverage.from_geojson(json.dumps({"type": "FeatureCollection", "features": features}).encode())


def test_the_straddling_outcodes_are_those_of_a_plain_count() -> None:
    chance = np.random.default_rng(3)
    names = ["A1", "B1", "C1", "D1", "E1"]
    # A1 lies in 161 but for one unit postcode of 101, B1 for two of 100; C1 and D1 are all over; E1 has no position.
    outcode = np.array(sorted(["A1"] * 101 + ["B1"] * 100 + ["C1"] * 90 + ["D1"] * 7 + ["E1"] * 3))
    longitude = chance.uniform(-1.99, 0.99, len(outcode))
    longitude[:101], longitude[101:201] = -1.5, -1.5
    longitude[5], longitude[110], longitude[120] = -0.5, -0.5, 0.5
    latitude = np.where(outcode == "E1", np.nan, 53.5)
    longitude = np.where(outcode == "E1", np.nan, longitude)
    longitude[205], latitude[205] = np.nan, np.nan
    position = Postcodes(
        outcode,
        outcode,
        longitude,
        latitude,
        outcode,
        np.array(names),
        np.searchsorted(names, outcode).astype(np.int64),
    )
    own = {"A1": 161, "B1": 161, "C1": 1204, "D1": 1624}
    lines = [f"{name},53.5,-1.5,{own[name]},9,geographic\n" for name in own]
    head = "outcode,latitude,longitude,area_code,postcodes,kind\n"
    outcodes = Outcodes.from_csv("".join((head, *lines, "E1,,,,3,non-geographic\n")).encode(), AREA_CODES)
    found: dict[str, list[int]] = {name: [] for name in names}
    for name, east in zip(outcode.tolist(), longitude.tolist(), strict=True):
        if not np.isnan(east):
            found[name].append(161 if east < -1 else 1204 if east < 0 else 1624)
    expected = []
    for name, code in own.items():
        away = [there for there in found[name] if there != code]
        if len(away) / len(found[name]) < 0.01:
            continue
        other = min(set(away), key=lambda one: (-away.count(one), one))
        share = f"{len(away) / len(found[name]):.4f}"
        expected.append([name, code, other, len(found[name]), len(away), share, away.count(other)])
    table = rows(accuracy.straddling_csv(position, country(), outcodes, AREA_CODES))
    assert [list(row.values()) for row in table] == [[str(value) for value in line] for line in expected]
    assert [row["outcode"] for row in table] == ["B1", "C1", "D1"]
    assert (table[0]["other"], table[0]["in_other"]) == ("1204", "1")


def test_the_published_outcodes_have_the_area_codes_of_the_dataset() -> None:
    outcodes, codes = dataset.bundled_outcodes(), dataset.bundled_area_codes()
    table = published("straddling.csv")
    assert [row["outcode"] for row in table] == sorted(row["outcode"] for row in table)
    for row in table:
        place = outcodes.row(row["outcode"])
        assert place is not None
        assert int(row["area_code"]) == codes.area_code[outcodes.area_index[place]]
        assert codes.index(int(row["other"])) is not None
        assert row["other"] != row["area_code"]
        assert int(row["in_other"]) <= int(row["elsewhere"]) <= int(row["postcodes"]) <= outcodes.postcodes[place]
        assert row["share"] == f"{int(row['elsewhere']) / int(row['postcodes']):.4f}"
        assert int(row["elsewhere"]) >= accuracy.LEAST_STRADDLING * int(row["postcodes"])


def test_the_published_area_codes_are_all_there_and_none_is_of_too_few_observations() -> None:
    table = published("accuracy.csv")
    assert [int(row["area_code"]) for row in table] == dataset.bundled_area_codes().area_code.tolist()
    shares = [
        [row[name] for name in names]
        for row in (*table, *published("hexagons.csv"))
        for names in (("observations", "wrong", "share"), ("in_polygon", "of_others", "share_of_others"))
        if names[0] in row
    ]
    assert all(share == printed(int(share[1] or 0), int(share[0] or 0)) for share in shares)


def right(table: list[dict[str, Any]]) -> float:
    return 1 - sum(int(row["wrong"]) for row in table) / sum(int(row["observations"]) for row in table)


def test_the_published_tables_agree_with_each_other() -> None:
    numbers = [row for row in published("accuracy.csv") if row["observations"]]
    # Each leaves out what is of too few observations, an eighth at most.
    assert right(numbers) == pytest.approx(right(published("hexagons.csv")), abs=0.01)
