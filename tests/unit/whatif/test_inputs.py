"""The inputs of a sweep: what a link without a distance of its own has, and what the digest depends on."""

from __future__ import annotations

import polars as pl

from allocator.whatif.inputs import Inputs, digest_of, read_inputs
from tests.unit.whatif.examples import LINKS, STOCK


def test_a_link_without_a_distance_has_none(inputs: Inputs) -> None:
    assert inputs.links.table["fallback_km"].to_list() == [7.0] + [None] * 6
    assert len(inputs.stock) == STOCK.height


def test_the_digest_depends_on_both_tables(inputs: Inputs) -> None:
    assert read_inputs(LINKS, STOCK).digest == inputs.digest
    changed = LINKS.with_columns(postcode=pl.col("postcode").fill_null("M1 1AA"))
    others = {read_inputs(changed, STOCK).digest, read_inputs(LINKS, STOCK.head(3)).digest}
    assert len(others | {inputs.digest}) == 3


def test_a_digest_depends_on_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": 2}) != digest_of({"b": 2, "a": 1})
