"""The report: its figures are those of the plan's files, it says what it leaves out, and nothing in it can act up."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

import allocator
from allocator import Plan, report, whatif
from allocator.cli import reporting
from allocator.cli.app import app
from allocator.errors import InputError, OptionError, OutputError
from allocator.places import dataset
from allocator.places.coverage import default_coverage
from allocator.report import shapes
from allocator.report.charts import script, specification
from allocator.report.content import histogram
from allocator.report.figures import figures
from allocator.report.folders import Answered, read_folder
from allocator.report.html_page import render_page
from allocator.report.notebook import small_map
from allocator.report.palette import RAMPS, counting, page_colours
from allocator.report.pictures import map_picture
from allocator.report.plan_page import plan_content
from allocator.report.scene import LAYERS
from allocator.report.tables import table

CHECKOUT = Path(__file__).parents[3]
EXAMPLES = CHECKOUT / "data" / "examples"
LIMIT_BYTES = 6_000_000
HOSTILE = ("</script><script>alert(1)</script>", "<!--<script>", '"><img src=x onerror=alert(1)>', "a\u2028b & 'c'")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "example"
    allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20, output=folder)
    return folder


@pytest.fixture(scope="module")
def best(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "best"
    allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20, strategy="optimal", output=folder)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def data_of(made: bytes) -> Any:
    """What the page's script reads."""
    (found,) = re.findall(rb'<script type="application/json" id="report">(.*?)</script>', made, re.DOTALL)
    return json.loads(found)


def table_of(data: Any, name: str) -> list[dict[str, Any]]:
    """The rows of a table of the page."""
    (found,) = [one for one in data["tables"] if one["id"] == name]
    columns = {
        column["key"]: column["values"]
        if "values" in column
        else [None if place is None else column["texts"][place] for place in column["index"]]
        for column in found["columns"]
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


# ---- Figures ---------------------------------------------------------------------------------------------------------


def test_the_figures_by_outcode_are_those_of_the_files(example: Path) -> None:
    asked: Counter[str] = Counter()
    served: Counter[str] = Counter()
    km: Counter[str] = Counter()
    for row in rows(example / "assignments.csv"):
        if row["method"] == "BY POSTCODE":
            asked[row["outcode"]] += 1
            served[row["outcode"]] += 1
            km[row["outcode"]] += round(float(row["distance_km"]) * 1000)
    for row in rows(example / "unassigned.csv"):
        if row["method"] == "BY POSTCODE":
            asked[row["outcode"]] += 1
    found = {row["outcode"]: row for row in table_of(data_of(report.page(example)), "outcodes")}
    positioned = {code for code in asked if allocator.lookup(code).area_code is not None}
    assert set(found) == positioned
    for outcode, told in found.items():
        assert (told["asked"], told["served"]) == (asked[outcode], served[outcode])
        if served[outcode]:
            assert told["mean_km"] == pytest.approx(km[outcode] / served[outcode] / 1000, abs=0.0006)
        else:
            assert told["mean_km"] is None


def test_the_figures_of_an_area_code_are_those_of_its_outcodes(example: Path) -> None:
    data = data_of(report.page(example))
    codes = {row["area_code"]: row for row in table_of(data, "area-codes")}
    for code, row in codes.items():
        own = [one for one in table_of(data, "outcodes") if one["area_code"] == code]
        assert row["outcodes"] == len(own)
        for figure in ("asked", "served", "missing"):
            assert row[figure] == sum(one[figure] for one in own)
    given = Counter(row["area_code"] for row in rows(example / "assignments.csv"))
    assert {code: row["given"] for code, row in codes.items() if row["given"]} == {
        code: count for code, count in given.items() if dataset.bundled_area_codes().index(int(code)) is not None
    }


def test_what_is_missing_is_told_where_the_summary_tells_it(example: Path) -> None:
    data = data_of(report.page(example))
    told = {one["area_code"]: one["unassigned_links"] for one in report.read_folder(example).plan.summary["shortages"]}  # type: ignore[union-attr]
    assert {row["area_code"]: row["missing"] for row in table_of(data, "area-codes") if row["missing"]} == told


def test_every_fallback_by_distance_is_a_line(example: Path) -> None:
    groups: Counter[tuple[str, str]] = Counter(
        (row["outcode"], row["area_code"])
        for row in rows(example / "assignments.csv")
        if row["method"] == "BY POSTCODE" and row["fallback"] == "distance"
    )
    data = data_of(report.page(example))
    found = {(row["outcode"], row["area_code"]): row["links"] for row in table_of(data, "fallbacks")}
    assert found == dict(groups)
    assert len(data["map"]["lines"]["spots"]) == len(groups)


def test_a_line_is_as_long_as_the_distance_it_stands_for(example: Path) -> None:
    from allocator.places import geodesy

    fallbacks = figures(allocator.read_plan(example)).fallbacks
    assert fallbacks.height
    ends = [fallbacks[name].to_numpy() for name in ("longitude", "latitude", "to_longitude", "to_latitude")]
    assert geodesy.distance_km(*ends) == pytest.approx(fallbacks["distance_km"].to_numpy(), abs=0.001)


def test_the_links_are_all_in_the_page_of_a_small_plan(example: Path) -> None:
    data = data_of(report.page(example))
    for name in ("assigned", "unassigned"):
        file = "assignments" if name == "assigned" else "unassigned"
        assert sorted(row["link_id"] for row in table_of(data, name)) == sorted(
            row["link_id"] for row in rows(example / f"{file}.csv")
        )


def test_the_histogram_counts_every_distance_once() -> None:
    made = histogram("h", "H", {"plan": pl.Series([0.0, 0.0, 0.1, 1.0, 1.001, 20.0, None])})
    assert made is not None
    told = {(row["from_km"], row["to_km"]): row["links"] for row in made["rows"] if row["links"]}
    assert told == {(0, 0): 2, (0, 1): 2, (1, 2): 1, (19, 20): 1}


def test_a_plan_in_memory_and_its_folder_have_the_same_figures(example: Path) -> None:
    made = allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20)
    one, other = data_of(report.page(made)), data_of(report.page(example))
    for name in ("area-codes", "outcodes", "fallbacks", "unassigned"):
        assert [list(row.items())[:6] for row in table_of(one, name)] == [
            list(row.items())[:6] for row in table_of(other, name)
        ]


