from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import allocator
from allocator import Plan, whatif
from allocator.errors import InputError, OptionError, OutputError
from allocator.plans.files import csv_bytes
from allocator.plans.registry import check_folder

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
    html = allocator.report.plan_html(plan)
    assert "&lt;b&gt;&amp;4" in html
    assert "<b>&4" not in html
    assert "OUTCODE_WITHOUT_POSITION" in html
    assert "441753960000" in html


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


def test_a_folder_is_only_replaced_when_that_is_wanted(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    with pytest.raises(OutputError, match="exists already"):
        plan.write(folder)
    plan.write(folder, force=True, batch_size=1)
    assert len(list((folder / "requests").iterdir())) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def contents(folder: Path) -> dict[str, bytes | None]:
    """All that is in a folder: files by what they hold, folders as none."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_bytes() for path in folder.rglob("*")
    }


def refusal(write: Callable[[Path], object], folder: Path) -> str:
    """Why a folder is not replaced; whatever the reason, it stays as it is and nothing is left beside it."""
    before, beside = contents(folder), sorted(folder.parent.iterdir())
    with pytest.raises(OutputError) as refused:
        write(folder)
    assert (contents(folder), sorted(folder.parent.iterdir())) == (before, beside)
    return str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "my project"}',
        '{"engine": "allocator"}',
        '{"engine": {"name": "another"}}',
        '["engine"]',
        "",
        "{",
        "\ufeff{}",
        "[" * 200_000,
        '{"engine": ' * 200_000,
        "1" * 10_000,
    ],
    ids=["project", "engine", "another", "list", "empty", "cut off", "mark", "lists", "objects", "digits"],
)  # fmt: skip
def test_a_folder_whose_summary_is_anothers_is_not_replaced(plan: Plan, tmp_path: Path, text: str) -> None:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "summary.json").write_text(text, encoding="utf-8")
    (folder / "thesis.txt").write_text("precious", encoding="utf-8")
    said = refusal(lambda path: plan.write(path, force=True), folder)
    assert "its summary.json is none that allocator has written" in said


def test_a_summary_that_is_no_file_or_is_huge_or_no_text_is_none(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "folder" / "summary.json").mkdir(parents=True)
    assert "is not a plan" in refusal(lambda path: plan.write(path, force=True), tmp_path / "folder")
    binary = plan.write(tmp_path / "binary")
    (binary / "summary.json").write_bytes(b"\xff\xfe\x00")
    assert "summary.json" in refusal(lambda path: plan.write(path, force=True), binary)
    huge = plan.write(tmp_path / "huge")
    with (huge / "summary.json").open("r+b") as file:
        file.truncate(100_000_000)
    with pytest.raises(OutputError, match="none that allocator has written"):
        plan.write(huge, force=True)


@pytest.mark.parametrize(
    "name",
    [
        "NOTES.txt", "requests/NOTES.txt", "requests/requests-1.xml", "requests/old/requests-00001.xml", "old/",
        "requests/old/", "comparison.csv", "Assignments.csv", ".hidden", "\x1b[31m",
    ],
)  # fmt: skip
def test_a_plan_with_something_of_its_owners_in_it_is_not_replaced(plan: Plan, tmp_path: Path, name: str) -> None:
    folder = plan.write(tmp_path / "plan")
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if name.endswith("/"):
        path.mkdir()
    else:
        path.write_text("mine", encoding="utf-8")
    said = refusal(lambda path: plan.write(path, force=True), folder)
    shown = "requests/old/" if name.startswith("requests/old/") else name if name.isprintable() else ascii(name)
    assert f"it holds what allocator has not written ({shown}), so it is not replaced" in said


def test_only_some_of_many_are_named(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    for number in range(9):
        (folder / f"{number}.txt").touch()
    assert "(0.txt, 1.txt, 2.txt, 3.txt, 4.txt, …)" in refusal(lambda path: plan.write(path, force=True), folder)


def test_a_link_to_another_place_is_its_owners(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "requests-00001.xml").touch()
    folder = plan.write(tmp_path / "plan")
    for path in (folder / "requests").iterdir():
        path.unlink()
    (folder / "requests").rmdir()
    (folder / "requests").symlink_to(tmp_path / "elsewhere")
    assert "(requests)" in refusal(lambda path: plan.write(path, force=True), folder)


def test_what_the_system_puts_beside_files_does_not_count(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store", "~$assignments.csv", ".~lock.assignments.csv#"):
        (folder / name).touch()
        (folder / "requests" / name).touch()
    (folder / "ledger.lock").touch()  # what sending leaves, though nothing was sent
    plan.write(folder, force=True)
    assert not (folder / ".DS_Store").exists()
    (folder / ".DS_Store").mkdir()
    assert "(.DS_Store/)" in refusal(lambda path: plan.write(path, force=True), folder)


ANSWERS: dict[str, Callable[[], Any]] = {
    "buy": lambda: whatif.buy(LINKS, STOCK),
    "frontier": lambda: whatif.frontier(LINKS, STOCK),
    "worth": lambda: whatif.worth(LINKS, STOCK),
    "why": lambda: whatif.why(LINKS, STOCK),
    "radius": lambda: whatif.radius(LINKS, STOCK),
    "order": lambda: whatif.order(LINKS, STOCK, shuffles=1),
    "shortage": lambda: whatif.shortage(LINKS, STOCK, {"W11": "100%"}),
}


@pytest.mark.parametrize("question", ANSWERS)
def test_an_answer_is_replaced_by_an_answer(question: str, tmp_path: Path) -> None:
    answer = ANSWERS[question]()
    folder = whatif.write(answer, tmp_path / question)
    before = contents(folder)
    with pytest.raises(OutputError, match="exists already"):
        whatif.write(answer, folder)
    assert contents(whatif.write(answer, folder, force=True)) == before
    (folder / "requests").mkdir()
    assert "(requests/)" in refusal(lambda path: whatif.write(answer, path, force=True), folder)


def test_a_folder_is_only_replaced_by_one_of_its_kind(plan: Plan, tmp_path: Path) -> None:
    answer = ANSWERS["why"]()
    planned = plan.write(tmp_path / "plan")
    answered = whatif.write(answer, tmp_path / "why")
    swept = whatif.run({"scenario": [{"name": "today"}]}, LINKS, STOCK, tmp_path / "sweep").folder
    for write, folder, said in (
        (lambda path: whatif.write(answer, path, force=True), planned, "it is a plan and not an answer to a what-if"),
        (lambda path: whatif.write(answer, path, force=True), swept, "it is a sweep and not an answer to a what-if"),
        (lambda path: plan.write(path, force=True), answered, "it is an answer to a what-if and not a plan"),
        (lambda path: plan.write(path, force=True), swept, "it is a sweep and not a plan"),
    ):
        assert f"{said}, so it is not replaced" in refusal(write, folder)
    check_folder(planned, True, "plan")
    check_folder(answered, True, "what-if")
    check_folder(swept, True, "sweep")


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
