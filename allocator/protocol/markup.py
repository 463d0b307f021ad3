"""XML of any form: lxml says whether it is well-formed, and what is well-formed is taken apart here.

lxml alone would say neither on which line a text stands nor how a name was written. Taking apart what is known to be
well-formed, without a DOCTYPE, needs no more than one pattern: comments, processing instructions and CDATA sections are
the only places where a `<` begins no tag.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, cast

from allocator.errors import MarkupError
from allocator.protocol.encoding import INVALID, advance
from allocator.protocol.fields import FIELDS

__all__ = [
    "CAUTION",
    "Fragment",
    "NodeFault",
    "Rows",
    "attribute_names",
    "check",
    "plainer",
    "read_rows",
    "refuse",
    "told",
    "valid_utf8",
]

_SHOWN = 60
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class NodeFault:
    """A node that should not be there.

    Attributes
    ----------
    kind
        "unknown": no example of the API's page has it; "doubled": its link has it already; "nested": it stands inside a
        field; "text": a text outside of fields; "attribute": an attribute, or the declaration of a namespace.
    name
        The node's or the attribute's name as written; of a text its first 60 characters.
    line
        Where it begins, from 1.
    link
        The `link` that it stands in, from 0; None outside of links.
    """

    kind: Literal["unknown", "doubled", "nested", "text", "attribute"]
    name: str
    line: int
    link: int | None


# --- whether it is well-formed ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fragment:
    r"""Where a part of a document begins that is checked by itself.

    Attributes
    ----------
    line, column
        Of its first character, from 1.
    root
        Name of the root that it stands in; empty for the beginning of the document, which stands in none.
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
        """What stands before the fragment when it is checked, on a line of its own."""
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
        """The fragment that begins behind a text which begins where this one does, and has so many newlines."""
        return Fragment(*advance(self.line, self.column, text, newlines), self.root, self.root_line)


CAUTION: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
}
"""What keeps lxml to the document."""


class _Silent:
    """A target that lxml reports nothing to: no tree is built, and nothing is called for a node."""

    def close(self) -> None:
        """Nothing is handed back."""


# What lxml has no words for.
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
        What makes a document of it: the closing tag of its root, or nothing where the document ends with it.
    file
        Where it comes from.

    Returns
    -------
    bool
        Whether it is complete with `end`: if not, more of the document is needed to tell.

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
        raise told(parser, fragment, text, file) from None
    if not end:
        # A fault of namespaces keeps lxml from telling that something stands behind the root.
        hidden = b":" in text and len(parser.feed_error_log)
        return not hidden or check(_without_prefixes(text), fragment, end=end, file=file)
    try:
        parser.feed(end)
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return True


def refuse(text: bytes, fragment: Fragment, problem: str, file: str | None = None) -> NoReturn:
    """Refuse what follows a part of a document, unless the part itself is at fault.

    Raises
    ------
    MarkupError
        In any case.

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
        error = told(parser, fragment, text, file)
        # What is wrong at the end is that it ends.
        if (error.line, error.position) < place:
            raise error from None
    raise MarkupError(problem, *place, file)


def _without_prefixes(text: bytes) -> bytes:
    """A text of the same lines and columns, in which no name has a namespace's prefix."""
    unused = next((letter for letter in string.ascii_letters.encode() if letter not in text), ord("_"))
    return text.replace(b":", bytes([unused]))


def _parser() -> Any:
    from lxml import etree

    return etree.XMLParser(target=cast(Any, _Silent()), **CAUTION)


def _feed(parser: Any, text: bytes) -> None:
    """Feed a text in pieces that are well within the parser's limits."""
    for begin in range(0, len(text), _PIECE):
        parser.feed(text[begin : begin + _PIECE])