def test_stock_left_is_a_layer_where_it_is_known(example: Path) -> None:
    known = allocator.read_plan(example)
    stock = known.stock.filter(pl.col("area_code") != "131").with_columns(
        left=pl.when(pl.col("area_code") == "20").then(0).otherwise(7)
    )
    content = plan_content(replace(known, stock=stock))
    assert content.map is not None
    layer = {one["id"]: one for one in content.map["layers"]}["left"]
    place = [shape.area_code for shape in shapes.shapes()]
    assert layer["labels"][layer["classes"][place.index("20")]] == "none"
    assert layer["classes"][place.index("161")] > 0
    assert layer["classes"][place.index("131")] == -1
    older = plan_content(replace(known, stock=stock.clear())).map
    assert older is not None
    assert "left" not in {one["id"] for one in older["layers"]}


# ---- The page --------------------------------------------------------------------------------------------------------


def test_the_same_folder_gives_the_same_bytes_whatever_the_hash_seed(example: Path, best: Path) -> None:
    program = (
        "import hashlib, sys; from allocator.report import page as report;"
        "print(hashlib.sha256(report(*sys.argv[1:])).hexdigest())"
    )
    for folders in ((example,), (example, best)):
        digests = {
            subprocess.run(
                [sys.executable, "-c", program, *map(str, folders)],
                capture_output=True,
                text=True,
                check=True,
                env=os.environ | {"PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("1", "2")
        }
        assert digests == {hashlib.sha256(report.page(*folders)).hexdigest() + "\n"}


def test_the_page_names_nothing_to_fetch(example: Path) -> None:
    text = report.page(example).decode("utf-8")
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert set(re.findall(r'(?:src|href)="([^"#][^"]*)"', markup)) <= {"data:,"}
    assert "url(" not in markup
    assert "@import" not in markup
    policy = html.unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0])
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_versions_and_digests_stand_at_the_foot(example: Path) -> None:
    text = report.page(example).decode("utf-8")
    foot = text[text.index("<footer") : text.index("</footer>")]
    summary = json.loads((example / "summary.json").read_text(encoding="utf-8"))
    for told in (
        summary["engine"]["version"],
        summary["data"]["manifest_sha256"],
        summary["inputs"]["links"]["sha256"],
        summary["inputs"]["stock"]["sha256"],
        summary["result"]["assignments_sha256"],
        "Crown copyright",
    ):
        assert told in foot


