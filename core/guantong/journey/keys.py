"""A delivery's key: what targets know it by, the same in every attempt (`GT00000000000034`)."""

from __future__ import annotations

import re

_KEY = re.compile(r"GT([0-9]{14})")


def key_of(delivery: int) -> str:
    """The key of a delivery."""
    return f"GT{delivery:014d}"


def delivery_of(key: str) -> int:
    """The delivery a key is of, whoever wrote blanks round it; 0 where it is no key of ours."""
    found = _KEY.fullmatch(key.strip())
    return int(found[1]) if found else 0
