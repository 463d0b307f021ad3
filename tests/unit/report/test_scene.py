from __future__ import annotations

import polars as pl
import pytest

import allocator
from allocator.errors import OptionError
from allocator.plans import Plan
from allocator.report.scene import LAYERS, Scene, scene_of

LINKS = pl.DataFrame({"link_id": list("abcd"), "postcode": ["W11 3EP", "W11 4FQ", "M1 1AE", "BS1 4DJ"]})
STOCK = pl.DataFrame({"full_voxnumber": ["442079460000", "441753960000", "441753960001", "441614960000"]})


def plan(outcode: str | None = None) -> Plan:
    links = LINKS if outcode is None else LINKS.filter(LINKS["postcode"].str.starts_with(outcode))
    return allocator.plan(links, STOCK, fallback_km=50)


def scene(of: Plan, layer: str = "share", aspect: float = 1.4) -> Scene:
    return scene_of(of, layer, aspect=aspect, tolerance_m=4000.0)


@pytest.mark.parametrize("layer", LAYERS)
def test_each_shape_and_each_outcode_has_a_class(layer: str) -> None:
    made = scene(plan(), layer)
    assert made.layer.name == layer
    assert len(made.shapes) == len(made.classes)
    assert len(made.dot_classes) == made.figures.outcodes.height == len(made.spots)
    assert made.lines.shape == (made.figures.fallbacks.height, 2, 2)


@pytest.mark.parametrize("aspect", [0.5, 1.4])
def test_the_window_has_the_aspect_of_the_picture_and_all_the_links(aspect: float) -> None:
    made = scene(plan("W11"), aspect=aspect)
    west, north, east, south = made.window
    assert (south - north) / (east - west) == pytest.approx(aspect)
    for x, y in made.spots.tolist():
        assert west < x < east
        assert north < y < south


def test_only_shapes_in_the_window_are_drawn() -> None:
    whole, corner = scene(plan()), scene(plan("W11"))
    assert 0 < len(corner.shapes) < len(whole.shapes)
    assert "20" in {shape.area_code for shape in corner.shapes}


def test_a_layer_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(OptionError, match="the map has no such layer") as caught:
        scene(plan(), "heat")
    assert all(layer in str(caught.value) for layer in LAYERS)
