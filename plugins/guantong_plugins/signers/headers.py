"""Comparing what a header holds."""

from __future__ import annotations

import hmac


def equal(given: str, own: str) -> bool:
    """Whether a header is the very text it should be, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), own.encode("utf-8", "surrogateescape"))
