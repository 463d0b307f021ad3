"""A second planner by the API's rule, slow and plain, which the engine is compared with.

It is written from the rules and the API's page alone, with dicts, lists and `sorted`. Every distance is computed by
brute force over all outcodes with `pyproj.Geod`: no arrays, no KD-tree, no data frame. It takes nothing from the engine
but the folder of the data and the names of the places behind an area code.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from pyproj import Geod

Row = Mapping[str, str | None]

WGS84 = Geod(ellps="WGS84")
UNITED_KINGDOM_IDD = 44
INCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
BYTES_PER_OUTCODE = 500
POSTCODE = re.compile(rf"(GIR|[A-Z]{{1,2}}[0-9][0-9A-Z]?)([0-9][{INCODE_LETTERS}]{{2}})")

BY_VOXNUMBER = "BY VOXNUMBER"
BY_POSTCODE = "BY POSTCODE"
BY_AREA = "BY AREA"

NO_STOCK_IN_REACH = "NO_STOCK_IN_REACH"
OUTCODE_UNKNOWN = "OUTCODE_UNKNOWN"
OUTCODE_WITHOUT_POSITION = "OUTCODE_WITHOUT_POSITION"
POSTCODE_UNKNOWN = "POSTCODE_UNKNOWN"
VOXNUMBER_NOT_IN_STOCK = "VOXNUMBER_NOT_IN_STOCK"
VOXNUMBER_ASSIGNED = "VOXNUMBER_ASSIGNED"
VOXNUMBER_DUPLICATED = "VOXNUMBER_DUPLICATED"
AREA_CODE_WITHOUT_STOCK = "AREA_CODE_WITHOUT_STOCK"


@dataclass(frozen=True)
class Place:
    """The place of an area code, which the city, region and country fallbacks compare."""

    city: str | None = None
    region: str | None = None
    country: str | None = None


class World(Protocol):
    """What the rule needs to know about the country: the bundled data, or a small country made by hand."""

    def has_outcode(self, outcode: str) -> bool: ...

    def has_unit_postcode(self, outcode: str, incode: str) -> bool: ...

    def distances_km(self, outcode: str) -> Mapping[int, float] | None:
        """Return the distance to each area code with a position, kilometres; None for an outcode without a position."""

    def covering_area_code(self, outcode: str) -> int | None: ...

    def area_code_of(self, full_voxnumber: int) -> tuple[int | None, int | None]:
        """Return IDD and area code of a number."""

    def place(self, idd: int, area_code: int) -> Place: ...


class BundledWorld:
    """The bundled tables, read with the csv module."""

    def __init__(self, folder: Path) -> None:
        with (folder / "outcodes.csv").open(encoding="utf-8", newline="") as file:
            self.outcodes = {line["outcode"]: line for line in csv.DictReader(file)}
        with (folder / "area_codes.csv").open(encoding="utf-8", newline="") as file:
            self.area_codes = {int(line["area_code"]): line for line in csv.DictReader(file)}
        self.order = {outcode: number for number, outcode in enumerate(self.outcodes)}
        self.bits = (folder / "postcodes.bin").read_bytes()
        self._distances: dict[str, dict[int, float]] = {}
        self._targets = self._points_of_area_codes()

    def _points_of_area_codes(self) -> list[tuple[int, float, float]]:
        """Return the points of each area code, as (area code, longitude, latitude): its outcodes, or its own point."""
        points = [
            (int(line["area_code"]), float(line["longitude"]), float(line["latitude"]))
            for line in self.outcodes.values()
            if line["longitude"] and line["area_code"]
        ]
        covered = {area_code for area_code, _, _ in points}
        points += [
            (area_code, float(line["longitude"]), float(line["latitude"]))
            for area_code, line in self.area_codes.items()
            if area_code not in covered and line["longitude"]
        ]
        return points

    def has_outcode(self, outcode: str) -> bool:
        return outcode in self.outcodes

    def has_unit_postcode(self, outcode: str, incode: str) -> bool:
        if outcode not in self.outcodes:
            return False
        tens, ones = INCODE_LETTERS.index(incode[1]), INCODE_LETTERS.index(incode[2])
        bit = int(incode[0]) * 400 + tens * 20 + ones
        byte = self.bits[self.order[outcode] * BYTES_PER_OUTCODE + bit // 8]
        return bool(byte >> (bit % 8) & 1)

    def covering_area_code(self, outcode: str) -> int | None:
        line = self.outcodes.get(outcode)
        return int(line["area_code"]) if line and line["longitude"] and line["area_code"] else None

    def distances_km(self, outcode: str) -> Mapping[int, float] | None:
        line = self.outcodes.get(outcode)
        if line is None or not line["longitude"]:
            return None
        if outcode not in self._distances:
            self._distances[outcode] = self._measure(outcode, float(line["longitude"]), float(line["latitude"]))
        return self._distances[outcode]

    def _measure(self, outcode: str, longitude: float, latitude: float) -> dict[int, float]:
        count = len(self._targets)
        _, _, metres = WGS84.inv(
            [longitude] * count,
            [latitude] * count,
            [target[1] for target in self._targets],
            [target[2] for target in self._targets],
        )
        nearest: dict[int, float] = {}
        for (area_code, _, _), distance_m in zip(self._targets, metres, strict=True):
            nearest[area_code] = min(nearest.get(area_code, math.inf), distance_m / 1000.0)
        covering = self.covering_area_code(outcode)
        if covering is not None:
            nearest[covering] = 0.0
        return nearest

    def area_code_of(self, full_voxnumber: int) -> tuple[int | None, int | None]:
        """Return the longest matching geographic code; 3xx, 8xx, 9xx and codes of +1 have three digits."""
        digits = str(full_voxnumber)
        if digits.startswith("1"):
            return 1, int(digits[1:4])
        if not digits.startswith("44"):
            return None, None
        national = digits[2:]
        for length in range(5, 1, -1):
            if national[:length].isdigit() and int(national[:length]) in self.area_codes:
                return UNITED_KINGDOM_IDD, int(national[:length])
        if national[:1] in {"3", "8", "9"} and len(national) >= 3:
            return UNITED_KINGDOM_IDD, int(national[:3])
        return UNITED_KINGDOM_IDD, None

    def place(self, idd: int, area_code: int) -> Place:
        return place_of_area_code(idd, area_code)


@cache
def place_of_area_code(idd: int, area_code: int) -> Place:
    """Return what libphonenumber knows about the area code, through the engine's only access to it."""
    from allocator.places import numbering_plan

    known = numbering_plan.place_of_area_code(idd, area_code)
    return Place(known.city, known.region, known.country)


