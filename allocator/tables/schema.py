"""The columns that a table is read for: found by name, or reported as missing, misspelt or doubled."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allocator.errors import TableError

_MISSPELT = 0.8  # how alike two names are, by difflib, before one counts as the other misspelt
_MEANT = 0.5  # how alike they must be to ask whether one was meant
_LISTED = 12  # columns that an error lists


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The columns that a table is read for.

    Attributes
    ----------
    table
        What the table is called: "links", "stock".
    required
        Columns that must be there.
    one_of
        Columns; at least one must be there.
    optional
        Columns that may be there.
    digits
        Columns of digits, in which a floating-point number that is not whole has no meaning.
    requests
        Whether the links of a request (XML) can serve as the table.
    listed
        Column names that the API's listings (XML) use, to the names here. Names that agree need no entry. Empty where a
        listing cannot serve as the table.

    Examples
    --------
    >>> TableSchema("stock", required=("full_voxnumber",), optional=("link_id",)).columns
    ('full_voxnumber', 'link_id')
    """

    table: str
    required: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    digits: frozenset[str] = frozenset()
    requests: bool = False
    listed: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the schema, in order."""
        return self.required + self.one_of + self.optional


def match_columns(headings: Sequence[Sequence[str]], schema: TableSchema, file: str) -> tuple[int, dict[str, int]]:
    """Choose the heading that fits a schema best, and find the known columns in it.

    Parameters
    ----------
    headings
        The ways to read the names of a table's columns, at least one: a CSV file has one for each separator.
    schema
        The columns to look for.
    file
        The name of the source, for errors.

    Returns
    -------
    Place of the heading with the most known columns (of those the first with the most columns), and the place of each
    known column in it.

    Raises
    ------
    TableError
        A column is doubled, missing or misspelt.

    Examples
    --------
    >>> schema = TableSchema("links", ("link_id", "postcode"))
    >>> match_columns([["link_id;postcode"], ["link_id", "postcode"]], schema, "links.csv")
    (1, {'link_id': 0, 'postcode': 1})
    """

    def fit(place: int) -> tuple[int, int]:
        return len({_bare(name) for name in headings[place]}.intersection(schema.columns)), len(headings[place])

    best = max(range(len(headings)), key=fit) if len(headings) > 1 else 0
    return best, known_columns(headings[best], schema, file)


def known_columns(names: Sequence[str], schema: TableSchema, file: str) -> dict[str, int]:
    """Find the place of each known column among the names of a table's columns.

    Raises
    ------
    TableError
        A column is doubled, missing or misspelt.

    Examples
    --------
    >>> known_columns(["notes", "postcode", "link_id"], TableSchema("links", ("link_id", "postcode")), "links.csv")
    {'link_id': 2, 'postcode': 1}
    """
    found = [_bare(name) for name in names]
    known = {name: found.index(name) for name in schema.columns if name in found}
    others = [name for name in found if name and name not in known]
    refuse_doubled(found, schema, file)
    for name in schema.required:
        if name not in known:
            raise _missing(name, repr(name), others, found, file)
    absent = [name for name in schema.columns if name not in known]
    for other in others:
        meant = " or ".join(repr(name) for name in absent if _likeness(other, name) >= _MISSPELT)
        if meant:
            raise TableError(
                f"the column {other!r} looks like {meant} misspelt",
                file=file,
                column=other,
                remedy=f"Rename it to {meant}, or to something quite different and it will be ignored.",
            )
    if schema.one_of and not any(name in known for name in schema.one_of):
        wanted = ", ".join(map(repr, schema.one_of[1:]))
        raise _missing(schema.one_of[0], f"{schema.one_of[0]!r} (nor {wanted})", others, found, file)
    return known


def refuse_doubled(names: Sequence[str], schema: TableSchema, file: str) -> None:
    """Refuse a table that has a known column twice.

    Raises
    ------
    TableError
        A known column is there more than once.

    Examples
    --------
    >>> refuse_doubled(["link_id", "notes", "notes"], TableSchema("links", ("link_id",)), "links.csv")
    """
    found = [_bare(name) for name in names]
    for name in schema.columns:
        if found.count(name) > 1:
            places = " and ".join(str(place) for place, other in enumerate(found, start=1) if other == name)
            raise TableError(
                f"the column {name!r} is there {found.count(name)} times, in places {places}",
                file=file,
                column=name,
                remedy="Remove or rename all but one.",
            )


def _missing(name: str, described: str, others: Sequence[str], found: Sequence[str], file: str) -> TableError:
    alike = max(others, key=lambda other: _likeness(other, name), default="")
    question = (
        f"If {alike!r} is that column, rename it to {name!r}. " if alike and _likeness(alike, name) >= _MEANT else ""
    )
    listed = ", ".join(name or "(no name)" for name in found[:_LISTED]) + (", …" if len(found) > _LISTED else "")
    remedy = f"{question}Found: {listed}." if found else "It has no columns."
    return TableError(f"there is no column {described}", file=file, column=name, remedy=remedy)


def _bare(name: str) -> str:
    """Strip a column's name of spaces and byte order marks."""
    return name.strip().strip("\ufeff\u200b").strip()


def _likeness(left: str, right: str) -> float:
    """Measure how alike two names are, 0 to 1, whatever their case and punctuation."""
    left, right = ("".join(filter(str.isalnum, name.casefold())) for name in (left, right))
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()
