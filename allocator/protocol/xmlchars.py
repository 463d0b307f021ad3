r"""The characters that XML can't carry at all, by its production Char.

Surrogates are among them. The pattern for polars leaves them out, as its UTF-8 has none.

Examples
--------
>>> bool(NOT_XML.search("a\x00b")), bool(NOT_XML.search("a\tb"))
(True, False)
"""

from __future__ import annotations

import re

_RANGES = ((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0xFFFE, 0xFFFF))
_SURROGATES = (0xD800, 0xDFFF)

NOT_XML_PATTERN = "[" + "".join(rf"\x{{{first:X}}}-\x{{{last:X}}}" for first, last in _RANGES) + "]"
"""One such character, as a pattern for polars."""

NOT_XML = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in (*_RANGES, _SURROGATES)) + "]")
"""One such character."""
