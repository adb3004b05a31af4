"""The reference to a blob: what events, kept records and deliveries hold in place of a content."""

from __future__ import annotations

import re
from typing import NamedTuple

_WRITTEN = re.compile(r"blob:([0-9a-f]{64}):([0-9]{1,12}):([0-9a-f]{32}):([a-z0-9]{0,8})")


class Blob(NamedTuple):
    """A content by its digests: SHA-256 is its address, MD5 what interfaces check; its size in bytes; and the type
    its first bytes tell (`pdf`, `jpg` …, "" where they tell none)."""

    sha256: str
    size: int
    md5: str
    kind: str

    def __str__(self) -> str:
        """As events hold it: `blob:<sha256>:<size>:<md5>:<kind>`."""
        return f"blob:{self.sha256}:{self.size}:{self.md5}:{self.kind}"


def parse_blob(text: object) -> Blob | None:
    """The reference that *text* is, or None where it is none."""
    match = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    return Blob(match[1], int(match[2]), match[3], match[4]) if match else None
