from __future__ import annotations

from pathlib import Path

import pytest

from allocator.errors import OutputError
from allocator.plans.registry import check_folder, check_replaceable, foreign_entries, kind_of

OURS = '{"engine": {"name": "allocator"}}'


def folder(path: Path, summary: str = OURS, *names: str) -> Path:
    path.mkdir()
    (path / "summary.json").write_text(summary, encoding="utf-8")
    for name in names:
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).touch()
    return path


@pytest.mark.parametrize(
    ("summary", "kind"),
    [
        (OURS, "plan"),
        ('{"engine": {"name": "allocator"}, "whatif": "buy"}', "what-if"),
        ('{"engine": {"name": "allocator"}, "whatif": "run"}', "sweep"),
        ('{"name": "my project"}', None),
        ('{"engine": {"name": "another"}}', None),
        ("[" * 200_000, None),
        ("no JSON", None),
    ],
    ids=range(7),
)
def test_a_folder_is_what_its_summary_says(tmp_path: Path, summary: str, kind: str | None) -> None:
    assert kind_of(folder(tmp_path / "folder", summary)) == kind


def test_what_we_write_and_what_the_system_writes_is_not_foreign(tmp_path: Path) -> None:
    plan = folder(tmp_path / "plan", OURS, "already.csv", "requests/requests-00001.xml", "report.html", ".DS_Store")
    assert list(foreign_entries(plan, "plan")) == []
    (plan / "thesis.txt").touch()
    assert list(foreign_entries(plan, "plan")) == ["thesis.txt"]


def test_reports_that_go_with_a_folder_are_named(tmp_path: Path) -> None:
    plan = folder(tmp_path / "plan", OURS, "report.html", "map.png")
    assert check_folder(plan, True, "plan") == ("map.png", "report.html")
    assert check_folder(tmp_path / "new", False, "plan") == ()


def test_an_error_names_the_place_that_the_user_named(tmp_path: Path) -> None:
    aside = folder(tmp_path / "aside", OURS, "thesis.txt")
    with pytest.raises(OutputError, match=r"/plan: allocator did not write all that is in it \(thesis.txt\)"):
        check_replaceable(aside, "plan", shown_as=tmp_path / "plan")
