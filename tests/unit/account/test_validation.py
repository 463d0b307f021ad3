"""The order of the checks, and the links as the checks read them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import polars as pl
import pytest

from allocator.account.holdings import Holdings
from allocator.account.validation import Validation
from allocator.protocol import FIELDS, read_request
from allocator.tables import read_account, read_links
from tests.support.account_cases import (
    LINK_IDS,
    MANY_FAULTS,
    QUERY,
    STOCK,
    by_area,
    by_postcode,
    by_voxnumber,
    errors_body,
    link,
    new_account,
    request,
)

# Faults of a link by the order of the checks; a value of None is a node left out.
LINK_FAULTS: Mapping[str, Mapping[str, tuple[str, str | None]]] = {
    "BY AREA": {
        "Link ID 1 of 1 empty": ("link_id", None),
        "VoxNumber IDD 1 of 1 Empty": ("voxnumber_idd", ""),
        "Area Code 1 of 1 not an integer": ("area_code", "abc"),
        "Fallback City 1 of 1 Invalid": ("fallback_city", "abc"),
        "Fallback Region 1 of 1 Invalid": ("fallback_region", "abc"),
        "Fallback Country 1 of 1 Invalid": ("fallback_country", "abc"),
        "full_voxnumber of Link 1 of 1 does not belong to its method": ("full_voxnumber", "442079460000"),
        "voxnumber_country of Link 1 of 1 does not belong to its method": ("voxnumber_country", "UK"),
        "postcode of Link 1 of 1 does not belong to its method": ("postcode", "SW1A 0AA"),
        "fallback_area_distance of Link 1 of 1 does not belong to its method": ("fallback_area_distance", "0"),
    },
    "BY VOXNUMBER": {
        "Link ID 1 of 1 does not exist": ("link_id", "10"),
        "Voxnumber 1 of 1 Empty": ("full_voxnumber", None),
        "voxnumber_idd of Link 1 of 1 does not belong to its method": ("voxnumber_idd", "44"),
        "area_code of Link 1 of 1 does not belong to its method": ("area_code", "20"),
        "fallback_city of Link 1 of 1 does not belong to its method": ("fallback_city", "TRUE"),
    },
    "BY POSTCODE": {
        "Link ID 1 of 1 already has a Voxnumber": ("link_id", "9"),
        "The country FRANCE is not supported for Postcode search": ("voxnumber_country", "FRANCE"),
        "Postcode nonsense does not exist in country id 44": ("postcode", "nonsense"),
        "Fallback Area Distance 1 of 1 Invalid": ("fallback_area_distance", "inf"),
        "full_voxnumber of Link 1 of 1 does not belong to its method": ("full_voxnumber", "442079460000"),
    },
}


SOUND_FIELDS: Mapping[str, Mapping[str, str]] = {
    "BY AREA": {"voxnumber_idd": "44", "area_code": "20"},
    "BY VOXNUMBER": {"full_voxnumber": "442079460000"},
    "BY POSTCODE": {"voxnumber_country": "UNITED KINGDOM", "postcode": "SW1A 0AA"},
}


@pytest.mark.parametrize(
    ("method", "earlier", "later"),
    [(method, *pair) for method, faults in LINK_FAULTS.items() for pair in combinations(faults, 2)],
)
def test_of_two_faults_of_a_link_the_earlier_check_answers(method: str, earlier: str, later: str) -> None:
    faults = LINK_FAULTS[method]
    fields: dict[str, str | None] = {"link_id": "1", **SOUND_FIELDS[method], **dict([faults[earlier], faults[later]])}
    # The nodes stand in the other order: it is the checks that count.
    body = request(link(method=method, **dict(reversed(fields.items()))))
    account = new_account()
    assert account.handle("PUT", QUERY, body) == (400, errors_body(earlier))
    assert account.handle("PUT", QUERY, body, errors="all") == (400, errors_body(earlier, later))


@pytest.mark.parametrize("method", LINK_FAULTS)
def test_all_faults_of_one_link_are_told_in_the_order_of_the_checks(method: str) -> None:
    fields = {"link_id": "1", **SOUND_FIELDS[method], **dict(LINK_FAULTS[method].values())}
    body = request(link(method=method, **fields))
    assert new_account().handle("PUT", QUERY, body, errors="all") == (400, errors_body(*LINK_FAULTS[method]))


@pytest.mark.parametrize("name", MANY_FAULTS)
def test_many_faults_are_all_told_in_order_and_the_first_answers(name: str) -> None:
    body, texts = MANY_FAULTS[name]
    account = new_account()
    assert account.handle("PUT", QUERY, body, errors="all") == (400, errors_body(*texts))
    assert account.handle("PUT", QUERY, body) == (400, errors_body(texts[0]))


def validated(*links: str) -> Validation:
    stock = pl.DataFrame({"full_voxnumber": list(STOCK), "link_id": list(STOCK.values())})
    holdings = Holdings(*read_account(stock, pl.DataFrame({"link_id": LINK_IDS})))
    validation = Validation(read_request(request(*links)), holdings)
    assert list(validation.faults()) == []
    return validation


# Every way in which a link can be written that has no fault.
FAULTLESS = (
    by_area("1", area_code="020", fallback_city="true", fallback_region="FALSE", fallback_country=""),
    by_postcode("2", fallback_area_distance="-0.0"),
    by_voxnumber("3", "442079460001"),
    by_postcode("4", postcode="w113ep", fallback_area_distance=" 7.5 ", voxnumber_country="uk"),
    link("5", "by Area", voxnumber_idd="1", area_code="0212"),
    by_postcode("6", fallback_area_distance=None),
)


@pytest.mark.parametrize("links", [FAULTLESS, FAULTLESS[3:], *((one,) for one in FAULTLESS)])
def test_the_links_are_those_that_a_table_of_them_is_read_as(links: tuple[str, ...]) -> None:
    fields = read_request(request(*links)).links.select(FIELDS)
    read = read_links(fields)
    assert read.rejected.is_empty()
    assert validated(*links).links().table.drop("row", "postcode").equals(read.table.drop("row", "postcode"))


def test_without_an_account_what_needs_one_is_not_checked() -> None:
    body = request(by_voxnumber("nobody's", "441"), by_area("9"))
    assert list(Validation(read_request(body)).faults()) == []
    assert [
        fault.text
        for fault in Validation(
            read_request(body),
            Holdings(*read_account(pl.DataFrame({"full_voxnumber": list(STOCK), "link_id": list(STOCK.values())}))),
        ).faults()
    ] == ["VoxNumber 1 of 2 not available", "Link ID 2 of 2 already has a Voxnumber"]


def test_a_fault_has_the_line_of_its_field_or_of_its_link() -> None:
    body = (
        b"<request>\n<link>\n<link_id>1</link_id>\n<method>BY AREA</method>\n<area_code>x</area_code></link></request>"
    )
    faults = list(Validation(read_request(body, lines=True)).faults())
    assert [(fault.text, fault.line) for fault in faults] == [
        ("VoxNumber IDD 1 of 1 Empty", 2),
        ("Area Code 1 of 1 not an integer", 5),
    ]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"voxnumber_idd": "044"}, "VoxNumber IDD 1 of 1 Invalid"),
        ({"voxnumber_idd": "999"}, "VoxNumber IDD 1 of 1 Invalid"),
        ({"area_code": "0"}, "Area Code 1 of 1 not an integer"),
        ({"area_code": "12345678"}, "Area Code 1 of 1 not an integer"),
        ({"area_code": "\u0662\u0660"}, "Area Code 1 of 1 not an integer"),
        ({"fallback_city": "FAL\u017fE"}, "Fallback City 1 of 1 Invalid"),
    ],
)
def test_a_field_is_read_as_strictly_as_the_page_writes_it(fields: dict[str, str], fault: str) -> None:
    assert [one.text for one in Validation(read_request(request(by_area(**fields)))).faults()] == [fault]
