"""The API's error table as data: every row of the page in its order and spelling, and a few rows that it lacks.

Where the page has no error for something that can't be accepted, there is a row of our own in the same style, with
`on_page=False`. "Fallback Country 1 of 1" is read as "x of y".

The page has "Method x of y Empty" and "Method x of y Invalid" twice. They read the same on the wire. The later rows are
used, as their resolution names all three methods.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_PLACEHOLDER = re.compile(r"\b[xyz]\b|\b1(?= of 1\b)|(?<=\b1 of )1\b")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the error table.

    Attributes
    ----------
    name
        Its name in the code.
    status
        HTTP code.
    text
        Error string, as on the page, with the placeholders x, y and z.
    resolution
        What to do about it, as on the page.
    when
        When it applies.
    on_page
        Whether the row is on the page, and not one of our own.

    Examples
    --------
    >>> ROWS["LINK_ID_EMPTY"].format(2, 5), ROWS["LINK_ID_EMPTY"].advice(2, 5)
    ('Link ID 2 of 5 empty', 'Add link_id 2 (item) of 5 (total)')
    """

    name: str
    status: int
    text: str
    resolution: str
    when: str
    on_page: bool = True

    def format(self, *values: object) -> str:
        """The error string with its placeholders filled in from left to right.

        Examples
        --------
        >>> ROWS["FALLBACK_COUNTRY_INVALID"].format(2, 5)
        'Fallback Country 2 of 5 Invalid'
        """
        return _filled(self.text, values)

    def advice(self, *values: object) -> str:
        """The resolution with its placeholders filled in from left to right.

        Examples
        --------
        >>> ROWS["REQUEST_METHOD"].advice("POST")
        'Switch request method POST to PUT'
        """
        return _filled(self.resolution, values)

    @property
    def placeholders(self) -> int:
        """The number of values that the error string takes.

        Examples
        --------
        >>> ROWS["XML_PARSE_ERROR"].placeholders
        3
        """
        return len(_PLACEHOLDER.findall(self.text))


def _filled(template: str, values: tuple[object, ...]) -> str:
    given = iter(values)
    return _PLACEHOLDER.sub(lambda match: str(next(given, match.group())), template)


