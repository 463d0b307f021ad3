"""Reads XML in any encoding that it declares, as pieces of UTF-8."""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

Source: TypeAlias = "bytes | str | os.PathLike[str] | BinaryIO"
"""A source of XML: its bytes, a path, or a file opened for reading bytes."""

INVALID = "Invalid bytes in character encoding"
"""The problem with bytes that are not characters."""
_HEAD = 1024  # bytes in which an XML declaration must end
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"<\0\0\0", b"\0\0\0<")
_DECLARED = re.compile(
    rb"""<\?xml[ \t\r\n][^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][A-Za-z0-9._-]*)\1"""
)
_UTF_16 = {"utf-16", "utf-16-le", "utf-16-be"}
# Encodings of text that keep no state between characters, by the names that Python's codecs have.
_ACCEPTED = {
    *("ascii", "koi8-r", "koi8-u", "mac-roman", "tis-620", "cp437", "cp850", "cp852", "cp866", "cp874"),
    *(f"iso8859-{part}" for part in range(1, 17)),
    *(f"cp{page}" for page in range(1250, 1259)),
    *("shift_jis", "cp932", "euc_jp", "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "euc_kr", "cp949"),
}
_UCS_2 = {"ucs-2", "iso-10646-ucs-2"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a document, found from its beginning.

    Attributes
    ----------
    codec
        Name of Python's codec; None if the document can't be read.
    mark
        Length of the byte order mark, bytes.
    problem
        Why the document can't be read.
    line, column
        Place of the problem, from 1.
    """

    codec: str | None
    mark: int = 0
    problem: str = ""
    line: int = 1
    column: int = 1


def declared_encoding(head: bytes) -> Encoding:
    """Find the encoding of a document by its byte order mark and its XML declaration.

    Parameters
    ----------
    head
        The first kilobyte, or all bytes of a shorter document.

    Examples
    --------
    >>> declared_encoding(b'<?xml version="1.0" encoding="latin1"?>').codec
    'iso8859-1'
    >>> declared_encoding(b'<?xml version="1.0" encoding="rot13"?>').problem
    'Unsupported encoding rot13'
    """
    if head.startswith(_WIDE):
        return Encoding(None, problem="Unsupported encoding UTF-32")
    mark, codec = next(((len(mark), codec) for mark, codec in _MARKS if head.startswith(mark)), (0, None))
    codec = codec or _unmarked_utf_16(head)
    if codec in _UTF_16:
        even = head[mark : _HEAD + mark - (_HEAD % 2)]
        declaration = even.decode(codec, errors="replace").encode("ascii", errors="replace")
    else:
        declaration = head[mark:_HEAD]
    match = _DECLARED.match(declaration)
    if match is None:
        return Encoding(codec or "utf-8", mark)
    declared, place = match[2].decode("ascii"), advance(1, 1, declaration[: match.start(2)])
    found = _codec(declared)
    if found is None:
        return Encoding(None, mark, f"Unsupported encoding {declared}", *place)
    if codec is None and found not in _UTF_16:
        return Encoding(found, mark)
    if codec == found or (codec in _UTF_16 and found == "utf-16"):
        return Encoding(codec, mark)
    return Encoding(None, mark, f"The encoding is declared as {declared}, which it is not", *place)


def _unmarked_utf_16(head: bytes) -> str | None:
    """The codec of UTF-16 without a mark, which has zeros beside its first bracket and the letter after it."""
    if head[:2] == b"<\0" and head[3:4] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if head[:3] == b"\0<\0" else None


def _codec(name: str) -> str | None:
    """Python's name of an encoding; None if it is not accepted."""
    if name.lower() in _UCS_2:
        return "utf-16"
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return found if found == "utf-8" or found in _UTF_16 or found in _ACCEPTED else None


class Pieces:
    """A document in UTF-8 without byte order mark, piece by piece.

    Parameters
    ----------
    stream
        A file opened for reading bytes.
    size
        Number of bytes to read at once.

    Attributes
    ----------
    problem
        Why the pieces ended early: right after them there are bytes that can't be read. None if they did not.

    Examples
    --------
    >>> pieces = Pieces(io.BytesIO("<?xml version='1.0' encoding='latin1'?><é/>".encode("latin1")), 1000)
    >>> pieces.read().decode()[-4:], pieces.read(), pieces.problem
    ('<é/>', b'', None)
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size
        head = self._read_head()
        self.encoding = declared_encoding(head)
        self.problem: str | None = None
        codec = self.encoding.codec or "utf-8"
        self._decoder = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)("strict")
        self._waiting = head[self.encoding.mark :]

    def _read_head(self) -> bytes:
        head = b""
        while len(head) < _HEAD and (more := self._stream.read(max(self._size, _HEAD))):
            head += more
        return head

    def read(self) -> bytes:
        """The next piece, empty at the end."""
        while self.problem is None and self.encoding.codec is not None:
            raw = self._waiting or self._stream.read(self._size)
            self._waiting = raw[self._size :]
            raw = raw[: self._size]
            piece = raw if self._decoder is None else self._decoded(raw, self._decoder)
            if piece or not raw:
                return piece
        return b""

    def _decoded(self, raw: bytes, decoder: codecs.IncrementalDecoder) -> bytes:
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            self.problem = INVALID
            text = error.object[: error.start].decode(self.encoding.codec or "utf-8")
        return text.encode()


def advance(line: int, column: int, text: bytes, newlines: int | None = None) -> tuple[int, int]:
    r"""Line and column right after a text.

    Parameters
    ----------
    line, column
        Place where the text begins, from 1.
    text
        The text in UTF-8.
    newlines
        Number of its line feeds, if known.

    Examples
    --------
    >>> advance(1, 1, "<a>\n é".encode())
    (2, 3)
    """
    newlines = text.count(b"\n") if newlines is None else newlines
    width = len(text[text.rfind(b"\n") + 1 :].decode("utf-8", errors="ignore"))
    return line + newlines, width + (1 if newlines else column)


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """Open a source for reading; a file that the caller opened stays open.

    Examples
    --------
    >>> with opened(b"<request/>") as stream:
    ...     stream.read(4)
    b'<req'
    """
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, (str, os.PathLike)):
        # Unbuffered, as the pieces read are large and a buffer would only copy them.
        with open(source, "rb", buffering=0) as stream:  # noqa: PTH123
            yield stream
    else:
        yield source
