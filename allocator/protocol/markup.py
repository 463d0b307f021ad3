"""Takes well-formed XML of any form apart into links, and writes it more plainly.

lxml reports neither the line of a text nor how a name was written. For XML that is known to be well-formed and has no
DOCTYPE, one pattern is enough: only in comments, processing instructions and CDATA sections does a `<` not begin a tag.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from allocator.protocol.call import FIELDS

_SHOWN = 60

_Kind = Literal["unknown", "doubled", "nested", "text", "attribute"]


@dataclass(frozen=True, slots=True)
class NodeFault:
    """A node that should not be there.

    Attributes
    ----------
    kind
        "unknown": no example of the API's page has the node; "doubled": its link has it already; "nested": it is
        inside a field; "text": text outside of fields; "attribute": an attribute, or the declaration of a namespace.
    name
        Name of the node or the attribute as written; for a text, its first 60 characters.
    line
        Line where it begins, from 1.
    link
        Place of the `link` around it, from 0; None outside of links.
    """

    kind: _Kind
    name: str
    line: int
    link: int | None


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

    Examples
    --------
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
        For each field, its value in each link; None where the node is absent.
    lines
        For each field, its line in each link; None where the node is absent.
    line
        Line of each link.
    faults
        Nodes that should not be there.
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
        The text between the request's tags, or a part of it that ends right after a link.
    line
        Line where it begins.
    first
        Number of links before it.
    most_faults
        Most faults to note.

    Examples
    --------
    >>> rows = read_rows(b"<link>\n<link_id>7</link_id></link>", line=3, first=0, most_faults=1)
    >>> rows.values[0], rows.line, rows.lines[0]
    (['7'], [3], [4])
    """
    return _Extraction(text, line, first, most_faults).rows


_REQUEST, _LINK, _FIELD, _ELSEWHERE = range(4)  # what is around a token


class _Extraction:
    """The state of reading a part, token by token."""

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

    def _note(self, kind: _Kind, name: str, line: int) -> None:
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
        """End a text at a tag; a field's text ends only at the field's own end tag."""
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
    """Write a well-formed part without comments, instructions, CDATA sections and numeric references.

    Returns
    -------
    bytes | None
        None if it has none of them, or if its lines would change.

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
    # A carriage return or line feed written by number stays: read as itself, it would be normalised and shift lines.
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
