"""Laws of every plan; each test is named by its law."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import allocator
from allocator import Plan
from tests.support.comparison import engine_plan
from tests.support.planner import read_stock
from tests.support.strategies import (
    ANCHORS,
    Instance,
    Texts,
    instances,
    neighbourhood,
    postcodes,
    unit_postcodes,
    world,
)

ROOT = Path(__file__).parents[2]
REACHABLE_UNTIL_KM = 1e-9


def given_numbers(plan: Plan) -> dict[str, int]:
    return {
        row["link_id"]: int(row["full_voxnumber"])
        for row in plan.assignments.select("link_id", "full_voxnumber").iter_rows(named=True)
    }


def digits(text: str | None) -> int | None:
    cleaned = "".join((text or "").split()).lstrip("+")
    return int(cleaned) if cleaned.isdigit() else None


def available_numbers(instance: Instance) -> set[int]:
    """Return the numbers that no row of the stock calls assigned."""
    listed = {number for row in instance.stock if (number := digits(row["full_voxnumber"])) is not None}
    taken = {digits(row["full_voxnumber"]) for row in instance.stock if (row.get("link_id") or "").strip()}
    return {number for number in listed if number not in taken}


def counting_groups(instance: Instance, plan: Plan) -> dict[str, list[Texts]]:
    """Return the BY POSTCODE links that could be served, by outcode, in document order."""
    served = set(plan.assignments["link_id"].to_list())
    waiting = set(plan.unassigned.filter(pl.col("reason") == "NO_STOCK_IN_REACH")["link_id"].to_list())
    rejected = set(plan.rejected.filter(pl.col("table") == "links")["row"].to_list())
    groups: dict[str, list[Texts]] = {}
    for position, link in enumerate(instance.links, start=1):
        if position in rejected or not link.get("postcode") or link.get("method") not in (None, "BY POSTCODE"):
            continue
        if link["link_id"] in served | waiting:
            outcode = "".join((link["postcode"] or "").split()).upper()[:-3]
            groups.setdefault(outcode, []).append(link)
    return groups


def radius_km(group: Sequence[Texts], instance: Instance) -> float:
    own = [link.get("fallback_area_distance") for link in group]
    return min(float(text) if text is not None else instance.fallback_km for text in own)


def area_codes_of(instance: Instance) -> dict[int, tuple[int | None, int | None]]:
    """Return IDD and area code of each number of the stock."""
    account = read_stock(instance.stock, world())
    return {number.full_voxnumber: (number.idd, number.area_code) for number in account.numbers.values()}


def left_over(instance: Instance, plan: Plan) -> Counter[int]:
    """Count the numbers that each British area code has left after the plan."""
    remaining = available_numbers(instance) - set(given_numbers(plan).values())
    area_code_of = area_codes_of(instance)
    codes = [area_code_of[number] for number in remaining]
    return Counter(area_code for idd, area_code in codes if idd == 44 and area_code is not None)


@given(instances())
def test_no_number_is_given_twice(instance: Instance) -> None:
    plan = engine_plan(instance)
    assert plan.assignments["full_voxnumber"].n_unique() == plan.assignments.height
    assert plan.assignments["link_id"].n_unique() == plan.assignments.height


@given(instances())
def test_only_available_numbers_are_given(instance: Instance) -> None:
    assert set(given_numbers(engine_plan(instance)).values()) <= available_numbers(instance)


@given(instances())
def test_no_link_is_served_from_beyond_the_radius(instance: Instance) -> None:
    plan = engine_plan(instance)
    distances_km = dict(plan.assignments.select("link_id", "distance_km").iter_rows())
    for group in counting_groups(instance, plan).values():
        limit_km = radius_km(group, instance)
        served = [distances_km[link["link_id"]] for link in group if link["link_id"] in distances_km]
        assert all(distance_km <= limit_km for distance_km in served)


@given(instances())
def test_a_group_is_never_split_when_together(instance: Instance) -> None:
    plan = engine_plan(replace(instance, grouping="together"))
    area_codes = dict(plan.assignments.select("link_id", "area_code").iter_rows())
    for group in counting_groups(instance, plan).values():
        assert len({area_codes.get(link["link_id"]) for link in group}) == 1


@given(instances())
def test_every_link_has_exactly_one_state(instance: Instance) -> None:
    plan = engine_plan(instance)
    rows = [
        *plan.assignments["row"].to_list(),
        *plan.already["row"].to_list(),
        *plan.unassigned["row"].to_list(),
        *plan.rejected.filter(pl.col("table") == "links")["row"].unique().to_list(),
    ]
    assert sorted(rows) == list(range(1, len(instance.links) + 1))


@given(instances(), st.data())
def test_permuting_the_stock_changes_nothing(instance: Instance, data: st.DataObject) -> None:
    shuffled = replace(instance, stock=tuple(data.draw(st.permutations(instance.stock))))
    before, after = engine_plan(instance), engine_plan(shuffled)
    assert after.digest == before.digest
    assert after.assignments.equals(before.assignments)
    assert after.unassigned.equals(before.unassigned)


@given(instances(), st.data())
def test_the_rows_of_a_number_may_be_in_any_order(instance: Instance, data: st.DataObject) -> None:
    """When rows differ about a number, their order changes nothing."""
    assume(instance.stock)
    again = [
        {**data.draw(st.sampled_from(instance.stock)), column: data.draw(st.sampled_from(["", "Leeds", "York", "L1"]))}
        for column in data.draw(st.lists(st.sampled_from(["link_id", "city", "region", "country"]), max_size=3))
    ]
    listed = (*instance.stock, *again)
    shuffled = data.draw(st.permutations(listed))
    before = engine_plan(replace(instance, stock=listed))
    after = engine_plan(replace(instance, stock=tuple(shuffled)))
    assert after.digest == before.digest
    assert after.unassigned.equals(before.unassigned)


@given(instances())
def test_no_closer_area_code_had_enough_and_no_group_waits_beside_enough(instance: Instance) -> None:
    """What is left at the end was there before, so it must not be closer than a group's area code and enough."""
    plan = engine_plan(replace(instance, grouping="together"))
    area_codes = dict(plan.assignments.select("link_id", "area_code").iter_rows())
    left = left_over(instance, plan)
    for outcode, group in counting_groups(instance, plan).items():
        distances_km = world().distances_km(outcode)
        assert distances_km is not None
        given_by = area_codes.get(group[0]["link_id"])
        limit_km = distances_km[int(given_by)] if given_by is not None else radius_km(group, instance)
        closer = [code for code, km in distances_km.items() if km < limit_km - REACHABLE_UNTIL_KM]
        assert all(left[code] < len(group) for code in closer)


