"""The folder of blobs keeps the contract of blob stores, and its files are ours alone."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from guantong.blobstore import BlobsFailed, BlobStore
from guantong.testing.blob_contract import LATER, NAME, BlobStoreContract, names, put
from guantong_plugins.blobs.plugin import register_blob_stores
from guantong_plugins.blobs.settings import FolderSettings

SPEC = register_blob_stores()[0]


def make(home: Path) -> BlobStore:
    return SPEC.make(FolderSettings(), home)


@contextmanager
def full_disk(_home: Path) -> Iterator[None]:
    """No file of this process may grow beyond 4 MiB: as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestFolder(BlobStoreContract):
    """A folder."""

    def make(self, home: Path) -> BlobStore:
        return make(home)

    def cannot_write(self, home: Path) -> AbstractContextManager[None]:
        return full_disk(home)


def test_files_and_folders_are_their_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask of who starts the hub."""
    put(make(tmp_path))
    file = tmp_path / "var/blobs" / NAME[:2] / NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_uploads_that_never_ended_are_forgotten(tmp_path: Path) -> None:
    """As after a power cut; those begun just now are left alone."""
    store = make(tmp_path)
    upload = store.begin()
    upload.write(b"half")
    new = tmp_path / "var/blobs/new"
    assert names(store, before=0) == []
    assert len(os.listdir(new)) == 1
    assert names(store, LATER) == []
    assert os.listdir(new) == []
    upload.drop()


def test_a_folder_that_cannot_be_made_is_told_without_its_path(tmp_path: Path) -> None:
    """The text names the key of the settings."""
    (tmp_path / "var").write_text("a file in the way")
    with pytest.raises(BlobsFailed, match=r"^blobs: ") as failed:
        make(tmp_path).begin()
    assert str(tmp_path) not in str(failed.value)
