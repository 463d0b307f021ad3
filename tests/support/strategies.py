"""Hypothesis strategies: small, awkward accounts at real outcodes.

An instance lies in one neighbourhood (an outcode, its closest outcodes, and the area codes closest to them), so that
its links compete for few numbers and its radii are close to the distances that matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Literal

import polars as pl
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.support.planner import INCODE_LETTERS, WGS84, BundledWorld, bundled_world

Texts = dict[str, str | None]
Grouping = Literal["together", "split"]

# Inner cities with small outcodes, borders of area codes, nested area codes (1539 and 15394), islands, crown
# dependencies, Northern Ireland, and the empty north.
ANCHORS = (
    *("W11", "SW1A", "M1", "LS1", "B1", "EH1", "BT1", "TN14", "CR3", "SK13", "LA22", "LA8"),
    *("CA7", "PO11", "TR21", "GY9", "JE2", "IM1", "ZE1", "KW17", "IV27", "LL55", "NE66", "PA61"),
)
NEIGHBOURS = 4
AREA_CODES_NEAR = 5
NUDGE_KM = 1e-6
INCODES = tuple(f"{digit}{a}{b}" for digit in range(10) for a in INCODE_LETTERS for b in INCODE_LETTERS)

LINK_COLUMNS = (
    *("link_id", "method", "postcode", "fallback_area_distance", "voxnumber_idd", "area_code"),
    *("fallback_city", "fallback_region", "fallback_country", "full_voxnumber"),
)
STOCK_COLUMNS = ("full_voxnumber", "link_id", "area_code", "city", "region", "country")

# Three codes of New York City and one of its state, two of Toronto and one of Ontario, and others of +1.
AMERICAN_AREA_CODES = (212, 646, 917, 716, 416, 647, 613, 213, 876)
NON_GEOGRAPHIC_AREA_CODES = (845, 800, 333)


@dataclass(frozen=True)
class Neighbourhood:
    """The surroundings of an instance: outcodes, the area codes near them, and the distances between both."""

    outcodes: tuple[str, ...]
    area_codes: tuple[int, ...]
    distances_km: tuple[float, ...]


@dataclass(frozen=True)
class Instance:
    """The links, the stock and the options of a plan."""

    links: tuple[Texts, ...]
    stock: tuple[Texts, ...]
    fallback_km: float
    grouping: Grouping

    @property
    def links_table(self) -> pl.DataFrame:
        return table(self.links, LINK_COLUMNS, ("link_id",) if self.links else ("link_id", "postcode"))

    @property
    def stock_table(self) -> pl.DataFrame:
        return table(self.stock, STOCK_COLUMNS, ("full_voxnumber",))


def table(rows: Sequence[Texts], columns: Sequence[str], needed: Sequence[str]) -> pl.DataFrame:
    """Make a table of text columns, without optional columns that no row mentions."""
    mentioned = [column for column in columns if column in needed or any(column in row for row in rows)]
    return pl.DataFrame(
        {column: [row.get(column) for row in rows] for column in mentioned},
        schema=dict.fromkeys(mentioned, pl.String),
    )


@cache
def neighbourhood(anchor: str) -> Neighbourhood:
    world = bundled_world()
    here = world.outcodes[anchor]
    there = [line for line in world.outcodes.values() if line["longitude"] and line["postcodes"] != "0"]
    _, _, metres = WGS84.inv(
        [float(here["longitude"])] * len(there),
        [float(here["latitude"])] * len(there),
        [float(line["longitude"]) for line in there],
        [float(line["latitude"]) for line in there],
    )
    closest = sorted(zip(metres, (line["outcode"] for line in there), strict=True))
    outcodes = tuple(outcode for _, outcode in closest[: 1 + NEIGHBOURS])
    to_area_codes = sorted((km, area_code) for area_code, km in (world.distances_km(anchor) or {}).items())
    area_codes = tuple(area_code for _, area_code in to_area_codes[:AREA_CODES_NEAR])
    distances_km = sorted({(world.distances_km(outcode) or {})[code] for outcode in outcodes for code in area_codes})
    return Neighbourhood(outcodes, area_codes, tuple(distances_km))


@cache
def unit_postcodes(outcode: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return four existing incodes of an outcode and one that does not exist."""
    world = bundled_world()
    existing = (incode for incode in INCODES if world.has_unit_postcode(outcode, incode))
    missing = (incode for incode in INCODES if not world.has_unit_postcode(outcode, incode))
    return tuple(islice(existing, 4)), tuple(islice(missing, 1))


@cache
def outcodes_without_position() -> tuple[str, ...]:
    world = bundled_world()
    nowhere = (outcode for outcode, line in world.outcodes.items() if not line["longitude"])
    return tuple(islice((outcode for outcode in nowhere if unit_postcodes(outcode)[0]), 8))


@cache
def outcodes_unknown() -> tuple[str, ...]:
    world = bundled_world()
    well_formed = [f"{area}{district}" for area in ("W", "M", "LS", "BT", "EH") for district in range(75, 100)]
    return tuple(outcode for outcode in well_formed if not world.has_outcode(outcode))[:8]