@given(instances(kinds=("postcode",)))
def test_the_smallest_numbers_go_first_in_document_order(instance: Instance) -> None:
    plan = engine_plan(instance)
    numbers = given_numbers(plan)
    remaining = available_numbers(instance) - set(numbers.values())
    area_code_of = area_codes_of(instance)
    for area_code, members in plan.assignments.group_by("area_code"):
        code = int(str(area_code[0]))
        smallest_left = min((n for n in remaining if area_code_of[n] == (44, code)), default=None)
        assert smallest_left is None or max(map(int, members["full_voxnumber"])) < smallest_left
    for group in counting_groups(instance, plan).values():
        by_area_code: dict[tuple[int | None, int | None], list[int]] = {}
        for link in group:
            if (number := numbers.get(link["link_id"] or "")) is not None:
                by_area_code.setdefault(area_code_of[number], []).append(number)
        assert all(given_in_order == sorted(given_in_order) for given_in_order in by_area_code.values())


@given(instances(), st.data())
def test_links_appended_in_new_outcodes_change_nothing_before_them(instance: Instance, data: st.DataObject) -> None:
    """A group is decided at the place of its first link, so a later outcode can't take from an earlier link."""
    present = {"".join((link.get("postcode") or "").split()).upper()[:-3] for link in instance.links}
    place = neighbourhood(data.draw(st.sampled_from(ANCHORS)))
    drawn = data.draw(st.lists(postcodes(place, sound=True), min_size=1, max_size=4))
    fresh = [text for text in drawn if "".join(text.split()).upper()[:-3] not in present]
    assume(fresh)
    methods = any("method" in link for link in instance.links) or not instance.links
    appended: list[Texts] = [
        {"link_id": f"new-{position}", "postcode": text, **({"method": "BY POSTCODE"} if methods else {})}
        for position, text in enumerate(fresh)
    ]
    before = engine_plan(instance)
    after = engine_plan(replace(instance, links=(*instance.links, *appended)))
    until = len(instance.links)
    assert after.assignments.filter(pl.col("row") <= until).equals(before.assignments)
    assert (
        after.unassigned.filter(pl.col("row") <= until)
        .select("link_id", "reason", "row")
        .equals(before.unassigned.select("link_id", "reason", "row"))
    )


