"""Whether the store's files are still there: SQLite goes on writing into files that have lost their names, and what it calls
committed is gone with the process."""

from __future__ import annotations

import os
from pathlib import Path


class Presence:
    """The file at *path*, which is open, and its write-ahead log once there is one."""

    def __init__(self, path: Path) -> None:
        self._paths = (path, path.with_name(f"{path.name}-wal"))
        self._met: dict[Path, tuple[int, int]] = {}
        self.lost()

    def lost(self) -> str:
        """The name of the file that is not there any more, or is another; "" while both are what they were."""
        for path in self._paths:
            try:
                found = os.stat(path)
            except OSError:
                if path in self._met:
                    return path.name
                continue
            if self._met.setdefault(path, (found.st_dev, found.st_ino)) != (found.st_dev, found.st_ino):
                return path.name
        return ""
