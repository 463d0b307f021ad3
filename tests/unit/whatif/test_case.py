"""A case: what it counts, and how every summary begins."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.errors import OptionError
from allocator.planning import Network
from allocator.plans import PlanOptions
from allocator.whatif.case import area_code_name, area_code_text, read_case
from tests.unit.whatif.examples import LINKS, STOCK, case_of, links

NUMBERS = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001", "12025550100"]})


def test_the_steps_are_named_in_turn() -> None:
    steps: list[str] = []
    read_case(LINKS, STOCK, PlanOptions(), steps.append)
    assert steps == ["Reading the links", "Reading the stock"]


def test_priorities_do_not_count_in_questions() -> None:
    case = case_of(links(W11=2).with_columns(priority=pl.Series(["9", "1"])), NUMBERS)
    assert case.instance.problem.weight is None


def test_the_plan_fills_the_network() -> None:
    case = case_of(links(W11=2, SW1A=1), NUMBERS, grouping="split")
    network = Network.of(case.instance.problem)
    flow = case.flow(network, case.plan().assignment)
    assert (len(flow), int(flow.sum())) == (len(network), 2)


def test_links_with_a_number_of_their_own_are_counted_apart() -> None:
    assert case_of(LINKS, STOCK).named == 1


@pytest.mark.parametrize("grouping", ["together", "split"])
def test_a_summary_begins_with_question_versions_options_and_inputs(grouping: str) -> None:
    case = case_of(LINKS, STOCK.vstack(STOCK.head(1)), fallback_km=5, grouping=grouping, effort=7)
    heading = case.heading("why", more=1)
    assert list(heading) == ["whatif", "engine", "data", "options", "inputs"]
    effort = {"effort": 7} if grouping == "together" else {}
    assert heading["options"] == {"fallback_km": 5.0, "grouping": grouping, **effort, "more": 1}
    assert list(heading["inputs"]["links"]) == ["source", "sha256", "rows", "rejected"]
    assert (heading["inputs"]["links"]["rows"], heading["inputs"]["stock"]["rejected"]) == (7, 1)


def test_an_area_code_of_another_country_has_its_idd_and_no_name() -> None:
    instance = case_of(links(W11=1), NUMBERS).instance
    london = instance.pools.rows()[44, 20]
    assert (area_code_text(instance, london), area_code_name(instance, london)) == ("20", "London")
    washington = instance.pools.rows()[1, 202]
    assert (area_code_text(instance, washington), area_code_name(instance, washington)) == ("1-202", "")


def test_options_are_checked_before_anything_is_read() -> None:
    with pytest.raises(OptionError, match="there is no such grouping"):
        case_of(pl.DataFrame(), pl.DataFrame(), grouping="apart")
