"""Requests to an account, worked out by hand: one for each row of the error table, and others, faulty and sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

import polars as pl

import allocator

QUERY = "v=3&method=attachVoxnumberToLink"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
# Raised by the stand-in around the account: no request to the account deserves them.
WIRE_ONLY = {"PATH_UNKNOWN", "BODY_TOO_LARGE", "BODY_TOO_SLOW", "INTERNAL_SERVER_ERROR"}


# Links 1 to 9; link 9 has the 0845 number; two numbers in London, one in New York, one nowhere.
LINK_IDS = tuple("123456789")
STOCK: Mapping[str, str | None] = {
    "442079460000": None,
    "442079460001": None,
    "448450000001": "9",
    "12125550100": None,
    "4423012565866": None,
}


def new_account() -> allocator.Account:
    stock = pl.DataFrame({"full_voxnumber": list(STOCK), "link_id": list(STOCK.values())})
    return allocator.Account(stock, links=pl.DataFrame({"link_id": LINK_IDS}))


def node(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{escape(text)}</{name}>"


def link(link_id: str | None = "1", method: str | None = "BY AREA", **fields: str | None) -> str:
    """A link as the page writes it; None leaves a node out."""
    named = {"link_id": link_id, "method": method, **fields}
    return f"<link>{''.join(node(name, text) for name, text in named.items())}</link>"


def by_area(link_id: str | None = "1", **fields: str | None) -> str:
    return link(link_id, "BY AREA", **{"voxnumber_idd": "44", "area_code": "20", **fields})


def by_voxnumber(link_id: str | None = "1", full_voxnumber: str | None = "442079460000", **fields: str | None) -> str:
    return link(link_id, "BY VOXNUMBER", full_voxnumber=full_voxnumber, **fields)


def by_postcode(link_id: str | None = "1", **fields: str | None) -> str:
    return link(link_id, "BY POSTCODE", **{"voxnumber_country": "UNITED KINGDOM", "postcode": "SW1A 0AA", **fields})


def request(*links: str) -> bytes:
    """One link to a line, the first on line 3."""
    lines = "".join(f"{link}\n" for link in links)
    return f"{DECLARATION}<request>\n{lines}</request>\n".encode()


def errors_body(*texts: str, status: int = 400) -> bytes:
    nodes = "".join(f'<error status="{status}">{text}</error>' for text in texts)
    return f"<errors>{nodes}</errors>".encode()


@dataclass(frozen=True)
class Case:
    """A request that deserves a row's error, and the error string that it gets."""

    text: str
    body: bytes = b"<request/>"
    method: str = "PUT"
    query: str = QUERY