def spellings(text: str) -> SearchStrategy[str]:
    """Draw a way to type a postcode."""
    return st.sampled_from([text, text.replace(" ", ""), text.lower(), f" {text.replace(' ', '  ')} "])


@st.composite
def postcodes(draw: DrawFn, place: Neighbourhood, *, sound: bool = False) -> str:
    """Draw a postcode, mostly an existing one, and mostly in the neighbourhood's first outcode."""
    kind = "sound" if sound else draw(one_in(("sound", 30), ("missing", 1), ("nowhere", 1), ("unknown", 1)))
    if kind == "unknown":
        return f"{draw(st.sampled_from(outcodes_unknown()))} 1AA"
    if kind == "nowhere" and outcodes_without_position():
        outcode = draw(st.sampled_from(outcodes_without_position()))
    else:
        outcode = draw(st.sampled_from((place.outcodes[0], *place.outcodes)))
    existing, missing = unit_postcodes(outcode)
    incode = draw(st.sampled_from(missing if kind == "missing" and missing else existing))
    return draw(spellings(f"{outcode} {incode}"))


def radii(place: Neighbourhood) -> SearchStrategy[float]:
    """Draw a radius close to the distances that decide, at the horizon of the bundled distances, or beyond it."""
    beside = [max(0.0, km + nudge) for km in place.distances_km for nudge in (-NUDGE_KM, NUDGE_KM)]
    return st.sampled_from([0.0, 5.0, 20.0, *beside, 99.999, 100.0, 100.001, 160.0, 1_500.0])


def subscribers(area_code: int) -> SearchStrategy[str]:
    """Draw the digits after an area code: of usual or odd length, or such that they make a longer area code."""
    usual = st.integers(1, 9).map(lambda last: str(last).zfill(10 - len(str(area_code))))
    odd = st.integers(940, 949).map(str)
    return st.one_of(usual, odd)


def one_in(*weighted: tuple[str, int]) -> SearchStrategy[str]:
    """Draw one of some words, each as often as its weight says."""
    return st.sampled_from([word for word, weight in weighted for _ in range(weight)])


@st.composite
def british_numbers(draw: DrawFn, place: Neighbourhood) -> str:
    area_code = draw(st.sampled_from(place.area_codes * 4 + NON_GEOGRAPHIC_AREA_CODES))
    return f"44{area_code}{draw(subscribers(area_code))}"


@st.composite
def runs_of_numbers(draw: DrawFn, place: Neighbourhood) -> list[str]:
    """Draw up to four numbers of each area code nearby, enough for some groups of two or three and not for all."""
    numbers = []
    for area_code in place.area_codes:
        first, count = draw(st.integers(0, 5)), draw(st.integers(0, 4))
        numbers += [f"44{area_code}{str(last).zfill(10 - len(str(area_code)))}" for last in range(first, first + count)]
    return numbers


@st.composite
def american_numbers(draw: DrawFn) -> str:
    return f"1{draw(st.sampled_from(AMERICAN_AREA_CODES))}55501{draw(st.integers(0, 3)):02d}"


def placeless_numbers() -> SearchStrategy[str]:
    """Draw numbers of unknown area codes: 021 is not in use, and no country has the code 999."""
    return st.sampled_from(["442155501", "4421555001", "99955500001"])


def written(digits: str) -> SearchStrategy[str]:
    return st.sampled_from([digits] * 4 + [f"+{digits}", f" {digits[:2]} {digits[2:]}"])


def mostly_nothing(*values: str) -> SearchStrategy[str | None]:
    return st.sampled_from([None] * 12 + ["", *values])


@st.composite
def stocks(draw: DrawFn, place: Neighbourhood, link_ids: Sequence[str], *, abroad: bool) -> list[Texts]:
    numbers = draw(runs_of_numbers(place))
    numbers += draw(st.lists(st.one_of(british_numbers(place), placeless_numbers()), max_size=4))
    if abroad:
        numbers += draw(st.lists(american_numbers(), max_size=8))
    numbers = draw(st.permutations(list(dict.fromkeys(numbers))))
    with_places, with_area_codes = draw(st.booleans()), draw(st.integers(0, 3)) == 0
    rows: list[Texts] = []
    for digits in numbers:
        row: Texts = {"full_voxnumber": draw(written(digits)), "link_id": draw(mostly_nothing("elsewhere"))}
        if with_area_codes:
            row["area_code"] = draw(
                st.sampled_from([None, None, "", *(f"0{code}" for code in place.area_codes), "845"])
            )
        if with_places:
            row["city"] = draw(st.sampled_from([None, None, "", "London", "Leeds", " Leeds ", "New York"]))
            row["region"] = draw(st.sampled_from([None, None, None, "NY", "ON"]))
            row["country"] = draw(st.sampled_from([None, None, None, "GB", "US", "CA"]))
        rows.append(row)
    if rows and link_ids and draw(st.integers(0, 3)) == 0:
        draw(st.sampled_from(rows))["link_id"] = draw(st.sampled_from(link_ids))
    if rows and draw(st.integers(0, 3)) == 0:
        again = dict(draw(st.sampled_from(rows)))
        if draw(st.booleans()):
            again["link_id"] = None
        rows.insert(draw(st.integers(0, len(rows))), again)
    if rows and draw(st.integers(0, 5)) == 0:
        rows.insert(draw(st.integers(0, len(rows))), {"full_voxnumber": "seven", "link_id": None})
    return rows


