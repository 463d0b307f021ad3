"""Checks that XML is well-formed, a part at a time, with lxml as the judge."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from allocator.errors import MarkupError
from allocator.protocol.encoding import INVALID, advance

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Fragment:
    r"""The place in a document where a part begins that is checked by itself.

    Attributes
    ----------
    line, column
        Place of its first character, from 1.
    root
        Name of the root around it; empty for the beginning of the document, which has none around it.
    root_line
        Line of that root.

    Examples
    --------
    >>> fragment = Fragment(line=7, column=4, root="request", root_line=2)
    >>> fragment.prefix, fragment.true_place(2, 1), fragment.true_line(1)
    (b'<request>\n', (7, 4), 2)
    """

    line: int = 1
    column: int = 1
    root: str = ""
    root_line: int = 1

    @property
    def prefix(self) -> bytes:
        """The start tag put before the fragment when it is checked, on a line of its own."""
        return f"<{self.root}>\n".encode() if self.root else b""

    def true_line(self, line: int) -> int:
        """The document's line, for a line of prefix and fragment."""
        if not self.root:
            return line
        return self.root_line if line < 2 else self.line + line - 2

    def true_place(self, line: int, column: int) -> tuple[int, int]:
        """The document's line and column, for those of prefix and fragment."""
        first = 2 if self.root else 1
        return self.true_line(line), column + self.column - 1 if line == first else column

    def after(self, text: bytes, newlines: int | None = None) -> Fragment:
        """The fragment that begins right after a text at this place; `newlines` is their number, if known."""
        return Fragment(*advance(self.line, self.column, text, newlines), self.root, self.root_line)


CAUTION: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
}
"""Options of lxml's parsers that keep them to the document itself."""


class _NoTree:
    """A parser target with no methods for nodes, so that lxml builds no tree and makes no call for a node."""

    def close(self) -> None:
        """Return nothing; lxml requires the method."""


# lxml has no message of its own for this one.
_WORDS = {"Unregistered error message": "CDATA section not terminated"}
_LINE = re.compile(r"\bline (\d+)")
_HINT = re.compile(r",? (try|use) XML_PARSE_HUGE.*$")


def check(text: bytes, fragment: Fragment, *, end: bytes, file: str | None = None) -> bool:
    """Check that a part of a document is well-formed.

    Parameters
    ----------
    text
        The part.
    fragment
        Where it begins.
    end
        What completes it to a document: the closing tag of its root, or nothing if the document ends with it.
    file
        The file's name in errors.

    Returns
    -------
    bool
        Whether it is complete with `end`. If not, more of the document must be read to tell.

    Raises
    ------
    MarkupError
        It is not well-formed, whatever follows.

    Examples
    --------
    >>> part = Fragment(root="request")
    >>> check(b"<link/>", part, end=b"</request>"), check(b"<link/><!-- </link>", part, end=b"</request>")
    (True, False)
    """
    from lxml import etree

    valid = valid_utf8(text)
    if valid < len(text):
        refuse(text[:valid], fragment, INVALID, file)
    parser = _parser()
    try:
        _feed(parser, fragment.prefix + text)
        if not end:
            parser.close()
    except etree.XMLSyntaxError:
        raise parse_error(parser, fragment, text, file) from None
    if not end:
        # After an error about namespaces lxml no longer reports what follows the root.
        hidden = b":" in text and len(parser.feed_error_log)
        return not hidden or check(_without_prefixes(text), fragment, end=end, file=file)
    try:
        parser.feed(end)
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return True


def refuse(text: bytes, fragment: Fragment, problem: str, file: str | None = None) -> NoReturn:
    """Raise an error about what follows a part of a document, or about the part itself if that is at fault.

    Parameters
    ----------
    text
        The part.
    fragment
        Where it begins.
    problem
        What is wrong right after it.
    file
        The file's name in errors.

    Raises
    ------
    MarkupError
        Always.

    Examples
    --------
    >>> refuse(b"<request>", Fragment(), "it is too long")
    Traceback (most recent call last):
        ...
    allocator.errors.MarkupError: XML parse error. it is too long at line 1, column 10
    """
    from lxml import etree

    valid = valid_utf8(text)
    if valid < len(text):
        text, problem = text[:valid], INVALID
    place = advance(fragment.line, fragment.column, text)
    parser = _parser()
    try:
        _feed(parser, fragment.prefix + text)
        parser.close()
    except etree.XMLSyntaxError:
        error = parse_error(parser, fragment, text, file)
        # An error at the end only says that the part ends there.
        if (error.line, error.position) < place:
            raise error from None
    raise MarkupError(problem, *place, file)


def _without_prefixes(text: bytes) -> bytes:
    """The text with the same lines and columns, but without namespace prefixes in names."""
    unused = next((letter for letter in string.ascii_letters.encode() if letter not in text), ord("_"))
    return text.replace(b":", bytes([unused]))


def _parser() -> Any:
    from lxml import etree

    return etree.XMLParser(target=cast(Any, _NoTree()), **CAUTION)


def _feed(parser: Any, text: bytes) -> None:
    """Feed a text in pieces well within the parser's limits."""
    for begin in range(0, len(text), _PIECE):
        parser.feed(text[begin : begin + _PIECE])


def parse_error(parser: Any, fragment: Fragment, text: bytes, file: str | None) -> MarkupError:
    """The error that one of lxml's parsers found in a part of a document, at the document's line and column."""
    # An undeclared namespace is not an error of the XML itself.
    entries = sorted(parser.feed_error_log, key=lambda entry: entry.level_name != "FATAL")
    error = entries[0] if entries else None
    # Some messages go on with a piece of the text, on lines of its own.
    message = _HINT.sub("", (error.message if error else "Document is empty").partition("\n")[0]).strip()
    problem = _LINE.sub(lambda match: f"line {fragment.true_line(int(match[1]))}", _WORDS.get(message, message))
    place = fragment.true_place(error.line, error.column) if error else (0, 0)
    if place < (fragment.line, fragment.column):
        place = advance(fragment.line, fragment.column, text)
    return MarkupError(problem, *place, file)


def valid_utf8(text: bytes) -> int:
    r"""The number of bytes before the first that is not valid UTF-8.

    Examples
    --------
    >>> valid_utf8(b"Z\xc3\xbcrich \xff")
    8
    """
    if text.isascii():
        return len(text)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(text)
