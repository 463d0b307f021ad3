"""The bundled data: found, verified, and what its description says."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from allocator.errors import DataError
from allocator.notation.postcodes import INCODES, incode_number, parse_outcode
from allocator.places import dataset

BUDGET_BYTES = 8_000_000
GEOJSON_BUDGET_BYTES = 4_000_000
FILES = ("area_codes.csv", "area_codes.geojson", "outcodes.csv", "postcodes.bin", "reach.bin")


def forget() -> None:
    for name in (
        "manifest",
        "_manifest_bytes",
        "data_version",
        "bundled_outcodes",
        "bundled_area_codes",
        "bundled_postcodes",
        "bundled_distances",
    ):
        getattr(dataset, name).cache_clear()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the bundled data that a test may damage, in place of the real one."""
    for name in (*FILES, dataset.MANIFEST):
        shutil.copy(dataset.data_path(name), tmp_path)
    monkeypatch.setattr(dataset, "DATA_FOLDER", tmp_path)
    forget()
    yield tmp_path
    forget()


def test_the_manifest_names_every_file_and_where_it_is_from() -> None:
    files = dataset.manifest()["files"]
    assert tuple(sorted(files)) == FILES
    for fields in files.values():
        assert {"publisher", "edition", "licence", "sha256", "bytes", "rows", "builder", "sources"} == set(fields)
        known = set(dataset.manifest()["sources"]) | set(files)
        assert set(fields["sources"]) <= known


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_the_one_that_the_manifest_names(name: str) -> None:
    content = dataset.read_bundled(name)
    assert hashlib.sha256(content).hexdigest() == dataset.manifest()["files"][name]["sha256"]
    assert len(content) == dataset.manifest()["files"][name]["bytes"]


def test_the_files_are_within_their_budget() -> None:
    sizes = {name: dataset.data_path(name).stat().st_size for name in FILES}
    assert sum(sizes.values()) <= BUDGET_BYTES
    assert sizes["area_codes.geojson"] <= GEOJSON_BUDGET_BYTES


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        dataset.read_bundled(name)
    assert name in str(caught.value)
    assert hashlib.sha256(content).hexdigest() in str(caught.value)
    assert dataset.manifest()["files"][name]["sha256"] in str(caught.value)
    assert "Install the package again" in str(caught.value)


def test_a_missing_file_is_told(copy: Path) -> None:
    (copy / "reach.bin").unlink()
    with pytest.raises(DataError, match=r"reach\.bin: a bundled file can't be read"):
        dataset.bundled_distances()


def test_a_missing_manifest_is_told(copy: Path) -> None:
    (copy / "MANIFEST.toml").unlink()
    for load in (dataset.bundled_outcodes, dataset.data_version):
        with pytest.raises(DataError, match="the bundled data was not found"):
            load()


