"""Files that keys are kept in: whole or not at all, for their owner alone, never written over."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from guantong.durable import sync_folder


def write_key(path: Path, key: bytes) -> bool:
    """Keep *key* so that a crash leaves a whole file or none, readable by its owner alone; False where a file is there already: it
    stays, and of several processes that begin at once one makes it. Raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    made = False
    with suppress(FileExistsError):
        os.link(half, path)  # unlike a renaming, this leaves the key that is there
        made = True
    half.unlink()
    sync_folder(path.parent)
    return made