@cache
def bundled_world() -> BundledWorld:
    from allocator.places import dataset

    return BundledWorld(Path(dataset.DATA_FOLDER))


@dataclass(frozen=True)
class Link:
    """A readable row of the links."""

    row: int
    link_id: str
    method: str
    outcode: str = ""
    incode: str = ""
    fallback_km: float = 0.0
    idd: int = 0
    area_code: int = 0
    fallback_city: bool = False
    fallback_region: bool = False
    fallback_country: bool = False
    full_voxnumber: int = 0


@dataclass(frozen=True)
class Decision:
    """The result of one row of the links."""

    row: int
    link_id: str
    status: str
    full_voxnumber: int | None = None
    area_code: int | None = None
    distance_km: float | None = None
    fallback: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Trial:
    """A group's attempt at an area code: the numbers left there at that moment, and the numbers that it took."""

    outcode: str
    links: int
    radius_km: float
    area_code: int
    distance_km: float
    numbers_left: int
    numbers_taken: int


@dataclass
class Number:
    """A number of the stock, and whether it is still available."""

    full_voxnumber: int
    idd: int | None
    area_code: int | None
    available: bool
    city: str | None
    region: str | None
    country: str | None


@dataclass
class Account:
    """The stock while numbers are handed out."""

    numbers: dict[int, Number]
    held: dict[str, int]
    rejected_rows: int
    places: dict[tuple[int, int], Place] = field(default_factory=dict)

    def available(self, idd: int, area_code: int) -> list[int]:
        """Return the numbers that an area code has left, smallest first."""
        return sorted(
            number.full_voxnumber
            for number in self.numbers.values()
            if number.available and (number.idd, number.area_code) == (idd, area_code)
        )

    def area_codes(self, idd: int) -> list[int]:
        """Return the area codes of all numbers in the stock, assigned ones included, smallest first."""
        return sorted(
            {n.area_code for n in self.numbers.values() if n.idd == idd and n.area_code is not None},
        )

    def take(self, full_voxnumber: int) -> int:
        self.numbers[full_voxnumber].available = False
        return full_voxnumber


