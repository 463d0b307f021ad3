r"""Which characters XML can't carry at all: those that its production Char leaves out.

Surrogates are among them, but not in the pattern for polars, whose UTF-8 holds none.

Examples
--------
>>> bool(NOT_XML.search("a\x00b")), bool(NOT_XML.search("a\tb"))
(True, False)
"""

from __future__ import annotations

import re

__all__ = ["NOT_XML", "NOT_XML_PATTERN"]

_RANGES = ((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0xFFFE, 0xFFFF))
_SURROGATES = (0xD800, 0xDFFF)

NOT_XML_PATTERN = "[" + "".join(rf"\x{{{first:X}}}-\x{{{last:X}}}" for first, last in _RANGES) + "]"
"""One such character, as a pattern for polars."""

NOT_XML = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in (*_RANGES, _SURROGATES)) + "]")
"""One such character."""