SOUND = by_voxnumber("2", "442079460001")
CASES: Mapping[str, Case] = {
    "API_VERSION_EMPTY": Case("API Version Empty", request(SOUND), query="method=attachVoxnumberToLink"),
    "API_VERSION_INVALID": Case("API Version Invalid", request(SOUND), query=QUERY.replace("v=3", "v=2")),
    "REQUEST_METHOD": Case("Request Method must be PUT. POST attempted", request(SOUND), method="POST"),
    "XML_EMPTY": Case("XML Empty", b""),
    "XML_PARSE_ERROR": Case(
        "XML parse error. a DOCTYPE is not accepted at line {line}, column {column}", b"<!DOCTYPE request>\n<request/>"
    ),
    "METHOD_EMPTY_EARLY": Case("Method 1 of 1 Empty", request(link("1", None))),
    "METHOD_INVALID_EARLY": Case("Method 1 of 1 Invalid", request(link("1", "BY PIGEON"))),
    "REQUEST_EMPTY": Case("Request Empty", request()),
    "LINK_ID_EMPTY": Case("Link ID 2 of 2 empty", request(SOUND, by_area(""))),
    "LINK_ID_UNKNOWN": Case("Link ID 2 of 2 does not exist", request(SOUND, by_area("10"))),
    "LINK_ID_DUPLICATED": Case("Duplicate Link ID Received", request(SOUND, by_area("1"), by_area("2"))),
    "LINK_ID_HAS_VOXNUMBER": Case("Link ID 1 of 2 already has a Voxnumber", request(by_area("9"), SOUND)),
    "METHOD_EMPTY": Case("Method 2 of 2 Empty", request(SOUND, link("1", ""))),
    "METHOD_INVALID": Case("Method 2 of 3 Invalid", request(SOUND, link("1", "BY  AREA"), by_area("3"))),
    "IDD_EMPTY": Case("VoxNumber IDD 1 of 1 Empty", request(by_area(voxnumber_idd=None))),
    "IDD_INVALID": Case("VoxNumber IDD 2 of 2 Invalid", request(SOUND, by_area(voxnumber_idd="+44"))),
    "VOXNUMBER_EMPTY": Case("Voxnumber 1 of 1 Empty", request(by_voxnumber("1", None))),
    "VOXNUMBER_NOT_INTEGER": Case("Voxnumber 1 of 1 is not an Integer", request(by_voxnumber("1", "4.42E+11"))),
    "VOXNUMBER_NOT_AVAILABLE": Case(
        "VoxNumber 1 of 2 not available", request(by_voxnumber("1", "448450000001"), SOUND)
    ),
    "VOXNUMBER_DUPLICATED": Case(
        "Duplicate Voxnumber Received", request(by_voxnumber("1", "4423012565866"), by_voxnumber("2", "4423012565866"))
    ),
    "AREA_CODE_EMPTY": Case("Area Code 1 of 1 Empty", request(by_area(area_code=" "))),
    "AREA_CODE_NOT_INTEGER": Case("Area Code 2 of 2 not an integer", request(SOUND, by_area(area_code="(0)20"))),
    "FALLBACK_CITY_INVALID": Case("Fallback City 1 of 1 Invalid", request(by_area(fallback_city="perhaps"))),
    "FALLBACK_REGION_INVALID": Case("Fallback Region 1 of 1 Invalid", request(by_area(fallback_region="1"))),
    "FALLBACK_COUNTRY_INVALID": Case("Fallback Country 2 of 2 Invalid", request(SOUND, by_area(fallback_country="Y"))),
    "INSUFFICIENT_VOXNUMBERS": Case(
        "Insufficient VoxNumbers available in Area Code 20 and Voxnumber IDD 44",
        request(*(by_area(link_id, area_code="020") for link_id in "123")),
    ),
    "NO_VOXNUMBER_FOR_POSTCODE": Case(
        "There is no VoxNumber available in your account for this Postcode or the fallback area",
        request(*(by_postcode(link_id) for link_id in "123")),
    ),
    "COUNTRY_NOT_SUPPORTED": Case(
        "The country R&amp;D &lt;Land&gt; is not supported for Postcode search",
        request(by_postcode(voxnumber_country="R&D <Land>")),
    ),
    "POSTCODE_UNKNOWN": Case(
        "Postcode SW1A 9ZZ does not exist in country id 44", request(by_postcode(postcode="SW1A 9ZZ"))
    ),
    "METHOD_PARAMETER": Case("API Method getLinks not supported", request(SOUND), query="v=3&method=getLinks"),
    "NODE_UNKNOWN": Case("XML node colour at line 4 is not known", request(SOUND, by_area(colour="red"))),
    "NODE_DOUBLED": Case(
        "XML node area_code at line 3 is there twice",
        request(by_area().replace("</link>", "<area_code>20</area_code></link>")),
    ),
    "NODE_NESTED": Case("XML node b at line 3 is inside a field", request(by_area().replace(">20<", ">20<b/><"))),
    "NODE_TEXT": Case("XML text and &amp; so at line 4 is outside of any field", request(SOUND, "and &amp; so")),
    "NODE_ATTRIBUTE": Case(
        "XML attribute id at line 3 is not known", request(SOUND.replace("<link>", '<link id="7">'))
    ),
    "FIELD_NOT_OF_METHOD": Case(
        "postcode of Link 2 of 2 does not belong to its method", request(SOUND, by_area(postcode="SW1A 0AA"))
    ),
    "COUNTRY_EMPTY": Case("VoxNumber Country 1 of 1 Empty", request(by_postcode(voxnumber_country=None))),
    "POSTCODE_EMPTY": Case("Postcode 1 of 1 Empty", request(by_postcode(postcode=None))),
    "DISTANCE_INVALID": Case(
        "Fallback Area Distance 1 of 1 Invalid", request(by_postcode(fallback_area_distance="-1"))
    ),
}


def expected_body(name: str, case: Case) -> bytes:
    """The body of the error; an XML parse error has the line and column that the parser finds."""
    if name != "XML_PARSE_ERROR":
        return errors_body(case.text)
    fault = new_account().answer(case.method, case.query, case.body).faults[0]
    _, line, column = fault.values
    assert line == 1
    return errors_body(case.text.format(line=line, column=column))