@pytest.mark.parametrize("text", ["edition = ", "\xff"])
def test_a_broken_manifest_is_told(copy: Path, text: str) -> None:
    (copy / "MANIFEST.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match="the manifest can't be read"):
        dataset.bundled_outcodes()


@pytest.mark.parametrize("text", ["", "files = 1\n", '[files."a"]\n', "[files]\n'outcodes.csv' = 1\n"])
def test_a_manifest_without_the_file_is_told(copy: Path, text: str) -> None:
    (copy / "MANIFEST.toml").write_text(text)
    with pytest.raises(DataError, match="the manifest does not name this file"):
        dataset.read_bundled("outcodes.csv")


def test_a_file_is_read_once(copy: Path) -> None:
    first = dataset.bundled_outcodes()
    shutil.rmtree(copy)
    assert dataset.bundled_outcodes() is first


def test_what_is_handed_out_is_read_only() -> None:
    outcodes, codes = dataset.bundled_outcodes(), dataset.bundled_area_codes()
    arrays: list[NDArray[Any]] = [
        outcodes.longitude,
        outcodes.latitude,
        outcodes.area_index,
        outcodes.postcodes,
        codes.area_code,
        codes.longitude,
        codes.latitude,
        codes.outcodes,
        dataset.bundled_postcodes(),
        *dataset.bundled_distances(),
    ]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_outcodes_are_sorted_by_text_and_well_formed() -> None:
    texts = dataset.bundled_outcodes().outcode.to_list()
    assert texts == sorted(set(texts))
    assert [parse_outcode(text) for text in texts] == texts
    assert [dataset.bundled_outcodes().row(text) for text in texts] == list(range(len(texts)))
    assert dataset.bundled_outcodes().row("ZZ99") is None


def test_an_outcode_has_a_position_and_an_area_code_unless_it_is_non_geographic() -> None:
    outcodes = dataset.bundled_outcodes()
    nowhere = (outcodes.kind == "non-geographic").to_numpy()
    assert nowhere.any()
    assert np.array_equal(np.isnan(outcodes.longitude), nowhere)
    assert np.array_equal(np.isnan(outcodes.latitude), nowhere)
    assert np.array_equal(outcodes.area_index < 0, nowhere)
    crown = outcodes.outcode.filter(outcodes.kind == "crown")
    assert set(crown.str.slice(0, 2)) == {"GY", "IM", "JE"}


# Whole postcode areas: British Forces, organisations without a locality, Girobank, Santa Claus, online shops.
AREAS_WITHOUT_PLACE = {"BF", "BX", "GIR", "XM", "XX"}
# Districts that Royal Mail keeps for large users and PO boxes.
DISTRICTS_WITHOUT_PLACE = """
BN91 BR98 BS38 BS98 BT58 CF21 CH90 E98 EC50 EH77 EN77 G59 HU55 IM86 IM87 IM99 JE4 JE5 LE99 LS78 M60 N1P NE99 PO24 S69
S94 SA99 SN42 SN80 SN86 TW98 W1E WV98 WV99
"""


def test_what_is_non_geographic_belongs_to_an_organisation_or_a_service() -> None:
    outcodes = dataset.bundled_outcodes()
    for outcode in outcodes.outcode.filter(outcodes.kind == "non-geographic"):
        assert outcode in DISTRICTS_WITHOUT_PLACE.split() or outcode.rstrip("0123456789") in AREAS_WITHOUT_PLACE, (
            outcode
        )


@pytest.mark.parametrize(
    ("outcode", "longitude", "latitude"),
    [("SW1A", -0.134, 51.502), ("BT1", -5.930, 54.600), ("TR21", -6.25, 49.93), ("ZE3", -1.27, 59.92)],
)
def test_known_centroids(outcode: str, longitude: float, latitude: float) -> None:
    outcodes = dataset.bundled_outcodes()
    row = outcodes.row(outcode)
    assert row is not None
    assert outcodes.longitude[row] == pytest.approx(longitude, abs=0.1)
    assert outcodes.latitude[row] == pytest.approx(latitude, abs=0.05)


@pytest.mark.parametrize(
    ("outcodes", "area_code"),
    [
        ("SW1A W11 N22 E20", 20),
        ("M1", 161),
        ("BT1 BT48 BT79 BT93", 28),
        ("TR21 TR23 TR24 TR25", 1720),  # Scilly
        ("KA27", 1770),  # Arran
        ("PA61", 1951),  # Colonsay
        ("PO11", 23),  # Hayling Island
        ("TD15", 1289),  # Berwick, with Holy Island
        ("LA14", 1229),  # Barrow, with Walney
        ("HS1 HS2", 1851),
        ("KW15", 1856),
        ("ZE1", 1595),
        ("IM1 IM7 IM87 IM99", 1624),
        ("JE2 JE3 JE4", 1534),
        ("GY1 GY9 GY10", 1481),  # with Alderney and Sark
    ],
)
def test_known_area_codes(outcodes: str, area_code: int) -> None:
    bundled, codes = dataset.bundled_outcodes(), dataset.bundled_area_codes()
    for outcode in outcodes.split():
        row = bundled.row(outcode)
        assert row is not None
        assert codes.area_code[bundled.area_index[row]] == area_code, outcode


def test_area_codes_are_sorted_and_count_their_outcodes() -> None:
    codes, index = dataset.bundled_area_codes(), dataset.bundled_outcodes().area_index
    assert np.all(np.diff(codes.area_code) > 0)
    assert np.array_equal(codes.outcodes, np.bincount(index[index >= 0], minlength=len(codes)))
    assert [codes.index(code) for code in codes.area_code.tolist()] == list(range(len(codes)))
    assert codes.index(845) is None


def test_area_codes_are_those_of_the_numbering_plan() -> None:
    codes = dataset.bundled_area_codes()
    assert len(codes) == 610
    assert codes.index(1697) is None
    assert {16973, 16974, 16977, 15394, 13873, 1987} <= set(codes.area_code.tolist())
    assert codes.name.null_count() == 0


def test_the_set_of_unit_postcodes_counts_as_the_outcodes_do() -> None:
    count = np.unpackbits(dataset.bundled_postcodes(), axis=1).sum(axis=1)
    assert np.array_equal(count, dataset.bundled_outcodes().postcodes)
    assert int(count.sum()) == dataset.manifest()["files"]["postcodes.bin"]["rows"]


@pytest.mark.parametrize(
    ("outcode", "incode", "exists"),
    [("SW1A", "0AA", True), ("SW1A", "9ZZ", False), ("GIR", "0AA", True), ("IM87", "1AA", False), ("BT1", "5GS", True)],
)
def test_which_unit_postcodes_exist(outcode: str, incode: str, exists: bool) -> None:
    row = dataset.bundled_outcodes().row(outcode)
    assert row is not None
    assert dataset.postcodes_exist([row], [incode_number(incode)]).tolist() == [exists]


def test_existence_is_looked_up_bit_by_bit() -> None:
    rng = np.random.default_rng(7)
    rows = rng.integers(len(dataset.bundled_outcodes()), size=2_000).astype(np.uint16)
    incodes = rng.integers(INCODES, size=2_000).astype(np.uint16)
    bits = np.unpackbits(dataset.bundled_postcodes(), axis=1, bitorder="little")
    assert np.array_equal(dataset.postcodes_exist(rows, incodes), bits[rows, incodes] == 1)


def test_the_bundled_distances_are_sorted_and_within_the_horizon() -> None:
    start, area_index, km = dataset.bundled_distances()
    outcodes = dataset.bundled_outcodes()
    assert len(start) == len(outcodes) + 1
    assert start[0] == 0
    assert start[-1] == len(km) == len(area_index)
    assert km.min() >= 0
    assert km.max() <= dataset.HORIZON_KM
    for row, (first, last) in enumerate(zip(start[:-1].tolist(), start[1:].tolist(), strict=True)):
        if outcodes.area_index[row] < 0:
            assert first == last
            continue
        assert area_index[first] == outcodes.area_index[row]
        assert km[first] == 0
        near = list(zip(km[first:last].tolist(), area_index[first:last].tolist(), strict=True))
        assert near == sorted(near)
        assert len(set(area_index[first:last].tolist())) == last - first