# The texts and resolutions are the page's own words.
_PAGE = (
    Row(
        "API_VERSION_EMPTY",
        400,
        "API Version Empty",
        "Add a value for the v parameter in the query string",
        "The query string has no v, or an empty one.",
    ),
    Row("API_VERSION_INVALID", 400, "API Version Invalid", "Correct v parameter", "v is not 3."),
    Row(
        "REQUEST_METHOD",
        400,
        "Request Method must be PUT. x attempted",
        "Switch request method x to PUT",
        "The HTTP method is not PUT.",
    ),
    Row("XML_EMPTY", 400, "XML Empty", "Add xml to the request body", "The body is empty or white space."),
    Row(
        "XML_PARSE_ERROR",
        400,
        "XML parse error. x at line y, column z",
        "Correct XML at point x on line y, column z",
        "The body is not well-formed XML, has a DOCTYPE, or is beyond the limits of size.",
    ),
    Row(
        "METHOD_EMPTY_EARLY",
        400,
        "Method x of y Empty",
        "Add method x (item) of y (total) to the request",
        "As METHOD_EMPTY, which is further down the page in the same words.",
    ),
    Row(
        "METHOD_INVALID_EARLY",
        400,
        "Method x of y Invalid",
        'Correct method x (item) of y (total) to be "BY VOXNUMBER", "BY AREA"',
        "As METHOD_INVALID, which is further down the page and names all three methods.",
    ),
    Row(
        "REQUEST_EMPTY",
        400,
        "Request Empty",
        "Add at least one link_id to the request",
        "The request has no link.",
    ),
    Row("LINK_ID_EMPTY", 400, "Link ID x of y empty", "Add link_id x (item) of y (total)", "A link has no link_id."),
    Row(
        "LINK_ID_UNKNOWN",
        400,
        "Link ID x of y does not exist",
        "Correct link_id x (item) of y (total)",
        "The account has no such link.",
    ),
    Row(
        "LINK_ID_DUPLICATED",
        400,
        "Duplicate Link ID Received",
        "Remove any duplicated link_ids from the XML",
        "Two links of the request have the same link_id.",
    ),
    Row(
        "LINK_ID_HAS_VOXNUMBER",
        400,
        "Link ID x of y already has a Voxnumber",
        "Remove the link from the XML",
        "The link has a number in the account.",
    ),
    Row(
        "METHOD_EMPTY",
        400,
        "Method x of y Empty",
        "Add method x (item) of y (total) to the request",
        "A link has no method.",
    ),
    Row(
        "METHOD_INVALID",
        400,
        "Method x of y Invalid",
        'Correct method x (item) of y (total) to be "BY AREA", "BY VOXNUMBER" or "BY POSTCODE"',
        "The method is not one of the three.",
    ),
    Row(
        "IDD_EMPTY",
        400,
        "VoxNumber IDD x of y Empty",
        "Add voxnumber_idd x (item) of y (total)",
        "A BY AREA link has no voxnumber_idd.",
    ),
    Row(
        "IDD_INVALID",
        400,
        "VoxNumber IDD x of y Invalid",
        "Correct voxnumber_idd x (item) of y (total)",
        "The voxnumber_idd is not a country code that the ITU has assigned.",
    ),
    Row(
        "VOXNUMBER_EMPTY",
        400,
        "Voxnumber x of y Empty",
        "Add an existing voxnumber to request x (item) of y (total) or change method",
        "A BY VOXNUMBER link has no full_voxnumber.",
    ),
    Row(
        "VOXNUMBER_NOT_INTEGER",
        400,
        "Voxnumber x of y is not an Integer",
        "Correct the full voxnumber to request x (item) of y (total) or change method",
        "The full_voxnumber is not digits alone.",
    ),
    Row(
        "VOXNUMBER_NOT_AVAILABLE",
        400,
        "VoxNumber x of y not available",
        "Correct the full voxnumber to request x (item) of y (total)",
        "The account does not have the number, or it is attached to a link.",
    ),
    Row(
        "VOXNUMBER_DUPLICATED",
        400,
        "Duplicate Voxnumber Received",
        "Correct the duplicated full voxnumber in the XML",
        "Two links of the request ask for the same number.",
    ),
    Row(
        "AREA_CODE_EMPTY",
        400,
        "Area Code x of y Empty",
        "Add a correct area code to request x (item) of y (total) or change method",
        "A BY AREA link has no area_code.",
    ),
    Row(
        "AREA_CODE_NOT_INTEGER",
        400,
        "Area Code x of y not an integer",
        "Correct the area code request x (item) of y (total) or change method",
        "The area_code is not digits alone, is zero or has more than seven.",
    ),
    Row(
        "FALLBACK_CITY_INVALID",
        400,
        "Fallback City x of y Invalid",
        "Correct the fallback city to be TRUE, FALSE.",
        "The fallback_city is neither TRUE nor FALSE.",
    ),
    Row(
        "FALLBACK_REGION_INVALID",
        400,
        "Fallback Region x of y Invalid",
        "Correct the fallback region to be TRUE, FALSE.",
        "The fallback_region is neither TRUE nor FALSE.",
    ),
    Row(
        "FALLBACK_COUNTRY_INVALID",
        400,
        "Fallback Country 1 of 1 Invalid",
        "Correct the fallback country to be TRUE, FALSE.",
        "The fallback_country is neither TRUE nor FALSE.",
    ),
    Row(
        "INSUFFICIENT_VOXNUMBERS",
        400,
        "Insufficient VoxNumbers available in Area Code x and Voxnumber IDD y",
        "Buy more VoxNumbers in city x for Voxnumber IDD y or remove some requests until the required amount falls "
        "beneath the total VoxNumbers available in your account. Bare in mind that it counts the UNASSIGNED "
        "full_voxnumbers in your account",
        "There are too few numbers, fallbacks included, for the BY AREA links that ask for this area code.",
    ),
    Row(
        "NO_VOXNUMBER_FOR_POSTCODE",
        400,
        "There is no VoxNumber available in your account for this Postcode or the fallback area",
        "Extra VoxNumbers need to be purchased in this area.",
        "No area code within the fallback distance has enough numbers for the BY POSTCODE links of an outcode.",
    ),
    Row(
        "COUNTRY_NOT_SUPPORTED",
        400,
        "The country x is not supported for Postcode search",
        'Choose a supported country of use an other "method". Currently only UK postcodes are supported',
        "The voxnumber_country of a BY POSTCODE link is not the United Kingdom.",
    ),
    Row(
        "POSTCODE_UNKNOWN",
        400,
        "Postcode x does not exist in country id y",
        "Change the postcode for an existing one.",
        "The text is not a unit postcode, or there is no such postcode.",
    ),
    Row(
        "INTERNAL_SERVER_ERROR",
        500,
        "Internal Server Error",
        "Retry later",
        "The state can't be read or written; nothing was changed.",
    ),
)
_OWN = (
    ("METHOD_PARAMETER", 400, "API Method x not supported",
     "Correct the method parameter in the query string to be attachVoxnumberToLink",
     "The query string has another method, or none."),
    ("NODE_UNKNOWN", 400, "XML node x at line y is not known",
     "Remove the node x, or correct its name to one of the page's examples",
     "A node is not in any example on the page."),
    ("NODE_DOUBLED", 400, "XML node x at line y is there twice", "Remove one of the nodes x",
     "A link has a node twice."),
    ("NODE_NESTED", 400, "XML node x at line y is inside a field", "Remove the node x, or put it beside the field",
     "A field holds a node instead of text."),
    ("NODE_TEXT", 400, "XML text x at line y is outside of any field", "Remove the text, or write it into a field",
     "There is text between the nodes."),
    ("NODE_ATTRIBUTE", 400, "XML attribute x at line y is not known", "Remove the attribute x",
     "A node has an attribute or a namespace."),
    ("FIELD_NOT_OF_METHOD", 400, "x of Link y of z does not belong to its method",
     "Remove x, or correct the method of the link",
     "A field is filled in that the link's method does not have."),
    ("COUNTRY_EMPTY", 400, "VoxNumber Country x of y Empty", "Add voxnumber_country x (item) of y (total)",
     "A BY POSTCODE link has no voxnumber_country."),
    ("POSTCODE_EMPTY", 400, "Postcode x of y Empty", "Add postcode x (item) of y (total)",
     "A BY POSTCODE link has no postcode."),
    ("DISTANCE_INVALID", 400, "Fallback Area Distance x of y Invalid",
     "Correct the fallback area distance to be 0 or more kilometres.",
     "The fallback_area_distance is negative, infinite or not a number."),
    ("PATH_UNKNOWN", 404, "Path x does not exist", "Correct the path x to /Links",
     "The stand-in has no such path."),
    ("BODY_TOO_LARGE", 413, "Request body exceeds x bytes", "Send fewer links at once",
     "The body is longer than the stand-in's limit."),
    ("BODY_TOO_SLOW", 408, "Request body not received within x seconds", "Send the body without pauses",
     "The body did not arrive within the stand-in's time."),
)  # fmt: skip

ROWS: Mapping[str, Row] = MappingProxyType({row.name: row for row in (*_PAGE, *(Row(*own, False) for own in _OWN))})
"""The rows by name: the page's in its order, then our own."""

NODE_ROWS: Mapping[str, Row] = MappingProxyType(
    {name.removeprefix("NODE_").lower(): row for name, row in ROWS.items() if name.startswith("NODE_")}
)
"""The rows for nodes that should not be there, by the kinds of `allocator.protocol.reading.NodeFault`."""