@given(instances())
def test_a_fallback_of_exactly_the_distance_admits_it(instance: Instance) -> None:
    """Planned alone, a group gets the same area code with exactly its distance as the limit, and not with less."""
    plan = engine_plan(instance)
    fallen_back = plan.assignments.filter(pl.col("fallback") == "distance")
    for row in fallen_back.iter_rows(named=True):
        stock: tuple[Texts, ...] = ({"full_voxnumber": row["full_voxnumber"], "area_code": row["area_code"]},)
        link: Texts = {"link_id": row["link_id"], "postcode": row["postcode"]}
        exactly = Instance((link,), stock, row["distance_km"], "together")
        assert given_numbers(engine_plan(exactly)) == {row["link_id"]: int(row["full_voxnumber"])}
        less = replace(exactly, fallback_km=row["distance_km"] - 1e-9)
        assert engine_plan(less).unassigned["reason"].to_list() == ["NO_STOCK_IN_REACH"]


@given(instances(), st.data())
def test_the_emitted_requests_have_no_other_outcome(instance: Instance, data: st.DataObject) -> None:
    """The plan as BY VOXNUMBER links, in any order and with the same stock, gives the same numbers."""
    plan = engine_plan(instance)
    assume(plan.assignments.height)
    named: list[Texts] = [
        {"link_id": link_id, "method": "BY VOXNUMBER", "full_voxnumber": str(number)}
        for link_id, number in given_numbers(plan).items()
    ]
    again = engine_plan(replace(instance, links=tuple(data.draw(st.permutations(named)))))
    assert given_numbers(again) == given_numbers(plan)
    assert again.unassigned.is_empty()


@given(instances())
def test_the_names_of_the_links_decide_nothing(instance: Instance) -> None:
    taken = {(row.get("link_id") or "").strip() for row in instance.stock}
    ids = [link["link_id"] for link in instance.links]
    assume(not taken & set(ids) and len(set(ids)) == len(ids) and all(ids))
    renamed = tuple(
        {**link, "link_id": f"{99 - position} é <&> {link['link_id']}"} for position, link in enumerate(instance.links)
    )
    before, after = engine_plan(instance), engine_plan(replace(instance, links=renamed))
    assert after.assignments["full_voxnumber"].to_list() == before.assignments["full_voxnumber"].to_list()
    assert after.unassigned["reason"].to_list() == before.unassigned["reason"].to_list()


@given(instances())
def test_planning_twice_gives_the_same_digest(instance: Instance) -> None:
    assert engine_plan(instance).digest == engine_plan(instance).digest


def csv_file(folder: Path, name: str, frame: pl.DataFrame) -> Path:
    path = folder / f"{name}.csv"
    frame.write_csv(path)
    return path


def parquet_file(folder: Path, name: str, frame: pl.DataFrame) -> Path:
    path = folder / f"{name}.parquet"
    frame.write_parquet(path)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(instances())
