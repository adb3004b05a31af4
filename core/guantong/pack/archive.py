"""The one form of ZIP that a pack has: nothing is compressed, every byte is accounted for, so no two programs can read it differently.

Part of the stand-alone verifier; it runs on Python 3.8.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, Callable, Dict, NamedTuple  # noqa: UP035  it runs on older Pythons, too

MOST_FILES = 20000
MOST_BYTES = 0xFFFFFFFE  # of a ZIP without the extensions for larger ones
MOST_READ = 256 * 1024 * 1024  # of a file that is read at once
PIECE = 1024 * 1024
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_MADE, _NEEDED = 0x0314, 20  # the format of 1993, on Unix
_DAY = 0x00210000  # the first day there is, at midnight
_TURNS = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # the direction of writing, or the line
_PLAIN = 0o100600 << 16  # a file, and nothing else


class Bad(Exception):
    """The archive is no pack: what the table `SAYS` says under *key*, with these details."""

    def __init__(self, key: str, /, **details: Any) -> None:
        super().__init__(key)
        self.key = key
        self.details = details


class Member(NamedTuple):
    """Where a file lies in the archive."""

    start: int
    size: int


class Archive:
    """A pack, opened. Raises `Bad` where it is none."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.members: Dict[str, Member] = _members(stream)  # noqa: UP006  it runs on older Pythons, too

    def read(self, name: str) -> bytes:
        """A whole file. Raises `Bad` where it is not there, or too large for that."""
        member = self.members.get(name)
        if member is None:
            raise Bad("form.lacks", name=name)
        if member.size > MOST_READ:
            raise Bad("form.large", name=name)
        return _exactly(self._stream, member.start, member.size)

    def feed(self, name: str, take: Callable[[bytes], Any]) -> None:
        """Hand a file over, piece by piece."""
        member = self.members[name]
        at, end = member.start, member.start + member.size
        while at < end:
            piece = _exactly(self._stream, at, min(PIECE, end - at))
            take(piece)
            at += len(piece)


def is_archive(stream: BinaryIO) -> bool:
    """Whether it begins as a ZIP does."""
    stream.seek(0)
    return stream.read(4) in (_LOCAL, _END)


def _members(stream: BinaryIO) -> Dict[str, Member]:  # noqa: UP006  it runs on older Pythons, too
    size = stream.seek(0, 2)
    if size < 22 or not is_archive(stream):
        raise Bad("form.empty" if size < 4 or not is_archive(stream) else "form.cut")
    if size > MOST_BYTES:
        raise Bad("form.large", name="ZIP")
    mark, disk, first_disk, here, count, length, start, comment = struct.unpack("<4sHHHHIIH", _exactly(stream, size - 22, 22))
    if mark != _END or comment or disk or first_disk or here != count or start + length + 22 != size:
        raise Bad("form.cut")
    if count > MOST_FILES:
        raise Bad("form.large", name=f"{count} files")
    return _listed(stream, _exactly(stream, start, length), count, start)


def _listed(stream: BinaryIO, listing: bytes, count: int, start: int) -> Dict[str, Member]:  # noqa: UP006  it runs on older Pythons, too
    found: Dict[str, Member] = {}  # noqa: UP006  the same
    known = set()
    at = expected = 0
    for _ in range(count):
        if at + 46 > len(listing):
            raise Bad("form.zip", at=start + at)
        (mark, made, needed, flags, method, when, crc, packed, size, named, extra, comment, disk, kind, attributes, offset) = struct.unpack(
            "<4sHHHHIIIIHHHHHII", listing[at:at + 46])
        raw = listing[at + 46:at + 46 + named]
        if (mark, made, needed, when, extra, comment, disk, kind) != (_CENTRAL, _MADE, _NEEDED, _DAY, 0, 0, 0, 0) \
                or len(raw) != named or flags & ~0x800 or offset != expected:
            raise Bad("form.zip", at=start + at)
        name = _name(raw, flags)
        if method or packed != size:
            raise Bad("form.packed", name=name)
        if attributes != _PLAIN:  # a link, say
            raise Bad("form.name", name=name)
        if _folded(name) in known:
            raise Bad("form.twice", name=name)
        known.add(_folded(name))
        head = struct.pack("<4sHHHIIIIHH", _LOCAL, _NEEDED, flags, method, _DAY, crc, size, size, named, 0) + raw
        if offset + len(head) > start or _exactly(stream, offset, len(head)) != head:
            raise Bad("form.zip", at=offset)
        found[name] = Member(offset + 30 + named, size)
        at += 46 + named
        expected = offset + 30 + named + size
    if at != len(listing) or expected != start:
        raise Bad("form.zip", at=expected)
    return found


def _folded(name: str) -> str:
    """As file systems that do not tell A from a hold it against others."""
    return "".join(chr(ord(one) + 32) if "A" <= one <= "Z" else one for one in name)


def _name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags else "ascii")
    except UnicodeDecodeError:
        name = ""
    parts = name.split("/")
    if not name or len(name) > 200 or any(one in ("", ".", "..") for one in parts) or any(one < " " or one in '\\:*?"<>|\x7f' or one in _TURNS for one in name):
        raise Bad("form.name", name="?" if any(one < " " or one == "\x7f" or one in _TURNS for one in name) else name[:60] or "?")
    return name


def _exactly(stream: BinaryIO, start: int, size: int) -> bytes:
    stream.seek(start)
    data = stream.read(size)
    if len(data) != size:
        raise Bad("form.cut")
    return data
