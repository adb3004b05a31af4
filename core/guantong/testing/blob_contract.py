# ruff: noqa: S101  a suite of tests asserts
"""What every blob store promises, wherever it keeps contents.

    class TestMine(BlobStoreContract):
        def make(self, home: Path) -> BlobStore: ...
        def cannot_write(self, home: Path) -> AbstractContextManager[None]: ...

A content is there whole once `keep` returned, and not at all before; nothing kept again is deleted.
"""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from guantong.blobstore import BlobMissing, BlobsFailed, BlobStore

NAME, OTHER = "ab" * 32, "cd" * 32
LATER = 1 << 40  # seconds since 1970: after anything that is kept now


def put(store: BlobStore, name: str = NAME, *parts: bytes) -> None:
    """Keep the parts under *name*."""
    upload = store.begin()
    try:
        for part in parts or (b"content",):
            upload.write(part)
        upload.keep(name)
    finally:
        upload.drop()


def content(store: BlobStore, name: str = NAME) -> bytes:
    """What lies under *name*."""
    with store.open(name) as stream:
        return stream.read()


def names(store: BlobStore, before: float = LATER) -> list[str]:
    """What was kept before that time."""
    return sorted(one.name for one in store.held(before))


class BlobStoreContract(ABC):
    """Inherit, say how your blob store is made and how it can be kept from writing."""

    @abstractmethod
    def make(self, home: Path) -> BlobStore:
        """The blob store of *home*; made twice, it holds the same contents."""

    @abstractmethod
    def cannot_write(self, home: Path) -> AbstractContextManager[None]:
        """Inside, the blob store of *home* cannot keep 8 MiB (a full disk); afterwards it can again."""

    def test_what_was_kept_is_read_by_whoever_opens_it_next(self, tmp_path: Path) -> None:
        """Any bytes, also none; also by another object over the same place."""
        store = self.make(tmp_path)
        put(store, NAME, b"a" * 100_000, b"", b"\x00\xff")
        put(store, OTHER, b"")
        again = self.make(tmp_path)
        assert content(again) == b"a" * 100_000 + b"\x00\xff"
        assert content(again, OTHER) == b""
        assert again.exists(NAME)

    def test_nothing_is_seen_before_it_is_kept(self, tmp_path: Path) -> None:
        """An upload that was dropped or never ended leaves no content."""
        store = self.make(tmp_path)
        dropped, cut_off = store.begin(), store.begin()
        dropped.write(b"half")
        cut_off.write(b"half")
        assert names(store) == []
        dropped.drop()
        assert not store.exists(NAME)
        with pytest.raises(BlobMissing):
            store.open(NAME)
        cut_off.drop()

    def test_a_content_kept_twice_stays_as_it_is(self, tmp_path: Path) -> None:
        """Names stand for contents: what lies there already is not written over."""
        store = self.make(tmp_path)
        put(store, NAME, b"first")
        put(store, NAME, b"second")
        assert content(store) == b"first"
        assert names(store) == [NAME]

    def test_only_what_was_kept_before_a_time_is_listed_and_deleted(self, tmp_path: Path) -> None:
        """And deleting what is not there deletes nothing."""
        store = self.make(tmp_path)
        put(store)
        assert names(store, time.time() - 3600) == []
        assert not store.delete(NAME, time.time() - 3600)
        assert store.exists(NAME)
        assert store.delete(NAME, LATER)
        assert not store.delete(NAME, LATER)
        assert not store.exists(NAME)
        assert names(store) == []

    def test_a_content_kept_again_counts_as_kept_now(self, tmp_path: Path) -> None:
        """So that the sweep leaves it alone while its message is on its way."""
        store = self.make(tmp_path)
        put(store)
        (first,) = store.held(LATER)
        while time.time() <= first.kept_at + 0.02:
            os.sched_yield()
        put(store)
        (second,) = store.held(LATER)
        assert second.kept_at > first.kept_at
        assert not store.delete(NAME, second.kept_at)

    def test_a_full_disk_keeps_nothing_and_hurts_nothing(self, tmp_path: Path) -> None:
        """It is said, what lay there stays, and the same content can be kept once there is room."""
        store = self.make(tmp_path)
        put(store, OTHER)
        with self.cannot_write(tmp_path):
            with pytest.raises(BlobsFailed):
                put(store, NAME, *[os.urandom(1 << 20)] * 8)
            assert not store.exists(NAME)
            assert content(store, OTHER) == b"content"
        put(store, NAME, b"room again")
        assert content(store) == b"room again"

    def test_many_threads_keep_the_same_content(self, tmp_path: Path) -> None:
        """All are told that it is kept, and it is there once."""
        store = self.make(tmp_path)
        start, failed = threading.Barrier(8), []

        def keep() -> None:
            start.wait()
            try:
                put(store, NAME, b"same" * 1000)
            except Exception as error:  # noqa: BLE001 -- a failing thread would be silent
                failed.append(error)

        threads = [threading.Thread(target=keep) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert content(store) == b"same" * 1000
        assert names(store) == [NAME]

    def test_a_name_that_is_none_is_refused(self, tmp_path: Path) -> None:
        """Nobody leaves the blobs' own place by a name."""
        store = self.make(tmp_path)
        for name in ("../" + "a" * 61, "", "AB" * 32, "ab" * 31):
            with pytest.raises(ValueError, match="64 hexadecimal"):
                store.exists(name)
