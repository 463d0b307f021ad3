"""Hypothesis strategies: accounts, and sound and faulty requests to them as people's programs write them.

As in `strategies`, everything lies in one neighbourhood, so that links compete for few numbers. A request is first
drawn as a tree and then written in one of the ways that XML allows: order, white space, comments, CDATA, references,
encodings.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape

import polars as pl
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from allocator import Account
from tests.support import answering
from tests.support.answering import FIELDS_OF_METHODS
from tests.support.planner import BY_AREA, BY_POSTCODE, BY_VOXNUMBER
from tests.support.strategies import (
    AMERICAN_AREA_CODES,
    ANCHORS,
    NON_GEOGRAPHIC_AREA_CODES,
    STOCK_COLUMNS,
    Neighbourhood,
    Texts,
    american_numbers,
    british_numbers,
    neighbourhood,
    one_in,
    outcodes_unknown,
    outcodes_without_position,
    placeless_numbers,
    radii,
    runs_of_numbers,
    spellings,
    table,
    unit_postcodes,
)

QUERY = "v=3&method=attachVoxnumberToLink"
LINK_IDS = tuple(f"L{position}" for position in range(30))
AWKWARD_LINK_IDS = ("Tom & Jerry's <shop>", "Zürich – 東京", "two  words", "0", "007", "l1", "]]>")
COUNTRIES = ("UNITED KINGDOM", "United Kingdom", "UK", "uk", "GB", "gb", "Great Britain")

Fields = dict[str, str]


@dataclass(frozen=True)
class Call:
    """A request as it arrives."""

    method: str
    query: str
    body: bytes


@dataclass(frozen=True)
class Scene:
    """An account and requests to it, one after the other."""

    stock: tuple[Texts, ...]
    link_ids: tuple[str, ...] | None
    calls: tuple[Call, ...] = field(default=())

    def account(self) -> Account:
        rows = table(self.stock, STOCK_COLUMNS, ("full_voxnumber",))
        links = None if self.link_ids is None else pl.DataFrame({"link_id": self.link_ids}, {"link_id": pl.String})
        return Account(rows, links)

    def plain_account(self) -> answering.Account:
        numbers = {int(row["full_voxnumber"] or ""): row["link_id"] for row in self.stock}
        rows = {int(row["full_voxnumber"] or ""): row for row in self.stock}
        attached = {link_id: number for number, link_id in numbers.items() if link_id}
        links = None if self.link_ids is None else {link_id: attached.get(link_id) for link_id in self.link_ids}
        return answering.Account(links, numbers, rows)


# --- accounts --------------------------------------------------------------------------------------------------------


@st.composite
def accounts(draw: DrawFn, place: Neighbourhood) -> Scene:
    """Draw up to four numbers of each area code nearby, some taken, and the links; None where any link_id exists."""
    numbers = draw(runs_of_numbers(place))
    numbers += draw(st.lists(st.one_of(british_numbers(place), placeless_numbers()), max_size=3))
    numbers += draw(st.lists(american_numbers(), max_size=6))
    numbers = draw(st.permutations(list(dict.fromkeys(numbers))))
    with_places, with_area_codes = draw(st.booleans()), draw(st.integers(0, 3)) == 0
    stock: list[Texts] = []
    for position, digits in enumerate(numbers):
        row: Texts = {"full_voxnumber": digits, "link_id": draw(st.sampled_from([None] * 7 + [f"A{position}"]))}
        if with_area_codes:
            row["area_code"] = draw(st.sampled_from([None, None, *map(str, place.area_codes), "845"]))
        if with_places:
            row["city"] = draw(st.sampled_from([None, None, "London", "Leeds", "New York"]))
            row["region"] = draw(st.sampled_from([None, None, "NY", "ON"]))
            row["country"] = draw(st.sampled_from([None, None, "GB", "US", "CA"]))
        stock.append(row)
    if draw(st.integers(0, 3)) == 0:
        return Scene(tuple(stock), None)
    attached = [row["link_id"] for row in stock if row["link_id"]]
    link_ids = [*LINK_IDS, *AWKWARD_LINK_IDS, *attached]
    return Scene(tuple(stock), tuple(draw(st.permutations(list(dict.fromkeys(link_ids))))))


def numbers_of(scene: Scene, *, available: bool) -> list[str]:
    return [row["full_voxnumber"] or "" for row in scene.stock if (row["link_id"] is None) == available]


def attached_links_of(scene: Scene) -> list[str]:
    return [row["link_id"] for row in scene.stock if row["link_id"]]


# --- links -----------------------------------------------------------------------------------------------------------


@st.composite
def postcode_links(draw: DrawFn, place: Neighbourhood) -> Fields:
    """Draw a postcode: mostly in the first outcode (W11 as in the page's example), rarely in an unknown one."""
    outcode = draw(st.sampled_from((place.outcodes[0], place.outcodes[0], *place.outcodes)))
    if outcodes_without_position() and draw(st.integers(0, 40)) == 0:
        outcode = draw(st.sampled_from(outcodes_without_position()))
    incode = draw(st.sampled_from(unit_postcodes(outcode)[0]))
    fields = {
        "method": BY_POSTCODE,
        "voxnumber_country": draw(st.sampled_from(COUNTRIES)),
        "postcode": draw(spellings(f"{outcode} {incode}")),
    }
    distance = draw(
        st.one_of(st.just(""), st.sampled_from(["0", "20", "5.5", "1e2", "+20", ".5", "60.", "90", "1500"]))
    )
    nudged = draw(radii(place).map(repr))
    return {**fields, "fallback_area_distance": draw(st.sampled_from([distance, distance, nudged]))}


@st.composite
def area_links(draw: DrawFn, place: Neighbourhood) -> Fields:
    american = draw(st.integers(0, 2)) == 0
    codes = AMERICAN_AREA_CODES if american else (place.area_codes[0], *place.area_codes, *NON_GEOGRAPHIC_AREA_CODES)
    area_code = str(draw(st.sampled_from(codes)))
    truths = st.sampled_from(["TRUE", "true", "False", "FALSE", "", "", ""])
    fields = {
        "method": BY_AREA,
        "voxnumber_idd": "1" if american else "44",
        "area_code": draw(st.sampled_from([area_code, area_code, f"0{area_code}"])),
    }
    return {**fields, **{name: draw(truths) for name in answering.FALLBACKS}}


@st.composite
def voxnumber_links(draw: DrawFn, scene: Scene, place: Neighbourhood) -> Fields:
    free = numbers_of(scene, available=True)
    number = draw(st.sampled_from(free)) if free else draw(british_numbers(place))
    return {"method": BY_VOXNUMBER, "full_voxnumber": number}


NOT_DIGITS = ("abc", "4 4", "+44", "４４", "4.4", "-4", "1e3", "0x10", "²", "4_4", "4.42E+11")
WRONG: dict[str, tuple[str, ...]] = {
    "link_id": ("", "nobody's", "L1x", "A&B", "L 1"),
    "method": (
        "",
        "BY PIGEON",
        "BYAREA",
        "BY  AREA",
        "BY_AREA",
        "AREA",
        "BY AREA, BY VOXNUMBER",
        "by áreá",
        "by poſtcode",
    ),
    "voxnumber_idd": ("", *NOT_DIGITS, "0", "044", "0044", "999", "210"),
    "area_code": ("", *NOT_DIGITS, "0", "00", "0020", "123456789"),
    **dict.fromkeys(answering.FALLBACKS, ("perhaps", "1", "0", "YES", "T", "TRUE FALSE", "ＴＲＵＥ", "falſe")),
    "full_voxnumber": ("", *NOT_DIGITS, "0442079460000", "44", "0", "9" * 40, "442079469999"),
    "voxnumber_country": (
        "",
        "FRANCE",
        "U.K.",
        "U\u212a",
        "ENGLAND",
        "44",
        "UNITED  KINGDOM",
        "United Kıngdom",
        "R&D <land>",
    ),
    "postcode": ("", "SW1A", "SW1A OAA", "nonsense", "W11", "SW1A 0AA 1", "<none>", "SW1A-0AA", "75001"),
    "fallback_area_distance": ("-1", "NaN", "inf", "-inf", "Infinity", "1e999", "20 km", "0x10", "1_0", "２０", "1,5"),
}
FULL: Fields = {
    "voxnumber_idd": "44",
    "area_code": "20",
    **dict.fromkeys(answering.FALLBACKS, "FALSE"),
    "full_voxnumber": "442079460000",
    "voxnumber_country": "UK",
    "postcode": "SW1A 0AA",
    "fallback_area_distance": "20",
}


@st.composite
def spoilt(draw: DrawFn, link: Fields, scene: Scene) -> Fields:
    """Draw a link with fields that are wrong, missing, or of another method."""
    link = dict(link)
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(one_in(("wrong", 6), ("missing", 2), ("foreign", 2), ("taken", 2), ("postcode", 1)))
        if kind == "wrong":
            name = draw(st.sampled_from(sorted(link)))
            link[name] = draw(st.sampled_from(WRONG[name]))
        elif kind == "missing":
            link.pop(draw(st.sampled_from(sorted(link))), None)
        elif kind == "foreign":
            name = draw(st.sampled_from(FIELDS_OF_METHODS))
            link[name] = draw(st.sampled_from(["", FULL[name]]))
        elif kind == "taken" and attached_links_of(scene):
            link["link_id"] = draw(st.sampled_from(attached_links_of(scene)))
            if "full_voxnumber" in link:
                link["full_voxnumber"] = draw(st.sampled_from(numbers_of(scene, available=False)))
        elif kind == "postcode" and "postcode" in link:
            link["postcode"] = f"{draw(st.sampled_from(outcodes_unknown()))} 1AA"
        if not link:
            link["method"] = ""
    return link


@st.composite
def links(draw: DrawFn, scene: Scene, place: Neighbourhood) -> list[Fields]:
    """Draw the links of a request, mostly sound; those BY VOXNUMBER mostly have different numbers."""
    known = st.sampled_from([*LINK_IDS, *AWKWARD_LINK_IDS])
    count = draw(st.sampled_from([1, 1, 2, 2, 3, 3, 4, 6, 9]))
    link_ids = draw(st.lists(known, min_size=count, max_size=count, unique=True))
    kinds = {"postcode": postcode_links(place), "area": area_links(place), "number": voxnumber_links(scene, place)}
    words = draw(
        st.sampled_from([("postcode",), ("area",), ("number",), ("postcode", "area"), tuple(kinds), tuple(kinds)])
    )
    found: list[Fields] = []
    named: set[str] = set()
    for link_id in link_ids:
        fields = draw(kinds[draw(st.sampled_from(words))])
        number = fields.get("full_voxnumber")
        if number in named and draw(st.integers(0, 9)):
            continue
        named.update([number] if number else [])
        fields["method"] = draw(st.sampled_from([fields["method"], fields["method"].lower(), fields["method"].title()]))
        found.append({"link_id": link_id, **fields})
    return found


# --- requests as text ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A document in pieces: the nodes of each link, and what is between and around the links."""

    links: tuple[tuple[str, ...], ...]
    gaps: str = "\n"
    stray: tuple[str, ...] = ()
    root: str = "request"


@st.composite
def texts(draw: DrawFn, value: str) -> str:
    """Write a text in one of the ways that XML allows."""
    kind = draw(one_in(("plain", 6), ("padded", 2), ("cdata", 1), ("comment", 1), ("reference", 1), ("instruction", 1)))
    middle = len(value) // 2
    if kind == "padded":
        before, behind = draw(st.sampled_from([(" ", ""), ("\n\t ", "\n"), ("", "\r\n"), (" ", "  ")]))
        return f"{before}{escape(value)}{behind}"
    if kind == "cdata" and "]]>" not in value:
        return f"{escape(value[:middle])}<![CDATA[{value[middle:]}]]>"
    if kind == "comment":
        return f"{escape(value[:middle])}<!-- & < -->{escape(value[middle:])}"
    if kind == "reference":
        return "".join(f"&#x{ord(character):x};" for character in value)
    if kind == "instruction":
        return f"{escape(value[:middle])}<?to whom?>{escape(value[middle:])}"
    return escape(value)


@st.composite
def nodes(draw: DrawFn, name: str, value: str) -> str:
    if not value and draw(st.booleans()):
        return draw(st.sampled_from([f"<{name}/>", f"<{name} />"]))
    return f"<{name}>{draw(texts(value))}</{name}>"


@st.composite
def documents(draw: DrawFn, content: Sequence[Fields], *, freely: bool = True) -> Written:
    """Write the links, freely or as the page writes them."""
    if not freely:
        return Written(
            tuple(tuple(f"<{name}>{escape(text)}</{name}>" for name, text in link.items()) for link in content)
        )
    written = []
    for link in content:
        names = draw(st.permutations(sorted(link))) if draw(st.booleans()) else list(link)
        pieces = [draw(nodes(name, link[name])) for name in names]
        if draw(st.integers(0, 5)) == 0:
            pieces.insert(draw(st.integers(0, len(pieces))), draw(st.sampled_from(["<!-- -->", "<?pi?>", "\n\n"])))
        written.append(tuple(pieces))
    return Written(tuple(written), draw(st.sampled_from(["", "\n", "\n    ", "\r\n", "\t", "<!-- gap -->\n"])))


STRAY_IN_LINK = (
    *(
        "<colour>red</colour>",
        "<linkid>5</linkid>",
        "<LINK_ID>5</LINK_ID>",
        "<request/>",
        "stray",
        "<![CDATA[stray &]]>",
    ),
    *('<postcode xml:lang="en"/>', '<method a="1" b="2"/>', "<link_id><b/></link_id>", "<link/>"),
)
STRAY_IN_REQUEST = (
    "<links/>",
    "<link_id>5</link_id>",
    "<Link/>",
    "stray",
    "<request/>",
    "<page>1</page>",
    " a &lt; b ",
)
# A parser joins two texts that touch.
ELEMENT = tuple(f"<{letter}" for letter in (*string.ascii_letters, "?", "!--"))


@st.composite
def broken_structure(draw: DrawFn, document: Written) -> Written:
    """Draw nodes, attributes and texts in places where none belong."""
    links, stray = [list(pieces) for pieces in document.links], list(document.stray)
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(one_in(("in link", 4), ("doubled", 2), ("in request", 3), ("root", 1)))
        link = draw(st.sampled_from(links)) if links else []
        if kind == "in link" and links:
            piece = draw(st.sampled_from(STRAY_IN_LINK))
            if piece.startswith(ELEMENT) or all(other.startswith(ELEMENT) for other in link):
                link.insert(draw(st.integers(0, len(link))), piece)
        elif kind == "doubled" and link:
            link.append(draw(st.sampled_from(link)))
        elif kind == "in request":
            piece = draw(st.sampled_from(STRAY_IN_REQUEST))
            if piece.startswith(ELEMENT) or all(other.startswith(ELEMENT) for other in stray):
                stray.append(piece)
        elif kind == "root" and draw(st.integers(0, 2)) == 0:
            return replace(document, root=draw(st.sampled_from(["requests", "Request", "response"])))
    return replace(document, links=tuple(map(tuple, links)), stray=tuple(stray))


def markup(document: Written) -> str:
    """Write the document as text without a declaration, with one stray after each of the first links."""
    gap = document.gaps
    pieces = []
    for position, link in enumerate(document.links):
        pieces.append(gap.join(("<link>", *link, "</link>")))
        pieces += document.stray[position : position + 1]
    pieces += document.stray[len(document.links) :]
    return gap.join((f"<{document.root}>", *pieces, f"</{document.root}>"))


ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "us-ascii", "iso-8859-1")


