"""A plan: its digest, its requests, its files, and what it says of itself."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator import Plan, whatif
from allocator.errors import OptionError
from tests.support.tables import stock_of
from tests.unit.plans.examples import LINKS, STOCK


def test_the_digest_is_that_of_the_file(plan: Plan, tmp_path: Path) -> None:
    plan.write(tmp_path / "plan")
    assert plan.digest == hashlib.sha256((tmp_path / "plan" / "assignments.csv").read_bytes()).hexdigest()


def test_the_digest_does_not_depend_on_the_order_of_the_stock(plan: Plan) -> None:
    assert allocator.plan(LINKS, STOCK.reverse(), fallback_km=50).digest == plan.digest


def test_the_repr_counts(plan: Plan) -> None:
    assert repr(plan) == "<Plan: 4 of 7 links assigned, 2 unassigned, 1 rejected>"
    assert not plan.ok


def test_a_plan_can_not_be_changed(plan: Plan) -> None:
    with pytest.raises(AttributeError):
        plan.assignments = LINKS  # type: ignore[misc]


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_request_has_links(plan: Plan, batch_size: int) -> None:
    with pytest.raises(OptionError):
        plan.requests(batch_size)


def test_a_plan_can_be_pickled(plan: Plan) -> None:
    again = pickle.loads(pickle.dumps(plan))
    assert (repr(again), again.digest, again.summary) == (repr(plan), plan.digest, plan.summary)


def test_a_plan_is_ok_when_every_link_has_a_number() -> None:
    links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    assert allocator.plan(links, stock_of(20)).ok
    assert not allocator.plan(links, stock_of()).ok


def test_the_files_are_those_of_the_folder(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan", batch_size=3)
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    files = dict(plan.files(batch_size=3))
    assert {"requests/requests-00001.xml", "requests/requests-00002.xml", "stock.csv", "summary.json"} < set(files)
    assert written == set(files)
    assert all((folder / name).read_bytes() == data for name, data in files.items())


def test_the_files_of_a_scenario_have_their_digests(plan: Plan) -> None:
    files = dict(plan.files(requests=False, scenario={"name": "a"}))
    summary = json.loads(files.pop("summary.json"))
    assert not [name for name in files if name.startswith("requests/")]
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert summary["scenario"] == {"name": "a", "files": digests}
    assert summary["result"] == {"assignments_sha256": plan.digest, "requests": 0}


def test_numbers_yet_to_be_bought_are_not_sent() -> None:
    links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    bought = whatif.buy(links, stock_of()).plan
    assert bought.hypothetical
    assert "requests/requests-00001.xml" not in dict(bought.files())
    with pytest.raises(OptionError, match="numbers that are yet to be bought"):
        bought.requests()
