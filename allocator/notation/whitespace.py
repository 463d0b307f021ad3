"""The characters that count as space in what people type: Unicode's white space, and some that are invisible."""

from __future__ import annotations

# Unicode's White_Space with the separators of old data files (U+001C to U+001F), then invisible characters: soft
# hyphen, zero-width characters, marks of direction, word joiner, byte order mark.
SPACES = (
    "\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff"
)
"""Every character that counts as space."""

SPACES_PATTERN = "[" + "".join(f"\\x{{{ord(space):x}}}" for space in SPACES) + "]"
"""A pattern for polars that matches one such character (its ``\\s`` is another set, as is Python's)."""

_DROPPED = dict.fromkeys(map(ord, SPACES))


def without_spaces(text: str) -> str:
    r"""Take every space out of a text.

    Examples
    --------
    >>> without_spaces(" SW1A\u00a00AA\u200b")
    'SW1A0AA'
    """
    return text.translate(_DROPPED)
