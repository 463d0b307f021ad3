"""Reads plain requests as arrays, without a parser and without a Python object for each link.

Nearly every request is plain: its links have only fields with text, there is white space between them, and the texts
have only the five predefined entities. A plain part is recognised by its tags, each compared byte by byte. All other
XML is left to `markup`, which would read a plain part just the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.protocol.call import FIELDS

_Places = NDArray[np.int64]
_Bytes = NDArray[np.uint8]

_NAMES = ("link", *FIELDS)
_LINK = 1  # kinds of tags are places in `_NAMES` from 1; 0 is none of them
_CLOSING, _EMPTY = 16, 32  # and what is added to the kind for a closing tag, and for an empty node
_TAB, _NEWLINE, _RETURN, _SPACE, _SLASH = 9, 10, 13, 32, 47
_WORD = 8  # bytes that are compared at once

# Length and first letter leave one possible name.
_LONGEST = 31
_KINDS = np.zeros((_LONGEST + 1) << 8, np.uint8)
for _kind, _name in enumerate(_NAMES, start=1):
    _KINDS[len(_name) << 8 | ord(_name[0])] = _kind


def _followers() -> NDArray[np.bool_]:
    """Make the table, 64 × 64, of the tags that may follow each tag."""
    follow = np.zeros((64, 64), np.bool_)
    fields = np.arange(_LINK + 1, len(_NAMES) + 1)
    follow[fields, fields + _CLOSING] = True
    behind = np.concatenate([[_LINK], fields + _CLOSING, fields + _EMPTY])
    ahead = np.concatenate([[_LINK + _CLOSING], fields, fields + _EMPTY])
    follow[np.ix_(behind, ahead)] = True
    follow[np.ix_(_ENDS_OF_LINK, _BEGINNINGS_OF_LINK)] = True
    return follow.ravel()


_BEGINNINGS_OF_LINK = (_LINK, _LINK + _EMPTY)
_ENDS_OF_LINK = (_LINK + _CLOSING, _LINK + _EMPTY)


_FOLLOW = _followers()


def _word(text: bytes) -> np.uint64:
    """The word that ends with a text of up to eight bytes, with zeros before it."""
    return np.uint64(np.frombuffer(text.rjust(_WORD, b"\0"), np.uint64)[0])


# The words of each name from its end: the distance of each from the end, a mask of the bytes that count, and the bytes.
_SPELLINGS = tuple(
    [
        (back, _word(b"\xff" * len(piece)), _word(piece))
        for back in range(0, len(name), _WORD)
        if (piece := name[max(0, len(name) - back - _WORD) : len(name) - back].encode())
    ]
    for name in _NAMES
)
_LAST_BYTES = np.array([_word(b"\xff" * count) for count in range(_WORD + 1)])
_ENTITIES = {b"&lt;": b"<", b"&gt;": b">", b"&quot;": b'"', b"&apos;": b"'", b"&amp;": b"&"}  # the ampersand last
_LOW, _ABOVE_SPACE, _HIGH = (np.uint64(0x0101010101010101 * byte) for byte in (0x7F, 0x5F, 0x80))


@dataclass(frozen=True, slots=True)
class Plain:
    """The links of a part of a request.

    Attributes
    ----------
    columns
        For each field that occurs, its text in each link; null where the node is absent.
    lines
        For each of these fields its line in each link, and under "link" the lines of the links; empty unless asked for.
    links, newlines
        Number of links and of line feeds.
    """

    columns: Mapping[str, pl.Series]
    lines: Mapping[str, pl.Series]
    links: int
    newlines: int


def read_plain(part: bytes, line: int | None = None) -> Plain | None:
    """Read the links of a part of a request, if it is plain.

    Parameters
    ----------
    part
        The text between the request's tags up to the end of a link, well-formed or not.
    line
        Line where it begins, if lines are wanted.

    Returns
    -------
    Plain | None
        None if it is not plain or not well-formed.

    Examples
    --------
    >>> plain = read_plain(b"<link><link_id>Tom &amp; Jerry</link_id></link><link/>")
    >>> plain.columns["link_id"].to_list()
    ['Tom & Jerry', None]
    >>> read_plain(b"<link><colour>red</colour></link>") is None
    True
    """
    # Eight spaces come before it, so that there is a word before every place.
    text = np.frombuffer(b" " * _WORD + part, np.uint8)
    newlines = int(np.count_nonzero(text == _NEWLINE))
    if not _has_plain_characters(part, text, newlines):
        return None
    marks = np.flatnonzero((text & 0xFD) == ord("<"))  # and ">", which differs in one bit
    if len(marks) % 2 or not len(marks) or (text[marks].view(np.uint16) != _BRACKETS).any():
        return None
    if marks[-1] != len(text) - 1:
        return None
    tags = _Tags(text, np.ascontiguousarray(marks[0::2]), np.ascontiguousarray(marks[1::2]), newlines)
    return tags.read(line) if tags.are_plain() and _has_plain_entities(part, text, tags.words) else None


_BRACKETS = np.frombuffer(b"<>", np.uint16)[0]
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")  # U+FFFE and U+FFFF


def _has_plain_characters(part: bytes, text: _Bytes, newlines: int) -> bool:
    """Whether it is valid UTF-8 and all its characters are allowed in XML."""
    controls = np.count_nonzero(text < _SPACE)
    if controls > newlines and controls > newlines + sum(np.count_nonzero(text == white) for white in (_TAB, _RETURN)):
        return False
    if part.isascii():
        return True
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return not any(character in part for character in _NO_CHARACTERS)


def _has_plain_entities(part: bytes, text: _Bytes, words: NDArray[np.uint64]) -> bool:
    if b"&" not in part:
        return True
    place = np.flatnonzero(text == ord("&"))
    known = np.zeros(len(place), np.bool_)
    for entity in _ENTITIES:
        # A closing tag follows each text, so these words never reach beyond the part.
        known |= words[place + len(entity) - _WORD] & _word(b"\xff" * len(entity)) == _word(entity)
    return bool(known.all())


class _Tags:
    """The tags of a part, found from the places of their brackets."""

    def __init__(self, text: _Bytes, begin: _Places, end: _Places, newlines: int) -> None:
        self._text, self._begin, self._end, self.newlines = text, begin, end, newlines
        # For each place the eight bytes from there as one number, most of them unaligned.
        self.words = np.lib.stride_tricks.as_strided(
            text[:_WORD].view(np.uint64), shape=(len(text) - _WORD + 1,), strides=(1,), writeable=False
        )
        closing = text[begin + 1] == _SLASH
        empty = text[end - 1] == _SLASH
        self._name_end = end - 1
        if empty.any():
            self._name_end = self._without_slash(empty)
        size = self._name_end - begin - closing
        letter = text[begin + 1 + closing]
        self._kind = _KINDS[(np.minimum(size, _LONGEST) << 8) | letter]
        self._symbol = self._kind + closing * np.uint8(_CLOSING) + empty * np.uint8(_EMPTY)

    def _without_slash(self, empty: NDArray[np.bool_]) -> _Places:
        """Place of the last letter of each name, also if `/` or ` /` follows it."""
        name_end = self._end - 1 - empty
        name_end -= empty & (self._text[name_end] == _SPACE)
        return name_end

    def are_plain(self) -> bool:
        """Whether the tags are those of links with fields, and all else outside of fields is white space."""
        symbol = self._symbol
        if symbol[0] not in _BEGINNINGS_OF_LINK or symbol[-1] not in _ENDS_OF_LINK:
            return False
        if not _FOLLOW[symbol[:-1].astype(np.uint16) * 64 + symbol[1:]].all():
            return False
        return self._are_spelt_out() and self._have_white_space_between()

    def _are_spelt_out(self) -> bool:
        self._of_kind: dict[int, _Places] = {}
        for kind in np.flatnonzero(np.bincount(self._kind)).tolist():
            of_kind = self._of_kind[kind] = np.flatnonzero(self._kind == kind)
            # The word that ends with the name's last letter begins seven bytes before it.
            word = self._name_end[of_kind] - (_WORD - 1)
            for back, mask, spelling in _SPELLINGS[kind - 1]:
                if ((self.words[word - back if back else word] & mask) != spelling).any():
                    return False
        return True

    def _have_white_space_between(self) -> bool:
        """Whether all bytes outside of fields are white space: none is above a space, and the part has no controls."""
        symbol = self._symbol
        outside = np.flatnonzero((symbol[:-1] <= _LINK) | (symbol[:-1] > _CLOSING)) + 1
        before = np.concatenate([self._begin[:1], self._begin[outside]])
        size = np.concatenate([before[:1] - _WORD, before[1:] - self._end[outside - 1] - 1])
        while len(before):
            word = self.words[before - _WORD] & _LAST_BYTES[np.minimum(size, _WORD)]
            if ((((word & _LOW) + _ABOVE_SPACE) | word) & _HIGH).any():
                return False
            longer = size > _WORD
            before, size = before[longer] - _WORD, size[longer] - _WORD
        return True

    def read(self, line: int | None) -> Plain | None:
        """The links; None if one has a field twice."""
        opening = {_NAMES[kind - 1]: self._opening(kind, of_kind) for kind, of_kind in self._of_kind.items()}
        links = opening.pop("link")
        rows = {name: self._rows(tags, links) for name, tags in opening.items()}
        lines = {} if line is None else dict(self._lines({"link": links, **opening}, line))
        texts = _split([self._texts(tags) for tags in opening.values()])
        columns = {}
        for (name, row), found in zip(rows.items(), texts, strict=True):
            if row is None:
                return None
            columns[name] = _spread(self._stripped(found, opening[name]), row, len(links))
            if name in lines:
                lines[name] = _spread(lines[name], row, len(links))
        return Plain(columns, lines, len(links), self.newlines)

    def _opening(self, kind: int, of_kind: _Places) -> _Places:
        """The tags of a kind that begin a node."""
        symbol = self._symbol[of_kind]
        opening: _Places = of_kind[(symbol == kind) | (symbol == kind + _EMPTY)]
        return opening

    def _rows(self, opening: _Places, links: _Places) -> _Places | None:
        if len(opening) == len(links) and (opening > links).all() and (opening[:-1] < links[1:]).all():
            return np.arange(len(links))
        row = np.searchsorted(links, opening) - 1
        return None if (row[1:] == row[:-1]).any() else row

    def _lines(self, of: Mapping[str, _Places], line: int) -> Iterator[tuple[str, pl.Series]]:
        newlines = np.flatnonzero(self._text == _NEWLINE)
        for name, tags in of.items():
            yield name, pl.Series((np.searchsorted(newlines, self._begin[tags]) + line).astype(np.uint32))

    def _sizes(self, opening: _Places) -> _Places:
        """The lengths of the texts of nodes, in bytes."""
        size = self._begin[np.minimum(opening + 1, len(self._begin) - 1)] - self._end[opening] - 1
        empty = self._symbol[opening] >= _EMPTY
        return np.where(empty, 0, size) if empty.any() else size

    def _texts(self, opening: _Places) -> bytes:
        """The texts of nodes, with a zero between two of them, as no text holds one."""
        size = self._sizes(opening) + 1
        behind = np.cumsum(size)
        place = np.repeat(self._end[opening] + 1 - behind + size, size)
        place += np.arange(len(place))
        found = self._text[place]
        found[behind - 1] = 0
        return _plainly(found[:-1].tobytes())

    def _stripped(self, texts: pl.Series, opening: _Places) -> pl.Series:
        """The texts without white space around them."""
        begin, size = self._end[opening] + 1, self._sizes(opening)
        if ((self._text[begin] <= _SPACE) | (self._text[begin + size - 1] <= _SPACE))[size > 0].any():
            return texts.str.strip_chars(" \t\r\n")
        return texts


def _split(texts: Sequence[bytes]) -> Iterator[pl.Series]:
    """Split texts at their zeros, all with one call, as the cost is by the call."""
    if not texts:
        return
    divided = pl.Series([b"\0".join(texts).decode()]).str.split("\0")[0]
    begin = 0
    for text in texts:
        count = text.count(b"\0") + 1
        yield divided.slice(begin, count)
        begin += count


def _plainly(raw: bytes) -> bytes:
    """The texts with entities replaced and line ends normalised."""
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"&" in raw:
        for entity, character in _ENTITIES.items():
            raw = raw.replace(entity, character)
    return raw


def _spread(values: pl.Series, row: _Places, rows: int) -> pl.Series:
    """The values in their rows, and nulls in the others."""
    if len(values) == rows:
        return values
    place = np.full(rows, -1)
    place[row] = np.arange(len(row))
    wanted = pl.Series(place)
    return values.gather(wanted.set(wanted < 0, None))
