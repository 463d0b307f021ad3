"""XML as tables: requests as links, listings as stock."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator.account.account import Account
from allocator.errors import MarkupError, TableError
from allocator.notation.vocabulary import Method
from allocator.tables.account_links import read_account, read_link_ids
from allocator.tables.links import read_links
from allocator.tables.stock import read_stock

REQUEST = """<?xml version="1.0" encoding="utf-8"?>
<request>
  <link><link_id>333</link_id><method>BY AREA</method><voxnumber_idd>44</voxnumber_idd><area_code>20</area_code></link>
  <link><link_id>444</link_id><method>BY VOXNUMBER</method><full_voxnumber>4423012565866</full_voxnumber></link>
  <link><link_id>555</link_id><method>BY POSTCODE</method><voxnumber_country>UNITED KINGDOM</voxnumber_country>
    <postcode>SW1A 0AA</postcode><fallback_area_distance>20</fallback_area_distance></link>
</request>
"""


def page(number: int, pages: int, total: int, *results: str) -> str:
    nodes = "".join(f"<result>{result}</result>" for result in results)
    place = f"<current_page>{number}</current_page><total_pages>{pages}</total_pages>"
    counts = f"<total_results>{total}</total_results>"
    return f"<?xml version='1.0'?><response>{place}{counts}<results>{nodes}</results></response>"


def number(digits: str, status: str = "UNASSIGNED", link_id: str = "") -> str:
    return (
        f"<link_id>{link_id}</link_id><link_name/><assigned_status>{status}</assigned_status>"
        f"<call_status>ON</call_status><country_code>44</country_code><voxnumber>{digits}</voxnumber>"
        "<voxnumber_type>LOCAL</voxnumber_type><voxnumber_country>UNITED KINGDOM</voxnumber_country>"
        "<voxnumber_city>LONDON</voxnumber_city><purchase_date>2026-01-31</purchase_date>"
    )


def saved(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_links_of_a_request_are_rows_numbered_as_the_api_counts(tmp_path: Path) -> None:
    links = read_links(saved(tmp_path, "request.xml", REQUEST), fallback_km=5)
    assert links.rejected.is_empty()
    assert links.table["row"].to_list() == [1, 2, 3]
    assert links.table["link_id"].to_list() == ["333", "444", "555"]
    assert links.table["method"].to_list() == [
        method.code for method in (Method.BY_AREA, Method.BY_VOXNUMBER, Method.BY_POSTCODE)
    ]
    assert links.table["fallback_km"].to_list() == [5, 5, 20]
    assert links.table["area_code"][0] == 20
    assert links.table["full_voxnumber"][1] == 4423012565866
    assert links.table["postcode"][2] == "SW1A 0AA"


def test_a_request_is_known_by_its_beginning_whatever_its_name(tmp_path: Path) -> None:
    assert len(read_links(saved(tmp_path, "request.txt", f"\n {REQUEST.split('?>')[1]}"))) == 3


def test_what_the_request_leaves_out_is_rejected_by_link(tmp_path: Path) -> None:
    text = REQUEST.replace("<postcode>SW1A 0AA</postcode>", "").replace("UNITED KINGDOM", "FRANCE")
    text = text.replace("<link_id>444</link_id>", "<link_id/>")
    rejected = read_links(saved(tmp_path, "request.xml", text)).rejected
    assert rejected.select("row", "column", "value", "reason").rows() == [
        (2, "link_id", None, "LINK_ID_EMPTY"),
        (3, "voxnumber_country", "FRANCE", "COUNTRY_NOT_SUPPORTED"),
    ]


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("<request><link><id>1</id></link><x/></request>", TableError, "node id at line 1 is not known (and 1 more"),
        ("<request></request>", TableError, "the request has no link"),
        ("<request>\n<link>\n</request>", MarkupError, "at line 3"),
        ("<links/>", TableError, "XML whose root is <links>"),
        (page(1, 1, 1, number("442079460000")), TableError, "links can't be read from XML whose root is <response>"),
    ],
)
def test_what_is_no_request_is_refused(tmp_path: Path, text: str, error: type[Exception], told: str) -> None:
    path = saved(tmp_path, "request.xml", text)
    with pytest.raises(error) as caught:
        read_links(path)
    assert str(caught.value).startswith(path)
    assert told in str(caught.value)


def test_a_listing_is_stock_whose_area_codes_its_digits_tell(tmp_path: Path) -> None:
    first = page(1, 2, 3, number("442079460001"), number("441614960000", "ASSIGNED", "shop 7"))
    second = page(2, 2, 3, number("442079460000", "ASSIGNED"))
    stock = read_stock([saved(tmp_path, "2.xml", second), saved(tmp_path, "1.xml", first)])
    assert stock.rejected.is_empty()
    assert stock.table.select("full_voxnumber", "area_code", "link_id", "city", "country").rows() == [
        (441614960000, 161, "shop 7", "LONDON", "UNITED KINGDOM"),
        (442079460000, 20, "", "LONDON", "UNITED KINGDOM"),
        (442079460001, 20, None, "LONDON", "UNITED KINGDOM"),
    ]
    assert stock.attached.rows() == [("shop 7", 441614960000)]


def test_a_number_that_is_assigned_to_nobody_knows_whom_is_not_given_away(tmp_path: Path) -> None:
    stock = saved(tmp_path, "v.xml", page(1, 1, 1, number("442079460000", "ASSIGNED")))
    asked = {"postcode": ["W11 3EP", None], "full_voxnumber": [None, "442079460000"]}
    links = pl.DataFrame({"link_id": ["1", "2"], **asked})
    plan = allocator.plan(links, stock)
    assert plan.unassigned["reason"].to_list() == ["NO_STOCK_IN_REACH", "VOXNUMBER_ASSIGNED"]
    assert plan.unassigned["message"][1] == "VoxNumber 442079460000 is attached to a link already."


@pytest.mark.parametrize(
    ("listing", "rows"),
    [(page(1, 1, 1, number("442079460000")), 1), (page(1, 1, 0), 0), ("<response><results/></response>", 0)],
    ids=["one", "none", "bare"],
)
def test_a_listing_may_have_one_result_or_none(tmp_path: Path, listing: str, rows: int) -> None:
    assert len(read_stock(saved(tmp_path, "v.xml", listing))) == rows


def test_missing_doubled_and_short_pages_are_told(tmp_path: Path) -> None:
    first = saved(tmp_path, "1.xml", page(1, 3, 3, number("442079460000")))
    third = saved(tmp_path, "3.xml", page(3, 3, 3, number("442079460001")))
    with pytest.raises(TableError, match="page 2 of the 3 pages of the listing is missing"):
        read_stock([first, third])
    with pytest.raises(TableError, match=r"page 1 of the listing stands in .*1\.xml already"):
        read_stock([first, first, third])
    short = saved(tmp_path, "short.xml", page(1, 1, 2, number("442079460000")))
    with pytest.raises(TableError, match="says that it has 2 results, and 1 are there"):
        read_stock(short)


def test_only_pages_of_a_listing_may_be_several_files(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="can't be read together"):
        read_stock([saved(tmp_path, "a.csv", "full_voxnumber\n"), saved(tmp_path, "b.csv", "full_voxnumber\n")])


def test_an_unknown_status_is_rejected() -> None:
    stock = read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"], "assigned_status": ["PERHAPS"]}))
    assert stock.rejected.select("column", "reason").rows() == [("assigned_status", "ASSIGNED_STATUS_UNKNOWN")]


def test_country_names_of_a_listing_meet_the_numbering_plans_codes(tmp_path: Path) -> None:
    """0117 has no number, so its country is the plan's, GB; the stock calls it UNITED KINGDOM."""
    stock = saved(tmp_path, "v.xml", page(1, 1, 1, number("442079460000")))
    asked = {"method": ["BY AREA"], "voxnumber_idd": ["44"], "area_code": ["117"], "fallback_country": ["TRUE"]}
    links = pl.DataFrame({"link_id": ["1"], **asked})
    assert allocator.plan(links, stock).assignments["full_voxnumber"].to_list() == ["442079460000"]


def links_listing(folder: Path) -> str:
    return saved(
        folder,
        "links.xml",
        page(1, 1, 2, "<link_id>333</link_id><link_name>A</link_name><voxnumber>442079460001</voxnumber>",
             "<link_id>444</link_id><link_name>B</link_name><voxnumber/>"),
    )  # fmt: skip


def test_what_get_links_returned_is_the_links_of_an_account(tmp_path: Path) -> None:
    stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})
    assert read_link_ids(links_listing(tmp_path)).to_list() == ["333", "444"]
    account = Account(stock, links_listing(tmp_path))
    assert account.links_table().rows() == [("333", "442079460001"), ("444", None)]


def test_links_and_stock_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    stock = pl.DataFrame({"full_voxnumber": ["442079460001"], "link_id": ["999"]})
    with pytest.raises(TableError, match="VoxNumber 442079460001 is attached to link 999 by the stock"):
        read_account(stock, links_listing(tmp_path))
