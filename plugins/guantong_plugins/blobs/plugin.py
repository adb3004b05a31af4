"""Registers the folder of blobs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.blobstore import BlobStore, BlobStoreSpec
from guantong.plugins import hookimpl
from guantong_plugins.blobs.settings import FolderSettings


def _make(settings: FolderSettings, home: Path) -> BlobStore:
    from guantong_plugins.blobs.folder import BlobFolder

    return BlobFolder(home / settings.path)


@hookimpl
def register_blob_stores() -> Sequence[BlobStoreSpec]:
    return (BlobStoreSpec("folder", "Folder", "文件夹", FolderSettings, _make),)
