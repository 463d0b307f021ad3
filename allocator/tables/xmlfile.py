"""What the API sends and takes, as tables: a request's links, and the pages of a listing.

A request is read for links: one row for each, numbered from 1 as the API counts them. A listing is what the API's
getVoxnumbers and getLinks return, as it was saved; its pages may be several files, and its results are numbered through
all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from allocator.errors import TableError
from allocator.protocol import FIELDS, NODE_ROWS, Listing, NodeFault, read_listing, read_request, root_of
from allocator.tables.schema import TableSchema, known_columns
from allocator.tables.text import Reading, no_faults, nulls, numbered

__all__ = ["read_xml"]

_HEAD = 65_536  # bytes in which the root must show


def read_xml(pages: Sequence[tuple[str, bytes]], header: TableSchema) -> Reading:
    """Read XML files that are one table.

    Parameters
    ----------
    pages
        Name and bytes of each file: one request, or all pages of a listing in any order.
    header
        The columns to look for.

    Raises
    ------
    MarkupError
        A file is no XML.
    TableError
        It is no request and no listing, or not one that can serve as this table, or pages are missing.
    """
    roots = {root_of(data[:_HEAD]) for _, data in pages}
    file = pages[0][0]
    if roots == {"request"} and header.requests and len(pages) == 1:
        return _read_links(*pages[0], header)
    if roots == {"response"} and header.listed:
        return _read_listing([read_listing(data, file=name) for name, data in pages], header, [n for n, _ in pages])
    if None in roots:
        for name, data in pages:
            read_request(data, file=name)
    raise TableError(_unfit(roots, header), file=file, remedy=_REMEDIES[header.requests, bool(header.listed)])


_REMEDIES = {
    (True, True): "Give one request, or the pages of one listing.",
    (True, False): "Give a request of attachVoxnumberToLink (its root is <request>), or a table as CSV.",
    (False, True): "Give what getVoxnumbers or getLinks returned (its root is <response>), or a table as CSV.",
    (False, False): "Give a table as CSV.",
}


def _unfit(roots: set[str | None], header: TableSchema) -> str:
    if roots == {"request"} and header.requests:
        return "several requests can't be read as one table"
    found = " and ".join(sorted(f"<{root}>" for root in roots if root))
    return f"{header.table} can't be read from XML whose root is {found or 'missing'}"


def _read_links(file: str, data: bytes, header: TableSchema) -> Reading:
    request = read_request(data, file=file)
    if request.faults:
        raise _misplaced(request.faults, file)
    links = request.links
    if not links.height:
        raise TableError("the request has no link", file=file, remedy="Add at least one <link>.")
    columns = {name: links[name] for name in FIELDS if name in header.columns}
    return Reading(columns, numbered(links.height, 1), no_faults())


def _misplaced(faults: Sequence[NodeFault], file: str) -> TableError:
    """The error for nodes that should not be there: the first one, and how many more there are."""
    first = faults[0]
    row = NODE_ROWS[first.kind]
    more = f" (and {len(faults) - 1} more such faults)" if len(faults) > 1 else ""
    return TableError(
        f"{row.format(first.name, first.line)}{more}",
        file=file,
        remedy=f"{row.advice(first.name)}. `allocator validate` lists all that is wrong.",
    )


def _read_listing(listings: Sequence[Listing], header: TableSchema, files: Sequence[str]) -> Reading:
    _refuse_missing_pages(listings, files)
    results = pl.concat([one.results.drop("line", strict=False) for one in listings], how="diagonal")
    renamed = results.rename({name: column for name, column in header.listed.items() if name in results.columns})
    rows = numbered(results.height, 1)
    if not results.height:
        return Reading({name: nulls(name, 0, pl.String) for name in header.columns}, rows, no_faults())
    known = known_columns(renamed.columns, header, files[0])
    return Reading({name: renamed.to_series(place) for name, place in known.items()}, rows, no_faults())


def _refuse_missing_pages(listings: Sequence[Listing], files: Sequence[str]) -> None:
    """Refuse a listing of which pages are missing or doubled: numbers would seem not to be there.

    Raises
    ------
    TableError
        They are.
    """
    pages = max((one.pages or 1 for one in listings), default=1)
    place: dict[int, str] = {}
    for number, (one, file) in enumerate(zip(listings, files, strict=True), start=1):
        page = one.page or number
        if page in place:
            raise TableError(
                f"page {page} of the listing stands in {place[page]} already", file=file, remedy="Give each page once."
            )
        place[page] = file
    missing = sorted(set(range(1, pages + 1)) - set(place))
    if missing:
        told = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
        raise TableError(
            f"page {told} of the {pages} pages of the listing is missing",
            file=files[0],
            remedy="Save all pages and give them all, in any order.",
        )
    total = next((one.total for one in listings if one.total is not None), None)
    found = sum(one.results.height for one in listings)
    if total is not None and total != found:
        raise TableError(
            f"the listing says that it has {total:,} results, and {found:,} are there",
            file=files[0],
            remedy="Save it again.",
        )
