"""Keeping blobs: hashed while they come, sealed, under a name that tells nothing without the home's key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from guantong.blobs.blob import Blob
from guantong.blobs.filetype import FIRST, detect
from guantong.blobs.sealing import Sealer, opened
from guantong.blobstore import BlobStore
from guantong.vault import Vault, VaultError


class TooLarge(Exception):
    """A content is larger than the blobs of this home may be (`blobs.largest`). Nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"larger than {limit} bytes")


class Blobs:
    """The blobs of one home. Methods block (disk) and may be called from several threads."""

    def __init__(self, store: BlobStore, vault: Vault, largest: int) -> None:
        self.store = store
        self.largest = largest
        self._vault = vault

    def name(self, sha256: str) -> str:
        """Under which name a content lies: equal contents under one, and nobody without the key can tell whether a
        content is here."""
        return self._vault.name(bytes.fromhex(sha256))

    def incoming(self, limit: int | None = None) -> Incoming:
        """A content on its way in, of at most *limit* bytes (and `largest`). Raises `BlobsFailed`."""
        return Incoming(self, self._vault.blob_keys[0], min(limit or self.largest, self.largest))

    def put(self, parts: Iterable[bytes], limit: int | None = None) -> Blob:
        """Keep a content. Raises `TooLarge`, `BlobsFailed`."""
        with self.incoming(limit) as incoming:
            for part in parts:
                incoming.write(part)
            return incoming.keep()

    @staticmethod
    def hashed(parts: Iterable[bytes]) -> Blob:
        """The reference that a content would have. Keeps nothing."""
        md5, sha256, size, first = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0, b""
        for part in parts:
            md5.update(part)
            sha256.update(part)
            size += len(part)
            first = first if len(first) >= FIRST else first + part[:FIRST]
        return Blob(sha256.hexdigest(), size, md5.hexdigest(), detect(first))

    def read(self, blob: Blob) -> Iterator[bytes]:
        """The content, piece by piece. Raises `BlobMissing`, `BlobsFailed`, and `VaultError` where it was altered, at
        the latest in place of the last piece."""
        digest = hashlib.sha256()
        with self.store.open(self.name(blob.sha256)) as stream:
            for piece in opened(stream, self._vault.blob_keys):
                digest.update(piece)
                yield piece
        if digest.hexdigest() != blob.sha256:
            raise VaultError("a blob holds another content than its name says: the folder was altered")

    def exists(self, blob: Blob) -> bool:
        return self.store.exists(self.name(blob.sha256))


class Incoming:
    """One content on its way in. Used as a context: left without `keep`, nothing of it stays."""

    def __init__(self, blobs: Blobs, key: bytes, limit: int) -> None:
        self._blobs = blobs
        self._limit = limit
        self._size = 0
        self._first = b""
        # MD5 is what interfaces check transfers by (ATTACH_SIGN); it secures nothing here.
        self._md5, self._sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        self._sealer = Sealer(key)
        self._begun = False
        self._upload = blobs.store.begin()

    def write(self, part: bytes) -> None:
        """Take the next bytes. Raises `TooLarge`, `BlobsFailed`."""
        self._size += len(part)
        if self._size > self._limit:
            raise TooLarge(self._limit)
        if len(self._first) < FIRST:
            self._first += part[:FIRST]
        self._md5.update(part)
        self._sha256.update(part)
        self._seal(self._sealer.add(part))

    def found(self) -> Blob:
        """What came so far."""
        return Blob(self._sha256.hexdigest(), self._size, self._md5.hexdigest(), detect(self._first))

    def keep(self) -> Blob:
        """Keep what came, durably once this returns. Raises `BlobsFailed`."""
        self._seal(self._sealer.end())
        blob = self.found()
        self._upload.keep(self._blobs.name(blob.sha256))
        return blob

    def _seal(self, sealed: bytes) -> None:
        if sealed:
            self._upload.write(sealed if self._begun else self._sealer.header + sealed)
            self._begun = True

    def __enter__(self) -> Self:
        return self

    def drop(self) -> None:
        """Forget what came; after `keep`, nothing happens. Never raises."""
        self._upload.drop()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.drop()