@st.composite
def encoded(draw: DrawFn, text: str) -> bytes:
    """Encode the text in an encoding that can hold it, with a declaration where one is needed."""
    encoding = draw(st.sampled_from(ENCODINGS))
    declared = encoding.removesuffix("-sig")
    declarations = [
        f'<?xml version="1.0" encoding="{declared}"?>\n',
        f"<?xml version='1.0' encoding='{declared.upper()}'?>",
    ]
    if encoding.startswith("utf"):
        declarations += ["", '<?xml version="1.0"?>\n']
    try:
        return (draw(st.sampled_from(declarations)) + text).encode(encoding)
    except UnicodeEncodeError:
        return text.encode()


def plainly(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


# --- calls -----------------------------------------------------------------------------------------------------------

QUERIES = (
    *(
        "",
        "v=",
        "v",
        "method=attachVoxnumberToLink",
        "v=&method=attachVoxnumberToLink",
        "v=2&method=attachVoxnumberToLink",
    ),
    *(
        "v=three&method=attachVoxnumberToLink",
        "v=3.0&method=attachVoxnumberToLink",
        "v=3",
        "v=3&method=",
        "v=3&method=getLinks",
    ),
    *("V=3&method=attachVoxnumberToLink", "v=3&method=%3Cattach%26%3E", "v=4&method=getLinks"),
)
SOUND_QUERIES = (
    QUERY,
    QUERY,
    "method=attachVoxnumberToLink&v=3",
    f"{QUERY}&x=1",
    "v=%33&method=attach%56oxnumberToLink",
    "v=+3%20&method=attachVoxnumberToLink",
)
HTTP_METHODS = ("GET", "POST", "DELETE", "PATCH", "HEAD", "put", "<PUT>")
EMPTY_BODIES = (b"", b" ", b"\n\r\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", b"\xff\xfe", "\ufeff \n".encode("utf-16-be"))
BROKEN_BODIES = (
    *(
        b"<request>",
        b"</request>",
        b"request",
        b"{}",
        b"<request><link></request></link>",
        b"<request>&nbsp;</request>",
    ),
    *(b"<request/><request/>", b"<request>\xff</request>", b"<!DOCTYPE request>\n<request/>", b"<request a=1/>"),
    *(b"<request \x80='a'/>", b"<request><link \xfa='a'/></request>", b"<request><a:link/></request>junk", b"<a:b/>c"),
    *(b"\xff", b"\x00\x00", b"\xef\xbb", b"\x0c", b"\xc2\xa0"),
    *(b"<request>\n<link>\n</request>", b"\n<?xml version='1.0'?><request/>", b"<request>&#0;</request>"),
)
# Well-formed documents without a link that could be served.
ODD_BODIES = (
    *(b"<request/>", b"<request> <!-- --> </request>", b"<?xml version='1.1'?><request/>", b"<a:request/>", b"<link/>"),
    *(b"<request xmlns='a'/>", b"<request xmlns:a='b'><a:link/></request>", b"<a:link xmlns:a='b'/>"),
    *(b"<request xml:space='preserve'/>", b"<requests><link><link_id>1</link_id></link></requests>"),
    *(b"<request><page><link/></page></request>", b"<request><link><colour>red<b>x</b></colour></link></request>"),
    *(
        b"<request>a<!-- -->b</request>",
        b"<request>a<?b?>c<link/>d</request>",
        b"<request><link\n a='1'\n b='2'/></request>",
    ),
    *(b"<request><link>\n\n  two\n lines</link></request>", b"<request>" + b"long " * 20 + b"</request>"),
)


@st.composite
def calls(draw: DrawFn, scene: Scene, place: Neighbourhood, *, sound: bool = False) -> Call:
    """Draw a request: sound (though the numbers may be too few), with faulty links, misshapen, or no request at all.

    With `sound`, it is sound and written as the page writes requests.
    """
    content = draw(links(scene, place))
    if sound:
        return Call("PUT", QUERY, plainly(markup(draw(documents(content, freely=False)))))
    kind = draw(one_in(("sound", 5), ("faults", 6), ("structure", 2), ("other", 1)))
    if kind in {"faults", "other"} or (kind == "structure" and draw(st.booleans())):
        for _ in range(draw(st.integers(1, 3))):
            position = draw(st.integers(0, len(content) - 1))
            content[position] = draw(spoilt(content[position], scene))
        if draw(st.integers(0, 3)) == 0:
            twice = [dict(draw(st.sampled_from(content))) for _ in range(draw(st.integers(1, 3)))]
            content = draw(st.permutations([*content, *twice]))
    document = draw(documents(content))
    if kind == "structure":
        document = draw(broken_structure(document))
    body = draw(encoded(markup(document)))
    if kind != "other":
        return Call("PUT", draw(st.sampled_from(SOUND_QUERIES)), body)
    body = draw(st.sampled_from([body, body, *EMPTY_BODIES, *BROKEN_BODIES, *ODD_BODIES]))
    method = draw(st.sampled_from(["PUT", "PUT", *HTTP_METHODS]))
    return Call(method, draw(st.sampled_from([QUERY] * 4 + [*QUERIES])), body)


@st.composite
def scenes(draw: DrawFn, *, most_calls: int = 2, sound: bool = False) -> Scene:
    place = neighbourhood(draw(st.sampled_from(ANCHORS)))
    scene = draw(accounts(place))
    asked = [draw(calls(scene, place, sound=sound)) for _ in range(draw(st.integers(1, most_calls)))]
    if draw(st.integers(0, 3)) == 0:
        asked.append(draw(st.sampled_from(asked)))
    return replace(scene, calls=tuple(asked))
