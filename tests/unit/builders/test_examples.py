from __future__ import annotations

from allocator.places import dataset
from data.builders import examples


def test_the_example_is_what_its_builder_makes() -> None:
    folder = dataset.data_path("examples")
    assert (folder / "links.csv").read_bytes() == examples.example_csv(examples.LINK_COLUMNS, examples.links())
    assert (folder / "stock.csv").read_bytes() == examples.example_csv(examples.STOCK_COLUMNS, examples.stock())


def test_numbers_are_those_kept_for_drama_where_there_are_some() -> None:
    assert examples.numbers_of(20, 2) == ["442079460000", "442079460001"]
    assert examples.numbers_of(1603, 1) == ["441603960000"]
    assert examples.numbers_of(15394, 1) == ["441539460000"]
