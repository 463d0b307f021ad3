"""The bundled tables, made from a handful of postcodes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from allocator.notation.postcodes import INCODES, incode_number, incode_text
from allocator.places.dataset import AreaCodes, Outcodes
from data.builders import tables
from data.builders.positions import Postcodes

NAN = float("nan")
CROWN = {"JE4": (-2.1, 49.2), "IM87": (-4.485, 54.15)}


def postcodes(*rows: tuple[str, str, float, float]) -> Postcodes:
    rows = tuple(sorted(rows))
    outcode, incode = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    longitude, latitude = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
    outcodes, row = np.unique(outcode, return_inverse=True)
    return Postcodes(outcode, incode, longitude, latitude, np.full(len(rows), ""), outcodes, row)


SOME = postcodes(
    ("M1", "1AA", -2.0, 53.0),
    ("M1", "1AB", -2.2, 53.4),
    ("M1", "1AD", NAN, NAN),
    ("GIR", "0AA", NAN, NAN),
    ("JE4", "0AA", NAN, NAN),
    ("B10", "9ZZ", -1.8666666666, 52.47),
)


def test_a_centroid_is_the_mean_of_the_postcodes_that_have_a_position() -> None:
    places = tables.centroids(SOME, CROWN)
    assert places.outcode.tolist() == ["B10", "GIR", "IM87", "JE4", "M1"]
    assert places.longitude.tolist()[2:] == [-4.485, -2.1, -2.1]
    assert places.latitude.tolist()[2:] == [54.15, 49.2, 53.2]
    assert np.isnan(places.longitude[1])
    assert places.longitude[0] == -1.866667
    assert places.postcodes.tolist() == [1, 1, 0, 1, 3]
    assert places.crown.tolist() == [False, False, True, True, False]


def test_the_csv_of_the_outcodes_reads_back() -> None:
    places = tables.centroids(SOME, CROWN)
    covering = np.array([121, 0, 1624, 1534, 161], dtype=np.int32)
    content = tables.outcodes_csv(places, covering)
    assert content.decode().splitlines() == [
        "outcode,latitude,longitude,area_code,postcodes,kind",
        "B10,52.470000,-1.866667,121,1,geographic",
        "GIR,,,,1,non-geographic",
        "IM87,54.150000,-4.485000,1624,0,crown",
        "JE4,49.200000,-2.100000,1534,1,crown",
        "M1,53.200000,-2.100000,161,3,geographic",
    ]
    names = {code: f"Town {code}" for code in (1624, 161, 121, 1534, 1987)}
    points = {121: (-1.8, 52.4), 161: (-2.25, 53.5), 1624: (-4.5, 54.2), 1534: (-2.1, 49.2)}
    table = tables.area_codes_csv(names, points, covering)
    assert table.decode().splitlines() == [
        "area_code,name,latitude,longitude,outcodes",
        "121,Town 121,52.400000,-1.800000,1",
        "161,Town 161,53.500000,-2.250000,1",
        "1534,Town 1534,49.200000,-2.100000,1",
        "1624,Town 1624,54.200000,-4.500000,1",
        "1987,Town 1987,,,0",
    ]
    codes = AreaCodes.from_csv(table)
    outcodes = Outcodes.from_csv(content, codes)
    assert outcodes.area_index.tolist() == [0, -1, 3, 2, 1]
    assert np.array_equal(outcodes.longitude, places.longitude, equal_nan=True)
    assert np.array_equal(outcodes.latitude, places.latitude, equal_nan=True)


@given(st.sets(st.tuples(st.sampled_from(["AB1", "M1", "SW1A"]), st.integers(0, INCODES - 1)), min_size=1))
def test_each_postcode_is_one_bit(which: set[tuple[str, int]]) -> None:
    made = postcodes(*((outcode, incode_text(number), NAN, NAN) for outcode, number in which))
    outcodes = np.array(["AB1", "IM87", "M1", "SW1A"])
    bits = np.frombuffer(tables.postcodes_bin(made, outcodes), dtype=np.uint8).reshape(4, INCODES // 8)
    for row, outcode in enumerate(outcodes.tolist()):
        found = np.flatnonzero(np.unpackbits(bits[row], bitorder="little")).tolist()
        assert found == sorted(number for name, number in which if name == outcode)
    assert all(incode_number(incode_text(number)) == number for _, number in which)
