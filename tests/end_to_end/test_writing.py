"""Writing beside others: two writers, a folder that appears, a kill at any moment, links, places that are closed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from allocator.errors import OutputError
from allocator.plans.files import write_file, write_folder
from allocator.plans.registry import check_folder

SUMMARY = '{"engine": {"name": "allocator"}, "links": {}, "options": {}, "result": {}}'


def fill(text: str = "new"):  # type: ignore[no-untyped-def]
    def write(staging: Path) -> None:
        (staging / "assignments.csv").write_text(text, encoding="utf-8")
        (staging / "summary.json").write_text(SUMMARY, encoding="utf-8")

    return write


def left_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_appears_while_we_write_is_left_alone(tmp_path: Path, force: bool) -> None:
    place = tmp_path / "plan"

    def meanwhile(staging: Path) -> None:
        fill()(staging)
        place.mkdir()
        (place / "thesis.txt").write_text("precious", encoding="utf-8")

    with pytest.raises(OutputError) as caught:
        write_folder(place, meanwhile, kind="plan", force=force)
    assert ("not a plan" if force else "appeared while this was written") in str(caught.value)
    assert (place / "thesis.txt").read_text(encoding="utf-8") == "precious"
    assert left_in(tmp_path) == ["plan"]


@pytest.mark.parametrize("force", [False, True])
def test_a_ledger_that_appears_while_we_write_is_never_lost(tmp_path: Path, force: bool) -> None:
    place = write_folder(tmp_path / "plan", fill("old"), kind="plan")

    def meanwhile(staging: Path) -> None:
        fill()(staging)
        (place / "ledger.jsonl").write_text("sent", encoding="utf-8")

    if force:
        with pytest.raises(OutputError, match="ledger of what was sent"):
            write_folder(place, meanwhile, kind="plan", force=True)
        assert (place / "ledger.jsonl").read_text(encoding="utf-8") == "sent"
        assert (place / "assignments.csv").read_text(encoding="utf-8") == "old"
    else:
        with pytest.raises(OutputError, match="exists already"):
            write_folder(place, meanwhile, kind="plan")
    assert left_in(tmp_path) == ["plan"]


def test_an_empty_folder_that_appears_may_be_used(tmp_path: Path) -> None:
    def meanwhile(staging: Path) -> None:
        fill()(staging)
        (tmp_path / "plan").mkdir()

    assert left_in(write_folder(tmp_path / "plan", meanwhile, kind="plan")) == ["assignments.csv", "summary.json"]


def test_of_two_writers_one_wins_and_the_other_says_so(tmp_path: Path) -> None:
    def first(staging: Path) -> None:
        fill("first")(staging)
        write_folder(tmp_path / "plan", fill("second"), kind="plan")

    with pytest.raises(OutputError, match="appeared while this was written"):
        write_folder(tmp_path / "plan", first, kind="plan")
    assert (tmp_path / "plan" / "assignments.csv").read_text(encoding="utf-8") == "second"
    assert left_in(tmp_path) == ["plan"]


def test_a_link_leads_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "plan").symlink_to("disk")
    write_folder(tmp_path / "plan", fill("one"), kind="plan")
    write_folder(tmp_path / "plan", fill("two"), kind="plan", force=True)
    assert (tmp_path / "plan").is_symlink()
    assert (tmp_path / "disk" / "assignments.csv").read_text(encoding="utf-8") == "two"
    (tmp_path / "file").symlink_to("there")
    write_file(tmp_path / "file", b"text")
    assert (tmp_path / "there").read_bytes() == b"text"
    assert left_in(tmp_path) == ["disk", "file", "plan", "there"]


def test_a_ring_of_links_has_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(OutputError, match="can't be written"):
        write_folder(tmp_path / "one", fill(), kind="plan")


def test_the_folder_in_which_one_is_stays_the_same_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inode = tmp_path.stat().st_ino
    write_folder(Path(), fill(), kind="plan")
    assert (tmp_path.stat().st_ino, left_in(tmp_path)) == (inode, ["assignments.csv", "summary.json"])


@pytest.mark.parametrize("name", ["n" * 250, "n" * 255])
def test_a_long_name_is_written_if_the_system_takes_it(tmp_path: Path, name: str) -> None:
    assert write_folder(tmp_path / name, fill(), kind="plan").is_dir()


def test_a_name_that_is_too_long_is_refused_before_planning(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="File name too long"):
        check_folder(tmp_path / ("n" * 300), False, "plan")
    with pytest.raises(OutputError, match="File name too long"):
        write_file(tmp_path / ("n" * 300), b"")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written_is_refused_before_planning(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        check_folder(tmp_path / "closed" / "plan", False, "plan")


def test_below_a_file_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for refuse in (
        lambda: check_folder(tmp_path / "file" / "plan", False, "plan"),
        lambda: write_file(tmp_path / "file" / "x", b""),
    ):
        with pytest.raises(OutputError):
            refuse()


def test_only_a_regular_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, said in (("folder", "it is a folder"), ("pipe", "it is not a regular file")):
        with pytest.raises(OutputError, match=said):
            write_file(tmp_path / name, b"", force=True)
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(OutputError, match="exists already"):
        write_file(tmp_path / "file", b"new")
    assert write_file(tmp_path / "file", b"new", force=True).read_bytes() == b"new"
    assert left_in(tmp_path) == ["file", "folder", "pipe"]


def test_nothing_is_left_where_writing_fails(tmp_path: Path) -> None:
    def full(staging: Path) -> None:
        fill()(staging)
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device"):
        write_folder(tmp_path / "plan", full, kind="plan")
    assert left_in(tmp_path) == []


WRITER = """
import sys, time
from pathlib import Path
from allocator.plans import files
place, moment = Path(sys.argv[1]), sys.argv[2]
def wait():
    print("there", flush=True)
    time.sleep(60)
def fill(staging):
    (staging / "assignments.csv").write_text("new", encoding="utf-8")
    (staging / "summary.json").write_text(sys.argv[3], encoding="utf-8")
    if moment == "filling":
        wait()
if moment == "aside":
    checked = files.check_replaceable
    def check(*args, **kwargs):
        checked(*args, **kwargs)
        wait()
    files.check_replaceable = check
files.write_folder(place, fill, kind="plan", force=True)
"""


@pytest.mark.parametrize("moment", ["filling", "aside"])
def test_what_a_kill_left_is_cleared_by_the_next_writer_and_the_old_folder_is_there(
    tmp_path: Path, moment: str
) -> None:
    place = write_folder(tmp_path / "plan", fill("old"), kind="plan")
    writer = subprocess.Popen([sys.executable, "-c", WRITER, place, moment, SUMMARY], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "there\n"
    write_file(tmp_path / "while-it-runs", b"")
    assert len([name for name in left_in(tmp_path) if name.startswith(".allocator-")]) == (
        2 if moment == "filling" else 3
    )
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    time.sleep(0.05)
    write_file(tmp_path / "after", b"")
    assert left_in(tmp_path) == ["after", "plan", "while-it-runs"]
    assert (place / "assignments.csv").read_text(encoding="utf-8") == "old"
