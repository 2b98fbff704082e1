"""Numbers as the cells of a sheet show them: the common part of Excel's number formats.

Days and times are not written in the format of their cell, but always as 2024-05-03 14:05.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0;-#,##0",
    38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 41: "#,##0", 42: "$#,##0",
    43: "#,##0.00", 44: "$#,##0.00",
}  # fmt: skip
"""The formats that a file refers to by number only (ISO/IEC 29500, 18.8.30)."""

PIECE = re.compile(
    r'"([^"]*)"'  # a literal text
    r"|\\(.)|_.|\*."  # a literal sign; a space as wide as a sign; a sign that fills the cell
    r"|\[\$([^\]-]{0,100})(?:-[^\]]{0,100})?\]"  # the sign of a currency
    r"|\[[^\]]{0,100}\]"  # a colour or a condition
    r"|([#0?,.]+)"  # the number
    r"|(.)"
)

OTHER = re.compile(r"[a-df-zA-DF-Z@/?]|[eE][-+]")
"""What only formats of days, times, fractions and texts have, and those with powers of ten."""


def shown_number(number: float, code: str) -> str | None:
    """Return a number in a format, such as `0.0%`; None for a format that is not one of the common ones."""
    sections = code.split(";")
    section = sections[1] if number < 0 and len(sections) > 1 and sections[1].strip() else sections[0]
    sign = "-" if number < 0 and section is sections[0] else ""
    pieces = list(PIECE.finditer(section))
    digits = [piece[4] for piece in pieces if piece[4] and re.search("[#0?]", piece[4])]
    plain = "".join(piece[5] or "" for piece in pieces)
    if len(digits) != 1 or OTHER.search(plain):
        return None
    figures = _figures(abs(Decimal(repr(number))) * 100 ** plain.count("%"), digits[0])
    text = "".join(
        figures if piece[4] == digits[0] else next((each for each in piece.groups() if each), "")
        for piece in pieces
    )
    return sign + text.strip()


def _figures(number: Decimal, form: str) -> str:
    """Return a number without a sign, with the decimals and the groups of a form such as `#,##0.00`."""
    thousands = len(form) - len(form.rstrip(","))
    whole, _, decimals = form.rstrip(",").partition(".")
    places = len(re.findall("[#0?]", decimals))
    rounded = (number / 1000**thousands).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:,f}" if "," in whole else f"{rounded:f}"
    before, point, after = text.partition(".")
    needed = decimals.count("0")
    while len(after) > needed and after.endswith("0"):
        after = after[:-1]
    before = before.zfill(whole.count("0")) if "," not in whole else before
    if before == "0" and "0" not in whole:
        before = ""
    return before + (point + after if after else "")
