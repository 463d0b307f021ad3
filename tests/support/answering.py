"""A second, plain answering of requests as the API does, which `allocator.account` is compared with.

It is written from the API's page and the rules alone, with expat and a tree, dicts, lists, and one function for each
paragraph of the rules. The allocation is `planner`'s. For XML that is not well-formed it gives only that fact and the
line, as every parser has its own words for what is wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from xml.parsers import expat

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from tests.support import planner
from tests.support.planner import BY_AREA, BY_POSTCODE, BY_VOXNUMBER, World, bundled_world

XML_SPACE = " \t\r\n"
FALLBACKS = ("fallback_city", "fallback_region", "fallback_country")
FIELDS_OF = {
    BY_AREA: ("voxnumber_idd", "area_code", *FALLBACKS),
    BY_VOXNUMBER: ("full_voxnumber",),
    BY_POSTCODE: ("voxnumber_country", "postcode", "fallback_area_distance"),
}
FIELDS_OF_METHODS = (*FIELDS_OF[BY_AREA], *FIELDS_OF[BY_VOXNUMBER], *FIELDS_OF[BY_POSTCODE])
FIELDS = ("link_id", "method", *FIELDS_OF_METHODS)
COUNTRIES_WITH_POSTCODES = {"united kingdom", "uk", "gb", "great britain"}
DISTANCE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
ELSEWHERE = "a link of another request"


@dataclass(frozen=True)
class Error:
    """One error of the answer; `place` is the position of its link, from 0, or None where it belongs to no link.

    A duplicate belongs to its second link, a shortage to the first link without a number.
    """

    name: str
    text: str
    place: int | None = None
    line: int | None = None


@dataclass
class Account:
    """Links and numbers, and which is attached to which; `rows` are the stock's rows of the numbers."""

    links: dict[str, int | None] | None
    numbers: dict[int, str | None]
    rows: Mapping[int, planner.Row] = field(default_factory=dict)

    def has_link(self, link_id: str) -> bool:
        return self.links is None or link_id in self.links or link_id in self.numbers.values()

    def has_voxnumber(self, link_id: str) -> bool:
        attached = self.links is not None and self.links.get(link_id) is not None
        return attached or link_id in self.numbers.values()

    def has_available(self, digits: str) -> bool:
        return any(str(number) == digits and link_id is None for number, link_id in self.numbers.items())

    def attach(self, attachments: Mapping[str, int]) -> None:
        for link_id, number in attachments.items():
            self.numbers[number] = link_id
            if self.links is not None:
                self.links[link_id] = number

    def stock(self) -> list[planner.Row]:
        """Return the account as the planner reads it, which need not know who has a taken number."""
        return [
            {**self.rows.get(number, {}), "full_voxnumber": str(number), "link_id": ELSEWHERE if link_id else None}
            for number, link_id in self.numbers.items()
        ]

    def links_table(self) -> list[tuple[str, str | None]]:
        attached: dict[str, str | None] = {}
        for number, link_id in sorted(self.numbers.items()):
            if link_id is not None:
                attached.setdefault(link_id, str(number))
        return sorted({**dict.fromkeys(self.links or ()), **attached}.items())

    def voxnumbers_table(self, world: World | None = None) -> list[tuple[str, str | None, str | None]]:
        """Return the table ordered by number, not by its text, as numbers differ in length."""
        known = planner.read_stock(self.stock(), world or bundled_world()).numbers
        area_codes = {number: known[number].area_code for number in self.numbers}
        return [
            (str(number), None if area_codes[number] is None else str(area_codes[number]), link_id)
            for number, link_id in sorted(self.numbers.items())
        ]


@dataclass(frozen=True)
class Verdict:
    """Every error in the order of checks; without any, the attachments in document order."""

    errors: tuple[Error, ...] = ()
    attachments: Mapping[str, int] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return 400 if self.errors else 204


class NotWellFormed(Exception):
    """The body is not XML that the API accepts."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass
class Text:
    """Character data between two tags; `line` is that of the first character that is not white space."""

    text: str = ""
    line: int | None = None


@dataclass
class Element:
    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | Text] = field(default_factory=list)

    def elements(self) -> list[Element]:
        return [child for child in self.children if isinstance(child, Element)]

    def texts(self) -> list[Text]:
        return [child for child in self.children if isinstance(child, Text)]


# --- the body --------------------------------------------------------------------------------------------------------


def is_empty(body: bytes) -> bool:
    """Say whether the body is only white space, in UTF-8 or the encoding of its byte order mark."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return not body[len(mark) :].decode(encoding, errors="replace").strip(XML_SPACE)
    return not body.strip(XML_SPACE.encode())


