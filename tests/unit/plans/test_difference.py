"""A difference: the same as a comparison link by link, and written to a file."""

from __future__ import annotations

import pickle
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import allocator
from allocator import Plan
from allocator.errors import OutputError
from allocator.plans import compare_links, links_of
from tests.support.command import allocator as command
from tests.support.tables import greedy_trap


def numbers_of(plan: Plan) -> dict[str, tuple[str | None, str | None]]:
    """Number and area code of each link of a plan."""
    served = {
        row[0]: (row[1], row[2]) for row in plan.assignments.select("link_id", "full_voxnumber", "area_code").rows()
    }
    return served | dict.fromkeys(plan.unassigned["link_id"].to_list(), (None, None))


def change_of(before: tuple[str | None, str | None] | None, after: tuple[str | None, str | None] | None) -> str | None:
    if before is None:
        return "is only in the second plan"
    if after is None:
        return "is only in the first plan"
    if before == after:
        return None
    if before[0] is None:
        return "gains a number"
    if after[0] is None:
        return "loses its number"
    return "moves to another area code" if before[1] != after[1] else "gets another number of the same area code"


POSTCODES = ("W11 3EP", "W11 4FQ", "SW1A 0AA", "M1 1AE", "EH1 1YZ")
NUMBERS = ("442079460000", "442079460001", "441614960000", "441314960000", "441753960000", "441753960001")
plans = st.builds(
    lambda postcodes, numbers, km: allocator.plan(
        pl.DataFrame(
            {"link_id": list(postcodes), "postcode": list(postcodes)}, schema_overrides={"link_id": pl.String}
        ),
        pl.DataFrame({"full_voxnumber": numbers}, schema={"full_voxnumber": pl.String}),
        fallback_km=km,
    ),
    st.lists(st.sampled_from(POSTCODES), unique=True, min_size=1),
    st.lists(st.sampled_from(NUMBERS), unique=True),
    st.sampled_from([0, 50]),
)


@given(plans, plans)
def test_each_link_changes_as_a_comparison_link_by_link_says(before: Plan, after: Plan) -> None:
    first, second = numbers_of(before), numbers_of(after)
    expected = {link: change_of(first.get(link), second.get(link)) for link in sorted({*first, *second})}
    found = allocator.diff(before, after)
    assert dict(found.links.select("link_id", "change").rows()) == {k: v for k, v in expected.items() if v is not None}
    assert sum(found.counts.values()) == found.links.height
    assert found.unchanged == list(expected.values()).count(None)
    assert allocator.diff(before, before).ok


def test_the_command_prints_what_the_best_plan_changes(tmp_path: Path) -> None:
    links, stock = greedy_trap()
    for strategy in ("rule", "optimal"):
        allocator.plan(links, stock, strategy=strategy, output=tmp_path / strategy)
    done = command("diff", "rule", "optimal", "--output", "changes.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "2  gains a number" in done.stdout
    assert "2  moves to another area code" in done.stdout
    assert pl.read_csv(tmp_path / "changes.csv").height == 4
    same = command("diff", "rule", "rule", cwd=tmp_path)
    assert same.returncode == 0
    assert "4  unchanged" in same.stdout
    assert command("diff", "rule", "nowhere", cwd=tmp_path).returncode == 2


def test_links_alone_are_enough_to_compare(tmp_path: Path) -> None:
    links, stock = greedy_trap()
    before, after = (allocator.plan(links, stock, strategy=strategy) for strategy in ("rule", "optimal"))
    found = compare_links(*(links_of(plan.assignments, plan.already, plan.unassigned) for plan in (before, after)))
    again = allocator.diff(before, after.write(tmp_path / "after"))
    assert found.links.select("link_id", "change").rows() == again.links.select("link_id", "change").rows()
    assert repr(found) == "<Difference: 2 gains a number, 2 moves to another area code, 0 unchanged>"


def test_a_difference_is_written_and_pickled(tmp_path: Path) -> None:
    links, stock = greedy_trap()
    found = allocator.diff(allocator.plan(links, stock), allocator.plan(links, stock, strategy="optimal"))
    assert not found.ok
    assert pickle.loads(pickle.dumps(found)).counts == found.counts
    assert pl.read_csv(found.write(tmp_path / "changes.csv")).height == 4
    with pytest.raises(OutputError, match="it exists already"):
        found.write(tmp_path / "changes.csv")
