from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import allocator
from allocator import Plan
from allocator.errors import InputError, OptionError, OutputError
from allocator.plan import csv_bytes

LINKS = pl.DataFrame(
    {
        "link_id": ["1", "2", "3", "<b>&4", "5", "6", "7"],
        "postcode": ["W11 3EP", "W11 4FQ", "SW1A 0AA", "GIR 0AA", "nonsense", None, None],
        "method": [None, None, None, None, None, "BY AREA", "BY VOXNUMBER"],
        "voxnumber_idd": [None, None, None, None, None, "44", None],
        "area_code": [None, None, None, None, None, "845", None],
        "full_voxnumber": [None, None, None, None, None, None, "448459999999"],
    }
)
STOCK = pl.DataFrame(
    {"full_voxnumber": ["442079460000", "441753960000", "441753960001", "448451570000"], "link_id": [None] * 4},
    schema_overrides={"link_id": pl.String},
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return allocator.plan(LINKS, STOCK, fallback_km=50)


def test_the_digest_is_that_of_the_file(plan: Plan, tmp_path: Path) -> None:
    plan.write(tmp_path / "plan")
    assert plan.digest == hashlib.sha256((tmp_path / "plan" / "assignments.csv").read_bytes()).hexdigest()


def test_the_digest_does_not_depend_on_the_order_of_the_stock(plan: Plan) -> None:
    assert allocator.plan(LINKS, STOCK.reverse(), fallback_km=50).digest == plan.digest


def test_a_plan_that_is_read_back_is_the_same(plan: Plan, tmp_path: Path) -> None:
    again = allocator.read_plan(plan.write(tmp_path / "plan"))
    assert again.digest == plan.digest
    assert again.unassigned.rows() == plan.unassigned.rows()
    assert str(again.explain("1")) == str(plan.explain("1"))
    written = json.loads((tmp_path / "plan" / "summary.json").read_text(encoding="utf-8"))
    assert written == again.summary
    assert written["result"] == {"assignments_sha256": plan.digest, "requests": 1}
    assert_frame_equal(again.decisions, plan.decisions, check_dtypes=False, abs_tol=5e-4)


def test_what_is_in_no_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no plan"):
        allocator.read_plan(tmp_path)


def test_an_explanation_names_every_candidate_up_to_the_choice(plan: Plan) -> None:
    explanation = plan.explain("1")
    assert explanation.assigned
    text = str(explanation).splitlines()
    assert text[0] == "1 gets 441753960000."
    assert "its 2 links are decided together" in text[1]
    assert text[2] == "  020 London, covers it: 1 left, too few"
    assert text[-1].startswith("  01753 Slough, ")
    assert text[-1].endswith(": 2 left, serves the group")
    km = explanation.candidates["distance_km"].to_list()
    assert km == sorted(km)


def test_an_explanation_of_every_other_kind(plan: Plan) -> None:
    assert "smallest number that area code 845 had left" in str(plan.explain("6"))
    assert str(plan.explain("7")).splitlines() == [
        "7 gets no number (VOXNUMBER_NOT_IN_STOCK).",
        "VoxNumber 448459999999 is not in the stock.",
    ]
    assert "not geographic" in str(plan.explain("<b>&4"))


def test_a_link_that_the_plan_does_not_have(plan: Plan) -> None:
    with pytest.raises(InputError, match="no such link"):
        plan.explain("8")


def test_the_notebook_view_is_escaped_and_counts(plan: Plan) -> None:
    html = plan._repr_html_()
    assert "&lt;b&gt;&amp;4" in html
    assert "<b>&4" not in html
    assert "OUTCODE_WITHOUT_POSITION" in html
    assert "441753960000" in html


def test_the_repr_counts(plan: Plan) -> None:
    assert repr(plan) == "<Plan: 4 of 7 links assigned, 2 unassigned, 1 rejected>"
    assert not plan.complete


def test_a_plan_can_not_be_changed(plan: Plan) -> None:
    with pytest.raises(AttributeError):
        plan.assignments = LINKS  # type: ignore[misc]


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_request_has_links(plan: Plan, batch_size: int) -> None:
    with pytest.raises(OptionError):
        plan.requests(batch_size)


def test_a_folder_is_only_replaced_when_that_is_wanted(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    with pytest.raises(OutputError, match="exists already"):
        plan.write(folder)
    plan.write(folder, force=True, batch_size=1)
    assert len(list((folder / "requests").iterdir())) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_an_empty_folder_may_be_used(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    assert (plan.write(tmp_path / "plan") / "summary.json").is_file()


def test_folders_above_are_made(plan: Plan, tmp_path: Path) -> None:
    assert plan.write(tmp_path / "a" / "b" / "plan").is_dir()


def test_the_folder_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError):
        allocator.plan("no-such-links.csv", "no-such-stock.csv", output=tmp_path / "plan")


def test_distances_are_written_to_the_metre() -> None:
    table = pl.DataFrame({"km": [0.0, 12.3456789, None], "text": ["a,b", 'say "c"', "ü"]})
    assert csv_bytes(table).decode() == 'km,text\n0.000,"a,b"\n12.346,"say ""c"""\n,ü\n'


def test_progress_is_told() -> None:
    steps: list[str] = []
    allocator.plan(LINKS, STOCK, progress=steps.append)
    assert steps == ["Reading the links", "Reading the stock", "Planning"]


@pytest.mark.parametrize("option", [{"fallback_km": -1.0}, {"fallback_km": float("inf")}, {"grouping": "apart"}])
def test_options_outside_their_range_are_refused(option: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        allocator.plan(LINKS, STOCK, **option)  # type: ignore[arg-type]


def test_a_link_that_is_misspelt(plan: Plan) -> None:
    ids = [f"shop-{number}" for number in range(30)]
    links = pl.DataFrame({"link_id": ids, "postcode": ["W11 3EP"] * len(ids)})
    large = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    for wrong, meant in (("Shop-17", "shop-17"), ("shop-1717", "shop-17"), ("hop-17", "shop-17")):
        with pytest.raises(InputError, match=f"Did you mean {meant}"):
            large.explain(wrong)
    for wrong in ("", "nothing like it"):
        with pytest.raises(InputError) as caught:
            plan.explain(wrong)
        assert "Did you mean" not in str(caught.value)