MANY_FAULTS: Mapping[str, tuple[bytes, tuple[str, ...]]] = {
    "link by link, not field by field": (
        request(by_area("1", fallback_country="maybe"), by_area("")),
        ("Fallback Country 1 of 2 Invalid", "Link ID 2 of 2 empty"),
    ),
    "the method's own fields are not looked at without a method": (
        request(link("10", "BY PIGEON", voxnumber_idd="abc", postcode="abc"), link("", "", area_code="abc")),
        ("Link ID 1 of 2 does not exist", "Method 1 of 2 Invalid", "Link ID 2 of 2 empty", "Method 2 of 2 Empty"),
    ),
    "an empty link": (
        request("<link/>", SOUND),
        ("Link ID 1 of 2 empty", "Method 1 of 2 Empty"),
    ),
    "nodes before links, links before duplicates, duplicates before the allocation": (
        request(
            *(by_area("1"), by_area("2"), by_area("3"), by_area("1"), by_area("2", colour="red", area_code="")),
            *(by_voxnumber("4"), by_voxnumber("5"), by_voxnumber("1")),
        ),
        (
            "XML node colour at line 7 is not known",
            "Area Code 5 of 8 Empty",
            *("Duplicate Link ID Received", "Duplicate Link ID Received"),
            "Duplicate Voxnumber Received",
        ),
    ),
    "nodes in document order, whichever their kind": (
        request(
            SOUND.replace("<link>", '<link id="7">'),
            "<links/>",
            by_area(colour="red").replace("<method>", "stray<method>"),
            by_voxnumber("3").replace("</link>", "<method>BY VOXNUMBER</method></link>"),
        ),
        (
            "XML attribute id at line 3 is not known",
            "XML node links at line 4 is not known",
            "XML text stray at line 5 is outside of any field",
            "XML node colour at line 5 is not known",
            "XML node method at line 6 is there twice",
        ),
    ),
    "repeated ids before repeated numbers, wherever they stand": (
        request(
            by_voxnumber("1"), by_voxnumber("2"), by_voxnumber("1", "442079460001"), by_voxnumber("2", "12125550100")
        ),
        ("Duplicate Link ID Received", "Duplicate Link ID Received", "Duplicate Voxnumber Received"),
    ),
    "a number that is not there, twice": (
        request(by_voxnumber("1", "441"), by_voxnumber("2", "441")),
        ("VoxNumber 1 of 2 not available", "VoxNumber 2 of 2 not available", "Duplicate Voxnumber Received"),
    ),
    "a link that is not there, three times": (
        request(by_area("x"), by_area("x"), by_area("x", area_code="161")),
        (
            *(f"Link ID {x} of 3 does not exist" for x in (1, 2, 3)),
            "Duplicate Link ID Received",
        ),
    ),
    "shortages by their first link without a number": (
        request(
            *(by_area("1", area_code="161"), by_postcode("2", postcode="M1 1AE"), by_area("3"), by_area("4")),
            *(by_area("5", area_code="0161"), by_postcode("6", postcode="SW1A 0AA"), by_area("7", voxnumber_idd="1")),
        ),
        (
            "Insufficient VoxNumbers available in Area Code 161 and Voxnumber IDD 44",
            "There is no VoxNumber available in your account for this Postcode or the fallback area",
            "There is no VoxNumber available in your account for this Postcode or the fallback area",
            "Insufficient VoxNumbers available in Area Code 20 and Voxnumber IDD 1",
        ),
    ),
}


ACCEPTED = {
    "example 1 of the page": by_area("1"),
    "a leading zero of the area code": by_area("1", area_code="020"),
    "a method in small letters": link("1", "by area", voxnumber_idd="44", area_code="20"),
    "white space around values": link("\n 1\t", " BY AREA ", voxnumber_idd=" 44 ", area_code="\r\n20"),
    "booleans in any case": by_area("1", fallback_city="true", fallback_region="False", fallback_country="TRUE"),
    "an empty boolean is the default": by_area("1", fallback_city="", fallback_region=" "),
    "empty nodes of other methods": by_area("1", postcode="", full_voxnumber=" ", voxnumber_country="\n"),
    "example 2 of the page, a number of odd length": by_voxnumber("1", "4423012565866"),
    "a number with white space around": by_voxnumber("1", "\n442079460000\n"),
    "a number of another country": by_voxnumber("1", "12125550100"),
    "example 3 of the page": by_postcode("1", fallback_area_distance="20"),
    "a country in other words": by_postcode("1", voxnumber_country="Great Britain"),
    "a postcode in small letters and without space": by_postcode("1", postcode="sw1a0aa"),
    "an empty distance is the default": by_postcode("1", fallback_area_distance=""),
    "a distance that is no whole number": by_postcode("1", fallback_area_distance="20.5"),
    "a city fallback": by_area("1", voxnumber_idd="1", area_code="646", fallback_city="TRUE"),
}


EXAMPLES_OF_THE_PAGE = (
    b"""<?xml version="1.0" encoding="utf-8"?>
<request>
     <link>
         <link_id>333</link_id>
         <method>BY AREA</method>
         <voxnumber_idd>44</voxnumber_idd>
         <area_code>20</area_code>
     </link>
 </request>""",
    b"""<?xml version="1.0" encoding="utf-8"?>
<request>
     <link>
         <link_id>444</link_id>
         <method>BY VOXNUMBER</method>
         <full_voxnumber>4423012565866</full_voxnumber>
     </link>
 </request>""",
    b"""<?xml version="1.0" encoding="utf-8"?>
<request>
     <link>
        <link_id>555</link_id>
        <method>BY POSTCODE</method>
        <voxnumber_country>UNITED KINGDOM</voxnumber_country>
        <postcode>SW1A 0AA</postcode>
        <fallback_area_distance>20</fallback_area_distance>
     </link>
</request>""",
    b"""<?xml version="1.0" encoding="utf-8"?>
<request>
     <link>
         <link_id>334</link_id>
         <method>BY AREA</method>
         <voxnumber_idd>44</voxnumber_idd>
         <area_code>20</area_code>
     </link>
     <link>
         <link_id>445</link_id>
         <method>BY AREA</method>
         <voxnumber_idd>44</voxnumber_idd>
         <area_code>845</area_code>
     </link>
 </request>""",
)