def hostile_plan() -> Plan:
    links = pl.DataFrame(
        {"link_id": [*HOSTILE, "gone<b>"], "postcode": ["W11 3EP"] * len(HOSTILE) + ["</script><b>x</b>"]}
    )
    return allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))


def test_what_users_wrote_stays_text(tmp_path: Path) -> None:
    folder = tmp_path / "<b>plan&"
    hostile_plan().write(folder)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    summary["inputs"]["links"]["source"] = "<img src=x onerror=alert(1)>.csv"
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    made = report.page(folder)
    text = made.decode("utf-8")
    assert text.count("<script") == text.count("</script>") == 1 + len(("vega", "page"))
    assert "<img" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "<b>" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "&lt;b&gt;plan&amp;" in text
    told = {row["link_id"] for row in table_of(data_of(made), "unassigned")}
    assert told == set(HOSTILE)


def test_what_does_not_fit_is_counted_out_and_the_file_named(example: Path) -> None:
    made = render_page(plan_content(allocator.read_plan(example), room=4_000))
    data = data_of(made)
    (short,) = [one for one in data["tables"] if one["id"] == "unassigned"]
    assert 0 < short["rows"] < short["of"] == len(rows(example / "unassigned.csv"))
    assert f"The first {short['rows']} of {short['of']} rows; unassigned.csv in the plan's folder" in short["note"]
    (none,) = [one for one in data["tables"] if one["id"] == "assigned"]
    assert none["rows"] == 0
    assert "assignments.csv" in none["note"]


def test_a_table_takes_no_more_than_its_room() -> None:
    texts = [f'"{number}"\\<é>' * 5 for number in range(3000)]
    frame = pl.DataFrame({"text": texts, "same": ["always the same"] * 3000, "number": list(range(3000))})
    made = table("t", "T", frame, [("text", "", "text"), ("same", "", "text"), ("number", "", "int")], room=50_000)
    written = len(json.dumps(made, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").encode())
    assert 0 < made["rows"] < 3000
    assert 30_000 < written < 51_000


def test_two_hundred_thousand_links_fit_in_six_megabytes() -> None:
    outcodes = dataset.bundled_outcodes()
    there = [code for code, kind in zip(outcodes.outcode, outcodes.kind, strict=True) if kind == "geographic"]
    count = 200_000
    served = pl.DataFrame(
        {
            "link_id": [f"a-link-with-a-long-name-{number:09d}" for number in range(count)],
            "full_voxnumber": [f"{442_000_000_000 + number}" for number in range(count)],
            "method": "BY POSTCODE",
            "postcode": [f"{there[number % len(there)]} {number % 10}AA" for number in range(count)],
            "outcode": [there[number % len(there)] for number in range(count)],
            "area_code": "20",
            "distance_km": np.linspace(0, 99, count).round(3),
            "fallback": "distance",
        }
    )
    without = served.select(
        "link_id", "postcode", "method", "outcode", reason=pl.lit("NO_STOCK_IN_REACH"),
        message=pl.format("{} needs a number from one area code and none had any; so it stays without.", "outcode"),
    )  # fmt: skip
    small = allocator.plan(
        pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]}), pl.DataFrame({"full_voxnumber": ["442079460000"]})
    )
    half = count // 2
    plan = Plan(served.head(half), without.tail(half), small.rejected, small.decisions, small.summary)
    assert len(report.page(plan)) <= LIMIT_BYTES


