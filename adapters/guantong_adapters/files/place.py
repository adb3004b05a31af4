"""A place where files are exchanged: what the three drivers (local folder, SFTP, FTP) have in common.

Paths are relative to the place's own folder, with `/` between their parts. Names are text in the file-name
charset; bytes that are none in it stand as lone surrogates, so that every name goes back as it came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

MOST_LISTED = 100_000
"""Entries of one folder looked at in one listing; what is beyond them comes when these are gone."""
CHUNK = 256 * 1024
"""Bytes read or written at a time."""
SLOWEST = 64 * 1024
"""Bytes a second that a place must reach where a large file is read or written."""

Kind = Literal["denied", "full", "name", "busy", "other"]


class Entry(NamedTuple):
    """One name in a folder: `size` in bytes, `modified` in seconds since 1970 as precise as the protocol tells,
    `regular` for what is a file and neither folder, link nor device, `folder` for what is a folder and no link to one."""

    name: str
    size: int
    modified: float
    regular: bool
    folder: bool = False


class Missing(Exception):
    """There is nothing of this name: it was taken away, or never was."""


class TooLarge(Exception):
    """The file has more bytes than may be read."""


class Lost(Exception):
    """The place does not answer, or the connection broke: what was under way may or may not have been done.
    `what` says so in a word, without any name; `what_zh` the same in Chinese, unless it is a code."""

    def __init__(self, what: str, what_zh: str = "") -> None:
        self.what = what
        self.what_zh = what_zh or what
        super().__init__(what)


class Denied(Exception):
    """The place answered that it does not do this: nothing was done. `state` is its own code."""

    def __init__(self, kind: Kind, state: str) -> None:
        self.kind = kind
        self.state = state
        super().__init__(f"{kind} {state}")


class Driver(Protocol):
    """One protocol. Every method may raise `Missing`, `Denied` and `Lost`, and `ProblemsError` where the place
    cannot even be entered (host key, login). `confirms_writes`: each piece of a file is acknowledged, so that none can be cut
    short unnoticed. `coarse`: listings tell times less precisely than `stat` does, so that what a file was must be asked for
    when it is read."""

    confirms_writes: bool
    coarse: bool

    async def entries(self, folder: str) -> Sequence[Entry]:
        """What is in *folder*, at most `MOST_LISTED` entries, in no order."""
        ...

    async def stat(self, path: str) -> Entry | None:
        """The file or folder at *path*, or None."""
        ...

    async def read(self, path: str, most: int) -> bytes:
        """The file's bytes. Raises `TooLarge` for more than *most*, of which no more are then read."""
        ...

    async def copy(self, path: str, most: int, write: Callable[[bytes], Awaitable[None]], *, below: str | None = None) -> int:
        """Hand the file's bytes to *write*, piece by piece; how many there were. Raises `TooLarge` for more than
        *most*, and what *write* raises. No folder of the path beyond the folder *below* may be a link, where the driver can see to it
        as it opens the file."""
        ...

    async def write_pieces(self, path: str, pieces: Iterator[bytes], size: int) -> None:
        """What `write` does, of *size* bytes that come piece by piece; reading a piece blocks."""
        ...

    async def write(self, path: str, body: bytes) -> None:
        """Make the file, or what stands there anew; durable on return where the driver can see to it."""
        ...

    async def move(self, source: str, target: str) -> None:
        """Give a file another name; what has that name already is replaced."""
        ...

    async def delete(self, path: str) -> None:
        """Take a file away; one that is gone already is no error."""
        ...

    async def make_folder(self, path: str) -> None:
        """Make a folder with those above it, as far as they are missing."""
        ...

    async def close(self) -> None:
        """Return when nothing is left running."""
        ...


def raw(text: str, charset: str) -> bytes:
    """A name as the place has it. Raises `UnicodeEncodeError` for what the charset cannot write."""
    return text.encode(charset, "surrogateescape")


def shown(name: bytes, charset: str) -> str:
    """A name as text."""
    return name.decode(charset, "surrogateescape")


def printable(name: str) -> str:
    """A name that may stand in a message, a database or a log: no controls, no lone surrogates."""
    return "".join(one if one.isprintable() else f"\\x{ord(one) & 0xFF:02x}" for one in name)
