"""lookup and nearest."""

from __future__ import annotations

import json

from tests.unit.cli.screen import run


def test_places_print_one_to_a_line() -> None:
    done = run("lookup", "sw1a0aa", "M1 9ZZ", "GIR 0AA", "MK99", "ZE1\t3", "!")
    assert done.exit_code == 2
    header, *lines = done.stdout.splitlines()
    assert header.split() == ["given", "is", "exists", "latitude", "longitude", "area", "code", "postcodes"]
    given = [line[: header.index("is")].strip() for line in lines]
    assert given == ["sw1a0aa", "M1 9ZZ", "GIR 0AA", "MK99", r"'ZE1\t3'"]
    assert lines[0].split()[1:5] == ["postcode", "SW1A", "0AA", "yes"]
    assert "no, but its outcode does" in lines[1]
    assert "none, not geographic" in lines[2]
    assert done.stderr.startswith("allocator: the character '!'")


def test_the_exit_code_says_whether_all_exist() -> None:
    assert run("lookup", "M1", "SW1A 0AA").exit_code == 0
    missing = run("lookup", "SW1")
    assert missing.exit_code == 1
    assert "no; did you mean SW16 or SW17 or SW18?" in missing.stdout
    assert run("lookup", "!").stdout == ""


def test_what_is_near() -> None:
    done = run("nearest", "W11", "--within", 16)
    assert done.exit_code == 0
    assert "Area codes within 16 km of W11: " in done.stdout
    assert "020        London" in done.stdout
    found = json.loads(run("nearest", "W11 3EP", "--within", 2, "--json").stdout)
    assert (found["place"]["outcode"], found["within_km"]) == ("W11", 2.0)
