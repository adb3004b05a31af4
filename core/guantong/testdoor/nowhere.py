"""A blob store that keeps nothing: what comes beside a record at a test door, or is counted in a dry run, is weighed and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from guantong.blobstore import BlobMissing, Held


class Nowhere:
    """`guantong.blobstore.BlobStore` without a place."""

    def begin(self) -> _Forgotten:
        return _Forgotten()

    def open(self, name: str) -> BinaryIO:
        raise BlobMissing(f"there is no blob {name[:8]}…: here none is kept")

    def exists(self, _name: str) -> bool:
        return False

    def delete(self, _name: str, _before: float) -> bool:
        return False

    def held(self, _before: float) -> Iterator[Held]:
        return iter(())


class _Forgotten:
    """`guantong.blobstore.Upload` of bytes that go nowhere."""

    def write(self, part: bytes) -> None:
        """Nothing is written."""

    def keep(self, name: str) -> None:
        """Nothing is kept."""

    def drop(self) -> None:
        """Nothing is there."""
