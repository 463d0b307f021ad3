"""Send damaged requests to an account: `python -m tests.endurance.mutated_requests --count 100000`.

Each begins as a sound request with a wrong value now and then, of the kind that software gets wrong. Almost half of
them are then changed one to three times, in their nodes (left out, doubled, wrapped, renamed, commented) or in their
bytes (flipped, cut, doubled, another encoding). Method and query string are wrong now and then, too. After each request
there must be no exception, a status of 204 or 400, an empty body with 204, and `<errors>` that parse with 400. A 400
must have changed nothing and a 204 something; no number may be on two links, and both tables of the account must agree.
Hypothesis makes the random choices from a seed: the requests are the same every time.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import hypothesis
import polars as pl
from hypothesis import HealthCheck, Phase, given, settings, strategies
from lxml import etree

from allocator import Account
from allocator.protocol.catalogue import ROWS, Row

QUERY = "v=3&method=attachVoxnumberToLink"
SERVED_BEFORE_NEW = 6
"""The account is made anew after this number of served requests, so that something is left to attach."""

_LINK_IDS = [*map(str, range(1, 31)), "A & B", "é", "<7>", "007"]
_STOCK = {
    **{f"44207946{n:04d}": None for n in range(12)},
    **{f"44161496{n:04d}": None for n in range(6)},
    **{f"441753960{n:03d}": None for n in range(6)},
    **{f"4484500000{n:02d}": "A & B" if n == 0 else None for n in range(4)},
    **{f"1212555010{n}": None for n in range(3)},
    "4423012565866": None,
}
_FIELDS = (
    *("link_id", "method", "voxnumber_idd", "area_code", "fallback_city", "fallback_region", "fallback_country"),
    *("full_voxnumber", "voxnumber_country", "postcode", "fallback_area_distance"),
)
_POSTCODES = ("SW1A 0AA", "W11 3EP", "M1 1AE", "SL1 1AA", "BT1 1AA", "JE2 3AB", "ZE1 0AA", "GIR 0AA", "SW1A 9ZZ")
_VALUES = (
    *("", " ", "\n", "0", "-1", "00", "020", "20", "44", "1", "1.5", "1e3", "NaN", "inf", "-inf", "9" * 18, "9" * 40),
    *("٤٤", "²", "442079460000", "+442079460000", "0207 946 0000", "TRUE", "false", "Yes", "BY AREA", "by voxnumber"),
    *(
        "BY POSTCODE",
        "BY  AREA",
        "UNITED KINGDOM",
        "gb",
        "FRANCE",
        "&amp;",
        "&lt;b&gt;",
        "&#0;",
        "&#x1F600;",
        "&#xD800;",
    ),
    *("<![CDATA[20]]>", "<!-- 20 -->", "<?php 20?>", "&nbsp;", "é", "ß", "ı", "\u200b", "\ufeff", "\u2028", "x" * 5000),
    *_POSTCODES,
    *("sw1a0aa", "SW1A", "OO1 1OO", "None", "null", "1,000", "0x14", "1_000", "\u00a020", "20\t"),
)
_QUERIES = (
    *("", "v=3", "v=", "v=03", "v=3.0", "v=%33&method=attachVoxnumberToLink", "v=3&v=4&method=attachVoxnumberToLink"),
    *("method=attachVoxnumberToLink", "v=3&method=", "v=3&method=getLinks", "v=3&method=ATTACHVOXNUMBERTOLINK"),
    *("&&&", "=", "v=3&method=attachVoxnumberToLink&x=%ff%fe", "v=\ud7ff", "%", "v=3;method=attachVoxnumberToLink"),
)
_FIELD, _LINK = r"<([a-z_]+)>[^<]*</\1>", r"(?s)<link>.*?</link>"
_TAG_ENDS = (' id="1">', ' xmlns="x">', " >", "/>", ' a="1" a="2">')
_HEADS = ("<!DOCTYPE request>", '<!DOCTYPE a [<!ENTITY b "c">]>', "\ufeff", " ", "x")
_METHODS = ("GET", "POST", "put", "DELETE", "HEAD", "", "PUT ", "BREW")


class Mutator:
    """Draws requests.

    Parameters
    ----------
    rng
        Makes the random choices.

    Examples
    --------
    >>> method, query, body = Mutator(random.Random(1)).draw()
    >>> (method, query, body) == Mutator(random.Random(1)).draw()
    True
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def draw(self) -> tuple[str, str, bytes]:
        """Return the next request: HTTP method, query string and body."""
        rng = self._rng
        method = rng.choice(_METHODS) if rng.random() < 0.01 else "PUT"
        query = rng.choice(_QUERIES) if rng.random() < 0.01 else QUERY
        link_ids = rng.sample(_LINK_IDS, rng.choice((0, *[1] * 6, *[2] * 4, 3, 5, 8)))
        links = [self._link(link_id) for link_id in link_ids]
        text = self._document(links)
        (level,) = rng.choices((self._encoded, self._mutated_nodes, self._mutated_bytes), weights=(6, 4, 1))
        return method, query, level(text)

    # Values.

    def _link(self, link_id: str) -> str:
        rng = self._rng
        kind = rng.choice((self._by_area, self._by_voxnumber, self._by_postcode))
        fields = {"link_id": _escaped(link_id), **kind()}
        while rng.random() < 0.2:
            fields[rng.choice(_FIELDS)] = rng.choice(_VALUES)
        nodes = [f"<{name}>{value}</{name}>" for name, value in fields.items()]
        if rng.random() < 0.2:
            rng.shuffle(nodes)
        return f"<link>{''.join(nodes)}</link>"

    def _by_area(self) -> dict[str, str]:
        rng = self._rng
        fields = {"method": "BY AREA", "voxnumber_idd": "44", "area_code": rng.choice(("20", "161", "1753", "845"))}
        if rng.random() < 0.3:
            fields |= {"voxnumber_idd": "1", "area_code": rng.choice(("212", "646"))}
        for name in _FIELDS[4:7]:
            if rng.random() < 0.2:
                fields[name] = rng.choice(("TRUE", "FALSE", "true", ""))
        return fields

    def _by_voxnumber(self) -> dict[str, str]:
        return {"method": "BY VOXNUMBER", "full_voxnumber": self._rng.choice(tuple(_STOCK))}

    def _by_postcode(self) -> dict[str, str]:
        rng = self._rng
        fields = {
            "method": "BY POSTCODE",
            "voxnumber_country": "UNITED KINGDOM",
            "postcode": rng.choice(_POSTCODES[:5]),
        }
        if rng.random() < 0.5:
            fields["fallback_area_distance"] = rng.choice(("0", "20", "30.5", "100", "250", "2000"))
        return fields

    def _document(self, links: list[str]) -> str:
        rng = self._rng
        gap = rng.choice(("", "\n", "\r\n  ", "<!-- a comment -->", "<?a b?>"))
        head = rng.choice(("", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?>\n'))
        return f"{head}<request>{gap}{gap.join(links)}{gap}</request>"

    # Documents.

    def _encoded(self, text: str) -> bytes:
        return text.encode("utf-8", "surrogatepass")

    def _mutated_nodes(self, text: str) -> bytes:
        for _ in range(self._rng.randint(1, 2)):
            text = self._rng.choice(self._node_mutations())(text)
        return text.encode("utf-8", "surrogatepass")

    def _node_mutations(self) -> tuple[Callable[[str], str], ...]:
        rng, tags = self._rng, re.compile(r"</?[a-z_]+>")

        def at_a_tag(change: Callable[[str], str]) -> Callable[[str], str]:
            def changed(text: str) -> str:
                found = list(tags.finditer(text))
                if not found:
                    return text
                tag = rng.choice(found)
                return text[: tag.start()] + change(tag.group()) + text[tag.end() :]

            return changed

        def at_a_node(change: Callable[[str], str]) -> Callable[[str], str]:
            def changed(text: str) -> str:
                found = list(re.finditer(rng.choice((_FIELD, _FIELD, _LINK)), text))
                if not found:
                    return text
                node = rng.choice(found)
                return text[: node.start()] + change(node.group()) + text[node.end() :]

            return changed

        return (
            at_a_tag(lambda _: ""),
            at_a_tag(lambda tag: tag + tag),
            at_a_tag(lambda tag: tag.upper()),
            at_a_tag(lambda tag: tag.replace(">", rng.choice(_TAG_ENDS))),
            at_a_tag(lambda tag: tag.replace("<", rng.choice(("<a:", "< ", "<<", "<x", "<!")))),
            at_a_tag(lambda tag: rng.choice(_VALUES) + tag),
            at_a_node(lambda _: ""),
            at_a_node(lambda node: node + node),
            at_a_node(lambda node: f"<b>{node}</b>"),
            at_a_node(lambda node: node + f"<{rng.choice(_FIELDS)}>{rng.choice(_VALUES)}</{rng.choice(_FIELDS)}>"),
            at_a_node(lambda node: node.replace("</", rng.choice(("<b/></", "<postcode>1</postcode></")), 1)),
            at_a_node(lambda node: f"<!--{node}-->"),
            at_a_node(lambda node: f"<![CDATA[{node}]]>"),
            lambda text: text.replace("request", rng.choice(("requests", "Request", "response", "a")), 2),
            lambda text: rng.choice(_HEADS) + text,
            lambda text: text + rng.choice(("x", "<request/>", "<!-- end -->", "\0", "]]>")),
        )  # fmt: skip

    # Bytes.

    def _mutated_bytes(self, text: str) -> bytes:
        data = bytearray(text.encode("utf-8", "surrogatepass"))
        for _ in range(self._rng.randint(1, 3)):
            self._mutate(data)
        if self._rng.random() < 0.1:
            encoding = self._rng.choice(("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7"))
            data = bytearray(bytes(data).decode("utf-8", "replace").encode(encoding, "replace"))
        return bytes(data)

    def _mutate(self, data: bytearray) -> None:
        rng = self._rng
        place = rng.randrange(len(data) + 1)
        what = rng.randrange(6)
        if what == 0:
            data[place : place + 1] = bytes([rng.randrange(256)])
        elif what == 1:
            data[place:place] = rng.randbytes(rng.randint(1, 4))
        elif what == 2:
            del data[place : place + rng.randint(1, 20)]
        elif what == 3:
            del data[place:]
        elif what == 4:
            data[place:place] = data[place : place + rng.randint(1, 60)]
        else:
            data[place:place] = rng.choice(
                (b"<", b">", b"&", b"&#", b'"', b"]]>", b"\0", b"\xff", b"\xed\xa0\x80", b"--")
            )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@dataclass
class Tally:
    """Counts of the answers.

    Attributes
    ----------
    rows
        How often each row of the error table was the first error; "204" where there was none.
    faults
        What went wrong, each with its request.
    """

    rows: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def put(count: int, seed: int = 1) -> Tally:
    """Send mutated requests to an account.

    Parameters
    ----------
    count
        The number of requests.
    seed
        Seed of the random choices.
    """
    tally, account, served = Tally(), _account(), 0

    @hypothesis.seed(seed)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(strategies.randoms(use_true_random=True))
    def put_one(rng: random.Random) -> None:
        nonlocal account, served
        call = Mutator(rng).draw()
        try:
            served += _put(account, call, tally.rows)
        except Exception as error:  # noqa: BLE001 - any exception is a fault
            tally.faults.append(f"{type(error).__name__}: {error}; {call!r}")
            account = _account()
        if served >= SERVED_BEFORE_NEW:
            account, served = _account(), 0

    put_one()
    return tally


def _account() -> Account:
    stock = pl.DataFrame({"full_voxnumber": list(_STOCK), "link_id": list(_STOCK.values())})
    return Account(stock, links=pl.DataFrame({"link_id": _LINK_IDS}))


def _put(account: Account, call: tuple[str, str, bytes], rows: Counter[str]) -> bool:
    """Send one request to an account, compare the account before and after, and return whether it was served."""
    before = account.links_table()
    status, body = account.handle(*call)
    after = account.links_table()
    assert status in (204, 400), f"status {status}"
    if status == 204:
        assert body == b"", "204 with a body"
        assert after["full_voxnumber"].null_count() < before["full_voxnumber"].null_count(), "204 and nothing attached"
        rows["204"] += 1
    else:
        (error,) = etree.fromstring(body).findall("error")
        assert error.get("status") == "400", "another status in the body"
        assert after.equals(before), "400 and something changed"
        rows[row_of(error.text or "").name] += 1
    held = after.drop_nulls().sort("link_id")
    assert not held["full_voxnumber"].is_duplicated().any(), "a number on two links"
    numbers = account.voxnumbers_table().drop_nulls("link_id").select("link_id", "full_voxnumber")
    assert numbers.sort("link_id").equals(held), "the two tables contradict each other"
    return status == 204


_PATTERNS: tuple[tuple[re.Pattern[str], Row], ...] = tuple(
    (re.compile(re.escape(row.format(*["\0"] * row.placeholders)).replace("\0", ".*"), re.DOTALL), row)
    for row in ROWS.values()
    if not row.name.endswith("_EARLY")  # they read the same as others
)


def row_of(text: str) -> Row:
    """Return the row of the error table that an error string belongs to.

    Examples
    --------
    >>> row_of("Link ID 2 of 5 empty").name
    'LINK_ID_EMPTY'
    """
    return next(row for pattern, row in _PATTERNS if pattern.fullmatch(text))


def main() -> None:
    """Send the requests, and print the counts; exit code 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    tally = put(options.count, options.seed)
    for name, times in tally.rows.most_common():
        print(f"{times:>8,}  {name}")
    for fault in tally.faults[:20]:
        print(fault)
    took = time.monotonic() - began
    print(f"{options.count:,} requests tried, {len(tally.faults):,} failed ({took:.0f} s)")
    raise SystemExit(1 if tally.faults else 0)


if __name__ == "__main__":
    main()
