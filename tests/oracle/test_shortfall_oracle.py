"""Every fact in the reason of a link without a number, worked out again from the plan's own tables; and the sentence
read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import pytest
from hypothesis import given

import allocator
from allocator import Plan, Reason
from tests.support.planner import BY_POSTCODE, Account, Link, bundled_world, read_links, read_stock
from tests.support.strategies import Instance, instances

HORIZON_KM = 100.0
WORLD = bundled_world()


@dataclass(frozen=True)
class Facts:
    """What is true of a group that lacks numbers: of each area code its distance, what it had, and what was left."""

    outcode: str
    members: tuple[Link, ...]
    missing: int
    radius_km: float
    near: tuple[tuple[float, int, int, int], ...]
    nearest: tuple[float, int] | None

    @property
    def within(self) -> list[tuple[float, int, int, int]]:
        return [one for one in self.near if one[0] <= self.radius_km]


def facts_of(instance: Instance, plan: Plan, best: bool) -> Iterator[Facts]:
    """Work out the facts of each group: by the rule at its turn, in the best plan at the end."""
    account, (readable, _) = read_stock(instance.stock, WORLD), read_links(instance.links, instance.fallback_km, 1)
    reasons = dict(plan.unassigned.select("link_id", "reason").iter_rows())
    given_to = {row["link_id"]: row for row in plan.assignments.iter_rows(named=True)}
    groups: dict[str, list[Link]] = {}
    for link in readable:
        if link.method == BY_POSTCODE and (link.link_id in given_to or reasons.get(link.link_id) == SHORT):
            groups.setdefault(link.outcode, []).append(link)
    # A group is decided where its first link is, a BY AREA link where it is itself.
    turn = {link.link_id: groups[link.outcode][0].row if link.outcode in groups else link.row for link in readable}
    for outcode, members in groups.items():
        missing = [link for link in members if link.link_id not in given_to]
        if not missing:
            continue
        left = dict(available(account, given_to))
        had = dict(left)
        for link_id, row in given_to.items():
            if row["method"] == "BY VOXNUMBER":
                continue
            if turn[link_id] < members[0].row or (best and turn[link_id] != members[0].row):
                left[int(row["area_code"]), row["full_voxnumber"].startswith("44")] -= 1
        radius_km = min(link.fallback_km for link in members)
        near = sorted(
            (km, code, had.get((code, True), 0), left.get((code, True), 0))
            for code, km in (WORLD.distances_km(outcode) or {}).items()
        )
        enough = [(km, code) for km, code, _, rest in near if km > radius_km and rest >= len(missing)]
        yield Facts(outcode, tuple(members), len(missing), radius_km, tuple(near), enough[0] if enough else None)


SHORT = str(Reason.NO_STOCK_IN_REACH)


def available(account: Account, given_to: dict[str, dict[str, object]]) -> Iterator[tuple[tuple[int, bool], int]]:
    """Count the numbers that could be given, by area code and whether they are British; named ones are no choice."""
    named = {int(str(row["full_voxnumber"])) for row in given_to.values() if row["method"] == "BY VOXNUMBER"}
    counts: dict[tuple[int, bool], int] = {}
    for number in account.numbers.values():
        if number.available and number.area_code is not None and number.full_voxnumber not in named:
            key = (number.area_code, number.idd == 44)
            counts[key] = counts.get(key, 0) + 1
    yield from counts.items()


NEED = re.compile(r"(?P<outcode>\S+) needs (?P<need>\d+) numbers?(?P<one> from one area code)?[,;] ")
OWN = re.compile(r"its own area code, 0(?P<code>\d+) \(.+?\), had (?P<left>none|\d+) left")
OWN_EMPTY = re.compile(r"no free number in its own area code, 0(?P<code>\d+) \(")
NONE_HAD = re.compile(
    r"none of the (?P<count>\d+) other area codes within (?P<km>\S+) km had (?:more than (?P<most>\d+)|any) left"
)
ONE_HAD = re.compile(r"the 1 other area code within (?P<km>\S+) km had (?P<left>none|\d+) left")
ALL_HAD = re.compile(r"the (?P<count>\d+) other area codes? within (?P<km>\S+) km had (?P<left>none|\d+) left")
LIMIT = re.compile(
    r"Link (?P<link>\S+) \(row (?P<row>\d+)\) allows no more than (?P<km>\S+) km, others in \S+ up to (?P<far>\S+) km\."
)
NEAREST = re.compile(r"The nearest area code with enough for .+? is 0(?P<code>\d+) \(.+?\), (?P<km>[\d.]+) km away\.")
NOWHERE = re.compile(r"No area code within (?P<km>\S+) km had enough")


def number_in(text: str) -> int:
    return 0 if text == "none" else int(text)


def check(message: str, facts: Facts, together: bool) -> None:
    """Hold every number in a sentence against the facts."""
    need = NEED.match(message)
    assert need is not None, message
    assert (need["outcode"], int(need["need"])) == (facts.outcode, len(facts.members))
    assert bool(need["one"]) == (together and len(facts.members) > 1)
    within, own = facts.within, facts.near[0]
    assert own[0] == 0
    others = within[1:]
    if not any(had for _, _, had, _ in within):
        empty = OWN_EMPTY.search(message)
        assert empty is not None, message
        assert int(empty["code"]) == own[1]
    else:
        said = OWN.search(message)
        assert said is not None, message
        assert (int(said["code"]), number_in(said["left"])) == (own[1], own[3])
        if others and together and len(others) > 1:
            rest = NONE_HAD.search(message)
            assert rest is not None, message
            assert int(rest["count"]) == len(others)
            assert int(rest["most"] or 0) == max(left for *_, left in others)
        elif others:
            rest = (ONE_HAD if len(others) == 1 else ALL_HAD).search(message)
            assert rest is not None, message
            assert number_in(rest["left"]) == sum(left for *_, left in others)
    limit = LIMIT.search(message)
    farthest = max(link.fallback_km for link in facts.members)
    assert (limit is not None) == (farthest > facts.radius_km), message
    if limit is not None:
        first = next(link for link in facts.members if link.fallback_km == facts.radius_km)
        assert (limit["link"], int(limit["row"])) == (first.link_id, first.row)
    nearest, nowhere = NEAREST.search(message), NOWHERE.search(message)
    assert (nearest is None) != (nowhere is None)
    if nearest is not None:
        assert facts.nearest is not None
        assert int(nearest["code"]) == facts.nearest[1]
        assert facts.nearest[0] <= float(nearest["km"]) <= facts.nearest[0] + 0.1 + 1e-9
        assert float(nearest["km"]) > facts.radius_km
    else:
        assert nowhere is not None
        assert facts.nearest is None or facts.nearest[0] > min(float(nowhere["km"]), HORIZON_KM)


@pytest.mark.parametrize("strategy", ["rule", "optimal"])
@given(instances())
def test_every_fact_of_every_reason_is_true(strategy: str, instance: Instance) -> None:
    plan = allocator.plan(
        instance.links_table,
        instance.stock_table,
        fallback_km=instance.fallback_km,
        grouping=instance.grouping,
        strategy=strategy,  # type: ignore[arg-type]
    )
    messages = dict(plan.unassigned.filter(pl.col("reason") == SHORT).select("link_id", "message").iter_rows())
    explained = set()
    for facts in facts_of(instance, plan, best=strategy == "optimal"):
        for link in facts.members:
            if link.link_id in messages:
                check(messages[link.link_id], facts, instance.grouping == "together")
                explained.add(link.link_id)
        decided = plan.decisions.filter(pl.col("outcode") == facts.outcode)
        rows = {int(row["area_code"]): row for row in decided.iter_rows(named=True)}
        assert {code for _, code, *_ in facts.within} <= set(rows)
        for _, code, _, left in facts.within:
            assert rows[code]["numbers_left"] == left
    assert explained == set(messages)


@given(instances(kinds=("postcode",)))
def test_the_nearest_that_has_enough_serves_when_its_distance_is_typed(instance: Instance) -> None:
    plan = allocator.plan(instance.links_table, instance.stock_table, fallback_km=instance.fallback_km)
    groups = plan.unassigned.filter(pl.col("reason") == SHORT).unique("outcode", maintain_order=True)
    for row in groups.iter_rows(named=True):
        nearest = NEAREST.search(row["message"])
        if nearest is None:
            continue
        wider = [
            {**link, "fallback_area_distance": nearest["km"]}
            if read_outcode(link) == row["outcode"]
            else {**link, "fallback_area_distance": link.get("fallback_area_distance") or str(instance.fallback_km)}
            for link in instance.links
        ]
        again = allocator.plan(
            Instance(tuple(wider), instance.stock, instance.fallback_km, "together").links_table,
            instance.stock_table,
            fallback_km=instance.fallback_km,
        )
        assert row["link_id"] in again.assignments["link_id"].to_list(), row["message"]


def read_outcode(link: dict[str, str | None]) -> str:
    links, _ = read_links([link], 0.0, 1)
    return links[0].outcode if links else ""
