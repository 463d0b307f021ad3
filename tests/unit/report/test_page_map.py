from __future__ import annotations

import polars as pl

import allocator
from allocator.plans import Plan
from allocator.report import shapes
from allocator.report.figures import figures
from allocator.report.layers import plan_layers
from allocator.report.page_map import map_of
from allocator.report.tables import Column
from allocator.report.view import spots_of

LINKS = pl.DataFrame({"link_id": list("abcd"), "postcode": ["W11 3EP", "W11 4FQ", "M1 1AE", "BS1 4DJ"]})
STOCK = pl.DataFrame({"full_voxnumber": ["442079460000", "441753960000", "441753960001", "441614960000"]})

COLUMNS: list[Column] = [("area_code", "area code", "code"), ("asked", "links", "int")]
OUTCODE_COLUMNS: list[Column] = [("outcode", "outcode", "text"), ("asked", "links", "int")]


def plan() -> Plan:
    return allocator.plan(LINKS, STOCK, fallback_km=50)


def test_the_map_has_every_area_code_and_a_class_for_each_in_every_layer() -> None:
    found = figures(plan())
    made = map_of(plan_layers(found.area_codes), found.area_codes, COLUMNS)
    assert len(made["shapes"]) == len(shapes.shapes())
    assert made["area_codes"]["rows"] == len(shapes.shapes())
    for layer in made["layers"]:
        assert len(layer["classes"]) == len(made["shapes"])
        assert len(layer["labels"]) == len(layer["colours"])
    assert (made["outcodes"], made["lines"], made["focus"]) == (None, None, shapes.extent())


def test_outcodes_are_dots_and_fallbacks_are_lines() -> None:
    found = figures(plan())
    layers = plan_layers(found.area_codes)
    made = map_of(layers, found.area_codes, COLUMNS, found.outcodes, OUTCODE_COLUMNS, found.fallbacks)
    assert made["outcodes"]["rows"] == found.outcodes.height == 3
    assert made["outcodes"]["spots"] == spots_of(found.outcodes).round().tolist()
    assert made["lines"]["rows"] == found.fallbacks.height
    assert all(len(ends) == 4 for ends in made["lines"]["spots"])
    assert made["dots"]
