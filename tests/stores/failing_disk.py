"""A disk that fails under SQLite: its calls to the operating system are answered with an error, in this process alone."""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_CALL = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64, use_errno=True)
_SET = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
_GET = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs` as far as the calls that are replaced."""

    _fields_ = (
        ("version", ctypes.c_int), ("os_file", ctypes.c_int), ("path", ctypes.c_int), ("next", ctypes.c_void_p), ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p), *((name, ctypes.c_void_p) for name in (
            "open", "delete", "access", "full_path", "dl_open", "dl_error", "dl_sym", "dl_close", "randomness", "sleep", "time", "last_error",
            "time64")),
        ("set_call", _SET), ("get_call", _GET),
    )


def _library() -> str:
    """Where the SQLite is that Python uses."""
    maps = Path("/proc/self/maps")
    for line in maps.read_text(encoding="utf-8").splitlines() if maps.exists() else ():
        if "libsqlite3" in line:
            return line.split()[-1]
    pytest.skip("this Python has its SQLite within itself, where no call can be replaced")


@contextmanager
def failing(*calls: str, code: int = errno.EIO) -> Iterator[None]:
    """Inside, SQLite's *calls* (`pread64`, `pwrite64`, …) end with the error *code*; reads of files that are mapped into memory are none."""
    library = ctypes.CDLL(_library())
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None)

    def fails(*_: Any) -> int:
        ctypes.set_errno(code)
        return -1

    instead, before = _CALL(fails), dict[bytes, Any]()
    for call in calls:
        before[call.encode()] = vfs.contents.get_call(vfs, call.encode())
        assert before[call.encode()], f"SQLite makes no call {call}"
        assert vfs.contents.set_call(vfs, call.encode(), ctypes.cast(instead, ctypes.c_void_p)) == 0
    try:
        yield
    finally:
        for name, function in before.items():
            vfs.contents.set_call(vfs, name, function)
