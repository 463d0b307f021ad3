"""Any request turned into one that names every number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.planning import Grouping
from allocator.plans.files import write_file
from allocator.plans.make import plan
from allocator.plans.result import Plan

if TYPE_CHECKING:
    from allocator.tables import Source


@dataclass(frozen=True, slots=True)
class Conversion:
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


def convert(request: Source, stock: Source, *, grouping: Grouping = "together") -> Conversion:
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
    return Conversion(made, next(made.requests(max(1, made.assignments.height)), b""))