def test_a_plan_without_links_or_places_has_a_report() -> None:
    links = pl.DataFrame({"link_id": [], "postcode": []}, schema={"link_id": pl.String, "postcode": pl.String})
    stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    assert report.page(allocator.plan(links, stock))
    nowhere = pl.DataFrame({"link_id": ["1"], "postcode": ["ZZ99 9ZZ"]})
    assert report.page(allocator.plan(nowhere, stock))


# ---- Comparisons and what-ifs ----------------------------------------------------------------------------------------


def test_a_comparison_tells_what_changes(example: Path, best: Path) -> None:
    data = data_of(report.page(example, best))
    found = allocator.diff(example, best)
    told = table_of(data, "links")
    assert [(row["link_id"], row["change"]) for row in told] == found.links.select("link_id", "change").rows()
    gains = {row["area_code"]: row["change"] for row in table_of(data, "area-codes")}
    one, two = (figures(allocator.read_plan(folder)).area_codes for folder in (example, best))
    for code, before, after in zip(one["area_code"], one["served"], two["served"], strict=True):
        assert gains.get(code, 0) == after - before


def what_if(folder: Path, question: str, tables: dict[str, str], **summary: object) -> Path:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    told = {"whatif": question, "options": {"fallback_km": 20.0}, "inputs": {}} | summary
    (folder / "summary.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


SHOPPING = """area_code,name,numbers,price,cost,links_rescued,outcodes
20,London,3,,,3,SW1A (3)
161,Manchester,1,,,1,M1 (1)
"""
BLOCKS = """outcode,links,kind,outcodes,area_codes,needed,available,message
M1,8,COUNT,M1,161,8,2,Too few.
"""
REPAIRS = """outcode,links,buy_numbers,buy_area_code,widen_km,widen_area_code,split_links
M1,8,5,1625,,,3
"""
SHORTAGE = """area_code,name,links,without,growth,borne,borne_percent
28,Northern Ireland,15,9,8,0,0.000
"""
ANSWERS = {
    "buy": {
        "shopping": SHOPPING,
        "rescued": "link_id,postcode,outcode,area_code,distance_km,bought_in\n",
        "infeasible": "link_id,postcode,reason,message\n",
    },
    "frontier": {"frontier": "numbers,served,served_at_most,gap\n0,10,11,0.100\n1,12,12,0.000\n"},
    "worth": {"worth": "area_code,name,numbers,gain,rule_gain\n20,London,1,6,-2\n"},
    "why": {"blocks": BLOCKS, "repairs": REPAIRS},
    "radius": {"radius": "radius_km,served\n0.000,182\n11.193,184\n"},
    "order": {"order": "shuffle,served\n0,197\n1,204\n"},
    "shortage": {"shortage": SHORTAGE},
}


@pytest.mark.parametrize("question", ANSWERS)
def test_every_answer_of_a_what_if_has_its_tables_and_a_picture(question: str, tmp_path: Path) -> None:
    folder = what_if(tmp_path / question, question, ANSWERS[question], served_before=1234567)
    data = data_of(report.page(folder))
    assert [one["id"] for one in data["tables"]] == list(ANSWERS[question])
    assert data["map"] or data["charts"]
    assert b"1,234,567" in report.page(folder)


LINKS = pl.DataFrame(
    {"link_id": [f"{n}" for n in range(8)], "postcode": ["W11 3EP"] * 5 + ["M1 1AE", "BS1 4DJ", "ZZ99 9ZZ"]}
)
STOCK = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001", "441753960000", "441614960000"]})
ASKED: dict[str, Callable[[], Any]] = {
    "buy": lambda: whatif.buy(LINKS, STOCK, fallback_km=5),
    "frontier": lambda: whatif.frontier(LINKS, STOCK, fallback_km=5),
    "worth": lambda: whatif.worth(LINKS, STOCK, fallback_km=5),
    "why": lambda: whatif.why(LINKS, STOCK, fallback_km=5),
    "radius": lambda: whatif.radius(LINKS, STOCK),
    "order": lambda: whatif.order(LINKS, STOCK, shuffles=3),
    "shortage": lambda: whatif.shortage(LINKS, STOCK, "50%"),
}


@pytest.mark.parametrize("question", ASKED)
def test_what_was_really_asked_is_reported(question: str, tmp_path: Path) -> None:
    answer = ASKED[question]()
    folder = answer.write(tmp_path / question)
    data = data_of(report.page(folder))
    assert {one["id"]: one["of"] for one in data["tables"]} == {
        name: frame.height for name, frame in answer.tables().items()
    }
    kinds = {column["kind"] for one in data["tables"] for column in one["columns"] if column["key"].endswith("_km")}
    assert kinds <= {"number"}


def test_a_real_sweep_is_reported(tmp_path: Path) -> None:
    scenarios = {"scenario": [{"name": "today"}, {"name": "far", "fallback_km": 50}]}
    made = whatif.run(scenarios, LINKS, STOCK, tmp_path / "sweep")
    data = data_of(report.page(tmp_path / "sweep"))
    assert [layer["label"] for layer in data["map"]["layers"]] == ["today", "far"]
    told = table_of(data, "comparison")
    assert [row["assigned"] for row in told] == made.table["assigned"].to_list()
    assert table_of(data, "pairs")[0]["after"] == "far"


def test_curves_have_the_points_of_the_file(tmp_path: Path) -> None:
    data = data_of(report.page(what_if(tmp_path / "frontier", "frontier", ANSWERS["frontier"])))
    (curve,) = data["charts"]
    assert [(row["series"], row["x"], row["y"]) for row in curve["spec"]["data"]["values"]] == [
        ("served", 0, 10),
        ("served", 1, 12),
        ("served at most", 0, 11),
        ("served at most", 1, 12),
    ]


def test_a_shopping_list_is_shown_with_the_plan(example: Path, tmp_path: Path) -> None:
    data = data_of(report.page(example, what_if(tmp_path / "buy", "buy", ANSWERS["buy"])))
    told = {row["area_code"]: row["buy"] for row in table_of(data, "area-codes") if row["buy"]}
    assert told == {"20": 3, "161": 1}
    assert "buy" in {layer["id"] for layer in data["map"]["layers"]}
    assert data["tables"][0]["id"] == "shopping"


def test_scenarios_are_layers_of_the_map(example: Path, best: Path, tmp_path: Path) -> None:
    compared = "scenario,links,assigned,unassigned,rejected,mean_km,p90_km,max_km,numbers_left,assignments_sha256\n"
    compared += "today,298,197,97,4,2.125,12.710,19.106,71,a\nbest,298,215,79,4,1.624,11.193,19.106,53,b\n"
    change = {"before": "today", "after": "best", "unchanged": 100, "by_change": {"gains a number": 45}}
    folder = what_if(tmp_path / "run", "run", {"comparison": compared}, changes=[change])
    (folder / "scenarios").mkdir()
    for name, made in (("today", example), ("best", best)):
        (folder / "scenarios" / name).symlink_to(made)
    data = data_of(report.page(folder))
    assert [layer["label"] for layer in data["map"]["layers"]] == ["today", "best"]
    served = figures(allocator.read_plan(best)).area_codes
    told = {row["area_code"]: row["served-1"] for row in table_of(data, "area-codes")}
    assert told == dict(served.filter(pl.col("asked") > 0).select("area_code", "served").iter_rows())
    assert table_of(data, "pairs")[0]["gains a number"] == 45


# ---- What can't be reported ------------------------------------------------------------------------------------------


def test_a_folder_with_neither_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a plan nor a what-if"):
        report.page(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]"])
def test_an_altered_summary_says_so(content: str, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"summary\.json: it can't be read"):
        report.page(tmp_path)


def test_an_altered_table_says_so(tmp_path: Path) -> None:
    folder = what_if(tmp_path / "radius", "radius", {"radius": "radius_km,served\n0,many\n"})
    with pytest.raises(InputError, match=r"radius\.csv: it can't be read"):
        report.page(folder)


def test_a_run_that_is_not_finished_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not whole"):
        report.page(what_if(tmp_path / "run", "run", {}))


def test_a_scenario_can_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    compared = "scenario,assigned,mean_km,numbers_left\n../../elsewhere,1,1.0,1\n"
    with pytest.raises(InputError, match="no scenario's name"):
        report.page(what_if(tmp_path / "run", "run", {"comparison": compared}))


def test_what_does_not_go_together_says_so(example: Path, tmp_path: Path) -> None:
    curve = what_if(tmp_path / "radius", "radius", ANSWERS["radius"])
    for folders in ((curve, example), (example, curve), (curve, curve)):
        with pytest.raises(InputError, match="can't be reported together"):
            report.page(*folders)
    empty = what_if(tmp_path / "buy", "buy", {})
    with pytest.raises(InputError, match="no shopping list"):
        report.page(example, empty)


def test_a_report_is_not_written_over_another_file(example: Path, tmp_path: Path) -> None:
    path = report.write_report(example, output=tmp_path / "report.html")
    with pytest.raises(OutputError, match="exists already"):
        report.write_report(example, output=path)
    assert report.write_report(example, output=path, force=True).read_bytes() == report.page(example)


def test_a_folder_is_read_as_what_it_is(tmp_path: Path) -> None:
    answer = read_folder(what_if(tmp_path / "buy", "buy", ANSWERS["buy"]))
    assert isinstance(answer, Answered)
    assert answer.tables["shopping"]["numbers"].to_list() == [3, 1]


# ---- Shapes and colours ----------------------------------------------------------------------------------------------


def test_the_shapes_are_those_of_the_coverage_simplified() -> None:
    drawn = shapes.shapes()
    assert [int(shape.area_code) for shape in drawn] == default_coverage().area_code.tolist()
    assert all(shape.polygons for shape in drawn)

    def area(ring: np.ndarray[Any, Any]) -> float:
        x, y = ring[:, 0].astype(float), ring[:, 1].astype(float)
        return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2

    total = sum(
        area(polygon[0]) - sum(area(ring) for ring in polygon[1:]) for shape in drawn for polygon in shape.polygons
    )
    km2 = total * (shapes.UNIT_M / 1000) ** 2
    assert 240_000 < km2 < 250_000  # the United Kingdom has 244,000


def test_neighbours_keep_a_common_border() -> None:
    edges: Counter[tuple[tuple[int, int], ...]] = Counter()
    for shape in shapes.shapes():
        for polygon in shape.polygons:
            for ring in polygon:
                points = [(int(x), int(y)) for x, y in ring]
                for edge in itertools.pairwise([*points, points[0]]):
                    edges[tuple(sorted(edge))] += 1
    shared = sum(count == 2 for count in edges.values())
    assert set(edges.values()) <= {1, 2, 3, 4}
    assert shared > 0.4 * len(edges)


def test_the_plane_keeps_distances_within_a_hundredth() -> None:
    (a, b) = shapes.plane([-0.1247, -3.1883], [51.4998, 55.9533])
    assert float(np.hypot(*(a - b))) * shapes.UNIT_M / 1000 == pytest.approx(534, rel=0.01)


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SEEN = {
    "everybody": np.eye(3),
    "protanopes": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopes": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopes": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> np.ndarray[Any, Any]:
    part = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(light, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ramp", RAMPS)
def test_the_colours_of_a_layer_can_be_told_apart(ramp: str, theme: str, eyes: str) -> None:
    seen = [lab(SEEN[eyes] @ linear(colour)) for colour in (*RAMPS[ramp][theme], page_colours(theme)["none"])]
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)) > 10


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read(theme: str) -> None:
    colours = page_colours(theme)

    def luminance(name: str) -> float:
        return float(linear(colours[name]) @ np.array([0.2126, 0.7152, 0.0722]))

    for ground in ("page", "panel"):
        for ink in ("ink", "soft", "accent"):
            high, low = sorted((luminance(ink), luminance(ground)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


def test_classes_of_counts_are_cut_at_round_numbers() -> None:
    scale = counting("demand", [1, 1, 2, 40, 90, 400])
    assert scale.classes([1, 2, 5, 400]).tolist() == sorted(scale.classes([1, 2, 5, 400]).tolist())
    assert len(scale.labels) == len(scale.upper) + 1 == len(scale.colours)
    assert counting("demand", []).labels == ("1 or more",)
    assert counting("stock", [0, 3], zero=True).classes([0, 1, np.nan]).tolist() == [0, 1, -1]


# ---- Pictures and geographic files -----------------------------------------------------------------------------------


def test_the_map_is_drawn_as_png_and_svg_the_same_each_time(example: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    plan = allocator.read_plan(example)
    png, svg = map_picture(plan), map_picture(plan, "svg")
    assert png.startswith(b"\x89PNG")
    assert b"<svg" in svg
    assert b"197 of 298 links" in svg
    assert b"<dc:date>" not in svg
    assert (png, svg) == (map_picture(plan), map_picture(plan, "svg"))


def test_a_plan_without_links_can_be_drawn() -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    links = pl.DataFrame({"link_id": [], "postcode": []}, schema={"link_id": pl.String, "postcode": pl.String})
    plan = allocator.plan(links, STOCK)
    for layer in LAYERS:
        assert map_picture(plan, "svg", layer)
        assert small_map(plan, layer)


def test_what_can_not_be_drawn_says_so(example: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    plan = allocator.read_plan(example)
    with pytest.raises(OptionError, match="no such layer"):
        map_picture(plan, layer="heat")
    with pytest.raises(OptionError, match="PNG or SVG"):
        map_picture(plan, "gif")  # type: ignore[arg-type]


@pytest.mark.parametrize(("module", "extra"), [("matplotlib", "report"), ("geopandas", "geo")])
def test_an_extra_that_is_not_there_is_named(
    module: str, extra: str, example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    plan = allocator.read_plan(example)
    with pytest.raises(OptionError, match=rf"allocator\[{extra}\]"):
        _ = map_picture(plan) if extra == "report" else report.to_geodataframe(plan)


def test_the_small_map_tells_its_figures(example: Path) -> None:
    made = small_map(allocator.read_plan(example))
    assert "<title>020 London: 43 of 50 links served, mean 2.4 km</title>" in made
    assert made.count("<path") == len(default_coverage().area_code)
    assert len(made) < 150_000


def test_the_pictures_of_one_city_show_its_outcodes() -> None:
    outcodes = dataset.bundled_outcodes()
    there = [code for code, index in zip(outcodes.outcode, outcodes.area_index, strict=True) if index == 0][:100]
    links = pl.DataFrame({"link_id": there, "postcode": [f"{code} 1AA" for code in there]})
    plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    asked = figures(plan).outcodes.height
    assert asked > 20
    made = small_map(plan)
    assert made.count("<circle") == asked
    assert made.count("<path") < 50  # London and what is around it


def test_the_geojson_has_every_coverage_with_its_figures(example: Path) -> None:
    plan = allocator.read_plan(example)
    made = json.loads(report.to_geojson(plan))
    found = {one["properties"]["area_code"]: one for one in made["features"]}
    assert len(found) == len(default_coverage().area_code)
    bundled = json.loads(dataset.bundled_coverage())["features"][0]
    assert found[bundled["properties"]["area_code"]]["geometry"] == bundled["geometry"]
    told = figures(plan).area_codes.filter(pl.col("area_code") == "20").row(0, named=True)
    assert found["20"]["properties"] == told
    assert report.to_geojson(plan) == report.to_geojson(plan)


def test_a_geodataframe_and_a_geoparquet_file_have_them_too(example: Path, tmp_path: Path) -> None:
    geopandas = pytest.importorskip("geopandas", reason="the extra `geo` is not installed")
    plan = allocator.read_plan(example)
    frame = report.to_geodataframe(plan)
    assert frame.crs == "EPSG:4326"
    assert frame.set_index("area_code").loc["20", "served"] == 43
    path = report.to_geoparquet(plan, tmp_path / "plan.parquet")
    again = geopandas.read_parquet(path)
    assert again["served"].tolist() == frame["served"].tolist()
    assert again.geometry.geom_equals(frame.geometry).all()
    with pytest.raises(OutputError, match="exists already"):
        report.to_geoparquet(plan, path)


# ---- What draws the charts -------------------------------------------------------------------------------------------


def test_the_foot_tells_what_draws_and_its_digest(example: Path) -> None:
    text = report.page(example).decode("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 2
    digest = hashlib.sha256(scripts[0].encode("utf-8")).hexdigest()
    told = text[text.index('<footer id="versions">') :]
    for part in ("Vega-Lite", version("vl-convert-python"), digest, "BSD-3-Clause"):
        assert part in told, part
    for one in scripts:
        allowed = base64.b64encode(hashlib.sha256(one.encode("utf-8")).digest()).decode("ascii")
        assert f"'sha256-{allowed}'" in text[: text.index("</head>")]


def test_names_are_data_and_not_part_of_a_specification() -> None:
    hostile = "'] + alert(1) + ['"
    chart = histogram("distances", "Distances", {hostile: pl.Series([0.0, 1.5]), "b": pl.Series([2.0])})
    assert chart is not None
    made = specification(chart)
    values = made.pop("data")["values"]
    assert {row["series"] for row in values} == {hostile, "b"}
    # The order of the series is the one place besides.
    assert made["facet"]["row"].pop("sort") == [hostile, "b"]
    assert hostile not in json.dumps(made)


def test_without_what_draws_them_the_error_says_what_to_install(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script.cache_clear()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InputError) as caught:
        report.page(example)
    assert "pip install 'voxnumber-allocator[report]'" in str(caught.value)


# ---- The command -----------------------------------------------------------------------------------------------------


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def test_the_command_writes_the_page_and_the_map(example: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    page_path, map_path = tmp_path / "made.html", tmp_path / "made.svg"
    done = command(example, "--output", page_path, "--map", map_path, "--layer", "missing")
    assert (done.exit_code, done.exception) == (0, None)
    assert page_path.read_bytes() == report.page(example)
    assert b"What to buy" in map_path.read_bytes()
    assert done.stdout.splitlines() == [f"Written to {page_path}", f"Written to {map_path}"]


def test_the_command_compares_two_plans(example: Path, best: Path, tmp_path: Path) -> None:
    done = command(example, best, "--output", tmp_path / "made.html")
    assert done.exit_code == 0
    assert (tmp_path / "made.html").read_bytes() == report.page(example, best)


def test_the_command_refuses_before_it_writes_anything(example: Path, best: Path, tmp_path: Path) -> None:
    path = tmp_path / "made.html"
    for arguments, kind in (
        ((tmp_path,), InputError),
        ((example, "--map", tmp_path / "map.pdf"), OptionError),
        ((example, "--map", tmp_path / "map.png", "--layer", "heat"), SystemExit),
        ((example, best, "--map", tmp_path / "map.png"), InputError),
    ):
        done = command(*arguments, "--output", path)
        assert isinstance(done.exception, kind)
        assert list(tmp_path.iterdir()) == []
    path.write_text("kept", encoding="utf-8")
    assert isinstance(command(example, "--output", path).exception, OutputError)
    assert path.read_text(encoding="utf-8") == "kept"
    assert command(example, "--output", path, "--force").exit_code == 0
    assert path.read_bytes() == report.page(example)


def test_a_layer_without_a_map_is_refused(example: Path, tmp_path: Path) -> None:
    done = command(example, "--output", tmp_path / "made.html", "--layer", "missing")
    assert isinstance(done.exception, OptionError)
    assert "Give --map too." in str(done.exception)
    assert [layer.value for layer in reporting.MapLayer] == list(LAYERS)
    assert not (tmp_path / "made.html").exists()
