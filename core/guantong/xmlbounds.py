"""Why libxml2 did not read a document on: it is no XML, or it is more than the parser takes of a stranger."""

from __future__ import annotations

from enum import StrEnum

from lxml import etree

MOST_LEVELS = 256
"""Of nesting, where `huge_tree` is off."""
LONGEST = 10_000_000
"""Bytes of one text, CDATA section or attribute, where `huge_tree` is off."""
_LIMIT = frozenset({etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG})
_TOO_BIG = "too big"
"""How libxml2 tells a CDATA section that is too long from one without an end: the code is the same."""


class Bound(StrEnum):
    """What there was too much of."""

    DEPTH = "depth"
    LENGTH = "length"


def bound(error: etree.XMLSyntaxError) -> Bound | None:
    """The bound that a document was refused for; None when it is not well-formed."""
    said = str(error.msg)
    code = error.code  # type: ignore[attr-defined]  # lxml sets it; its stubs do not tell
    if code in _LIMIT:
        return Bound.DEPTH if "depth" in said else Bound.LENGTH
    return Bound.LENGTH if code == etree.ErrorTypes.ERR_CDATA_NOT_FINISHED and _TOO_BIG in said else None
