"""Files and folders: written whole or not at all, and replaced only when this package made them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from allocator import Plan, whatif
from allocator.errors import OutputError
from allocator.plans import LEDGER, check_folder, csv_bytes, json_bytes, kind_of, write_file, write_folder
from tests.unit.plans.examples import LINKS, STOCK


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
    assert "allocator did not write its summary.json" in said


def test_a_summary_that_is_no_file_or_is_huge_or_no_text_is_none(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "folder" / "summary.json").mkdir(parents=True)
    assert "is not a plan" in refusal(lambda path: plan.write(path, force=True), tmp_path / "folder")
    binary = plan.write(tmp_path / "binary")
    (binary / "summary.json").write_bytes(b"\xff\xfe\x00")
    assert "summary.json" in refusal(lambda path: plan.write(path, force=True), binary)
    huge = plan.write(tmp_path / "huge")
    with (huge / "summary.json").open("r+b") as file:
        file.truncate(100_000_000)
    with pytest.raises(OutputError, match=r"allocator did not write its summary\.json"):
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
    assert f"allocator did not write all that is in it ({shown}), so it is not replaced" in said


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


def test_a_folder_is_only_replaced_by_one_of_its_kind(plan: Plan, tmp_path: Path) -> None:
    answer = whatif.why(LINKS, STOCK)
    planned = plan.write(tmp_path / "plan")
    answered = answer.write(tmp_path / "why")
    swept = whatif.run({"scenario": [{"name": "today"}]}, LINKS, STOCK, tmp_path / "sweep").folder
    for write, folder, said in (
        (lambda path: answer.write(path, force=True), planned, "it is a plan and not an answer to a what-if"),
        (lambda path: answer.write(path, force=True), swept, "it is a sweep and not an answer to a what-if"),
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


def test_distances_are_written_to_the_metre() -> None:
    table = pl.DataFrame({"km": [0.0, 12.3456789, None], "text": ["a,b", 'say "c"', "ü"]})
    assert csv_bytes(table).decode() == 'km,text\n0.000,"a,b"\n12.346,"say ""c"""\n,ü\n'


def test_a_folder_with_a_ledger_is_never_replaced(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    (folder / LEDGER).write_text("{}\n", encoding="utf-8")
    assert "the plan in it has a ledger of what was sent" in refusal(lambda path: plan.write(path, force=True), folder)


def test_a_folder_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def fill(staging: Path) -> None:
        (staging / "one").touch()
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"it can't be written \(No space left on device\)"):
        write_folder(tmp_path / "plan", fill, kind="plan")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    assert write_file(tmp_path / "file", b"1") == tmp_path / "file"
    with pytest.raises(OutputError, match="it exists already"):
        write_file(str(tmp_path / "file"), b"2")
    write_file(tmp_path / "file", b"2", force=True)
    with pytest.raises(OutputError, match="its folder does not exist"):
        write_file(tmp_path / "file" / "below", b"3")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"2")]


def test_json_is_for_people() -> None:
    assert json_bytes({"ü": [1]}) == '{\n  "ü": [\n    1\n  ]\n}\n'.encode()


def test_a_folder_of_no_kind(tmp_path: Path) -> None:
    assert kind_of(tmp_path) is None
