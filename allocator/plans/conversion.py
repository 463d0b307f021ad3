"""Turn any request into one that names every number."""

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
    """A request that names every number, made from any other.

    Attributes
    ----------
    plan
        The plan that it was made from.
    body
        The BY VOXNUMBER request of all links with a number, XML in UTF-8; empty when no link has one.
    """

    plan: Plan
    body: bytes

    def write(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the request to a file, whole or not at all.

        Parameters
        ----------
        path
            The file to make.
        force
            Replace the file that is there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            Something is there already, or it can't be written.
        """
        return write_file(path, self.body, force=force)

    @property
    def ok(self) -> bool:
        """Whether every link is in the request: none lacks a number, and none has one already."""
        return self.plan.ok and self.plan.already.is_empty()

    def __repr__(self) -> str:
        return f"<Conversion: {self.plan.assignments.height} links, {len(self.body)} bytes>"


def convert(request: Source, stock: Source, *, grouping: Grouping = "together") -> Conversion:
    """Turn any request into a BY VOXNUMBER request, which has one possible outcome.

    Parameters
    ----------
    request
        A request of attachVoxnumberToLink (XML), or any table of links.
    stock, grouping
        As in `plan`.

    Returns
    -------
    Conversion
        The request, and the plan that it was made from.

    Raises
    ------
    TableError, MarkupError
        A file can't be read.
    OptionError
        There is no such grouping.

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
