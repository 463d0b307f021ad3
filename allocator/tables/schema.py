"""The columns that a table is read for: found by name, or told to be missing, misspelt or doubled."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allocator.errors import TableError

__all__ = ["TableSchema", "bare_name", "known_columns", "refuse_doubled"]

_MISSPELT = 0.8  # how alike two names are, by difflib, before one is taken for the other misspelt
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
        Columns of which at least one must be there.
    optional
        Columns that may be there.
    digits
        Columns of digits, in which a floating-point number that is not whole has no meaning.
    requests
        Whether the links of a request (XML) are such a table.
    listed
        What the API's listings (XML) call the columns, where they have other names; a column's own name too. Empty
        where a listing is no such table.

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
        """All columns that are known, in order."""
        return self.required + self.one_of + self.optional


def known_columns(names: Sequence[str], header: TableSchema, file: str) -> dict[str, int]:
    """Place of each known column among the names that a table has.

    Raises
    ------
    TableError
        A column is doubled, missing or misspelt.

    Examples
    --------
    >>> known_columns(["notes", "postcode", "link_id"], TableSchema("links", ("link_id", "postcode")), "links.csv")
    {'link_id': 2, 'postcode': 1}
    """
    found = [bare_name(name) for name in names]
    known = {name: found.index(name) for name in header.columns if name in found}
    others = [name for name in found if name and name not in known]
    refuse_doubled(found, header, file)
    for name in header.required:
        if name not in known:
            raise _missing(name, name, others, found, file)
    absent = [name for name in header.columns if name not in known]
    for other in others:
        meant = " or ".join(repr(name) for name in absent if _likeness(other, name) >= _MISSPELT)
        if meant:
            raise TableError(
                f"the column {other!r} looks like {meant} misspelt",
                file=file,
                column=other,
                remedy=f"Rename it to {meant}, or to something quite different if it is not to be read.",
            )
    if header.one_of and not any(name in known for name in header.one_of):
        wanted = ", ".join(map(repr, header.one_of[1:]))
        raise _missing(header.one_of[0], f"{header.one_of[0]!r} (nor {wanted})", others, found, file)
    return dict(sorted(known.items(), key=lambda item: header.columns.index(item[0])))


def refuse_doubled(names: Sequence[str], header: TableSchema, file: str) -> None:
    """Refuse a table that has a known column twice.

    Raises
    ------
    TableError
        It has.

    Examples
    --------
    >>> refuse_doubled(["link_id", "notes", "notes"], TableSchema("links", ("link_id",)), "links.csv")
    """
    found = [bare_name(name) for name in names]
    for name in header.columns:
        if found.count(name) > 1:
            places = " and ".join(str(place) for place, other in enumerate(found, start=1) if other == name)
            raise TableError(
                f"the column {name!r} stands there {found.count(name)} times, in places {places}",
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
    described = described if described != name else repr(name)
    remedy = f"{question}Found: {listed}." if found else "It has no columns."
    return TableError(f"there is no column {described}", file=file, column=name, remedy=remedy)


def bare_name(name: str) -> str:
    """The name of a column without what is around it.

    Examples
    --------
    >>> bare_name("\ufeff link_id ")
    'link_id'
    """
    return name.strip().strip("\ufeff\u200b").strip()


def _likeness(left: str, right: str) -> float:
    """How alike two names are, 0 to 1, whatever their case and punctuation."""
    left, right = ("".join(filter(str.isalnum, name.casefold())) for name in (left, right))
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()
