"""A plan compared with later listings: every kind of drift, and the comparison again in plain Python."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import allocator
from allocator import Plan, reconcile
from allocator.account import State
from allocator.errors import InputError, OutputError, TableError

LINKS = [f"shop {n}" for n in range(1, 6)]
NUMBERS = [f"44207946000{n}" for n in range(1, 6)]
OTHERS = [f"44161496000{n}" for n in range(1, 4)]


def planned() -> Plan:
    links = pl.DataFrame({"link_id": LINKS, "full_voxnumber": NUMBERS})
    return allocator.plan(links, pl.DataFrame({"full_voxnumber": NUMBERS}))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def listing(rows: dict[str, str | None]) -> pl.DataFrame:
    table = {"full_voxnumber": list(rows), "link_id": list(rows.values())}
    return pl.DataFrame(table, schema={"full_voxnumber": pl.String, "link_id": pl.String})


def as_planned() -> dict[str, str | None]:
    return dict(zip(NUMBERS, LINKS, strict=True))


def test_all_as_planned(plan: Plan) -> None:
    found = reconcile(plan, listing(as_planned() | dict.fromkeys(OTHERS)))
    assert found.ok
    assert found.counts == {"AS_PLANNED": 5}
    assert found.drift.is_empty()
    assert repr(found) == "<Reconciliation: 5 of 5 links as planned>"
    assert found.table["message"][0] == "442079460001 is on the link."


@pytest.mark.parametrize(
    ("changes", "without", "expected"),
    [
        ({NUMBERS[0]: None}, [], ("NOT_ATTACHED", None, None, "442079460001 is free, and this link has no number.")),
        (
            {NUMBERS[0]: "stranger"},
            [],
            (
                "VOXNUMBER_ON_ANOTHER_LINK",
                "stranger",
                None,
                "442079460001 is on link stranger, and this link has no number.",
            ),
        ),
        (
            {NUMBERS[0]: "stranger", OTHERS[1]: "shop 1", OTHERS[0]: "shop 1"},
            [],
            (
                "VOXNUMBER_ON_ANOTHER_LINK",
                "stranger",
                OTHERS[0],
                f"442079460001 is on link stranger, and this link has {OTHERS[0]} and 1 more.",
            ),
        ),
        (
            {NUMBERS[0]: None, OTHERS[2]: "shop 1"},
            [],
            ("LINK_HAS_ANOTHER_VOXNUMBER", None, OTHERS[2], f"442079460001 is free, and this link has {OTHERS[2]}."),
        ),
        (
            {},
            [NUMBERS[0]],
            ("VOXNUMBER_NOT_LISTED", None, None, "442079460001 is not in the listing, and this link has no number."),
        ),
        (
            {OTHERS[2]: "shop 1"},
            [NUMBERS[0]],
            (
                "VOXNUMBER_NOT_LISTED",
                None,
                OTHERS[2],
                f"442079460001 is not in the listing, and this link has {OTHERS[2]}.",
            ),
        ),
        (
            {OTHERS[2]: "shop 1"},
            [],
            (
                "LINK_HAS_SECOND_VOXNUMBER",
                "shop 1",
                OTHERS[2],
                f"442079460001 is on the link, which has {OTHERS[2]} besides.",
            ),
        ),
    ],
)
def test_each_kind_of_drift(
    plan: Plan, changes: dict[str, str | None], without: list[str], expected: tuple[str | None, ...]
) -> None:
    rows = {number: link for number, link in (as_planned() | changes).items() if number not in without}
    found = reconcile(plan, listing(rows))
    assert found.drift.rows() == [("shop 1", NUMBERS[0], *expected)]
    assert found.counts == {"AS_PLANNED": 4, expected[0]: 1}
    assert not found.ok


def test_numbers_that_were_swapped(plan: Plan) -> None:
    found = reconcile(plan, listing(as_planned() | {NUMBERS[0]: "shop 2", NUMBERS[1]: "shop 1"}))
    assert found.drift.select("link_id", "state", "on_link", "other_voxnumber").rows() == [
        ("shop 1", "VOXNUMBER_ON_ANOTHER_LINK", "shop 2", NUMBERS[1]),
        ("shop 2", "VOXNUMBER_ON_ANOTHER_LINK", "shop 1", NUMBERS[0]),
    ]


def test_a_number_that_is_assigned_to_nobody_knows_whom(plan: Plan) -> None:
    rows = listing(as_planned() | {NUMBERS[2]: None}).with_columns(assigned_status=pl.lit("ASSIGNED"))
    found = reconcile(plan, rows)
    assert found.drift.select("link_id", "state", "message").rows() == [
        ("shop 3", "VOXNUMBER_ON_UNNAMED_LINK", "442079460003 is on a link that the listing does not name.")
    ]


def test_a_number_that_is_listed_twice_is_no_evidence(plan: Plan) -> None:
    rows = pl.concat([listing(as_planned()), listing({"+44 20 7946 0004": "stranger"})])
    found = reconcile(plan, rows)
    assert found.drift.select("link_id", "state").rows() == [("shop 4", "VOXNUMBER_LISTED_TWICE")]
    assert "more than once" in found.drift["message"][0]


def test_rows_that_can_not_be_read_are_told(plan: Plan) -> None:
    rows = {number: link for number, link in as_planned().items() if number != NUMBERS[1]}
    found = reconcile(plan, listing(rows | {"4.42E+11": "shop 2"}))
    assert found.rejected.height == 1
    message = "442079460002 is not in the listing (1 row of it can't be read), and this link has no number."
    assert found.drift["message"].to_list() == [message]


def test_a_folder_and_pages_of_xml(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    pages = []
    for page, (link, number) in enumerate(zip(LINKS, NUMBERS, strict=True), start=1):
        holder, status = ("", "UNASSIGNED") if page == 3 else (link, "ASSIGNED")
        path = tmp_path / f"voxnumbers-{page}.xml"
        path.write_text(
            f"<response><current_page>{page}</current_page><total_pages>5</total_pages><total_results>5</total_results>"
            f"<results><result><voxnumber>{number}</voxnumber><assigned_status>{status}</assigned_status>"
            f"<link_id>{holder}</link_id></result></results></response>",
            encoding="utf-8",
        )
        pages.append(path)
    found = reconcile(folder, pages)
    assert found.drift.select("link_id", "state").rows() == [("shop 3", "NOT_ATTACHED")]
    with pytest.raises(TableError, match="page 5 of the 5 pages of the listing is missing"):
        reconcile(folder, pages[:4])


def test_a_plan_that_was_altered(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    path = folder / "assignments.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("shop 1", "shop 9"), encoding="utf-8")
    with pytest.raises(InputError, match="it is not the file that summary"):
        reconcile(folder, listing(as_planned()))
    with pytest.raises(InputError, match="no plan"):
        reconcile(tmp_path, listing(as_planned()))


def test_the_drift_as_a_file(plan: Plan, tmp_path: Path) -> None:
    found = reconcile(plan, listing(as_planned() | {NUMBERS[0]: None}))
    path = found.write(tmp_path / "drift.csv")
    assert path.read_text(encoding="utf-8").splitlines() == [
        "link_id,full_voxnumber,state,on_link,other_voxnumber,message",
        'shop 1,442079460001,NOT_ATTACHED,,,"442079460001 is free, and this link has no number."',
    ]
    with pytest.raises(OutputError, match="exists already"):
        found.write(path)
    found.write(path, force=True)


def told_again(link: str, number: str, rows: dict[str, str | None]) -> State:
    """How a link stands, link by link."""
    has = {other for other, holder in rows.items() if holder == link}
    if number not in rows:
        return State.VOXNUMBER_NOT_LISTED
    if rows[number] == link:
        return State.AS_PLANNED if has == {number} else State.LINK_HAS_SECOND_VOXNUMBER
    if rows[number] is not None:
        return State.VOXNUMBER_ON_ANOTHER_LINK
    return State.LINK_HAS_ANOTHER_VOXNUMBER if has else State.NOT_ATTACHED


PLANNED = planned()


@given(st.dictionaries(st.sampled_from([*NUMBERS, *OTHERS]), st.sampled_from([None, *LINKS, "stranger"]), min_size=1))
def test_each_planned_link_is_told_once_and_rightly(rows: dict[str, str | None]) -> None:
    found = reconcile(PLANNED, listing(rows))
    assert found.table["link_id"].to_list() == LINKS
    expected = [told_again(link, number, rows) for link, number in zip(LINKS, NUMBERS, strict=True)]
    assert found.table["state"].to_list() == expected
    assert sum(found.counts.values()) == len(LINKS)
    assert found.table["message"].null_count() == 0
    for link, number, on_link, other in found.table.select(
        "link_id", "full_voxnumber", "on_link", "other_voxnumber"
    ).rows():
        assert on_link == rows.get(number)
        assert other == min((n for n, holder in rows.items() if holder == link and n != number), default=None)
