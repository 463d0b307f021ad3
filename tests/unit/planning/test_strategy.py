"""The best plan through the public door: what it serves, what it says of itself, that it repeats."""

from __future__ import annotations

import polars as pl
import pytest

import allocator
from allocator.errors import OptionError
from tests.oracle.test_page_examples import by_distance, stock_of


def greedy_trap() -> tuple[pl.DataFrame, pl.DataFrame]:
    """W11 comes first and takes the two numbers of 020, though it could go elsewhere; WC1A can't."""
    links = pl.DataFrame(
        {
            "link_id": ["1", "2", "3", "4"],
            "postcode": ["W11 3EP", "W11 4FQ", "WC1A 1AA", "WC1A 1AB"],
            "fallback_area_distance": ["60", "60", "0", "0"],
        }
    )
    return links, stock_of(20, 20, by_distance("W11")[1][1], by_distance("W11")[1][1])


@pytest.mark.parametrize("grouping", ["together", "split"])
def test_the_best_plan_serves_those_whom_the_rule_leaves_out(grouping: str) -> None:
    links, stock = greedy_trap()
    kind = "together" if grouping == "together" else "split"
    assert allocator.plan(links, stock, grouping=kind).assignments.height < 4  # type: ignore[arg-type]
    plan = allocator.plan(links, stock, grouping=kind, strategy="optimal")  # type: ignore[arg-type]
    assert plan.complete
    summary = plan.summary
    assert summary["options"]["strategy"] == "optimal"
    assert summary["certificate"]["assigned_at_most"] == summary["certificate"]["assigned"] == 4
    assert summary["certificate"]["gap"] == 0
    assert summary["strategies"]["optimal"]["assigned"] == 4
    assert summary["strategies"]["rule"]["assigned"] == 2
    assert summary["strategies"]["rule"]["unassigned"] == 2


def test_the_rule_claims_nothing() -> None:
    assert not {"certificate", "strategies"} & set(allocator.plan(*greedy_trap()).summary)


def test_numbers_that_links_name_count_in_the_bound() -> None:
    links = pl.DataFrame(
        {"link_id": ["1", "2"], "postcode": ["W11 3EP", None], "full_voxnumber": [None, "442079460000"]},
    )
    stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})
    certificate = allocator.plan(links, stock, strategy="optimal").summary["certificate"]
    assert (certificate["assigned"], certificate["assigned_at_most"], certificate["optimal"]) == (2, 2, True)


def test_the_best_plan_repeats_and_tells_what_it_tried(tmp_path_factory: pytest.TempPathFactory) -> None:
    links, stock = greedy_trap()
    first = allocator.plan(links, stock, strategy="optimal", grouping="split")
    again = allocator.plan(links, stock.sample(fraction=1, shuffle=True, seed=1), strategy="optimal", grouping="split")
    assert first.digest == again.digest
    assert first.decisions.filter(pl.col("numbers_taken") > 0)["numbers_taken"].sum() == 4
    folder = tmp_path_factory.mktemp("best") / "plan"
    first.write(folder)
    assert "WC1A" in str(allocator.read_plan(folder).explain("3"))


def test_what_is_no_strategy_is_refused() -> None:
    links, stock = greedy_trap()
    with pytest.raises(OptionError, match="there is no such strategy"):
        allocator.plan(links, stock, strategy="greedy")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="the effort is negative"):
        allocator.plan(links, stock, strategy="optimal", effort=-1)