def test_files_and_frames_give_the_same_plan(tmp_path_factory: pytest.TempPathFactory, instance: Instance) -> None:
    folder = tmp_path_factory.mktemp("accounts")
    links, stock = instance.links_table, instance.stock_table
    forms: list[tuple[Any, Any]] = [
        (csv_file(folder, "links", links), csv_file(folder, "stock", stock)),
        (str(parquet_file(folder, "links", links)), str(parquet_file(folder, "stock", stock))),
        (links.to_pandas(), stock.to_pandas()),
        (links.to_arrow(), stock.to_arrow()),
    ]
    options: dict[str, Any] = {"fallback_km": instance.fallback_km, "grouping": instance.grouping}
    expected = engine_plan(instance)
    for form in forms:
        plan = allocator.plan(*form, **options)
        assert plan.assignments.drop("row").equals(expected.assignments.drop("row")), type(form[0])
        assert plan.digest == expected.digest, type(form[0])
        assert plan.unassigned.select("link_id", "reason").equals(expected.unassigned.select("link_id", "reason"))


DIGEST_OF_STANDARD_INPUT = """
import io, json, sys
import polars as pl
import allocator
account = json.load(sys.stdin)
tables = [pl.DataFrame(account[name], schema=dict.fromkeys(account[name], pl.String)) for name in ("links", "stock")]
plan = allocator.plan(*tables, fallback_km=account["fallback_km"], grouping=account["grouping"])
print(plan.digest)
print(plan.unassigned.write_csv())
"""


def digest_in_a_process(account: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", DIGEST_OF_STANDARD_INPUT],
        input=account,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def crowded_account() -> str:
    """Make a few hundred links of all methods in every neighbourhood, with two numbers for three links."""
    links: list[Texts] = []
    stock: list[Texts] = []
    for anchor in ANCHORS:
        place = neighbourhood(anchor)
        for position, outcode in enumerate(place.outcodes * 3):
            incodes = unit_postcodes(outcode)[0]
            text = f"{outcode} {incodes[position % len(incodes)]}"
            links.append({"link_id": f"{anchor}-{position}", "method": "BY POSTCODE", "postcode": text})
        for area_code in place.area_codes:
            links.append({"link_id": f"{anchor}-a{area_code}", "method": "BY AREA", "voxnumber_idd": "44"})
            links[-1] |= {"area_code": str(area_code), "fallback_city": "TRUE", "fallback_country": "TRUE"}
            for last in range(area_code % 5):
                number = f"44{area_code}{str(last).zfill(10 - len(str(area_code)))}"
                city = ("Leeds", "York", None)[last % 3]
                stock.append({"full_voxnumber": number, "city": city})
    unique = {row["full_voxnumber"]: row for row in stock}
    instance = Instance(tuple(links), tuple(unique.values()), 40.0, "together")
    return json.dumps(
        {
            "links": instance.links_table.to_dict(as_series=False),
            "stock": instance.stock_table.to_dict(as_series=False),
            "fallback_km": instance.fallback_km,
            "grouping": instance.grouping,
        }
    )


def test_hash_seed_and_threads_change_nothing() -> None:
    account = crowded_account()
    environments = [("0", "1"), ("1", "2"), ("4242", "1"), ("random", "4")]
    answers = {
        digest_in_a_process(account, PYTHONHASHSEED=seed, POLARS_MAX_THREADS=threads) for seed, threads in environments
    }
    assert len(answers) == 1


def test_split_serves_a_group_that_together_cannot() -> None:
    place = neighbourhood("W11")
    incodes = unit_postcodes("W11")[0]
    links: tuple[Texts, ...] = tuple({"link_id": incode, "postcode": f"W11 {incode}"} for incode in incodes)
    stock: tuple[Texts, ...] = tuple({"full_voxnumber": f"44{code}9460001"} for code in place.area_codes)
    instance = Instance(links, stock, 100.0, "together")
    assert engine_plan(instance).assignments.is_empty()
    split = engine_plan(replace(instance, grouping="split"))
    assert split.unassigned.is_empty()
    assert split.assignments["distance_km"].is_sorted()
