"""`allocator whatif` as its users meet it: what it says, writes and refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
INPUTS = ("--links", EXAMPLES / "links.csv", "--stock", EXAMPLES / "stock.csv")
ENVIRONMENT = os.environ | {"COLUMNS": "200"}


def whatif(command: str, *options: object) -> subprocess.CompletedProcess[str]:
    called = [sys.executable, "-m", "allocator", "whatif", command, *map(str, (*INPUTS, *options))]
    return subprocess.run(called, capture_output=True, text=True, check=False, env=ENVIRONMENT)


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def summary(path: Path) -> dict[str, Any]:
    found = json.loads((path / "summary.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_a_shopping_list(tmp_path: Path) -> None:
    done = whatif("buy", "--fallback-km", 20, "--output", tmp_path / "shopping")
    assert done.stderr == ""
    assert done.returncode == 1  # six links have faults that no number mends
    assert (
        "Served today: 215 of 293 links by the best plan (197 by the API's rule). With these numbers: 287"
        in done.stdout
    )
    assert "1 link with a number already: left alone\n" in done.stdout
    folder = tmp_path / "shopping"
    assert sorted(path.name for path in folder.iterdir()) == [
        "infeasible.csv", "rescued.csv", "shopping.csv", "summary.json",
    ]  # fmt: skip
    found = summary(folder)
    shopping, rescued = rows(folder / "shopping.csv"), rows(folder / "rescued.csv")
    assert found["whatif"] == "buy"
    assert sum(int(row["numbers"]) for row in shopping) == found["numbers"]
    assert found["cost_at_least"] <= found["numbers"]
    assert len(rescued) == found["links_rescued"] == found["served_after"] - found["served_before"]
    assert sum(int(row["links_rescued"]) for row in shopping) == sum(row["bought_in"] != "" for row in rescued)
    assert {row["bought_in"] for row in rescued} - {""} <= {row["area_code"] for row in shopping}
    assert {row["reason"] for row in rows(folder / "infeasible.csv")} >= {"OUTCODE_UNKNOWN"}


def test_a_shopping_list_that_is_bought_serves_everybody(tmp_path: Path) -> None:
    """The numbers of the list are put into the stock, and the best plan then serves all."""
    whatif("buy", "--fallback-km", 20, "--grouping", "split", "--output", tmp_path / "shopping")
    stock = (EXAMPLES / "stock.csv").read_text(encoding="utf-8").splitlines()
    columns = len(stock[0].split(","))
    place = stock[0].split(",").index("full_voxnumber")
    taken = {line.split(",")[place] for line in stock[1:]}
    for row in rows(tmp_path / "shopping" / "shopping.csv"):
        code = row["area_code"]
        free = (f"44{code}{n:0{10 - len(code)}d}" for n in range(200_000, 10**6))
        for _ in range(int(row["numbers"])):
            number = next(number for number in free if number not in taken)
            taken.add(number)
            cells = [""] * columns
            cells[place] = number
            stock.append(",".join(cells))
    (tmp_path / "stock.csv").write_text("\n".join(stock) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "allocator", "plan", "--links", EXAMPLES / "links.csv"]
    options = ["--stock", tmp_path / "stock.csv", "--fallback-km", 20, "--strategy", "optimal", "--grouping", "split"]
    subprocess.run([*map(str, command), *map(str, options), "--output", str(tmp_path / "plan")], check=False,
                   capture_output=True)  # fmt: skip
    assert summary(tmp_path / "plan")["links"]["assigned"] == summary(tmp_path / "shopping")["served_after"] == 287


def test_a_budget_and_a_price_list(tmp_path: Path) -> None:
    done = whatif("buy", "--fallback-km", 20, "--grouping", "split", "--budget", 6)
    assert "Proven: no purchase of 6 numbers serves more\n" in done.stdout
    prices = tmp_path / "prices.csv"
    prices.write_text("area_code,price,available\n020,10,\n0161,2.50,3\n1625,0.99,\n", encoding="utf-8")
    done = whatif("buy", "--fallback-km", 20, "--prices", prices, "--grouping", "split", "--json")
    found = json.loads(done.stdout)
    assert {row["area_code"] for row in found["shopping"]} <= {"20", "161", "1625"}
    assert sum(row["numbers"] for row in found["shopping"] if row["area_code"] == "161") <= 3
    assert found["cost"] == pytest.approx(sum(row["price"] * row["numbers"] for row in found["shopping"]))
    assert found["exact"]
    assert {row["reason"] for row in found["infeasible"]} >= {"NO_STOCK_IN_REACH"}  # not for sale


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("area_code,price\n020,dear\n", "row 2, column price: 'dear': it is not a number"),
        ("area_code,price\n020,-1\n", "row 2, column price: '-1': it is not a price"),
        ("area_code,price\n020,1\n20,2\n", "row 3, column area_code: '20': it has a price already"),
        ("area_code,price\nabc,1\n", "row 2, column area_code"),
        ("area_code,price,available\n20,1,many\n", "row 2, column available: 'many': it is not a whole number"),
        ("area_code,prices\n20,1\n", "price"),
        ("", "prices.csv"),
    ],
)
def test_price_lists_that_can_not_be_read(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "prices.csv").write_text(text, encoding="utf-8")
    done = whatif("buy", "--prices", tmp_path / "prices.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_frontier_begins_with_the_best_plan_and_ends_with_the_shopping_list() -> None:
    for grouping in ("split", "together"):
        found = json.loads(whatif("frontier", "--fallback-km", 20, "--grouping", grouping, "--json").stdout)
        bought = json.loads(whatif("buy", "--fallback-km", 20, "--grouping", grouping, "--json").stdout)
        points = found["frontier"]
        assert (points[0]["numbers"], points[0]["served"]) == (0, bought["served_before"])
        assert (points[-1]["numbers"], points[-1]["served"]) == (bought["numbers"], bought["served_after"])
        assert all(one["served"] <= one["served_at_most"] for one in points)
        assert all(one["numbers"] < other["numbers"] for one, other in pairwise(points))
        assert all(one["served"] < other["served"] for one, other in pairwise(points))


def test_blocks_can_be_counted(tmp_path: Path) -> None:
    done = whatif("why", "--fallback-km", 20, "--output", tmp_path / "why")
    assert "NR30 and 1 other (NR1) need 11 numbers, and 01603 (Norwich)" in done.stdout
    for row in rows(tmp_path / "why" / "blocks.csv"):
        assert int(row["needed"]) > int(row["available"])
        assert row["outcode"] in row["outcodes"].split(", ")
        assert int(row["groups"]) == len(row["outcodes"].split(", "))
    repairs = {row["outcode"]: row for row in rows(tmp_path / "why" / "repairs.csv")}
    assert repairs["BS8"]["buy_numbers"] == "1"


def test_what_numbers_are_worth() -> None:
    found = json.loads(whatif("worth", "--fallback-km", 20, "--json").stdout)
    bath = next(row for row in found["worth"] if row["area_code"] == "1225")
    assert (bath["numbers"], bath["gain"]) == (1, 6)
    done = whatif("worth", "--fallback-km", 20, "--grouping", "split")
    assert "How many more links are served with more numbers in one area code" in done.stdout


def test_the_curve_of_the_radius(tmp_path: Path) -> None:
    done = whatif("radius", "--output", tmp_path / "radius", "--strategy", "optimal", "--grouping", "split")
    assert "No distance up to 100 km serves all" in done.stdout
    steps = rows(tmp_path / "radius" / "radius.csv")
    assert [int(row["served"]) for row in steps] == sorted({int(row["served"]) for row in steps})
    assert steps[0]["radius_km"] == "0.000"
    assert summary(tmp_path / "radius")["exact"]


def test_orders_are_the_same_each_time() -> None:
    first, again = (whatif("order", "--fallback-km", 20, "--shuffles", 10, "--json").stdout for _ in range(2))
    assert first == again
    found = json.loads(first)
    assert len(found["order"]) == 11
    assert found["worst"] <= found["median"] <= found["best"]


def test_area_codes_that_run_out(tmp_path: Path) -> None:
    (tmp_path / "growth.csv").write_text("outcode,growth\nNR1,1\nM1,50%\n", encoding="utf-8")
    done = whatif("shortage", "--growth", tmp_path / "growth.csv", "--fallback-km", 20)
    assert done.returncode == 0
    assert "01603" in done.stdout
    for text, said in (
        ("outcode,growth\nW111,1\n", "Did you mean W11 or"),
        ("outcode,growth\nM1,lots\n", "neither a percentage"),
    ):
        (tmp_path / "growth.csv").write_text(text, encoding="utf-8")
        done = whatif("shortage", "--growth", tmp_path / "growth.csv")
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "row 2" in done.stderr


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("buy", ("--budget", -1), "the budget is negative"),
        ("frontier", ("--most", -1), "the number is negative"),
        ("radius", ("--up-to-km", -1), "up_to_km is not a distance"),
        ("order", ("--shuffles", 0), "the number of shuffles is less than 1"),
        ("order", ("--seed", -1), "the seed is negative"),
        ("worth", ("--effort", -1), "the effort is negative"),
        ("why", ("--fallback-km", "nan"), "fallback_km is not a distance"),
    ],
)
def test_options_outside_their_range(command: str, options: tuple[object, ...], said: str) -> None:
    done = whatif(command, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "why").mkdir()
    (tmp_path / "why" / "mine.txt").write_text("mine", encoding="utf-8")
    for force in ((), ("--force",)):
        done = whatif("why", "--output", tmp_path / "why", *force)
        assert done.returncode == 2
        assert "why" in done.stderr
    assert (tmp_path / "why" / "mine.txt").read_text(encoding="utf-8") == "mine"