def told(parser: Any, fragment: Fragment, text: bytes, file: str | None) -> MarkupError:
    """What a parser of lxml found wrong with a part of a document, with the document's line and column."""
    # What is wrong with a namespace is no fault of the XML.
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
    r"""How many bytes are valid UTF-8.

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


# --- taking it apart -------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    rb"""[^<]+
    |<(?:!--.*?-->
        |\?.*?\?>
        |!\[CDATA\[(?P<cdata>.*?)\]\]>
        |/[^>]*>
        |(?P<name>[^ \t\r\n/>]+)(?P<attributes>(?:[^>"']|"[^"]*"|'[^']*')*?)(?P<empty>/?)>)""",
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(rb"""([^ \t\r\n=/"']+)[ \t\r\n]*=[ \t\r\n]*(?:"[^"]*"|'[^']*')""")
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(amp|lt|gt|quot|apos));")
_PREDEFINED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LEADING_SPACE = re.compile(rb"(?:[ \t\r\n]|&#(?:0*(?:9|10|13|32)|x0*(?:9|[aA]|[dD]|20));)*")
_FIELD_PLACE = {name.encode(): place for place, name in enumerate(FIELDS)}


def attribute_names(attributes: bytes) -> list[str]:
    """The names of a start tag's attributes, as written.

    >>> attribute_names(b' xmlns:p = "u>" a="b"')
    ['xmlns:p', 'a']
    """
    return [name.decode() for name in _ATTRIBUTE.findall(attributes)]


@dataclass(slots=True)
class Rows:
    """The links of a part of a request.

    Attributes
    ----------
    values
        For each field the value in each link: None where the node is absent.
    lines
        For each field its line in each link, None where the node is absent.
    line
        The line of each link.
    faults
        What should not be there.
    """

    values: tuple[list[str | None], ...] = field(default_factory=lambda: tuple([] for _ in FIELDS))
    lines: tuple[list[int | None], ...] = field(default_factory=lambda: tuple([] for _ in FIELDS))
    line: list[int] = field(default_factory=list)
    faults: list[NodeFault] = field(default_factory=list)


def read_rows(text: bytes, line: int, first: int, most_faults: int) -> Rows:
    r"""Read the links of a well-formed part of a request.

    Parameters
    ----------
    text
        What stands between the request's tags, or a part of it that ends behind a link.
    line
        The line where it begins.
    first
        How many links stand before it.
    most_faults
        How many faults to note at most.

    Examples
    --------
    >>> rows = read_rows(b"<link>\n<link_id>7</link_id></link>", line=3, first=0, most_faults=1)
    >>> rows.values[0], rows.line, rows.lines[0]
    (['7'], [3], [4])
    """
    return _Extraction(text, line, first, most_faults).rows


_REQUEST, _LINK, _FIELD, _ELSEWHERE = range(4)  # what surrounds a token


class _Extraction:
    """The state in which the tokens of a part are gone through."""

    def __init__(self, text: bytes, line: int, first: int, most_faults: int) -> None:
        self.rows = Rows()
        self._text, self._first, self._most_faults = text, first, most_faults
        self._line, self._counted = line, 0
        self._within = _REQUEST
        self._back: list[int] = []
        self._run: list[str] = []
        self._run_line: int | None = None
        self._field: int | None = None
        for token in _TOKEN.finditer(text):
            self._read(token)
        self._end_run()

    def _read(self, token: re.Match[bytes]) -> None:
        start = token.start()
        if token["name"] is not None:
            self._end_run()
            self._start(token)
        elif token["cdata"] is not None:
            self._characters(_normalised(token["cdata"]), token.start("cdata"), token["cdata"])
        elif self._text[start] != 0x3C:
            self._characters(_unescaped(token[0]), start, token[0])
        elif self._text[start + 1] == 0x2F:
            self._end_run()
            self._end()

    def _line_at(self, place: int) -> int:
        self._line += self._text.count(b"\n", self._counted, place)
        self._counted = place
        return self._line

    def _note(self, kind: Literal["unknown", "doubled", "nested", "text", "attribute"], name: str, line: int) -> None:
        if len(self.rows.faults) < self._most_faults:
            link = self._first + len(self.rows.line) - 1 if self._within in (_LINK, _FIELD) else None
            self.rows.faults.append(NodeFault(kind, name, line, link))

    def _characters(self, text: str, start: int, raw: bytes) -> None:
        if self._within == _FIELD:
            self._run.append(text)
        elif self._within != _ELSEWHERE:
            if self._run_line is None and text.strip(" \t\r\n"):
                space = _LEADING_SPACE.match(raw)
                self._run_line = self._line_at(start + (space.end() if space else 0))
            self._run.append(text)

    def _end_run(self) -> None:
        """A text ends with a tag; that of a field only with the field's own."""
        if self._within in (_REQUEST, _LINK) and self._run:
            if self._run_line is not None:
                self._note("text", "".join(self._run).strip(" \t\r\n")[:_SHOWN], self._run_line)
                self._run_line = None
            self._run.clear()

    def _start(self, token: re.Match[bytes]) -> None:
        name, line = token["name"], self._line_at(token.start())
        within, inside = self._within, _ELSEWHERE
        if within == _REQUEST and name == b"link":
            self._begin_link(line)
            inside = self._within = _LINK
        elif within == _LINK and name in _FIELD_PLACE:
            self._begin_field(name, line)
            inside = _FIELD
        elif within == _FIELD:
            self._note("nested", name.decode(), line)
        elif within != _ELSEWHERE:
            self._note("unknown", name.decode(), line)
        if inside != _ELSEWHERE and token["attributes"]:
            for attribute in attribute_names(token["attributes"]):
                self._note("attribute", attribute, line)
        self._within = inside
        self._back.append(within)
        if token["empty"]:
            self._end()

    def _begin_link(self, line: int) -> None:
        self.rows.line.append(line)
        for place in range(len(FIELDS)):
            self.rows.values[place].append(None)
            self.rows.lines[place].append(None)

    def _begin_field(self, name: bytes, line: int) -> None:
        place = _FIELD_PLACE[name]
        self._field = place
        if self.rows.lines[place][-1] is None:
            self.rows.lines[place][-1] = line
        else:
            self._field = None
            self._note("doubled", name.decode(), line)

    def _end(self) -> None:
        if self._within == _FIELD:
            if self._field is not None:
                self.rows.values[self._field][-1] = "".join(self._run).strip(" \t\r\n")
            self._run.clear()
        self._within = self._back.pop() if self._back else _ELSEWHERE


# --- writing it more plainly -----------------------------------------------------------------------------------------

_UNPLAIN = re.compile(
    rb"<!--(?P<comment>.*?)-->|<\?(?P<instruction>.*?)\?>|<!\[CDATA\[(?P<cdata>.*?)\]\]>"
    rb"|&\#(?:x(?P<hexadecimal>[0-9A-Fa-f]+)|(?P<decimal>[0-9]+));",
    re.DOTALL,
)
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def plainer(text: bytes) -> bytes | None:
    """Write a well-formed part without comments, instructions, CDATA sections and references by number.

    Returns
    -------
    bytes | None
        None where it has none of them, or where its lines would be others.

    Examples
    --------
    >>> plainer(b"<link_id>R<!-- & -->&#38;<![CDATA[D & <Co>]]></link_id>")
    b'<link_id>R&amp;D &amp; &lt;Co&gt;</link_id>'
    """
    if b"<!" not in text and b"<?" not in text and b"&#" not in text:
        return None
    lines = text.count(b"\n")
    plain = _UNPLAIN.sub(_plainly, text)
    return plain if plain.count(b"\n") == lines else None


def _plainly(match: re.Match[bytes]) -> bytes:
    if match["cdata"] is not None:
        return _escaped(match["cdata"].decode())
    number = match["hexadecimal"], match["decimal"]
    if number == (None, None):
        return b""
    character = _character(*number)
    # White space by number is not what the same white space would be: lines may end in it, and it may end lines.
    return match[0] if character in "\r\n" else _escaped(character)


def _escaped(text: str) -> bytes:
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text.encode()


def _character(hexadecimal: bytes | str | None, decimal: bytes | str | None) -> str:
    return chr(int(hexadecimal, 16) if hexadecimal else int(decimal or 0))


def _normalised(raw: bytes) -> str:
    text = raw.decode()
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _unescaped(raw: bytes) -> str:
    text = _normalised(raw)
    return _REFERENCE.sub(_referred, text) if "&" in text else text


def _referred(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    return _PREDEFINED[name] if name else _character(hexadecimal, decimal)
