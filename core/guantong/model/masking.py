"""Masking: what of a personal value may be shown."""

from __future__ import annotations

from typing import Literal

Mask = Literal["name", "identity", "phone", "address", "all"]


def mask_value(mask: Mask | None, value: str) -> str:
    """*value* masked: 张* for names, 4452**********1234, 138****8000, the first six characters of an
    address. Too short a value, or no mask named, is hidden whole; an empty one stays empty."""
    if not value:
        return ""
    if mask == "name":
        return value[0] + "*" * (len(value) - 1) if len(value) > 1 else "*"
    if mask == "identity" and len(value) > 8:
        return value[:4] + "*" * (len(value) - 8) + value[-4:]
    if mask == "phone" and len(value) > 7:
        return value[:3] + "*" * (len(value) - 7) + value[-4:]
    if mask == "address" and len(value) > 6:
        return value[:6] + "***"
    return "***"
