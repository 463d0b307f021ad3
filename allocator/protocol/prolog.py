"""Where a document begins: what may stand before its root, and the root's start tag."""

from __future__ import annotations

import re
from typing import NoReturn

from allocator.errors import MarkupError
from allocator.protocol.encoding import Pieces, advance
from allocator.protocol.wellformed import Fragment, check, refuse

__all__ = ["ROOT", "Waiting", "root_place"]

_MOST_PROLOG = 1_000_000
_PROLOG = re.compile(rb"(?:[ \t\r\n]+|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_DOCTYPE = b"<!DOCTYPE"
ROOT = re.compile(rb"""<([^!?/ \t\r\n>][^ \t\r\n/>]*+)((?:[^>"']|"[^"]*"|'[^']*')*?)(/?)>""")
"""A start tag: its name, its attributes, and the slash of an empty node."""


def root_place(text: bytes) -> int:
    """Where the root begins, or what stands in its place.

    Examples
    --------
    >>> root_place(b"<?xml version='1.0'?><!-- a request --> <request>")
    40
    """
    match = _PROLOG.match(text)
    return match.end() if match else 0


class Waiting:
    """The part of a document that was read and not yet gone through.

    Parameters
    ----------
    pieces
        The document.
    file
        What errors call it.

    Raises
    ------
    MarkupError
        Its encoding is not accepted.

    Attributes
    ----------
    text
        In UTF-8.
    ended
        Whether nothing follows.

    Examples
    --------
    >>> import io
    >>> waiting = Waiting(Pieces(io.BytesIO(b"<!-- a request --> <request a='1'>"), 1000), None)
    >>> waiting.root().group(1, 2, 3)
    (b'request', b" a='1'", b'')
    """

    def __init__(self, pieces: Pieces, file: str | None) -> None:
        encoding = pieces.encoding
        if encoding.codec is None:
            raise MarkupError(encoding.problem, encoding.line, encoding.column, file)
        self._pieces, self._file = pieces, file
        self.text = b""
        self.ended = False

    @property
    def problem(self) -> str | None:
        """What is wrong right behind the end."""
        return self._pieces.problem

    def fill(self, size: int) -> None:
        """Read on until so many bytes wait, or the document ends."""
        pieces = [self.text]
        length = len(self.text)
        while length < size and not self.ended:
            piece = self._pieces.read()
            pieces.append(piece)
            length += len(piece)
            self.ended = not piece
        self.text = b"".join(pieces)

    def root(self) -> re.Match[bytes]:
        """Read up to the root's start tag.

        Returns
        -------
        re.Match
            It, as `ROOT` has it.

        Raises
        ------
        MarkupError
            There is none, or a DOCTYPE or too much before it.
        """
        size = 1
        while True:
            self.fill(size)
            place = root_place(self.text)
            match = ROOT.match(self.text, place)
            if match is not None and match.end() <= _MOST_PROLOG:
                return match
            if self.text.startswith(_DOCTYPE, place):
                self.refuse(place, "a DOCTYPE is not accepted")
            if len(self.text) > _MOST_PROLOG:
                self.refuse(_MOST_PROLOG, "more than 1 MB before the end of the root's start tag")
            if self.ended:
                self._refuse_missing_root()
            size = 2 * len(self.text)

    def _refuse_missing_root(self) -> NoReturn:
        if not self.text.strip() and self.problem is None:
            raise MarkupError("Document is empty", *advance(1, 1, self.text), self._file)
        self.check_end(Fragment())
        self.refuse(len(self.text), "the root is missing")

    def check_end(self, fragment: Fragment) -> None:
        """Check what waits as the end of the document.

        Raises
        ------
        MarkupError
            It is not well-formed, or something follows that can't be read.
        """
        if self.problem is not None:
            refuse(self.text, fragment, self.problem, self._file)
        check(self.text, fragment, end=b"", file=self._file)

    def refuse(self, place: int, problem: str, fragment: Fragment | None = None) -> NoReturn:
        """Refuse what stands at a place of the text that waits, unless what stands before it is at fault.

        Raises
        ------
        MarkupError
            In any case.
        """
        refuse(self.text[:place], fragment or Fragment(), problem, self._file)