def read_tree(body: bytes) -> Element:
    """Read the body's elements and texts; comments, processing instructions and CDATA marks leave no trace.

    Raises
    ------
    NotWellFormed
        The body is not well-formed, or has a DOCTYPE.
    """
    parser = expat.ParserCreate()
    document = Element("", 0)
    open_elements = [document]

    def start(name: str, attributes: dict[str, str]) -> None:
        element = Element(name, parser.CurrentLineNumber, attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def characters(data: str) -> None:
        siblings = open_elements[-1].children
        if not siblings or isinstance(siblings[-1], Element):
            siblings.append(Text())
        text = siblings[-1]
        assert isinstance(text, Text)
        text.text += data
        if text.line is None and data.strip(XML_SPACE):
            text.line = parser.CurrentLineNumber

    def doctype(*_: object) -> None:
        raise NotWellFormed(parser.CurrentLineNumber)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise NotWellFormed(error.lineno) from None
    except (LookupError, ValueError):  # of an encoding that expat doesn't know
        raise NotWellFormed(1) from None
    (root,) = document.elements()
    return root


def links_of(root: Element) -> list[Element]:
    return [element for element in root.elements() if element.name == "link"] if root.name == "request" else []


def fields_of(link: Element) -> dict[str, str | None]:
    """Return the fields of a link: None for a missing node, and the first of a repeated one."""
    values: dict[str, str | None] = dict.fromkeys(FIELDS)
    for element in link.elements():
        if element.name in FIELDS and values[element.name] is None:
            values[element.name] = "".join(text.text for text in element.texts()).strip(XML_SPACE)
    return values


def node_errors(root: Element) -> Iterator[Error]:
    """Return the nodes and texts that have no place in the page's examples, in document order."""
    yield from attribute_errors(root, None)
    if root.name != "request":
        yield Error("NODE_UNKNOWN", f"XML node {root.name} at line {root.line} is not known", None, root.line)
        return
    place = -1
    for child in root.children:
        if isinstance(child, Text):
            yield from text_errors(child, None)
        elif child.name != "link":
            yield Error("NODE_UNKNOWN", f"XML node {child.name} at line {child.line} is not known", None, child.line)
        else:
            place += 1
            yield from node_errors_of_link(child, place)


def node_errors_of_link(link: Element, place: int) -> Iterator[Error]:
    yield from attribute_errors(link, place)
    seen = set()
    for child in link.children:
        if isinstance(child, Text):
            yield from text_errors(child, place)
            continue
        name, line = child.name, child.line
        if name not in FIELDS:
            yield Error("NODE_UNKNOWN", f"XML node {name} at line {line} is not known", place, line)
            continue
        if name in seen:
            yield Error("NODE_DOUBLED", f"XML node {name} at line {line} is there twice", place, line)
        seen.add(name)
        yield from attribute_errors(child, place)
        for inner in child.elements():
            problem = f"XML node {inner.name} at line {inner.line} is inside a field"
            yield Error("NODE_NESTED", problem, place, inner.line)


def attribute_errors(element: Element, place: int | None) -> Iterator[Error]:
    for name in element.attributes:
        text = f"XML attribute {name} at line {element.line} is not known"
        yield Error("NODE_ATTRIBUTE", text, place, element.line)


def text_errors(text: Text, place: int | None) -> Iterator[Error]:
    said = text.text.strip(XML_SPACE)
    if said:
        problem = f"XML text {said[:60]} at line {text.line} is outside of any field"
        yield Error("NODE_TEXT", problem, place, text.line)


# --- link by link ----------------------------------------------------------------------------------------------------


def is_digits(text: str) -> bool:
    return re.fullmatch("[0-9]+", text) is not None


def is_idd(text: str) -> bool:
    return is_digits(text) and text[0] != "0" and len(text) <= 3 and int(text) in COUNTRY_CODE_TO_REGION_CODE


def is_area_code(text: str) -> bool:
    return re.fullmatch("0?[1-9][0-9]{0,6}", text) is not None


def is_truth(text: str) -> bool:
    return text.isascii() and text.upper() in {"", "TRUE", "FALSE"}


def is_distance(text: str) -> bool:
    return DISTANCE.fullmatch(text) is not None and math.isfinite(float(text)) and float(text) >= 0


def method_of(values: Mapping[str, str | None]) -> str:
    text = values["method"] or ""
    return text.upper() if text.isascii() else text


def area_code_of(text: str) -> str:
    return text.removeprefix("0")


def unit_postcode(text: str) -> tuple[str, str] | None:
    """Return outcode and incode by letters and digits alone."""
    compact = "".join(text.split())
    match = planner.POSTCODE.fullmatch(compact.upper()) if compact.isascii() else None
    return (match[1], match[2]) if match else None


def exists(postcode: str, world: World) -> bool:
    parts = unit_postcode(postcode)
    return parts is not None and world.has_outcode(parts[0]) and world.has_unit_postcode(*parts)


def link_errors(
    values: Mapping[str, str | None], place: int, total: int, account: Account, world: World
) -> Iterator[Error]:
    """Return the faults of one link in the order of checks, the first of each field only."""
    x_of_y, method = f"{place + 1} of {total}", method_of(values)
    found = [*link_id_errors(values["link_id"] or "", x_of_y, account)]
    if not method:
        found.append(("METHOD_EMPTY", f"Method {x_of_y} Empty"))
    elif method not in FIELDS_OF:
        found.append(("METHOD_INVALID", f"Method {x_of_y} Invalid"))
    elif method == BY_AREA:
        found += by_area_errors(values, x_of_y)
    elif method == BY_VOXNUMBER:
        found += by_voxnumber_errors(values, x_of_y, account)
    else:
        found += by_postcode_errors(values, x_of_y, world)
    for name in FIELDS_OF_METHODS:
        if method in FIELDS_OF and name not in FIELDS_OF[method] and values[name]:
            found.append(("FIELD_NOT_OF_METHOD", f"{name} of Link {x_of_y} does not belong to its method"))
    return (Error(name, text, place) for name, text in found)


def link_id_errors(link_id: str, x_of_y: str, account: Account) -> Iterator[tuple[str, str]]:
    if not link_id:
        yield "LINK_ID_EMPTY", f"Link ID {x_of_y} empty"
    elif not account.has_link(link_id):
        yield "LINK_ID_UNKNOWN", f"Link ID {x_of_y} does not exist"
    elif account.has_voxnumber(link_id):
        yield "LINK_ID_HAS_VOXNUMBER", f"Link ID {x_of_y} already has a Voxnumber"


def by_area_errors(values: Mapping[str, str | None], x_of_y: str) -> Iterator[tuple[str, str]]:
    idd, area_code = values["voxnumber_idd"] or "", values["area_code"] or ""
    if not idd:
        yield "IDD_EMPTY", f"VoxNumber IDD {x_of_y} Empty"
    elif not is_idd(idd):
        yield "IDD_INVALID", f"VoxNumber IDD {x_of_y} Invalid"
    if not area_code:
        yield "AREA_CODE_EMPTY", f"Area Code {x_of_y} Empty"
    elif not is_area_code(area_code):
        yield "AREA_CODE_NOT_INTEGER", f"Area Code {x_of_y} not an integer"
    for name, words in zip(FALLBACKS, ("City", "Region", "Country"), strict=True):
        if not is_truth(values[name] or ""):
            yield f"{name.upper()}_INVALID", f"Fallback {words} {x_of_y} Invalid"


def by_voxnumber_errors(values: Mapping[str, str | None], x_of_y: str, account: Account) -> Iterator[tuple[str, str]]:
    number = values["full_voxnumber"] or ""
    if not number:
        yield "VOXNUMBER_EMPTY", f"Voxnumber {x_of_y} Empty"
    elif not is_digits(number):
        yield "VOXNUMBER_NOT_INTEGER", f"Voxnumber {x_of_y} is not an Integer"
    elif not account.has_available(number):
        yield "VOXNUMBER_NOT_AVAILABLE", f"VoxNumber {x_of_y} not available"


def by_postcode_errors(values: Mapping[str, str | None], x_of_y: str, world: World) -> Iterator[tuple[str, str]]:
    country, postcode = values["voxnumber_country"] or "", values["postcode"] or ""
    distance = values["fallback_area_distance"] or ""
    if not country:
        yield "COUNTRY_EMPTY", f"VoxNumber Country {x_of_y} Empty"
    elif not country.isascii() or country.lower() not in COUNTRIES_WITH_POSTCODES:
        yield "COUNTRY_NOT_SUPPORTED", f"The country {country} is not supported for Postcode search"
    if not postcode:
        yield "POSTCODE_EMPTY", f"Postcode {x_of_y} Empty"
    elif not exists(postcode, world):
        yield "POSTCODE_UNKNOWN", f"Postcode {postcode} does not exist in country id 44"
    if distance and not is_distance(distance):
        yield "DISTANCE_INVALID", f"Fallback Area Distance {x_of_y} Invalid"


# --- all links together ----------------------------------------------------------------------------------------------


def duplicate_errors(links: list[dict[str, str | None]]) -> Iterator[Error]:
    """Return the faults of repeated link_ids, then of repeated numbers, each once and at its second place."""
    link_ids = {place: link_id for place, link in enumerate(links) if (link_id := link["link_id"])}
    numbers = {
        place: number
        for place, link in enumerate(links)
        if method_of(link) == BY_VOXNUMBER and (number := link["full_voxnumber"]) and is_digits(number)
    }
    for name, text, values in (
        ("LINK_ID_DUPLICATED", "Duplicate Link ID Received", link_ids),
        ("VOXNUMBER_DUPLICATED", "Duplicate Voxnumber Received", numbers),
    ):
        for place, value in values.items():
            if [other for before, other in values.items() if before < place].count(value) == 1:
                yield Error(name, text, place)


def row_for_planner(link: Mapping[str, str | None], position: int) -> planner.Row:
    """Return a sound link with a new link_id, as the planner strips more kinds of space than XML has."""
    row = {**link, "link_id": f"link {position}", "area_code": area_code_of(link["area_code"] or "")}
    if method_of(link) == BY_POSTCODE:
        row["fallback_area_distance"] = repr(float(link["fallback_area_distance"] or "0"))
    return row


def allocate(links: list[dict[str, str | None]], account: Account, world: World) -> Verdict:
    """Return the planner's decisions: the numbers when all are served, or the page's errors for shortages."""
    rows = [row_for_planner(link, position) for position, link in enumerate(links)]
    decisions = planner.plan(rows, account.stock(), world=world)
    short: dict[str, Error] = {}
    attachments = {}
    for place, (link, decision) in enumerate(zip(links, decisions, strict=True)):
        if decision.full_voxnumber is not None:
            attachments[link["link_id"] or ""] = decision.full_voxnumber
        elif method_of(link) == BY_AREA:
            x, y = area_code_of(link["area_code"] or ""), link["voxnumber_idd"]
            text = f"Insufficient VoxNumbers available in Area Code {x} and Voxnumber IDD {y}"
            short.setdefault(text, Error("INSUFFICIENT_VOXNUMBERS", text, place))
        else:
            assert decision.reason in {planner.NO_STOCK_IN_REACH, planner.OUTCODE_WITHOUT_POSITION}, decision
            parts = unit_postcode(link["postcode"] or "")
            assert parts is not None
            text = "There is no VoxNumber available in your account for this Postcode or the fallback area"
            short.setdefault(parts[0], Error("NO_VOXNUMBER_FOR_POSTCODE", text, place))
    return Verdict(tuple(short.values())) if short else Verdict((), attachments)


# --- the answer ------------------------------------------------------------------------------------------------------


def errors_before_the_body(method: str, query: str) -> Iterator[Error]:
    parameters = parse_qs(query, keep_blank_values=True)
    version = parameters.get("v", [""])[0].strip()
    if not version:
        yield Error("API_VERSION_EMPTY", "API Version Empty")
    elif version != "3":
        yield Error("API_VERSION_INVALID", "API Version Invalid")
    api_method = parameters.get("method", [""])[0].strip()
    if api_method != "attachVoxnumberToLink":
        yield Error("METHOD_PARAMETER", f"API Method {api_method} not supported")
    if method != "PUT":
        yield Error("REQUEST_METHOD", f"Request Method must be PUT. {method} attempted")


def answer(method: str, query: str, body: bytes, account: Account, world: World | None = None) -> Verdict:
    """Answer a request as the API does. The account does not change, see `Account.attach`."""
    world = world or bundled_world()
    errors = list(errors_before_the_body(method, query))
    if is_empty(body):
        return Verdict((*errors, Error("XML_EMPTY", "XML Empty")))
    try:
        root = read_tree(body)
    except NotWellFormed as error:
        return Verdict((*errors, Error("XML_PARSE_ERROR", "XML parse error.", None, error.line)))
    errors += node_errors(root)
    links = [fields_of(link) for link in links_of(root)]
    if not links:
        errors.append(Error("REQUEST_EMPTY", "Request Empty"))
    for place, link in enumerate(links):
        errors += link_errors(link, place, len(links), account, world)
    errors += duplicate_errors(links)
    return Verdict(tuple(errors)) if errors else allocate(links, account, world)
