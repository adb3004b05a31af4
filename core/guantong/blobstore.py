"""What a blob store is: a plugin that keeps large contents (attachments) outside the store of messages.

A blob store keeps opaque bytes under names the core gives it; it neither seals, hashes, counts references nor
decides what is deleted: that is the core's (`guantong.blobs`). Its methods block and are called from threads, several
at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from pydantic import BaseModel


class BlobsFailed(Exception):
    """The blob store cannot work now (disk full, read-only, I/O error). Nothing of the upload was kept; the text
    names no content."""


class BlobMissing(Exception):
    """There is no blob of that name."""


class Held(NamedTuple):
    """A blob that lies in the store: its name, and when it was kept last, in seconds since 1970."""

    name: str
    kept_at: float


class Upload(Protocol):
    """Bytes on their way in. Until `keep` returned nothing of them can be seen; ended by `keep` or `drop`."""

    def write(self, part: bytes) -> None:
        """Append. Raises `BlobsFailed`."""
        ...

    def keep(self, name: str) -> None:
        """Keep what was written under *name*, durably (fsync) once this returns. Where a blob of that name lies
        already it stays, and counts as kept now. Raises `BlobsFailed`."""
        ...

    def drop(self) -> None:
        """Forget what was written; after `keep`, nothing happens. Never raises."""
        ...


class BlobStore(Protocol):
    """A durable store of blobs. Names are lower-case hexadecimal digits, 64 of them."""

    def begin(self) -> Upload:
        """Start an upload. Raises `BlobsFailed`."""
        ...

    def open(self, name: str) -> BinaryIO:
        """The blob to read from its beginning, as a stream. Raises `BlobMissing`, `BlobsFailed`."""
        ...

    def exists(self, name: str) -> bool: ...

    def delete(self, name: str, before: float) -> bool:
        """Delete the blob if it was kept last before that time (seconds since 1970); whether it was deleted. One that
        is kept again at the same moment stays. Raises `BlobsFailed`."""
        ...

    def held(self, before: float) -> Iterator[Held]:
        """Every blob kept last before that time, in any order; uploads begun before it that never ended are forgotten
        on the way. Raises `BlobsFailed`."""
        ...


@dataclass(frozen=True, slots=True)
class BlobStoreSpec:
    """The one declaration of a blob store: `make(settings, home)` gives one; nothing is opened before first use."""

    name: str
    title_en: str
    title_zh: str
    settings: type[BaseModel]
    make: Callable[[Any, Path], BlobStore]
