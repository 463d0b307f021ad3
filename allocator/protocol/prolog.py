"""Reads the beginning of a document: what comes before its root, and the root's start tag."""

from __future__ import annotations

import re
from typing import NoReturn

from allocator.errors import MarkupError
from allocator.protocol.encoding import Pieces, advance
from allocator.protocol.wellformed import Fragment, check, refuse

_MOST_PROLOG = 1_000_000
_PROLOG = re.compile(rb"(?:[ \t\r\n]+|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_DOCTYPE = b"<!DOCTYPE"
ROOT = re.compile(rb"""<([^!?/ \t\r\n>][^ \t\r\n/>]*+)((?:[^>"']|"[^"]*"|'[^']*')*?)(/?)>""")
"""A start tag: its name, its attributes, and the slash of an empty node."""


def root_place(text: bytes) -> int:
    """The place where the root begins, or whatever is there instead.

    Examples
    --------
    >>> root_place(b"<?xml version='1.0'?><!-- a request --> <request>")
    40
    """
    match = _PROLOG.match(text)
    return match.end() if match else 0


class Waiting:
    """The part of a document that is read but not yet used.

    Parameters
    ----------
    pieces
        The document.
    file
        The document's name in errors.

    Raises
    ------
    MarkupError
        Its encoding is not accepted.

    Attributes
    ----------
    text
        The part, in UTF-8.
    ended
        Whether the document ends with it.

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
        """The problem right after the end, if there is one."""
        return self._pieces.problem

    def fill(self, size: int) -> None:
        """Read on until the part has at least `size` bytes, or the document ends."""
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
            A match of `ROOT`.

        Raises
        ------
        MarkupError
            There is no root, or a DOCTYPE or more than 1 MB before it.
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
        """Check the part as the end of the document.

        Raises
        ------
        MarkupError
            It is not well-formed, or bytes follow that can't be read.
        """
        if self.problem is not None:
            refuse(self.text, fragment, self.problem, self._file)
        check(self.text, fragment, end=b"", file=self._file)

    def refuse(self, place: int, problem: str, fragment: Fragment | None = None) -> NoReturn:
        """Raise an error about a place of the part, or about the text before it if that is at fault.

        Raises
        ------
        MarkupError
            Always.
        """
        refuse(self.text[:place], fragment or Fragment(), problem, self._file)
