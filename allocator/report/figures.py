"""Counts of a plan by area code, by outcode and by fallback: what the map shows, and the tables behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import UK_IDD, Fallback, Method, Reason
from allocator.places import bundled_area_codes, bundled_outcodes
from allocator.plans import Plan


@dataclass(frozen=True, slots=True)
class Figures:
    """A plan in figures. "Links" here are BY POSTCODE links, as the others ask for a number at no place.

    Attributes
    ----------
    area_codes
        One row for each area code of the data, ascending. `area_code` and `name`. For the links in outcodes that it
        covers: `outcodes` (number of outcodes with links), `asked` (number of links), `served` (links that the plan
        gives a number), `already` (links that have one already), `share` (of links with a number either way; null where
        there are no links), `mean_km` (of the links served; null where there are none), and `missing` (links for which
        no area code in reach had enough numbers). For its numbers: `given` (handed out by the plan, to links anywhere)
        and `left` (null where the stock has none of the area code, or the plan's folder does not say).
    outcodes
        One row for each outcode that has links and a position, by name: `outcode`, `area_code` (the one that covers
        it), `name`, `asked`, `served`, `already`, `share`, `mean_km`, `missing`, `served_by` (area codes, the one with
        the most links first), `longitude` and `latitude` (WGS84 degrees).
    fallbacks
        One row for each pair of an outcode and an area code that served it by fallback distance, the farthest first:
        `outcode`, `own` (the area code that covers it), `area_code`, `name`, `links`, `distance_km`, and the two ends
        of the distance: `longitude`, `latitude`, `to_longitude`, `to_latitude` (WGS84 degrees).
    """

    area_codes: pl.DataFrame
    outcodes: pl.DataFrame
    fallbacks: pl.DataFrame


def figures(plan: Plan) -> Figures:
    """Count the links and numbers of a plan.

    Parameters
    ----------
    plan
        The plan.

    Examples
    --------
    >>> import allocator
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "M1 1AE"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> figures(plan).outcodes.select("outcode", "asked", "served", "missing").rows()
    [('M1', 1, 0, 1), ('W11', 1, 1, 0)]
    """
    by_outcode = _by_outcode(plan)
    return Figures(_by_area_code(plan, by_outcode), _with_servers(plan, by_outcode), _fallbacks(plan))


def by_postcode(links: pl.DataFrame) -> pl.DataFrame:
    """The BY POSTCODE links in a table of links."""
    return links.filter(pl.col("method") == Method.BY_POSTCODE)


def every_area_code() -> pl.DataFrame:
    """All area codes of the data, ascending: `area_code` (as text), `name`."""
    codes = bundled_area_codes()
    return pl.DataFrame({"area_code": pl.Series(codes.area_code).cast(pl.String), "name": codes.name})


def every_outcode() -> pl.DataFrame:
    """All outcodes of the data: `outcode`, `own` and `name` (of the area code that covers it, else null), position."""
    outcodes = bundled_outcodes()
    index = pl.Series(outcodes.area_index, dtype=pl.Int64)
    index = index.set(index < 0, None)
    codes = every_area_code()
    return pl.DataFrame(
        {
            "outcode": outcodes.outcode,
            "own": codes["area_code"].gather(index),
            "name": codes["name"].gather(index),
            "longitude": outcodes.longitude,
            "latitude": outcodes.latitude,
        }
    )


def _places() -> pl.DataFrame:
    """The outcodes that have a position and a covering area code."""
    return every_outcode().filter(pl.col("own").is_not_null() & pl.col("longitude").is_not_nan())


def _by_outcode(plan: Plan) -> pl.DataFrame:
    served = by_postcode(plan.assignments).select(
        "outcode",
        # Whole metres: their sum is the same in every order.
        metres=(pl.col("distance_km") * 1000).round().cast(pl.Int64),
        served=pl.lit(1),
        missing=pl.lit(0),
    )
    others = by_postcode(plan.unassigned).select(
        "outcode",
        metres=pl.lit(None, dtype=pl.Int64),
        served=pl.lit(0),
        missing=pl.when(pl.col("reason") == Reason.NO_STOCK_IN_REACH).then(1).otherwise(0),
    )
    links = pl.concat([served, others]).with_columns(asked=pl.lit(1), already=pl.lit(0))
    links = pl.concat([links, _already(plan).select(links.columns)])
    counted = links.group_by("outcode").agg(
        asked=pl.col("asked").sum().cast(pl.Int64),
        served=pl.col("served").sum().cast(pl.Int64),
        already=pl.col("already").sum().cast(pl.Int64),
        missing=pl.col("missing").sum().cast(pl.Int64),
        total_m=pl.col("metres").sum(),
    )
    return counted.join(_places().rename({"own": "area_code"}), on="outcode", how="inner").sort("outcode")


def _already(plan: Plan) -> pl.DataFrame:
    """Return the links that have a number already, by outcode; folders of earlier versions do not say."""
    counts = plan.summary.get("already", {"by_outcode": {}})["by_outcode"]
    number = pl.Series("already", list(counts.values()), dtype=pl.Int32)
    nothing = pl.lit(0)
    return pl.DataFrame({"outcode": pl.Series(list(counts), dtype=pl.String), "already": number}).with_columns(
        asked="already", metres=pl.lit(None, dtype=pl.Int64), served=nothing, missing=nothing
    )


def _rates() -> list[pl.Expr]:
    """Share of links with a number, and mean distance of those that the plan serves."""
    served = pl.col("served")
    return [
        pl.when(pl.col("asked") > 0).then((served + pl.col("already")) / pl.col("asked")).alias("share"),
        pl.when(served > 0).then((pl.col("total_m") / served / 1000).round(3)).alias("mean_km"),
    ]


def _by_area_code(plan: Plan, by_outcode: pl.DataFrame) -> pl.DataFrame:
    counts = by_outcode.group_by("area_code").agg(
        pl.len().cast(pl.Int64).alias("outcodes"), pl.col("asked", "served", "already", "missing", "total_m").sum()
    )
    # The area code of another country can have the same digits as a British one.
    british = (pl.col("method") == Method.BY_POSTCODE) | pl.col("full_voxnumber").str.starts_with(str(UK_IDD))
    given = plan.assignments.filter(british).group_by("area_code").agg(given=pl.len().cast(pl.Int64))
    table = (
        every_area_code()
        .join(counts, on="area_code", how="left", maintain_order="left")
        .join(given, on="area_code", how="left", maintain_order="left")
        .join(plan.stock.select("area_code", "left"), on="area_code", how="left", maintain_order="left")
    )
    whole = ("outcodes", "asked", "served", "already", "missing", "given")
    return table.with_columns(pl.col(*whole).fill_null(0)).select(
        "area_code", "name", "outcodes", "asked", "served", "already", *_rates(), "missing", "given", "left"
    )


def _with_servers(plan: Plan, by_outcode: pl.DataFrame) -> pl.DataFrame:
    pairs = (
        by_postcode(plan.assignments)
        .group_by("outcode", "area_code")
        .agg(links=pl.len())
        .sort("links", pl.col("area_code").cast(pl.Int64, strict=False), descending=[True, False])
    )
    servers = pairs.group_by("outcode", maintain_order=True).agg(
        served_by=pl.lit("0") + pl.col("area_code").str.join(", 0")
    )
    return by_outcode.join(servers, on="outcode", how="left", maintain_order="left").select(
        "outcode",
        "area_code",
        "name",
        "asked",
        "served",
        "already",
        *_rates(),
        "missing",
        "served_by",
        "longitude",
        "latitude",
    )


def _fallbacks(plan: Plan) -> pl.DataFrame:
    fallen = by_postcode(plan.assignments).filter(pl.col("fallback") == Fallback.DISTANCE)
    pairs = fallen.group_by("outcode", "area_code").agg(
        links=pl.len().cast(pl.Int64), distance_km=pl.col("distance_km").max()
    )
    table = pairs.join(_places().drop("name"), on="outcode", how="inner").sort(
        ["distance_km", "outcode", "area_code"], descending=[True, False, False]
    )
    codes = bundled_area_codes()
    index = [codes.index(int(code)) for code in table["area_code"]]
    ends = _ends(index, table["longitude"].to_numpy(), table["latitude"].to_numpy())
    return table.select(
        "outcode",
        "own",
        "area_code",
        codes.name.gather(pl.Series(index, dtype=pl.UInt32)).alias("name"),
        "links",
        "distance_km",
        "longitude",
        "latitude",
        pl.Series("to_longitude", ends[:, 0], dtype=pl.Float64),
        pl.Series("to_latitude", ends[:, 1], dtype=pl.Float64),
    )


def _ends(
    index: list[int | None], longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find where each distance ends: at the nearest outcode that the area code covers, else at its own point."""
    outcodes, codes = bundled_outcodes(), bundled_area_codes()
    covered: dict[int, NDArray[np.int64]] = {}
    ends = np.empty((len(index), 2))
    for row, code in enumerate(index):
        if code is None:
            ends[row] = longitude[row], latitude[row]
            continue
        if code not in covered:
            covered[code] = np.flatnonzero((outcodes.area_index == code) & ~np.isnan(outcodes.longitude))
        near = covered[code]
        if not len(near):
            ends[row] = codes.longitude[code], codes.latitude[code]
            continue
        east = (outcodes.longitude[near] - longitude[row]) * np.cos(np.radians(latitude[row]))
        closest = near[np.argmin(np.hypot(east, outcodes.latitude[near] - latitude[row]))]
        ends[row] = outcodes.longitude[closest], outcodes.latitude[closest]
    return ends
