"""A layer of the map shows what is known, and grey elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

import allocator
from allocator.report import shapes
from allocator.report.plan_page import plan_content


def test_stock_left_is_a_layer_where_it_is_known(example: Path) -> None:
    known = allocator.read_plan(example)
    stock = known.stock.filter(pl.col("area_code") != "131").with_columns(
        left=pl.when(pl.col("area_code") == "20").then(0).otherwise(7)
    )
    content = plan_content(replace(known, stock=stock))
    assert content.map is not None
    layer = {one["id"]: one for one in content.map["layers"]}["left"]
    place = [shape.area_code for shape in shapes.shapes()]
    assert layer["labels"][layer["classes"][place.index("20")]] == "none"
    assert layer["classes"][place.index("161")] > 0
    assert layer["classes"][place.index("131")] == -1
    older = plan_content(replace(known, stock=stock.clear())).map
    assert older is not None
    assert "left" not in {one["id"] for one in older["layers"]}
