"""What a leaf of the tree holds: one line of the journal, whole and in one written form, under a salt of its own.

The form is a JSON array (RFC 8259) without spaces, in UTF-8, of which only `"`, `\\` and control characters are escaped:

    ["guantong-entry/1", salt, id, previous, at, what, subject, message, delivery, system, actor, detail, raw]

`salt` is 16 random bytes in hexadecimal, fresh for each line: the hash of a leaf that stands in somebody else's proof tells
nothing of what it holds. `detail` is the text that is stored. `raw` is "" or the commitment (`commit`) to the bytes that the
line is about: the record received, or what was sent; redaction deletes the bytes and their salt, and the leaf stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from guantong.proof.hashing import Hashing

FORM = "guantong-entry/1"
SALT = 16  # bytes: of a leaf, and of a commitment
_COMMITMENT = b"guantong-raw/1\x00"
NOT_COMMITTED = bytes(32)
_SALT, _RAW, _NONE = 2 * SALT, 2 * len(NOT_COMMITTED), NOT_COMMITTED.hex()  # in hexadecimal


class Line(NamedTuple):
    """A line of the journal exactly as it is stored: `detail` is text."""

    id: int
    previous: int
    at: int
    what: str
    subject: int
    message: int
    delivery: int
    system: str
    actor: str
    detail: str

    @property
    def about(self) -> tuple[str, int] | None:
        """Whose bytes the line commits to: a message's record ("m"), or what was sent of a delivery ("d")."""
        if self.message > 0:
            return "m", self.message
        return ("d", self.delivery) if self.delivery > 0 else None


def leaf(line: Line, salt: bytes, raw: bytes) -> bytes:
    """The content of the leaf of *line*; *raw* is a commitment, or `NOT_COMMITTED`."""
    return orjson.dumps([FORM, salt.hex(), *line, "" if raw == NOT_COMMITTED else raw.hex()])


def leaf_hashes(hashing: Hashing, lines: Sequence[Line], salts: bytes, raws: bytes) -> list[bytes]:
    """The hashes of the leaves of many *lines*, whose salts and commitments stand one behind the other."""
    dumps, salt, raw = orjson.dumps, salts.hex(), raws.hex()
    salted = [salt[at:at + _SALT] for at in range(0, len(salt), _SALT)]
    said = [raw[at:at + _RAW] for at in range(0, len(raw), _RAW)] if raws.count(0) != len(raws) else [_NONE] * len(lines)
    return hashing.each([b"\x00" + dumps([FORM, one, *line, "" if bound == _NONE else bound])
                         for one, line, bound in zip(salted, lines, said, strict=True)])


def commit(hashing: Hashing, salt: bytes, content: bytes) -> bytes:
    """Binds us to *content* without telling anything of it to who does not have the *salt*."""
    return hashing.digest(_COMMITMENT + salt + content)
