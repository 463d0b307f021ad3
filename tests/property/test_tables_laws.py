"""Laws of reading tables: no row is lost, their form does not matter, only our own errors are raised."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import TableError
from allocator.notation.vocabulary import Method
from allocator.tables.csvfile import CsvFile, CsvRows
from allocator.tables.links import Links, read_links
from allocator.tables.read import Source
from allocator.tables.schema import TableSchema, match_columns
from allocator.tables.stock import Stock, read_stock
from allocator.tables.text import Reading

Rows = list[dict[str, str | None]]

ANYTHING = st.text(max_size=8)
LINK_CELLS: dict[str, list[str]] = {
    "link_id": ["a", "b", "c", " a ", "007", "7", "x\x01", "a,b", 'say "a"', "a\nb", "é"],
    "postcode": ["SW1A 0AA", "sw1a0aa", "M1 1AE", "ZE99 9AA", "SW1A", "nowhere", "BF1 1AA"],
    "method": [*Method, "by postcode", "BY PIGEON"],
    "fallback_area_distance": ["20", "7.5", "-1", "NaN", "inf", "far", "1e3"],
    "voxnumber_idd": ["44", "+44", "1", "0044", "?"],
    "area_code": ["20", "020", "845", "x"],
    "fallback_city": ["TRUE", "false", "yes"],
    "full_voxnumber": ["442079460000", "+44 20 7946 0000", "12125550123", "020 7946 0000", "4.42E+11"],
}
STOCK_CELLS: dict[str, list[str]] = {
    "full_voxnumber": [f"44207946000{last}" for last in range(4)]
    + ["+44 20 7946 0000", "12125550123", "44215550", "x"],
    "link_id": ["a", "b"],
    "area_code": ["20", "0161", "x"],
    "city": ["London", "Leeds"],
    "region": ["NY"],
    "country": ["GB"],
}
GAPS = ["", " ", None]


def rows(cells: dict[str, list[str]], *, needed: str, anything: bool = False) -> st.SearchStrategy[Rows]:
    """Rows over some of the columns, one of them always there, with gaps, and with texts of any kind if wanted."""

    def cell(column: str) -> st.SearchStrategy[str | None]:
        usual: st.SearchStrategy[str | None] = st.sampled_from([*cells[column] * 2, *GAPS])
        return st.one_of(usual, ANYTHING) if anything else usual

    def of(columns: set[str]) -> st.SearchStrategy[Rows]:
        kept = [column for column in cells if column in columns | {needed}]
        return st.lists(st.fixed_dictionaries({column: cell(column) for column in kept}), max_size=12)

    return st.sets(st.sampled_from(list(cells))).flatmap(of)


def with_link_ids(rows: Rows) -> Rows:
    """Rows with a link_id each where they have none."""
    return [{"link_id": f"L{at}", **row} for at, row in enumerate(rows)]


LINKS = rows(LINK_CELLS, needed="postcode").map(with_link_ids)
ANY_LINKS = rows(LINK_CELLS, needed="postcode", anything=True).map(with_link_ids)
STOCK = rows(STOCK_CELLS, needed="full_voxnumber")
ANY_STOCK = rows(STOCK_CELLS, needed="full_voxnumber", anything=True)


def frame(rows: Rows, *needed: str) -> pl.DataFrame:
    columns = dict.fromkeys([*needed, *(column for row in rows for column in row)])
    return pl.DataFrame(
        {column: [row.get(column) for row in rows] for column in columns}, schema=dict.fromkeys(columns, pl.String)
    )


def links_frame(rows: Rows) -> pl.DataFrame:
    return frame(rows, "link_id", "postcode")


def stock_frame(rows: Rows) -> pl.DataFrame:
    return frame(rows, "full_voxnumber")


def written(table: pl.DataFrame, **options: Any) -> bytes:
    text: str = table.write_csv(**options)
    return text.encode()


# --- no row is lost --------------------------------------------------------------------------------------------------


@given(ANY_LINKS)
def test_readable_and_rejected_links_are_all_rows(given_rows: Rows) -> None:
    read = read_links(links_frame(given_rows))
    assert sorted([*read.table["row"], *read.rejected["row"]]) == list(range(1, len(given_rows) + 1))
    assert read.table["row"].is_sorted()
    assert read.rejected["row"].is_sorted()
    assert read.table["link_id"].is_unique().all()


@given(ANY_STOCK)
def test_readable_and_rejected_numbers_are_all_rows(given_rows: Rows) -> None:
    read = read_stock(stock_frame(given_rows))
    assert sorted([*read.table["row"], *read.rejected["row"]]) == list(range(1, len(given_rows) + 1))
    assert read.rejected["row"].is_sorted()
    numbers = read.table["full_voxnumber"].to_list()
    assert numbers == sorted(set(numbers))


@given(ANY_LINKS)
def test_a_readable_link_has_the_fields_of_its_method_and_a_rejected_row_its_reason(given_rows: Rows) -> None:
    read = read_links(links_frame(given_rows))
    for link in read.table.iter_rows(named=True):
        has = (link["full_voxnumber"], link["postcode"], link["area_code"])
        assert [field is not None for field in has] == [method == link["method"] for method in range(3)]
        assert (link["incode_code"] is not None) == (link["method"] == 1)
        assert (link["voxnumber_idd"] is not None) == (link["method"] == 2)
        assert link["fallback_km"] >= 0
        assert None not in (link["fallback_city"], link["fallback_region"], link["fallback_country"])
    assert (
        read.rejected.select("table", "file", "row", "column", "reason", "message").null_count().sum_horizontal()[0]
        == 0
    )
    assert all(message.endswith((".", "?")) for message in read.rejected["message"])


# --- the form of a table does not matter -----------------------------------------------------------------------------


def same_links(left: Links, right: Links) -> bool:
    """Whether two readings differ in nothing but the numbers of their rows."""
    facts = ["column", "value", "reason"]
    return (
        left.table.drop("row").equals(right.table.drop("row"))
        and left.table["row"].diff().equals(right.table["row"].diff())
        and left.rejected.select(facts).equals(right.rejected.select(facts))
    )


def forms(table: pl.DataFrame, folder: Path) -> list[Source]:
    """A table in every form but a polars one."""
    parquet = folder / "table.parquet"
    table.write_parquet(parquet)
    sources: list[Source] = [parquet, table.lazy(), table.to_arrow(), table.to_pandas()]
    for number, (separator, quotes, newline) in enumerate(
        [(",", "necessary", "\n"), (";", "always", "\r\n"), ("\t", "necessary", "\r\n"), ("|", "always", "\n")]
    ):
        path = folder / f"table{number}.csv"
        path.write_bytes(written(table, separator=separator, quote_style=quotes, line_terminator=newline))
        sources.append(path)
    return sources


@given(LINKS)
def test_links_read_alike_in_every_form(given_rows: Rows) -> None:
    table = links_frame(given_rows)
    read = read_links(table, fallback_km=5)
    with tempfile.TemporaryDirectory() as folder:
        for source in forms(table, Path(folder)):
            assert same_links(read_links(source, fallback_km=5), read), source


@given(STOCK)
def test_stock_reads_alike_in_every_form(given_rows: Rows) -> None:
    # A second column, since a table of one column in CSV has no rows that are empty: those are blank lines.
    table = stock_frame(given_rows).with_columns(note=pl.lit("x"))
    read = read_stock(table)
    with tempfile.TemporaryDirectory() as folder:
        for source in forms(table, Path(folder)):
            other = read_stock(source)
            assert other.table.drop("row").equals(read.table.drop("row")), source
            assert other.rejected["value"].equals(read.rejected["value"]), source


@given(st.lists(st.integers(10_000, 10**15), max_size=8, unique=True), st.booleans())
def test_numbers_read_alike_as_integers_floats_and_text(numbers: list[int], gap: bool) -> None:
    column = pl.Series("full_voxnumber", [*numbers, *[None] * gap], dtype=pl.Int64)
    read = [
        read_stock(form)
        for form in (
            column.to_frame(),
            column.cast(pl.Float64).to_frame(),
            column.cast(pl.String).to_frame(),
            column.to_frame().to_pandas(),
        )
    ]
    assert all(other.table.equals(read[0].table) and other.digest == read[0].digest for other in read)
    assert read[0].table["full_voxnumber"].to_list() == sorted(numbers)


def without_rows(read: Stock) -> tuple[pl.DataFrame, pl.DataFrame]:
    rejected = read.rejected.select("column", "value", "reason")
    return read.table.drop("row"), rejected.sort(rejected.columns)


@given(STOCK, st.randoms(use_true_random=False))
def test_the_order_of_the_stock_changes_nothing_but_row_numbers(given_rows: Rows, random: Any) -> None:
    shuffled = list(given_rows)
    random.shuffle(shuffled)
    table, rejected = without_rows(read_stock(stock_frame(given_rows)))
    other_table, other_rejected = without_rows(read_stock(stock_frame(shuffled)))
    assert other_table.equals(table)
    assert other_rejected.drop("value").equals(rejected.drop("value"))


# --- nothing but our own errors --------------------------------------------------------------------------------------

CSV_PARTS = st.sampled_from(
    ["a", "b c", "é", ",", ",", ",", "\n", "\n", "\r\n", "\r", '"', '"', '""', '"x"', '"x,\ny"', " ", "\t", ";", "\0"]
)
CSV_TEXTS = st.lists(CSV_PARTS, max_size=30).map("".join)
SCHEMA = TableSchema("links", ("link_id", "postcode"), optional=("method",))


def csv_rows(text: str) -> CsvRows:
    file = CsvFile(text.encode(), "links.csv")
    return file.rows(*match_columns(file.headings, SCHEMA, "links.csv"))


def regular_lines(text: str) -> Reading | None:
    """A file as the csv module alone reads it; None where a quote is left open."""
    try:
        return csv_rows(text)._record_by_record()
    except TableError:
        return None


@given(CSV_TEXTS, st.sampled_from(["link_id,postcode", "link_id,notes,postcode", '"method","link_id","postcode"']))
def test_the_quick_reader_reads_as_the_csv_module_does(body: str, heading: str) -> None:
    text = f"{heading}\n{body}"
    quick = csv_rows(text)._quickly()
    slow = regular_lines(text)
    if quick is None:
        return
    assert slow is not None
    assert quick.cells().equals(slow.cells())
    assert quick.faults.drop("value").equals(slow.faults.drop("value"))


@given(CSV_TEXTS)
def test_records_are_those_of_the_csv_module(body: str) -> None:
    try:
        read = csv_rows(f"link_id,postcode\n{body}").read()
    except TableError as error:
        assert error.row is not None
        return
    records = list(csv.reader(io.StringIO(body, newline="")))
    misquoted = read.faults.filter(pl.col("reason") == "ROW_MISQUOTED").height
    whole = {row: record for row, record in enumerate(records, start=2) if len(record) == 2}
    if not misquoted:
        assert read.row.to_list() == list(whole)
        texts = zip(*(column.fill_null("") for column in read.columns.values()), strict=True)
        assert [list(text) for text in texts] == list(whole.values())
        assert len(read.row) + len(read.faults) == sum(map(bool, records))


@given(st.one_of(st.binary(max_size=40), CSV_TEXTS.map(str.encode)), st.sampled_from([b"", b"link_id,postcode\n"]))
def test_any_bytes_are_read_or_refused(body: bytes, heading: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("csv", "parquet"):
            path = Path(folder) / f"links.{suffix}"
            path.write_bytes(heading + body)
            for reader in (read_links, read_stock):
                try:
                    reader(path)
                except TableError as error:
                    assert error.file == str(path)


@given(st.dictionaries(ANYTHING, st.lists(ANYTHING, min_size=2, max_size=2), max_size=4))
def test_any_columns_are_read_or_refused(columns: dict[str, list[str]]) -> None:
    for reader in (read_links, read_stock):
        try:
            reader(pl.DataFrame(columns))
        except TableError as error:
            assert error.column is not None