class Unreadable(ValueError):
    """A row that the planner cannot use."""


def text_of(row: Row, column: str) -> str | None:
    value = row.get(column)
    value = value.strip() if value is not None else ""
    return value or None


def digits_of(text: str) -> int:
    digits = re.sub(r"[\s().+-]", "", text)
    if not (digits.isascii() and digits.isdigit()):
        raise Unreadable(text)
    return int(digits)


def number_of(text: str) -> int:
    digits = re.sub(r"[\s().+-]", "", text)
    if not re.fullmatch(r"[1-9][0-9]{4,17}", digits):
        raise Unreadable(text)
    return int(digits)


def required(row: Row, column: str) -> str:
    value = text_of(row, column)
    if value is None:
        raise Unreadable(column)
    return value


def truth_of(row: Row, column: str) -> bool:
    value = (text_of(row, column) or "FALSE").upper()
    if value not in {"TRUE", "FALSE"}:
        raise Unreadable(value)
    return value == "TRUE"


def method_of(row: Row) -> str:
    method = (text_of(row, "method") or "").upper()
    if method:
        if method not in {BY_VOXNUMBER, BY_POSTCODE, BY_AREA}:
            raise Unreadable(method)
        return method
    for column, method in (("postcode", BY_POSTCODE), ("full_voxnumber", BY_VOXNUMBER), ("area_code", BY_AREA)):
        if text_of(row, column):
            return method
    raise Unreadable("no method")


def fallback_of(row: Row, fallback_km: float) -> float:
    text = text_of(row, "fallback_area_distance")
    if text is None:
        return fallback_km
    try:
        value = float(text)
    except ValueError:
        raise Unreadable(text) from None
    if not math.isfinite(value) or value < 0:
        raise Unreadable(text)
    return value


def read_link(number: int, row: Row, fallback_km: float) -> Link:
    """Read a link from a row of texts.

    Raises
    ------
    Unreadable
        The row lacks what its method needs, or holds nonsense.
    """
    link = Link(row=number, link_id=required(row, "link_id"), method=method_of(row))
    if link.method == BY_VOXNUMBER:
        return replace(link, full_voxnumber=number_of(required(row, "full_voxnumber")))
    if link.method == BY_AREA:
        return replace(
            link,
            idd=digits_of(required(row, "voxnumber_idd")),
            area_code=digits_of(required(row, "area_code")),
            fallback_city=truth_of(row, "fallback_city"),
            fallback_region=truth_of(row, "fallback_region"),
            fallback_country=truth_of(row, "fallback_country"),
        )
    postcode = POSTCODE.fullmatch("".join(required(row, "postcode").upper().split()))
    if postcode is None:
        raise Unreadable("postcode")
    return replace(link, outcode=postcode[1], incode=postcode[2], fallback_km=fallback_of(row, fallback_km))


def read_links(rows: Sequence[Row], fallback_km: float, first_row: int) -> tuple[list[Link], list[Decision]]:
    """Return the readable links in document order, and decisions on the other rows; a link_id's first row counts."""
    links: list[Link] = []
    rejected: list[Decision] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, start=first_row):
        link_id = text_of(row, "link_id") or ""
        try:
            if link_id in seen:
                raise Unreadable("link_id twice")
            links.append(read_link(number, row, fallback_km))
            seen.add(link_id)
        except Unreadable:
            rejected.append(Decision(number, link_id, "rejected"))
    return links, rejected


