"""The lock on a home: one hub, or one writing command, at a time; where several processes share the store, one of each name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HomeLocked(Exception):
    """Another process works on this home."""

    def __init__(self, home: Path, pid: str) -> None:
        self.pid = pid
        super().__init__(
            f"{home}/var is in use by process {pid or 'unknown'}: one hub per home. "
            "Stop it first, or give --home another folder"
        )


@contextmanager
def lock_home(home: Path, name: str = "hub") -> Iterator[None]:
    """Hold the lock on *home* of processes of this *name*; the kernel lets go of it when the process ends, however it
    ends. Raises `HomeLocked`."""
    import fcntl  # absent on Windows, where only verbs that do not lock are offered

    folder = home / "var"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / ("lock" if name == "hub" else f"{name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeLocked(home, os.read(descriptor, 20).decode("ascii", "replace").strip()) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
