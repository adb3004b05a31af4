"""Single values between their native text and their canonical form.

`read_*` take native text and give the canonical value, or None where it is not one. A value that reads
but would be written otherwise (`007`, `12.5`) still reads: the caller marks the rule as fired.
"""

from __future__ import annotations

from datetime import date

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

TRUE, FALSE = ("1", "true"), ("0", "false")
MAX_DIGITS = 18


def read_integer(text: str) -> int | None:
    """A whole number of at most 18 ASCII digits, with an optional minus."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        return None
    return int(text)


def read_money(text: str) -> str | None:
    """A decimal amount as canonical text: no leading zeros, at least two decimals ("120.50")."""
    sign, rest = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, decimals = rest.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= MAX_DIGITS):
        return None
    if dot and not (decimals.isascii() and decimals.isdigit() and len(decimals) <= 6):
        return None
    decimals = decimals.rstrip("0") if len(decimals) > 2 else decimals
    amount = f"{whole.lstrip('0') or '0'}.{decimals:0<2}"
    return f"{sign}{amount}" if amount.strip("0.") else amount


def read_boolean(text: str) -> bool | None:
    """1 and true are true, 0 and false are false."""
    return True if text in TRUE else False if text in FALSE else None


def read_identity(text: str) -> str:
    """A certificate number as sent, but the check character of an identity number is a capital X."""
    return text[:-1] + "X" if len(text) == 18 and text[-1] == "x" and text[:-1].isdigit() else text


def identity_holds(text: str) -> bool:
    """Whether *text* is an identity number (GB 11643) with a day of birth and a right check character, or of
    the old 15 digits. Its region is not looked up: regions come and go, numbers stay."""
    if len(text) == 15:
        return text.isascii() and text.isdigit()
    if len(text) != 18 or not text.isascii() or not text[:17].isdigit():
        return False
    try:
        date.fromisoformat(text[6:14])
    except ValueError:
        return False
    return _valid(mod_11_2, text)


def credit_holds(text: str) -> bool:
    """Whether *text* is a unified social credit identifier with a right check character."""
    return _valid(uscc, text)


def organisation_holds(text: str) -> bool:
    """Whether *text* is a nine-character organisation code or a credit identifier, checked."""
    code = text.replace("-", "")
    if len(code) != 9:
        return credit_holds(text)
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if not all(char in alphabet for char in code[:8]):
        return False
    weighed = sum(
        alphabet.index(char) * weight for char, weight in zip(code, (3, 7, 9, 10, 5, 8, 4, 2), strict=False)
    )
    check = 11 - weighed % 11
    return code[8] == {10: "X", 11: "0"}.get(check, str(check))


def region_holds(text: str) -> bool:
    """Whether *text* has the form of a region code: 6, 9 or 12 digits (codes outside GB/T 2260 exist)."""
    return text.isascii() and text.isdigit() and len(text) in (6, 9, 12)


def _valid(standard: object, text: str) -> bool:
    try:
        # What it gives back is without blanks and in capitals: a number that needed that is not one yet.
        return bool(standard.validate(text) == text)  # type: ignore[attr-defined]  # a stdnum module, typed as object
    except ValidationError:
        return False


HOLDS = {
    "identity": identity_holds, "credit": credit_holds,
    "organisation": organisation_holds, "region": region_holds,
}
"""What `strict: true` holds a value to, by type."""
