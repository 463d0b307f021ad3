"""validate, convert and plan on request XML, as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.protocol.reading import read_request
from tests.support.command import allocator, rows

REQUEST = """<?xml version="1.0" encoding="utf-8"?>
<request>
  <link>
    <link_id>333</link_id>
    <method>BY AREA</method>
    <voxnumber_idd>44</voxnumber_idd>
    <area_code>20</area_code>
  </link>
  <link>
    <link_id>555</link_id>
    <method>BY POSTCODE</method>
    <voxnumber_country>UNITED KINGDOM</voxnumber_country>
    <postcode>SW1A 0AA</postcode>
    <fallback_area_distance>20</fallback_area_distance>
  </link>
</request>
"""
STOCK = "full_voxnumber,link_id\n442079460000,\n442079460001,\n448451234567,9\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "request.xml").write_text(REQUEST, encoding="utf-8")
    (tmp_path / "stock.csv").write_text(STOCK, encoding="utf-8")
    return tmp_path


def changed(folder: Path, *changes: tuple[str, str]) -> None:
    text = REQUEST
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "request.xml").write_text(text, encoding="utf-8")


def test_a_sound_request_is_sound(folder: Path) -> None:
    for options in ((), ("--stock", "stock.csv")):
        done = allocator("validate", "request.xml", *options, cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("request.xml: nothing is wrong")


def test_all_faults_are_listed_by_line(folder: Path) -> None:
    changed(folder, ("<area_code>20<", "<area_code>2o<"), ("postcode>", "postkode>"), ("<link_id>333<", "<link_id>9<"))
    done = allocator("validate", "request.xml", "--stock", "stock.csv", cwd=folder)
    assert done.returncode == 1
    assert [(int(line), text) for line, text in _columns(done.stdout)] == [
        (13, "XML node postkode at line 13 is not known"),
        (4, "Link ID 1 of 2 already has a Voxnumber"),
        (7, "Area Code 1 of 2 not an integer"),
        (9, "Postcode 2 of 2 Empty"),
    ]


def _columns(printed: str) -> list[tuple[str, str]]:
    """Line and error of each fault that was printed."""
    found = []
    for row in printed.splitlines()[3:]:
        line, _, rest = row.strip().partition("  ")
        found.append((line, rest.split("  ")[0]))
    return found


def test_a_broken_request_is_a_fault_and_a_missing_one_an_error(folder: Path) -> None:
    (folder / "request.xml").write_text(REQUEST[:200], encoding="utf-8")
    done = allocator("validate", "request.xml", cwd=folder)
    assert done.returncode == 1
    assert "XML parse error. " in done.stdout
    done = allocator("validate", "nowhere.xml", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("allocator: nowhere.xml: there is no such file.")


def test_convert_names_every_number(folder: Path) -> None:
    done = allocator("convert", "request.xml", "--stock", "stock.csv", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    links = read_request(done.stdout.encode()).links
    assert links["method"].to_list() == ["BY VOXNUMBER"] * 2
    assert links.select("link_id", "full_voxnumber").rows() == [("333", "442079460000"), ("555", "442079460001")]
    again = allocator("convert", "-", "--stock", "stock.csv", "--output", "named.xml", cwd=folder, stdin=REQUEST)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert (folder / "named.xml").read_text(encoding="utf-8") == done.stdout
    assert allocator("validate", "named.xml", "--stock", "stock.csv", cwd=folder).returncode == 0


def test_convert_does_not_write_over_a_file(folder: Path) -> None:
    command = ("convert", "request.xml", "--stock", "stock.csv", "--output", "request.xml")
    refused = allocator(*command, cwd=folder)
    assert refused.returncode == 2
    assert "request.xml: it exists already." in refused.stderr
    assert (folder / "request.xml").read_text(encoding="utf-8") == REQUEST
    assert allocator(*command, "--force", cwd=folder).returncode == 0
    assert "BY POSTCODE" not in (folder / "request.xml").read_text(encoding="utf-8")


def test_convert_tells_the_reasons_instead(folder: Path) -> None:
    changed(folder, ("<area_code>20<", "<area_code>161<"))
    done = allocator("convert", "request.xml", "--stock", "stock.csv", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "allocator: 1 of 2 links get no number",
        "  333: No VoxNumber is left in area code 161 of IDD 44.",
    ]
    partial = allocator("convert", "request.xml", "--stock", "stock.csv", "--partial", cwd=folder)
    assert partial.returncode == 1
    assert read_request(partial.stdout.encode()).links["link_id"].to_list() == ["555"]


def test_plan_takes_a_request_for_links(folder: Path) -> None:
    done = allocator("plan", "--links", "request.xml", "--stock", "stock.csv", "--output", "plan", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["link_id"] for row in rows(folder / "plan" / "assignments.csv")] == ["333", "555"]


def test_plan_refuses_nodes_that_it_would_have_to_ignore(folder: Path) -> None:
    changed(folder, ("fallback_area_distance", "fallback_distance"))
    done = allocator("plan", "--links", "request.xml", "--stock", "stock.csv", "--output", "plan", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("allocator: request.xml: XML node fallback_distance at line 14 is not known")
    assert not (folder / "plan").exists()
