"""What the API sends and takes, as tables: the links of a request, and the pages of a listing.

A request is a table of links: one row for each, numbered from 1 as the API counts them. A listing is the saved answer
of the API's getVoxnumbers or getLinks; its pages may be several files, and its results are numbered through them all.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from allocator.errors import TableError
from allocator.protocol import FIELDS, NODE_ROWS, Listing, NodeFault, read_listing, read_request, root_of
from allocator.tables.frames import FrameColumns
from allocator.tables.schema import TableSchema

_HEAD = 65_536  # bytes in which the root must show


def open_xml(pages: Sequence[tuple[str, bytes]], schema: TableSchema) -> FrameColumns:
    """Open XML files that are one table.

    Parameters
    ----------
    pages
        Name and bytes of each file: one request, or all pages of a listing in any order.
    schema
        The columns to look for.

    Raises
    ------
    MarkupError
        A file is not XML.
    TableError
        It is neither a request nor a listing that can serve as this table, or pages are missing.
    """
    roots = {root_of(data[:_HEAD]) for _, data in pages}
    file = pages[0][0]
    if roots == {"request"} and schema.requests and len(pages) == 1:
        return _columns(_links(*pages[0]), file)
    if roots == {"response"} and schema.listed:
        listings = [read_listing(data, file=name) for name, data in pages]
        return _columns(_results(listings, schema, [name for name, _ in pages]), file)
    if None in roots:
        for name, data in pages:
            read_request(data, file=name)
    raise TableError(_unfit(roots, schema), file=file, remedy=_REMEDIES[schema.requests, bool(schema.listed)])


def _columns(texts: pl.DataFrame, file: str) -> FrameColumns:
    return FrameColumns([texts.columns], texts.select, frozenset(), file)


_REMEDIES = {
    (True, True): "Give one request, or the pages of one listing.",
    (True, False): "Give a request of attachVoxnumberToLink (its root is <request>), or a table as CSV.",
    (False, True): "Give what getVoxnumbers or getLinks returned (its root is <response>), or a table as CSV.",
    (False, False): "Give a table as CSV.",
}


def _unfit(roots: set[str | None], schema: TableSchema) -> str:
    if roots == {"request"} and schema.requests:
        return "several requests can't be read as one table"
    found = " and ".join(sorted(f"<{root}>" for root in roots if root))
    return f"{schema.table} can't be read from XML whose root is {found or 'missing'}"


def _links(file: str, data: bytes) -> pl.DataFrame:
    request = read_request(data, file=file)
    if request.faults:
        raise _misplaced(request.faults, file)
    if not request.links.height:
        raise TableError("the request has no link", file=file, remedy="Add at least one <link>.")
    return request.links.select(FIELDS)


def _misplaced(faults: Sequence[NodeFault], file: str) -> TableError:
    """Make the error for nodes that should not be there: the first one, and the number of others."""
    first = faults[0]
    row = NODE_ROWS[first.kind]
    more = f" (and {len(faults) - 1} more such faults)" if len(faults) > 1 else ""
    return TableError(
        f"{row.format(first.name, first.line)}{more}",
        file=file,
        remedy=f"{row.advice(first.name)}. `allocator validate` lists everything that is wrong.",
    )


def _results(listings: Sequence[Listing], schema: TableSchema, files: Sequence[str]) -> pl.DataFrame:
    _refuse_missing_pages(listings, files)
    results = pl.concat([one.results.drop("line", strict=False) for one in listings], how="diagonal")
    if not results.height:  # the pages name no columns
        return pl.DataFrame(schema=dict.fromkeys(schema.columns, pl.String))
    return results.rename({name: column for name, column in schema.listed.items() if name in results.columns})


def _refuse_missing_pages(listings: Sequence[Listing], files: Sequence[str]) -> None:
    """Refuse a listing with a page missing or doubled: numbers in it would seem not to exist.

    Raises
    ------
    TableError
        A page is missing or doubled, or results are missing.
    """
    pages = max((one.pages or 1 for one in listings), default=1)
    place: dict[int, str] = {}
    for number, (one, file) in enumerate(zip(listings, files, strict=True), start=1):
        page = one.page or number
        if page in place:
            raise TableError(
                f"page {page} of the listing is already in {place[page]}", file=file, remedy="Give each page once."
            )
        place[page] = file
    missing = sorted(set(range(1, pages + 1)) - set(place))
    if missing:
        numbers = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
        raise TableError(
            f"page {numbers} of the {pages} pages of the listing is missing",
            file=files[0],
            remedy="Save all pages and give them all, in any order.",
        )
    total = next((one.total for one in listings if one.total is not None), None)
    found = sum(one.results.height for one in listings)
    if total is not None and total != found:
        raise TableError(
            f"the listing says that it has {total:,} results, but {found:,} are there",
            file=files[0],
            remedy="Save it again.",
        )
