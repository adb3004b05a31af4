"""What a failure of SQLite means: the disk, or the work that was mistaken; and how it is told."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from guantong.oserrors import in_words
from guantong.problems import Code, Problem
from guantong.store import StoreRefused
from guantong_plugins.stores.sqlite import codes

_MISTAKES = (sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.DataError, sqlite3.NotSupportedError)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_READ_ONLY = ("SQLITE_READONLY", "SQLITE_CANTOPEN")
_NOT_OURS_TO_WRITE = (errno.EROFS, errno.EACCES, errno.EPERM)


def is_of_the_disk(error: Exception) -> bool:
    """Whether the disk is full or fails, or the file is damaged, rather than the work being mistaken."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _MISTAKES)


def in_short(error: Exception) -> str:
    """SQLite's name for what happened, or Python's; and what to do where it does not mend itself."""
    name = str(getattr(error, "sqlite_errorname", type(error).__name__))
    return f"{name}: the file is damaged, or its disk cannot be read; see to the disk, then restore a backup" if name.startswith(_DAMAGED) else name


def refused(path: Path, error: OSError | sqlite3.Error) -> StoreRefused:
    """The file at *path* cannot be opened."""
    if isinstance(error, OSError):
        what, what_zh = in_words(error)
        code = codes.READ_ONLY if error.errno in _NOT_OURS_TO_WRITE else codes.CANNOT_OPEN
        return wrong(code, path, what=what, what_zh=what_zh)
    name = str(getattr(error, "sqlite_errorname", type(error).__name__))
    if name.startswith(_DAMAGED):
        return wrong(codes.NOT_READABLE, path, what=name)
    return wrong(codes.READ_ONLY if name.startswith(_READ_ONLY) else codes.CANNOT_OPEN, path, what=name, what_zh=name)


def wrong(code: Code, path: Path, *, empty: bool = False, **details: object) -> StoreRefused:
    """The file at *path* is not what the store needs."""
    return StoreRefused(Problem(code, path="store.path", details={"file": path.name, **details}), empty=empty)
