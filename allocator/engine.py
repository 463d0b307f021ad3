"""What people call: plan, check and convert a request, look a place up, see what is near."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import polars as pl

from allocator import dataset, postcode
from allocator.allocation import allocate
from allocator.errors import OptionError, PostcodeError
from allocator.intake import check_fallback_km, read_links
from allocator.outcome import plan_of
from allocator.plan import BATCH_SIZE, Plan, check_batch_size, check_folder, read_plan, write_file
from allocator.planning.rule import Grouping
from allocator.planning.strategy import EFFORT, Objective, Strategy, solver
from allocator.source import file_bytes
from allocator.stock import read_stock

if TYPE_CHECKING:
    from allocator.source import Source
    from allocator.validation import Fault

Progress = Callable[[str], None]


def plan(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    strategy: Strategy = "rule",
    objective: Objective = "total",
    keep: str | Path | Plan | None = None,
    effort: int = EFFORT,
    time_limit_s: float | None = None,
    output: str | Path | None = None,
    force: bool = False,
    batch_size: int = BATCH_SIZE,
    progress: Progress | None = None,
) -> Plan:
    """Plan which link gets which number, by the API's own rule or as well as can be.

    Parameters
    ----------
    links
        What wants numbers: a path (CSV, Parquet, a request as XML), "-" for standard input, or a polars, pandas or
        pyarrow table. Columns `link_id` and `postcode`, and where wanted `method`, `fallback_area_distance`,
        `voxnumber_idd`, `area_code`, `fallback_city`, `fallback_region`, `fallback_country`, `full_voxnumber`,
        `priority` (how much a link counts with "optimal"; 1 if not told).
    stock
        The numbers of the account, in the same forms. Column `full_voxnumber`, and where known `link_id` (attached
        already), `area_code`, `city`, `region`, `country`.
    fallback_km
        Fallback distance of BY POSTCODE links that give none of their own, kilometres; 0 admits the covering area code
        only.
    grouping
        "together": all links of an outcode are served from one area code, or none is, as the API does. "split": they
        may be spread over several, the closest first.
    strategy
        "rule": first come, first served, as the API does. "optimal": as many links as can be, and among those plans the
        one with the least total distance, with a certificate in `Plan.summary`. Exact with grouping "split"; with
        "together" the gap to the best is stated.
    objective
        With "optimal", among plans that serve as much: "total", the least total distance; or "worst", the least
        greatest distance of a link, then the least total.
    keep
        With "optimal", an earlier plan, or its folder: among plans that serve as much, as few links as can be lose the
        number that they have by it. They keep that very number, though a smaller one be free.
    effort
        With "optimal" and "together", how often to try and force in groups that go without.
    time_limit_s
        With "optimal" and "together", how many seconds to look for a better plan at most. A plan that was cut off says
        so in `Plan.summary`, and another run may end in another one; without a limit it always is the same.
    output
        Folder to write the plan to, see `Plan.write`; it is refused before anything is read.
    force
        Replace a plan that is in the folder already.
    batch_size
        Links to a request.
    progress
        Told the name of each step as it begins.

    Returns
    -------
    Plan
        Assignments, and a reason for each link that goes without.

    Raises
    ------
    TableError
        A table can't be read, or its columns are wrong. Single rows that can't be read are in `Plan.rejected`.
    OptionError
        An option is outside its range.
    OutputError
        The folder exists already, or can't be written.

    Examples
    --------
    >>> import polars as pl
    >>> links = pl.DataFrame({"link_id": ["555"], "postcode": ["SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> plan(links, stock).assignments.row(0)[:2]
    ('555', '442079460000')
    """
    _check_options(grouping, strategy, objective, effort, keeps=keep is not None)
    if time_limit_s is not None and not time_limit_s > 0:
        raise OptionError("that is no time limit", value=time_limit_s, remedy="Give a number of seconds.")
    fallback_km = check_fallback_km(fallback_km)
    check_batch_size(batch_size)
    if output is not None:
        check_folder(Path(output), force, "plan")
    earlier = read_plan(keep) if isinstance(keep, str | Path) else keep
    tell = progress or _silent
    tell("Reading the links")
    wanted = read_links(links, fallback_km=fallback_km)
    tell("Reading the stock")
    numbers = read_stock(stock)
    tell("Planning")
    kept = None if earlier is None else earlier.assignments
    allocation = allocate(
        wanted, numbers, grouping=grouping, solve=solver(strategy, effort, objective, time_limit_s), keep=kept
    )
    options: dict[str, Any] = {"fallback_km": fallback_km, "grouping": grouping, "strategy": strategy}
    if strategy == "optimal":
        options["objective"] = objective
    if earlier is not None:
        options["keep"] = earlier.digest
    if strategy == "optimal" and grouping == "together":
        options["effort"] = effort
    made = plan_of(allocation, options)
    if output is not None:
        tell("Writing the plan")
        made.write(output, force=force, batch_size=batch_size)
    return made


def _check_options(grouping: str, strategy: str, objective: str, effort: int, *, keeps: bool) -> None:
    if grouping not in get_args(Grouping):
        raise OptionError("there is no such grouping", value=grouping, remedy="Give 'together' or 'split'.")
    if strategy not in get_args(Strategy):
        raise OptionError("there is no such strategy", value=strategy, remedy="Give 'rule' or 'optimal'.")
    if objective not in get_args(Objective):
        raise OptionError("there is no such objective", value=objective, remedy="Give 'total' or 'worst'.")
    if strategy == "rule" and (keeps or objective != "total"):
        raise OptionError(
            "the API's rule keeps no numbers and knows no objective",
            value=strategy,
            remedy="Give the strategy 'optimal'.",
        )
    if effort < 0:
        raise OptionError("the effort is negative", value=effort, remedy="Give 0 or more.")


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a request.

    Attributes
    ----------
    file
        Where the request comes from.
    faults
        All that is wrong, in the API's order of checks: the first is what the API would answer.
    against_account
        Whether it was checked against an account too.
    """

    file: str
    faults: tuple[Fault, ...]
    against_account: bool

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def validate(
    request: str | os.PathLike[str] | bytes, *, stock: Source | None = None, links: Source | None = None
) -> Checked:
    """Find all that is wrong with a request, by the API's error table.

    Parameters
    ----------
    request
        A request of attachVoxnumberToLink: its path, "-" for standard input, or its bytes.
    stock
        The numbers of the account, to check against; without them only the request itself is checked.
    links
        The links of the account: a column `link_id`, or what getLinks returned. Without them any link_id exists.

    Raises
    ------
    TableError
        A file can't be read.
    OptionError
        Links were given without stock.

    Examples
    --------
    >>> body = b"<request><link><link_id>333</link_id><method>BY NAME</method></link></request>"
    >>> [fault.text for fault in validate(body).faults]
    ['Method 1 of 1 Invalid']
    """
    from allocator.account import Account, check
    from allocator.roster import read_account

    if links is not None and stock is None:
        raise OptionError("links alone tell too little", remedy="Give the stock too.")
    file, body = ("the request", request) if isinstance(request, bytes) else _request_file(os.fspath(request))
    account = None
    if stock is not None:
        account = Account(*read_account(stock, links))
    return Checked(file, check(body, account), account is not None)


def _request_file(path: str) -> tuple[str, bytes]:
    return "standard input" if path == "-" else path, file_bytes(path, "request")


@dataclass(frozen=True, slots=True)
class Converted:
    """A request turned into one that names every number.

    Attributes
    ----------
    plan
        Which link gets which number, and why some get none.
    body
        The BY VOXNUMBER request of all links that have a number; nothing when none has.
    """

    plan: Plan
    body: bytes

    def write(self, path: str | Path, *, force: bool = False) -> None:
        """Write the request to a file, whole or not at all.

        Raises
        ------
        OutputError
            Something is there already, or it can't be written.
        """
        write_file(Path(path), self.body, force=force)


def convert(request: Source, stock: Source, *, grouping: Grouping = "together") -> Converted:
    """Turn any request into a BY VOXNUMBER request, which has one possible outcome.

    Parameters
    ----------
    request
        A request of attachVoxnumberToLink (XML), or any table of links.
    stock, grouping
        As in `plan`.

    Raises
    ------
    TableError, MarkupError
        A file can't be read.

    Examples
    --------
    >>> import polars as pl
    >>> links = pl.DataFrame({"link_id": ["555"], "postcode": ["SW1A 0AA"]})
    >>> print(convert(links, pl.DataFrame({"full_voxnumber": ["442079460000"]})).body.decode(), end="")
    <?xml version="1.0" encoding="utf-8"?>
    <request>
      <link>
        <link_id>555</link_id>
        <method>BY VOXNUMBER</method>
        <full_voxnumber>442079460000</full_voxnumber>
      </link>
    </request>
    """
    made = plan(request, stock, grouping=grouping)
    return Converted(made, next(made.requests(max(1, made.assignments.height)), b""))


def _silent(_: str) -> None:
    """Progress that nobody wants to hear of."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a postcode or an outcode.

    Attributes
    ----------
    text
        As it was given.
    outcode
        Its outcode.
    postcode
        The unit postcode, written as "SW1A 0AA"; None when only an outcode was given.
    outcode_exists
        Whether the data has the outcode.
    postcode_exists
        Whether the data has the unit postcode, live or terminated; None when only an outcode was given.
    kind
        "geographic", "non-geographic" or "crown" (Jersey, Guernsey and the Isle of Man); None for an unknown outcode.
    longitude, latitude
        Centroid of the outcode, WGS84 degrees; None where it has none.
    area_code, area_code_name
        The covering area code, without its leading 0, and its name; None where the outcode has no position.
    postcodes
        How many unit postcodes the outcode has.
    meant
        Outcodes that an unknown one may have been meant to be, the likeliest first.
    """

    text: str
    outcode: str
    postcode: str | None
    outcode_exists: bool
    postcode_exists: bool | None
    kind: str | None
    longitude: float | None
    latitude: float | None
    area_code: int | None
    area_code_name: str | None
    postcodes: int
    meant: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether the data has what was asked for."""
        return self.outcode_exists if self.postcode_exists is None else self.postcode_exists


def lookup(text: str) -> Place:
    """Look a postcode or an outcode up.

    Parameters
    ----------
    text
        A unit postcode or an outcode, in any case and spacing.

    Raises
    ------
    PostcodeError
        The text is neither.

    Examples
    --------
    >>> place = lookup("sw1a0aa")
    >>> place.postcode, place.exists, place.area_code
    ('SW1A 0AA', True, 20)
    """
    try:
        unit = postcode.parse(text)
    except PostcodeError as error:
        return _place(text, _outcode_in(text, error), None)
    return _place(text, unit.outcode, unit)


# An outcode has at most four characters; what is longer was meant to be a unit postcode.
_LONGEST_OUTCODE = 4


def _outcode_in(text: str, error: PostcodeError) -> str:
    """The outcode that a text is which is no unit postcode; else the error that helps with what it was meant to be."""
    try:
        return postcode.parse_outcode(text)
    except PostcodeError as no_outcode:
        if len(text.strip()) <= _LONGEST_OUTCODE:
            raise _with_outcode_meant(no_outcode) from None
        raise error from None


def _with_outcode_meant(error: PostcodeError, outcode: str | None = None) -> PostcodeError:
    """The error, asking for the outcodes that the text, or the outcode in it, is like."""
    question = dataset.outcode_meant(outcode or error.text)
    return PostcodeError(error.text, error.span, error.problem, question) if question else error


def _place(text: str, outcode: str, unit: postcode.Postcode | None) -> Place:
    outcodes, codes = dataset.outcodes(), dataset.area_codes()
    row = outcodes.row(outcode)
    covering = int(outcodes.area_index[row]) if row is not None else -1
    placed = covering >= 0 and row is not None
    return Place(
        text=text,
        outcode=outcode,
        postcode=str(unit) if unit else None,
        outcode_exists=row is not None,
        postcode_exists=_exists(row, unit) if unit else None,
        kind=outcodes.kind[row] if row is not None else None,
        longitude=float(outcodes.longitude[row]) if placed else None,
        latitude=float(outcodes.latitude[row]) if placed else None,
        area_code=int(codes.area_code[covering]) if placed else None,
        area_code_name=codes.name[covering] if placed else None,
        postcodes=int(outcodes.postcodes[row]) if row is not None else 0,
        meant=() if row is not None else tuple(dataset.meant_outcodes(outcode)),
    )


def _exists(row: int | None, unit: postcode.Postcode) -> bool:
    if row is None:
        return False
    return bool(dataset.postcodes_exist([row], [postcode.incode_number(unit.incode)])[0])


@dataclass(frozen=True, slots=True)
class Nearby:
    """What lies within a distance of an outcode.

    Attributes
    ----------
    place
        The outcode.
    within_km
        How far was looked, kilometres.
    area_codes
        `area_code`, `name`, `distance_km`: closest first, then by area code.
    outcodes
        `outcode`, `distance_km`, `area_code`, `name`: closest first, then by outcode.
    """

    place: Place
    within_km: float
    area_codes: pl.DataFrame
    outcodes: pl.DataFrame


def nearest(text: str, within_km: float) -> Nearby:
    """The area codes and the outcodes within a distance of an outcode.

    Parameters
    ----------
    text
        An outcode or a unit postcode, of which the outcode counts.
    within_km
        How far to look, kilometres, inclusive.

    Raises
    ------
    PostcodeError
        The text is no outcode, or the outcode is unknown or has no position.
    OptionError
        The distance is negative or no number.

    Examples
    --------
    >>> nearest("W11", 0).area_codes.rows()
    [('20', 'London', 0.0)]
    """
    from allocator.gazetteer import default_gazetteer
    from allocator.reach import default_reach

    within_km = check_fallback_km(within_km, name="within")
    place = lookup(text)
    row = dataset.outcodes().row(place.outcode)
    if row is None or place.longitude is None or place.latitude is None:
        what = "has no position" if place.outcode_exists else "is not known"
        error = PostcodeError(text, (0, len(text)), f"the outcode {place.outcode} {what}, so nothing is near it")
        raise error if place.outcode_exists else _with_outcode_meant(error, place.outcode)
    codes, outcodes = dataset.area_codes(), dataset.outcodes()
    area_index, km = default_reach().within(row, within_km)
    near, near_km = default_gazetteer().within(place.longitude, place.latitude, within_km)
    return Nearby(
        place=place,
        within_km=within_km,
        area_codes=_table(
            area_code=pl.Series(codes.area_code).gather(area_index).cast(pl.String),
            name=pl.Series(codes.name).gather(area_index),
            distance_km=km,
        ),
        outcodes=_table(
            outcode=outcodes.outcode.gather(near),
            distance_km=near_km,
            area_code=pl.Series(codes.area_code).gather(outcodes.area_index[near]).cast(pl.String),
            name=pl.Series(codes.name).gather(outcodes.area_index[near]),
        ),
    )


def _table(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame(columns)