def read_stock(rows: Sequence[Row], world: World) -> Account:
    """Read the account's numbers. A number listed twice is one number, and assigned if any of its rows says so."""
    numbers: dict[int, Number] = {}
    held: dict[str, int] = {}
    rejected = 0
    for row in rows:
        try:
            full_voxnumber = number_of(required(row, "full_voxnumber"))
        except Unreadable:
            rejected += 1
            continue
        link_id = text_of(row, "link_id")
        if link_id:
            held[link_id] = min(full_voxnumber, held.get(link_id, full_voxnumber))
        if full_voxnumber in numbers:
            rejected += 1
            numbers[full_voxnumber].available &= link_id is None
            continue
        idd, area_code = world.area_code_of(full_voxnumber)
        explicit = text_of(row, "area_code")
        numbers[full_voxnumber] = Number(
            full_voxnumber,
            idd,
            int(explicit) if explicit else area_code,
            link_id is None,
            *(text_of(row, column) for column in ("city", "region", "country")),
        )
    account = Account(numbers, held, rejected)
    for idd, area_code in {(n.idd, n.area_code) for n in numbers.values()}:
        if idd is not None and area_code is not None:
            account.places[idd, area_code] = place_in_account(account, world, idd, area_code)
    return account


def place_in_account(account: Account, world: World, idd: int, area_code: int) -> Place:
    """Return an area code's place: the value that most of its rows in the stock give, else the known one."""
    members = [n for n in account.numbers.values() if (n.idd, n.area_code) == (idd, area_code)]

    def commonest(values: list[str | None]) -> str | None:
        said = [value for value in values if value]
        return min(said, key=lambda value: (-said.count(value), value)) if said else None

    known = world.place(idd, area_code)
    return Place(
        commonest([n.city for n in members]) or known.city,
        commonest([n.region for n in members]) or known.region,
        commonest([n.country for n in members]) or known.country,
    )


def why_not_by_postcode(link: Link, world: World) -> str | None:
    """Return why a postcode can't be served with any stock: the first reason in the order of the questions."""
    if not world.has_outcode(link.outcode):
        return OUTCODE_UNKNOWN
    if not world.has_unit_postcode(link.outcode, link.incode):
        return POSTCODE_UNKNOWN
    if world.distances_km(link.outcode) is None:
        return OUTCODE_WITHOUT_POSITION
    return None


def refuse(link: Link, reason: str) -> Decision:
    return Decision(link.row, link.link_id, "unassigned", reason=reason)


def assign(
    link: Link, account: Account, full_voxnumber: int, distance_km: float | None = None, fallback: str = "none"
) -> Decision:
    area_code = account.numbers[account.take(full_voxnumber)].area_code
    return Decision(link.row, link.link_id, "assigned", full_voxnumber, area_code, distance_km, fallback)


def settle_by_voxnumber(links: Sequence[Link], account: Account) -> list[Decision]:
    """Decide the links that name a number, before all others: no other link can get these numbers."""
    decisions = []
    named: set[int] = set()
    for link in links:
        number = account.numbers.get(link.full_voxnumber)
        if number is None:
            decisions.append(refuse(link, VOXNUMBER_NOT_IN_STOCK))
        elif link.full_voxnumber in named:
            decisions.append(refuse(link, VOXNUMBER_DUPLICATED))
        elif not number.available:
            decisions.append(refuse(link, VOXNUMBER_ASSIGNED))
        else:
            named.add(link.full_voxnumber)
            decisions.append(assign(link, account, link.full_voxnumber))
    return decisions


def candidates(outcode: str, radius_km: float, world: World) -> list[tuple[float, int]]:
    """Return the area codes that may serve an outcode, closest first, then by area code."""
    distances = world.distances_km(outcode) or {}
    covering = world.covering_area_code(outcode)
    within = [(distance, area_code) for area_code, distance in distances.items() if distance <= radius_km]
    if radius_km == 0:
        within = [(distance, area_code) for distance, area_code in within if area_code == covering]
    return sorted(within)


