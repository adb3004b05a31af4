"""A folder of blobs: one file each, written beside, made durable, then renamed into place.

`ab/abcdef…` is the blob of that name; what begins under `new/` is an upload that has not ended.
"""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from guantong.blobstore import BlobMissing, BlobsFailed, Held
from guantong.durable import sync_folder
from guantong.oserrors import in_words

_NEW = "new"


@contextmanager
def _told() -> Iterator[None]:
    """What the operating system refuses, as the contract has it. Paths are not told: they are in the settings."""
    try:
        yield
    except OSError as error:
        raise BlobsFailed(f"blobs: {in_words(error)[0]}") from error


class BlobFolder:
    """`guantong.blobstore.BlobStore` over a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._placing = threading.Lock()  # of `keep` and `delete`: neither comes between the steps of the other

    def begin(self) -> _Upload:
        with _told():
            new = self._folder / _NEW
            if not new.is_dir():
                new.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_folder(self._folder)
            return _Upload(self, new)

    def open(self, name: str) -> BinaryIO:
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise BlobMissing(f"there is no blob {name[:8]}…") from None
        except OSError as error:
            raise BlobsFailed(f"blobs: {in_words(error)[0]}") from error

    def exists(self, name: str) -> bool:
        return self._path(name).is_file()

    def delete(self, name: str, before: float) -> bool:
        path = self._path(name)
        with _told(), self._placing:
            try:
                if path.stat().st_mtime >= before:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
            return True

    def held(self, before: float) -> Iterator[Held]:
        with _told():
            folders = [one for one in sorted(self._folder.iterdir()) if one.is_dir()] if self._folder.is_dir() else []
            for folder in folders:
                with os.scandir(folder) as entries:
                    files = [(entry.name, entry.stat().st_mtime) for entry in entries if entry.is_file()]
                for name, at in files:
                    if at >= before:
                        continue
                    if folder.name == _NEW:
                        (folder / name).unlink(missing_ok=True)
                    else:
                        yield Held(name, at)

    def place(self, written: Path, name: str) -> None:
        """Put a whole file into place; one that lies there counts as kept now."""
        path = self._path(name)
        with self._placing:
            try:
                os.utime(path)
            except FileNotFoundError:
                if not path.parent.is_dir():
                    path.parent.mkdir(mode=0o700, exist_ok=True)
                    sync_folder(self._folder)
                written.replace(path)
        # Also where it lay there already: whoever put it may have been cut off before this.
        sync_folder(path.parent)

    def _path(self, name: str) -> Path:
        if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            raise ValueError("the name of a blob is 64 hexadecimal digits")
        return self._folder / name[:2] / name


class _Upload:
    """`guantong.blobstore.Upload` into a file of its own, readable by its owner alone."""

    def __init__(self, folder: BlobFolder, new: Path) -> None:
        self._folder = folder
        descriptor, path = tempfile.mkstemp(dir=new)
        self._path = Path(path)
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    def write(self, part: bytes) -> None:
        with _told():
            view = memoryview(part)
            while view:
                taken = self._file.write(view)
                if not taken:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                view = view[taken:]

    def keep(self, name: str) -> None:
        with _told():
            os.fsync(self._file.fileno())
            self._file.close()
            self._folder.place(self._path, name)

    def drop(self) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
