"""CSV files: separators, quotes, line breaks, rows that are too short or too long."""

from __future__ import annotations

import pytest

from allocator.errors import TableError
from allocator.tables.csvfile import CsvFile
from allocator.tables.schema import TableSchema, match_columns
from allocator.tables.text import Reading

LINKS = TableSchema("links", ("link_id", "postcode"), optional=("method",))
ONE = TableSchema("stock", ("full_voxnumber",))


def read(data: bytes, schema: TableSchema = LINKS) -> Reading:
    file = CsvFile(data, "links.csv")
    return file.read(*match_columns(file.headings, schema, "links.csv"))


def rows(data: bytes, schema: TableSchema = LINKS) -> list[tuple[int | str | None, ...]]:
    return read(data, schema).cells().rows()


def faults(data: bytes, schema: TableSchema = LINKS) -> list[tuple[int, str]]:
    return read(data, schema).faults.select("row", "reason").rows()


PLAIN = [(2, "007", "M1 1AE"), (3, "é", "W11 3EP")]


@pytest.mark.parametrize(
    "text",
    [
        "link_id,postcode\n007,M1 1AE\né,W11 3EP\n",
        "link_id,postcode\n007,M1 1AE\né,W11 3EP",
        "link_id,postcode\r\n007,M1 1AE\r\né,W11 3EP\r\n",
        "link_id,postcode\r007,M1 1AE\ré,W11 3EP\r",
        "link_id;postcode\n007;M1 1AE\né;W11 3EP\n",
        "link_id\tpostcode\n007\tM1 1AE\né\tW11 3EP\n",
        "link_id|postcode\n007|M1 1AE\né|W11 3EP\n",
        "\ufefflink_id,postcode\n007,M1 1AE\né,W11 3EP\n",
        '\ufeff"link_id","postcode"\n"007","M1 1AE"\n"é","W11 3EP"\n',
        '"link_id",postcode\r\n"007",M1 1AE\r\né,"W11 3EP"\r\n',
        " link_id , postcode\n 007 ,\tM1 1AE\né,W11 3EP \n",
        "postcode,link_id\nM1 1AE,007\nW11 3EP,é\n",
        'notes,link_id,x,postcode\n"a,b\n,c",007,,M1 1AE\n,é,"""",W11 3EP\n',
        "link_id,postcode\n007,M1 1AE\né,W11 3EP\n\n\n",
    ],
)
def test_forms_of_one_table(text: str) -> None:
    assert rows(text.encode()) == PLAIN
    assert faults(text.encode()) == []


def test_blank_lines_count_but_are_no_rows() -> None:
    data = b"\nlink_id,postcode\n\n1,M1 1AE\n\n\r\n2,M1 1AE\n"
    assert rows(data) == [(4, "1", "M1 1AE"), (7, "2", "M1 1AE")]
    assert rows(b"full_voxnumber\n442079460000\n\n442079460001\n", ONE) == [(2, "442079460000"), (4, "442079460001")]
    assert rows(b'full_voxnumber\n""\n\n 1 \n', ONE) == [(2, None), (4, "1")]
    assert rows(b"full_voxnumber\r1\r\r2\r", ONE) == [(2, "1"), (4, "2")]


def test_a_value_with_line_breaks_is_one_row() -> None:
    data = b'link_id,postcode\n"a\nb",M1 1AE\n"c\r\nd",M1 1AE\n'
    assert rows(data) == [(2, "a\nb", "M1 1AE"), (3, "c\r\nd", "M1 1AE")]


def test_doubled_quotes_stand_for_one() -> None:
    assert rows(b'link_id,postcode\n"5"" pipe","M1 1AE"\n""""," "\n') == [(2, '5" pipe', "M1 1AE"), (3, '"', None)]


def test_quotes_within_an_unquoted_value_belong_to_it() -> None:
    assert rows(b'link_id,postcode\n5" pipe,M1 1AE\n6" pipe,M1 1AE\n') == [
        (2, '5" pipe', "M1 1AE"),
        (3, '6" pipe', "M1 1AE"),
    ]


