"""`--json` of every command that prints a table: one document, and the exit code that it has without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.breaking import breaking
from tests.support.sent_plan import NUMBERS, write_plan

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
INPUTS = ("--links", EXAMPLES / "links.csv", "--stock", EXAMPLES / "stock.csv", "--fallback-km", 20)


def printed(*arguments: object) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "allocator", *map(str, arguments)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return done.returncode, found


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plans")
    for name, options in (("rule", ()), ("best", ("--strategy", "optimal"))):
        code, found = printed("plan", *INPUTS, "--output", folder / name, *options)
        assert code == 1
        states = ("assigned", "already", "unassigned", "rejected")
        assert sum(found["links"][state] for state in states) == 298
        assert found["folder"] == str(folder / name)
    return folder


def test_diff(plans: Path) -> None:
    code, found = printed("diff", plans / "rule", plans / "best")
    assert code == 1
    assert sum(found["counts"].values()) == len(found["links"])
    assert {link["change"] for link in found["links"]} == set(found["counts"])


def test_explain(plans: Path) -> None:
    code, found = printed("explain", plans / "rule", "norwich-nr30-241")
    assert code == 0
    assert found["link"]["reason"] == "NO_STOCK_IN_REACH"
    assert {row["outcode"] for row in found["candidates"]} == {"NR30"}


def test_lookup_and_nearest() -> None:
    code, found = printed("lookup", "SW1A 0AA", "SW1", "nonsense")
    assert code == 2
    known, unknown, nonsense = found["places"]
    assert (known["outcode"], known["area_code"]) == ("SW1A", 20)
    assert unknown["meant"] == ["SW16", "SW17", "SW18"]
    assert "nonsense" in nonsense["error"]
    code, found = printed("nearest", "W11", "--within", 2)
    assert code == 0
    assert found["area_codes"] == [{"area_code": "20", "name": "London", "distance_km": 0.0}]
    assert found["place"]["outcode"] == "W11"


def test_validate(tmp_path: Path) -> None:
    request = tmp_path / "request.xml"
    request.write_text("<request><link><link_id/><method>BY NAME</method></link></request>", encoding="utf-8")
    code, found = printed("validate", request)
    assert code == 1
    assert [fault["error"] for fault in found["faults"]] == ["Link ID 1 of 1 empty", "Method 1 of 1 Invalid"]


def test_send_and_reconcile(tmp_path: Path) -> None:
    folder = write_plan(tmp_path / "plan")
    with breaking(dict.fromkeys(NUMBERS)) as server:
        code, found = printed("send", folder, "--url", server.url)
        assert (code, found["dry"], len(found["batches"])) == (0, True, 3)
        code, found = printed("send", folder, "--url", server.url, "--yes")
        assert (code, found["complete"]) == (0, True)
        rows = "".join(f"{number},{link or ''}\n" for number, link in server.numbers.items())
    (tmp_path / "voxnumbers.csv").write_text(f"full_voxnumber,link_id\n{rows}", encoding="utf-8")
    code, found = printed("reconcile", folder, tmp_path / "voxnumbers.csv")
    assert (code, found["as_planned"], found["drift"]) == (0, True, [])
