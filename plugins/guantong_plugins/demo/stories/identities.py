"""Invented identifiers that pass their check digits: identity cards, credit codes, mobile numbers."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD_CHECKS = "10X98765432"

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_FIRST_BIRTHDAY = date(1938, 1, 1)
_CHANGES = (1983, 1991, 1993)
"""When the counties came to Shantou, when Jieyang became a city, and when Puning did: each time with new region codes."""
_BIRTHDAYS = (date(1995, 12, 31) - _FIRST_BIRTHDAY).days


def identity_card(random: Random, birthplaces: tuple[str, str, str, str], *, old: bool = False) -> str:
    """An identity card number: 18 characters (GB 11643), or the *old* 15 digits. *birthplaces* are the region
    codes (6 digits) the holder's home had before 1983, before 1991, before 1993 and since."""
    birthday = _FIRST_BIRTHDAY + timedelta(days=random.randrange(_BIRTHDAYS))
    region = birthplaces[sum(birthday.year >= year for year in _CHANGES)]
    sequence = f"{random.randrange(1, 1000):03d}"
    if old:
        return f"{region}{birthday:%y%m%d}{sequence}"
    body = f"{region}{birthday:%Y%m%d}{sequence}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _CARD_WEIGHTS, strict=True))
    return body + _CARD_CHECKS[total % 11]


def organisation_code(body: str) -> str:
    """The organisation code (GB 11714, nine characters, no hyphen) whose first eight digits are *body*."""
    total = sum(
        _ORGANISATION_ALPHABET.index(character) * weight
        for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    check = 11 - total % 11
    return body + {10: "X", 11: "0"}.get(check, str(check))


def credit_code(random: Random, region: str) -> str:
    """A unified social credit code (GB 32100) of an enterprise registered in *region* (6 digits)."""
    body = "91" + region + organisation_code(f"{random.randrange(10**8):08d}")
    total = sum(
        _CREDIT_ALPHABET.index(character) * pow(3, position, 31) for position, character in enumerate(body)
    )
    return body + _CREDIT_ALPHABET[(31 - total % 31) % 31]


def mobile(random: Random) -> str:
    """A mobile number out of one block of ten thousand, so that no fixture strays into the others."""
    return f"1990000{random.randrange(10000):04d}"