def test_a_header_alone_is_a_table_of_no_rows() -> None:
    for data in (b"link_id,postcode", b"link_id,postcode\n", b"link_id,postcode\r\n\r\n", b'"link_id","postcode"\n'):
        assert rows(data) == []
    assert rows(b"full_voxnumber", ONE) == []


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("extra", ["", ",x"])
def test_rows_too_short_or_too_long_are_reported_and_the_others_read(quote: str, newline: str, extra: str) -> None:
    lines = [
        f"link_id,postcode{extra}",
        f"{quote}1{quote},M1 1AE{extra}",
        "2",
        f"3,M1 1AE{extra},{quote}z{quote}",
        "",
        f"4,M1 1AE{extra}",
    ]
    data = newline.join(lines).encode()
    assert rows(data) == [(2, "1", "M1 1AE"), (6, "4", "M1 1AE")]
    uneven = read(data).faults
    assert uneven.select("row", "reason").rows() == [(3, "ROW_RAGGED"), (4, "ROW_RAGGED")]
    fields = 2 + bool(extra)
    advice = "Separate fields with commas, and put a value that contains one in quotes."
    assert uneven["message"][0] == f"The row has 1 field and the header {fields}. {advice}"
    assert uneven["message"][1].startswith(f"The row has {fields + 1} fields and the header {fields}.")
    assert uneven["value"][0] == "2"


def test_a_long_row_does_not_make_up_for_a_short_one() -> None:
    data = b"link_id,postcode\n1,M1 1AE,3\n2\n3,M1 1AE\n"
    assert rows(data) == [(4, "3", "M1 1AE")]
    assert faults(data) == [(2, "ROW_RAGGED"), (3, "ROW_RAGGED")]
    data = b"link_id,x,postcode\n1,M1 1AE,3,\n2,3\n3,,M1 1AE\n"
    assert rows(data) == [(4, "3", "M1 1AE")]
    data = b"link_id,postcode\n\n1,M1 1AE,\n2,M1 1AE\n"
    assert rows(data) == [(4, "2", "M1 1AE")]


def test_text_behind_a_closing_quote_spoils_its_own_row() -> None:
    data = b'link_id,postcode\n1,M1 1AE\n"2"x,M1 1AE\n3,M1 1AE\n'
    assert rows(data) == [(2, "1", "M1 1AE"), (4, "3", "M1 1AE")]
    assert faults(data) == [(3, "ROW_MISQUOTED")]


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b'link_id,postcode\n1,M1 1AE\n"2,M1 1AE\n3,M1 1AE\n', 3),
        (b'link_id,postcode\n1,M1 1AE\n2,"M1 1AE', 3),
        (b'link_id,postcode\n"1,M1 1AE\n2,M1 1AE\n"3",M1 1AE\n', 2),
        (b'link_id,postcode\n1,M1 1AE\n"' + b"2,M1 1AE\n" * 20_000, 3),
    ],
)
def test_a_quote_left_open_is_reported_where_it_opens(data: bytes, row: int) -> None:
    with pytest.raises(TableError, match="a quote opens here that is not closed") as caught:
        read(data)
    assert (caught.value.file, caught.value.row) == ("links.csv", row)


def test_the_separator_is_the_one_that_shows_the_columns() -> None:
    assert rows(b"link_id;postcode;a,b,c,d\n1;M1 1AE;,,,\n") == [(2, "1", "M1 1AE")]


def test_a_heading_as_each_separator_shows_it() -> None:
    file = CsvFile(b"\n , \n link_id;x,postcode\n", "links.csv")
    assert file.headings == [[" link_id;x", "postcode"], *[[" , "]] * 3]  # with commas the row before is blank


@pytest.mark.parametrize("data", [b"\n\n", b"\xef\xbb\xbf\n", b" \n"])
def test_a_file_without_a_heading(data: bytes) -> None:
    with pytest.raises(TableError, match="its header can't be read"):
        CsvFile(data, "links.csv")


def test_many_rows_in_more_than_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allocator.tables.csvfile._BLOCK", 7)
    data = b'link_id,postcode\n"a,\n""b",M1 1AE\n\n2,M1 1AE,\n3,M1 1AE'
    assert rows(data) == [(2, 'a,\n"b', "M1 1AE"), (5, "3", "M1 1AE")]
    assert faults(data) == [(4, "ROW_RAGGED")]