@st.composite
def by_postcode(draw: DrawFn, place: Neighbourhood) -> Texts:
    return {
        "method": "BY POSTCODE",
        "postcode": draw(postcodes(place)),
        "fallback_area_distance": draw(radii(place).map(repr)) if draw(st.integers(0, 3)) == 3 else None,
    }


@st.composite
def by_area(draw: DrawFn, place: Neighbourhood, *, abroad: bool) -> Texts:
    truths = st.sampled_from(["TRUE", "true", "FALSE", None])
    american = abroad and draw(st.integers(0, 3)) < 3
    codes = AMERICAN_AREA_CODES if american else (*place.area_codes, *NON_GEOGRAPHIC_AREA_CODES)
    area_code = str(draw(st.sampled_from(codes)))
    return {
        "method": "BY AREA",
        "voxnumber_idd": "1" if american else draw(st.sampled_from(["44", "+44"])),
        "area_code": area_code if american else draw(st.sampled_from([area_code, f"0{area_code}"])),
        "fallback_city": draw(truths),
        "fallback_region": draw(truths),
        "fallback_country": draw(truths),
    }


@st.composite
def by_voxnumber(draw: DrawFn, place: Neighbourhood, stock: Sequence[Texts]) -> Texts:
    listed = [text for row in stock if (text := row["full_voxnumber"]) and text != "seven"]
    numbers = british_numbers(place)
    if listed:
        numbers = st.one_of(st.sampled_from(listed), st.sampled_from(listed), numbers)
    return {"method": "BY VOXNUMBER", "full_voxnumber": draw(numbers)}


def unreadable() -> SearchStrategy[Texts]:
    rows: list[Texts] = [
        {"method": "BY POSTCODE", "postcode": "SW1A"},
        {"method": "BY POSTCODE", "postcode": None},
        {"method": "BY POSTCODE", "postcode": "SW1A 0AA", "fallback_area_distance": "-1"},
        {"method": "BY POSTCODE", "postcode": "SW1A 0AA", "fallback_area_distance": "NaN"},
        {"method": "BY POSTCODE", "postcode": "SW1A 0AA", "fallback_area_distance": "inf"},
        {"method": "BY AREA", "voxnumber_idd": None, "area_code": "20"},
        {"method": "BY AREA", "voxnumber_idd": "44", "area_code": None},
        {"method": "BY AREA", "voxnumber_idd": "44", "area_code": "20", "fallback_city": "perhaps"},
        {"method": "BY VOXNUMBER", "full_voxnumber": "4.42E+11"},
        {"method": "BY VOXNUMBER", "full_voxnumber": None},
        {"method": "BY PIGEON", "postcode": "SW1A 0AA"},
    ]
    return st.sampled_from(rows).map(dict)


WEIGHTS = {"postcode": 20, "area": 8, "voxnumber": 6, "unreadable": 1}


@st.composite
def instances(draw: DrawFn, *, kinds: tuple[str, ...] = tuple(WEIGHTS)) -> Instance:
    """Draw an account in a neighbourhood, with links of some methods (no column `method` if all are BY POSTCODE)."""
    place = neighbourhood(draw(st.sampled_from(ANCHORS)))
    abroad = "area" in kinds and (kinds[0] == "area" or draw(st.integers(0, 2)) == 0)
    link_ids = [f"L{position}" for position in range(draw(st.integers(0, 10)))]
    stock = draw(stocks(place, link_ids, abroad=abroad))
    links_of = {
        "postcode": by_postcode(place),
        "area": by_area(place, abroad=abroad),
        "voxnumber": by_voxnumber(place, stock),
        "unreadable": unreadable(),
    }
    words = one_in(*((kind, WEIGHTS[kind] * (2 if abroad and kind == "area" else 1)) for kind in kinds))
    links = [{"link_id": link_id, **draw(links_of[draw(words)])} for link_id in link_ids]
    if "unreadable" in kinds and links and draw(st.integers(0, 5)) == 0:
        draw(st.sampled_from(links))["link_id"] = draw(st.sampled_from(["L0", "", None]))
    if kinds == ("postcode",) or draw(st.integers(0, 5)) == 0:
        for link in links:
            link.pop("method")
    elif links and draw(st.integers(0, 5)) == 0:
        draw(st.sampled_from(links))["method"] = None
    groupings: list[Grouping] = ["together", "together", "split"]
    return Instance(tuple(links), tuple(stock), draw(radii(place)), draw(st.sampled_from(groupings)))


def world() -> BundledWorld:
    """Return the bundled data as the oracle reads it."""
    return bundled_world()