def settle_group(
    links: Sequence[Link], account: Account, world: World, grouping: str, trials: list[Trial]
) -> list[Decision]:
    """Decide an outcode's links: one area code for all of them (together), or closest first (split)."""
    outcode = links[0].outcode
    radius_km = min(link.fallback_km for link in links)
    covering = world.covering_area_code(outcode)
    offers: list[tuple[int, float, int]] = []
    for distance_km, area_code in candidates(outcode, radius_km, world):
        numbers = account.available(UNITED_KINGDOM_IDD, area_code)
        missing = len(links) - len(offers)
        taken = numbers[:missing] if grouping == "split" or len(numbers) >= missing else []
        offers += [(number, distance_km, area_code) for number in taken]
        trials.append(Trial(outcode, len(links), radius_km, area_code, distance_km, len(numbers), len(taken)))
        if len(offers) == len(links):
            break
    else:
        trials += would_have_done(outcode, len(links), radius_km, len(links) - len(offers), account, world)
    decisions = []
    for position, link in enumerate(links):
        if position >= len(offers):
            decisions.append(refuse(link, NO_STOCK_IN_REACH))
            continue
        number, distance_km, area_code = offers[position]
        fallback = "none" if area_code == covering else "distance"
        decisions.append(assign(link, account, number, distance_km, fallback))
    return decisions


def would_have_done(
    outcode: str, links: int, radius_km: float, missing: int, account: Account, world: World
) -> list[Trial]:
    """Return the closest area code beyond the radius that has enough for the links without a number, if any."""
    for distance_km, area_code in candidates(outcode, math.inf, world):
        left = len(account.available(UNITED_KINGDOM_IDD, area_code))
        if distance_km > radius_km and left >= missing:
            return [Trial(outcode, links, radius_km, area_code, distance_km, left, 0)]
    return []


def settle_by_area(link: Link, account: Account, world: World) -> Decision:
    """Decide a BY AREA link: its area code first, then, as far as it allows, the city, the region, the country."""
    numbers = account.available(link.idd, link.area_code)
    if numbers:
        return assign(link, account, numbers[0])
    here = account.places.get((link.idd, link.area_code)) or world.place(link.idd, link.area_code)

    def same_city(there: Place) -> bool:
        return here.city is not None and there.city == here.city

    def same_country(there: Place) -> bool:
        return link.idd == 44 or (here.country is not None and there.country == here.country)

    def same_region(there: Place) -> bool:
        return here.country in {"US", "CA"} and here.region is not None and there.region == here.region

    tiers: list[tuple[bool, str, Callable[[Place], bool]]] = [
        (link.fallback_city, "city", same_city),
        (link.fallback_region, "region", lambda there: same_country(there) and same_region(there)),
        (link.fallback_country, "country", same_country),
    ]
    for asked, fallback, is_same in tiers:
        if not asked:
            continue
        for area_code in account.area_codes(link.idd):
            numbers = account.available(link.idd, area_code)
            if numbers and is_same(account.places[link.idd, area_code]):
                return assign(link, account, numbers[0], fallback=fallback)
    return refuse(link, AREA_CODE_WITHOUT_STOCK)


def plan(
    links: Sequence[Row],
    stock: Sequence[Row],
    *,
    fallback_km: float = 0.0,
    grouping: str = "together",
    world: World | None = None,
    first_row: int = 1,
    trials: list[Trial] | None = None,
) -> list[Decision]:
    """Return the decision on every row of the links, in document order; adds each group's attempts to `trials`."""
    trials = [] if trials is None else trials
    world = world if world is not None else bundled_world()
    account = read_stock(stock, world)
    readable, decisions = read_links(links, fallback_km, first_row)

    waiting: list[Link] = []
    for link in readable:
        if link.link_id in account.held:
            number = account.held[link.link_id]
            area_code = account.numbers[number].area_code
            decisions.append(Decision(link.row, link.link_id, "already", number, area_code))
        elif link.method == BY_POSTCODE and (reason := why_not_by_postcode(link, world)):
            decisions.append(refuse(link, reason))
        else:
            waiting.append(link)

    decisions += settle_by_voxnumber([link for link in waiting if link.method == BY_VOXNUMBER], account)

    groups: dict[str, list[Link]] = {}
    for link in waiting:
        if link.method == BY_POSTCODE:
            groups.setdefault(link.outcode, []).append(link)
    for link in waiting:
        if link.method == BY_AREA:
            decisions.append(settle_by_area(link, account, world))
        elif link.method == BY_POSTCODE and groups[link.outcode][0] is link:
            decisions += settle_group(groups[link.outcode], account, world, grouping, trials)
    return sorted(decisions, key=lambda decision: decision.row)
